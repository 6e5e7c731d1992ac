"""Redis or Valkey: everything that may be lost."""
