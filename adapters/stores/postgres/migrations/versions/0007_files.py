"""Files: what is known of them, and what they are charged."""

from adapters.stores.postgres.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table with its wall, and its functions."""
    run_sql("0007_files.sql")
