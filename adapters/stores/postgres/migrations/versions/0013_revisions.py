"""Who changed the knowledge by name, and undos that are taken back."""

from adapters.stores.postgres.migrations import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Let revisions be redone; add a function with the right to call it."""
    run_sql("0013_revisions.sql")
