"""The outbox: the ends of postings, grouped, and the heads that they free."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from uuid import UUID

from adapters.stores.grouping import Grouping
from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.rows import to_posting
from core.messages import Delivery, Posting
from core.ports.clock import NewId
from core.ports.inbox import Admitted

FINISH = "SELECT * FROM finish($1,$2,$3,$4,$5,$6,$7,$8)"
NOTICE = "SELECT * FROM notice($1,$2,$3,$4,$5,$6)"
DUE = "SELECT * FROM send_due($1,$2)"
NOW = timedelta(0)
SHORTEST_DELAY = timedelta(milliseconds=1)  # without one, the end itself would send it again


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How one attempt to post ended."""

    posting: Posting
    state: str
    delay: timedelta = NOW
    plain: bool = False
    reason: str | None = None
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresOutbox:
    """`Outbox` on PostgreSQL."""

    database: Database
    replica: UUID
    new_id: NewId
    ends: Grouping[End, Sequence[Posting]]

    @classmethod
    @asynccontextmanager
    async def open(cls, *, database: Database, replica: UUID, new_id: NewId) -> AsyncIterator[Self]:
        """Group calls while the context is open."""
        statement = _Finish(database=database, replica=replica)
        ends = Grouping(execute=statement)
        async with ends.running():
            yield cls(database=database, replica=replica, new_id=new_id, ends=ends)

    async def sent(self, posting: Posting, delivery: Delivery) -> Sequence[Posting]:
        return await self.ends(End(posting=posting, state="sent", delivery=delivery))

    async def later(
        self, posting: Posting, delay: timedelta, *, reason: str, unconfirmed: bool = False
    ) -> Sequence[Posting]:
        state = "ambiguous" if unconfirmed else "pending"
        return await self.ends(
            End(posting=posting, state=state, delay=max(delay, SHORTEST_DELAY), reason=reason)
        )

    async def plain(self, posting: Posting) -> Sequence[Posting]:
        return await self.ends(End(posting=posting, state="pending", plain=True))

    async def dead(self, posting: Posting, reason: str) -> Sequence[Posting]:
        return await self.ends(End(posting=posting, state="dead", reason=reason))

    async def notice(self, admitted: Admitted, text: str, *, private: bool) -> Sequence[Posting]:
        message = admitted.message
        platform = message.conversation.platform
        rows = await self.database.fetch(
            NOTICE, self.replica, platform, message.dedupe_key, self.new_id(), text, private
        )
        return [to_posting(row) for row in rows]

    async def due(self, conversation_ids: Sequence[UUID]) -> Sequence[Posting]:
        rows = await self.database.fetch(DUE, self.replica, conversation_ids)
        return [to_posting(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finish:
    database: Database
    replica: UUID

    async def __call__(self, group: Sequence[End]) -> Sequence[Sequence[Posting]]:
        rows = await self.database.fetch(
            FINISH,
            self.replica,
            [end.posting.id for end in group],
            [end.posting.conversation_id for end in group],
            [end.state for end in group],
            [end.delay for end in group],
            [end.plain for end in group],
            [end.reason for end in group],
            [" ".join(end.delivery.message_ids) if end.delivery else None for end in group],
        )
        freed: list[list[Posting]] = [[] for _ in group]
        for row in rows:
            freed[row["n"] - 1].append(to_posting(row["posting"]))
        return freed
