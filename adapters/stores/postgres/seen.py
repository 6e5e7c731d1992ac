"""How far each channel of a platform has been read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.stores.postgres.connection import Database
from core.messages import Conversation, Platform

LOOK_BACK = timedelta(days=30)

SEEN = "SELECT * FROM seen($1, $2)"
BEGAN = "SELECT min(created_at) AS at FROM organizations"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSeen:
    """The newest message of each channel that is in the inbox, for platforms that read back."""

    database: Database
    platform: Platform

    async def __call__(self) -> Mapping[str, str]:
        """Channel id to message id."""
        rows = await self.database.fetch(SEEN, self.platform.value, LOOK_BACK)
        return {
            Conversation.parse(row["key"], direct=row["direct"]).channel: row["last_message_id"]
            for row in rows
        }

    async def began(self) -> datetime:
        """When the database was prepared: nobody could be asked before."""
        [row] = await self.database.fetch(BEGAN)
        at: datetime = row["at"]
        return at
