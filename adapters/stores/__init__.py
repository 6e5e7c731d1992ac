"""The databases, one folder each with one file a port."""
