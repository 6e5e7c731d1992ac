"""Questions that had no answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.ports.gaps import Asker, Gap, gap_hash, in_normal_form
from core.text import clean

NOTE = "SELECT note_gap($1, $2, $3, $4, $5, $6, $7, $8)"

OPEN = """
SELECT question, times, last_asked_at FROM knowledge_gaps
 WHERE organization_id = $1 AND closed_at IS NULL
 ORDER BY times DESC, last_asked_at DESC LIMIT $2
"""

COUNT = "SELECT count(*) FROM knowledge_gaps WHERE organization_id = $1 AND closed_at IS NULL"

DISMISS = """
UPDATE knowledge_gaps SET closed_at = now()
 WHERE organization_id = $1 AND question_hash = $2 AND closed_at IS NULL RETURNING 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresGaps:
    """`Gaps` on their table."""

    database: Database

    async def note(self, organization_id: UUID, question: str, asker: Asker | None = None) -> None:
        who = (asker.message_id, asker.conversation_id, asker.user_id) if asker else (None,) * 3
        await self.database.fetch(
            NOTE,
            organization_id,
            gap_hash(question),
            in_normal_form(question),
            asker.looked if asker else 0,
            *who,
            clean(asker.question or question) if asker else None,
        )

    async def open(self, organization_id: UUID, *, limit: int) -> Sequence[Gap]:
        rows = await self.database.fetch_in(organization_id, OPEN, organization_id, limit)
        return [Gap(**row) for row in rows]

    async def count(self, organization_id: UUID) -> int:
        [row] = await self.database.fetch_in(organization_id, COUNT, organization_id)
        return int(row["count"])

    async def dismiss(self, organization_id: UUID, question: str) -> bool:
        closed = await self.database.fetch_in(
            organization_id, DISMISS, organization_id, gap_hash(question)
        )
        return bool(closed)
