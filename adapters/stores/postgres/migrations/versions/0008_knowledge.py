"""Knowledge: audiences, changes that can be undone, fits for all replicas, proposals."""

from adapters.stores.postgres.migrations import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add columns and tables with their walls."""
    run_sql("0008_knowledge.sql")
