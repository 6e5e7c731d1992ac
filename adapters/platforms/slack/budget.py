"""How fast one channel may be written to.

About one message a second and channel, and short bursts are borne:
https://docs.slack.dev/apis/web-api/rate-limits. This is the pace of one process; what several of
them post together is for Slack to refuse, and a refusal is always obeyed.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta

from core.errors import RateLimitedError

BURST = 3
MOST_CHANNELS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A turn for each posting, in seconds of `time.monotonic()`.

    Whoever would have to wait longer than `patience` is sent away until then.
    """

    interval: float = 1.0
    patience: float = 10.0
    _due: OrderedDict[str, float] = field(default_factory=OrderedDict)

    async def wait(self, channel: str) -> None:
        """Wait for a turn. `RateLimitedError` when it is too far off; then none was taken."""
        now = time.monotonic()
        due = max(self._due.get(channel, now), now)
        pause = due - (BURST - 1) * self.interval - now
        if pause > self.patience:
            raise RateLimitedError(timedelta(seconds=pause - self.patience / 2))
        self._due[channel] = due + self.interval
        self._due.move_to_end(channel)
        while len(self._due) > MOST_CHANNELS:
            self._due.popitem(last=False)
        if pause > 0:
            await asyncio.sleep(pause)
