"""Take up an offer: answer with what was chosen, or note that nothing was meant."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from core.accounts import Account
from core.answers.audience import WhoAsks, is_private
from core.answers.compose import compose
from core.clicks import NoneOfThese, Pick, person_button
from core.entries import Answer, Entry, Passage
from core.knowledge.service import KnowledgeService
from core.messages import Reply
from core.ports.clock import Clock
from core.ports.gaps import Asker, gap_hash
from core.ports.inbox import Admitted
from core.ports.offers import Offers, Question
from core.ports.proposals import NewProposal, ProposalKind
from core.ports.waiting import Waiting
from core.text import normalise

GONE = "That answer has been removed since: please ask me again."
NOT_FOR_YOU = "That answer is not for everybody: please ask me yourself."
ANSWERED = "That one is answered already: look a little further down."
NOTED = "Thank you. I have noted your question, so that somebody can add the answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """The answer that was chosen; `private` where not everybody may read it."""

    answer: Answer
    private: bool


Taken: TypeAlias = Picked | str
"""What was chosen, or a sentence for the one who clicked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOffer:
    """Answers a click on an offer, once for each thing that can be chosen.

    The words of the question are proposed as a phrasing of what was chosen: somebody who may edit
    the knowledge decides. They are not known any more for an offer of more than two days ago.
    """

    knowledge: KnowledgeService
    offers: Offers
    waiting: Waiting
    who_asks: WhoAsks
    clock: Clock

    async def pick(self, pick: Pick, account: Account, admitted: Admitted) -> Taken:
        """Answer from the entry that was chosen. `UnavailableError` when a store is away."""
        organization = account.organization_id
        entry = await self.knowledge.entry(organization, pick.entry_id)
        if entry is None:
            return GONE
        if not await self.who_asks.may_read(entry, account, admitted.conversation):
            return NOT_FOR_YOU
        first = await self.offers.take(
            organization, message_id=pick.message_id, entry_id=entry.id, click_id=admitted.id
        )
        await self.waiting.picked(organization, pick.message_id, account.user_id, entry.id)
        if not first:
            return ANSWERED
        asked = await self.offers.asked(organization, pick.message_id)
        if asked and _is_new(asked, entry):
            phrasing = NewProposal(
                kind=ProposalKind.PHRASING, entry_id=entry.id, question=asked.text
            )
            await self.knowledge.propose(organization, [phrasing], by=asked.user_id)
        answer = compose(_passage(entry))
        answer = replace(answer, revision=account.knowledge_revision, found_at=self.clock())
        private = is_private(answer.passages, admitted.conversation)
        return Picked(answer=answer, private=private)

    async def none_of_these(self, none: NoneOfThese, account: Account, admitted: Admitted) -> Reply:
        """Count the question as one that nobody has answered, once an offer; a person may know."""
        organization = account.organization_id
        first = await self.offers.take(
            organization, message_id=none.message_id, entry_id=None, click_id=admitted.id
        )
        asked = await self.offers.asked(organization, none.message_id)
        if asked and first:
            asker = Asker(
                message_id=none.message_id,
                conversation_id=asked.conversation_id,
                user_id=asked.user_id,
                question=asked.text,
            )
            await self.knowledge.note_gap(organization, asked.text, asker)
        buttons = (person_button(gap_hash(asked.text)),) if asked else ()
        return Reply(text=NOTED, buttons=buttons, private=True)


def _is_new(asked: Question, entry: Entry) -> bool:
    return normalise(asked.text) not in map(normalise, entry.phrasings)


def _passage(entry: Entry) -> Passage:
    """A person says that it answers their question: that is as certain as it gets."""
    return Passage(
        entry_id=entry.id,
        question=entry.phrasings[0],
        answer=entry.answer,
        source=entry.source,
        score=1.0,
        audience=entry.audience,
        document=entry.passage,
    )
