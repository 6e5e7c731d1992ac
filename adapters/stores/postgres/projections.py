"""Which organizations' knowledge has yet to reach the second store."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.stores.postgres.connection import Database

CLAIM = "SELECT claim_projection($1, $2, $3)"
KEEP = "SELECT keep_projection($1, $2, $3)"
RELEASE = "SELECT release_projection($1, $2, $3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresDueProjections:
    """`DueProjections` on PostgreSQL. `replica` is the one that claims."""

    database: Database
    replica: UUID

    async def claim(self, *, least: int, within: timedelta) -> UUID | None:
        [row] = await self.database.fetch(CLAIM, self.replica, least, within)
        claimed: UUID | None = row[0]
        return claimed

    async def keep(self, organization_id: UUID, *, within: timedelta) -> bool:
        [row] = await self.database.fetch(KEEP, self.replica, organization_id, within)
        kept: bool = row[0]
        return kept

    async def release(self, organization_id: UUID, revision: int | None) -> None:
        await self.database.fetch(RELEASE, self.replica, organization_id, revision)
