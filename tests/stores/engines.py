"""The stores that exist twice, each on a real engine of its kind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from adapters.stores.postgres.connection import Database, open_pool
from adapters.stores.postgres.erasure import PostgresErasures
from adapters.stores.postgres.task_results import PostgresTaskResults
from adapters.stores.postgres.threads import PostgresThreads
from adapters.stores.scylla.config import Limits, ScyllaAddress
from adapters.stores.scylla.connection import Connection
from adapters.stores.scylla.erasure import Erasures
from adapters.stores.scylla.feedback import ScyllaVotes
from adapters.stores.scylla.task_results import ScyllaTaskResults
from adapters.stores.scylla.threads import ScyllaThreads
from bots.clock import utc_now
from bots.embedded import Addresses
from core.ports.task_results import TaskResults
from core.ports.threads import Threads
from tests.databases import SharedDatabases, own_databases
from tests.stores.people import add_person, open_owner

ENGINES = ("postgresql", "cql")
PATIENT = Limits(
    start=timedelta(seconds=90), connect=timedelta(seconds=60), request=timedelta(seconds=90)
)
UP_WITHIN = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The ports on one engine, somebody's organization and account there, and their erasure."""

    threads: Threads
    results: TaskResults
    somebody: Callable[[], Awaitable[tuple[UUID, UUID]]]
    erase: Callable[[UUID], Awaitable[None]]


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
        async with PostgresThreads.open(database=database) as threads:
            yield Engine(
                threads=threads,
                results=PostgresTaskResults(database=database),
                somebody=partial(_somebody, addresses),
                erase=partial(_erase_in_postgres, PostgresErasures(database=database)),
            )


async def _somebody(addresses: Addresses) -> tuple[UUID, UUID]:
    async with open_owner(addresses) as owner:
        account = await add_person(owner)
    return account.organization_id, account.user_id


async def _anybody() -> tuple[UUID, UUID]:
    return uuid4(), uuid4()


async def _erase_in_postgres(erasures: PostgresErasures, user_id: UUID) -> None:
    await erasures.scrub(await erasures.begin(user_id))


@asynccontextmanager
async def scylla_engine(address: ScyllaAddress) -> AsyncIterator[Engine]:
    async with connected(address) as connection:
        threads = scylla_threads(connection)
        yield Engine(
            threads=threads,
            results=scylla_results(connection),
            somebody=_anybody,
            erase=lambda user_id: threads.erasures.erase(user_id, until=utc_now()),
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


def scylla_results(
    connection: Connection, *, keep: timedelta = timedelta(days=7 * 365)
) -> ScyllaTaskResults:
    """Results of tasks of such organizations."""

    async def kept(_: UUID) -> timedelta:
        return keep

    erasures = Erasures(cql=connection.cql)
    return ScyllaTaskResults(cql=connection.cql, erasures=erasures, clock=utc_now, keep=kept)


def scylla_votes(
    connection: Connection, *, keep: timedelta = timedelta(days=7 * 365)
) -> ScyllaVotes:
    """The mirror of votes for such organizations."""

    async def kept(_: UUID) -> timedelta:
        return keep

    return ScyllaVotes(cql=connection.cql, clock=utc_now, keep=kept)
