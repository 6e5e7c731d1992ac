"""The databases, waited for and opened."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from socket import gaierror
from ssl import SSLCertVerificationError

import asyncpg
import structlog
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from adapters.stores.files.address import Credentials, open_contents
from adapters.stores.files.directory import DirectoryContents
from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.files import PostgresFileRecords
from adapters.stores.postgres.rights import (
    bot_exists,
    grant_to_login,
    has_bots_rights,
    may_become_bot,
)
from adapters.stores.postgres.schema import UNPREPARED, check_schema
from adapters.stores.redis.connection import PREFIX, connect, is_refusal
from bots.clock import new_id
from bots.databases import POSTGRES, REDIS, VARIABLES
from bots.settings import Settings
from bots.waiting import wait_for
from core.errors import ConfigurationError, UnavailableError, UserError
from core.files import KeepFiles
from core.ports.files import FileContents

CONNECT_TIMEOUT = 5.0
"""Seconds for one try at the start."""

READERS = 2
"""Connections to the copy that is only read."""

ERRNO = re.compile(r"Err(?:no|or) (\d+)\b")

COMING = (
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)

NOT_GRANTED = (
    f"The login of POSTGRES_DSN may not become {APPLICATION_ROLE}: run `{{grant}}` as the owner of"
    " the database."
)
REFUSED = (
    "PostgreSQL refuses the bot something that it needs: {refused}. `trialogue doctor` names what"
    " is missing, and `trialogue migrate`, as the owner of the tables, gives it."
)

log = structlog.get_logger()


async def wait_for_postgres(dsn: str, limit: float) -> None:
    """Wait until PostgreSQL takes connections; `UserError` when it refuses ours, or after it."""

    async def try_it() -> None:
        connection = await _login(dsn)
        await connection.close()

    await wait_for(POSTGRES, dsn, try_it, limit=limit, setting=VARIABLES[POSTGRES])


@asynccontextmanager
async def open_postgres(settings: Settings) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Wait for PostgreSQL and open a pool whose sessions own nothing."""
    dsn = reveal(settings.postgres_dsn)
    await wait_for_postgres(dsn, settings.database_wait)
    role = await _role(dsn)
    try:
        async with open_pool(dsn, role=role) as pool:
            yield pool
    except (asyncpg.InsufficientPrivilegeError, ExceptionGroup) as error:
        refused = _refusal(error)
        if refused is None:
            raise
        raise UserError(REFUSED.format(refused=refused)) from error


@asynccontextmanager
async def open_reports(
    settings: Settings, pool: "asyncpg.Pool[asyncpg.Record]"
) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Open a pool on the copy that is only read, where there is one; it connects when asked."""
    if settings.postgres_read_dsn is None:
        yield pool
        return
    dsn = reveal(settings.postgres_read_dsn)
    async with open_pool(dsn, role=APPLICATION_ROLE, size=READERS, reading=True) as copy:
        yield copy


@asynccontextmanager
async def open_redis(settings: Settings) -> AsyncIterator[Redis]:
    """Wait for Redis and open a client."""
    url = reveal(settings.redis_url)
    async with connect(url) as redis:

        async def try_it() -> None:
            await _ask(redis)

        limit = settings.database_wait
        await wait_for(REDIS, url, try_it, limit=limit, setting=VARIABLES[REDIS])
        yield redis


@asynccontextmanager
async def open_files(settings: Settings, database: Database) -> AsyncIterator[KeepFiles]:
    """Open the files. A store of them that is wrong is refused, one that is away is said to be."""
    async with _contents(settings) as contents:
        records = PostgresFileRecords(database=database)
        yield KeepFiles(records=records, contents=contents, new_id=new_id)


@asynccontextmanager
async def _contents(settings: Settings) -> AsyncIterator[FileContents]:
    """A directory that nobody asked for is made with the first file in it."""
    url = settings.files_url
    if url is None:
        yield DirectoryContents(root=settings.data_dir.absolute() / "files")
        return
    credentials = credentials_of(settings)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT), open_contents(url, credentials):
            pass
    except (UnavailableError, TimeoutError) as error:
        # Whoever asks gets answers all the same.
        reason = reason_of(error) if isinstance(error, TimeoutError) else str(error)
        log.warning("files_unavailable", message=f"FILES_URL does not answer ({reason}): no files")
    async with open_contents(url, credentials, proven=False) as contents:
        yield contents


def credentials_of(settings: Settings) -> Credentials:
    """The login of a bucket."""
    return Credentials(
        access_key=settings.aws_access_key_id,
        secret_key=_secret(settings.aws_secret_access_key),
        session_token=_secret(settings.aws_session_token),
        region=settings.aws_default_region,
    )


async def _login(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Connect once. `UnavailableError`: it may be there later; `UserError`: it never will."""
    try:
        return await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT)
    except SSLCertVerificationError as error:  # a ValueError too
        raise UnavailableError(reason_of(error)) from error
    except (asyncpg.ClientConfigurationError, ValueError):
        # The library's sentence can quote the address with its password.
        raise ConfigurationError(
            "POSTGRES_DSN is not an address of PostgreSQL: expected"
            " postgresql://user:password@host:5432/database."
        ) from None
    except COMING as error:
        raise UnavailableError(reason_of(error)) from error
    except asyncpg.PostgresError as error:
        raise UserError(
            f"PostgreSQL refuses the login: {words_of(error)}. Check POSTGRES_USER,"
            " POSTGRES_PASSWORD and POSTGRES_DB, or POSTGRES_DSN."
        ) from error


async def _role(dsn: str) -> str | None:
    """The role for our sessions, None where the login has that role's rights by itself."""
    connection = await _login(dsn)
    try:
        if not await bot_exists(connection):
            raise UserError(UNPREPARED)
        if await may_become_bot(connection):
            await connection.execute(f"SET ROLE {APPLICATION_ROLE}")
            await check_schema(connection)
            return APPLICATION_ROLE
        if not await has_bots_rights(connection):
            grant = await grant_to_login(connection)
            raise UserError(NOT_GRANTED.format(grant=grant))
        await check_schema(connection)
        return None
    finally:
        await connection.close()


def _refusal(error: BaseException) -> str | None:
    """What PostgreSQL refused for want of a right; None when something else went wrong too."""
    if isinstance(error, BaseExceptionGroup):
        refused, others = error.split(asyncpg.InsufficientPrivilegeError)
        return None if refused is None or others else _refusal(refused.exceptions[0])
    return first_line(error).rstrip(".")


async def _ask(redis: Redis) -> None:
    try:
        await redis.get(f"{PREFIX}:health")
    except (RedisError, OSError) as error:
        if any(isinstance(one, AuthenticationError) or is_refusal(one) for one in chain_of(error)):
            raise UserError(
                f"Redis refuses the login: {words_of(error)}. Check REDIS_URL."
            ) from error
        raise UnavailableError(reason_of(error)) from error


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it was raised from: the client wraps what a new connection meets."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def reason_of(error: BaseException) -> str:
    """What is wrong, in a few words and without an address."""
    if isinstance(error, TimeoutError | RedisTimeoutError):
        return "no answer"
    for one in chain_of(error):
        if isinstance(one, SSLCertVerificationError):
            return f"its certificate is refused: {one.verify_message}"
    if any(isinstance(one, gaierror) for one in chain_of(error)):
        return "its name is not known here"
    text = words_of(error)
    if number := ERRNO.search(text):
        return os.strerror(int(number[1])).lower()
    return text or type(error).__name__


def words_of(error: BaseException) -> str:
    """What a library says, in one line without its full stop."""
    return " ".join(str(error).split()).rstrip(".")


def first_line(error: BaseException) -> str:
    """The first line of what a library says, as a sentence."""
    cause = getattr(error, "orig", None) or error
    return str(cause).partition("\n")[0].rstrip(".") + "."


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def reveal(address: SecretStr | None) -> str:
    """An address that is needed. `ConfigurationError` where there is none."""
    if address is None:
        raise ConfigurationError("The databases are not configured: see `trialogue serve --help`.")
    return address.get_secret_value()
