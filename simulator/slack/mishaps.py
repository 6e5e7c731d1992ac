"""What happens to events on their way to the bot."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from simulator.slack.clock import SimulatedClock


class Mishap(StrEnum):
    """`drop`: never delivered; `delay`: later; `duplicate`: twice; `reorder`: in reverse order."""

    DROP = "drop"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"


@dataclass(slots=True, kw_only=True)
class Gathering:
    """Events that wait for the last of them, and then go in the opposite order."""

    expected: int
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    async def join(self) -> None:
        """Wait for the others."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(place)
        if len(self.waiting) == self.expected:
            for one in reversed(self.waiting):
                one.set_result(None)
        await place


@dataclass(slots=True, kw_only=True)
class Mishaps:
    """The mishaps of the next events, in order. Delays go by the simulated clock."""

    clock: SimulatedClock
    _queue: deque[tuple[Mishap, float, Gathering]] = field(default_factory=deque)

    def plan(self, mishap: Mishap, count: int = 1, *, seconds: float = 1.0) -> None:
        """Let the next so many events meet it."""
        self._queue.extend([(mishap, seconds, Gathering(expected=count))] * count)

    def clear(self) -> None:
        """Forget all that was planned; what waits already goes on waiting."""
        self._queue.clear()

    async def pass_through(self) -> int:
        """Hold up the event that is next, and say how often it is delivered."""
        if not self._queue:
            return 1
        mishap, seconds, gathering = self._queue.popleft()
        match mishap:
            case Mishap.DROP:
                return 0
            case Mishap.DUPLICATE:
                return 2
            case Mishap.DELAY:
                await self.clock.sleep(seconds)
            case Mishap.REORDER:
                await gathering.join()
        return 1
