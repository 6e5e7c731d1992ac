"""Change single entries, and take changes back. Nothing is lost to whoever changes others."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

from core.entries import Entry, NewEntry
from core.errors import UnavailableError, UserError
from core.knowledge.checking import checked, union
from core.knowledge.memory import Indexes
from core.knowledge.merge import as_entry
from core.ports.clock import NewId
from core.ports.knowledge import Action, Change, KnowledgeStore, NewRevision, Revision, Snapshot
from core.text import normalise

ATTEMPTS = 30
"""How often a change is worked out anew because others came first."""

NOT_THE_LAST = "That is not the last {what} any more, and was left: `/kb {command}` shows which is."

Plan: TypeAlias = Callable[[Sequence[Entry]], Change | None]
"""From what is known to a change of it; None where none is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A revision that was taken back, the one that did it, and the questions it is about."""

    revision: int
    undid: Revision
    questions: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """Changes an organization's entries.

    A change is worked out on the knowledge at one revision and written only as the next one; when
    somebody else was first, it is worked out again.
    """

    store: KnowledgeStore
    indexes: Indexes
    new_id: NewId

    async def add(self, organization_id: UUID, new: NewEntry, *, by: UUID | None) -> Entry:
        """Add an entry; where its source has the very answer, that entry gets its phrasings."""
        given = checked(new)

        def plan(entries: Sequence[Entry]) -> Change | None:
            same = _with_answer(entries, given)
            if same is None:
                _refuse_known(entries, given)
                return Change(before=None, after=as_entry(given, self.new_id()))
            return Change(before=same, after=_joined(entries, same, given))

        return await self._entry(organization_id, Action.ADD, by, plan)

    async def edit(
        self, organization_id: UUID, entry_id: UUID, new: NewEntry, *, by: UUID | None
    ) -> Entry:
        """Make an entry what is given; as it is already, nothing is written."""
        given = checked(new)

        def plan(entries: Sequence[Entry]) -> Change:
            old = _known(entries, entry_id)
            _refuse_known(entries, given, but=entry_id, asked_before=old.phrasings)
            same = _with_answer(entries, given)
            if same is not None and same.id != entry_id:
                raise UserError(
                    f"The {_named(same)} has this very answer and source: give that one the"
                    " phrasing."
                )
            return Change(before=old, after=as_entry(given, entry_id))

        return await self._entry(organization_id, Action.EDIT, by, plan)

    async def add_phrasing(
        self, organization_id: UUID, entry_id: UUID, phrasing: str, *, by: UUID | None
    ) -> Entry:
        """Let an entry be asked for in another way."""

        def plan(entries: Sequence[Entry]) -> Change:
            old = _known(entries, entry_id)
            given = checked(replace(old, phrasings=union(old.phrasings, (phrasing,))))
            _refuse_known(entries, given, but=entry_id, asked_before=old.phrasings)
            return Change(before=old, after=as_entry(given, entry_id))

        return await self._entry(organization_id, Action.EDIT, by, plan)

    async def remove(
        self, organization_id: UUID, entry_id: UUID, *, by: UUID | None
    ) -> Entry | None:
        """Remove an entry; None where there is none."""

        def plan(entries: Sequence[Entry]) -> Change | None:
            old = next((entry for entry in entries if entry.id == entry_id), None)
            return None if old is None else Change(before=old, after=None)

        change = await self._change(organization_id, Action.REMOVE, by, plan)
        return None if change is None else change.before

    async def remove_asked(
        self, organization_id: UUID, question: str, *, by: UUID | None
    ) -> Entry | None:
        """Remove the entry that is asked for with exactly these words; None where there is none."""

        def plan(entries: Sequence[Entry]) -> Change | None:
            found = _asked_with(entries, question)
            if len(found) > 1:
                ids = ", ".join(str(entry.id) for entry in found)
                raise UserError(
                    f"{len(found)} entries are asked for with these words. Say which: {ids}."
                )
            return Change(before=found[0], after=None) if found else None

        change = await self._change(organization_id, Action.REMOVE, by, plan)
        return None if change is None else change.before

    async def asked_with(self, organization_id: UUID, question: str) -> Sequence[Entry]:
        """The entries that are asked for with exactly these words."""
        known = await self._look(organization_id)
        return await asyncio.to_thread(_asked_with, known.entries, question)

    async def undo(
        self, organization_id: UUID, *, by: UUID | None, only: int | None = None
    ) -> Undone | None:
        """Take back the latest revision that is not taken back; `only` if it is this one."""
        for _ in range(ATTEMPTS):
            at = await self.store.revision(organization_id)
            last = await self.store.last(organization_id)
            if only is not None and (last is None or last[0].number != only):
                raise UserError(NOT_THE_LAST.format(what="change", command="undo"))
            if last is None:
                return None
            await self._refuse_changed_since(organization_id, *last)
            if done := await self._reverse(organization_id, Action.UNDO, by, last, at=at):
                return done
        raise UnavailableError("the knowledge keeps changing")

    async def redo(
        self, organization_id: UUID, *, by: UUID | None, only: int | None = None
    ) -> Undone | None:
        """Take back the latest undo that is not taken back; `only` if it is this one."""
        for _ in range(ATTEMPTS):
            at = await self.store.revision(organization_id)
            last = await self.store.last(organization_id, undo=True)
            if only is not None and (last is None or last[0].number != only):
                raise UserError(NOT_THE_LAST.format(what="undo", command="redo"))
            if last is None:
                return None
            later = await self.store.changed_after(organization_id, last[0].number)
            await self._refuse_redo(organization_id, last[1], later)
            await self._refuse_changed_since(organization_id, *last)
            if done := await self._reverse(organization_id, Action.REDO, by, last, at=at):
                return done
        raise UnavailableError("the knowledge keeps changing")

    async def _reverse(
        self,
        organization_id: UUID,
        action: Action,
        by: UUID | None,
        last: tuple[Revision, Sequence[Change]],
        *,
        at: int,
    ) -> Undone | None:
        """Write a revision the other way round; None where somebody else was first."""
        revision, changes = last
        back = [Change(before=change.after, after=change.before) for change in changes]
        new = NewRevision(action=action, by=by, changes=back, undoes=revision.number)
        written = await self.store.write(organization_id, new, at=at)
        if written is None:
            return None
        questions = [
            one.phrasings[0] for change in changes if (one := change.after or change.before)
        ]
        return Undone(revision=written, undid=revision, questions=questions)

    async def _refuse_redo(
        self, organization_id: UUID, undone: Sequence[Change], later: Collection[UUID]
    ) -> None:
        """Refuse to bring back what would lose a later change, or be asked for as it is."""
        for change in undone:
            entry = change.after or change.before
            if entry is not None and entry.id in later:
                raise UserError(
                    f"The {_named(entry)} was changed after it was taken back: take that change"
                    " back first, or make yours anew."
                )
        added = await self.store.find(organization_id, list(later))
        for change in undone:
            if change.before is not None:
                _refuse_known(added, change.before)

    async def _refuse_changed_since(
        self, organization_id: UUID, revision: Revision, changes: Sequence[Change]
    ) -> None:
        if len(changes) != revision.added + revision.changed + revision.removed:
            raise UserError(
                f"Revision {revision.number} was made by an earlier release, which did not write"
                " down what it changed: it cannot be taken back. Change its entries by hand."
            )
        touched = [one.id for change in changes if (one := change.after or change.before)]
        now = {one.id: one for one in await self.store.find(organization_id, touched)}
        for change in changes:
            entry = change.after or change.before
            if entry is not None and now.get(entry.id) != change.after:
                raise UserError(
                    f"The {_named(entry)} was changed after revision {revision.number} in a way"
                    " that is not written down: the revision cannot be taken back. Edit the entry."
                )

    async def _entry(
        self, organization_id: UUID, action: Action, by: UUID | None, plan: Plan
    ) -> Entry:
        change = await self._change(organization_id, action, by, plan)
        assert change is not None  # noqa: S101 - these plans end with an entry
        assert change.after is not None  # noqa: S101
        return change.after

    async def _change(
        self, organization_id: UUID, action: Action, by: UUID | None, plan: Plan
    ) -> Change | None:
        """Write a change of what is known, unless it changes nothing."""
        for _ in range(ATTEMPTS):
            known = await self._look(organization_id)
            change = await asyncio.to_thread(plan, known.entries)
            if change is None or change.before == change.after:
                return change
            new = NewRevision(action=action, by=by, changes=[change])
            if await self.store.write(organization_id, new, at=known.revision) is not None:
                return change
        raise UnavailableError("the knowledge keeps changing")

    async def _look(self, organization_id: UUID) -> Snapshot:
        """What is known now, out of memory where it is there."""
        revision = await self.store.revision(organization_id)
        index = self.indexes.get(organization_id, revision)
        if index is not None:
            return Snapshot(revision=index.revision, entries=index.entries)
        return await self.store.load(organization_id)


def _known(entries: Sequence[Entry], entry_id: UUID) -> Entry:
    for entry in entries:
        if entry.id == entry_id:
            return entry
    raise UserError("There is no such entry any more: somebody removed it. Add it anew.")


def _asked_with(entries: Sequence[Entry], question: str) -> Sequence[Entry]:
    wanted = normalise(question)
    return [entry for entry in entries if wanted in map(normalise, entry.phrasings)]


def _with_answer(entries: Sequence[Entry], new: NewEntry) -> Entry | None:
    key = (new.source, new.answer)
    return next((entry for entry in entries if (entry.source, entry.answer) == key), None)


def _joined(entries: Sequence[Entry], same: Entry, new: NewEntry) -> Entry:
    """The entry that has the answer already, with the ways to ask that are new."""
    if (set(same.audience), same.language) != (set(new.audience), new.language):
        raise UserError(
            f"The {_named(same)} has this very answer and source, for another audience or language:"
            " change that one, or name another source."
        )
    _refuse_known(entries, new, but=same.id)
    given = replace(
        same,
        phrasings=union(same.phrasings, new.phrasings),
        keywords=union(same.keywords, new.keywords),
        tags=union(same.tags, new.tags),
    )
    return as_entry(checked(given), same.id)


def _refuse_known(
    entries: Sequence[Entry],
    new: NewEntry,
    *,
    but: UUID | None = None,
    asked_before: Sequence[str] = (),
) -> None:
    """Refuse what another entry of the same people is asked for with already.

    `asked_before` is what the entry itself was asked for with: an import may have given both.
    """
    if new.passage:
        return
    wanted = {normalise(phrasing): phrasing for phrasing in new.phrasings}
    for phrasing in asked_before:
        wanted.pop(normalise(phrasing), None)
    people = (frozenset(new.audience), new.language)
    for entry in entries:
        if entry.id == but or entry.passage:
            continue
        if (frozenset(entry.audience), entry.language) != people:
            continue
        for phrasing in map(normalise, entry.phrasings):
            if phrasing in wanted:
                raise UserError(
                    f"“{wanted[phrasing]}” is what the {_named(entry)} is asked for with already:"
                    " change that one, or ask in another way."
                )


def _named(entry: Entry) -> str:
    source = f" of {entry.source}" if entry.source else ""
    return f"entry “{entry.phrasings[0]}”{source} ({entry.id})"
