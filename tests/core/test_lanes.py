"""Order within a conversation, freedom between conversations."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from core.errors import UnavailableError
from core.lanes import Lanes
from core.messages import Author, Conversation, IncomingMessage, Platform
from core.ports.inbox import Admitted, Verdict

ME = uuid4()
NOW = datetime.now(UTC)


def admitted(sequence: int, *, conversation: UUID, queued: bool = False) -> Admitted:
    place = Conversation(platform=Platform.DISCORD, space="1", channel="2")
    message = IncomingMessage(
        dedupe_key=str(sequence),
        conversation=place,
        space=None,
        author=Author(platform=Platform.DISCORD, id="3"),
        message_id=str(sequence),
        text="?",
        sent_at=NOW,
    )
    return Admitted(
        id=uuid4(),
        message=message,
        verdict=Verdict.NEW,
        conversation=place,
        conversation_id=conversation,
        sequence=sequence,
        owner=ME,
        attempt=1,
        queued=queued,
        account=None,
        received_at=NOW,
    )


class Handler:
    """Notes what it handled; `stored` is what the inbox would say waits."""

    def __init__(self) -> None:
        self.handled: list[Admitted] = []
        self.stored: list[Admitted] = []
        self.looks = 0
        self.away = 0
        self.settles = True
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, one: Admitted) -> bool:
        await self.gate.wait()
        self.handled.append(one)
        return self.settles

    async def waiting(self, _: UUID) -> Sequence[Admitted]:
        self.looks += 1
        await asyncio.sleep(0)
        if self.away:
            self.away -= 1
            raise UnavailableError("away")
        return self.stored

    def sequences(self) -> list[int]:
        return [one.sequence for one in self.handled]


async def test_messages_of_a_conversation_are_handled_in_order() -> None:
    handler, conversation = Handler(), uuid4()
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        for sequence in (1, 2, 3, 4):
            lanes.put(admitted(sequence, conversation=conversation))
    assert handler.sequences() == [1, 2, 3, 4]
    assert handler.looks == 0
    assert lanes.busy() == 0


async def test_a_slow_conversation_does_not_delay_another() -> None:
    slow, quick = uuid4(), uuid4()
    done: list[UUID] = []
    release = asyncio.Event()

    async def handle(one: Admitted) -> bool:
        if one.conversation_id == slow:
            await release.wait()
        done.append(one.conversation_id)
        return True

    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handle, waiting=Handler().waiting, tasks=tasks)
        lanes.put(admitted(1, conversation=slow))
        lanes.put(admitted(1, conversation=quick))
        await asyncio.sleep(0.01)
        assert done == [quick]
        release.set()
    assert done == [quick, slow]


async def test_a_message_handed_over_by_another_replica_is_fetched_before_a_later_one() -> None:
    """Number 2 was admitted elsewhere and its news is still on the way."""
    handler, conversation = Handler(), uuid4()
    handler.gate.clear()
    handler.stored = [admitted(2, conversation=conversation)]
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        lanes.put(admitted(1, conversation=conversation))
        await asyncio.sleep(0)
        lanes.put(admitted(3, conversation=conversation))
        handler.gate.set()
    assert handler.sequences() == [1, 2, 3]


async def test_a_lane_that_opens_behind_others_looks_for_them_first() -> None:
    handler, conversation = Handler(), uuid4()
    handler.stored = [admitted(4, conversation=conversation)]
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        lanes.put(admitted(5, conversation=conversation, queued=True))
    assert handler.sequences() == [4, 5]


async def test_a_number_that_never_comes_does_not_stop_the_lane() -> None:
    handler, conversation = Handler(), uuid4()
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        lanes.put(admitted(1, conversation=conversation))
        lanes.put(admitted(3, conversation=conversation))
    assert handler.sequences() == [1, 3]


async def test_of_two_copies_the_newer_attempt_is_handled() -> None:
    handler, conversation = Handler(), uuid4()
    first = admitted(1, conversation=conversation)
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        lanes.put(first)
        lanes.put(replace(first, attempt=2))
        lanes.put(first)
    assert [one.attempt for one in handler.handled] == [2]


async def test_a_store_that_is_away_when_a_lane_looks_for_others_is_waited_for() -> None:
    handler, conversation = Handler(), uuid4()
    handler.stored = [admitted(4, conversation=conversation)]
    handler.away = 2
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        lanes.put(admitted(5, conversation=conversation, queued=True))
    assert handler.sequences() == [4, 5]


async def test_the_message_under_way_is_not_handled_again_when_a_sweep_brings_it() -> None:
    handler, conversation = Handler(), uuid4()
    handler.gate.clear()
    first = admitted(1, conversation=conversation)
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        assert lanes.put(first)
        assert lanes.put(admitted(2, conversation=conversation))
        await asyncio.sleep(0)
        assert not lanes.put(first)
        handler.gate.set()
    assert handler.sequences() == [1, 2]


async def test_the_message_under_way_is_handled_again_when_it_came_back_from_elsewhere() -> None:
    """Another replica took it over and vanished: what is under way here will not be settled."""
    handler, conversation = Handler(), uuid4()
    handler.gate.clear()
    first = admitted(1, conversation=conversation)
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        lanes.put(first)
        await asyncio.sleep(0)
        assert lanes.put(replace(first, attempt=3))
        handler.gate.set()
    assert [one.attempt for one in handler.handled] == [1, 3]


async def test_what_ended_is_not_handled_again_when_it_was_read_before_that() -> None:
    """Long after: its lane has handled others since, or is gone."""
    handler, conversation = Handler(), uuid4()
    first, *others = (admitted(number, conversation=conversation) for number in (1, 2, 3))
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        for one in (first, *others):
            lanes.put(one)
        while len(handler.handled) < 2:
            await asyncio.sleep(0)
        assert not lanes.put(first)
        while lanes.busy():
            await asyncio.sleep(0)
        handler.stored = [first]
        await lanes.wake(conversation)
        assert lanes.busy() == 0
        assert lanes.put(replace(first, attempt=2))
    assert [one.sequence for one in handler.handled] == [1, 2, 3, 1]


async def test_what_could_not_be_settled_is_handled_when_it_is_brought_again() -> None:
    handler, conversation = Handler(), uuid4()
    handler.settles = False
    first = admitted(1, conversation=conversation)
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        lanes.put(first)
        while lanes.busy():
            await asyncio.sleep(0)
        assert lanes.put(first)
    assert handler.sequences() == [1, 1]


async def test_only_so_much_of_what_ended_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.lanes.MOST_ENDED", 2)
    handler, conversation = Handler(), uuid4()
    everything = [admitted(number, conversation=conversation) for number in range(1, 5)]
    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(handle=handler.handle, waiting=handler.waiting, tasks=tasks)
        for one in everything:
            lanes.put(one)
        while lanes.busy():
            await asyncio.sleep(0)
        assert [lanes.put(one) for one in reversed(everything)] == [False, False, True, True]


@dataclass(slots=True)
class Stores:
    """A handler whose questions wait for a store that is away; `asides` pass them by."""

    asides: set[int]
    away: asyncio.Event = field(default_factory=asyncio.Event)
    slow: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[int] = field(default_factory=list)
    handled: list[int] = field(default_factory=list)
    lanes: Lanes = field(init=False)

    def open(self, tasks: asyncio.TaskGroup) -> Lanes:
        self.lanes = Lanes(
            handle=self.handle,
            waiting=Handler().waiting,
            tasks=tasks,
            may_pass=lambda one: one.sequence in self.asides,
        )
        return self.lanes

    async def handle(self, one: Admitted) -> bool:
        self.begun.append(one.sequence)
        if one.sequence in self.asides:
            await self.slow.wait()
        elif not self.away.is_set():
            with self.lanes.passed_by(one):
                await self.away.wait()
        self.handled.append(one.sequence)
        return True


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_needs_no_store_passes_a_question_that_waits_for_one() -> None:
    stores, conversation = Stores(asides={2, 4, 5}), uuid4()
    stores.slow.set()
    async with asyncio.TaskGroup() as tasks:
        lanes = stores.open(tasks)
        for sequence in (1, 2, 3):
            lanes.put(admitted(sequence, conversation=conversation))
        await turns()
        assert stores.handled == [2], "held when the wait began"
        for sequence in (4, 5):
            lanes.put(admitted(sequence, conversation=conversation))
        await turns()
        assert stores.handled == [2, 4, 5], "held since"
        assert stores.begun == [1, 2, 4, 5], "a question stays behind the one before it"
        stores.away.set()
    assert stores.handled == [2, 4, 5, 1, 3]


async def test_what_passes_is_handled_once_however_often_sweeps_bring_it() -> None:
    stores, conversation = Stores(asides={2}), uuid4()
    aside = admitted(2, conversation=conversation)
    async with asyncio.TaskGroup() as tasks:
        lanes = stores.open(tasks)
        lanes.put(admitted(1, conversation=conversation))
        lanes.put(aside)
        await turns()
        assert not lanes.put(aside)
        stores.away.set()
        await turns()
        assert stores.handled == [1]
        assert not lanes.put(aside), "its lane lives until it has ended"
        stores.slow.set()
        while lanes.busy():
            await asyncio.sleep(0)
        assert not lanes.put(aside)
    assert stores.handled == [1, 2]


async def test_who_waits_for_a_store_keeps_nobody_busy_but_who_passes_does() -> None:
    stores, conversation = Stores(asides={2}), uuid4()
    async with asyncio.TaskGroup() as tasks:
        lanes = stores.open(tasks)
        lanes.put(admitted(1, conversation=conversation))
        assert lanes.busy() == 1
        await turns()
        assert (lanes.busy(), lanes.waiting_for_stores()) == (0, 1)
        lanes.put(admitted(2, conversation=conversation))
        await turns()
        assert (lanes.busy(), lanes.waiting_for_stores()) == (1, 1)
        stores.slow.set()
        await turns()
        assert (lanes.busy(), lanes.waiting_for_stores()) == (0, 1)
        stores.away.set()
    assert (lanes.busy(), lanes.waiting_for_stores()) == (0, 0)
