"""Fit the classifier and the confidence to what an organization knows."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from core.entries import Entry
from core.knowledge import classifier
from core.knowledge.classifier import Classifier
from core.knowledge.confidence import LEARNED_AT, Calibration, Evidence, Weights, features
from core.knowledge.default import DEFAULT
from core.knowledge.default_semantic import DEFAULT_SEMANTIC
from core.knowledge.features import read
from core.knowledge.index import Index, build
from core.knowledge.learning import learn
from core.knowledge.meanings import arrange, kernel, texts_of
from core.knowledge.postings import Floats
from core.ports.knowledge import Snapshot

MOST_PHRASINGS = 5_000  # the work for the classifier grows with their cube
MOST_CELLS = 2_500_000  # phrasings times entries: 10 MB
MANY = 4  # phrasings of an entry from which on it can do without some
FOLDS = 5
MOST_TRIED = 4_000  # questions
LEAST_TRIED = 20
SEED = 7

Vectors: TypeAlias = Mapping[str, Floats]
"""What texts mean, by text."""

Trust: TypeAlias = tuple[float, float, float]
"""For how many questions the default counts: in what is known, which is right, and the whole.

Much in the first: far questions, which the default has seen, are not held back here.
"""
TRUST: Trust = (150.0, 0.5, 3.0)
MEANT_TRUST: Trust = (500.0, 0.5, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A question that was held back and asked. `known`: an entry that is there answers it."""

    evidence: Evidence
    known: bool
    right: bool


@dataclass(frozen=True, slots=True)
class Fold:
    """Entries that are left, and questions with their answer; None where it was held back."""

    kept: Sequence[Entry]
    asked: Sequence[tuple[str, str | None]]


def classify(index: Index) -> Classifier | None:
    """The classifier of an index; None where there is too much for one, or too little.

    It knows nothing of documents: their parts have no phrasings to learn from.
    """
    texts = index.texts
    own, entry_of = texts.own_phrasings, texts.own_entry_of
    count, entries = len(own), len(texts.own_entries)
    if not 2 < count <= MOST_PHRASINGS or count * entries > MOST_CELLS:
        return None
    alike = np.zeros((count, count), np.float32)
    for place, number in enumerate(own.tolist()):
        row, _ = texts.similarities(read(texts.phrasing(number)))
        if row is not None:
            alike[place] = row[own]
    if index.meanings is not None:
        meant = index.meanings.phrasings[own]
        alike = kernel(alike, meant @ meant.T)
    return classifier.fit(alike, entry_of, entries)


def calibrate(entries: Sequence[Entry], vectors: Vectors | None = None) -> Calibration:
    """Learn how sure to be: some questions are held back and asked, some with their entries.

    What is held back with its entry is out of scope. The fewer questions there are to learn from,
    the less the default calibration is changed. With the `vectors` of `texts_of` these entries
    their meaning is compared too.
    """
    believed = DEFAULT if vectors is None else DEFAULT_SEMANTIC
    plain: list[Tried] = []
    classified: list[Tried] = []
    for fold in folds([entry for entry in entries if entry.phrasings and not entry.passage]):
        index = build(Snapshot(revision=0, entries=fold.kept))
        if vectors is not None:
            rows = np.array([vectors[text] for text in texts_of(index.entries)], np.float32)
            index = index.meaning(arrange(index.entries, rows))
        plain += attempt(index, fold.asked, vectors)
        found = classify(index)
        if found is not None:
            classified += attempt(index.fitted(found, believed), fold.asked, vectors)
    trust = TRUST if vectors is None else MEANT_TRUST
    return Calibration(
        plain=weigh(plain, believed.plain, trust=trust),
        classified=weigh(classified, believed.classified, trust=trust),
    )


def folds(entries: Sequence[Entry]) -> Iterator[Fold]:
    """Each question is held back once alone and once with its entry."""
    many = [number for number, entry in enumerate(entries) if len(entry.phrasings) >= MANY]
    chance = random.Random(SEED)  # noqa: S311 (the same folds each time)
    chance.shuffle(many)
    places = {number: place for place, number in enumerate(many)}
    if len(many) < FOLDS:
        return
    for fold in range(FOLDS):
        kept: list[Entry] = []
        asked: list[tuple[str, str | None]] = []
        for number, entry in enumerate(entries):
            place = places.get(number)
            if place is None:
                kept.append(entry)
            elif place % FOLDS == fold:
                asked += [(phrasing, None) for phrasing in entry.phrasings]
            else:
                held = _held_back(entry, (fold - place) % FOLDS - 1)
                asked += [(phrasing, entry.answer) for phrasing in held]
                left = tuple(one for one in entry.phrasings if one not in held)
                kept.append(replace(entry, phrasings=left))
        yield Fold(kept, chance.sample(asked, min(len(asked), MOST_TRIED // FOLDS)))


def _held_back(entry: Entry, turn: int) -> frozenset[str]:
    chance = random.Random(entry.phrasings[0])  # noqa: S311 (as above)
    shuffled = chance.sample(entry.phrasings, len(entry.phrasings))
    return frozenset(shuffled[turn :: FOLDS - 1])


def attempt(
    index: Index, asked: Sequence[tuple[str, str | None]], vectors: Vectors | None = None
) -> Iterator[Tried]:
    """Ask questions; one that nothing is found for teaches nothing."""
    for question, answer in asked:
        vector = None if vectors is None else vectors[question]
        for match in index.matches(question, limit=1, vector=vector):
            yield Tried(
                evidence=match.evidence,
                known=answer is not None,
                right=answer is not None and index.entries[match.entry].answer == answer,
            )


def weigh(
    tried: Sequence[Tried],
    believed: Weights,
    *,
    trust: Trust = TRUST,
) -> Weights:
    """Learn from what was tried. What is believed stays where there is too little to learn from."""
    known = np.array([one.known for one in tried], bool)
    if len(tried) < LEAST_TRIED or known.all() or not known.any():
        return believed
    found = np.array([features(one.evidence) for one in tried])
    right = np.array([one.right for one in tried], np.float64)
    shares = np.where(known, (1 - LEARNED_AT) / known.sum(), LEARNED_AT / (~known).sum())
    return Weights(
        learn(found, known.astype(float), shares, believed=believed.known, trust=trust[0]),
        learn(found[known], right[known], shares[known], believed=believed.right, trust=trust[1]),
        learn(found, right, shares, believed=believed.whole, trust=trust[2]),
    )
