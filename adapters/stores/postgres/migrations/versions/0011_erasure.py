"""What a person wants forgotten, votes for the thread store, and how long the rest is kept."""

from adapters.stores.postgres.migrations import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add tables and functions."""
    run_sql("0011_erasure.sql")
