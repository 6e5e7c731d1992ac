"""Telegram's rates, for those who want to be refused as on the real one."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from simulator.telegram.chats import Chat
from simulator.telegram.clock import SimulatedClock
from simulator.telegram.refusals import RefusedError

WHOLE_BOT = (30, 1.0)
CHAT = (3, 3.0)
GROUP = (20, 60.0)


@dataclass(slots=True, kw_only=True)
class Pace:
    """Counts messages, and refuses what is too much when `enforced`."""

    clock: SimulatedClock
    enforced: bool = False
    _sent: defaultdict[tuple[int, float], deque[float]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def count(self, chat: Chat) -> None:
        """Take note of a message to a chat. `RefusedError` with 429 when it is one too many."""
        if not self.enforced:
            return
        now = self.clock.now()
        limits = {0: (WHOLE_BOT,), chat.id: (CHAT,) if chat.is_private else (CHAT, GROUP)}
        windows = [
            (self._sent[key, seconds], limit, seconds)
            for key, rates in limits.items()
            for limit, seconds in rates
        ]
        waits = [_wait(times, limit, seconds, now) for times, limit, seconds in windows]
        if max(waits) > 0:
            retry_after = math.ceil(max(waits))
            raise RefusedError(
                429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after
            )
        for times, _, _ in windows:
            times.append(now)


def _wait(times: deque[float], limit: int, seconds: float, now: float) -> float:
    while times and times[0] <= now - seconds:
        times.popleft()
    return times[0] + seconds - now if len(times) >= limit else 0.0
