"""Votes on answers, by person: the last one on each."""

from dataclasses import dataclass
from uuid import UUID

from adapters.stores.scylla.cql import Cql, Write
from adapters.stores.scylla.times import question_time
from core.accounts import Account

RATE = """
INSERT INTO user_feedback (user_id, ts, message_id, organization_id, rating)
VALUES (?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScyllaFeedback:
    """`Feedback` in CQL. The time in a message's id makes a second vote the same row."""

    cql: Cql

    async def rate(self, account: Account, *, message_id: UUID, helpful: bool) -> None:
        row = (
            account.user_id,
            question_time(message_id),
            message_id,
            account.organization_id,
            1 if helpful else -1,
        )
        await self.cql.write([Write(RATE, row)])
