"""The inbox: admission and settlement, grouped."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from adapters.stores.grouping import Grouping
from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.rows import (
    buttons_json,
    message_json,
    to_admitted,
    to_posting,
    to_waiting,
)
from core.accounts import Access
from core.messages import IncomingMessage
from core.ports.clock import NewId
from core.ports.inbox import Admitted, Settled, Settlement

ADMIT = "SELECT * FROM admit_messages($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)"
SETTLE = """
SELECT * FROM settle_messages($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,
                              $20,$21)
"""
WAITING = "SELECT * FROM waiting_in($1, $2)"
REDRIVE = "SELECT redrive($1, $2) AS crash_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresInbox:
    """`Inbox` on PostgreSQL. One statement at a time for each of admission and settlement."""

    database: Database
    replica: UUID
    access: Access
    admissions: Grouping[tuple[UUID, IncomingMessage], Admitted]
    settlements: Grouping[Settlement, Settled]

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, database: Database, replica: UUID, access: Access, new_id: NewId
    ) -> AsyncIterator[Self]:
        """Group calls while the context is open."""
        statements = _Statements(database=database, replica=replica, access=access, new_id=new_id)
        inbox = cls(
            database=database,
            replica=replica,
            access=access,
            admissions=Grouping(execute=statements.admit),
            settlements=Grouping(execute=statements.settle),
        )
        async with inbox.admissions.running(), inbox.settlements.running():
            yield inbox

    async def admit(self, message: IncomingMessage, *, message_id: UUID) -> Admitted:
        return await self.admissions((message_id, message))

    async def settle(self, settlement: Settlement) -> Settled:
        return await self.settlements(settlement)

    async def waiting(self, conversation_id: UUID) -> Sequence[Admitted]:
        rows = await self.database.fetch(WAITING, self.replica, conversation_id)
        return [to_waiting(row) for row in rows]

    async def redrive(self, admitted: Admitted) -> int:
        message = admitted.message
        platform = message.conversation.platform
        rows = await self.database.fetch(REDRIVE, platform, message.dedupe_key)
        return rows[0]["crash_count"] or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statements:
    """A group of calls as the arguments of one function of the database."""

    database: Database
    replica: UUID
    access: Access
    new_id: NewId

    async def admit(self, group: Sequence[tuple[UUID, IncomingMessage]]) -> Sequence[Admitted]:
        messages = [message for _, message in group]
        places = [message.conversation for message in messages]
        rows = await self.database.fetch(
            ADMIT,
            self.replica,
            self.access,
            [message_id for message_id, _ in group],
            [place.platform for place in places],
            [message.dedupe_key for message in messages],
            [message.message_key for message in messages],
            [place.place for place in places],
            [place.root for place in places],
            [place.direct for place in places],
            [message.space.id if message.space else None for message in messages],
            [message.author.scope for message in messages],
            [message.author.id for message in messages],
            [message.author.name for message in messages],
            [message.message_id for message in messages],
            [message.reply_to for message in messages],
            [message_json(message) for message in messages],
        )
        return [to_admitted(row, message) for row, message in zip(rows, messages, strict=True)]

    async def settle(self, group: Sequence[Settlement]) -> Sequence[Settled]:
        messages = [settlement.admitted.message for settlement in group]
        parts = [(n, text) for n, one in enumerate(group, start=1) for text in one.parts]
        notices = [(n, notice) for n, one in enumerate(group, start=1) for notice in one.notices]
        # People of one plan have the same words coming: they go over the wire once.
        words = dict.fromkeys(notice for _, notice in notices)
        places = {notice: place for place, notice in enumerate(words, start=1)}
        rows = await self.database.fetch(
            SETTLE,
            self.replica,
            [message.conversation.platform for message in messages],
            [message.dedupe_key for message in messages],
            [settlement.admitted.conversation_id for settlement in group],
            [settlement.admitted.attempt for settlement in group],
            [settlement.outcome for settlement in group],
            [settlement.answer for settlement in group],
            [settlement.confidence for settlement in group],
            [settlement.counted for settlement in group],
            [settlement.remembered for settlement in group],
            [settlement.private for settlement in group],
            [buttons_json(settlement.buttons) for settlement in group],
            [n for n, _ in parts],
            [self.new_id() for _ in parts],
            [text for _, text in parts],
            [n for n, _ in notices],
            [notice.pool for _, notice in notices],
            [notice.at for _, notice in notices],
            [places[notice] for _, notice in notices],
            [notice.text for notice in words],
            [buttons_json(notice.buttons) for notice in words],
        )
        return [
            Settled(
                applied=row["applied"],
                at=row["settled_at"],
                postings=[to_posting(row["posting"])] if row["posting"] else [],
            )
            for row in rows
        ]
