"""Organizations, accounts, inbox, outbox, ledger and threads."""

from adapters.stores.postgres.migrations import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables, then the functions that work on them."""
    run_sql("0001_tables.sql")
    run_sql("0001_functions.sql")
