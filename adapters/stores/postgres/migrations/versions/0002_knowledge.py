"""Knowledge entries, their revisions and gaps."""

from adapters.stores.postgres.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables."""
    run_sql("0002_knowledge.sql")
