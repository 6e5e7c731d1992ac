"""What the answer cache was good for."""

from dataclasses import dataclass
from uuid import UUID

from core.ports.analytics import DailyTotals

HITS, MISSES = "cache_hit", "cache_miss"
AGE, SAVED = "cache_age_seconds", "cache_saved_ms"
WARMED = "cache_warmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheUse:
    """Questions answered from the cache, and not; what the cache saved of looking up, in all."""

    hits: int
    misses: int
    warmed: int
    age_seconds: int
    saved_ms: int

    @property
    def rate(self) -> float:
        """The share of questions that the cache answered."""
        return self.hits / (self.hits + self.misses) if self.hits else 0.0

    @property
    def age(self) -> float:
        """How old an answer from the cache was on average, in seconds."""
        return self.age_seconds / self.hits if self.hits else 0.0


async def cache_use(totals: DailyTotals, organization_id: UUID, *, days: int) -> CacheUse:
    """What was counted in the last days, today included."""
    names = (HITS, MISSES, AGE, SAVED, WARMED)
    found = await totals.of(organization_id, names, days=days)
    return CacheUse(
        hits=found[HITS],
        misses=found[MISSES],
        warmed=found[WARMED],
        age_seconds=found[AGE],
        saved_ms=found[SAVED],
    )
