"""One message at a time, in order, within a conversation; all conversations side by side."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from core.persistence import until_stored
from core.ports.inbox import Admitted

Handle = Callable[[Admitted], Awaitable[bool]]
"""Handle one message; whether it reached its end. Raises nothing but `CancelledError`."""

Waiting = Callable[[UUID], Awaitable[Sequence[Admitted]]]
"""All messages of a conversation that wait for this replica, in order."""

MayPass = Callable[[Admitted], bool]
"""Whether a message may be handled while one before it waits for a store."""

MOST_ENDED = 10_000
"""Messages that are known to have ended: far more than end while something is read."""


@dataclass(slots=True)
class Lane:
    """The messages of one conversation that are here, by their number in it.

    `waits` counts those under way that wait for a store; `passing` are those that pass them by.
    """

    held: dict[int, Admitted] = field(default_factory=dict)
    last: Admitted | None = None
    waits: int = 0
    passing: dict[int, Admitted] = field(default_factory=dict)
    passers: deque[asyncio.Task[None]] = field(default_factory=deque)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def put(self, admitted: Admitted) -> bool:
        """Hold a message; of two copies the newer attempt stays. Whether it was news.

        The one under way is known too: it stays open in the inbox, so that sweeps bring it again.
        """
        known = self.held.get(admitted.sequence) or self.passing.get(admitted.sequence)
        if known is None and self.last is not None and self.last.sequence == admitted.sequence:
            known = self.last
        if known is not None and known.attempt >= admitted.attempt:
            return False
        self.held[admitted.sequence] = admitted
        return True

    def follows_a_gap(self) -> bool:
        """Tell whether a message before the next one is with this replica, but not here yet."""
        first = min(self.held)
        if self.last is None:
            return self.held[first].queued
        return first > self.last.sequence + 1

    def take(self) -> Admitted:
        """Remove the next message."""
        self.last = self.held.pop(min(self.held))
        return self.last

    def take_passing(self, may_pass: MayPass) -> Sequence[Admitted]:
        """Remove what need not wait, in order."""
        passing = [one for _, one in sorted(self.held.items()) if may_pass(one)]
        for one in passing:
            self.passing[one.sequence] = self.held.pop(one.sequence)
        return passing

    @property
    def only_waits(self) -> bool:
        """Whether all that is under way waits for a store."""
        return self.waits > bool(self.passing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """A lane for each conversation with something to do; it ends when there is nothing left.

    While a message waits for a store, those behind it that `may_pass` are handled in their order,
    and all others stay behind it.

    A sweep or a wake may have read a message as open just before it was settled, and bring it when
    its lane has long gone on or ended: what reached its end is known by id and attempt.
    """

    handle: Handle
    waiting: Waiting
    tasks: asyncio.TaskGroup
    may_pass: MayPass = lambda _: False
    _lanes: dict[UUID, Lane] = field(default_factory=dict)
    _ended: dict[UUID, int] = field(default_factory=dict)

    def put(self, admitted: Admitted) -> bool:
        """Queue a message in its conversation's lane. Whether it was news."""
        if self._ended.get(admitted.id, 0) >= admitted.attempt:
            return False
        lane = self._lanes.get(admitted.conversation_id)
        if lane is not None:
            news = lane.put(admitted)
            self._let_pass(lane)
            return news
        lane = self._lanes[admitted.conversation_id] = Lane()
        lane.put(admitted)
        self.tasks.create_task(self._run(admitted.conversation_id, lane))
        return True

    async def wake(self, conversation_id: UUID) -> None:
        """Queue what another replica put into a conversation."""
        for admitted in await self.waiting(conversation_id):
            self.put(admitted)

    def busy(self) -> int:
        """Count the conversations with something to do now: who waits for a store is left out."""
        return sum(not lane.only_waits for lane in self._lanes.values())

    def waiting_for_stores(self) -> int:
        """Count the conversations in which something waits for a store."""
        return sum(lane.waits > 0 for lane in self._lanes.values())

    @contextmanager
    def passed_by(self, admitted: Admitted) -> Iterator[None]:
        """While the block lasts, this message that is under way here waits for a store."""
        lane = self._lanes[admitted.conversation_id]
        lane.waits += 1
        self._let_pass(lane)
        try:
            yield
        finally:
            lane.waits -= 1

    def _let_pass(self, lane: Lane) -> None:
        if lane.waits:
            for one in lane.take_passing(self.may_pass):
                lane.passers.append(self.tasks.create_task(self._pass(lane, one)))

    async def _pass(self, lane: Lane, admitted: Admitted) -> None:
        async with lane.turn:
            await self._handle(admitted)
            del lane.passing[admitted.sequence]

    async def _run(self, conversation_id: UUID, lane: Lane) -> None:
        try:
            while lane.held:
                if lane.follows_a_gap():
                    for admitted in await until_stored(
                        lambda: self.waiting(conversation_id), what="inbox.waiting"
                    ):
                        self.put(admitted)
                await self._handle(lane.take())
                while lane.passers:
                    await lane.passers.popleft()
        finally:
            del self._lanes[conversation_id]

    async def _handle(self, admitted: Admitted) -> None:
        if await self.handle(admitted):
            self._ended[admitted.id] = admitted.attempt
            if len(self._ended) > MOST_ENDED:
                del self._ended[next(iter(self._ended))]
