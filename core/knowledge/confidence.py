"""How sure it is that an entry is the right one: what speaks for it, as a probability."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.entries import CERTAIN

FEW = 3  # phrasings from which on an entry's agree or disagree with each other
WHOLE = 0.999  # share of what a question is about that an entry of few phrasings must have
ALMOST = CERTAIN - 0.01
EMPTY = 0.5  # what is left of the confidence in a question of nothing but function words
LEARNED_AT = 0.4  # the share of questions out of scope that weights are learned with
OUT_OF_SCOPE = 0.6  # the share that is expected: many who ask do not know what is written down
SPREAD = 3.0  # of what the classifier tells apart, to be as wide as the other numbers
STEEPEST = 30.0  # exponents beyond are as good as certain


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for an entry. Similarities and shares of weight are between 0 and 1.

    `best` and `mean` are the similarity of its best phrasing and the mean of its best three;
    `score` puts them together with the answer's words, and `rival` is the score of the best entry
    that has another answer. `classified` is what the classifier says, None without one;
    `classified_ahead` is how far that is above what it says of all others together, and
    `classified_clear` the same where the next ones count most: below 0 another one is ahead.
    `meant` is how near the nearest phrasing is by its meaning, `meant_mean` that of the nearest
    three; None where only words are compared.
    """

    best: float
    mean: float
    score: float
    rival: float
    classified: float | None
    classified_rival: float
    classified_share: float
    classified_ahead: float
    classified_clear: float
    rival_best: float
    agreed: bool
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
    meant: float | None = None
    meant_mean: float = 0.0
    meant_told: float = 0.0
    meant_rival: float = 0.0


def features(evidence: Evidence) -> tuple[float, ...]:
    """The numbers that a calibration weighs, the first one always 1."""
    few = 1.0 if evidence.phrasings < FEW else 0.0
    ratio = min(evidence.rival / evidence.score, 1.5) if evidence.score > 0 else 1.5
    plain: tuple[float, ...] = (
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
        evidence.best - evidence.rival_best,
        few * evidence.best,
        few * evidence.phrasing_by_asked,
        few * evidence.asked_by_phrasing,
    )
    if evidence.meant is not None:
        plain = (*plain, *_of_meaning(evidence, evidence.meant, few))
    if evidence.classified is None:
        return plain
    return (
        *plain,
        evidence.classified,
        evidence.classified - evidence.classified_rival,
        evidence.classified**2,
        evidence.classified_share,
        float(evidence.agreed),
        SPREAD * evidence.classified_ahead,
        SPREAD * evidence.classified_clear,
    )


def _of_meaning(evidence: Evidence, meant: float, few: float) -> tuple[float, ...]:
    return (
        meant,
        max(meant, 0.0) ** 2,
        evidence.meant_mean,
        meant - evidence.meant_rival,
        evidence.meant_told,
        few * meant,
        meant * evidence.best,
    )


@dataclass(frozen=True, slots=True)
class Weights:
    """What each number weighs: for whether anything here answers, and whether it is this entry.

    `whole` tells both at once: whether this entry is the answer.
    """

    known: Sequence[float]
    right: Sequence[float]
    whole: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """From evidence to a probability: `plain` without a classifier, `classified` with one.

    `out_of_scope` is the share of questions that nothing here answers, as it is taken to be. The
    weights are those of `LEARNED_AT`.
    """

    plain: Weights
    classified: Weights
    out_of_scope: float = OUT_OF_SCOPE

    def probability(self, evidence: Evidence) -> float:
        """The probability that an entry is the right one.

        It is told in two ways, in two steps and at once, and each has half a say: the steps follow
        the default, what is told at once follows the knowledge that it was learned from. An entry
        of few phrasings answers by itself only what is wholly about it, and a question of nothing
        but function words is hardly ever answered.
        """
        weights = self.plain if evidence.classified is None else self.classified
        found = features(evidence)
        steps = _odds(_chance(weights.known, found) * _chance(weights.right, found))
        learned = (steps + _weighed(weights.whole, found)) / 2
        probability = _chance_of(learned + _odds(LEARNED_AT) - _odds(self.out_of_scope))
        if evidence.content == 0:
            probability *= EMPTY
        if evidence.phrasings < FEW and evidence.content_shared < WHOLE:
            probability = min(probability, ALMOST)
        return probability


def _chance(weights: Sequence[float], found: Sequence[float]) -> float:
    return _chance_of(_weighed(weights, found))


def _weighed(weights: Sequence[float], found: Sequence[float]) -> float:
    return sum(weight * number for weight, number in zip(weights, found, strict=True))


def _chance_of(odds: float) -> float:
    return 1 / (1 + math.exp(-max(min(odds, STEEPEST), -STEEPEST)))


def _odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


PLAIN, CLASSIFIED, MEANING = 22, 29, 7
"""How many numbers there are without a classifier and with one, and how many more of meanings."""
