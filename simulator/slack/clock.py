"""Time as Slack's side sees it: it can run faster than ours, and be moved on."""

import asyncio
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class SimulatedClock:
    """Seconds since 1970.

    Retries and expiries go by it; what the bot compares with its own clock (signatures, message
    ids, the three seconds for an answer) goes by real time.
    """

    scale: float = 1.0
    _began: float = field(default_factory=time.time)
    _started: float = field(default_factory=time.monotonic)
    _ahead: float = 0.0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> float:
        """The simulated time."""
        return self._began + (time.monotonic() - self._started) * self.scale + self._ahead

    def advance(self, seconds: float) -> None:
        """Move on; whoever sleeps so long wakes up."""
        self._ahead += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep(self, seconds: float) -> None:
        """Sleep for a simulated time."""
        due = self.now() + seconds
        while (left := due - self.now()) > 0:
            try:
                async with asyncio.timeout(left / self.scale):
                    await self._moved.wait()
            except TimeoutError:
                return
