"""Links, installations, tokens, consents, audit log and tasks."""

from adapters.stores.postgres.migrations import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables."""
    run_sql("0006_tables.sql")
