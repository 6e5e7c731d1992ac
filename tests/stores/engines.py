"""The stores that exist twice, each on a real engine of its kind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.stores.postgres.connection import Database, open_pool
from adapters.stores.postgres.feedback import PostgresFeedback
from adapters.stores.postgres.threads import PostgresThreads
from adapters.stores.scylla.config import Limits, ScyllaAddress
from adapters.stores.scylla.connection import Connection
from adapters.stores.scylla.feedback import ScyllaFeedback
from adapters.stores.scylla.threads import ScyllaThreads
from bots.clock import utc_now
from core.ports.feedback import Feedback
from core.ports.threads import Threads
from tests.databases import SharedDatabases, own_databases

ENGINES = ("postgresql", "cql")
PATIENT = Limits(start=timedelta(seconds=30))
UP_WITHIN = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The ports on one engine. `votes` reads what feedback holds, as message, person and rating."""

    threads: Threads
    feedback: Feedback
    votes: Callable[[], Awaitable[list[tuple[UUID, UUID, int]]]]


Source = SharedDatabases | ScyllaAddress


def source_of(request: pytest.FixtureRequest) -> Source:
    """Where the engine of that name is. Its servers are started outside of any event loop."""
    fixture = "scylla" if request.param == "cql" else "databases"
    source: Source = request.getfixturevalue(fixture)
    return source


@asynccontextmanager
async def open_engine(source: Source) -> AsyncIterator[Engine]:
    """Empty stores on an engine."""
    opened = scylla_engine(source) if isinstance(source, ScyllaAddress) else postgres_engine(source)
    async with opened as engine:
        yield engine


@asynccontextmanager
async def postgres_engine(shared: SharedDatabases) -> AsyncIterator[Engine]:
    async with own_databases(shared) as addresses, open_pool(addresses.postgres_dsn) as pool:
        database = Database(pool=pool)

        async def votes() -> list[tuple[UUID, UUID, int]]:
            rows = await database.fetch("SELECT message_id, user_id, rating FROM user_feedback")
            return [(row["message_id"], row["user_id"], row["rating"]) for row in rows]

        async with PostgresThreads.open(database=database) as threads:
            yield Engine(threads=threads, feedback=PostgresFeedback(database=database), votes=votes)


@asynccontextmanager
async def scylla_engine(address: ScyllaAddress) -> AsyncIterator[Engine]:
    async with connected(address) as connection:
        cql = connection.cql

        async def votes() -> list[tuple[UUID, UUID, int]]:
            rows = await cql.fetch("SELECT message_id, user_id, rating FROM user_feedback")
            return [(message_id, user_id, rating) for message_id, user_id, rating in rows]

        yield Engine(
            threads=scylla_threads(connection), feedback=ScyllaFeedback(cql=cql), votes=votes
        )


@asynccontextmanager
async def connected(address: ScyllaAddress, limits: Limits = PATIENT) -> AsyncIterator[Connection]:
    """A connection that is up."""
    connection = Connection(address=address, limits=limits)
    async with connection.running():
        async with asyncio.timeout(UP_WITHIN):
            while connection.state != "up":
                await asyncio.sleep(0.05)
        yield connection


def scylla_threads(
    connection: Connection, *, keep: timedelta = timedelta(days=7 * 365)
) -> ScyllaThreads:
    """Threads of organizations that all keep them for the same time."""

    async def kept(_: UUID) -> timedelta:
        return keep

    return ScyllaThreads.on(connection.cql, utc_now, keep=kept)
