"""Names that are learned later, and what people without one are called."""

from adapters.stores.postgres.migrations import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Call people by where they are known from while no name is known."""
    run_sql("0016_names.sql")
