"""An organization's knowledge in memory, through the product's own service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from core.entries import Entry, NewEntry
from core.knowledge.merge import merge
from core.ports.knowledge import Gap, ImportReport, Snapshot

ORGANIZATION = UUID(int=1)


@dataclass(slots=True)
class KnowledgeInMemory:
    """A store of one organization."""

    entries: tuple[Entry, ...] = ()
    at: int = 0
    noted: list[str] = field(default_factory=list)

    async def load(self, organization_id: UUID) -> Snapshot:
        del organization_id
        return Snapshot(revision=self.at, entries=self.entries)

    async def revision(self, organization_id: UUID) -> int:
        del organization_id
        return self.at

    async def save(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
    ) -> ImportReport:
        del organization_id, files, prune
        changes = merge(self.entries, entries, new_id=uuid4)
        changed = {entry.id: entry for entry in changes.changed}
        kept = (changed.get(entry.id, entry) for entry in self.entries)
        self.entries, self.at = (*kept, *changes.added), self.at + 1
        return ImportReport(
            added=len(changes.added),
            changed=len(changes.changed),
            unchanged=changes.unchanged,
            revision=self.at,
        )

    async def remove(self, organization_id: UUID, entry_ids: Sequence[UUID]) -> int:
        del organization_id
        left = tuple(entry for entry in self.entries if entry.id not in entry_ids)
        removed, self.entries, self.at = len(self.entries) - len(left), left, self.at + 1
        return removed

    async def list(self, organization_id: UUID, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        del organization_id
        return self.entries[offset : offset + limit]

    async def note_gap(self, organization_id: UUID, question: str) -> None:
        del organization_id
        self.noted.append(question)

    async def gaps(self, organization_id: UUID, *, limit: int) -> Sequence[Gap]:
        del organization_id, limit
        return ()
