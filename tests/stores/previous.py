"""The statements of the release before this one, as it sends them, with the rights that it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from adapters.stores.postgres.rows import message_json
from bots.clock import new_id
from core.messages import IncomingMessage

RELEASE = "0002"
"""The revision it knows."""

ADMIT = "SELECT * FROM admit($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)"
SETTLE = "SELECT * FROM settle($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)"
WAITING = """
SELECT * FROM waiting_messages WHERE conversation_id = $1 AND owner = $2 ORDER BY sequence
"""
REDRIVE = """
UPDATE inbox SET crash_count = crash_count + 1
 WHERE platform = $1 AND dedupe_key = $2 AND state = 'open' RETURNING crash_count
"""
FINISH = "SELECT * FROM finish($1,$2,$3,$4,$5,$6,$7,$8)"
NOTICE = "SELECT * FROM notice($1,$2,$3,$4,$5)"
DUE = "SELECT * FROM send_due($1,$2)"
HEARTBEAT = "SELECT beat($1, $2)"
LEAVE = """
WITH gone AS (DELETE FROM replicas WHERE id = $1)
UPDATE inbox SET owner = NULL WHERE owner = $1 AND state = 'open'
"""
ADOPT_MESSAGES = "SELECT conversation_id FROM adopt_messages($1, $2, $3, $4)"
ADOPTED = """
SELECT * FROM waiting_messages WHERE conversation_id = ANY ($1) AND owner = $2
 ORDER BY conversation_id, sequence
"""
POSTINGS = "SELECT * FROM adopt_postings($1, $2, $3, $4)"
UNRECORDED = """
SELECT id, organization_id, conversation_id, user_id, message, received_at, answer, confidence,
       settled_at
  FROM inbox
 WHERE state = 'settled' AND NOT recorded AND settled_at < now() - $1::interval
 ORDER BY id LIMIT $2
"""
FORGET = """
WITH old_inbox AS (
    DELETE FROM inbox WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM inbox
         WHERE received_at < now() - $1::interval AND state = 'settled' AND recorded LIMIT $3))
    RETURNING 1
), old_outbox AS (
    DELETE FROM outbox WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM outbox
         WHERE written_at < now() - $1::interval AND state IN ('sent', 'dead') LIMIT $3))
    RETURNING 1
), old_chains AS (
    DELETE FROM chains WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM chains WHERE at < now() - $2::interval LIMIT $3))
    RETURNING 1
), old_replicas AS (
    DELETE FROM replicas WHERE heartbeat_at < now() - $1::interval
)
SELECT (SELECT count(*) FROM old_inbox) + (SELECT count(*) FROM old_outbox)
     + (SELECT count(*) FROM old_chains) AS forgotten
"""
SEEN = """
SELECT key, direct, last_message_id FROM conversations
 WHERE key LIKE $1 || ':%' AND last_message_id <> '' AND last_at > now() - $2::interval
"""
APPEND = """
WITH unsynced AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO turns (conversation_id, at, id, organization_id, user_id, actor, text, confidence)
SELECT t.* FROM unsynced, unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::uuid[],
                                 $6::text[], $7::text[], $8::real[]) AS t
 ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING
"""
MARK = "SELECT mark_recorded($1)"
HISTORY = """
SELECT * FROM (SELECT * FROM turns WHERE conversation_id = $1 ORDER BY at DESC, id DESC LIMIT $2)
 ORDER BY at, id
"""
RATE = """
INSERT INTO user_feedback (message_id, user_id, organization_id, rating) VALUES ($1, $2, $3, $4)
ON CONFLICT (message_id, user_id) DO UPDATE SET rating = excluded.rating, at = now()
"""
INVITE = """
WITH known AS (
    SELECT user_id FROM identities WHERE platform = $2 AND scope = $3 AND id = $4
), account AS (
    INSERT INTO users (display_name) SELECT $5 WHERE NOT EXISTS (SELECT 1 FROM known)
    RETURNING id
), identity AS (
    INSERT INTO identities (platform, scope, id, user_id)
    SELECT $2, $3, $4, account.id FROM account
    RETURNING user_id
)
INSERT INTO memberships (user_id, organization_id)
SELECT user_id, $1 FROM (SELECT user_id FROM known UNION ALL SELECT user_id FROM identity) AS person
ON CONFLICT DO NOTHING
RETURNING user_id
"""
FIND = "SELECT id FROM organizations WHERE CASE WHEN $1 = '' THEN is_default ELSE name = $1 END"
NAMES = "SELECT name FROM organizations ORDER BY is_default DESC, name LIMIT 10"
ENTRIES = "SELECT count(*) AS entries FROM knowledge_entries"
LOAD = """
SELECT o.knowledge_revision, e.id, e.phrasings, e.answer, e.keywords, e.source
  FROM organizations o
  LEFT JOIN knowledge_entries e ON e.organization_id = o.id
 WHERE o.id = $1
 ORDER BY e.updated_at, e.id
"""
LIST = """
SELECT id, phrasings, answer, keywords, source
  FROM knowledge_entries WHERE organization_id = $1
 ORDER BY id LIMIT $2 OFFSET $3
"""
LOCK = "SELECT knowledge_revision FROM organizations WHERE id = $1 FOR NO KEY UPDATE"
KEPT = """
SELECT id, phrasings, answer, keywords, source
  FROM knowledge_entries WHERE organization_id = $1 AND source = ANY ($2::text[])
 ORDER BY id
"""
ADD = """
INSERT INTO knowledge_entries
       (id, organization_id, phrasings, answer, answer_hash, keywords, source)
SELECT n.id, $1, n.phrasings, n.answer, sha256(convert_to(n.answer, 'UTF8')), n.keywords, n.source
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
GAP = """
INSERT INTO knowledge_gaps (organization_id, question_hash, question) VALUES ($1, $2, $3)
ON CONFLICT (organization_id, question_hash) DO UPDATE
   SET times = knowledge_gaps.times + 1, last_asked_at = now()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """A replica of the release before this one."""

    pool: asyncpg.Pool
    id: UUID

    async def admit(self, message: IncomingMessage) -> asyncpg.Record:
        """Admit one message as it does."""
        place, space = message.conversation, message.space
        [row] = await self.pool.fetch(
            ADMIT,
            self.id,
            "members",
            [new_id()],
            [place.platform],
            [message.dedupe_key],
            [message.message_key],
            [place.place],
            [place.root],
            [place.direct],
            [space.id if space else None],
            [message.author.scope],
            [message.author.id],
            [message.author.name],
            [message.message_id],
            [message.reply_to],
            [message_json(message)],
        )
        return row

    async def settle(
        self, message: IncomingMessage, admitted: asyncpg.Record, *parts: str
    ) -> asyncpg.Record:
        """Settle one message as it does, counted and remembered."""
        [row] = await self.pool.fetch(
            SETTLE,
            self.id,
            [message.conversation.platform],
            [message.dedupe_key],
            [admitted["conversation_id"]],
            [admitted["attempt"]],
            ["answered"],
            ["".join(parts)],
            [0.9],
            [True],
            [True],
            [False],
            [None],
            [1] * len(parts),
            [new_id() for _ in parts],
            parts,
        )
        return row

    async def finish(self, posting: asyncpg.Record, state: str = "sent") -> Sequence[object]:
        """End one posting as it does."""
        return await self.pool.fetch(
            FINISH,
            self.id,
            [posting["id"]],
            [posting["conversation_id"]],
            [state],
            [timedelta(0)],
            [False],
            [None],
            [f"m{posting['id'].hex[:6]}"],
        )
