"""What is said of a set of answers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.answers.look_up import worth_offering
from core.entries import CERTAIN, POSSIBLE, Passage
from core.knowledge.service import KnowledgeService

RANKED = 10
PRECISE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One question: the place of the right answer (0: not found), and the confidence.

    `offers`: the right one would be among those that are offered, were it not sure.
    """

    question: str
    expected: str
    found: str
    place: int
    confidence: float
    offers: bool = False

    @property
    def known(self) -> bool:
        """Whether the knowledge has its answer."""
        return bool(self.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Shares, 0 to 1. `answered_*` are at the product's own bands; None where undefined."""

    questions: int
    out_of_scope: int
    hit1: float | None
    hit5: float | None
    mrr: float | None
    auroc: float | None
    cov95: float | None
    answered_precision: float | None
    answered_coverage: float | None
    answered_out_of_scope: float | None
    offered_known: float | None
    offered_hit3: float | None
    offered_out_of_scope: float | None

    def __str__(self) -> str:
        return "\n".join(f"{name:24}{_shown(value)}" for name, value in asdict(self).items())


async def ask(
    service: KnowledgeService, organization: UUID, asked: Sequence[tuple[str, str]]
) -> Sequence[Score]:
    """Ask each question as a person would."""
    scores = []
    for question, expected in asked:
        passages = await service.search(organization, question, limit=RANKED)
        scores.append(_score(question, expected, passages))
    return scores


def _score(question: str, expected: str, passages: Sequence[Passage]) -> Score:
    answers = list(dict.fromkeys(passage.answer for passage in passages))
    return Score(
        question=question,
        expected=expected,
        found=answers[0] if answers else "",
        place=answers.index(expected) + 1 if expected and expected in answers else 0,
        confidence=passages[0].score if passages else 0.0,
        offers=bool(passages) and expected in [one.answer for one in worth_offering(passages)],
    )


def measure(scores: Sequence[Score]) -> Measures:
    """Sum up."""
    known = np.array([score.known for score in scores], bool)
    places = np.array([score.place for score in scores])
    confidence = np.array([score.confidence for score in scores])
    right = places == 1
    among = np.array([score.offers for score in scores], bool)
    answered = confidence >= CERTAIN
    offered = (confidence >= POSSIBLE) & ~answered
    return Measures(
        questions=len(scores),
        out_of_scope=int((~known).sum()),
        hit1=_mean(right[known]),
        hit5=_mean((places[known] > 0) & (places[known] <= 5)),
        mrr=_mean(np.where(places[known] > 0, 1 / np.maximum(places[known], 1), 0)),
        auroc=_auroc(confidence, known),
        cov95=_coverage(confidence, right, known),
        answered_precision=_mean(right[answered]),
        answered_coverage=_mean((answered & right)[known]),
        answered_out_of_scope=_mean(answered[~known]),
        offered_known=_mean(offered[known]),
        offered_hit3=_mean(among[known & offered]),
        offered_out_of_scope=_mean(offered[~known]),
    )


def _mean(values: NDArray[Any]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _auroc(confidence: NDArray[np.float64], known: NDArray[np.bool_]) -> float | None:
    """The chance that a question in scope has the higher confidence; ties count half."""
    inside, outside = confidence[known], np.sort(confidence[~known])
    if not len(inside) or not len(outside):
        return None
    below = np.searchsorted(outside, inside, "left")
    level = np.searchsorted(outside, inside, "right") - below
    return float((below + level / 2).sum() / (len(inside) * len(outside)))


def _coverage(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], known: NDArray[np.bool_]
) -> float | None:
    """The share of questions in scope answered rightly where 95 % of all answers are right."""
    if not known.any():
        return None
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    rights = np.cumsum(right[order])
    precise = rights / np.arange(1, len(order) + 1) >= PRECISE
    last = np.append(ranked[1:] != ranked[:-1], True)  # a threshold takes all that are level
    places = np.nonzero(precise & last)[0]
    return float(rights[places[-1]] / known.sum()) if len(places) else 0.0


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
