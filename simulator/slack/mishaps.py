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


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What one event will meet."""

    mishap: Mishap
    seconds: float
    copies: int
    gathering: Gathering


@dataclass(slots=True, kw_only=True)
class Mishaps:
    """The mishaps of the next events, in order. Delays go by the simulated clock."""

    clock: SimulatedClock
    _queue: deque[Planned] = field(default_factory=deque)

    def plan(
        self, mishap: Mishap, count: int = 1, *, seconds: float = 1.0, copies: int = 2
    ) -> None:
        """Let the next so many events meet it; `copies` is how often a duplicate is delivered."""
        planned = Planned(
            mishap=mishap, seconds=seconds, copies=copies, gathering=Gathering(expected=count)
        )
        self._queue.extend([planned] * count)

    def clear(self) -> None:
        """Forget all that was planned; what waits already goes on waiting."""
        self._queue.clear()

    async def pass_through(self) -> int:
        """Hold up the event that is next, and say how often it is delivered."""
        if not self._queue:
            return 1
        planned = self._queue.popleft()
        match planned.mishap:
            case Mishap.DROP:
                return 0
            case Mishap.DUPLICATE:
                return planned.copies
            case Mishap.DELAY:
                await self.clock.sleep(planned.seconds)
            case Mishap.REORDER:
                await planned.gathering.join()
        return 1
