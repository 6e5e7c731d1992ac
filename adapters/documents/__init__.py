"""Documents as other programs write them, read in a process of their own."""
