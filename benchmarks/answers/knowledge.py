"""An organization's knowledge in memory, through the product's own service."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from core.entries import Entry, NewEntry
from core.knowledge.merge import merge
from core.knowledge.service import KnowledgeService
from core.ports.gaps import Asker, Gap
from core.ports.knowledge import (
    Action,
    Change,
    Difference,
    ImportReport,
    NewRevision,
    Revision,
    Snapshot,
)
from core.ports.proposals import NewProposal, Proposal

ORGANIZATION = UUID(int=1)


@dataclass(slots=True)
class KnowledgeInMemory:
    """A store of one organization."""

    entries: tuple[Entry, ...] = ()
    at: int = 0
    noted: list[str] = field(default_factory=list)
    journal: dict[int, tuple[NewRevision, datetime]] = field(default_factory=dict)

    async def load(self, organization_id: UUID) -> Snapshot:
        del organization_id
        return Snapshot(revision=self.at, entries=self.entries)

    async def revision(self, organization_id: UUID) -> int:
        del organization_id
        return self.at

    async def changes_since(self, organization_id: UUID, revision: int) -> Difference | None:
        del organization_id
        since = range(revision + 1, self.at + 1)
        if revision > self.at or not all(number in self.journal for number in since):
            return None
        changes = [change for number in since for change in self.journal[number][0].changes]
        touched = {one.id for change in changes if (one := change.after or change.before)}
        changed = [entry for entry in self.entries if entry.id in touched]
        return Difference(
            revision=self.at,
            changed=changed,
            removed=sorted(touched - {entry.id for entry in changed}),
        )

    async def find(self, organization_id: UUID, entry_ids: Sequence[UUID]) -> Sequence[Entry]:
        del organization_id
        return [entry for entry in self.entries if entry.id in entry_ids]

    async def list(self, organization_id: UUID, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        del organization_id
        return self.entries[offset : offset + limit]

    async def save(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
        by: UUID | None = None,
    ) -> ImportReport:
        del files, prune
        changes = merge(self.entries, entries, new_id=uuid4)
        kept = {entry.id: entry for entry in self.entries}
        new = NewRevision(
            action=Action.IMPORT,
            by=by,
            changes=[
                *(Change(before=kept[entry.id], after=entry) for entry in changes.changed),
                *(Change(before=None, after=entry) for entry in changes.added),
            ],
        )
        if new.changes:
            await self.write(organization_id, new, at=self.at)
        return ImportReport(
            added=len(changes.added),
            changed=len(changes.changed),
            unchanged=changes.unchanged,
            revision=self.at,
        )

    async def preview(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
    ) -> ImportReport:
        rehearsal = replace(self, journal=dict(self.journal))
        return await rehearsal.save(organization_id, entries, files=files, prune=prune)

    async def write(self, organization_id: UUID, new: NewRevision, *, at: int) -> int | None:
        del organization_id
        if at != self.at:
            return None
        touched = {one.id for change in new.changes if (one := change.after or change.before)}
        left = (entry for entry in self.entries if entry.id not in touched)
        self.entries = (*left, *(change.after for change in new.changes if change.after))
        self.at += 1
        self.journal[self.at] = (new, datetime.now(UTC))
        return self.at

    async def history(self, organization_id: UUID, *, limit: int) -> Sequence[Revision]:
        del organization_id
        return [self._revision(number) for number in sorted(self.journal, reverse=True)[:limit]]

    async def last(
        self, organization_id: UUID, *, undo: bool = False
    ) -> tuple[Revision, Sequence[Change]] | None:
        for revision in await self.history(organization_id, limit=len(self.journal)):
            if revision.action is Action.REDO or revision.undone:
                continue
            if (revision.action is Action.UNDO) == undo:
                return revision, self.journal[revision.number][0].changes
        return None

    async def changed_after(self, organization_id: UUID, revision: int) -> Collection[UUID]:
        return {
            entry.id
            for one in await self.history(organization_id, limit=len(self.journal))
            if one.number > revision and one.undoes is None and not one.undone
            for change in self.journal[one.number][0].changes
            if (entry := change.after or change.before)
        }

    async def note(self, organization_id: UUID, question: str, asker: Asker | None = None) -> None:
        del organization_id, asker
        self.noted.append(question)

    async def open(self, organization_id: UUID, *, limit: int) -> Sequence[Gap]:
        del organization_id, limit
        return ()

    async def count(self, organization_id: UUID) -> int:
        del organization_id
        return 0

    async def dismiss(self, organization_id: UUID, question: str) -> bool:
        del organization_id, question
        return False

    def _revision(self, number: int) -> Revision:
        new, at = self.journal[number]
        kinds = [(change.before is None, change.after is None) for change in new.changes]
        return Revision(
            number=number,
            at=at,
            action=new.action,
            by=new.by,
            added=kinds.count((True, False)),
            changed=kinds.count((False, False)),
            removed=kinds.count((False, True)),
            undoes=new.undoes,
            undone=any(
                one.undoes == number and not self._revision(undo).undone
                for undo, (one, _) in self.journal.items()
            ),
        )


@dataclass(slots=True)
class ProposalsInMemory:
    """Proposals of one organization."""

    waiting: dict[UUID, Proposal] = field(default_factory=dict)

    async def propose(
        self, organization_id: UUID, proposals: Sequence[NewProposal], *, by: UUID | None
    ) -> int:
        del organization_id, by
        for one in proposals:
            proposal = Proposal(
                kind=one.kind,
                question=one.question,
                answer=one.answer,
                source=one.source,
                reason=one.reason,
                entry_id=one.entry_id,
                id=uuid4(),
                times=1,
                proposed_at=datetime.now(UTC),
            )
            self.waiting[proposal.id] = proposal
        return len(proposals)

    async def open(self, organization_id: UUID, *, limit: int) -> Sequence[Proposal]:
        del organization_id
        return list(self.waiting.values())[:limit]

    async def find(self, organization_id: UUID, proposal_id: UUID) -> Proposal | None:
        del organization_id
        return self.waiting.get(proposal_id)

    async def take(
        self, organization_id: UUID, proposal_id: UUID, *, accepted: bool, by: UUID | None
    ) -> Proposal | None:
        del organization_id, accepted, by
        return self.waiting.pop(proposal_id, None)


def service_on(store: KnowledgeInMemory) -> KnowledgeService:
    """The product's service on a store, that keeps what had no answer too."""
    return KnowledgeService(
        store=store, unanswered=store, suggested=ProposalsInMemory(), new_id=uuid4
    )
