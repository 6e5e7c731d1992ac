"""Turns of conversations: the embedded default of the thread store."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

import asyncpg

from adapters.stores.grouping import Grouping
from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.rows import to_exchange, to_late_turn
from core.ports.threads import Exchange, Position, Turn
from core.text import clean

APPEND = "SELECT append_turns($1, $2, $3, $4, $5, $6, $7, $8)"
MARK = "SELECT mark_recorded($1)"
MARK_LATE = "SELECT mark_late_turns($1)"
HISTORY = "SELECT * FROM history($1, $2, $3, $4, $5)"
CONVERSATIONS = "SELECT conversations_of($1)"
UNRECORDED = "SELECT * FROM unrecorded_in($1)"
LATE = "SELECT * FROM late_turns_in($1)"
UNRECORDED_CONVERSATIONS = "SELECT unrecorded_conversations_of($1)"
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
LAST = Position(at=datetime(9999, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresThreads:
    """`Threads` on PostgreSQL."""

    database: Database
    appends: Grouping[Sequence[Turn], None]

    @classmethod
    @asynccontextmanager
    async def open(cls, *, database: Database) -> AsyncIterator[Self]:
        """Group calls while the context is open."""
        appends = Grouping(execute=_Append(database=database))
        async with appends.running():
            yield cls(database=database, appends=appends)

    async def append(self, turns: Sequence[Turn]) -> None:
        await self.appends(turns)

    async def history(
        self,
        conversation_id: UUID,
        *,
        limit: int,
        before: Position | None = None,
        since: datetime | None = None,
    ) -> Sequence[Turn]:
        end = before or LAST
        rows = await self.database.fetch(
            HISTORY, conversation_id, limit, end.at, end.id, since or FIRST
        )
        return [to_turn(row) for row in rows]

    async def conversations_of(self, user_id: UUID) -> Sequence[UUID]:
        return [row[0] for row in await self.database.fetch(CONVERSATIONS, user_id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresUnrecorded:
    """`Unrecorded` on the inbox table, and the one of late answers."""

    database: Database

    async def exchanges(self, conversation_id: UUID) -> Sequence[Exchange]:
        rows = await self.database.fetch(UNRECORDED, conversation_id)
        return [to_exchange(row) for row in rows]

    async def late(self, conversation_id: UUID) -> Sequence[Turn]:
        rows = await self.database.fetch(LATE, conversation_id)
        return [to_late_turn(row) for row in rows]

    async def conversations_of(self, user_id: UUID) -> Sequence[UUID]:
        rows = await self.database.fetch(UNRECORDED_CONVERSATIONS, user_id)
        return [row[0] for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresRecorded:
    """`Recorded` on the inbox table."""

    marks: Grouping[UUID, None]
    late_marks: Grouping[UUID, None]

    @classmethod
    @asynccontextmanager
    async def open(cls, *, database: Database) -> AsyncIterator[Self]:
        """Group calls while the context is open."""
        marks = Grouping(execute=_Mark(database=database, statement=MARK))
        late_marks = Grouping(execute=_Mark(database=database, statement=MARK_LATE))
        async with marks.running(), late_marks.running():
            yield cls(marks=marks, late_marks=late_marks)

    async def mark(self, message_id: UUID) -> None:
        await self.marks(message_id)

    async def mark_late(self, turn_id: UUID) -> None:
        await self.late_marks(turn_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Append:
    database: Database

    async def __call__(self, group: Sequence[Sequence[Turn]]) -> Sequence[None]:
        turns = [turn for one in group for turn in one]
        await self.database.fetch(
            APPEND,
            [turn.conversation_id for turn in turns],
            [turn.at for turn in turns],
            [turn.id for turn in turns],
            [turn.organization_id for turn in turns],
            [turn.user_id for turn in turns],
            [turn.actor for turn in turns],
            [clean(turn.text) for turn in turns],
            [turn.confidence for turn in turns],
        )
        return [None] * len(group)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    database: Database
    statement: str

    async def __call__(self, group: Sequence[UUID]) -> Sequence[None]:
        await self.database.fetch(self.statement, group)
        return [None] * len(group)


def to_turn(row: asyncpg.Record) -> Turn:
    """Read a row of the table `turns`."""
    return Turn(
        id=row["id"],
        organization_id=row["organization_id"],
        conversation_id=row["conversation_id"],
        user_id=row["user_id"],
        actor=row["actor"],
        text=row["text"],
        confidence=row["confidence"],
        at=row["at"],
    )
