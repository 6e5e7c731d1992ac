"""A role of its own for the bot, and row-level security."""

from adapters.stores.postgres.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create functions for what the bot did by itself, then take its rights."""
    run_sql("0004_functions.sql")
    run_sql("0004_walls.sql")
