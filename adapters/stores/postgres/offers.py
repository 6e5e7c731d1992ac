"""What was offered to a question, and what was chosen."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.rows import MESSAGE
from core.commands import Ask, understand
from core.ports.offers import Question

UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NIL = UUID(int=0)
KEPT = timedelta(days=90)
"""How long a choice is known to have been made: a click after that is answered once more."""

ASKED = "SELECT * FROM asked_in($1, $2, $3)"
TAKE = """
WITH old AS (
    DELETE FROM picks WHERE organization_id = $1 AND at < now() - $5::interval
), taken AS (
    INSERT INTO picks (organization_id, message_id, entry_id, click_id) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING
    RETURNING click_id
)
SELECT click_id = $4 AS is_first FROM taken
UNION ALL
SELECT click_id = $4 FROM picks
 WHERE organization_id = $1 AND message_id = $2 AND entry_id = $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresOffers:
    """`Offers` on the inbox and a table of their own."""

    database: Database

    async def asked(self, organization_id: UUID, message_id: UUID) -> Question | None:
        rows = await self.database.fetch(ASKED, organization_id, message_id, _made_at(message_id))
        for row in rows:
            command = understand(MESSAGE.validate_json(row["message"]))
            if isinstance(command, Ask):
                return Question(
                    text=command.question,
                    conversation_id=row["conversation_id"],
                    user_id=row["user_id"],
                )
        return None

    async def take(
        self, organization_id: UUID, *, message_id: UUID, entry_id: UUID | None, click_id: UUID
    ) -> bool:
        rows = await self.database.fetch_in(
            organization_id, TAKE, organization_id, message_id, entry_id or NIL, click_id, KEPT
        )
        # None: another click that was a moment earlier is not in the statement's view yet.
        return bool(rows) and bool(rows[0]["is_first"])


def _made_at(message_id: UUID) -> datetime:
    """The time in an id of version 7; a made-up one can name years that no calendar has."""
    try:
        return UNIX_EPOCH + timedelta(milliseconds=message_id.int >> 80)
    except OverflowError:
        return UNIX_EPOCH
