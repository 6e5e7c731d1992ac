"""Parts of documents among the answers: offered for what they say, seldom answers by themselves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.entries import CERTAIN, POSSIBLE, Passage
from core.knowledge.confidence import ALMOST, Evidence

NEARLY_CERTAIN = 0.9
"""From which probability on a passage answers: its heading is no question that people ask."""
SAID = 0.6  # share of what a question is about that a passage must speak of to be offered
AHEAD = 0.2  # of a question's weight that it must say more than the next passage


def of_passage(probability: float, evidence: Evidence, told: NDArray[np.float64]) -> float:
    """The probability for a passage, by its heading and by what stands below it.

    `told` is how much of the question each passage has.
    """
    if probability < NEARLY_CERTAIN:
        probability = min(probability, ALMOST)
    ahead = evidence.told - _next(told)
    if evidence.content_shared < SAID or ahead < AHEAD:
        return probability
    said = POSSIBLE + (ALMOST - POSSIBLE) * evidence.content_shared * min(ahead, 1.0)
    return max(probability, said)


def together(entries: Sequence[Passage], passages: Sequence[Passage]) -> Sequence[Passage]:
    """Entries and passages, best first. An entry that answers stays the first one."""
    if entries and entries[0].score >= CERTAIN:
        rest = sorted((*entries[1:], *passages), key=lambda one: -one.score)
        return (entries[0], *rest)
    return sorted((*entries, *passages), key=lambda one: -one.score)


def _next(told: NDArray[np.float64]) -> float:
    return float(np.partition(told, -2)[-2]) if len(told) > 1 else 0.0
