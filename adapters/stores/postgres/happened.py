"""What notifications and sessions rest on, where it lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.ports.notifications import AnsweredLater, MessagesUsed

ANSWERED = "SELECT * FROM answered_later($1, $2, $3)"
USED = "SELECT * FROM messages_used($1)"
VERSION = "SELECT token_version($1)"
END_ALL = "SELECT end_sessions($1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresHappened:
    """`Happened` on PostgreSQL."""

    database: Database

    async def answered_later(
        self, user_id: UUID, *, since: timedelta, limit: int
    ) -> Sequence[AnsweredLater]:
        return [
            AnsweredLater(
                message_id=row["message_id"], question=row["question"], at=row["answered_at"]
            )
            for row in await self.database.fetch(ANSWERED, user_id, since, limit)
        ]

    async def messages_used(self, user_id: UUID) -> Sequence[MessagesUsed]:
        return [
            MessagesUsed(
                organization_id=row["organization_id"],
                used=row["used"],
                limit=row["quota_limit"],
                period_ends=row["period_ends"],
                at=row["seen_at"],
            )
            for row in await self.database.fetch(USED, user_id)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresTokenVersions:
    """`TokenVersions` on PostgreSQL."""

    database: Database

    async def of(self, user_id: UUID) -> int | None:
        [row] = await self.database.fetch(VERSION, user_id)
        version: int | None = row[0]
        return version

    async def end_all(self, user_id: UUID) -> None:
        await self.database.fetch(END_ALL, user_id)
