"""Knowledge entries and their revisions: the truth about what an organization knows."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import uuid_utils.compat

from adapters.stores.postgres.connection import (
    COMMAND_TIMEOUT,
    ENTER,
    ERRORS,
    Connection,
    Database,
    is_passing,
)
from adapters.stores.postgres.entries import COLUMNS, cleaned, to_entry
from adapters.stores.postgres.revisions import (
    CHANGED_AFTER,
    CHANNEL,
    HISTORY,
    LAST,
    SAVE_TIMEOUT,
    changes_by_hand,
    revision_of,
    to_change,
    to_revision,
    write_revision,
)
from core.entries import Entry, NewEntry
from core.errors import UnavailableError, UserError
from core.knowledge.merge import Changes, merge
from core.ports.clock import NewId
from core.ports.knowledge import (
    Action,
    Change,
    Difference,
    ImportReport,
    NewRevision,
    Revision,
    Snapshot,
)

__all__ = ["CHANNEL", "PostgresKnowledge"]

MOST_CHANGES = 1_000
"""Entries that are brought one by one; above, everything is loaded."""

OF_ENTRY = ", ".join(f"e.{column}" for column in COLUMNS.split(", "))

LOAD = f"""
SELECT o.knowledge_revision, {OF_ENTRY}
  FROM organizations o
  LEFT JOIN knowledge_entries e ON e.organization_id = o.id
 WHERE o.id = $1
 ORDER BY e.updated_at, e.id
"""  # noqa: S608 - columns of ours

KNOWING = """
SELECT id, knowledge_revision FROM organizations WHERE knowledge_revision > 0
 ORDER BY knowledge_revision DESC, id LIMIT $1
"""
AT = "SELECT knowledge_revision FROM organizations WHERE id = $1"

# What is written down of a revision is counted: a release that wrote none of it counts more.
SINCE = f"""
WITH made AS MATERIALIZED (
    SELECT count(*) AS revisions, coalesce(sum(added + changed + removed), 0)::bigint AS changes
      FROM knowledge_revisions WHERE organization_id = $1 AND revision > $2
), touched AS (
    SELECT entry_id, count(*) AS times FROM knowledge_changes
     WHERE organization_id = $1 AND revision > $2 AND (SELECT changes FROM made) <= $3
     GROUP BY entry_id
)
SELECT o.knowledge_revision, made.revisions, made.changes, t.entry_id, t.times, {OF_ENTRY}
  FROM organizations o
 CROSS JOIN made
  LEFT JOIN touched t ON true
  LEFT JOIN knowledge_entries e ON e.organization_id = $1 AND e.id = t.entry_id
 WHERE o.id = $1
 ORDER BY e.updated_at, e.id
"""  # noqa: S608 - columns of ours

FIND = f"""
SELECT {COLUMNS} FROM knowledge_entries
 WHERE organization_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id
"""  # noqa: S608 - columns of ours

LIST = f"""
SELECT {COLUMNS} FROM knowledge_entries
 WHERE organization_id = $1 ORDER BY id LIMIT $2 OFFSET $3
"""  # noqa: S608 - columns of ours

# Not FOR UPDATE: a new space of the organization, which refers to this row, need not wait.
LOCK = "SELECT knowledge_revision FROM organizations WHERE id = $1 FOR NO KEY UPDATE"

# A page's entries have the places in it as their sources: page.md#heading.
KEPT = f"""
SELECT {COLUMNS} FROM knowledge_entries
 WHERE organization_id = $1
   AND (source = ANY ($2::text[]) OR split_part(source, '#', 1) = ANY ($3::text[]))
 ORDER BY id
"""  # noqa: S608 - columns of ours


@dataclass(frozen=True, slots=True)
class PostgresKnowledge:
    """`KnowledgeStore` on the entries table. A listener of `CHANNEL` hears of each change."""

    pool: asyncpg.Pool
    new_id: NewId = uuid_utils.compat.uuid7

    async def load(self, organization_id: UUID) -> Snapshot:
        rows = await self._database.fetch_in(organization_id, LOAD, organization_id)
        entries = tuple(to_entry(row) for row in rows if row["id"] is not None)
        return Snapshot(revision=_revision_in(rows), entries=entries)

    async def revision(self, organization_id: UUID) -> int:
        return _revision_in(await self._database.fetch(AT, organization_id))

    async def with_knowledge(self, *, limit: int) -> Sequence[tuple[UUID, int]]:
        rows = await self._database.fetch(KNOWING, limit)
        return [(row["id"], row["knowledge_revision"]) for row in rows]

    async def changes_since(self, organization_id: UUID, revision: int) -> Difference | None:
        rows = await self._database.fetch_in(
            organization_id, SINCE, organization_id, revision, MOST_CHANGES
        )
        now = _revision_in(rows)
        if rows[0]["revisions"] != now - revision:
            return None
        if sum(row["times"] or 0 for row in rows) != rows[0]["changes"]:
            return None
        gone = [row["entry_id"] for row in rows if row["entry_id"] and not row["id"]]
        changed = [to_entry(row) for row in rows if row["id"]]
        return Difference(revision=now, changed=changed, removed=gone)

    async def find(self, organization_id: UUID, entry_ids: Sequence[UUID]) -> Sequence[Entry]:
        rows = await self._database.fetch_in(organization_id, FIND, organization_id, entry_ids)
        return [to_entry(row) for row in rows]

    async def list(self, organization_id: UUID, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        rows = await self._database.fetch_in(organization_id, LIST, organization_id, limit, offset)
        return [to_entry(row) for row in rows]

    async def save(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
        by: UUID | None = None,
    ) -> ImportReport:
        async with self._locked(organization_id) as (connection, before):
            planned = await self._plan(connection, organization_id, entries, files, prune=prune)
            revision = before
            if planned.changes:
                new = NewRevision(action=Action.IMPORT, by=by, changes=planned.changes)
                revision = await write_revision(
                    connection, organization_id, new, op_id=self.new_id()
                )
        return planned.report(revision)

    async def preview(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
    ) -> ImportReport:
        async with self._entered(organization_id) as connection:
            revision = revision_of(await connection.fetchrow(AT, organization_id))
            planned = await self._plan(connection, organization_id, entries, files, prune=prune)
        return planned.report(revision)

    async def _plan(
        self,
        connection: Connection,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        files: Sequence[str],
        *,
        prune: bool,
    ) -> "_Planned":
        given = [cleaned(entry) for entry in entries]
        sources = sorted({entry.source for entry in given})
        rows = await connection.fetch(KEPT, organization_id, sources, files, timeout=SAVE_TIMEOUT)
        kept = {row["id"]: to_entry(row) for row in rows}
        by_hand = await changes_by_hand(connection, organization_id, list(kept))
        merged = merge(list(kept.values()), given, new_id=self.new_id, by_hand=by_hand)
        return _Planned(kept, merged, merged.missing if prune else ())

    async def write(self, organization_id: UUID, new: NewRevision, *, at: int) -> int | None:
        async with self._locked(organization_id) as (connection, revision):
            if revision != at:
                return None
            return await write_revision(connection, organization_id, new, op_id=self.new_id())

    async def history(self, organization_id: UUID, *, limit: int) -> Sequence[Revision]:
        rows = await self._database.fetch_in(organization_id, HISTORY, organization_id, limit)
        return [to_revision(row) for row in rows]

    async def last(
        self, organization_id: UUID, *, undo: bool = False
    ) -> tuple[Revision, Sequence[Change]] | None:
        rows = await self._database.fetch_in(organization_id, LAST, organization_id, undo)
        if not rows:
            return None
        changes = [to_change(row) for row in rows if row["entry_id"] is not None]
        return to_revision(rows[0]), changes

    async def changed_after(self, organization_id: UUID, revision: int) -> Collection[UUID]:
        rows = await self._database.fetch_in(
            organization_id, CHANGED_AFTER, organization_id, revision
        )
        return {row["entry_id"] for row in rows}

    @property
    def _database(self) -> Database:
        return Database(pool=self.pool)

    @asynccontextmanager
    async def _locked(self, organization_id: UUID) -> AsyncIterator[tuple[Connection, int]]:
        """A transaction in which nobody else changes this knowledge, and its revision."""
        async with self._entered(organization_id) as connection:
            row = await connection.fetchrow(LOCK, organization_id)
            yield connection, revision_of(row)

    @asynccontextmanager
    async def _entered(self, organization_id: UUID) -> AsyncIterator[Connection]:
        """A transaction that sees one organization."""
        try:
            async with (
                self.pool.acquire(timeout=COMMAND_TIMEOUT) as connection,
                connection.transaction(),
            ):
                await connection.execute(ENTER, str(organization_id))
                yield connection
        except asyncpg.UniqueViolationError as error:
            raise UserError(
                "Another entry of the same source has this very answer: nothing was written. Give"
                " that one the question instead."
            ) from error
        except ERRORS as error:
            if not is_passing(error):
                raise
            raise UnavailableError(f"PostgreSQL: {type(error).__name__}") from error


@dataclass(frozen=True, slots=True)
class _Planned:
    """What an import is to do: with which entries of its sources, and which of them go."""

    kept: dict[UUID, Entry]
    merged: Changes
    gone: Sequence[UUID]

    @property
    def changes(self) -> Sequence[Change]:
        """All of it, entry by entry."""
        return [
            *(Change(before=None, after=entry) for entry in self.merged.added),
            *(Change(before=self.kept[entry.id], after=entry) for entry in self.merged.changed),
            *(Change(before=self.kept[entry_id], after=None) for entry_id in self.gone),
        ]

    def report(self, revision: int) -> ImportReport:
        """What is said of it."""
        return ImportReport(
            added=len(self.merged.added),
            changed=len(self.merged.changed),
            unchanged=self.merged.unchanged,
            revision=revision,
            missing=len(self.merged.missing) - len(self.gone),
            removed=len(self.gone),
        )


def _revision_in(rows: Sequence[asyncpg.Record]) -> int:
    return revision_of(rows[0] if rows else None)
