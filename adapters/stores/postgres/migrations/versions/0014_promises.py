"""Late answers that reach the history in any case."""

from adapters.stores.postgres.migrations import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add what is on its way to the thread store without belonging to a message."""
    run_sql("0014_late_turns.sql")
    run_sql("0014_rights.sql")
