"""Which organizations' knowledge has yet to reach the second store."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.stores.postgres.connection import Database

CLAIM = "SELECT claim_projection($1, $2)"
RELEASE = "SELECT release_projection($1, $2)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresDueProjections:
    """`DueProjections` on PostgreSQL."""

    database: Database

    async def claim(self, *, least: int, within: timedelta) -> UUID | None:
        [row] = await self.database.fetch(CLAIM, least, within)
        claimed: UUID | None = row[0]
        return claimed

    async def release(self, organization_id: UUID, revision: int | None) -> None:
        await self.database.fetch(RELEASE, organization_id, revision)
