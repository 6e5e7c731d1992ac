"""Answer a question: from the cache, from what the organization knows, or honestly not."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

import structlog

from core.accounts import Account
from core.answers.compose import COMPOSER, OUT_OF_CONTEXT, UNKNOWN, compose, offer, unknown
from core.answers.key import cache_key
from core.answers.thread import leans_on_thread
from core.commands import Ask
from core.entries import Answer, Band, Origin, Passage
from core.errors import SlowedError, UnavailableError, UnstorableError
from core.knowledge.index import Index
from core.knowledge.service import KnowledgeService
from core.knowledge.standing import stands_at
from core.ports.answers import AnswerCache, Counters
from core.ports.budgets import Askers, Welcome
from core.ports.clock import Clock
from core.ports.gaps import Asker, gap_hash
from core.ports.inbox import Admitted
from core.text import normalise

OFFERED = 3  # entries that may have been meant
LEAST = 0.05  # probability of an entry that is offered beside a better one

log = structlog.get_logger(service="answer_question")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuestion:
    """Find the answer to a question.

    An answer is never older than the knowledge at the admission of its message: the index is at
    the account's revision or a later one, and the cache is asked with the index's own. A question
    that leans on its thread is not answered from the cache. What is not sure is offered, and noted
    as a gap as well. That nothing was found is not cached:
    each one who asks is counted, and the index in memory is as quick. `UnavailableError` when the
    cache or the store is away: ask again later. A cache that can be read and not written (full,
    read-only) costs its hits and no more. `SlowedError` for who asks too fast: their token is taken
    on the way to the cache.
    """

    knowledge: KnowledgeService
    cache: AnswerCache
    counters: Counters
    askers: Askers
    clock: Clock

    async def __call__(self, ask: Ask, account: Account, admitted: Admitted) -> Answer:
        index = await self.knowledge.index_at(account.organization_id, account.knowledge_revision)
        leans = leans_on_thread(ask.question)
        welcome = self.askers.ask(
            account.organization_id, account.user_id, "" if leans else normalise(ask.question)
        )
        if leans:
            await _let_in(welcome)
            found = self._look_up(ask, index)
            return found if _answers(found) else await self._give_up(OUT_OF_CONTEXT, account)
        key = cache_key(
            organization_id=account.organization_id,
            revision=index.revision,
            composer=f"{COMPOSER}.{index.fitted_at}",
            question=ask.question,
        )
        cached = await self.cache.get(key)
        await _let_in(welcome)
        if cached:
            await self._count("cache_hit", account)
            return replace(cached, origin=Origin.CACHE)
        await self._count("cache_miss", account)
        found = self._look_up(ask, index)
        if _answers(found):
            await self._keep(key, found, admitted)
            return found
        asker = Asker(
            message_id=admitted.id,
            conversation_id=admitted.conversation_id,
            user_id=account.user_id,
            question=ask.question,
            looked=stands_at(index),
        )
        await self.knowledge.note_gap(account.organization_id, ask.question, asker)
        if found is None:
            unanswered = await self._give_up(UNKNOWN, account)
            return replace(unanswered, gap=gap_hash(ask.question))
        await self._count("offered", account)
        return found

    def _look_up(self, ask: Ask, index: Index) -> Answer | None:
        """An answer, or an offer of what may have been meant; None where nothing is near."""
        passages = index.search(ask.question, limit=OFFERED)
        if not passages or passages[0].band is Band.UNKNOWN:
            return None
        if passages[0].band is Band.ANSWER:
            answer = compose(passages[0])
            return replace(answer, revision=index.revision, found_at=self.clock())
        return offer(_worth_offering(passages))

    async def _keep(self, key: str, answer: Answer, admitted: Admitted) -> None:
        try:
            await self.cache.put(key, answer)
        except (UnavailableError, UnstorableError) as error:
            await self.counters.add("cache_write_failed")
            log.warning("answer_not_cached", message_id=str(admitted.id), reason=str(error))

    async def _count(self, metric: str, account: Account) -> None:
        await self.counters.add(metric, organization_id=account.organization_id)

    async def _give_up(self, text: str, account: Account) -> Answer:
        await self._count("unknown", account)
        return unknown(text)


async def _let_in(welcome: Awaitable[Welcome]) -> None:
    met = await welcome
    if met is not Welcome.COME_IN:
        raise SlowedError(tell=met is Welcome.TELL)


def _worth_offering(passages: Sequence[Passage]) -> Sequence[Passage]:
    """One for each answer, the best first."""
    best: dict[str, Passage] = {}
    for passage in passages:
        if passage.score >= LEAST:
            best.setdefault(passage.answer, passage)
    return tuple(best.values())


def _answers(found: Answer | None) -> TypeGuard[Answer]:
    return found is not None and found.band is Band.ANSWER
