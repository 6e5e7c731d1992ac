"""What an organization knows: entries, importing them, finding them."""
