"""Retention, and daily sums of what is counted."""

from adapters.stores.postgres.migrations import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables and the functions on them."""
    run_sql("0005_retention.sql")
