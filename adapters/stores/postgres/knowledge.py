"""Knowledge entries and their revisions: the truth about what an organization knows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import asyncpg
import orjson
import uuid_utils.compat
from asyncpg.pool import PoolConnectionProxy

from adapters.stores.postgres.connection import (
    COMMAND_TIMEOUT,
    ENTER,
    ERRORS,
    Database,
    is_passing,
)
from core.accounts import Resource
from core.entries import Entry, NewEntry
from core.errors import UnavailableError, UserError
from core.knowledge.merge import Changes, merge
from core.ports.clock import NewId
from core.ports.knowledge import Gap, ImportReport, Snapshot
from core.ports.ledger import NOBODY
from core.text import clean

CHANNEL = "trialogue_knowledge"
SAVE_TIMEOUT = 120.0  # seconds for each statement of an import

LOAD = """
SELECT o.knowledge_revision, e.id, e.phrasings, e.answer, e.keywords, e.source
  FROM organizations o
  LEFT JOIN knowledge_entries e ON e.organization_id = o.id
 WHERE o.id = $1
 ORDER BY e.updated_at, e.id
"""

REVISION = "SELECT knowledge_revision FROM organizations WHERE id = $1"

LIST = """
SELECT id, phrasings, answer, keywords, source
  FROM knowledge_entries WHERE organization_id = $1
 ORDER BY id LIMIT $2 OFFSET $3
"""

# Not FOR UPDATE: a new space of the organization, which refers to this row, need not wait.
LOCK = "SELECT knowledge_revision FROM organizations WHERE id = $1 FOR NO KEY UPDATE"

# A page's entries have the places in it as their sources: page.md#heading.
KEPT = """
SELECT id, phrasings, answer, keywords, source
  FROM knowledge_entries
 WHERE organization_id = $1
   AND (source = ANY ($2::text[]) OR split_part(source, '#', 1) = ANY ($3::text[]))
 ORDER BY id
"""

REMOVE = "DELETE FROM knowledge_entries WHERE organization_id = $1 AND id = ANY ($2::uuid[])"

# In the transaction of the import: what is granted is used when it commits, or not at all.
CHARGE = """
SELECT r.granted, r.quota_limit, r.quota_left
  FROM reserve(ARRAY[$1::uuid], ARRAY[$2::uuid], ARRAY[$3::uuid], ARRAY[$4::text],
               ARRAY[$5::integer], ARRAY[interval '1 hour']) AS r
"""
CHARGED = (
    "SELECT applied FROM end_reservations(ARRAY[$1::uuid], ARRAY['settled'], ARRAY[$2::integer])"
)

ADD = """
INSERT INTO knowledge_entries (id, organization_id, phrasings, answer, answer_hash, keywords,
                               source, charged_period, charged_op)
SELECT n.id, $1, n.phrasings, n.answer, sha256(convert_to(n.answer, 'UTF8')), n.keywords, n.source,
       this_period(), $3
  FROM jsonb_to_recordset($2::jsonb)
       AS n (id uuid, phrasings text[], answer text, keywords text[], source text)
 ORDER BY n.id
"""

CHANGE = """
UPDATE knowledge_entries e
   SET phrasings = n.phrasings, answer = n.answer, keywords = n.keywords,
       answer_hash = sha256(convert_to(n.answer, 'UTF8')), updated_at = now()
  FROM jsonb_to_recordset($2::jsonb)
       AS n (id uuid, phrasings text[], answer text, keywords text[])
 WHERE e.organization_id = $1 AND e.id = n.id
"""

RAISE = """
WITH raised AS (
    UPDATE organizations SET knowledge_revision = knowledge_revision + 1 WHERE id = $1
    RETURNING id, knowledge_revision
), told AS (
    INSERT INTO knowledge_revisions (organization_id, revision, added, changed)
    SELECT id, knowledge_revision, $2, $3 FROM raised
)
SELECT knowledge_revision, pg_notify($4, id::text) FROM raised
"""

# The row's organization is what the setting returns: so it is set before the row is looked at.
GAP = """
INSERT INTO knowledge_gaps (organization_id, question_hash, question)
SELECT tenant.id::uuid, $2, $3
  FROM (SELECT set_config('trialogue.organization', $1, true) AS id) AS tenant
ON CONFLICT (organization_id, question_hash) DO UPDATE
   SET times = knowledge_gaps.times + 1, last_asked_at = now()
"""


GAPS = """
SELECT question, times, last_asked_at FROM knowledge_gaps WHERE organization_id = $1
 ORDER BY times DESC, last_asked_at DESC LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class PostgresKnowledge:
    """`Knowledge` on the entries table. A listener of `CHANNEL` hears of each change."""

    pool: asyncpg.Pool
    new_id: NewId = uuid_utils.compat.uuid7

    async def load(self, organization_id: UUID) -> Snapshot:
        rows = await self._database.fetch_in(organization_id, LOAD, organization_id)
        if not rows:
            raise UserError("There is no such organization.")
        entries = tuple(_to_entry(row) for row in rows if row["id"] is not None)
        return Snapshot(revision=rows[0]["knowledge_revision"], entries=entries)

    async def revision(self, organization_id: UUID) -> int:
        rows = await self._database.fetch(REVISION, organization_id)
        return _revision(rows[0] if rows else None)

    async def list(self, organization_id: UUID, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        rows = await self._database.fetch_in(organization_id, LIST, organization_id, limit, offset)
        return [_to_entry(row) for row in rows]

    async def note_gap(self, organization_id: UUID, question: str) -> None:
        question = clean(question)
        question_hash = sha256(question.encode()).digest()
        await self._database.fetch(GAP, str(organization_id), question_hash, question)

    async def gaps(self, organization_id: UUID, *, limit: int) -> Sequence[Gap]:
        rows = await self._database.fetch_in(organization_id, GAPS, organization_id, limit)
        return [Gap(**row) for row in rows]

    async def remove(self, organization_id: UUID, entry_ids: Sequence[UUID]) -> int:
        async with self._transaction(organization_id) as connection:
            _revision(await connection.fetchrow(LOCK, organization_id))
            removed = await _remove(connection, organization_id, entry_ids)
            if removed:
                await connection.fetchrow(RAISE, organization_id, 0, removed, CHANNEL)
        return removed

    async def save(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
    ) -> ImportReport:
        given = [_clean(entry) for entry in entries]
        sources = sorted({entry.source for entry in given})
        async with self._transaction(organization_id) as connection:
            revision = _revision(await connection.fetchrow(LOCK, organization_id))
            kept = await connection.fetch(
                KEPT, organization_id, sources, files, timeout=SAVE_TIMEOUT
            )
            changes = merge([_to_entry(row) for row in kept], given, new_id=self.new_id)
            gone = changes.missing if prune else ()
            if changes.added or changes.changed or gone:
                revision = await _write(connection, organization_id, changes, gone)
        return ImportReport(
            added=len(changes.added),
            changed=len(changes.changed),
            unchanged=changes.unchanged,
            revision=revision,
            missing=len(changes.missing) - len(gone),
            removed=len(gone),
        )

    @property
    def _database(self) -> Database:
        return Database(pool=self.pool)

    @asynccontextmanager
    async def _transaction(
        self, organization_id: UUID
    ) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        try:
            async with (
                self.pool.acquire(timeout=COMMAND_TIMEOUT) as connection,
                connection.transaction(),
            ):
                await connection.execute(ENTER, str(organization_id))
                yield connection
        except ERRORS as error:
            if not is_passing(error):
                raise
            raise UnavailableError(f"PostgreSQL: {type(error).__name__}") from error


async def _write(
    connection: "PoolConnectionProxy[asyncpg.Record]",
    organization_id: UUID,
    changes: Changes,
    gone: Sequence[UUID],
) -> int:
    await _remove(connection, organization_id, gone)  # first: what it gives back can be taken
    if changes.changed:
        await connection.execute(
            CHANGE, organization_id, _rows(changes.changed), timeout=SAVE_TIMEOUT
        )
    if changes.added:
        op_id = changes.added[0].id
        await _charge(connection, op_id, organization_id, len(changes.added))
        await connection.execute(
            ADD, organization_id, _rows(changes.added), op_id, timeout=SAVE_TIMEOUT
        )
    added, changed = len(changes.added), len(changes.changed) + len(gone)
    return _revision(await connection.fetchrow(RAISE, organization_id, added, changed, CHANNEL))


async def _remove(
    connection: "PoolConnectionProxy[asyncpg.Record]",
    organization_id: UUID,
    entry_ids: Sequence[UUID],
) -> int:
    if not entry_ids:
        return 0
    status = await connection.execute(REMOVE, organization_id, entry_ids, timeout=SAVE_TIMEOUT)
    return int(status.rpartition(" ")[2])


async def _charge(
    connection: "PoolConnectionProxy[asyncpg.Record]",
    op_id: UUID,
    organization_id: UUID,
    entries: int,
) -> None:
    """Take new entries of the organization's pool; `UserError` when there is no room for all."""
    row = await connection.fetchrow(
        CHARGE, op_id, organization_id, NOBODY, Resource.KNOWLEDGE_ENTRIES, entries
    )
    if row is None or not row["granted"]:
        left, limit = (row["quota_left"], row["quota_limit"]) if row else (0, 0)
        raise UserError(
            f"This would add {entries:,} entries, and {left:,} of {limit:,} are left this month:"
            " nothing was written."
        )
    await connection.execute(CHARGED, op_id, entries)


def _rows(entries: Sequence[Entry]) -> str:
    return orjson.dumps(entries, default=str).decode()


def _revision(row: asyncpg.Record | None) -> int:
    if row is None:
        raise UserError("There is no such organization.")
    revision: int = row["knowledge_revision"]
    return revision


def _clean(entry: NewEntry) -> NewEntry:
    return NewEntry(
        phrasings=tuple(clean(phrasing) for phrasing in entry.phrasings),
        answer=clean(entry.answer),
        keywords=tuple(clean(keyword) for keyword in entry.keywords),
        source=clean(entry.source),
    )


def _to_entry(row: asyncpg.Record) -> Entry:
    return Entry(
        id=row["id"],
        phrasings=tuple(row["phrasings"]),
        answer=row["answer"],
        keywords=tuple(row["keywords"]),
        source=row["source"],
    )
