"""What a language model's answers cost, as a resource of the plans."""

from adapters.stores.postgres.migrations import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the resource."""
    run_sql("0010_completions.sql")
