"""Answer a question: from the cache, from what the organization knows, or honestly not."""

import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard
from uuid import UUID

import structlog

from core.accounts import Account
from core.answers.audience import WhoAsks, is_private
from core.answers.compose import (
    COMPOSER,
    OUT_OF_CONTEXT,
    UNKNOWN,
    compose,
    offer,
    understood,
    unknown,
    written,
)
from core.answers.key import cache_key, entry_key
from core.answers.thread import leans_on_thread
from core.answers.writing import GIVEN, WriteAnswer
from core.commands import Ask
from core.entries import Answer, Band, Origin, Passage
from core.errors import SlowedError, UnavailableError, UnstorableError
from core.knowledge.index import Index, View
from core.knowledge.service import KnowledgeService
from core.knowledge.standing import stands_at
from core.ports.answers import AnswerCache, Counters
from core.ports.budgets import Askers, Welcome
from core.ports.clock import Clock
from core.ports.gaps import Asker, gap_hash
from core.ports.inbox import Admitted
from core.text import normalise

OFFERED = 3  # entries that may have been meant

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
    on the way to the cache. A `writer` is asked only where nothing answers by itself, and what it
    writes is cached like any answer.
    """

    knowledge: KnowledgeService
    cache: AnswerCache
    counters: Counters
    askers: Askers
    who_asks: WhoAsks
    clock: Clock
    writer: WriteAnswer | None = None

    async def __call__(self, ask: Ask, account: Account, admitted: Admitted) -> Answer:
        leans = leans_on_thread(ask.question)
        # What leans on its thread is asked again in other words, which its index has to know too.
        index = await self.knowledge.index_at(
            account.organization_id, account.knowledge_revision, "" if leans else ask.question
        )
        audience = await self.who_asks.audience(account, admitted.conversation, index.audiences)
        view = index.seen_by(audience)
        welcome = self.askers.ask(
            account.organization_id, account.user_id, "" if leans else normalise(ask.question)
        )
        if leans:
            await _let_in(welcome)
            found = await self._in_context(ask.question, view, admitted, account)
            if found is None:
                return await self._give_up(OUT_OF_CONTEXT, account)
            return self._dated(found, index)
        key = self._key(account.organization_id, ask.question, view)
        cached = await self.cache.get(key)
        await _let_in(welcome)
        if cached:
            await self._count_hit(cached, account)
            return replace(cached, origin=Origin.CACHE, units=0)
        await self._count("cache_miss", account)
        begun = time.perf_counter()
        found = await self._find(ask.question, view, admitted, account)
        if _answers(found):
            found = self._dated(found, index, since=begun)
            await self._keep(key, found, admitted)
            return found
        await self._note(ask.question, index, admitted, account)
        if found is None:
            found = await self._give_up(UNKNOWN, account)
        else:
            await self._count("offered", account)
        return replace(found, gap=gap_hash(ask.question))

    async def _note(
        self, question: str, index: Index, admitted: Admitted, account: Account
    ) -> None:
        """Keep what has no answer, and who waits for one."""
        asker = Asker(
            message_id=admitted.id,
            conversation_id=admitted.conversation_id,
            user_id=account.user_id,
            question=question,
            looked=stands_at(index),
        )
        await self.knowledge.note_gap(account.organization_id, question, asker)

    async def prepare(self, organization_id: UUID, question: str, view: View) -> bool:
        """Keep the answer to a question before anybody asks, where it is certain; whether it was.

        No model is asked, and nothing is counted as asked. `UnavailableError` and
        `UnstorableError` as from the cache.
        """
        key = self._key(organization_id, question, view)
        if (self.writer and self.writer.always) or await self.cache.get(key):
            return False
        begun = time.perf_counter()
        found = await _look_up(question, view)
        if not _answers(found):
            return False
        await self.cache.put(key, self._dated(found, view.index, since=begun))
        return True

    def _key(self, organization_id: UUID, question: str, view: View) -> str:
        return cache_key(
            organization_id=organization_id,
            revision=view.index.revision,
            composer=self._composer(view.index),
            question=question,
            audience=view.audience,
        )

    def _dated(self, found: Answer, index: Index, *, since: float | None = None) -> Answer:
        if found.found_at:
            return found
        took = 0.0 if since is None else (time.perf_counter() - since) * 1e3
        return replace(found, revision=index.revision, found_at=self.clock(), took_ms=took)

    def _composer(self, index: Index) -> str:
        by_model = f".{self.writer.composer}" if self.writer else ""
        return f"{COMPOSER}.{index.fitted_at}.{index.encoder}{by_model}"

    async def _find(
        self, question: str, view: View, admitted: Admitted, account: Account
    ) -> Answer | None:
        found = await _look_up(question, view)
        if self.writer is None:
            return found
        if _answers(found):
            if self.writer.always and not is_private(found.passages, admitted.conversation):
                return await self._in_other_words(found, self.writer, view, admitted, account)
            return found
        found_here = await view.look_up(question, limit=GIVEN)
        # What only this person may see goes to no model: what it writes cannot be told apart.
        passages = [one for one in found_here if not is_private([one], admitted.conversation)]
        return await self.writer.answer(question, passages, admitted, account, otherwise=found)

    async def _in_other_words(
        self,
        found: Answer,
        writer: WriteAnswer,
        view: View,
        admitted: Admitted,
        account: Account,
    ) -> Answer:
        """What is certain, as the model says it: made once for an entry, however it is asked."""
        [passage] = found.passages
        key = entry_key(
            organization_id=account.organization_id,
            revision=view.index.revision,
            composer=self._composer(view.index),
            entry_id=passage.entry_id,
        )
        if kept := await self.cache.get(key):
            await self._count("cache_hit_entry", account)
            answer = written(kept.text, {1: passage}, model=kept.model)
            return replace(
                answer, origin=Origin.CACHE, units=0, revision=kept.revision, found_at=kept.found_at
            )
        text = await writer.restate(passage, admitted, account)
        if not text:
            return found
        answer = self._dated(written(text, {1: passage}, model=writer.model), view.index)
        await self._keep(key, replace(answer, text=text), admitted)
        return answer

    async def _in_context(
        self, question: str, view: View, admitted: Admitted, account: Account
    ) -> Answer | None:
        """The answer to a question that leans on its thread; None where nobody understands it."""
        found = await _look_up(question, view)
        if _answers(found):
            return found
        full = await self.writer.in_full(question, admitted, account) if self.writer else ""
        found = await self._find(full, view, admitted, account) if full else None
        if found is None:
            return None
        if not _answers(found):
            await self._note(full, view.index, admitted, account)
            await self._count("offered", account)
            found = replace(found, gap=gap_hash(full))
        return understood(found, full)

    async def _keep(self, key: str, answer: Answer, admitted: Admitted) -> None:
        try:
            await self.cache.put(key, answer)
        except (UnavailableError, UnstorableError) as error:
            await self.counters.add("cache_write_failed")
            log.warning("answer_not_cached", message_id=str(admitted.id), reason=str(error))

    async def _count(self, metric: str, account: Account) -> None:
        await self.counters.add(metric, organization_id=account.organization_id)

    async def _count_hit(self, cached: Answer, account: Account) -> None:
        await self._count("cache_hit", account)
        organization_id = account.organization_id
        if cached.found_at and (age := round((self.clock() - cached.found_at).total_seconds())) > 0:
            await self.counters.add("cache_age_seconds", age, organization_id=organization_id)
        if (saved := round(cached.took_ms)) > 0:
            await self.counters.add("cache_saved_ms", saved, organization_id=organization_id)

    async def _give_up(self, text: str, account: Account) -> Answer:
        await self._count("unknown", account)
        return unknown(text)


async def _let_in(welcome: Awaitable[Welcome]) -> None:
    met = await welcome
    if met is not Welcome.COME_IN:
        raise SlowedError(tell=met is Welcome.TELL)


async def _look_up(question: str, view: View) -> Answer | None:
    """An answer, or an offer of what may have been meant; None where nothing is near."""
    passages = await view.look_up(question, limit=OFFERED)
    if not passages or passages[0].band is Band.UNKNOWN:
        return None
    if passages[0].band is Band.ANSWER:
        return compose(passages[0])
    return offer(_one_an_answer(passages))


def _one_an_answer(passages: Sequence[Passage]) -> Sequence[Passage]:
    """The first of each answer."""
    return tuple({one.answer: one for one in reversed(passages)}.values())[::-1]


def _answers(found: Answer | None) -> TypeGuard[Answer]:
    return found is not None and found.band is Band.ANSWER
