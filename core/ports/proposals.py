"""The port of what waits for somebody who may edit the knowledge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class ProposalKind(StrEnum):
    """A phrasing for an entry, an entry, or an entry whose answer did not help."""

    PHRASING = "phrasing"
    ENTRY = "entry"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProposal:
    """What somebody, or an import, suggests. `entry_id` is the entry that it is about, if any.

    `reason` is what the person wrote: it is shown to those who review, and to nobody else.
    """

    kind: ProposalKind
    question: str
    answer: str = ""
    source: str = ""
    reason: str = ""
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal(NewProposal):
    """A proposal that is kept, and how often it was made."""

    id: UUID
    times: int
    proposed_at: datetime


class Proposals(Protocol):
    """Proposals; they change nothing until they are accepted."""

    async def propose(
        self, organization_id: UUID, proposals: Sequence[NewProposal], *, by: UUID | None
    ) -> int:
        """Keep proposals; how many of them are new.

        One that is open already is counted once more; one that was decided stays decided, but for
        a review that was accepted: the entry did not help again.
        """

    async def open(self, organization_id: UUID, *, limit: int) -> Sequence[Proposal]:
        """Those that wait, the most frequent first."""

    async def find(self, organization_id: UUID, proposal_id: UUID) -> Proposal | None:
        """One that waits."""

    async def take(
        self, organization_id: UUID, proposal_id: UUID, *, accepted: bool, by: UUID | None
    ) -> Proposal | None:
        """Decide one, and return it; None when it is not open any more."""
