"""What waits for somebody who may edit: kept once, decided once, done as it was proposed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.organizations import find_organization
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.entries import Entry, NewEntry
from core.errors import UserError
from core.knowledge.service import KnowledgeService
from core.ports.proposals import NewProposal, Proposal, ProposalKind

CAKE = NewEntry(phrasings=("Is there cake?",), answer="On Fridays.")
TEA = NewProposal(kind=ProposalKind.ENTRY, question="Tea?", answer="Always.", source="#kitchen")


class Desk:
    """The service on the default organization."""

    def __init__(self, service: KnowledgeService, organization: UUID) -> None:
        self.service = service
        self.organization = organization

    async def propose(self, *proposals: NewProposal) -> int:
        return await self.service.propose(self.organization, proposals, by=None)

    async def waiting(self) -> list[Proposal]:
        return list(await self.service.proposals(self.organization, limit=99))

    async def accept(self, proposal: Proposal) -> Entry | None:
        return await self.service.accept(self.organization, proposal.id, by=None)

    async def decline(self, proposal: Proposal) -> Proposal | None:
        return await self.service.decline(self.organization, proposal.id, by=None)

    async def known(self) -> list[Entry]:
        return list(await self.service.list(self.organization, limit=99))


@pytest.fixture
async def desk(addresses: Addresses) -> AsyncIterator[Desk]:
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as pool:
        organization = await find_organization(Database(pool=pool), "")
        yield Desk(knowledge_in(pool), organization)


def asked(question: str, entry: Entry, reason: str = "") -> NewProposal:
    return NewProposal(
        kind=ProposalKind.PHRASING, question=question, entry_id=entry.id, reason=reason
    )


async def test_the_same_proposal_again_is_counted_and_the_most_frequent_is_first(
    desk: Desk,
) -> None:
    entry = await desk.service.add(desk.organization, CAKE, by=None)
    assert await desk.propose(TEA, replace(TEA, question="TEA"), asked("Any cake?", entry)) == 2
    assert await desk.propose(asked("any CAKE", entry, "said Ada\x00")) == 0
    first, second = await desk.waiting()
    assert (first.question, first.times, first.reason) == ("Any cake?", 2, "said Ada\ufffd")
    assert (second.question, second.times, second.source) == ("Tea?", 1, "#kitchen")
    assert await desk.known() == [entry]


async def test_a_way_to_ask_goes_to_its_entry_and_an_entry_is_added(desk: Desk) -> None:
    entry = await desk.service.add(desk.organization, CAKE, by=None)
    await desk.propose(asked("Any cake?", entry), TEA)
    for proposal in await desk.waiting():
        assert await desk.accept(proposal)
        assert await desk.accept(proposal) is None
        assert await desk.decline(proposal) is None
    cake, tea = await desk.known()
    assert cake.phrasings == ("Is there cake?", "Any cake?")
    assert (tea.phrasings, tea.answer, tea.source) == (("Tea?",), "Always.", "#kitchen")
    assert await desk.waiting() == []
    assert await desk.propose(asked("Any cake?", cake), TEA) == 0
    assert await desk.waiting() == []


async def test_what_was_declined_is_not_proposed_again(desk: Desk) -> None:
    await desk.propose(TEA)
    [proposal] = await desk.waiting()
    assert await desk.decline(proposal)
    assert await desk.propose(TEA) == 0
    assert await desk.waiting() == []
    assert await desk.known() == []


async def test_a_review_leaves_the_entry_and_comes_again_when_it_did_not_help(desk: Desk) -> None:
    entry = await desk.service.add(desk.organization, CAKE, by=None)
    complaint = NewProposal(
        kind=ProposalKind.REVIEW, question="Is there cake?", entry_id=entry.id, reason="no cake"
    )
    await desk.propose(complaint, complaint)
    [proposal] = await desk.waiting()
    assert await desk.accept(proposal) == entry
    assert await desk.waiting() == []
    assert await desk.propose(replace(complaint, reason="none again")) == 1
    [again] = await desk.waiting()
    assert (again.reason, again.times) == ("none again", 1)
    await desk.decline(again)
    assert await desk.propose(complaint) == 0


async def test_what_cannot_be_done_any_more_waits_until_it_is_declined(desk: Desk) -> None:
    entry = await desk.service.add(desk.organization, CAKE, by=None)
    await desk.propose(asked("Any cake?", entry))
    await desk.service.remove_entry(desk.organization, entry.id, by=None)
    [proposal] = await desk.waiting()
    with pytest.raises(UserError, match="no such entry any more"):
        await desk.accept(proposal)
    assert await desk.waiting() == [proposal]
    assert await desk.decline(proposal)
    assert await desk.service.accept(desk.organization, uuid4(), by=None) is None


async def test_two_who_accept_at_once_do_it_once(desk: Desk) -> None:
    await desk.propose(TEA)
    [proposal] = await desk.waiting()
    await asyncio.gather(*(desk.accept(proposal) for _ in range(4)))
    assert len(await desk.known()) == 1
    assert await desk.service.store.revision(desk.organization) == 1


async def test_many_may_propose_the_same_at_once(desk: Desk) -> None:
    many = [replace(TEA, question=f"Tea {number}?") for number in range(20)]
    counts = await asyncio.gather(
        desk.propose(*many), desk.propose(*reversed(many)), desk.propose(*many[5:])
    )
    assert sum(counts) == 20
    assert sum(proposal.times for proposal in await desk.waiting()) == 55
