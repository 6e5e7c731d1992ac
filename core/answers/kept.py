"""Answers that are kept for who asks next: named, dated, counted."""

import time
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from core.accounts import Account
from core.answers.compose import COMPOSER
from core.answers.key import cache_key, entry_key
from core.entries import Answer, Origin
from core.errors import UnavailableError, UnstorableError
from core.knowledge.index import Index, View
from core.ports.answers import AnswerCache, Counters
from core.ports.clock import Clock
from core.ports.inbox import Admitted

log = structlog.get_logger(service="answer_question")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswers:
    """The cache as those see it that answer.

    `writes` names what a language model's answers depend on, where one writes; empty without. A
    cache that can be read and not written (full, read-only) costs its hits and no more.
    """

    cache: AnswerCache
    counters: Counters
    clock: Clock
    writes: str = ""

    def key(self, organization_id: UUID, question: str, view: View) -> str:
        """Name the answer to a question as who looks through `view` gets it."""
        return cache_key(
            organization_id=organization_id,
            revision=view.index.revision,
            composer=self._composer(view.index),
            question=question,
            audience=view.audience,
        )

    def entry_key(self, organization_id: UUID, entry_id: UUID, index: Index) -> str:
        """Name what a model says of an entry, however it is asked for."""
        return entry_key(
            organization_id=organization_id,
            revision=index.revision,
            composer=self._composer(index),
            entry_id=entry_id,
        )

    async def get(self, key: str) -> Answer | None:
        """Read an answer; it costs nobody anything again. `UnavailableError` as from the cache."""
        kept = await self.cache.get(key)
        return kept and replace(kept, origin=Origin.CACHE, units=0)

    async def put(self, key: str, answer: Answer, admitted: Admitted) -> None:
        """Keep an answer, if it can be kept."""
        try:
            await self.cache.put(key, answer)
        except (UnavailableError, UnstorableError) as error:
            await self.counters.add("cache_write_failed")
            log.warning("answer_not_cached", message_id=str(admitted.id), reason=str(error))

    def dated(self, found: Answer, index: Index, *, since: float | None = None) -> Answer:
        """Say of which knowledge and time an answer is, and what it took since a `perf_counter`."""
        if found.found_at:
            return found
        took = 0.0 if since is None else (time.perf_counter() - since) * 1e3
        return replace(found, revision=index.revision, found_at=self.clock(), took_ms=took)

    async def count_hit(self, kept: Answer, account: Account) -> None:
        """Count that an answer was there, its age and what it saved."""
        organization_id = account.organization_id
        await self.counters.add("cache_hit", organization_id=organization_id)
        if kept.found_at and (age := round((self.clock() - kept.found_at).total_seconds())) > 0:
            await self.counters.add("cache_age_seconds", age, organization_id=organization_id)
        if (saved := round(kept.took_ms)) > 0:
            await self.counters.add("cache_saved_ms", saved, organization_id=organization_id)

    def _composer(self, index: Index) -> str:
        by_model = f".{self.writes}" if self.writes else ""
        return f"{COMPOSER}.{index.fitted_at}.{index.encoder}{by_model}"
