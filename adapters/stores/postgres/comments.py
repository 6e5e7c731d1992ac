"""What people say of an answer, in the rows of their votes."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.stores.postgres.connection import Database
from core.accounts import Account
from core.ports.comments import AskedWhy, NewComment, RatedAnswer, Words
from core.text import clean

REPLIES_WITHIN = timedelta(hours=1)
COMMANDS_WITHIN = timedelta(days=1)

ASK = """
UPDATE user_feedback
   SET conversation_id = $3, posting = $4, entry_id = $5, asked_at = now(), comment_id = NULL
 WHERE message_id = $1 AND user_id = $2
"""

AWAITED = "SELECT * FROM words_awaited($1, $2, $3, $4, $5, $6, $7, $8)"

WRITE = """
UPDATE user_feedback
   SET comment = $3, comment_id = $4, sentiment = $5, sentiment_label = $6
 WHERE message_id = $1 AND user_id = $2
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

    async def awaited(self, account: Account, words: Words) -> RatedAnswer | None:
        rows = await self.database.fetch(
            AWAITED,
            account.user_id,
            account.organization_id,
            words.id,
            words.conversation_id,
            words.reply_to or "",
            words.in_thread,
            COMMANDS_WITHIN,
            REPLIES_WITHIN,
        )
        if not rows:
            return None
        row = rows[0]
        return RatedAnswer(
            message_id=row["message_id"], entry_id=row["entry_id"], helpful=row["helpful"]
        )

    async def write(self, account: Account, rated: RatedAnswer, comment: NewComment) -> None:
        await self.database.fetch_in(
            account.organization_id,
            WRITE,
            rated.message_id,
            account.user_id,
            clean(comment.text),
            comment.id,
            comment.sentiment.score,
            comment.sentiment.mood,
        )
