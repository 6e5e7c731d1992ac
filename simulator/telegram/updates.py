"""The bot's queue of updates and the long polls that wait at it."""

import asyncio
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, field

import orjson

Json = dict[str, object]


class PollingConflictError(Exception):
    """A newer poll has taken over."""


@dataclass(slots=True)
class Updates:
    """Updates wait until a later poll confirms them with its offset.

    With `shared`, any number of pollers gets every update by its own offset: nothing is ever
    forgotten, so a poller that comes back without an offset gets all of them again.
    """

    shared: bool = False
    next_number: int = 1
    _numbers: list[int] = field(default_factory=list)
    _bodies: list[bytes] = field(default_factory=list)
    _kinds: Collection[str] = ()
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)
    _closed: bool = False

    def put(self, kind: str, content: object, *, copies: int = 1) -> int:
        """Queue one update, several times if asked, and return its number."""
        number, self.next_number = self.next_number, self.next_number + 1
        if not self._kinds or kind in self._kinds:
            self.put_raw(number, orjson.dumps({"update_id": number, kind: content}), copies=copies)
        return number

    def put_raw(self, number: int, body: bytes, *, copies: int = 1) -> None:
        """Queue any bytes as an update."""
        self._numbers.extend([number] * copies)
        self._bodies.extend([body] * copies)
        self._wake()

    def __len__(self) -> int:
        return len(self._bodies)

    async def get(
        self, *, offset: int, limit: int, timeout: float, kinds: Collection[str] | None
    ) -> list[bytes]:
        """Confirm what is before the offset, then wait for what is not."""
        if kinds is not None:
            self._kinds = kinds
        self._confirm(offset)
        if not self.shared:
            self._take_over()
        try:
            async with asyncio.timeout(timeout):
                while not (found := self._from(offset, limit)) and not self._closed:
                    await self._news()
                return found
        except TimeoutError:
            return []

    def close(self) -> None:
        """Let every poll go."""
        self._closed = True
        self._wake()

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            offset = self._numbers[offset:][0] if self._numbers else 0
        if not self.shared:
            confirmed = bisect_left(self._numbers, offset)
            del self._numbers[:confirmed], self._bodies[:confirmed]

    def _from(self, offset: int, limit: int) -> list[bytes]:
        start = bisect_left(self._numbers, offset) if offset > 0 else 0
        return self._bodies[start : start + limit]

    def _take_over(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(PollingConflictError())

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
