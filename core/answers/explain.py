"""Show how an answer came about, and how it is mended."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from core.accounts import Account
from core.answers.audience import WhoAsks
from core.answers.compose import escaped
from core.clicks import Fix, Why, fix_button
from core.entries import CERTAIN, Answer, Entry, Origin
from core.knowledge.service import KnowledgeService
from core.messages import Reply
from core.ports.clock import Clock
from core.ports.inbox import Admitted
from core.ports.receipts import Receipt, Receipts
from core.ports.roles import Roles
from core.wording import lasting

ALL_BUT_CERTAIN = 0.95
NOT_FOR_YOU = (
    "That answer is not for everybody: ask me yourself, and I show you where mine is from."
)
REMOVED = "What it was answered from has been removed since"
FORGOTTEN = "How I found it is not at hand any more: I keep that for a week at most"
ADMINS_ONLY = (
    "Only the admins of your organization can change what I know. Click 👎 below an answer to tell"
    " them what is wrong with it."
)
GONE = "That answer has been removed since: `/kb add QUESTION | ANSWER` adds a new one."
LATE = "Found when somebody had added it: nobody knew when it was asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainAnswer:
    """Keeps a receipt of each answer, and shows it to those who may read the answer."""

    knowledge: KnowledgeService
    receipts: Receipts
    roles: Roles
    who_asks: WhoAsks
    clock: Clock

    def keep(
        self,
        admitted: Admitted,
        account: Account,
        answer: Answer,
        *,
        took: timedelta,
        picked: bool = False,
    ) -> None:
        """Keep how an answer came about; `took` is how long finding it did."""
        receipt = self._receipt(admitted.id, answer, took)
        self.receipts.keep(account.organization_id, replace(receipt, picked=picked))

    def keep_late(
        self, organization_id: UUID, message_id: UUID, answer: Answer, *, took: timedelta
    ) -> None:
        """Keep how the answer to a message came about for which there was none at first."""
        receipt = self._receipt(message_id, answer, took)
        self.receipts.keep(organization_id, replace(receipt, late=True))

    def _receipt(self, message_id: UUID, answer: Answer, took: timedelta) -> Receipt:
        return Receipt(
            message_id=message_id,
            origin=answer.origin,
            confidence=answer.confidence,
            answered_at=self.clock(),
            found_at=answer.found_at,
            milliseconds=took / timedelta(milliseconds=1),
            revision=answer.revision,
            units=answer.units,
            model=answer.model,
        )

    async def why(self, why: Why, account: Account, admitted: Admitted) -> Reply:
        """Say where an answer is from. `UnavailableError` when a store is away."""
        organization = account.organization_id
        entry = await self.knowledge.entry(organization, why.entry_id)
        if entry and not await self.who_asks.may_read(entry, account, admitted.conversation):
            return Reply(text=NOT_FOR_YOU, private=True)
        receipt = await self.receipts.get(organization, why.message_id)
        lines = (*_about_entry(entry), *(_about(receipt) if receipt else [FORGOTTEN]))
        may_fix = entry is not None and await self.roles.is_admin(account)
        return Reply(
            text="\n".join(("**Why this answer**\n", *(f"- {line}" for line in lines))),
            buttons=(fix_button(why.entry_id),) if may_fix else (),
            private=True,
        )

    async def fix(self, fix: Fix, account: Account) -> Reply:
        """Say what to send to change an answer, to admins alone."""
        if not await self.roles.is_admin(account):
            return Reply(text=ADMINS_ONLY, private=True)
        entry = await self.knowledge.entry(account.organization_id, fix.entry_id)
        if entry is None:
            return Reply(text=GONE, private=True)
        now = "\n".join(f"> {line}".rstrip() for line in entry.answer.splitlines())
        text = (
            f"The answer to “{escaped(entry.phrasings[0])}” is now:\n\n{now}\n\n"
            f"Send this with the new answer behind it:\n\n`/kb edit {entry.id}`"
        )
        return Reply(text=text, private=True)


def _about_entry(entry: Entry | None) -> tuple[str, ...]:
    if entry is None:
        return (REMOVED,)
    kind = "the part of a document" if entry.passage else "the answer to"
    source = escaped(entry.source) if entry.source else "written by hand, no source named"
    return (f"It is {kind} “{escaped(entry.phrasings[0])}”", f"Source: {source}")


def _about(receipt: Receipt) -> tuple[str, ...]:
    cost = "nothing" if receipt.units == 0 else f"{receipt.units} of your plan's model calls"
    written = (f"Written from it by the language model {escaped(receipt.model)}",)
    return (
        *(written if receipt.model else ()),
        f"Confidence: {_confidence(receipt)}",
        _freshness(receipt),
        f"It took {receipt.milliseconds:.1f} ms and cost {cost}",
        f"Revision {receipt.revision:,} of what I know",
    )


def _confidence(receipt: Receipt) -> str:
    if receipt.picked:
        return "I was not sure; a person chose it from what I offered"
    words = "next to certain" if receipt.confidence >= ALL_BUT_CERTAIN else "sure"
    if receipt.confidence < CERTAIN:
        words = "the source is near"
    return f"{words} ({receipt.confidence:.0%})"


def _freshness(receipt: Receipt) -> str:
    if receipt.late:
        return LATE
    if receipt.origin is not Origin.CACHE:
        return "Looked up afresh"
    if receipt.found_at is None:
        return "From the cache"
    # Clocks of two replicas may be a little apart: what is less than nothing is less than a second.
    return f"From the cache, {lasting(receipt.answered_at - receipt.found_at)} old then"
