"""What a person wants forgotten, what the second store has, and how long the rest is kept."""

from adapters.stores.postgres.migrations import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add tables, then the functions on them and the rights to call these."""
    run_sql("0011_votes.sql")
    run_sql("0011_turns.sql")
    run_sql("0011_results.sql")
    run_sql("0011_erasure.sql")
    run_sql("0011_retention.sql")
    run_sql("0011_projections.sql")
    run_sql("0011_notifications.sql")
    run_sql("0011_people.sql")
    run_sql("0011_rights.sql")
