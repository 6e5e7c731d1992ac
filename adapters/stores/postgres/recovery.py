"""Sweeping: heartbeats, and taking over what a vanished replica left."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.rows import to_exchange, to_late_turn, to_posting, to_waiting
from core.messages import Platform, Posting
from core.ports.inbox import Admitted
from core.ports.threads import Exchange, Turn

KEPT = timedelta(hours=48)  # platforms redeliver for less than that
CHAINS_KEPT = timedelta(days=30)

HEARTBEAT = "SELECT beat($1, $2)"
LEAVE = "SELECT leave($1)"
ADOPT_MESSAGES = "SELECT conversation_id FROM adopt_messages($1, $2, $3, $4)"
ADOPTED = "SELECT * FROM adopted_in($1, $2)"
POSTINGS = "SELECT * FROM adopt_postings($1, $2, $3, $4)"
UNRECORDED = "SELECT * FROM unrecorded($1, $2)"
LATE_TURNS = "SELECT * FROM late_turns_left($1, $2)"
EXPIRE = "SELECT expire($1)"
COOL = "SELECT cool_turns($1)"
EXPIRED = "SELECT refund_expired($1)"
FORGET = "SELECT forget($1, $2, $3) AS forgotten"


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
        rows = await self.database.fetch(ADOPTED, self.replica, conversations)
        return [to_waiting(row) for row in rows]

    async def postings(self, limit: int) -> Sequence[Posting]:
        rows = await self.database.fetch(
            POSTINGS, self.replica, self.platforms, self.timeout, limit
        )
        return [to_posting(row) for row in rows]

    async def unrecorded(self, limit: int) -> Sequence[Exchange]:
        return [
            to_exchange(row) for row in await self.database.fetch(UNRECORDED, self.timeout, limit)
        ]

    async def late_turns(self, limit: int) -> Sequence[Turn]:
        rows = await self.database.fetch(LATE_TURNS, self.timeout, limit)
        return [to_late_turn(row) for row in rows]

    async def expire(self, limit: int) -> int:
        rows = await self.database.fetch(EXPIRE, limit)
        expired: int = rows[0]["expire"]
        return expired

    async def cool(self, limit: int) -> int:
        rows = await self.database.fetch(COOL, limit)
        moved: int = rows[0]["cool_turns"]
        return moved

    async def refund_expired(self, limit: int) -> int:
        rows = await self.database.fetch(EXPIRED, limit)
        refunded: int = rows[0]["refund_expired"]
        return refunded

    async def forget(self, limit: int) -> int:
        rows = await self.database.fetch(FORGET, KEPT, CHAINS_KEPT, limit)
        forgotten: int = rows[0]["forgotten"]
        return forgotten
