"""What the database says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.stores.postgres.connection import open_pool
from tests.history.recording import Key

MESSAGES = """
SELECT b.platform, c.key AS conversation, b.message ->> 'message_id' AS id, b.dedupe_key, b.state
  FROM inbox b JOIN conversations c ON c.id = b.conversation_id
 ORDER BY c.key, b.sequence
"""
POSTINGS = """
SELECT b.platform, c.key AS conversation, o.sequence, o.part, o.state, o.message_ids,
       b.message ->> 'message_id' AS answers
  FROM outbox o
  JOIN inbox b ON b.id = o.inbox_id
  JOIN conversations c ON c.id = o.conversation_id
 ORDER BY c.key, o.sequence, o.part
"""
LEFTOVERS = """
SELECT (SELECT count(*) FROM inbox WHERE state <> 'settled') AS "messages not settled",
       (SELECT count(*) FROM inbox WHERE state = 'settled' AND NOT recorded)
           AS "messages whose turns are not written",
       (SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'dead'))
           AS "postings neither sent nor given up"
"""
NUMBERS = """
SELECT (SELECT count(*) FROM usage_records WHERE resource_type = 'messages') AS counted,
       (SELECT coalesce(sum(used), 0) FROM quotas WHERE resource_type = 'messages')::bigint AS used,
       (SELECT count(*) FROM inbox) AS admitted,
       (SELECT count(*) FROM turns) AS turns,
       (SELECT count(*) FROM inbox WHERE outcome = 'answered') AS answered,
       (SELECT count(*) FROM outbox WHERE state = 'dead') AS dead,
       (SELECT count(*) - count(DISTINCT op_id) FROM usage_records) AS counted_again,
       (SELECT count(*) - count(DISTINCT id) FROM turns) AS turns_again,
       (SELECT count(*) FROM inbox b
         WHERE b.outcome = 'answered' AND b.user_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM usage_records u WHERE u.op_id = b.id)) AS uncounted
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Sums over the whole database.

    `counted` are the messages in the ledger and `used` what their quotas add up to;
    `counted_again` and `turns_again` are repeats in them, and `uncounted` answers that the ledger
    lacks.
    """

    counted: int
    used: int
    admitted: int
    turns: int
    answered: int
    dead: int
    counted_again: int
    turns_again: int
    uncounted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that was admitted, at its place in its conversation.

    `event` is the platform's name for a command or a click, which are no messages there.
    """

    key: Key
    event: Key
    conversation: str
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A posting that the outbox holds for sent, in the order in which they should appear.

    `messages` are the platform's ids, none where the platform named none; `answers` is the message
    it answers.
    """

    messages: Sequence[Key]
    conversation: str
    answers: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All of it, conversation by conversation."""

    messages: Sequence[Message]
    delivered: Sequence[Delivered]
    leftovers: Mapping[str, int]
    numbers: Numbers


async def read_ledger(dsn: str) -> Ledger:
    """Read the database."""
    async with open_pool(dsn, size=1) as pool:
        messages = await pool.fetch(MESSAGES)
        postings = await pool.fetch(POSTINGS)
        leftovers = await pool.fetchrow(LEFTOVERS)
        numbers = await pool.fetchrow(NUMBERS)
    assert leftovers is not None
    assert numbers is not None
    return Ledger(
        messages=[
            Message(
                key=(row["platform"], _channel(row["conversation"]), row["id"]),
                event=(row["platform"], _channel(row["conversation"]), row["dedupe_key"]),
                conversation=row["conversation"],
                settled=row["state"] == "settled",
            )
            for row in messages
        ],
        delivered=[
            Delivered(
                messages=[
                    (row["platform"], _channel(row["conversation"]), identifier)
                    for identifier in row["message_ids"] or ()
                ],
                conversation=row["conversation"],
                answers=(row["platform"], _channel(row["conversation"]), row["answers"]),
            )
            for row in postings
            if row["state"] == "sent"
        ],
        leftovers={name: count for name, count in leftovers.items() if count},
        numbers=Numbers(**dict(numbers)),
    )


def _channel(conversation: str) -> str:
    """The channel in a key such as `slack:T1:C1:1700000000.000100`."""
    return conversation.split(":")[2]
