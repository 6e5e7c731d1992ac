"""The ports of what an organization knows: reading it, changing it, and how it came to be."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.entries import Entry, NewEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything an organization knows, at one revision; entries by the time of their change."""

    revision: int
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What leads from an earlier revision to this one; `changed` by the time of their change.

    `changed` are new or changed, as they are now. `removed` were there, or came and went.
    """

    revision: int
    changed: Sequence[Entry]
    removed: Sequence[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, in entries. `missing` are known of its sources, and were not given."""

    added: int
    changed: int
    unchanged: int
    revision: int
    missing: int = 0
    removed: int = 0


class Action(StrEnum):
    """What made a revision."""

    IMPORT = "import"
    ADD = "add"
    EDIT = "edit"
    REMOVE = "remove"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entry before and after a revision; None where there was or is none, never both."""

    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRevision:
    """Changes to write together. `by` is the account of who makes them, None: the command line."""

    action: Action
    by: UUID | None
    changes: Sequence[Change]
    undoes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What a revision did, in entries. `undone`: another one took it back, and holds.

    A redo `undoes` an undo. `who` is the name of who made it, empty where `by` is None or does not
    belong to the organization any more; `question` the first of its first entry, where it is known.
    """

    number: int
    at: datetime
    action: Action
    by: UUID | None
    added: int
    changed: int
    removed: int
    undoes: int | None
    undone: bool
    who: str = ""
    question: str = ""


class Knowledge(Protocol):
    """Entries, in the store that holds the truth."""

    async def load(self, organization_id: UUID) -> Snapshot:
        """All entries and their revision, in one consistent view."""

    async def revision(self, organization_id: UUID) -> int:
        """The revision now."""

    async def changes_since(self, organization_id: UUID, revision: int) -> Difference | None:
        """What changed after a revision, in one consistent view; nothing when it is the latest.

        None when it is not known (an earlier release wrote some of it), or is so much that loading
        everything is cheaper.
        """

    async def find(self, organization_id: UUID, entry_ids: Sequence[UUID]) -> Sequence[Entry]:
        """Those of the entries that there are, by their ids."""

    async def list(self, organization_id: UUID, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        """Entries by the time they were added."""


class KnowledgeChanges(Protocol):
    """Changes of entries. Each one raises the revision by one and is written down with it."""

    async def save(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
        by: UUID | None = None,
    ) -> ImportReport:
        """Write all entries or none; what is the same entry is told by `core.knowledge.merge`.

        With `prune` those of the same sources, and of places in the `files`, that are not given are
        removed. Idempotent: saved again, they change nothing.
        """

    async def preview(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
    ) -> ImportReport:
        """What `save` would do; nothing is written."""

    async def write(self, organization_id: UUID, new: NewRevision, *, at: int) -> int | None:
        """Write all changes as the revision that follows `at`, and return it.

        None, and nothing is written, when the knowledge is at another revision by now: whoever
        read it at that one has to look again. `UserError` when there is no room for what is added,
        or two entries of one source would have one answer.
        """

    async def history(self, organization_id: UUID, *, limit: int) -> Sequence[Revision]:
        """Revisions, the latest first."""

    async def last(
        self, organization_id: UUID, *, undo: bool = False
    ) -> tuple[Revision, Sequence[Change]] | None:
        """The latest revision that is not taken back, and what it changed.

        With `undo` of those that are an undo, else of those that are neither undo nor redo. An
        earlier release wrote no changes down: then there are fewer than the revision counts.
        """

    async def changed_after(self, organization_id: UUID, revision: int) -> Collection[UUID]:
        """The entries of later revisions that are no undo, no redo, and not taken back."""


class Organizations(Protocol):
    """Whose knowledge there is."""

    async def with_knowledge(self, *, limit: int) -> Sequence[tuple[UUID, int]]:
        """Organizations with the revisions of their knowledge, those it changed most for first."""


class KnowledgeStore(Knowledge, KnowledgeChanges, Protocol):
    """Both, where they are one."""
