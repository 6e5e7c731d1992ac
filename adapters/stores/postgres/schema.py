"""Whether the database's schema is one that this version works on."""

from pathlib import Path

import asyncpg

from core.errors import UserError

VERSIONS = Path(__file__).parent / "migrations" / "versions"
HAS_TABLES = "SELECT to_regclass('public.alembic_version') IS NOT NULL"
REVISION = "SELECT version_num FROM public.alembic_version"
SERVES_FROM = "SELECT public.serves_from()"

UPDATE = "update this program (docs/deploy.md, Stop and upgrade)"
TOO_OLD = (
    "The database is at revision {found}, and this version needs {newest}: run `trialogue migrate`"
    " (as the owner of the tables), or start with `trialogue up`."
)
TOO_NEW = (
    "The database is at revision {found}, and {newest} is the newest that this version knows:"
    f" {UPDATE}. Nothing was done."
)
UNPREPARED = "The database is not prepared for this version yet: run `trialogue migrate` first."


def newest_revision() -> str:
    """The revision that this version brings; read from names, since Alembic takes long to load."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


async def check_schema(connection: asyncpg.Connection) -> None:
    """Raise `UserError` with the cure, unless the schema is ours or says that it serves us too."""
    newest = newest_revision()
    try:
        found = await connection.fetchval(REVISION)
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError) as error:
        raise UserError(UNPREPARED) from error
    if found is None:
        raise UserError(UNPREPARED)
    if found < newest:
        raise UserError(TOO_OLD.format(found=found, newest=newest))
    if found > newest and await connection.fetchval(SERVES_FROM) > newest:
        raise UserError(TOO_NEW.format(found=found, newest=newest))


async def revision_of(connection: asyncpg.Connection) -> str | None:
    """The schema's revision; None for a database without our tables."""
    if not await connection.fetchval(HAS_TABLES):
        return None
    found: str | None = await connection.fetchval(REVISION)
    return found
