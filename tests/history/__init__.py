"""Check what happened: everything asked was answered, once, in order, and counted."""
