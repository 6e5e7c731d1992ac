"""Take a change back, or make it again; what is much, or somebody else's, is shown first."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.accounts import Account
from core.clicks import MakeAgain, TakeBack, make_again_button, take_back_button
from core.kb.requests import Redo, Undo
from core.kb.telling import told, told_of_undo
from core.knowledge.service import KnowledgeService
from core.messages import Reply
from core.ports.knowledge import Change, Revision

BY_HAND = 20  # entries: a change of more is reversed only when it is said to be meant

NOTHING_TO_UNDO = "There is no change that I could take back. `/kb add` makes the first one."
NOTHING_TO_REDO = "Nothing was taken back that I could make again. `/kb undo` takes a change back."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseInChat:
    """Undo and redo, for an admin. `UserError` where something has come after it."""

    knowledge: KnowledgeService

    async def undo(self, undo: Undo, account: Account) -> Reply:
        """Take the last change back, or show it and ask."""
        last = await self.knowledge.store.last(account.organization_id)
        if last is None:
            return _say(NOTHING_TO_UNDO)
        revision, changes = last
        if undo.sure or _is_small_and_own(revision, changes, account):
            return await self._taken_back(account, only=revision.number)
        shown = told(revision, _questions(changes), reader=account.user_id)
        return Reply(
            text=f"This was the last change: {shown}\n\n"
            "Shall I take it back? `/kb undo yes` does the same.",
            buttons=(take_back_button(revision.number),),
            private=True,
        )

    async def redo(self, redo: Redo, account: Account) -> Reply:
        """Make again what was taken back last, or show it and ask."""
        last = await self.knowledge.store.last(account.organization_id, undo=True)
        if last is None:
            return _say(NOTHING_TO_REDO)
        revision, changes = last
        if redo.sure or _is_small_and_own(revision, changes, account):
            return await self._made_again(account, only=revision.number)
        shown = told_of_undo(revision, _questions(changes), reader=account.user_id)
        return Reply(
            text=f"This was taken back last: {shown}\n\n"
            "Shall I make it again? `/kb redo yes` does the same.",
            buttons=(make_again_button(revision.number),),
            private=True,
        )

    async def click(self, click: TakeBack | MakeAgain, account: Account) -> Reply:
        """Reverse what was shown, unless something came after it."""
        if isinstance(click, TakeBack):
            return await self._taken_back(account, only=click.revision)
        return await self._made_again(account, only=click.revision)

    async def _taken_back(self, account: Account, *, only: int) -> Reply:
        by = account.user_id
        undone = await self.knowledge.undo(account.organization_id, by=by, only=only)
        if undone is None:
            return _say(NOTHING_TO_UNDO)
        shown = told(undone.undid, undone.questions, reader=by)
        return _say(f"Taken back: {shown}\n\n`/kb redo` makes it again.")

    async def _made_again(self, account: Account, *, only: int) -> Reply:
        by = account.user_id
        redone = await self.knowledge.redo(account.organization_id, by=by, only=only)
        if redone is None:
            return _say(NOTHING_TO_REDO)
        shown = told_of_undo(redone.undid, redone.questions, reader=by)
        return _say(f"Made again: {shown}\n\n`/kb undo` takes it back.")


def _is_small_and_own(revision: Revision, changes: Sequence[Change], account: Account) -> bool:
    return revision.by == account.user_id and len(changes) <= BY_HAND


def _questions(changes: Sequence[Change]) -> Sequence[str]:
    return [one.phrasings[0] for each in changes if (one := each.after or each.before)]


def _say(text: str) -> Reply:
    return Reply(text=text, private=True)
