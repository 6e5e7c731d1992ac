"""Alembic's revisions: each is one file of plain SQL."""

from pathlib import Path

from alembic import context, op
from sqlalchemy.util import await_only


def run_sql(name: str) -> None:
    """Run a file of this folder in the migration's transaction, or print it with `--sql`.

    The raw asyncpg connection takes several statements at once, which SQLAlchemy's does not.
    """
    sql = (Path(__file__).parent / name).read_text(encoding="utf-8")
    if context.is_offline_mode():
        context.get_context().impl.static_output(sql)
        return
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None  # noqa: S101 (a bound connection has one)
    await_only(driver.driver_connection.execute(sql))
