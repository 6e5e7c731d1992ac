"""Where turns are kept: in ScyllaDB where there is one, in PostgreSQL otherwise."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import asyncpg

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.retention import KeptConversations
from adapters.stores.postgres.threads import PostgresThreads
from bots.clock import utc_now
from bots.settings import Settings
from bots.stores import reason_of
from bots.waiting import wait_for
from core.errors import ConfigurationError, UnavailableError, UserError
from core.ports.erasure import Forgets
from core.ports.feedback import VoteMirror
from core.ports.projection import Projection
from core.ports.threads import Threads

if TYPE_CHECKING:
    from adapters.stores.scylla.config import ScyllaAddress
    from adapters.stores.scylla.connection import Connection, Prepare

SCYLLA = "ScyllaDB"
LOCK = 0x7472_6961_7363_796C  # "triascyl": two that change the keyspace at once take turns


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenThreads:
    """The thread store; where that is ScyllaDB, the connection, and what else is there."""

    store: Threads
    scylla: "Connection | None" = None
    votes: VoteMirror | None = None
    forgets: tuple[Forgets, ...] = ()
    projection: Projection | None = None


@asynccontextmanager
async def open_threads(
    settings: Settings, database: Database, *, prepare: bool
) -> AsyncIterator[OpenThreads]:
    """Open the thread store. A ScyllaDB that is away is not waited for.

    `prepare` brings its keyspace up to date when it is there; otherwise it is refused with a
    `UserError` where it lacks the schema of this version.
    """
    if settings.scylla is None:
        async with PostgresThreads.open(database=database) as threads:
            yield OpenThreads(store=threads)
        return
    migrates = partial(_migrate, settings, settings.scylla) if prepare else None
    async with open_scylla(settings.scylla, database, migrates) as (opened, _):
        yield opened


@asynccontextmanager
async def open_scylla(
    address: "ScyllaAddress", database: Database, prepare: "Prepare | None" = None
) -> AsyncIterator[tuple[OpenThreads, "Connection"]]:
    """Connect to ScyllaDB. PostgreSQL says how long turns and votes are kept."""
    from adapters.stores.scylla.connection import Connection
    from adapters.stores.scylla.feedback import ScyllaVotes
    from adapters.stores.scylla.knowledge import ScyllaProjection
    from adapters.stores.scylla.threads import ScyllaThreads

    connection = Connection(address=address, prepare=prepare)
    keep = KeptConversations(database=database)
    threads = ScyllaThreads.on(connection.cql, utc_now, keep=keep)
    async with connection.running():
        opened = OpenThreads(
            store=threads,
            scylla=connection,
            votes=ScyllaVotes(cql=connection.cql, clock=utc_now, keep=keep),
            forgets=(threads.erasures,),
            projection=ScyllaProjection(cql=connection.cql),
        )
        yield opened, connection


async def prepare_scylla(settings: Settings) -> bool:
    """Bring the keyspace up to date, waiting for the cluster; False where there is none."""
    address = settings.scylla
    if address is None:
        return False
    await wait_for(
        SCYLLA,
        f"cql://{address.place}",
        lambda: _migrate(settings, address),
        limit=settings.database_wait,
        setting="SCYLLA_HOST",
    )
    return True


async def _migrate(settings: Settings, address: "ScyllaAddress") -> None:
    """Change the keyspace while nobody else does. PostgreSQL, which is always there, locks.

    One of ScyllaDB's own would outlive a process that dies in the middle.
    """
    from cassandra import AuthenticationFailed, Unauthorized
    from cassandra.cluster import NoHostAvailable

    from adapters.stores.scylla.cql import PASSING
    from adapters.stores.scylla.migrate import migrate

    try:
        async with _lock(settings):
            await asyncio.to_thread(migrate, address)
    except (*PASSING, Unauthorized) as error:
        causes = error.errors.values() if isinstance(error, NoHostAvailable) else [error]
        if any(isinstance(one, AuthenticationFailed | Unauthorized) for one in causes):
            raise UserError(
                "ScyllaDB refuses the login. Check SCYLLA_USER and SCYLLA_PASSWORD, and that this"
                " login may create and alter the keyspace."
            ) from error
        reason = "no node can be reached" if isinstance(error, NoHostAvailable) else None
        raise UnavailableError(reason or reason_of(error)) from error


@asynccontextmanager
async def _lock(settings: Settings) -> AsyncIterator[None]:
    dsn = settings.postgres_owner_dsn or settings.postgres_dsn
    if dsn is None:
        raise ConfigurationError("The databases are not configured: see `trialogue serve --help`.")
    connection = await asyncpg.connect(dsn.get_secret_value())
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        yield
    finally:
        await connection.close()
