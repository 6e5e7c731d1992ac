"""Late answers that reach the history in any case, and short claims on projections."""

from adapters.stores.postgres.migrations import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add rows for turns that belong to no message, and who it is that projects."""
    run_sql("0014_late_turns.sql")
    run_sql("0014_notice.sql")
    run_sql("0014_troubles.sql")
    run_sql("0014_threads.sql")
    run_sql("0014_claims.sql")
    run_sql("0014_rights.sql")
