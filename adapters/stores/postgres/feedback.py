"""Votes on answers: one row a person and answer."""

from dataclasses import dataclass
from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.accounts import Account

# The row's organization is what the setting returns: so it is set before the row is looked at.
RATE = """
INSERT INTO user_feedback (message_id, user_id, organization_id, rating)
SELECT $1, $2, tenant.id::uuid, $4
  FROM (SELECT set_config('trialogue.organization', $3, true) AS id) AS tenant
ON CONFLICT (message_id, user_id) DO UPDATE SET rating = excluded.rating, at = now()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFeedback:
    """`Feedback` on PostgreSQL."""

    database: Database

    async def rate(self, account: Account, *, message_id: UUID, helpful: bool) -> None:
        rating = 1 if helpful else -1
        await self.database.fetch(
            RATE, message_id, account.user_id, str(account.organization_id), rating
        )
