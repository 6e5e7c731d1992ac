"""What was fitted to the knowledge, shared by all replicas on one database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.fits import PostgresFits
from adapters.stores.postgres.knowledge import PostgresKnowledge
from adapters.stores.postgres.organizations import find_organization
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.entries import NewEntry
from core.errors import UnavailableError
from core.knowledge.child import fit_in_child
from core.knowledge.fits import CLAIM, FitsInMemory, Fitter
from core.knowledge.index import Index, build
from core.knowledge.meanings import Encoded
from core.knowledge.memory import Indexes
from core.knowledge.model import fingerprint, fit, from_bytes, to_bytes
from core.knowledge.service import KnowledgeService
from core.ports.fits import Fit, Fits
from core.ports.knowledge import Snapshot
from tests.core.test_fits import ENTRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One database, as several replicas see it."""

    fits: PostgresFits
    knowledge: PostgresKnowledge
    organization: UUID
    pool: asyncpg.Pool


@pytest.fixture
async def shared(addresses: Addresses) -> AsyncIterator[Shared]:
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as pool:
        database = Database(pool=pool)
        organization = await find_organization(database, "")
        knowledge = PostgresKnowledge(pool)
        await knowledge.save(organization, ENTRIES)
        yield Shared(
            fits=PostgresFits(database=database),
            knowledge=knowledge,
            organization=organization,
            pool=pool,
        )


@pytest.fixture(params=["memory", "postgres"])
def fits(request: pytest.FixtureRequest, shared: Shared) -> Fits:
    return FitsInMemory() if request.param == "memory" else shared.fits


async def test_a_claim_is_one_replica_s_until_it_ends(fits: Fits, shared: Shared) -> None:
    organization = shared.organization
    assert await fits.get(organization) is None
    assert await fits.claim(organization, 1, within=CLAIM)
    assert not await fits.claim(organization, 1, within=CLAIM)
    assert await fits.claim(organization, 2, within=timedelta(0))  # and vanishes
    assert await fits.claim(organization, 2, within=CLAIM)
    await fits.put(organization, Fit(revision=2, model=b"later"))
    await fits.put(organization, Fit(revision=1, model=b"earlier"))
    assert await fits.get(organization) == Fit(revision=2, model=b"later")
    assert not await fits.claim(organization, 2, within=CLAIM)
    assert await fits.claim(organization, 2, within=CLAIM, anew=True)
    assert not await fits.claim(organization, 1, within=CLAIM, anew=True)


async def test_a_claim_is_kept_by_who_works_and_by_nobody_else(fits: Fits, shared: Shared) -> None:
    organization, short = shared.organization, timedelta(seconds=0.2)
    assert await fits.claim(organization, 3, within=short)
    await fits.keep(organization, 3, within=CLAIM)
    await fits.keep(organization, 2, within=timedelta(0))  # of who fits an earlier revision
    await asyncio.sleep(short.total_seconds())
    assert not await fits.claim(organization, 3, within=CLAIM)
    await fits.release(organization, 3)
    await fits.keep(organization, 3, within=CLAIM)
    assert await fits.claim(organization, 3, within=CLAIM)


async def test_a_claim_that_is_given_up_is_another_s(fits: Fits, shared: Shared) -> None:
    organization = shared.organization
    assert await fits.claim(organization, 3, within=CLAIM)
    await fits.release(organization, 2)
    assert not await fits.claim(organization, 3, within=CLAIM)
    await fits.release(organization, 3)
    assert await fits.claim(organization, 3, within=CLAIM)


async def test_a_fit_leaves_the_claim_on_a_later_revision(fits: Fits, shared: Shared) -> None:
    organization = shared.organization
    assert await fits.claim(organization, 3, within=CLAIM)
    assert await fits.claim(organization, 4, within=CLAIM)
    await fits.put(organization, Fit(revision=3, model=b"three"))
    assert not await fits.claim(organization, 4, within=CLAIM)


async def test_of_many_who_claim_at_once_one_fits(shared: Shared) -> None:
    claims = [shared.fits.claim(shared.organization, 1, within=CLAIM) for _ in range(10)]
    assert sum(await asyncio.gather(*claims)) == 1


@dataclass(slots=True)
class Replica:
    """A replica of its own: its indexes, and what it fitted itself. `trouble` comes first."""

    shared: Shared
    trouble: list[BaseException] = field(default_factory=list)
    fitted: int = 0
    lasts: float = 0.0
    claim: timedelta = CLAIM
    fitter: Fitter = field(init=False)
    service: KnowledgeService = field(init=False)

    def __post_init__(self) -> None:
        indexes = Indexes()
        knowledge, fits = self.shared.knowledge, self.shared.fits
        self.fitter = Fitter(
            store=knowledge, indexes=indexes, fits=fits, fit=self._fit, claim=self.claim
        )
        service = knowledge_in(knowledge.pool)
        self.service = replace(service, indexes=indexes, fitter=self.fitter)

    async def _fit(self, snapshot: Snapshot, encoded: Encoded | None = None) -> bytes:
        if self.trouble:
            raise self.trouble.pop()
        await asyncio.sleep(self.lasts)
        self.fitted += 1
        return to_bytes(await asyncio.to_thread(fit, snapshot))

    async def index(self) -> Index:
        return await self.service.index_at(self.shared.organization, 1)

    async def refresh(self) -> None:
        await self.fitter.refresh(self.shared.organization)


async def test_one_replica_fits_and_the_other_takes_it_over(shared: Shared) -> None:
    one, other = Replica(shared), Replica(shared)
    assert (await one.index()).classifier is (await other.index()).classifier is None
    await asyncio.gather(one.refresh(), other.refresh())
    assert one.fitted + other.fitted == 1
    late = other if one.fitted else one
    await late.refresh()
    assert one.fitted + other.fitted == 1
    assert (await one.index()).fitted_at == (await other.index()).fitted_at == 1
    assert (await one.index()).classifier is not None
    assert (await other.index()).classifier is not None
    restarted = Replica(shared)
    assert (await restarted.index()).classifier is not None
    assert restarted.fitted == 0


async def test_a_fit_that_outlasts_its_claim_is_made_once(shared: Shared) -> None:
    slow = Replica(shared, lasts=1.2, claim=timedelta(seconds=0.4))
    other = Replica(shared)
    async with asyncio.TaskGroup() as tasks:
        fitting = tasks.create_task(slow.refresh())
        await asyncio.sleep(0.2)
        while not fitting.done():
            await other.refresh()
            await asyncio.sleep(0.1)
    assert (slow.fitted, other.fitted) == (1, 0)


async def test_who_vanishes_while_fitting_is_followed_as_soon_as_the_claim_ends(
    shared: Shared,
) -> None:
    claim = timedelta(seconds=0.4)
    assert await shared.fits.claim(shared.organization, 1, within=claim)  # and nothing more
    other = Replica(shared)
    await other.refresh()
    assert other.fitted == 0
    await asyncio.sleep(claim.total_seconds())
    await other.refresh()
    assert other.fitted == 1


@pytest.mark.parametrize("error", [UnavailableError("killed"), OSError(), asyncio.CancelledError()])
async def test_a_fit_that_fails_is_another_replica_s_at_once(
    shared: Shared, error: BaseException
) -> None:
    one, other = Replica(shared, [error]), Replica(shared)
    with pytest.raises(type(error)):
        await one.refresh()
    await other.refresh()
    assert (one.fitted, other.fitted) == (0, 1)


@pytest.mark.parametrize("damaged", [b"", b"something else"])
async def test_a_fit_that_cannot_be_read_is_made_again(shared: Shared, damaged: bytes) -> None:
    await shared.fits.put(shared.organization, Fit(revision=1, model=damaged))
    replica = Replica(shared)
    assert (await replica.index()).fitted_at is None
    await replica.refresh()
    assert (await replica.index()).fitted_at == replica.fitted == 1


async def test_the_fit_of_a_later_version_is_left_to_it(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        later.setattr("core.knowledge.model.FORMAT", 99)
        newer = to_bytes(fit(Snapshot(revision=1, entries=ENTRIES)))
    await shared.fits.put(shared.organization, Fit(revision=1, model=newer))
    replica = Replica(shared)
    await replica.refresh()
    assert (await replica.index()).fitted_at is None
    assert await shared.fits.get(shared.organization) == Fit(revision=1, model=newer)
    assert replica.fitted == 0


async def test_an_index_follows_the_changes_of_others_without_being_loaded(shared: Shared) -> None:
    """Nobody is told of anything: the revision that comes with a message is all that is needed."""
    replica, writer, at = Replica(shared), knowledge_in(shared.pool), shared.organization
    first = await replica.index()
    new = NewEntry(phrasings=("Where is the canteen?",), answer="On the roof.", source="faq")
    added = await writer.add(at, new, by=None)
    garden = NewEntry(phrasings=("Is there a garden?",), answer="Behind the house.", source="a")
    await writer.edit(at, first.entries[0].id, garden, by=None)
    await writer.import_entries(at, [replace(new, phrasings=("Tea?",), answer="Yes.")])
    await writer.remove_entry(at, first.entries[1].id, by=None)
    await writer.undo(at, by=None)
    await writer.remove_entry(at, added.id, by=None)
    revision = await shared.knowledge.revision(at)
    assert await shared.knowledge.with_knowledge(limit=5) == [(at, revision)]
    index = await replica.service.index_at(at, revision)
    snapshot = await shared.knowledge.load(at)
    assert index.revision == snapshot.revision == revision == 7
    assert list(index.entries) == list(snapshot.entries)
    assert fingerprint(index) == fingerprint(build(snapshot))
    assert index.entries[2] is first.entries[4]  # not read again
    assert index.search("tea")[0].answer == "Yes."
    assert index.search("is there a garden")[0].answer == "Behind the house."


async def test_what_postgresql_holds_is_fitted_in_the_child(shared: Shared) -> None:
    snapshot = await shared.knowledge.load(shared.organization)
    model = from_bytes(await fit_in_child(snapshot, None))
    assert model is not None
    assert model.revision == snapshot.revision
