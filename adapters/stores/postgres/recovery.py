"""Sweeping: heartbeats, and taking over what a vanished replica left."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.rows import MESSAGE, to_posting, to_waiting
from core.messages import Platform, Posting
from core.ports.inbox import Admitted
from core.ports.threads import Exchange

KEPT = timedelta(hours=48)  # platforms redeliver for less than that
CHAINS_KEPT = timedelta(days=30)

HEARTBEAT = "SELECT beat($1, $2)"
LEAVE = """
WITH gone AS (DELETE FROM replicas WHERE id = $1)
UPDATE inbox SET owner = NULL WHERE owner = $1 AND state = 'open'
"""
ADOPT_MESSAGES = "SELECT conversation_id FROM adopt_messages($1, $2, $3, $4)"
ADOPTED = """
SELECT * FROM open_messages WHERE conversation_id = ANY ($1) AND owner = $2
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
EXPIRED = "SELECT refund_expired($1)"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresRecovery:
    """`Recovery` on PostgreSQL.

    `platforms` are those this replica can answer on; `timeout` is how long a replica may be silent.
    """

    database: Database
    replica: UUID
    timeout: timedelta
    platforms: Collection[Platform] = tuple(Platform)

    async def heartbeat(self) -> None:
        await self.database.fetch(HEARTBEAT, self.replica, self.timeout)

    async def leave(self) -> None:
        await self.database.fetch(LEAVE, self.replica)

    async def messages(self, limit: int) -> Sequence[Admitted]:
        found = await self.database.fetch(
            ADOPT_MESSAGES, self.replica, self.platforms, self.timeout, limit
        )
        if not found:
            return []
        conversations = [row["conversation_id"] for row in found]
        rows = await self.database.fetch(ADOPTED, conversations, self.replica)
        return [to_waiting(row) for row in rows]

    async def postings(self, limit: int) -> Sequence[Posting]:
        rows = await self.database.fetch(
            POSTINGS, self.replica, self.platforms, self.timeout, limit
        )
        return [to_posting(row) for row in rows]

    async def unrecorded(self, limit: int) -> Sequence[Exchange]:
        rows = await self.database.fetch(UNRECORDED, self.timeout, limit)
        return [
            Exchange(
                message_id=row["id"],
                organization_id=row["organization_id"],
                conversation_id=row["conversation_id"],
                user_id=row["user_id"],
                question=MESSAGE.validate_json(row["message"]).text,
                asked_at=row["received_at"],
                answer=row["answer"],
                confidence=row["confidence"],
                answered_at=row["settled_at"],
            )
            for row in rows
        ]

    async def refund_expired(self, limit: int) -> int:
        rows = await self.database.fetch(EXPIRED, limit)
        refunded: int = rows[0]["refund_expired"]
        return refunded

    async def forget(self, limit: int) -> int:
        rows = await self.database.fetch(FORGET, KEPT, CHAINS_KEPT, limit)
        forgotten: int = rows[0]["forgotten"]
        return forgotten
