"""Bring counts to where they are kept."""

from dataclasses import dataclass
from datetime import timedelta

from core.ports.analytics import DailyCounts, PendingCounts

FLUSH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushCounts:
    """From the quick store to the lasting one.

    Whoever dies in between loses nothing and doubles nothing: the flush stays until it is done, and
    is written once.
    """

    pending: PendingCounts
    daily: DailyCounts

    async def __call__(self) -> None:
        """Bring what there is now."""
        if flush := await self.pending.take():
            await self.daily.write(flush)
            await self.pending.done(flush)
