"""Rate limits: https://docs.slack.dev/apis/web-api/rate-limits.

Slack tolerates bursts and does not say how large; here it is a few messages.
"""

import time
from dataclasses import dataclass, field
from math import ceil

from simulator.slack.faults import POSTING
from simulator.slack.workspace import Json

BURST = 5


@dataclass(slots=True)
class Pacing:
    """One posting a second and channel beyond a burst, where it is `strict`."""

    strict: bool = False
    _level: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, method: str, arguments: Json) -> int:
        """For how many seconds the call is refused; 0 lets it pass."""
        if not self.strict or method != POSTING:
            return 0
        channel, now = str(arguments.get("channel")), time.monotonic()
        level, at = self._level.get(channel, (0.0, now))
        level = max(0.0, level - (now - at))
        if level + 1 > BURST:
            self._level[channel] = level, now
            return ceil(level + 1 - BURST)
        self._level[channel] = level + 1, now
        return 0
