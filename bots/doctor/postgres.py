"""PostgreSQL: reachable, new enough, at our schema, with the right login."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ssl import SSLCertVerificationError
from urllib.parse import urlsplit

import asyncpg
from pydantic import SecretStr

from adapters.stores.postgres.connection import APPLICATION_ROLE, POOL_SIZE
from adapters.stores.postgres.migrate import revisions
from adapters.stores.postgres.rights import (
    bot_exists,
    check_owner,
    grant_to_login,
    has_bots_rights,
    may_become_bot,
    missing_rights,
)
from adapters.stores.postgres.schema import HAS_TABLES, REVISION, SERVES_FROM, UPDATE
from bots.databases import POSTGRES, POSTGRES_OWNER
from bots.doctor.databases import Databases
from bots.doctor.report import Finding, Mark, broken, ok, warning
from bots.doctor.where import MIGRATE
from bots.stores import COMING, reason_of, words_of
from bots.waiting import place_of
from core.errors import UserError
from core.wording import counted

ROLE, RIGHTS = "PostgreSQL role", "PostgreSQL rights"
OLDEST = 15
CONNECT_TIMEOUT = 8.0
SECONDS_APART = 2.0
CONNECTIONS = POOL_SIZE + 1
"""What a replica opens: its pool, and one that listens."""

LOGIN = "check POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, or POSTGRES_DSN"

TLS = "SELECT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)"
READ_ONLY = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"
MAY_READ = "SELECT has_table_privilege('public.alembic_version', 'SELECT')"
FREE = """
SELECT current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int
    - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
"""


class LoginError(UserError):
    """There is no connection: `cure` says what to do."""

    def __init__(self, found: str, *, cure: str) -> None:
        super().__init__(found)
        self.cure = cure


async def look_at_postgres(
    databases: Databases, address: SecretStr
) -> AsyncGenerator[Finding, None]:
    """Connect as the bot does, then look around."""
    dsn, owner = address.get_secret_value(), databases.settings.postgres_owner_dsn
    try:
        async with _connected(dsn, databases) as connection:
            yield await _server(connection, dsn)
            yield (schema := await _schema(connection, owner, databases))
            if schema.mark is not Mark.BROKEN:
                yield await _role(connection)
                async for finding in _rights(connection):
                    yield finding
            yield await _clock(connection)
            yield await _free_connections(connection)
    except LoginError as error:
        yield broken(POSTGRES, str(error), cure=error.cure)


async def look_at_owner(databases: Databases, address: SecretStr) -> AsyncGenerator[Finding, None]:
    """Connect as `trialogue migrate` does, and see whose the tables are."""
    try:
        async with _connected(address.get_secret_value(), databases) as connection:
            await check_owner(connection)
            login = await connection.fetchval("SELECT current_user")
            yield ok(POSTGRES_OWNER, f"lets in as {login}")
    except LoginError as error:
        found, cure = (
            text.replace("POSTGRES_DSN", "POSTGRES_OWNER_DSN") for text in (str(error), error.cure)
        )
        yield broken(POSTGRES_OWNER, found, cure=cure)
    except UserError as error:
        found, _, cure = str(error).partition(": ")
        yield broken(POSTGRES_OWNER, found, cure=cure.rstrip("."))


@asynccontextmanager
async def _connected(dsn: str, databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own. `LoginError` when there is none."""
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT)
    except SSLCertVerificationError as error:  # a ValueError too
        cure = "set POSTGRES_SSLROOTCERT (or sslrootcert in the DSN) to the authority's file"
        raise LoginError(f"{place_of(dsn)}: {reason_of(error)}", cure=cure) from error
    except (asyncpg.ClientConfigurationError, ValueError):
        # The library's sentence can quote the address with its password.
        raise LoginError(
            "POSTGRES_DSN is not an address of PostgreSQL",
            cure="write it as postgresql://user:password@host:5432/database",
        ) from None
    except COMING as error:
        found = f"cannot be reached at {place_of(dsn)} ({reason_of(error)})"
        raise LoginError(found, cure=databases.where(POSTGRES)) from error
    except asyncpg.InvalidCatalogNameError as error:
        name = urlsplit(dsn).path.removeprefix("/")
        cure = f"`createdb {name}` as PostgreSQL's administrator, or correct POSTGRES_DB"
        raise LoginError(f"there is no database {name!r}", cure=cure) from error
    except asyncpg.InsufficientPrivilegeError as error:
        parts = urlsplit(dsn)
        name, login = parts.path.removeprefix("/"), parts.username
        cure = f"`GRANT CONNECT ON DATABASE {name} TO {login}` as the owner of the database"
        raise LoginError(f"refuses the login: {words_of(error)}", cure=cure) from error
    except asyncpg.PostgresError as error:
        raise LoginError(f"refuses the login: {words_of(error)}", cure=LOGIN) from error
    try:
        yield connection
    finally:
        connection.terminate()  # a polite end could wait for a server that hangs


async def _server(connection: asyncpg.Connection, dsn: str) -> Finding:
    version = connection.get_server_version()
    place = place_of(dsn)
    found = f"release {version.major}.{version.micro} at {place}"
    if version.major < OLDEST:
        return broken(POSTGRES, found, cure=f"update it to release {OLDEST} or newer")
    if await connection.fetchval(READ_ONLY):
        cure = "set POSTGRES_HOST (or POSTGRES_DSN) to the primary server"
        return broken(POSTGRES, f"{found} is read-only, a standby", cure=cure)
    if await connection.fetchval(TLS):
        return ok(POSTGRES, f"{found}, with TLS")
    if _is_local(dsn):
        return ok(POSTGRES, found)
    cure = "set POSTGRES_SSLMODE to verify-full (or require), and have the server offer TLS"
    return warning(POSTGRES, f"{found}, without TLS over the network", cure=cure)


def _is_local(dsn: str) -> bool:
    host = urlsplit(dsn).hostname or ""
    return not host or host in {"localhost", "::1"} or host.startswith("127.")


async def _schema(
    connection: asyncpg.Connection, owner: SecretStr | None, databases: Databases
) -> Finding:
    """Compare the revision with ours. Who owns nothing may not read it: the owner is asked."""
    subject = "PostgreSQL schema"
    if not await connection.fetchval(HAS_TABLES):
        return broken(subject, "the database has no tables of ours yet", cure=MIGRATE)
    if await connection.fetchval(MAY_READ):
        return await _compare(subject, connection)
    if owner is None:
        cure = "set POSTGRES_OWNER_DSN, the login that `trialogue migrate` uses"
        return warning(subject, "this login may not read its revision", cure=cure)
    try:
        async with _connected(owner.get_secret_value(), databases) as owner_connection:
            return await _compare(subject, owner_connection)
    except LoginError:
        found = "this login may not read its revision, and the owner's does not get in"
        return warning(subject, found, cure="see what is said of the owner")


async def _compare(subject: str, connection: asyncpg.Connection) -> Finding:
    revision, known = await connection.fetchval(REVISION), revisions()
    newest = known[0]
    if revision == newest:
        return ok(subject, f"revision {revision}, as this version wants it")
    if revision is None or revision in known:
        found = f"revision {revision or 'none'} is older than {newest}, which this version wants"
        return broken(subject, found, cure=MIGRATE)
    found = f"revision {revision} is newer than {newest}, the newest that this version knows"
    if await connection.fetchval(SERVES_FROM) <= newest:
        return warning(subject, f"{found}, and serves it too until it is updated", cure=UPDATE)
    return broken(subject, found, cure=UPDATE)


async def _role(connection: asyncpg.Connection) -> Finding:
    """Whether the login may act as the bot."""
    if not await bot_exists(connection):
        found = f"{APPLICATION_ROLE} is not on this server, as after a restore onto a new one"
        return broken(ROLE, found, cure=MIGRATE)
    if await may_become_bot(connection):
        return ok(ROLE, f"the login may become {APPLICATION_ROLE}, which owns nothing")
    if await has_bots_rights(connection):
        return ok(ROLE, f"the login has the rights of {APPLICATION_ROLE}, which owns nothing")
    cure = f"`{await grant_to_login(connection)}` as the owner of the database"
    return broken(ROLE, f"the login may not become {APPLICATION_ROLE}", cure=cure)


async def _rights(connection: asyncpg.Connection) -> AsyncGenerator[Finding, None]:
    """Whether the bot's role has its rights, which a newer schema decides for itself."""
    is_newer = (
        await connection.fetchval(MAY_READ)
        and await connection.fetchval(REVISION) != revisions()[0]
    )
    if is_newer or not await bot_exists(connection):
        return
    missing = await missing_rights(connection)
    if missing:
        rights = counted(len(missing), "right or policy", "rights and policies")
        found = f"{rights} of the bot's roles are missing, as after a restore"
        yield broken(RIGHTS, found, cure=MIGRATE)
    else:
        yield ok(RIGHTS, "the bot's roles have what they need, and nobody else has it")


async def _clock(connection: asyncpg.Connection) -> Finding:
    before = datetime.now(UTC)
    theirs = await connection.fetchval("SELECT clock_timestamp()")
    middle = before + (datetime.now(UTC) - before) / 2
    return compare_clocks("PostgreSQL clock", (middle - theirs).total_seconds())


def compare_clocks(subject: str, ahead: float, *, limit: float = SECONDS_APART) -> Finding:
    """Say how far this machine's clock is from another's."""
    found = f"{abs(ahead):.1f} s apart from this machine's"
    if abs(ahead) <= limit:
        return ok(subject, found)
    cure = "keep both machines' time, for example `timedatectl set-ntp true`"
    return warning(subject, f"{found}, which is {'ahead' if ahead > 0 else 'behind'}", cure=cure)


async def _free_connections(connection: asyncpg.Connection) -> Finding:
    subject = "PostgreSQL connections"
    free = await connection.fetchval(FREE)
    found = f"{free} are free, and a replica opens up to {CONNECTIONS}"
    if free >= CONNECTIONS:
        return ok(subject, found)
    cure = "raise max_connections in postgresql.conf, or end what else uses the server"
    return warning(subject, found, cure=cure)
