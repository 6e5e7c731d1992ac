"""Carry out what an admin writes behind `/kb`."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import assert_never

from core.accounts import Account
from core.answers.compose import escaped
from core.answers.explain import ADMINS_ONLY
from core.clicks import Decide, MakeAgain, TakeBack, decide_buttons
from core.entries import Band, Entry, NewEntry, Passage
from core.errors import UserError
from core.kb.ids import find, short
from core.kb.requests import (
    Add,
    Changing,
    Dismiss,
    Edit,
    Explain,
    ListGaps,
    Redo,
    Remove,
    Request,
    Review,
    Search,
    Undo,
    forms,
    read,
)
from core.kb.reversing import ReverseInChat
from core.kb.telling import line
from core.knowledge.clusters import Cluster, clustered
from core.knowledge.index import Index
from core.knowledge.service import KnowledgeService
from core.messages import Reply
from core.ports.inbox import Admitted
from core.ports.proposals import Proposal, ProposalKind
from core.ports.roles import Roles
from core.wording import times

LISTED_GAPS = 15
GAPS_LOOKED_AT = 200  # those alike are put together, which takes the square of their number
FOUND = 5
SHOWN_ANSWER = 600  # characters
SOURCE = "an admin, in chat"

INTERRUPTED = (
    "I was interrupted while I took something back or made it again, and do not do it twice."
    " `/kb search QUESTION` shows how it stands; send the same again if it was not done."
)
NO_GAPS = "Every question so far has an answer, or was dismissed."
NO_PROPOSALS = "Nothing waits for your decision."
NOT_OPEN = "Somebody has decided that already."
WORDS = {
    Band.ANSWER: "I would answer with the first one.",
    Band.OFFER: "I would ask whether one of these is meant.",
    Band.UNKNOWN: "I would say that I do not know.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EditInChat:
    """Lets admins, and nobody else, look at the knowledge and change it. All replies are private.

    What was carried out and is asked for once more by the same message changes nothing more.
    """

    knowledge: KnowledgeService
    roles: Roles

    async def __call__(self, text: str, account: Account, admitted: Admitted) -> Reply:
        """Carry out a request. `UnavailableError` when a store is away."""
        if not await self.roles.is_admin(account):
            return _say(ADMINS_ONLY)
        try:
            request = read(text)
            if isinstance(request, Undo | Redo) and admitted.orphaned:
                return _say(INTERRUPTED)
            return await self._do(request, account)
        except UserError as error:
            return _say(str(error))

    async def decide(self, decide: Decide, account: Account) -> Reply:
        """Accept a proposal or decline it, and show the next one."""
        if not await self.roles.is_admin(account):
            return _say(ADMINS_ONLY)
        organization, by = account.organization_id, account.user_id
        try:
            if decide.accepted:
                entry = await self.knowledge.accept(organization, decide.proposal_id, by=by)
                done = f"Accepted: {_named(entry)}." if entry else NOT_OPEN
            else:
                taken = await self.knowledge.decline(organization, decide.proposal_id, by=by)
                done = "Declined." if taken else NOT_OPEN
        except UserError as error:
            done = str(error)
        following = await self._review(account)
        return replace(following, text=f"{done}\n\n{following.text}")

    async def reverse(self, click: TakeBack | MakeAgain, account: Account) -> Reply:
        """Take back or make again what was shown, unless something came after it."""
        if not await self.roles.is_admin(account):
            return _say(ADMINS_ONLY)
        try:
            return await self._reverse.click(click, account)
        except UserError as error:
            return _say(str(error))

    async def _do(self, request: Request, account: Account) -> Reply:
        match request:
            case ListGaps():
                return await self._gaps(account)
            case Review():
                return await self._review(account)
            case Search():
                return await self._search(request, account)
            case Explain():
                return _say(f"This is what you can do with what I know:\n\n{forms()}")
            case _:
                return await self._change(request, account)

    async def _change(self, request: Changing, account: Account) -> Reply:
        match request:
            case Add():
                return await self._add(request, account)
            case Edit():
                return await self._edit(request, account)
            case Remove():
                return await self._remove(request, account)
            case Undo():
                return await self._reverse.undo(request, account)
            case Redo():
                return await self._reverse.redo(request, account)
            case Dismiss():
                return await self._dismiss(request, account)
            case _:
                assert_never(request)

    async def _add(self, add: Add, account: Account) -> Reply:
        new = NewEntry(phrasings=(add.question,), answer=add.answer, source=SOURCE)
        entry = await self.knowledge.add(account.organization_id, new, by=account.user_id)
        return _say(
            f"Now I know: {_named(entry)}. Whoever has asked for it hears the answer from me."
            f"\n\n{_how_to_change(entry)}"
        )

    async def _edit(self, edit: Edit, account: Account) -> Reply:
        old = find((await self._index(account)).entries, edit.entry)
        new = replace(_as_new(old), answer=edit.answer)
        entry = await self.knowledge.edit(account.organization_id, old.id, new, by=account.user_id)
        return _say(f"Changed: {_named(entry)}. `/kb undo` takes it back.")

    async def _remove(self, remove: Remove, account: Account) -> Reply:
        old = find((await self._index(account)).entries, remove.entry)
        await self.knowledge.remove_entry(account.organization_id, old.id, by=account.user_id)
        return _say(f"Removed: {_named(old)}. `/kb undo` takes it back.")

    async def _dismiss(self, dismiss: Dismiss, account: Account) -> Reply:
        asked = f"“{line(dismiss.question)}”"
        if await self.knowledge.dismiss_gap(account.organization_id, dismiss.question):
            return _say(f"{asked} is off the list, until somebody asks it again.")
        return _say(f"{asked} is not on the list: `/kb gaps` shows what is, word for word.")

    async def _review(self, account: Account) -> Reply:
        organization = account.organization_id
        waiting = await self.knowledge.proposals(organization, limit=1)
        if not waiting:
            return _say(NO_PROPOSALS)
        [proposal] = waiting
        entry = (
            await self.knowledge.entry(organization, proposal.entry_id)
            if proposal.entry_id
            else None
        )
        text = "\n\n".join(_proposal_lines(proposal, entry))
        return Reply(text=text, buttons=decide_buttons(proposal.id), private=True)

    async def _gaps(self, account: Account) -> Reply:
        gaps = await self.knowledge.gaps(account.organization_id, limit=GAPS_LOOKED_AT)
        clusters = (await asyncio.to_thread(clustered, gaps))[:LISTED_GAPS]
        if not clusters:
            return _say(NO_GAPS)
        told_of = sum(len(cluster.gaps) for cluster in clusters)
        more = await self.knowledge.count_gaps(account.organization_id) - told_of
        return _say("\n".join(_gap_lines(clusters, more)))

    async def _search(self, search: Search, account: Account) -> Reply:
        found = await self.knowledge.explain(account.organization_id, search.question, limit=FOUND)
        parts = [WORDS[found.band], " ".join(map(escaped, found.why))]
        if found.reasons:
            first = found.reasons[0].passage
            lines = "\n".join(_found_line(one.passage) for one in found.reasons)
            parts += [lines, f"What is known to the first:\n\n{_shown(first.answer)}"]
        return _say("\n\n".join(part for part in parts if part))

    @property
    def _reverse(self) -> ReverseInChat:
        return ReverseInChat(knowledge=self.knowledge)

    async def _index(self, account: Account) -> Index:
        revision = await self.knowledge.store.revision(account.organization_id)
        return await self.knowledge.index_at(account.organization_id, revision)


def _say(text: str) -> Reply:
    return Reply(text=text, private=True)


def _named(entry: Entry) -> str:
    return f"“{line(entry.phrasings[0])}”"


def _how_to_change(entry: Entry) -> str:
    return f"`/kb edit {short(entry.id)} ANSWER` changes it, `/kb undo` takes it back."


def _as_new(entry: Entry) -> NewEntry:
    return NewEntry(**{one.name: getattr(entry, one.name) for one in fields(NewEntry)})


def _gap_lines(clusters: Sequence[Cluster], more: int) -> Iterator[str]:
    yield "What people asked and I do not know, the most frequent first:\n"
    for cluster in clusters:
        others = len(cluster.gaps) - 1
        like_it = f", with {others:,} like it" if others else ""
        yield f"- {line(cluster.question)} ({times(cluster.times)}{like_it})"
    if more > 0:
        yield f"\nAnd {more:,} more, listed as these are answered or dismissed."
    yield (
        "\n`/kb add QUESTION | ANSWER` answers one, and tells everybody who has asked."
        " `/kb gaps dismiss QUESTION` takes one off the list."
    )


def _proposal_lines(proposal: Proposal, entry: Entry | None) -> Iterator[str]:
    often = "" if proposal.times == 1 else f" ({times(proposal.times)})"
    asked = f"“{line(proposal.question)}”{often}"
    match proposal.kind:
        case ProposalKind.PHRASING:
            about = _named(entry) if entry else "an answer that has been removed"
            yield f"Somebody asked {asked} and meant {about}. Shall I answer that by myself?"
        case ProposalKind.ENTRY:
            yield f"Shall I know this answer to {asked}?"
            yield _shown(proposal.answer)
            if proposal.source:
                yield f"Source: {line(proposal.source)}"
        case ProposalKind.REVIEW:
            yield f"This answer to {asked} did not help. Accept when you have looked after it."
            if proposal.reason:
                yield f"They wrote: {line(proposal.reason)}"
            if entry:
                yield _shown(entry.answer)
                yield _how_to_change(entry)
        case _:
            assert_never(proposal.kind)


def _found_line(passage: Passage) -> str:
    source = f", {line(passage.source)}" if passage.source else ""
    sure = f"{passage.score:.0%} sure{source}"
    return f"- `{short(passage.entry_id)}` {line(passage.question)} ({sure})"


def _shown(answer: str) -> str:
    """The beginning of an answer, as a quotation."""
    cut = answer if len(answer) <= SHOWN_ANSWER else f"{answer[: SHOWN_ANSWER - 1].rstrip()}…"
    return "\n".join(f"> {line}".rstrip() for line in cut.splitlines())
