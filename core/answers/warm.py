"""Keep the answers to popular questions before they are asked again."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from core.answers.find import AnswerQuestion
from core.errors import UnavailableError, UnstorableError
from core.knowledge.audiences import EVERYBODY
from core.knowledge.memory import Indexes
from core.ports.answers import Counters
from core.ports.popularity import Popularity

QUIET = timedelta(seconds=2)
"""Without another change of an index, before its questions are looked at."""
MOST = 100
"""Questions after a change."""
PAUSE = timedelta(milliseconds=10)
"""Between two questions: people who ask come first."""
SLOW = timedelta(milliseconds=100)
"""For one question: then it is left, for whoever asks needs the cache more."""

log = structlog.get_logger(service="warm_cache")


@dataclass(slots=True, kw_only=True)
class WarmCache:
    """Looks up what is popular when an index in memory has changed. Somebody runs `run`.

    Nothing depends on it: it is left at the first sign of trouble, until the next change. Only what
    everybody may see is kept ahead.
    """

    answers: AnswerQuestion
    popularity: Popularity
    indexes: Indexes
    counters: Counters
    quiet: timedelta = QUIET
    due: dict[UUID, float] = field(default_factory=dict)
    wanted: asyncio.Event = field(default_factory=asyncio.Event)

    def want(self, organization_id: UUID) -> None:
        """Look at an organization's popular questions when its index has been quiet for a while."""
        self.due[organization_id] = time.monotonic() + self.quiet.total_seconds()
        self.wanted.set()

    async def run(self) -> None:
        """Warm what is wanted, for ever."""
        while True:
            await self.wanted.wait()
            organization_id = min(self.due, key=self.due.__getitem__)
            await asyncio.sleep(self.due[organization_id] - time.monotonic())
            if self.due[organization_id] > time.monotonic():
                continue  # it has changed again meanwhile
            del self.due[organization_id]
            if not self.due:
                self.wanted.clear()
            await self._try(organization_id)

    async def _try(self, organization_id: UUID) -> None:
        try:
            warmed = await self.warm(organization_id)
        except (UnavailableError, UnstorableError) as error:
            log.info("not_warmed", organization_id=str(organization_id), reason=str(error))
        except Exception:
            log.exception("not_warmed", organization_id=str(organization_id))
        else:
            log.info("cache_warmed", organization_id=str(organization_id), answers=warmed)

    async def warm(self, organization_id: UUID) -> int:
        """Keep what is certain of the popular questions; how many were not kept before.

        `UnavailableError` when a store is away or slow.
        """
        index = self.indexes.held.get(organization_id)
        if index is None:
            return 0
        view, warmed = index.seen_by(EVERYBODY), 0
        for popular in await self.popularity.top(organization_id, limit=MOST):
            if self.indexes.held.get(organization_id) is not index:
                break  # changed, and wanted again
            begun = time.monotonic()
            if await self.answers.prepare(organization_id, popular.question, view):
                warmed += 1
                await self.counters.add("cache_warmed", organization_id=organization_id)
            if time.monotonic() - begun > SLOW.total_seconds():
                raise UnavailableError("the cache is slow now")
            await asyncio.sleep(PAUSE.total_seconds())
        return warmed
