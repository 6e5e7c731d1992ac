"""How sure it is that an entry is the right one: what speaks for it, as a probability."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.entries import CERTAIN

FEW = 3  # phrasings from which on an entry's agree or disagree with each other
WHOLE = 0.85  # share of what a question is about that an entry of few phrasings must have
ALMOST = CERTAIN - 0.01
EMPTY = 0.5  # what is left of the confidence in a question of nothing but function words
STEEPEST = 30.0  # exponents beyond are as good as certain


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for an entry. Similarities and shares of weight are between 0 and 1.

    `best` and `mean` are the similarity of its best phrasing and the mean of its best three;
    `score` puts them together with the answer's words, and `rival` is the score of the best entry
    that has another answer. `classified` is what the classifier says, None without one.
    """

    best: float
    mean: float
    score: float
    rival: float
    classified: float | None
    classified_rival: float
    by_words: float
    by_characters: float
    asked_by_phrasing: float
    asked_by_entry: float
    phrasing_by_asked: float
    unseen: float
    content_shared: float
    content: int
    misread: float
    told: float
    phrasings: int


def features(evidence: Evidence) -> tuple[float, ...]:
    """The numbers that a calibration weighs, the first one always 1."""
    few = 1.0 if evidence.phrasings < FEW else 0.0
    ratio = min(evidence.rival / evidence.score, 1.5) if evidence.score > 0 else 1.5
    plain = (
        1.0,
        evidence.best,
        evidence.best**2,
        evidence.mean,
        evidence.score - evidence.rival,
        ratio,
        evidence.by_words,
        evidence.by_characters,
        evidence.asked_by_phrasing,
        evidence.asked_by_entry,
        evidence.phrasing_by_asked,
        evidence.unseen,
        evidence.content_shared,
        min(evidence.content, 8) / 4,
        float(evidence.content <= 1),
        evidence.misread,
        evidence.told,
        min(math.log(max(evidence.phrasings, 1)), 3.0),
        few * evidence.best,
        few * evidence.phrasing_by_asked,
        few * evidence.asked_by_phrasing,
    )
    if evidence.classified is None:
        return plain
    return (*plain, evidence.classified, evidence.classified - evidence.classified_rival)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each number weighs: for whether anything here answers, and whether it is this entry."""

    known: Sequence[float]
    right: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """From evidence to a probability: `plain` without a classifier, `classified` with one."""

    plain: Weights
    classified: Weights

    def probability(self, evidence: Evidence) -> float:
        """The probability that an entry is the right one.

        An entry of few phrasings answers by itself only what is wholly about it, and a question
        of nothing but function words is hardly ever answered.
        """
        weights = self.plain if evidence.classified is None else self.classified
        found = features(evidence)
        probability = _chance(weights.known, found) * _chance(weights.right, found)
        if evidence.content == 0:
            probability *= EMPTY
        if evidence.phrasings < FEW and evidence.content_shared < WHOLE:
            probability = min(probability, ALMOST)
        return probability


def _chance(weights: Sequence[float], found: Sequence[float]) -> float:
    exponent = sum(weight * number for weight, number in zip(weights, found, strict=True))
    return 1 / (1 + math.exp(-max(min(exponent, STEEPEST), -STEEPEST)))
