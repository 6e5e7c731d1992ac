"""News of a handover reach the replica that owns the conversation, also after a lost connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from adapters.stores.postgres import wakeups
from adapters.stores.postgres.knowledge import PostgresKnowledge
from adapters.stores.postgres.wakeups import PostgresWakeups
from bots.embedded import Addresses
from core.entries import NewEntry
from core.errors import UnavailableError
from tests.stores.replica import Replica, open_replica, slack_message

WITHIN = 60.0
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


@pytest.fixture
async def other(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


@asynccontextmanager
async def woken(
    replica: Replica, *, failing: bool = False, changes: asyncio.Queue[UUID] | None = None
) -> AsyncIterator[asyncio.Queue[UUID]]:
    """The conversations that a replica is woken for, once it listens."""
    heard: asyncio.Queue[UUID] = asyncio.Queue()
    changes = changes or asyncio.Queue()

    async def wake(conversation_id: UUID) -> None:
        heard.put_nowait(conversation_id)
        if failing:
            raise UnavailableError("away")

    async def changed(organization_id: UUID) -> None:
        changes.put_nowait(organization_id)

    port = PostgresWakeups(pool=replica.bot.pool, replica=replica.id)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(port.listen(wake, changed))
        await _listens(replica)
        yield heard
        listening.cancel()


async def _listens(replica: Replica, *, bots: int = 1) -> None:
    async with asyncio.timeout(WITHIN):
        while bots > await _listening(replica):
            await asyncio.sleep(0.01)


async def _listening(replica: Replica) -> int:
    """How many bots listen, to the last of their channels too."""
    count = await replica.one(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        " AND query NOT LIKE '%knowledge%' AND datname = current_database()"
    )
    assert isinstance(count, int)
    return count


async def next_of(heard: asyncio.Queue[UUID]) -> UUID:
    async with asyncio.timeout(WITHIN):
        return await heard.get()


async def test_the_owner_of_a_conversation_is_woken(owner: Replica, other: Replica) -> None:
    first = await owner.admit(slack_message(1))
    async with woken(owner) as heard:
        await other.admit(slack_message(2))
        assert await next_of(heard) == first.conversation_id


async def test_after_a_lost_connection_it_listens_again_within_seconds(
    owner: Replica, other: Replica, addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sooner than the probe would tell: the end of the connection is heard."""
    monkeypatch.setattr(wakeups, "PROBE_EVERY", 3_600)
    monkeypatch.setattr(wakeups, "RECONNECT_AFTER", 0.1)
    first = await owner.admit(slack_message(1))
    async with woken(owner) as heard:
        for number in (2, 3):
            await other.database.fetch(CUT)
            await asyncio.sleep(0.2)
            await _listens(other)
            await other.admit(slack_message(number))
            assert await next_of(heard) == first.conversation_id


async def test_a_change_of_the_knowledge_is_heard_by_every_replica(
    owner: Replica, other: Replica
) -> None:
    organization = await owner.one("SELECT id FROM organizations")
    assert isinstance(organization, UUID)
    heard: list[asyncio.Queue[UUID]] = [asyncio.Queue(), asyncio.Queue()]
    async with woken(owner, changes=heard[0]), woken(other, changes=heard[1]):
        await _listens(owner, bots=2)
        new = NewEntry(phrasings=("Why?",), answer="Because.")
        await PostgresKnowledge(other.bot.pool).save(organization, [new])
        assert [await next_of(one) for one in heard] == [organization] * 2


async def test_a_failing_look_does_not_end_the_listening(owner: Replica, other: Replica) -> None:
    await owner.admit(slack_message(1))
    async with woken(owner, failing=True) as heard:
        for number in (2, 3):
            await other.admit(slack_message(number))
            await next_of(heard)


@pytest.mark.timeout(120)
async def test_it_can_be_cancelled_while_its_connection_is_lost(
    owner: Replica, other: Replica
) -> None:
    for _ in range(5):
        async with woken(owner):
            await other.database.fetch(CUT)


async def test_a_connection_that_listened_goes_back_to_nobody(owner: Replica) -> None:
    async with woken(owner):
        pass
    for _ in range(20):
        channels = await owner.bot.fetch("SELECT pg_listening_channels()")
        assert channels == []
