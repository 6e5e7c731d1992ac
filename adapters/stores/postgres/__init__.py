"""PostgreSQL: everything that must not be lost."""
