"""Answer a question: from the cache, from what the organization knows, or honestly not."""

import time
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from uuid import UUID

from core.accounts import Account
from core.answers.audience import WhoAsks
from core.answers.compose import NOTHING_ASKED, OUT_OF_CONTEXT, UNKNOWN, unknown
from core.answers.kept import KeptAnswers
from core.answers.look_up import LookUp, answers, look_up
from core.answers.thread import leans_on_thread
from core.commands import Ask
from core.entries import Answer
from core.errors import SlowedError
from core.knowledge.index import Index, View
from core.knowledge.noise import noise_in
from core.knowledge.service import KnowledgeService
from core.knowledge.standing import stands_at
from core.ports.answers import Counters
from core.ports.budgets import Askers, Welcome
from core.ports.gaps import Asker, gap_hash
from core.ports.inbox import Admitted
from core.text import normalise


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuestion:
    """Find the answer to a question.

    An answer is never older than the knowledge at the admission of its message: the index is at
    the account's revision or a later one, and the cache is asked with the index's own. A question
    that leans on its thread is not answered from the cache. What is not sure is offered, and noted
    as a gap as well. That nothing was found is not cached:
    each one who asks is counted, and the index in memory is as quick. `UnavailableError` when the
    cache or the store is away: ask again later. `SlowedError` for who asks too fast: their token is
    taken on the way to the cache.
    """

    knowledge: KnowledgeService
    kept: KeptAnswers
    look_up: LookUp
    counters: Counters
    askers: Askers
    who_asks: WhoAsks

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
            return await self._in_context(ask.question, view, admitted, account)
        key = self.kept.key(account.organization_id, ask.question, view)
        kept = await self.kept.get(key)
        await _let_in(welcome)
        if kept:
            await self.kept.count_hit(kept, account)
            return kept
        await self._count("cache_miss", account)
        begun = time.perf_counter()
        found = await self.look_up(ask.question, view, admitted, account)
        if answers(found):
            found = self.kept.dated(found, index, since=begun)
            await self.kept.put(key, found, admitted)
            return found
        return await self._not_sure(found, ask.question, index, admitted, account)

    async def prepare(self, organization_id: UUID, question: str, view: View) -> bool:
        """Keep the answer to a question before anybody asks, where it is certain; whether it was.

        No model is asked, and nothing is counted as asked. `UnavailableError` and
        `UnstorableError` as from the cache.
        """
        writer = self.look_up.writer
        key = self.kept.key(organization_id, question, view)
        if (writer and writer.always) or await self.kept.get(key):
            return False
        begun = time.perf_counter()
        found = await look_up(question, view)
        if not answers(found):
            return False
        await self.kept.cache.put(key, self.kept.dated(found, view.index, since=begun))
        return True

    async def _in_context(
        self, question: str, view: View, admitted: Admitted, account: Account
    ) -> Answer:
        looked_for, found = await self.look_up.in_context(question, view, admitted, account)
        if found is None:
            await self._count("unknown", account)
            return unknown(OUT_OF_CONTEXT)
        if answers(found):
            return self.kept.dated(found, view.index)
        return await self._not_sure(found, looked_for, view.index, admitted, account)

    async def _not_sure(
        self,
        found: Answer | None,
        question: str,
        index: Index,
        admitted: Admitted,
        account: Account,
    ) -> Answer:
        """Offer what may have been meant, or say that nothing was found; who waits is noted."""
        if found is None and (noise := noise_in(question)):
            return unknown(NOTHING_ASKED[noise])
        asker = Asker(
            message_id=admitted.id,
            conversation_id=admitted.conversation_id,
            user_id=account.user_id,
            question=question,
            looked=stands_at(index),
        )
        await self.knowledge.note_gap(account.organization_id, question, asker)
        await self._count("offered" if found else "unknown", account)
        return replace(found or unknown(UNKNOWN), gap=gap_hash(question))

    async def _count(self, metric: str, account: Account) -> None:
        await self.counters.add(metric, organization_id=account.organization_id)


async def _let_in(welcome: Awaitable[Welcome]) -> None:
    met = await welcome
    if met is not Welcome.COME_IN:
        raise SlowedError(tell=met is Welcome.TELL)
