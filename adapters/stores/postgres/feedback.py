"""Votes on answers: one row a person and answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from adapters.stores.postgres.connection import Database
from core.accounts import Account
from core.ports.feedback import Vote

# The row's organization is what the setting returns: so it is set before the row is looked at.
RATE = """
INSERT INTO user_feedback (message_id, user_id, organization_id, rating)
SELECT $1, $2, tenant.id::uuid, $4
  FROM (SELECT set_config('trialogue.organization', $3, true) AS id) AS tenant
ON CONFLICT (message_id, user_id) DO UPDATE SET rating = excluded.rating, at = now()
"""
UNRECORDED = "SELECT * FROM unrecorded_votes($1)"
MARK = "SELECT mark_votes($1, $2, $3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFeedback:
    """`Feedback` on PostgreSQL."""

    database: Database

    async def rate(self, account: Account, *, message_id: UUID, helpful: bool) -> None:
        rating = 1 if helpful else -1
        await self.database.fetch(
            RATE, message_id, account.user_id, str(account.organization_id), rating
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresVotes:
    """`Votes` on PostgreSQL: a trigger takes the mark off whatever is changed."""

    database: Database

    async def unrecorded(self, limit: int) -> Sequence[Vote]:
        return [to_vote(row) for row in await self.database.fetch(UNRECORDED, limit)]

    async def mark(self, votes: Sequence[Vote]) -> None:
        await self.database.fetch(
            MARK,
            [vote.message_id for vote in votes],
            [vote.user_id for vote in votes],
            [vote.at for vote in votes],
        )


def to_vote(row: asyncpg.Record) -> Vote:
    """Read a row of the table; before revision 0012 it has no words."""
    return Vote(
        message_id=row["message_id"],
        user_id=row["user_id"],
        organization_id=row["organization_id"],
        rating=row["rating"],
        at=row["at"],
        conversation_id=row.get("conversation_id"),
        comment=row.get("comment", ""),
        sentiment=row.get("sentiment"),
        sentiment_label=row.get("sentiment_label"),
    )
