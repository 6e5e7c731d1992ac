"""What was said is read from where it is: on its way, in the thread store, or put away."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from adapters.stores.postgres.all_turns import count_turns, turns_after
from adapters.stores.postgres.threads import PostgresUnrecorded
from bots.clock import utc_now
from bots.embedded import Addresses
from core.errors import UnavailableError
from core.history import MergedThreads, ReadHistory
from core.ports.threads import Position, Threads, Turn
from tests.stores.people import Owner, open_owner
from tests.stores.replica import Replica, open_replica, slack_message
from tests.stores.test_threads import all_pages, conversation

YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class AwayThreads:
    """A thread store that does not answer."""

    async def append(self, turns: Sequence[Turn]) -> None:
        raise UnavailableError("away")

    async def history(
        self,
        conversation_id: UUID,
        *,
        limit: int,
        before: Position | None = None,
        since: datetime | None = None,
    ) -> Sequence[Turn]:
        raise UnavailableError("away")

    async def conversations_of(self, user_id: UUID) -> Sequence[UUID]:
        raise UnavailableError("away")


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


def history_of(replica: Replica, threads: Threads) -> ReadHistory:
    return ReadHistory(threads=threads, unrecorded=PostgresUnrecorded(database=replica.bot))


async def test_what_is_on_its_way_is_read_with_the_rest_and_nothing_twice(
    replica: Replica,
) -> None:
    """One is recorded, one was written and not marked yet, one is still on its way."""
    for number in range(1, 4):
        admitted = await replica.admit(slack_message(number, text=f"q{number}"))
        await replica.settle(admitted, f"a{number}")
    place = admitted.conversation_id
    unrecorded = PostgresUnrecorded(database=replica.bot)
    first, second, _ = await unrecorded.exchanges(place)
    await replica.threads.append([*first.turns, *second.turns])
    await replica.recorded.mark(first.message_id)

    read = history_of(replica, replica.threads)
    whole = await read(place, limit=100)
    assert [turn.text for turn in whole.turns] == ["q1", "a1", "q2", "a2", "q3", "a3"]
    assert whole.complete
    pages: list[Turn] = []
    before = None
    while page := (await read(place, limit=4, before=before)).turns:
        pages[:0] = page
        before = page[0].position
    assert pages == whole.turns
    since = whole.turns[3].at
    assert (await read(place, limit=9, since=since)).turns == whole.turns[3:]

    away = history_of(replica, AwayThreads())
    latest = await away(place, limit=100)
    assert ([turn.text for turn in latest.turns], latest.complete) == (
        ["q2", "a2", "q3", "a3"],
        False,
    )
    merged = MergedThreads(read=away)
    assert await merged.history(place, limit=2) == latest.turns[-2:]
    assert admitted.account
    assert await away.conversations_of(admitted.account.user_id) == ([place], False)


async def test_turns_of_a_year_ago_are_put_away_and_read_like_the_others(
    replica: Replica, owner: Owner
) -> None:
    place, turns = conversation(20, start=utc_now() - 1.3 * YEAR, every=YEAR / 16)
    old = [turn for turn in turns if turn.at < utc_now() - timedelta(days=365.25)]
    await replica.threads.append(turns)
    assert await replica.recovery.cool(3) == 3
    while await replica.recovery.cool(3):
        pass
    assert await owner.one("SELECT count(*) FROM turns_cold") == len(old)
    assert await owner.one("SELECT count(*) FROM turns") == len(turns) - len(old)
    assert 0 < len(old) < len(turns)

    await replica.threads.append(old[:4])  # a move that is repeated
    for size in (1, 7, 100):
        assert await all_pages(replica.threads, place, size) == turns
    assert await turns_after(replica.bot, turns[0].key, limit=100) == turns[1:]
    assert await replica.threads.conversations_of(turns[0].user_id or place) == [place]
    while await replica.recovery.cool(3):
        pass
    assert await count_turns(replica.bot) == len(turns)


async def test_put_away_turns_end_with_their_time_too(replica: Replica, owner: Owner) -> None:
    _, turns = conversation(1, start=utc_now() - 8 * YEAR)
    _, kept = conversation(1, start=utc_now() - 2 * YEAR)
    await replica.threads.append([*turns, *kept])
    await replica.recovery.cool(10)
    assert await replica.recovery.expire(10) == 2
    assert await owner.one("SELECT count(*) FROM turns_cold") == 2
