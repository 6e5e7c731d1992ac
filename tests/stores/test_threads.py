"""What was said is kept and found again, alike on PostgreSQL and on a CQL engine."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from bots.clock import new_id
from core.ports.threads import Exchange, Position, Threads, Turn
from tests.stores.engines import ENGINES, Source, open_engine, source_of

NOON = datetime(2026, 10, 31, 12, 0, 0, 123_457, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=ENGINES)
def source(request: pytest.FixtureRequest) -> Source:
    return source_of(request)


@pytest.fixture
async def threads(source: Source) -> AsyncIterator[Threads]:
    async with open_engine(source) as engine:
        yield engine.threads


def exchange(
    conversation_id: UUID, at: datetime, *, question: str = "How?", answer: str = "So."
) -> Exchange:
    return Exchange(
        message_id=new_id(),
        organization_id=uuid4(),
        conversation_id=conversation_id,
        user_id=uuid4(),
        question=question,
        asked_at=at,
        answer=answer,
        confidence=0.5,
        answered_at=at + timedelta(milliseconds=3),
    )


def conversation(
    count: int, *, every: timedelta = HOUR, start: datetime = NOON
) -> tuple[UUID, list[Turn]]:
    """A conversation of exchanges in steady steps, and its turns in order."""
    conversation_id = uuid4()
    exchanges = [exchange(conversation_id, start + number * every) for number in range(count)]
    return conversation_id, [turn for one in exchanges for turn in one.turns]


async def test_turns_come_back_as_they_were(threads: Threads) -> None:
    conversation_id, turns = conversation(3)
    await threads.append(turns)
    assert await threads.history(conversation_id, limit=10) == turns


async def test_a_conversation_without_turns_has_no_history(threads: Threads) -> None:
    assert await threads.history(uuid4(), limit=10) == []


async def test_conversations_do_not_mix(threads: Threads) -> None:
    (one, of_one), (other, of_other) = conversation(2), conversation(2)
    await threads.append([*of_one, *of_other])
    assert await threads.history(one, limit=10) == of_one
    assert await threads.history(other, limit=10) == of_other


async def test_the_newest_turns_are_shown_oldest_first(threads: Threads) -> None:
    conversation_id, turns = conversation(5)
    await threads.append(list(reversed(turns)))
    assert await threads.history(conversation_id, limit=3) == turns[-3:]


async def test_a_repeat_changes_nothing(threads: Threads) -> None:
    conversation_id, turns = conversation(4)
    await asyncio.gather(*(threads.append(turns) for _ in range(5)))
    for turn in reversed(turns):
        await threads.append([turn])
    assert await threads.history(conversation_id, limit=100) == turns


@pytest.mark.parametrize("size", [1, 4, 7, 100])
async def test_pages_meet_without_gap_or_repeat(threads: Threads, size: int) -> None:
    """Over the end of a year, and a winter in which nobody spoke."""
    conversation_id, autumn = conversation(6, every=timedelta(days=14))
    spring = [
        turn
        for number in range(4)
        for turn in exchange(conversation_id, NOON + timedelta(days=180, hours=number)).turns
    ]
    turns = [*autumn, *spring]
    await threads.append(turns)
    assert await all_pages(threads, conversation_id, size) == turns


async def test_turns_of_one_moment_are_paged_without_gap_or_repeat(threads: Threads) -> None:
    conversation_id, turns = conversation(25, every=timedelta(0))
    await threads.append(turns)
    whole = await threads.history(conversation_id, limit=100)
    assert sorted(whole, key=by_id) == sorted(turns, key=by_id)
    assert [turn.at for turn in whole] == sorted(turn.at for turn in turns)
    assert await all_pages(threads, conversation_id, 7) == whole


async def test_a_microsecond_is_a_difference(threads: Threads) -> None:
    conversation_id, turns = conversation(20, every=timedelta(microseconds=1))
    await threads.append(turns)
    asked = [turn for turn in turns if turn.actor == "person"]
    assert [
        turn for turn in await threads.history(conversation_id, limit=100) if turn in asked
    ] == asked


async def test_history_is_read_by_time(threads: Threads) -> None:
    conversation_id, turns = conversation(48)
    await threads.append(turns)
    since, until = NOON + 10 * HOUR, NOON + 14 * HOUR
    found = await threads.history(
        conversation_id, limit=100, before=Position(at=until), since=since
    )
    assert found == [turn for turn in turns if since <= turn.at < until]
    assert found[0].at == since
    assert await threads.history(conversation_id, limit=3, since=since) == turns[-3:]
    later = NOON + timedelta(days=400)
    assert await threads.history(conversation_id, limit=3, since=later) == []


async def test_the_ends_of_time_are_bounds_too(threads: Threads) -> None:
    conversation_id, turns = conversation(2)
    await threads.append(turns)
    always = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
    never = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
    assert (
        await threads.history(conversation_id, limit=9, before=Position(at=always), since=never)
        == turns
    )
    assert await threads.history(conversation_id, limit=9, before=Position(at=never)) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("before\x00after", "before�after"),
        ("lone \ud800 surrogate \udfff", "lone � surrogate �"),
        ("", ""),
        ("emoji 🧑‍🚀, עברית, ß\u202e\r\n\t", "emoji 🧑‍🚀, עברית, ß\u202e\r\n\t"),
        ("'; DROP TABLE turns; -- $1 ? %s {}", "'; DROP TABLE turns; -- $1 ? %s {}"),
    ],
)
async def test_any_text_is_kept(threads: Threads, said: str, kept: str) -> None:
    conversation_id = uuid4()
    one = exchange(conversation_id, NOON, question=said, answer=said)
    await threads.append(one.turns)
    assert [turn.text for turn in await threads.history(conversation_id, limit=9)] == [kept] * 2


async def test_a_megabyte_is_kept(threads: Threads) -> None:
    conversation_id = uuid4()
    question, answer = "ä" * 500_000, "x" * 1_000_000
    for number in range(4):
        one = exchange(conversation_id, NOON + number * HOUR, question=question, answer=answer)
        await threads.append(one.turns)
    found = await threads.history(conversation_id, limit=100)
    assert [turn.text == (question, answer)[n % 2] for n, turn in enumerate(found)] == [True] * 8


async def test_many_at_once(threads: Threads) -> None:
    all_of_them = [conversation(3) for _ in range(100)]
    await asyncio.gather(*(threads.append(turns) for _, turns in all_of_them))
    for conversation_id, turns in all_of_them:
        assert await threads.history(conversation_id, limit=10) == turns


async def test_a_caller_that_gives_up_does_not_spoil_the_others(threads: Threads) -> None:
    conversation_id, turns = conversation(3)
    calls = [asyncio.ensure_future(threads.append(turns)) for _ in range(6)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    await asyncio.gather(*calls[1::2])
    await asyncio.gather(*calls, return_exceptions=True)
    assert await threads.history(conversation_id, limit=10) == turns


def by_id(turn: Turn) -> UUID:
    return turn.id


async def all_pages(threads: Threads, conversation_id: UUID, size: int) -> Sequence[Turn]:
    """A conversation read backwards, page by page."""
    pages: list[Turn] = []
    before = None
    while page := await threads.history(conversation_id, limit=size, before=before):
        assert len(page) <= size
        pages[:0] = page
        before = page[0].position
    return pages
