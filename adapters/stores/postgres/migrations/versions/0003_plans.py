"""Plans by resource, subscriptions, pools, reservations and warnings."""

from adapters.stores.postgres.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables, then the functions that count, reserve and tell."""
    run_sql("0003_tables.sql")
    run_sql("0003_functions.sql")
    run_sql("0003_ledger.sql")
    run_sql("0003_people.sql")
