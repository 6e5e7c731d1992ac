"""Who asked what nobody knew, so that the answer finds them."""

from adapters.stores.postgres.migrations import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add what closes the loop."""
    run_sql("0009_gaps.sql")
