"""What was fitted to an organization's knowledge, one row each, for all replicas."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.ports.fits import Fit

GET = """
SELECT revision, model FROM knowledge_fits WHERE organization_id = $1 AND model IS NOT NULL
"""

# Whoever comes second at the same moment waits for the row and finds the claim there.
CLAIM = """
INSERT INTO knowledge_fits AS f (organization_id, claimed_revision, claimed_until)
VALUES ($1, $2, clock_timestamp() + $3)
ON CONFLICT (organization_id) DO UPDATE
   SET claimed_revision = excluded.claimed_revision, claimed_until = excluded.claimed_until
 WHERE (f.revision IS NULL OR f.revision < $2 OR ($4 AND f.revision = $2))
   AND (f.claimed_revision IS NULL OR f.claimed_revision < $2
        OR f.claimed_until <= clock_timestamp())
RETURNING true AS claimed
"""

KEEP = """
UPDATE knowledge_fits SET claimed_until = clock_timestamp() + $3
 WHERE organization_id = $1 AND claimed_revision = $2
"""

RELEASE = """
UPDATE knowledge_fits SET claimed_revision = NULL, claimed_until = NULL
 WHERE organization_id = $1 AND claimed_revision <= $2
"""

PUT = """
INSERT INTO knowledge_fits AS f (organization_id, revision, model, fitted_at)
VALUES ($1, $2, $3, clock_timestamp())
ON CONFLICT (organization_id) DO UPDATE
   SET revision = excluded.revision, model = excluded.model, fitted_at = excluded.fitted_at,
       claimed_revision = CASE WHEN f.claimed_revision > $2 THEN f.claimed_revision END,
       claimed_until = CASE WHEN f.claimed_revision > $2 THEN f.claimed_until END
 WHERE f.revision IS NULL OR f.revision <= $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFits:
    """`Fits` on the table `knowledge_fits`."""

    database: Database

    async def get(self, organization_id: UUID) -> Fit | None:
        rows = await self.database.fetch_in(organization_id, GET, organization_id)
        return Fit(revision=rows[0]["revision"], model=rows[0]["model"]) if rows else None

    async def claim(
        self, organization_id: UUID, revision: int, *, within: timedelta, anew: bool = False
    ) -> bool:
        rows = await self.database.fetch_in(
            organization_id, CLAIM, organization_id, revision, within, anew
        )
        return bool(rows)

    async def keep(self, organization_id: UUID, revision: int, *, within: timedelta) -> None:
        await self.database.fetch_in(organization_id, KEEP, organization_id, revision, within)

    async def release(self, organization_id: UUID, revision: int) -> None:
        await self.database.fetch_in(organization_id, RELEASE, organization_id, revision)

    async def put(self, organization_id: UUID, fit: Fit) -> None:
        await self.database.fetch_in(organization_id, PUT, organization_id, fit.revision, fit.model)
