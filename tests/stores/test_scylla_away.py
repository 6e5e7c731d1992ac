"""A CQL engine that is away: nobody waits for it, and it is used again when it is back."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest

from adapters.stores.scylla.config import Limits, ScyllaAddress
from adapters.stores.scylla.connection import Connection
from adapters.stores.scylla.migrate import migrate
from core.errors import UnavailableError
from tests.cassandra import Cassandra, MissingError
from tests.cql import own_cassandra
from tests.stores.engines import connected, scylla_threads
from tests.stores.test_scylla import YESTERDAY
from tests.stores.test_threads import conversation

LIMITS = Limits(
    start=timedelta(seconds=1),
    connect=timedelta(seconds=1),
    request=timedelta(milliseconds=500),
    first_probe=timedelta(milliseconds=200),
    last_probe=timedelta(seconds=1),
    first_reconnect=timedelta(milliseconds=200),
    last_reconnect=timedelta(seconds=1),
    heartbeat=timedelta(seconds=2),
)
BACK_WITHIN = 60.0
SOON = 10.0  # seconds, on a busy machine: 100 calls that wait would take 50
STILL = 1.0  # seconds; the driver's own thread may wait for two


@pytest.fixture(scope="module")
def node() -> Iterator[Cassandra]:
    """A node of this file's own."""
    try:
        with own_cassandra() as node:
            node.start()
            migrate(address_of(node))
            yield node
    except MissingError as error:
        pytest.skip(f"{error}: a node that can be killed is needed")


@pytest.fixture(autouse=True)
def runs(node: Cassandra) -> Iterator[None]:
    """It runs when a test begins, however the one before has ended."""
    yield
    if not node.running:
        node.start()


@pytest.fixture
async def connection(node: Cassandra) -> AsyncIterator[Connection]:
    async with connected(address_of(node), LIMITS) as connection:
        yield connection


def address_of(node: Cassandra) -> ScyllaAddress:
    return ScyllaAddress(hosts=("127.0.0.1",), port=node.port, keyspace="trialogue")


async def up(connection: Connection) -> None:
    async with asyncio.timeout(BACK_WITHIN):
        while connection.state != "up":
            await asyncio.sleep(0.02)


async def longest_pause(connection: Connection, *, seconds: float) -> float:
    """Write for a while, failing or not, and return how long the event loop stood still.

    Less what a thread stood still that does nothing else: that is the machine's doing.
    """
    threads, longest = scylla_threads(connection), 0.0
    async with asyncio.TaskGroup() as tasks:
        others = tasks.create_task(asyncio.to_thread(_longest_pause_of_a_thread, seconds))
        ends = monotonic() + seconds
        while (now := monotonic()) < ends:
            tasks.create_task(try_to_append(threads.append(conversation(1, start=YESTERDAY)[1])))
            await asyncio.sleep(0.005)
            longest = max(longest, monotonic() - now)
    return longest - others.result()


def _longest_pause_of_a_thread(seconds: float) -> float:
    ends, longest = monotonic() + seconds, 0.0
    while (now := monotonic()) < ends:
        sleep(0.005)
        longest = max(longest, monotonic() - now)
    return longest


async def try_to_append(append: Coroutine[Any, Any, None]) -> None:
    try:
        await append
    except UnavailableError:
        return


async def test_a_frozen_server_is_refused_soon_and_used_again_soon(
    node: Cassandra, connection: Connection
) -> None:
    threads = scylla_threads(connection)
    conversation_id, turns = conversation(2, start=YESTERDAY)
    node.send(signal.SIGSTOP)
    try:
        for _ in range(LIMITS.failures + 3):  # its last threads may still answer the first call
            began = monotonic()
            await try_to_append(threads.append(turns))
            assert monotonic() - began < SOON
        assert connection.state == "down: no answer"
        began = monotonic()
        for _ in range(100):
            with pytest.raises(UnavailableError):
                await threads.append(turns)
        assert monotonic() - began < SOON
        assert await longest_pause(connection, seconds=2) < STILL
    finally:
        node.send(signal.SIGCONT)
    await up(connection)
    await threads.append(turns)
    assert await threads.history(conversation_id, limit=10) == turns


async def test_a_killed_server_never_stops_the_event_loop(
    node: Cassandra, connection: Connection
) -> None:
    threads = scylla_threads(connection)
    conversation_id, turns = conversation(2, start=YESTERDAY)
    await threads.append(turns)
    await asyncio.to_thread(node.kill)
    assert await longest_pause(connection, seconds=3) < STILL
    assert connection.state.startswith("down: ")
    await node.come_back()
    await up(connection)
    assert await threads.history(conversation_id, limit=10) == turns


async def test_a_server_that_comes_later_is_not_waited_for(node: Cassandra) -> None:
    await asyncio.to_thread(node.kill)
    connection = Connection(address=address_of(node), limits=LIMITS)
    began = monotonic()
    async with connection.running():
        assert monotonic() - began < SOON
        assert connection.state.startswith("down: no")
        with pytest.raises(UnavailableError):
            await scylla_threads(connection).append(conversation(1)[1])
        await node.come_back()
        await up(connection)
        conversation_id, turns = conversation(2, start=YESTERDAY)
        await scylla_threads(connection).append(turns)
        assert await scylla_threads(connection).history(conversation_id, limit=9) == turns


async def test_a_frozen_server_is_not_waited_for_at_the_start(node: Cassandra) -> None:
    node.send(signal.SIGSTOP)
    try:
        connection = Connection(address=address_of(node), limits=LIMITS)
        began = monotonic()
        async with connection.running():
            assert monotonic() - began < SOON
            assert connection.state.startswith("down: ")
            node.send(signal.SIGCONT)
            await up(connection)
    finally:
        node.send(signal.SIGCONT)


async def test_a_name_that_leads_nowhere_is_said_without_an_end(scylla: ScyllaAddress) -> None:
    nowhere = replace(scylla, hosts=("nowhere.invalid",))
    connection = Connection(address=nowhere, limits=LIMITS)
    async with connection.running():
        assert connection.state == "down: its name is not known here"
    assert connection.state == "down: stopped"


async def test_who_stops_while_it_connects_leaves_nothing_behind(node: Cassandra) -> None:
    before = threading.active_count()
    connection = Connection(address=address_of(node), limits=LIMITS)
    keeper = asyncio.get_running_loop().create_task(connection._keep())
    await asyncio.sleep(0.02)
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
    async with asyncio.timeout(60):
        while threading.active_count() > before + 4:  # those of `to_thread` stay
            await asyncio.sleep(0.05)
