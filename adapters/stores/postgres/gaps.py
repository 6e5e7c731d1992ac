"""Questions that had no answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.ports.gaps import Asker, Gap
from core.text import clean

# The row's organization is what the setting returns: so it is set before the row is looked at.
NOTE = """
INSERT INTO knowledge_gaps (organization_id, question_hash, question)
SELECT tenant.id::uuid, $2, $3
  FROM (SELECT set_config('trialogue.organization', $1, true) AS id) AS tenant
ON CONFLICT (organization_id, question_hash) DO UPDATE
   SET times = knowledge_gaps.times + 1, last_asked_at = now()
"""

OPEN = """
SELECT question, times, last_asked_at FROM knowledge_gaps WHERE organization_id = $1
 ORDER BY times DESC, last_asked_at DESC LIMIT $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresGaps:
    """`Gaps` on their table."""

    database: Database

    async def note(self, organization_id: UUID, question: str, asker: Asker | None = None) -> None:
        del asker
        question = clean(question)
        question_hash = sha256(question.encode()).digest()
        await self.database.fetch(NOTE, str(organization_id), question_hash, question)

    async def open(self, organization_id: UUID, *, limit: int) -> Sequence[Gap]:
        rows = await self.database.fetch_in(organization_id, OPEN, organization_id, limit)
        return [Gap(**row) for row in rows]
