"""What is fitted to the knowledge: the classifier, the confidence, and who does it when."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from structlog.testing import capture_logs

from benchmarks.answers.knowledge import service_on
from core.entries import CERTAIN, Entry, NewEntry
from core.errors import UnavailableError
from core.knowledge.child import fit_in_child
from core.knowledge.confidence import CLASSIFIED, LEARNED_AT, PLAIN, Evidence, features
from core.knowledge.default import DEFAULT
from core.knowledge.fits import FitsInMemory, Fitter
from core.knowledge.fitting import FOLDS, calibrate, classify, folds
from core.knowledge.index import build
from core.knowledge.learning import learn
from core.knowledge.meanings import Encoded
from core.knowledge.memory import Indexes
from core.knowledge.model import Model, fingerprint, fit, from_bytes, to_bytes
from core.knowledge.service import KnowledgeService
from core.ports.knowledge import Snapshot
from tests.core.test_knowledge import MemoryKnowledge, kept

SUBJECTS = ("password", "laptop", "badge", "invoice", "parking", "holiday", "printer", "canteen")
WAYS = (
    "how do I change the {}",
    "I lost my {}",
    "who takes care of the {}",
    "{} trouble",
    "where is the {} list",
    "a question about the {}",
)
ENTRIES: tuple[Entry, ...] = kept(
    *(
        NewEntry(phrasings=tuple(way.format(subject) for way in WAYS), answer=subject.upper())
        for subject in SUBJECTS
    )
)
SNAPSHOT = Snapshot(revision=4, entries=ENTRIES)


def test_each_phrasing_is_held_back_once_alone_and_once_with_its_entry() -> None:
    alone: list[str] = []
    gone: list[str] = []
    for fold in folds(ENTRIES):
        left = {phrasing for entry in fold.kept for phrasing in entry.phrasings}
        for question, answer in fold.asked:
            assert question not in left
            (gone if answer is None else alone).append(question)
            assert (answer is None) == (answer not in {entry.answer for entry in fold.kept})
    every = sorted(phrasing for entry in ENTRIES for phrasing in entry.phrasings)
    assert sorted(gone) == every
    assert sorted(alone) == every


def test_entries_of_few_phrasings_are_not_taken_apart() -> None:
    few = [replace(entry, phrasings=entry.phrasings[:3]) for entry in ENTRIES]
    assert list(folds(few)) == []
    assert list(folds(ENTRIES[: FOLDS - 1])) == []
    assert calibrate(few) == DEFAULT


def test_a_classifier_knows_what_it_has_seen() -> None:
    index = build(SNAPSHOT)
    found = classify(index)
    assert found is not None
    fitted = index.fitted(found, DEFAULT)
    for entry in ENTRIES:
        [match] = fitted.matches(entry.phrasings[0], limit=1)
        assert fitted.entries[match.entry].id == entry.id
        assert match.evidence.classified is not None
        assert match.evidence.classified > 0.5 > match.evidence.classified_rival


def test_there_is_none_where_there_is_nothing_to_tell_apart() -> None:
    assert classify(build(Snapshot(revision=1, entries=()))) is None


def test_a_model_survives_its_store() -> None:
    model = fit(SNAPSHOT)
    again = from_bytes(to_bytes(model))
    assert again is not None
    assert (again.revision, again.fingerprint) == (4, model.fingerprint)
    assert again.calibration == model.calibration
    assert model.classes is not None
    assert again.classes is not None
    assert np.allclose(again.classes, model.classes, atol=1e-3)


@pytest.mark.parametrize("stored", [b"", b"nothing", to_bytes(fit(SNAPSHOT))[:-40]])
def test_a_model_that_cannot_be_read_is_none(stored: bytes) -> None:
    assert from_bytes(stored) is None


def test_a_model_of_other_texts_lends_its_calibration_alone() -> None:
    model = fit(SNAPSHOT)
    index = build(SNAPSHOT)
    assert model.apply(index).classifier is not None
    other = build(Snapshot(revision=5, entries=ENTRIES[:-1]))
    applied = model.apply(other)
    assert applied.classifier is None
    assert (applied.calibration, applied.fitted_at) == (model.calibration, 4)
    assert fingerprint(other) != fingerprint(index)


def test_what_is_seen_outweighs_what_is_believed_when_there_is_enough_of_it() -> None:
    chance = np.random.default_rng(1)
    found = np.column_stack([np.ones(400), chance.normal(size=400)])
    true = (chance.random(400) < 1 / (1 + np.exp(-2 * found[:, 1]))).astype(float)
    shares = np.ones(400)
    free = learn(found, true, shares, believed=(0.0, 0.0), trust=1)
    held = learn(found, true, shares, believed=(0.0, 0.0), trust=1e6)
    assert 1.4 < free[1] < 2.6
    assert abs(held[1]) < 0.01


def test_rows_that_are_told_apart_entirely_do_not_lead_astray() -> None:
    found = np.column_stack([np.ones(40), np.repeat([0.0, 1.0], 20), np.tile([3.0, -3.0], 20)])
    true, shares = np.repeat([0.0, 1.0], 20), np.ones(40)
    weights = learn(found, true, shares, believed=(9.0, -30.0, 4.0), trust=0.001)
    odds = found @ weights
    assert np.isfinite(weights).all()
    assert ((odds > 0) == (true > 0)).all()


EVIDENCE = Evidence(
    best=0.9,
    mean=0.8,
    score=1.4,
    rival=0.3,
    classified=None,
    classified_rival=0.0,
    classified_share=0.0,
    classified_ahead=0.0,
    classified_clear=0.0,
    rival_best=0.2,
    agreed=True,
    by_words=0.9,
    by_characters=0.9,
    asked_by_phrasing=0.9,
    asked_by_entry=1.0,
    phrasing_by_asked=0.9,
    unseen=0.0,
    content_shared=1.0,
    content=3,
    misread=0.0,
    told=0.9,
    phrasings=10,
)


def test_there_is_a_weight_for_each_number() -> None:
    assert len(features(EVIDENCE)) == PLAIN == len(DEFAULT.plain.known)
    classified = replace(EVIDENCE, classified=0.5)
    assert len(features(classified)) == CLASSIFIED == len(DEFAULT.classified.right)
    assert len(DEFAULT.classified.whole) == CLASSIFIED


def test_confidence_goes_with_the_evidence() -> None:
    sure = DEFAULT.probability(EVIDENCE)
    assert sure > CERTAIN
    for worse in (
        replace(EVIDENCE, best=0.4, mean=0.3, score=0.6, by_words=0.4, by_characters=0.4),
        replace(EVIDENCE, rival=1.4, rival_best=0.9),
        replace(EVIDENCE, unseen=0.5, asked_by_entry=0.5),
    ):
        assert DEFAULT.probability(worse) < sure
    assert DEFAULT.probability(replace(EVIDENCE, content=0)) < CERTAIN


def test_few_phrasings_answer_only_what_is_wholly_about_them() -> None:
    few = replace(EVIDENCE, phrasings=1)
    assert DEFAULT.probability(few) > CERTAIN
    assert DEFAULT.probability(replace(few, content_shared=0.9)) < CERTAIN


def test_the_more_is_out_of_scope_the_less_is_sure() -> None:
    chances = [
        replace(DEFAULT, out_of_scope=share).probability(EVIDENCE)
        for share in (0.2, LEARNED_AT, 0.6, 0.9)
    ]
    assert chances == sorted(chances, reverse=True)
    assert len(set(chances)) == len(chances)


async def test_a_child_fits_what_this_process_would() -> None:
    model = from_bytes(await fit_in_child(SNAPSHOT))
    here = fit(SNAPSHOT)
    assert model is not None
    assert model.fingerprint == here.fingerprint
    assert np.allclose(model.calibration.plain.known, here.calibration.plain.known, atol=1e-4)


@dataclass(slots=True)
class Child:
    """Fits at once, or fails, and counts."""

    revisions: list[int] = field(default_factory=list)
    failures: int = 0
    error: Exception = field(default_factory=lambda: UnavailableError("killed"))

    async def __call__(self, snapshot: Snapshot, encoded: Encoded | None = None) -> bytes:
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise self.error
        self.revisions.append(snapshot.revision)
        return to_bytes(
            Model(
                revision=snapshot.revision,
                fingerprint=fingerprint(build(snapshot)),
                calibration=DEFAULT,
                classes=None,
            )
        )


@dataclass(slots=True)
class Replica:
    """A service with its fitter; replicas share the store and the fits."""

    store: MemoryKnowledge
    fits: FitsInMemory = field(default_factory=FitsInMemory)
    child: Child = field(default_factory=Child)
    service: KnowledgeService = field(init=False)
    fitter: Fitter = field(init=False)

    def __post_init__(self) -> None:
        indexes = Indexes()
        self.fitter = Fitter(
            store=self.store,
            indexes=indexes,
            fits=self.fits,
            fit=self.child,
            quiet=timedelta(milliseconds=500),
        )
        self.service = replace(service_on(self.store), indexes=indexes, fitter=self.fitter)

    async def fitted_at(self, organization: UUID) -> int | None:
        return (await self.service.index_at(organization, self.store.at)).fitted_at


async def until_fitted(replica: Replica, organization: UUID, revision: int) -> None:
    async with asyncio.timeout(60):
        while await replica.fitted_at(organization) != revision:
            await asyncio.sleep(0.01)


async def test_changes_are_fitted_once_when_they_have_come_to_rest() -> None:
    replica, organization = Replica(MemoryKnowledge(entries=ENTRIES, at=1)), uuid4()
    running = asyncio.ensure_future(replica.fitter.run())
    try:
        for _ in range(3):
            replica.store.at += 1
            assert await replica.fitted_at(organization) is None
        await until_fitted(replica, organization, 4)
        assert replica.child.revisions == [4]
        replica.store.at += 1
        await until_fitted(replica, organization, 5)
        assert replica.child.revisions == [4, 5]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_one_replica_fitted_the_others_use() -> None:
    store, fits, organization = MemoryKnowledge(entries=ENTRIES, at=2), FitsInMemory(), uuid4()
    first, second = Replica(store, fits), Replica(store, fits)
    await first.fitted_at(organization)
    await second.fitted_at(organization)
    async with asyncio.TaskGroup() as tasks:
        for replica in (first, second):
            tasks.create_task(replica.fitter.refresh(organization))
    await second.fitter.refresh(organization)
    assert len(first.child.revisions + second.child.revisions) == 1
    assert await first.fitted_at(organization) == await second.fitted_at(organization) == 2
    later = Replica(store, fits)
    assert await later.fitted_at(organization) == 2
    assert later.child.revisions == []


@pytest.mark.parametrize("error", [UnavailableError("away"), OSError("no process to be had")])
async def test_a_failed_fit_leaves_the_answers_as_they_are(error: Exception) -> None:
    child = Child(failures=1, error=error)
    replica = Replica(MemoryKnowledge(entries=ENTRIES, at=1), child=child)
    organization = uuid4()
    running = asyncio.ensure_future(replica.fitter.run())
    try:
        assert await replica.fitted_at(organization) is None
        with capture_logs() as lines:
            async with asyncio.timeout(60):
                while not lines:
                    await asyncio.sleep(0.01)
        assert [line["event"] for line in lines] == ["fit_failed"]
        assert await replica.fitted_at(organization) is None
        assert not running.done()
        assert organization in replica.fitter.due
        assert replica.fitter.failing == {organization}
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
