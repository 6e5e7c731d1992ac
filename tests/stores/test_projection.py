"""Knowledge by keyword on a CQL engine answers as the index of all of it does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.stores.postgres.knowledge import PostgresKnowledge
from adapters.stores.postgres.projections import PostgresDueProjections
from adapters.stores.scylla.config import ScyllaAddress
from adapters.stores.scylla.connection import Connection
from adapters.stores.scylla.knowledge import ScyllaProjection
from benchmarks.answers.knowledge import KnowledgeInMemory, service_on
from bots.clock import new_id
from bots.embedded import Addresses
from core.entries import Band, Entry, NewEntry
from core.errors import UnavailableError
from core.knowledge.building import MOST_IN_DETAIL
from core.knowledge.default import DEFAULT
from core.knowledge.fits import Fitter
from core.knowledge.index import build
from core.knowledge.meanings import Encoded
from core.knowledge.memory import Indexes
from core.knowledge.model import Model, to_bytes
from core.knowledge.preloading import LoadKnowledge
from core.knowledge.projected import ProjectedKnowledge
from core.knowledge.projecting import ProjectKnowledge
from core.knowledge.service import KnowledgeService
from core.knowledge.standing import stands_at
from core.knowledge.tally import tally_from
from core.ports.knowledge import Action, Change, NewRevision, Snapshot
from core.ports.projection import Keyed
from tests.stores.engines import connected
from tests.stores.people import Owner, open_owner
from tests.stores.replica import Replica, open_replica

HERE = UUID(int=1)
THINGS = ("printer", "badge", "laptop", "invoice", "contract", "password", "calendar", "voucher")
DOINGS = ("order", "return", "renew", "cancel", "repair", "share", "print", "lock", "replace")
PLACES = ("berlin", "oslo", "madrid", "lagos", "tokyo", "quito", "delhi", "paris")
HOUR = timedelta(hours=1)


def handbook() -> list[Entry]:
    """Entries that differ by a word each."""
    return [
        Entry(
            id=new_id(),
            phrasings=(f"How do I {doing} a {thing} in {place}?", f"{doing} {thing} {place}"),
            answer=f"To {doing} a {thing} in {place}, see page {number}.",
            source=f"{place}.md",
            tags=("office",),
            language="en",
            audience=("role:admin",) if thing == "contract" else (),
        )
        for number, (doing, thing, place) in enumerate(
            (doing, thing, place) for doing in DOINGS for thing in THINGS for place in PLACES
        )
    ]


@dataclass(slots=True)
class Everywhere:
    """`DueProjections` of one organization, always due."""

    released: list[int | None] = field(default_factory=list)
    kept: bool = True

    async def claim(self, *, least: int, within: timedelta) -> UUID | None:
        return HERE

    async def keep(self, organization_id: UUID, *, within: timedelta) -> bool:
        return self.kept

    async def release(self, organization_id: UUID, revision: int | None) -> None:
        self.released.append(revision)


@dataclass
class SlowKnowledge(KnowledgeInMemory):
    """Takes longer to load than a claim holds."""

    async def load(self, organization_id: UUID) -> Snapshot:
        await asyncio.sleep(2)
        return await KnowledgeInMemory.load(self, organization_id)


@pytest.fixture
async def connection(scylla: ScyllaAddress) -> AsyncIterator[Connection]:
    async with connected(scylla) as connection:
        yield connection


@pytest.fixture
def projection(connection: Connection) -> ScyllaProjection:
    return ScyllaProjection(cql=connection.cql)


@pytest.fixture
def store() -> KnowledgeInMemory:
    return KnowledgeInMemory(entries=tuple(handbook()), at=1)


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


def projector(store: KnowledgeInMemory, projection: ScyllaProjection) -> ProjectKnowledge:
    return ProjectKnowledge(store=store, projection=projection, due=Everywhere())


def served(store: KnowledgeInMemory, projection: ScyllaProjection) -> KnowledgeService:
    return replace(service_on(store), projected=ProjectedKnowledge(projection=projection))


async def test_who_can_wait_loads_nothing_large_while_its_projection_is_behind(
    store: KnowledgeInMemory, projection: ScyllaProjection
) -> None:
    await projector(store, projection).project(HERE)
    service = served(store, projection)
    question = store.entries[0].phrasings[0]
    small = await service.index_when_there(HERE, 1, question)
    assert small is not None
    assert len(small.entries) <= 64

    changed = replace(store.entries[0], answer="Page 1000.")
    now = KnowledgeInMemory(entries=(changed, *store.entries[1:]), at=2)
    assert await service.index_when_there(HERE, 2, question) is None
    assert service.indexes.held == {}
    await projector(now, projection).project(HERE)
    small = await service.index_when_there(HERE, 2, question)
    assert small is not None
    assert small.search(question, limit=1)[0].answer == "Page 1000."
    assert service.indexes.held == {}


async def test_what_is_fitted_later_is_what_the_next_question_is_as_sure_by(
    store: KnowledgeInMemory, projection: ScyllaProjection
) -> None:
    async def fit(snapshot: Snapshot, encoded: Encoded | None) -> bytes:
        return to_bytes(
            Model(revision=snapshot.revision, fingerprint=b"", calibration=DEFAULT, classes=None)
        )

    await projector(store, projection).project(HERE)
    fitter = Fitter(store=store, indexes=Indexes(), fit=fit)
    service = replace(
        service_on(store), projected=ProjectedKnowledge(projection=projection, fitter=fitter)
    )
    question = store.entries[0].phrasings[0]
    before = await service.index_at(HERE, 1, question)
    assert stands_at(before) == 2
    assert HERE in fitter.due
    await fitter.refresh(HERE)
    after = await service.index_at(HERE, 1, question)
    assert stands_at(after) == 3
    assert (before.fitted_at, after.fitted_at) == (None, 1)


async def rows(connection: Connection) -> set[tuple[object, ...]]:
    return {
        tuple(row)
        for row in await connection.cql.fetch(
            "SELECT keyword, bucket, weight, entry_id FROM knowledge_base"
        )
    }


async def test_it_ranks_and_is_as_sure_as_the_index_of_everything(
    store: KnowledgeInMemory, projection: ScyllaProjection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same best entry, its probability and band, also for what is misspelt or unknown."""
    await projector(store, projection).project(HERE)
    monkeypatch.setattr("core.knowledge.building.MOST_IN_DETAIL", 1)  # as with 20,000 phrasings
    whole = build(Snapshot(revision=1, entries=store.entries))
    assert len(whole.texts.kinds) == 2
    assert MOST_IN_DETAIL > 1
    service = served(store, projection)
    questions = [
        "how do I return a laptop in oslo?",
        "my laptop in oslo is broken, can I get it repaired",
        "cancel invoice",
        "renw a calendr in madrid",
        "who won the football game last night",
        "where do I find a contract in tokyo",
        *(entry.phrasings[1] + " please" for entry in store.entries[::97]),
    ]
    known = 0
    for question in questions:
        small = await service.index_at(HERE, 1, question)
        assert len(small.entries) <= 64
        expected = whole.search(question, limit=3)
        found = small.search(question, limit=3)
        if not expected or expected[0].band is Band.UNKNOWN:
            assert not found or found[0].band is Band.UNKNOWN, question
            continue
        assert found[0].entry_id == expected[0].entry_id, question
        assert found[0].score == pytest.approx(expected[0].score, abs=0.02), question
        assert found[0].band == expected[0].band, question
        known += 1
    assert known > 5
    assert service.indexes.held == {}


async def test_a_change_replaces_what_was_there_and_nothing_else(
    store: KnowledgeInMemory, projection: ScyllaProjection, connection: Connection
) -> None:
    project = projector(store, projection)
    assert await project.project(HERE) == 1
    before = await rows(connection)
    changed = replace(store.entries[0], phrasings=("Where is the zeppelin?",), answer="Above.")
    removed = store.entries[1]
    added = Entry(id=new_id(), phrasings=("Who waters the cactus?",), answer="Nobody.")
    changes = [
        Change(before=store.entries[0], after=changed),
        Change(before=removed, after=None),
        Change(before=None, after=added),
    ]
    new = NewRevision(action=Action.EDIT, by=None, changes=changes)
    await store.write(HERE, new, at=1)
    service = served(store, projection)
    assert len((await service.index_at(HERE, 1, "zeppelin")).search("zeppelin")) < 2
    assert await project.project(HERE) == 2
    assert await project.project(HERE) == 2

    after = await rows(connection)
    touched = {changed.id, removed.id, added.id}
    assert {row for row in after ^ before if row[3] not in touched} == set()
    assert {row[0] for row in after if row[3] == changed.id} >= {"zeppelin", "abov"}
    assert not any(row[3] == removed.id for row in after)
    [passage] = (await service.index_at(HERE, 2, "Who waters the cactus?")).search(
        "who waters the cactus"
    )
    assert passage.answer == "Nobody."

    fresh = projector(KnowledgeInMemory(entries=store.entries, at=2), projection)
    stored = await projection.statistics(HERE, 2)
    await connection.cql.fetch("TRUNCATE knowledge_projections")
    await fresh.project(HERE)
    assert await rows(connection) == after
    again = await projection.statistics(HERE, 2)
    assert stored
    assert again
    assert tally_from(stored) == tally_from(again)


async def test_what_was_cut_off_is_taken_up_again(
    store: KnowledgeInMemory, projection: ScyllaProjection, connection: Connection
) -> None:
    await projector(store, projection).project(HERE)
    whole = await rows(connection)

    class Failing(ScyllaProjection):
        async def write(
            self, organization_id: UUID, *, new: Sequence[Keyed], old: Sequence[Keyed]
        ) -> None:
            await super().write(organization_id, new=new[:1], old=old[:1])
            raise UnavailableError("away")

    back = NewRevision(
        action=Action.EDIT,
        by=None,
        changes=[
            Change(before=entry, after=replace(entry, answer=f"New {number}."))
            for number, entry in enumerate(store.entries[:3])
        ],
    )
    await store.write(HERE, back, at=1)
    with pytest.raises(UnavailableError):
        await projector(store, Failing(cql=connection.cql)).project(HERE)
    head = await projection.head(HERE)
    assert head is not None
    assert (head.revision, head.towards) == (1, 2)
    assert await projector(store, projection).project(HERE) == 2
    assert await rows(connection) != whole
    expected = await _fresh_rows(store, projection, connection)
    assert expected == await rows(connection)


async def _fresh_rows(
    store: KnowledgeInMemory, projection: ScyllaProjection, connection: Connection
) -> set[tuple[object, ...]]:
    """What a projection from nothing writes."""
    other = UUID(int=2)
    await projector(store, projection).project(other)
    return {
        tuple(row)
        for row in await connection.cql.fetch(
            "SELECT keyword, bucket, weight, entry_id, organization_id FROM knowledge_base"
        )
        if row[4] == other
        for row in [row[:4]]
    }


async def test_an_index_in_memory_or_a_later_message_does_not_use_it(
    store: KnowledgeInMemory, projection: ScyllaProjection
) -> None:
    await projector(store, projection).project(HERE)
    service = served(store, projection)
    new = NewEntry(phrasings=("Who waters the cactus?",), answer="Nobody.")
    await service.add(HERE, new, by=None)
    whole = await service.index_at(HERE, 2, "cactus")
    assert len(whole.entries) == len(store.entries)
    assert (await service.index_at(HERE, 1, "cactus")) is whole


async def test_what_is_projected_is_not_loaded_when_a_bot_begins(
    store: KnowledgeInMemory, projection: ScyllaProjection
) -> None:
    @dataclass(frozen=True, slots=True)
    class One:
        async def with_knowledge(self, *, limit: int) -> Sequence[tuple[UUID, int]]:
            return [(HERE, store.at)][:limit]

    service = served(store, projection)
    load = LoadKnowledge(knowledge=service, organizations=One())
    await projector(store, projection).one()
    await load()
    assert HERE not in service.indexes.held
    await LoadKnowledge(knowledge=replace(service, projected=None), organizations=One())()
    assert HERE in service.indexes.held


async def test_who_loses_the_claim_stops_and_ends_no_other_s(
    replica: Replica, owner: Owner, projection: ScyllaProjection
) -> None:
    """Two that project at once would take out what the other has put in."""
    moment = timedelta(seconds=0.1)
    one = PostgresDueProjections(database=replica.bot, replica=replica.id)
    other = replace(one, replica=new_id())
    knowledge, here = PostgresKnowledge(replica.bot.pool), owner.organization_id
    await knowledge.save(here, [NewEntry(phrasings=("Why?",), answer="So.")])
    assert await one.claim(least=1, within=moment) == here
    assert await one.keep(here, within=HOUR)
    await asyncio.sleep(moment.total_seconds())
    assert await other.claim(least=1, within=HOUR) is None
    assert await one.keep(here, within=moment)
    await asyncio.sleep(moment.total_seconds())
    assert await other.claim(least=1, within=HOUR) == here
    assert not await one.keep(here, within=HOUR)
    await one.release(here, None)
    assert await one.claim(least=1, within=HOUR) is None

    lost = Everywhere(kept=False)
    work = ProjectKnowledge(
        store=SlowKnowledge(at=1), projection=projection, due=lost, claim=moment
    )
    with pytest.raises(UnavailableError, match="somebody else's"):
        await work.one()
    assert lost.released == [None]
    assert await projection.head(HERE) is None


async def test_only_what_is_large_is_due_and_one_replica_has_it(
    replica: Replica, owner: Owner
) -> None:
    due = PostgresDueProjections(database=replica.bot, replica=replica.id)
    knowledge = PostgresKnowledge(replica.bot.pool)
    here = owner.organization_id
    assert await due.claim(least=2, within=HOUR) is None
    await knowledge.save(here, [NewEntry(phrasings=("Why?",), answer="So.")])
    assert await due.claim(least=2, within=HOUR) is None
    await knowledge.save(here, [NewEntry(phrasings=("How?",), answer="Thus.")])
    assert [await due.claim(least=2, within=HOUR) for _ in range(2)] == [here, None]
    await due.release(here, None)
    assert await due.claim(least=2, within=HOUR) == here
    await due.release(here, await knowledge.revision(here))
    assert await due.claim(least=2, within=HOUR) is None
