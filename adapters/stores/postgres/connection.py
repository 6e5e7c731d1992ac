"""A pool, and one way to run a statement on it."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.stores.limits import POSTGRES
from core.errors import UnavailableError, UnstorableError

APPLICATION_ROLE = "trialogue_bot"
POOL_SIZE = POSTGRES.pool
COMMAND_TIMEOUT = POSTGRES.command.total_seconds()
ATTEMPTS = POSTGRES.attempts
PAUSE = POSTGRES.pause.total_seconds()  # before the second attempt; grows, with jitter

# Worth another try at once: serialization, deadlock, a statement that somebody ended.
TRANSIENT = ("40001", "40P01", "57014")
# A server that is going, coming back, only read from, or out of connections, memory or disk.
GONE = ("08", "57P", "25006", "53", "55P03", "58")

ENTER = "SELECT set_config('trialogue.organization', $1, true)"
"""Makes the rows of one organization seen until the end of the transaction."""

ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""All that a call of asyncpg raises."""


Connection = PoolConnectionProxy


@asynccontextmanager
async def open_pool(
    dsn: str, *, role: str | None = None, size: int = POOL_SIZE, reading: bool = False
) -> AsyncIterator[asyncpg.Pool]:
    """Connect. `role` is what the session becomes, where the login role owns the tables.

    `reading`: nothing is written, and the first statement connects.
    """
    settings = {"application_name": "trialogue", "jit": "off"}
    if role:
        settings["role"] = role
    if reading:
        settings["default_transaction_read_only"] = "on"
    pool = await asyncpg.create_pool(
        dsn,
        min_size=0 if reading else 1,
        max_size=size,
        command_timeout=COMMAND_TIMEOUT,
        server_settings=settings,
        reset=_keep,
    )
    try:
        yield pool
    finally:
        await _close(pool)


async def _keep(_: asyncpg.Connection) -> None:
    """No statement leaves state on a session, so that a release costs no round trip."""


async def _close(pool: asyncpg.Pool) -> None:
    try:
        async with asyncio.timeout(5):
            await pool.close()
    except ERRORS:
        pool.terminate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Statements that are safe to repeat: every one of ours is idempotent by its keys."""

    pool: asyncpg.Pool

    async def fetch(
        self, sql: str, *arguments: Any, within: float | None = None
    ) -> list[asyncpg.Record]:
        """Run one statement in its own transaction, of at most `within` seconds.

        Deadlocks and lost connections are tried again, since the repeat of a call whose commit is
        unknown finds what it did. `UnavailableError` after that.
        """
        return await self._fetch(
            lambda connection: connection.fetch(sql, *arguments, timeout=within)
        )

    async def fetch_in(
        self, organization_id: UUID, sql: str, *arguments: Any
    ) -> list[asyncpg.Record]:
        """Run one statement that sees the rows of one organization. Otherwise as `fetch`."""

        async def work(connection: Connection) -> list[asyncpg.Record]:
            async with connection.transaction():
                await connection.execute(ENTER, str(organization_id))
                rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
                return rows

        return await self._fetch(work)

    async def _fetch(
        self, work: Callable[[Connection], Awaitable[list[asyncpg.Record]]]
    ) -> list[asyncpg.Record]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.pool.acquire(timeout=COMMAND_TIMEOUT) as connection:
                    return await work(connection)
            except ERRORS as error:
                if isinstance(error, asyncpg.DataError):
                    raise UnstorableError(f"PostgreSQL: {type(error).__name__}") from error
                if not is_passing(error):
                    raise
                if attempt == ATTEMPTS:
                    raise UnavailableError(f"PostgreSQL: {type(error).__name__}") from error
                await asyncio.sleep(PAUSE * attempt * (0.5 + random.random()))  # noqa: S311
        raise AssertionError("unreachable")


def is_passing(error: BaseException) -> bool:
    """Tell a server that is away or busy from a statement that is wrong.

    What the library says of itself comes from a connection that ended a moment ago: it hands out
    connections whose end it has not taken in yet.
    """
    if isinstance(error, asyncpg.PostgresError):
        state = getattr(error, "sqlstate", None) or ""
        return state in TRANSIENT or state.startswith(GONE)
    return isinstance(error, ERRORS)
