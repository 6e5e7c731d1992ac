"""The ports of daily sums: what is counted in passing is brought where it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCount:
    """How much was added to a metric of an organization on a day, in UTC."""

    organization_id: UUID
    day: date
    metric: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """Counts on their way. The `id` tells the same ones again from others."""

    id: UUID
    counts: Sequence[DailyCount]


class PendingCounts(Protocol):
    """Counts that are kept nowhere else yet. Any number of replicas may take them."""

    async def take(self) -> Flush | None:
        """Take what there is; the same flush again until it is `done`, whoever asks."""

    async def done(self, flush: Flush) -> None:
        """It is kept. Nothing happens when another one is under way."""


class DailyTotals(Protocol):
    """What was counted, to be looked at."""

    async def of(
        self, organization_id: UUID, metrics: Sequence[str], *, days: int
    ) -> Mapping[str, int]:
        """The sum of each metric over the last days, today included; it may be a minute old."""


class DailyCounts(Protocol):
    """Sums by day, kept for as long as the organization wants."""

    async def write(self, flush: Flush) -> None:
        """Add to the sums; idempotent by the flush's id."""
