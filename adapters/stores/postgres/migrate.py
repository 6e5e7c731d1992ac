"""Bring a database to the schema of this version."""

import io
from collections.abc import Sequence
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.stores.postgres.rights import (
    check_owner,
    create_roles,
    missing_rights,
    repair_rights,
)
from adapters.stores.postgres.schema import check_schema, newest_revision, revision_of

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x7472_6961_6C6F_6775  # "trialogu": two replicas that migrate at once take turns
HEAD = "head"

NOTHING_TO_DO = "-- The database is at revision {found}, as this version wants it: nothing to do.\n"
RIGHTS_ALONE = "-- The database is at revision {found}; its roles lack rights.\n"
LEFT_ALONE = "-- The database is at revision {found}, newer than {newest}: nothing would be done.\n"


async def migrate(owner_dsn: str, to: str = HEAD) -> str | None:
    """Run what is missing up to a revision, in one transaction, as the owner of the tables.

    Rights that the roles have lost are given back, also where no revision is missing. A newer
    schema that serves this version is left alone, and its revision returned. `UserError` for one
    that does not, and for a login that may not do it.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(owner_dsn),
        poolclass=NullPool,
    )
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            driver = await _driver_of(connection)
            await check_owner(driver)
            found = await revision_of(driver)
            if found and found > newest_revision():
                await check_schema(driver)
                return found
            if found:
                await create_roles(driver)
            await connection.run_sync(_upgrade, to)
            if to == HEAD:
                await repair_rights(driver)
    finally:
        await engine.dispose()
    return None


def migration_sql(since: str | None = None) -> str:
    """Everything that `migrate` would run on a database of a revision, or on an empty one."""
    output = io.StringIO()
    config = _config()
    config.output_buffer = output
    command.upgrade(config, f"{since}:{HEAD}" if since else HEAD, sql=True)
    return output.getvalue()


async def pending_sql(owner_dsn: str) -> str:
    """What `migrate` would run on this database; comments alone where that is nothing."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        await check_owner(connection)
        found, newest = await revision_of(connection), newest_revision()
        if found is None or found < newest:
            return migration_sql(found)
        if found > newest:
            return LEFT_ALONE.format(found=found, newest=newest)
        statements = await missing_rights(connection)
    finally:
        await connection.close()
    if not statements:
        return NOTHING_TO_DO.format(found=found)
    return RIGHTS_ALONE.format(found=found) + "".join(f"{one};\n" for one in statements)


def revisions() -> Sequence[str]:
    """Every revision that this version knows, the newest one first."""
    script = ScriptDirectory.from_config(_config())
    return tuple(revision.revision for revision in script.walk_revisions())


async def _driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    """The connection below, in the same transaction."""
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, asyncpg.Connection)  # noqa: S101 (the engine is made of these)
    return driver


def _upgrade(connection: Connection, to: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
