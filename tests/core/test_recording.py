"""Turns reach the thread store, at once or when it is back."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from core.chatbot import ChatbotService
from core.errors import UnavailableError, UnstorableError
from core.files import KeepFiles
from core.ports.feedback import Vote
from core.ports.recovery import Recovery
from core.ports.threads import Exchange, Turn
from core.recording import MultiDatabaseService
from core.sender import Sender
from core.sweeper import BATCH, Sweeper
from core.usage.counting import FlushCounts
from tests.core.memory import MemoryThreads, utc_now


@dataclass(slots=True)
class AwayThreads(MemoryThreads):
    """A store that raises what was planned before it takes turns. `calls` counts the tries."""

    planned: deque[Exception | None] = field(default_factory=deque)
    calls: int = 0

    async def append(self, turns: Sequence[Turn]) -> None:
        self.calls += 1
        await asyncio.sleep(0)
        if self.planned and (error := self.planned.popleft()):
            raise error
        self.turns.extend(turns)


def exchanges(count: int) -> list[Exchange]:
    return [
        Exchange(
            message_id=uuid4(),
            organization_id=uuid4(),
            conversation_id=uuid4(),
            user_id=uuid4(),
            question="How?",
            asked_at=utc_now(),
            answer="So.",
            confidence=1.0,
            answered_at=utc_now(),
        )
        for _ in range(count)
    ]


async def test_an_exchange_is_written_and_marked_once() -> None:
    threads = AwayThreads()
    async with asyncio.TaskGroup() as tasks:
        records = MultiDatabaseService(threads=threads, recorded=threads, tasks=tasks)
        [one] = exchanges(1)
        records.record(one)
        records.record(one)
        assert records.busy() == 1
        assert await records.catch_up([one]) == 0
    assert (threads.calls, threads.marked, records.busy()) == (1, [one.message_id], 0)


async def test_a_store_that_is_away_is_asked_once_for_many() -> None:
    threads = AwayThreads(planned=deque([UnavailableError("away")]))
    async with asyncio.TaskGroup() as tasks:
        records = MultiDatabaseService(threads=threads, recorded=threads, tasks=tasks)
        left = exchanges(50)
        assert await records.catch_up(left) == 0
        assert (threads.calls, threads.marked) == (1, [])
        assert await records.catch_up(left) == 50
    assert threads.marked == [one.message_id for one in left]


async def test_one_that_cannot_be_written_holds_no_other_back() -> None:
    threads = AwayThreads(planned=deque([ValueError("poison"), None, ValueError("poison")]))
    async with asyncio.TaskGroup() as tasks:
        records = MultiDatabaseService(threads=threads, recorded=threads, tasks=tasks)
        left = exchanges(5)
        assert await records.catch_up(left) == 3
    assert threads.marked == [left[1].message_id, left[3].message_id, left[4].message_id]


@dataclass(slots=True)
class LeftBehind:
    """A `Recovery` that knows what is unrecorded, and counts how often it is asked."""

    exchanges: list[Exchange]
    store: MemoryThreads
    reads: int = 0
    late: list[Turn] = field(default_factory=list)

    async def unrecorded(self, limit: int) -> Sequence[Exchange]:
        self.reads += 1
        left = [one for one in self.exchanges if one.message_id not in self.store.marked]
        return left[:limit]

    async def late_turns(self, limit: int) -> Sequence[Turn]:
        return [one for one in self.late if one.id not in self.store.marked][:limit]


def sweeper_of(left: LeftBehind, records: MultiDatabaseService) -> Sweeper:
    """One that only catches up."""
    return Sweeper(
        recovery=cast("Recovery", left),
        chatbot=cast("ChatbotService", None),
        sender=cast("Sender", None),
        records=records,
        flush_counts=cast("FlushCounts", None),
        files=cast("KeepFiles", None),
        timeout=timedelta(seconds=1),
    )


async def test_a_sweep_writes_batch_after_batch() -> None:
    threads = AwayThreads()
    async with asyncio.TaskGroup() as tasks:
        records = MultiDatabaseService(threads=threads, recorded=threads, tasks=tasks)
        left = LeftBehind(exchanges(2 * BATCH + 7), threads)
        await sweeper_of(left, records).catch_up()
    assert threads.marked == [one.message_id for one in left.exchanges]
    assert left.reads == 3


@pytest.mark.parametrize("error", [UnavailableError("away"), ValueError("poison")])
async def test_a_sweep_that_gets_nowhere_waits_for_the_next(error: Exception) -> None:
    threads = AwayThreads(planned=deque([error] * 1000))
    async with asyncio.TaskGroup() as tasks:
        records = MultiDatabaseService(threads=threads, recorded=threads, tasks=tasks)
        left = LeftBehind(exchanges(2 * BATCH), threads)
        with capture_logs() as logs:
            await sweeper_of(left, records).catch_up()
    assert (left.reads, threads.marked) == (1, [])
    assert len(logs) == (1 if isinstance(error, UnavailableError) else BATCH)


async def test_turns_of_late_answers_wait_for_the_store_like_all_others() -> None:
    threads = AwayThreads(planned=deque([UnavailableError("away")] * 2))
    late = [exchange.turns[1] for exchange in exchanges(3)]
    left = LeftBehind([], threads, late=late)
    async with asyncio.TaskGroup() as tasks:
        records = MultiDatabaseService(threads=threads, recorded=threads, tasks=tasks)
        records.remember(late[:1])
        while records.busy():
            await asyncio.sleep(0)
        await sweeper_of(left, records).catch_up()
        assert threads.turns == []
        await sweeper_of(left, records).catch_up()
    assert threads.turns == late
    assert threads.marked == [turn.id for turn in late]


@dataclass(slots=True)
class MemoryVotes:
    """Both stores of votes. `away`: writes to refuse first; `poison`: always refused."""

    left: list[Vote]
    away: int = 0
    poison: Vote | None = None
    written: list[Vote] = field(default_factory=list)
    tries: int = 0

    async def unrecorded(self, limit: int) -> Sequence[Vote]:
        return self.left[:limit]

    async def mark(self, votes: Sequence[Vote]) -> None:
        self.left = [vote for vote in self.left if vote not in votes]

    async def write(self, vote: Vote) -> None:
        self.tries += 1
        if self.away > 0:
            self.away -= 1
            raise UnavailableError("away")
        if vote == self.poison:
            raise UnstorableError("poison")
        self.written.append(vote)


def vote() -> Vote:
    return Vote(
        message_id=uuid4(), user_id=uuid4(), organization_id=uuid4(), rating=1, at=utc_now()
    )


async def test_votes_are_mirrored_and_marked_when_the_store_is_back() -> None:
    given = [vote() for _ in range(BATCH + 3)]
    votes, threads = MemoryVotes(left=given, away=1, poison=given[5]), AwayThreads()
    async with asyncio.TaskGroup() as tasks:
        records = MultiDatabaseService(threads=threads, recorded=threads, tasks=tasks, votes=votes)
        sweeper = replace(sweeper_of(LeftBehind([], threads), records), votes=votes)
        await sweeper.mirror_votes()
        assert (votes.tries, votes.written) == (1, [])
        await sweeper.mirror_votes()
    assert votes.left == [given[5]]
    assert votes.written == [one for one in given if one != given[5]]


async def test_nothing_left_is_nothing_written() -> None:
    async with asyncio.TaskGroup() as tasks:
        threads = AwayThreads()
        records = MultiDatabaseService(threads=threads, recorded=threads, tasks=tasks)
        assert await records.catch_up([]) == 0
