"""The port of the answer cache and of the counters beside it."""

from typing import Protocol
from uuid import UUID

from core.entries import Answer


class AnswerCache(Protocol):
    """Answers by key. The key holds everything that an answer depends on (core/answers/key.py)."""

    async def get(self, key: str) -> Answer | None:
        """The cached answer, None when there is none."""

    async def put(self, key: str, answer: Answer) -> None:
        """Keep an answer for the cache's lifetime."""


class Counters(Protocol):
    """Running totals, for people to look at: losing one is no harm, and nothing raises."""

    async def add(
        self, metric: str, amount: int = 1, *, organization_id: UUID | None = None
    ) -> None:
        """Add to a metric, and to that of the organization for the day."""


class Dependency(Protocol):
    """A store that the core can do nothing without, as something to wait for."""

    async def back(self) -> None:
        """Return when the store answers again; any number may wait at once, never in vain."""
