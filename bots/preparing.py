"""Bring PostgreSQL up to date, as the owner of its tables."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import structlog

from adapters.stores.postgres.schema import newest_revision
from bots.settings import Settings
from bots.stores import first_line, reveal, wait_for_postgres
from core.errors import UserError

LEFT_ALONE = (
    "The database is at revision {found}, newer than {newest}, the newest that this version knows,"
    " and serves this version too: nothing was done"
)

log = structlog.get_logger()


async def prepare_postgres(settings: Settings) -> None:
    """Bring it up to date. A newer schema that serves this version is left as it is."""
    newer = await migrate_postgres(settings)
    if newer is not None:
        log.warning("newer_schema", message=left_alone(newer))


async def migrate_postgres(settings: Settings) -> str | None:
    """Bring it up to date; the revision of a newer schema where that serves: nothing was done."""
    owner = await _owner(settings)
    with _in_a_sentence("The database cannot be brought up to date"):
        from adapters.stores.postgres.migrate import migrate

        return await migrate(owner)


async def pending_statements(settings: Settings) -> str:
    """The statements that would bring it up to date, which change nothing now."""
    owner = await _owner(settings)
    with _in_a_sentence("The database cannot be looked at"):
        from adapters.stores.postgres.migrate import pending_sql

        return await pending_sql(owner)


def left_alone(revision: str) -> str:
    """Say that a newer schema was left as it is."""
    return LEFT_ALONE.format(found=revision, newest=newest_revision())


async def _owner(settings: Settings) -> str:
    """The owner's address, once it answers."""
    owner = reveal(settings.postgres_owner_dsn or settings.postgres_dsn)
    await wait_for_postgres(owner, settings.database_wait)
    return owner


@contextmanager
def _in_a_sentence(begin: str) -> Iterator[None]:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (asyncpg.PostgresError, SQLAlchemyError, OSError) as error:
        raise UserError(
            f"{begin}: {first_line(error)} Is it the owner's login (POSTGRES_OWNER_DSN or"
            " POSTGRES_DSN)?"
        ) from error
