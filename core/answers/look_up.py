"""Look for an answer in what is known, and have a model write one where that does not answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from core.accounts import Account
from core.answers.audience import is_private
from core.answers.compose import compose, offer, understood, written
from core.answers.kept import KeptAnswers
from core.answers.writing import GIVEN, WriteAnswer
from core.entries import Answer, Band, Passage
from core.knowledge.index import View
from core.ports.inbox import Admitted

OFFERED = 3  # entries that may have been meant
HOPELESS = 0.002
"""Of the first one's probability: what has less is not offered beside it. See docs/answers.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """Finds an answer without a cache before it.

    A `writer` is asked only where nothing answers by itself, or `always`; what it says of an entry
    is kept.
    """

    kept: KeptAnswers
    writer: WriteAnswer | None = None

    async def __call__(
        self, question: str, view: View, admitted: Admitted, account: Account
    ) -> Answer | None:
        """An answer, or an offer of what may have been meant; None where nothing is near."""
        found = await look_up(question, view)
        if self.writer is None:
            return found
        if answers(found):
            if self.writer.always and not is_private(found.passages, admitted.conversation):
                return await self._in_other_words(found, self.writer, view, admitted, account)
            return found
        found_here = await view.look_up(question, limit=GIVEN)
        # What only this person may see goes to no model: what it writes cannot be told apart.
        passages = [one for one in found_here if not is_private([one], admitted.conversation)]
        return await self.writer.answer(question, passages, admitted, account, otherwise=found)

    async def in_context(
        self, question: str, view: View, admitted: Admitted, account: Account
    ) -> tuple[str, Answer | None]:
        """Look for what leans on its thread, as it stands and then in full.

        What was looked for at last, empty where nobody can tell, and what was found.
        """
        found = await look_up(question, view)
        if answers(found):
            return question, found
        full = await self.writer.in_full(question, admitted, account) if self.writer else ""
        found = await self(full, view, admitted, account) if full else None
        return full, found and understood(found, full)

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
        key = self.kept.entry_key(account.organization_id, passage.entry_id, view.index)
        if kept := await self.kept.get(key):
            await self.kept.counters.add("cache_hit_entry", organization_id=account.organization_id)
            answer = written(kept.text, {1: passage}, model=kept.model)
            return replace(
                answer, origin=kept.origin, units=0, revision=kept.revision, found_at=kept.found_at
            )
        text = await writer.restate(passage, admitted, account)
        if not text:
            return found
        answer = self.kept.dated(written(text, {1: passage}, model=writer.model), view.index)
        await self.kept.put(key, replace(answer, text=text), admitted)
        return answer


async def look_up(question: str, view: View) -> Answer | None:
    """An answer, or an offer of what may have been meant; None where nothing is near."""
    passages = await view.look_up(question, limit=OFFERED)
    if not passages or passages[0].band is Band.UNKNOWN:
        return None
    if passages[0].band is Band.ANSWER:
        return compose(passages[0])
    return offer(worth_offering(passages))


def answers(found: Answer | None) -> TypeGuard[Answer]:
    """Tell an answer from an offer and from nothing."""
    return found is not None and found.band is Band.ANSWER


def worth_offering(passages: Sequence[Passage]) -> Sequence[Passage]:
    """What is offered of the best passages: the first, and what may be meant beside it.

    It is the first one of each answer.
    """
    first = passages[0]
    near = [one for one in passages[:OFFERED] if one.score >= HOPELESS * first.score]
    return tuple({one.answer: one for one in reversed(near)}.values())[::-1]
