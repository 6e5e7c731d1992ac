"""The port of what an organization knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from core.entries import Entry, NewEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything an organization knows, at one revision; entries by the time of their change."""

    revision: int
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, in entries."""

    added: int
    changed: int
    unchanged: int
    revision: int


class Knowledge(Protocol):
    """Entries, in the store that holds the truth. Every change raises the revision by one."""

    async def load(self, organization_id: UUID) -> Snapshot:
        """All entries and their revision, in one consistent view."""

    async def revision(self, organization_id: UUID) -> int:
        """The revision now."""

    async def save(self, organization_id: UUID, entries: Sequence[NewEntry]) -> ImportReport:
        """Write all entries or none; what is the same entry is told by `core.knowledge.merge`.

        Idempotent: saved again, they change nothing.
        """

    async def list(self, organization_id: UUID, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        """Entries by the time they were added."""

    async def note_gap(self, organization_id: UUID, question: str) -> None:
        """Keep a question that had no answer; the same one again is counted, not repeated."""
