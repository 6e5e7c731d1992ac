"""What waits for somebody who may edit the knowledge."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import asyncpg
import orjson
import uuid_utils.compat

from adapters.stores.postgres.connection import Database
from core.ports.clock import NewId
from core.ports.proposals import NewProposal, Proposal, ProposalKind
from core.text import clean, normalise

# `content_hash` tells the same proposal. One that was decided is not opened by proposing it again,
# but for an entry that was reviewed and did not help again. In order of the hash, two groups of
# proposals never wait for each other.
PROPOSE = """
INSERT INTO knowledge_proposals AS p (id, organization_id, kind, entry_id, question, answer, source,
                                      reason, content_hash, proposed_by)
SELECT n.id, $1, n.kind, n.entry_id, n.question, n.answer, n.source, n.reason,
       decode(n.content_hash, 'hex'), $3
  FROM jsonb_to_recordset($2::jsonb)
       AS n (id uuid, kind text, entry_id uuid, question text, answer text, source text,
             reason text, content_hash text)
 ORDER BY decode(n.content_hash, 'hex')
ON CONFLICT (organization_id, content_hash) DO UPDATE
   SET times = CASE WHEN p.state = 'open' THEN p.times + 1 ELSE 1 END,
       reason = CASE WHEN p.state = 'open' AND p.reason <> '' THEN p.reason
                     ELSE excluded.reason END,
       state = 'open', decided_by = NULL, decided_at = NULL
 WHERE p.state = 'open' OR (p.kind = 'review' AND p.state = 'accepted')
RETURNING times = 1 AS is_new
"""

COLUMNS = "id, kind, entry_id, question, answer, source, reason, times, proposed_at"

OPEN = f"""
SELECT {COLUMNS} FROM knowledge_proposals WHERE organization_id = $1 AND state = 'open'
 ORDER BY times DESC, proposed_at, id LIMIT $2
"""  # noqa: S608 - columns of ours

FIND = f"""
SELECT {COLUMNS} FROM knowledge_proposals
 WHERE organization_id = $1 AND id = $2 AND state = 'open'
"""  # noqa: S608 - columns of ours

TAKE = f"""
UPDATE knowledge_proposals SET state = $3, decided_by = $4, decided_at = now()
 WHERE organization_id = $1 AND id = $2 AND state = 'open'
RETURNING {COLUMNS}
"""  # noqa: S608 - columns of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresProposals:
    """`Proposals` on their table."""

    database: Database
    new_id: NewId = uuid_utils.compat.uuid7

    async def propose(
        self, organization_id: UUID, proposals: Sequence[NewProposal], *, by: UUID | None
    ) -> int:
        given: dict[str, NewProposal] = {}
        for one in map(_clean, proposals):
            given.setdefault(_hash(one), one)
        rows = await self.database.fetch_in(
            organization_id, PROPOSE, organization_id, self._rows(given), by
        )
        return sum(row["is_new"] for row in rows)

    async def open(self, organization_id: UUID, *, limit: int) -> Sequence[Proposal]:
        rows = await self.database.fetch_in(organization_id, OPEN, organization_id, limit)
        return [_to_proposal(row) for row in rows]

    async def find(self, organization_id: UUID, proposal_id: UUID) -> Proposal | None:
        rows = await self.database.fetch_in(organization_id, FIND, organization_id, proposal_id)
        return _to_proposal(rows[0]) if rows else None

    async def take(
        self, organization_id: UUID, proposal_id: UUID, *, accepted: bool, by: UUID | None
    ) -> Proposal | None:
        state = "accepted" if accepted else "declined"
        rows = await self.database.fetch_in(
            organization_id, TAKE, organization_id, proposal_id, state, by
        )
        return _to_proposal(rows[0]) if rows else None

    def _rows(self, given: dict[str, NewProposal]) -> str:
        rows = [
            {
                "id": self.new_id(),
                "kind": one.kind,
                "entry_id": one.entry_id,
                "question": one.question,
                "answer": one.answer,
                "source": one.source,
                "reason": one.reason,
                "content_hash": content_hash,
            }
            for content_hash, one in given.items()
        ]
        return orjson.dumps(rows, default=str).decode()


def _hash(one: NewProposal) -> str:
    """The same for what comes to the same: who said it, and why, makes no difference."""
    parts = (one.kind, str(one.entry_id or ""), normalise(one.question), one.answer)
    return sha256("\0".join(parts).encode()).hexdigest()


def _clean(one: NewProposal) -> NewProposal:
    return NewProposal(
        kind=one.kind,
        question=clean(one.question),
        answer=clean(one.answer),
        source=clean(one.source),
        reason=clean(one.reason),
        entry_id=one.entry_id,
    )


def _to_proposal(row: asyncpg.Record) -> Proposal:
    return Proposal(**{**row, "kind": ProposalKind(row["kind"])})
