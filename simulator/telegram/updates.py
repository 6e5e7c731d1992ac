"""The bot's queue of updates and the long polls that wait at it."""

import asyncio
import contextlib
import math
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import orjson

from simulator.telegram.clock import SimulatedClock
from simulator.telegram.refusals import Json

BY_DEFAULT_LEFT_OUT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
DAY_SECONDS = 86_400.0
CLICK_SECONDS = 150.0
TERMINATED = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


class PollingConflictError(Exception):
    """Something newer has taken over; the text is Telegram's."""


@dataclass(slots=True, eq=False)
class Queued:
    """One update; within a `lane`, a chat or a person's clicks, a webhook gets one at a time.

    It is number `copy` of `copies`. `handed_at`, in `time.perf_counter()` seconds, is kept while
    somebody listens.
    """

    number: int
    lane: str
    body: bytes
    expires_at: float = math.inf
    copy: int = 1
    copies: int = 1
    handed_at: float | None = None


@dataclass(slots=True)
class Mishaps:
    """What happens to the next updates on their way into the queue."""

    drop: int = 0
    copies: int = 0
    delays: deque[float] = field(default_factory=deque)
    reorder: int = 0
    held: list[Callable[[], None]] = field(default_factory=list)


@dataclass(slots=True)
class Updates:
    """Updates wait until a later poll confirms them with its offset, or a webhook takes them.

    One that nobody takes is dropped: a click after 150 seconds, anything else after a day.

    With `shared`, any number of pollers gets every update by its own offset: nothing is ever
    forgotten, so a poller that comes back without an offset gets all of them again.

    `on_handed` is called with an update and the time when it was confirmed, or None when it was not
    and has to be handed over again; never with `shared`.
    """

    clock: SimulatedClock = field(default_factory=SimulatedClock)
    shared: bool = False
    next_number: int = 1
    mishaps: Mishaps = field(default_factory=Mishaps)
    kinds: Collection[str] = ()
    on_queued: Callable[[Queued], None] | None = None
    on_handed: Callable[[Queued, float | None], None] | None = None
    queue: list[Queued] = field(default_factory=list)
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)
    _closed: bool = False

    def put(self, kind: str, content: Json, *, copies: int = 1) -> None:
        """Queue one update, several times if asked, unless a mishap was planned for it.

        It gets its number as it enters the queue: Telegram delivers by number.
        """
        mishaps = self.mishaps
        if mishaps.drop:
            mishaps.drop -= 1
        elif mishaps.reorder:
            mishaps.held.append(lambda: self._number(kind, content, copies))
            if len(mishaps.held) == mishaps.reorder:
                self._release()
        elif mishaps.delays:
            delay = mishaps.delays.popleft()
            asyncio.get_running_loop().call_later(delay, self._number, kind, content, copies)
        else:
            extra, mishaps.copies = mishaps.copies, 0
            self._number(kind, content, copies + extra)

    def put_raw(self, number: int, body: bytes, *, copies: int = 1) -> None:
        """Queue any bytes as an update."""
        self._enqueue([Queued(number, "", body) for _ in range(copies)])

    def is_over(self, queued: Queued) -> bool:
        """Whether it is too late to deliver an update."""
        return queued.expires_at < self.clock.now()

    def forget(self, queued: Queued) -> None:
        """Drop an update that a webhook has taken; nothing if it is gone already."""
        with contextlib.suppress(ValueError):
            self.queue.remove(queued)
        self._tell([queued])

    def __len__(self) -> int:
        return len(self.queue)

    async def get(
        self, *, offset: int, limit: int, timeout: float, kinds: Collection[str] | None
    ) -> list[bytes]:
        """Confirm what is before the offset, then wait for what is not."""
        if kinds is not None:
            self.kinds = kinds
        self._confirm(offset)
        if not self.shared:
            self.take_over(TERMINATED)
        try:
            async with asyncio.timeout(timeout):
                while not (found := self._from(offset, limit)) and not self._closed:
                    await self._news()
                self.hand(found)
                return [queued.body for queued in found]
        except TimeoutError:
            return []

    def hand(self, updates: Sequence[Queued]) -> None:
        """Take note that updates go to the bot now."""
        if self.on_handed is None or self.shared:
            return
        for queued in updates:
            if queued.handed_at is not None:
                self.on_handed(queued, None)
            queued.handed_at = time.perf_counter()

    def take_over(self, reason: str) -> None:
        """End every poll that waits."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(PollingConflictError(reason))

    def close(self) -> None:
        """Let every poll go."""
        self._closed = True
        self._wake()

    def _number(self, kind: str, content: Json, copies: int) -> None:
        number, self.next_number = self.next_number, self.next_number + 1
        if kind in self.kinds or (not self.kinds and kind not in BY_DEFAULT_LEFT_OUT):
            body = orjson.dumps({"update_id": number, kind: content})
            lasts = CLICK_SECONDS if kind == "callback_query" else DAY_SECONDS
            expires_at = self.clock.now() + lasts
            lane = _lane(kind, content)
            self._enqueue(
                [Queued(number, lane, body, expires_at, one + 1, copies) for one in range(copies)]
            )

    def _enqueue(self, updates: Sequence[Queued]) -> None:
        for queued in updates:
            self.queue.append(queued)
            if self.on_queued is not None:
                self.on_queued(queued)
        self._wake()

    def _release(self) -> None:
        held, self.mishaps.held, self.mishaps.reorder = self.mishaps.held, [], 0
        for put in reversed(held):
            put()

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            offset = self.queue[offset:][0].number if self.queue else 0
        if not self.shared:
            end = bisect_left(self.queue, offset, key=_number_of)
            confirmed = self.queue[:end]
            del self.queue[:end]
            self._tell(confirmed)

    def _tell(self, taken: Sequence[Queued]) -> None:
        if self.on_handed is None:
            return
        now = time.perf_counter()
        for queued in taken:
            if queued.handed_at is not None:
                self.on_handed(queued, now)

    def _from(self, offset: int, limit: int) -> list[Queued]:
        if self.queue and self.is_over(self.queue[0]):
            self.queue = [queued for queued in self.queue if not self.is_over(queued)]
        start = bisect_left(self.queue, offset, key=_number_of) if offset > 0 else 0
        return self.queue[start : start + limit]

    async def _news(self) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            await waiting
        finally:
            self._waiting.remove(waiting)

    def _wake(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)


def _number_of(queued: Queued) -> int:
    return queued.number


def _lane(kind: str, content: Json) -> str:
    by, of = ("clicks of ", "from") if kind == "callback_query" else ("", "chat")
    whose = content.get(of)
    return f"{by}{whose['id']}" if isinstance(whose, dict) else ""
