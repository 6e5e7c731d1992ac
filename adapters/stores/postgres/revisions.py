"""Write changes of entries as one revision, in the transaction of whoever calls, and read them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from adapters.stores.postgres.connection import Connection
from adapters.stores.postgres.entries import content, from_json, to_json
from core.accounts import Resource
from core.entries import Entry
from core.errors import UserError
from core.ports.knowledge import Action, Change, NewRevision, Revision
from core.ports.ledger import NOBODY
from core.wording import counted

CHANNEL = "trialogue_knowledge"
SAVE_TIMEOUT = 120.0  # seconds for each statement of an import

REMOVE = "DELETE FROM knowledge_entries WHERE organization_id = $1 AND id = ANY ($2::uuid[])"

# In the transaction of the change: what is granted is used when it commits, or not at all.
CHARGE = """
SELECT r.granted, r.quota_limit, r.quota_left
  FROM reserve(ARRAY[$1::uuid], ARRAY[$2::uuid], ARRAY[$3::uuid], ARRAY[$4::text],
               ARRAY[$5::integer], ARRAY[interval '1 hour']) AS r
"""
CHARGED = (
    "SELECT applied FROM end_reservations(ARRAY[$1::uuid], ARRAY['settled'], ARRAY[$2::integer])"
)

# By the time of the statement, which begins when the organization's lock is held: what a later
# revision changes is later.
ADD = """
INSERT INTO knowledge_entries (id, organization_id, phrasings, answer, answer_hash, keywords,
                               source, tags, language, audience, passage, charged_period,
                               charged_op, updated_at)
SELECT n.id, $1, n.phrasings, n.answer, sha256(convert_to(n.answer, 'UTF8')), n.keywords, n.source,
       n.tags, n.language, n.audience, n.passage, this_period(), $3, statement_timestamp()
  FROM jsonb_to_recordset($2::jsonb)
       AS n (id uuid, phrasings text[], answer text, keywords text[], source text, tags text[],
             language text, audience text[], passage boolean)
 ORDER BY n.id
"""

CHANGE = """
UPDATE knowledge_entries e
   SET phrasings = n.phrasings, answer = n.answer, keywords = n.keywords, source = n.source,
       answer_hash = sha256(convert_to(n.answer, 'UTF8')), tags = n.tags, language = n.language,
       audience = n.audience, passage = n.passage, updated_at = statement_timestamp()
  FROM jsonb_to_recordset($2::jsonb)
       AS n (id uuid, phrasings text[], answer text, keywords text[], source text, tags text[],
             language text, audience text[], passage boolean)
 WHERE e.organization_id = $1 AND e.id = n.id
"""

RAISE = """
WITH raised AS (
    UPDATE organizations SET knowledge_revision = knowledge_revision + 1 WHERE id = $1
    RETURNING id, knowledge_revision
), told AS (
    INSERT INTO knowledge_revisions (organization_id, revision, added, changed, removed, action,
                                     actor, undoes)
    SELECT id, knowledge_revision, $2, $3, $4, $5, $6, $7 FROM raised
)
SELECT knowledge_revision, pg_notify($8, id::text) FROM raised
"""

WRITE_DOWN = """
INSERT INTO knowledge_changes (organization_id, revision, entry_id, before, after)
SELECT $1, $2, n.id, n.before, n.after
  FROM jsonb_to_recordset($3::jsonb) AS n (id uuid, before jsonb, after jsonb)
 ORDER BY n.id
"""

# Taken back, and not brought back again by a redo, which takes the undo back.
UNDONE = """
EXISTS (SELECT 1 FROM knowledge_revisions u
         WHERE u.organization_id = r.organization_id AND u.undoes = r.revision
           AND NOT EXISTS (SELECT 1 FROM knowledge_revisions d
                            WHERE d.organization_id = u.organization_id AND d.undoes = u.revision))
"""

REVISION = f"""
r.revision AS number, r.at, r.action, r.actor AS by, r.added, r.changed, r.removed, r.undoes,
       {UNDONE} AS undone, name_of_member(r.organization_id, r.actor) AS who,
       (SELECT coalesce(c.after, c.before) -> 'phrasings' ->> 0 FROM knowledge_changes c
         WHERE c.organization_id = r.organization_id AND c.revision = r.revision
         ORDER BY c.entry_id LIMIT 1) AS question
"""  # noqa: S608 - columns of ours

HISTORY = f"""
SELECT {REVISION} FROM knowledge_revisions r
 WHERE r.organization_id = $1 ORDER BY r.revision DESC LIMIT $2
"""  # noqa: S608 - columns of ours

BY_HAND = f"""
SELECT c.entry_id, c.before, c.after
  FROM knowledge_revisions r
  JOIN knowledge_changes c ON c.organization_id = r.organization_id AND c.revision = r.revision
 WHERE r.organization_id = $1 AND r.action IN ('add', 'edit') AND c.entry_id = ANY ($2::uuid[])
   AND NOT {UNDONE}
 ORDER BY r.revision
"""  # noqa: S608 - columns of ours

CHANGED_AFTER = f"""
SELECT DISTINCT c.entry_id
  FROM knowledge_revisions r
  JOIN knowledge_changes c ON c.organization_id = r.organization_id AND c.revision = r.revision
 WHERE r.organization_id = $1 AND r.revision > $2 AND r.action NOT IN ('undo', 'redo')
   AND NOT {UNDONE}
"""  # noqa: S608 - columns of ours

LAST = f"""
SELECT l.*, c.entry_id, c.before, c.after
  FROM (SELECT * FROM (SELECT {REVISION} FROM knowledge_revisions r
                        WHERE r.organization_id = $1 AND r.action <> 'redo'
                          AND (r.action = 'undo') = $2) AS all_of_them
         WHERE NOT undone ORDER BY number DESC LIMIT 1) AS l
  LEFT JOIN knowledge_changes c ON c.organization_id = $1 AND c.revision = l.number
 ORDER BY c.entry_id
"""  # noqa: S608 - columns of ours


async def changes_by_hand(
    connection: Connection, organization_id: UUID, entry_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[Change]]:
    """What people changed of these entries, one by one, and did not take back, in order."""
    rows = await connection.fetch(BY_HAND, organization_id, entry_ids, timeout=SAVE_TIMEOUT)
    found: dict[UUID, list[Change]] = {}
    for row in rows:
        found.setdefault(row["entry_id"], []).append(to_change(row))
    return found


async def write_revision(
    connection: Connection, organization_id: UUID, new: NewRevision, *, op_id: UUID
) -> int:
    """Write changes, and that they were made; the organization's row is locked by the caller."""
    removed = [one.before.id for one in new.changes if one.before and not one.after]
    changed = [one.after for one in new.changes if one.before and one.after]
    added = [one.after for one in new.changes if one.after and not one.before]
    if removed:  # first: what it gives back can be taken
        await connection.execute(REMOVE, organization_id, removed, timeout=SAVE_TIMEOUT)
    if changed:
        await connection.execute(CHANGE, organization_id, _rows(changed), timeout=SAVE_TIMEOUT)
    if added:
        await _charge(connection, op_id, organization_id, len(added))
        await connection.execute(ADD, organization_id, _rows(added), op_id, timeout=SAVE_TIMEOUT)
    counts = (len(added), len(changed), len(removed))
    row = await connection.fetchrow(
        RAISE, organization_id, *counts, new.action, new.by, new.undoes, CHANNEL
    )
    revision = revision_of(row)
    await connection.execute(
        WRITE_DOWN, organization_id, revision, _written_down(new.changes), timeout=SAVE_TIMEOUT
    )
    return revision


def revision_of(row: asyncpg.Record | None) -> int:
    """The revision in an organization's row. `UserError` without one."""
    if row is None:
        raise UserError("There is no such organization any more: name another one with --org.")
    revision: int = row["knowledge_revision"]
    return revision


def to_revision(row: asyncpg.Record) -> Revision:
    """Read a row with the columns of `REVISION`."""
    return Revision(
        number=row["number"],
        at=row["at"],
        action=Action(row["action"]),
        by=row["by"],
        added=row["added"],
        changed=row["changed"],
        removed=row["removed"],
        undoes=row["undoes"],
        undone=row["undone"],
        who=row["who"] or "",
        question=row["question"] or "",
    )


def to_change(row: asyncpg.Record) -> Change:
    """Read what a revision wrote down of an entry."""
    entry_id = row["entry_id"]
    return Change(
        before=from_json(entry_id, row["before"]), after=from_json(entry_id, row["after"])
    )


async def _charge(connection: Connection, op_id: UUID, organization_id: UUID, entries: int) -> None:
    """Take new entries of the organization's pool; `UserError` when there is no room for all."""
    row = await connection.fetchrow(
        CHARGE, op_id, organization_id, NOBODY, Resource.KNOWLEDGE_ENTRIES, entries
    )
    if row is None or not row["granted"]:
        left, limit = (row["quota_left"], row["quota_limit"]) if row else (0, 0)
        raise UserError(
            f"This would add {counted(entries, 'entry', 'entries')}, and {left:,} of {limit:,} are"
            " left this month: nothing was written. Remove some first, or have whoever runs the bot"
            " raise the limit: `trialogue plans --pool knowledge_entries=NUMBER`."
        )
    await connection.execute(CHARGED, op_id, entries)


def _rows(entries: Sequence[Entry]) -> str:
    return to_json([{"id": entry.id, **(content(entry) or {})} for entry in entries])


def _written_down(changes: Sequence[Change]) -> str:
    rows = []
    for one in changes:
        entry = one.after or one.before
        assert entry is not None  # noqa: S101 - so a change is made
        rows.append({"id": entry.id, "before": content(one.before), "after": content(one.after)})
    return to_json(rows)
