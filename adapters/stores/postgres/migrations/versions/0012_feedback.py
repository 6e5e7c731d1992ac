"""What people write of an answer, which offers were taken up, and who is an admin."""

from adapters.stores.postgres.migrations import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add columns and a table with its wall; open a function to the bot."""
    run_sql("0012_feedback.sql")
