"""Where those are who use the most of an organization's plan."""

from adapters.stores.postgres.migrations import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add a function that names the platform too."""
    run_sql("0015_team_usage.sql")
