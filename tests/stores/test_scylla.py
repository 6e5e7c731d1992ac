"""What only the CQL stores have: keys made of times, lifetimes, pages and erasure."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.stores.scylla.config import ScyllaAddress
from adapters.stores.scylla.connection import Connection
from adapters.stores.scylla.places import Living
from adapters.stores.scylla.threads import ScyllaThreads
from adapters.stores.scylla.times import month_of, question_time, time_of, timeuuid
from bots.clock import new_id, utc_now
from core.errors import UnstorableError
from core.ports.threads import Turn
from tests.stores.engines import connected, scylla_threads
from tests.stores.test_threads import conversation, exchange

TIMES = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 (the zone is added by the strategy)
    max_value=datetime(5000, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
YESTERDAY = utc_now() - timedelta(days=1)


@pytest.fixture
async def connection(scylla: ScyllaAddress) -> AsyncIterator[Connection]:
    async with connected(scylla) as connection:
        yield connection


@pytest.fixture
def threads(connection: Connection) -> ScyllaThreads:
    return scylla_threads(connection)


@given(at=TIMES, identifier=st.uuids())
def test_a_key_tells_its_time_to_the_microsecond(at: datetime, identifier: UUID) -> None:
    key = timeuuid(at, identifier)
    assert time_of(key) == at
    assert (key.version, key.variant) == (1, uuid4().variant)
    assert timeuuid(at, identifier) == key


@given(at=TIMES, one=st.uuids(version=4), other=st.uuids(version=4))
def test_two_turns_of_one_moment_have_two_keys(at: datetime, one: UUID, other: UUID) -> None:
    ends = [identifier.int & (1 << 62) - 1 for identifier in (one, other)]
    assert (timeuuid(at, one) == timeuuid(at, other)) is (ends[0] == ends[1])
    assert timeuuid(at, one) != timeuuid(at, UUID(int=one.int ^ 1))


def test_a_month_is_one_of_utc() -> None:
    zone = datetime.fromisoformat("2026-01-01T00:30:00+02:00")
    assert month_of(zone) == 202512


def test_the_time_of_a_vote_is_that_of_the_question() -> None:
    assert abs(question_time(new_id()) - utc_now()) < timedelta(seconds=5)


async def test_the_engine_orders_turns_of_one_moment_as_their_ids(
    threads: ScyllaThreads,
) -> None:
    """As PostgreSQL does for ids that are made by time."""
    conversation_id = uuid4()
    turns = [
        turn
        for byte in range(256)
        for turn in exchange(conversation_id, YESTERDAY).turns[:1]
        for turn in [replace(turn, id=UUID(int=(7 << 76 | 0b10 << 62 | byte << 48 | byte << 8)))]
    ]
    await threads.append(turns[::-1])
    found = await threads.history(conversation_id, limit=1000)
    assert [turn.id for turn in found] == sorted(turn.id for turn in turns)


async def test_all_pages_of_a_result_arrive(threads: ScyllaThreads, connection: Connection) -> None:
    conversation_id, turns = conversation(60, start=YESTERDAY, every=timedelta(seconds=1))
    await threads.append(turns)
    assert connection.cql._session is not None
    connection.cql._session.default_fetch_size = 7
    assert await threads.history(conversation_id, limit=100) == turns[-100:]


async def test_turns_live_for_the_retention_from_when_they_were_said(
    connection: Connection,
) -> None:
    day = timedelta(days=1)
    short = scylla_threads(connection, keep=10 * day)
    conversation_id, turns = conversation(3, start=utc_now() - 12 * day, every=4 * day)
    await short.append(turns)
    assert await short.history(conversation_id, limit=10) == turns[2:]
    written_once = {"conversation_history": {2, 6}, "conversations_by_user": {2 + 31, 6 + 31}}
    left = {
        table: [row[0] for row in await connection.cql.fetch(f"SELECT ttl({column}) FROM {table}")]
        for table, column in (
            ("conversation_history", "text"),
            ("conversations_by_user", "organization_id"),
        )
    }
    for table, seconds in left.items():
        assert {round(one / day.total_seconds()) for one in seconds} == written_once[table]


async def test_what_the_engine_cannot_hold_is_told_from_one_that_is_away(
    threads: ScyllaThreads, connection: Connection
) -> None:
    huge = exchange(uuid4(), YESTERDAY, answer="x" * 20_000_000)
    for _ in range(connection.limits.failures + 1):
        with pytest.raises(UnstorableError):
            await threads.append(huge.turns)
    assert connection.state == "up"


async def test_an_erased_person_leaves_the_others(threads: ScyllaThreads) -> None:
    conversation_id, turns = conversation(120, start=YESTERDAY, every=timedelta(seconds=1))
    persons = uuid4(), uuid4()
    turns = [replace(turn, user_id=persons[n // 2 % 2]) for n, turn in enumerate(turns)]
    await threads.append(turns)
    await threads.erasures.erase(persons[0], until=utc_now())
    expected = [turn for turn in turns if turn.user_id == persons[1]]
    assert await threads.history(conversation_id, limit=1000) == expected
    await threads.erasures.erase(persons[0], until=utc_now())
    assert await threads.history(conversation_id, limit=1000) == expected


@pytest.mark.parametrize("written_before", [True, False])
async def test_a_late_repeat_does_not_bring_back_what_was_erased(
    threads: ScyllaThreads, *, written_before: bool
) -> None:
    """As the inbox rows of an outage are replayed when it is over."""
    conversation_id, turns = conversation(3, start=YESTERDAY)
    turns = [replace(turn, user_id=turns[0].user_id) for turn in turns]
    person = turns[0].user_id
    assert person is not None
    if written_before:
        await threads.append(turns)
    await threads.erasures.erase(person, until=utc_now())
    await threads.append(turns)
    assert await threads.history(conversation_id, limit=10) == []


async def test_what_is_said_after_an_erasure_is_kept(threads: ScyllaThreads) -> None:
    conversation_id, turns = conversation(4, start=YESTERDAY)
    person = uuid4()
    turns = [replace(turn, user_id=person) for turn in turns]
    until = turns[3].at
    await threads.append(turns)
    await threads.erasures.erase(person, until=until)
    assert await threads.history(conversation_id, limit=10) == turns[4:]
    await threads.append(turns)
    assert await threads.history(conversation_id, limit=10) == turns[4:]
    await threads.erasures.erase(person, until=utc_now())
    assert await threads.history(conversation_id, limit=10) == []


async def test_an_erasure_and_a_late_write_at_once(threads: ScyllaThreads) -> None:
    for _ in range(10):
        conversation_id, turns = conversation(2, start=YESTERDAY)
        person = uuid4()
        mine: list[Turn] = [replace(turn, user_id=person) for turn in turns]
        await asyncio.gather(
            threads.append(mine),
            threads.erasures.erase(person, until=utc_now()),
            threads.append(mine),
        )
        assert await threads.history(conversation_id, limit=10) == []


async def test_a_person_who_was_erased_is_found_again_for_the_next_erasure(
    connection: Connection,
) -> None:
    """By a bot that knew the place from before, while another one erased."""
    bot, other = scylla_threads(connection), scylla_threads(connection)
    conversation_id, turns = conversation(6, start=YESTERDAY, every=timedelta(seconds=1))
    person = uuid4()
    turns = [replace(turn, user_id=person, organization_id=person) for turn in turns]
    await bot.append(turns[:4])
    await other.erasures.erase(person, until=turns[3].at)
    await bot.append(turns[4:8])
    await bot.append(turns[8:])
    assert await bot.history(conversation_id, limit=99) == turns[4:]
    await other.erasures.erase(person, until=utc_now())
    assert await bot.history(conversation_id, limit=99) == []


async def test_a_place_that_is_known_is_not_written_again(connection: Connection) -> None:
    threads = scylla_threads(connection)
    _, turns = conversation(3, start=YESTERDAY, every=timedelta(0))
    one = turns[0]
    turns = [
        replace(turn, user_id=one.user_id, organization_id=one.organization_id) for turn in turns
    ]
    await threads.append(turns[:2])

    def missing(turn: Turn) -> int:
        return len(threads.places.missing([Living(turn=turn, left=timedelta(days=1))]))

    assert missing(turns[2]) == 0
    assert missing(replace(turns[2], user_id=uuid4())) == 1
    assert missing(replace(turns[2], conversation_id=uuid4())) == 2
