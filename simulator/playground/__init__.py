"""A page on which people speak in all three platforms at once, and see what goes over the wire."""
