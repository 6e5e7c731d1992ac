"""Votes on answers: one row a person and answer."""

from dataclasses import dataclass
from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.accounts import Account

RATE = """
INSERT INTO user_feedback (message_id, user_id, organization_id, rating) VALUES ($1, $2, $3, $4)
ON CONFLICT (message_id, user_id) DO UPDATE SET rating = excluded.rating, at = now()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFeedback:
    """`Feedback` on PostgreSQL."""

    database: Database

    async def rate(self, account: Account, *, message_id: UUID, helpful: bool) -> None:
        rating = 1 if helpful else -1
        await self.database.fetch(
            RATE, message_id, account.user_id, account.organization_id, rating
        )
