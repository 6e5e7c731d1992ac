"""Decide what was proposed: by a click, by an exported history, by somebody who was not helped."""

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from core.entries import Entry, NewEntry
from core.errors import UserError
from core.knowledge.editing import Editor
from core.ports.proposals import Proposal, ProposalKind, Proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Accepts proposals.

    The knowledge is changed first and the proposal decided after it. Whoever is interrupted, or
    decides at the same time as somebody else, does again what changes nothing any more.
    """

    proposals: Proposals
    editor: Editor

    async def accept(
        self, organization_id: UUID, proposal_id: UUID, *, by: UUID | None
    ) -> Entry | None:
        """Accept a proposal; None when it is not open any more, `UserError` when it cannot be.

        A phrasing is given to its entry, an entry is added. A review leaves the entry as it is:
        whoever accepts it has looked after it.
        """
        proposal = await self.proposals.find(organization_id, proposal_id)
        if proposal is None:
            return None
        entry = await self._apply(organization_id, proposal, by)
        await self.proposals.take(organization_id, proposal_id, accepted=True, by=by)
        return entry

    async def _apply(self, organization_id: UUID, proposal: Proposal, by: UUID | None) -> Entry:
        match proposal.kind:
            case ProposalKind.PHRASING:
                return await self.editor.add_phrasing(
                    organization_id, _about(proposal), proposal.question, by=by
                )
            case ProposalKind.ENTRY:
                new = NewEntry(
                    phrasings=(proposal.question,), answer=proposal.answer, source=proposal.source
                )
                return await self.editor.add(organization_id, new, by=by)
            case ProposalKind.REVIEW:
                found = await self.editor.store.find(organization_id, [_about(proposal)])
                if not found:
                    raise UserError("Its entry is gone: there is nothing to review, decline it.")
                return found[0]
            case _:
                assert_never(proposal.kind)


def _about(proposal: Proposal) -> UUID:
    if proposal.entry_id is None:
        raise UserError("This proposal names no entry: it can only be declined.")
    return proposal.entry_id
