"""The chat platforms, one folder each with the same four files."""
