"""What the core needs from the outside: small Protocols, one item at a time.

Adapters may group what waits; a caller never sees it. Every port that talks to a store raises
`UnavailableError` when the store cannot be reached, and `UnstorableError` when it refuses the item.
"""
