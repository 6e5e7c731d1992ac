"""What people say of an answer, in the rows of their votes."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.stores.postgres.connection import Database
from core.accounts import Account
from core.ports.comments import AskedWhy, Commented, NewComment
from core.text import clean

REPLIES_WITHIN = timedelta(hours=1)
COMMANDS_WITHIN = timedelta(days=1)

ASK = """
UPDATE user_feedback
   SET conversation_id = $3, posting = $4, entry_id = $5, asked_at = now(), comment_id = NULL
 WHERE message_id = $1 AND user_id = $2
"""

WRITE = """
WITH vote AS (
    SELECT f.message_id FROM user_feedback f
     WHERE f.user_id = $1
       AND (f.comment_id = $2
            OR ($6::uuid IS NULL AND f.at > now() - $9::interval)
            OR (f.rating < 0 AND f.comment_id IS NULL AND f.asked_at > now() - $10::interval
                AND ((f.posting = $7 AND f.posting <> '') OR ($8 AND f.conversation_id = $6))))
     ORDER BY f.comment_id IS NOT DISTINCT FROM $2 DESC, f.at DESC
     LIMIT 1
)
UPDATE user_feedback f
   SET comment = $3, comment_id = $2, sentiment = $4, sentiment_label = $5
  FROM vote
 WHERE f.message_id = vote.message_id AND f.user_id = $1
RETURNING f.message_id, f.entry_id, f.rating > 0 AS helpful
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresComments:
    """`Comments` on PostgreSQL."""

    database: Database

    async def ask_why(self, account: Account, asked: AskedWhy) -> None:
        await self.database.fetch_in(
            account.organization_id,
            ASK,
            asked.message_id,
            account.user_id,
            asked.conversation_id,
            asked.posting,
            asked.entry_id,
        )

    async def write(self, account: Account, comment: NewComment) -> Commented | None:
        rows = await self.database.fetch_in(
            account.organization_id,
            WRITE,
            account.user_id,
            comment.id,
            clean(comment.text),
            comment.sentiment.score,
            comment.sentiment.mood,
            comment.conversation_id,
            comment.reply_to or "",
            comment.in_thread,
            COMMANDS_WITHIN,
            REPLIES_WITHIN,
        )
        if not rows:
            return None
        row = rows[0]
        return Commented(
            message_id=row["message_id"], entry_id=row["entry_id"], helpful=row["helpful"]
        )
