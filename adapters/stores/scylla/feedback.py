"""Votes on answers, by person: the last one on each."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.stores.scylla.cql import Cql, Write
from adapters.stores.scylla.lifetimes import Keep
from adapters.stores.scylla.times import microseconds, question_time
from core.ports.clock import Clock
from core.ports.feedback import Vote
from core.text import clean

# The time of a write is the time of the vote: written twice it is the same row, an older version
# does not replace a newer one, and what was deleted stays deleted, whatever any clock says.
RATE = """
INSERT INTO user_feedback (user_id, ts, message_id, organization_id, rating, at, conversation_id,
                           comment, sentiment, sentiment_label)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?
"""
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScyllaVotes:
    """`VoteMirror` in CQL. The time in a message's id makes a second vote the same row.

    Votes live as long as the conversations that they are about.
    """

    cql: Cql
    clock: Clock
    keep: Keep

    async def write(self, vote: Vote) -> None:
        left = vote.at + await self.keep(vote.organization_id) - self.clock()
        if left < SECOND:
            return
        row = (
            vote.user_id,
            question_time(vote.message_id),
            vote.message_id,
            vote.organization_id,
            vote.rating,
            vote.at,
            vote.conversation_id,
            clean(vote.comment),
            vote.sentiment,
            vote.sentiment_label,
            microseconds(vote.at),
            int(left.total_seconds()),
        )
        await self.cql.write([Write(RATE, row)])
