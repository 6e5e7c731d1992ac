"""The port of what an organization knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
    """What an import did, in entries. `missing` are known of its sources, and were not given."""

    added: int
    changed: int
    unchanged: int
    revision: int
    missing: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that had no answer, in its normal form, and how often it was asked."""

    question: str
    times: int
    last_asked_at: datetime


class Knowledge(Protocol):
    """Entries, in the store that holds the truth. Every change raises the revision by one."""

    async def load(self, organization_id: UUID) -> Snapshot:
        """All entries and their revision, in one consistent view."""

    async def revision(self, organization_id: UUID) -> int:
        """The revision now."""

    async def save(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
    ) -> ImportReport:
        """Write all entries or none; what is the same entry is told by `core.knowledge.merge`.

        With `prune` those of the same sources, and of places in the `files`, that are not given are
        removed. Idempotent: saved again, they change nothing.
        """

    async def remove(self, organization_id: UUID, entry_ids: Sequence[UUID]) -> int:
        """Remove entries; how many were there."""

    async def list(self, organization_id: UUID, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        """Entries by the time they were added."""

    async def note_gap(self, organization_id: UUID, question: str) -> None:
        """Keep a question that had no answer; the same one again is counted, not repeated."""

    async def gaps(self, organization_id: UUID, *, limit: int) -> Sequence[Gap]:
        """Questions that had no answer, the most frequent first."""
