"""Learn the default calibration from the training parts of the public sets.

`python -m benchmarks.answers.calibrate --data DIR > core/knowledge/default.py`, and the same with
`--semantic > core/knowledge/default_semantic.py`. What the benchmark asks is never seen here.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from uuid import uuid4

import numpy as np

from benchmarks.answers.semantic import model
from benchmarks.answers.sets import NONE, Labelled, PublicSet, Trial, banking77, clinc150, sample
from core.entries import NewEntry
from core.knowledge.confidence import (
    CLASSIFIED,
    LEARNED_AT,
    MEANING,
    PLAIN,
    Calibration,
    Weights,
    features,
)
from core.knowledge.fitting import Tried, attempt, classify, weigh
from core.knowledge.index import Index, build
from core.knowledge.learning import learn
from core.knowledge.meanings import encoded
from core.knowledge.merge import merge
from core.ports.encoder import Encoder
from core.ports.knowledge import Snapshot

PHRASINGS = (1, 2, 3, 5, 10, 25)
LABELS = (15, 50, 150)
MOST_KNOWN = 1_600
KNOWN_ASKED, NEAR_ASKED, FAR_ASKED, OTHER_ASKED = 500, 150, 150, 60
SIZES = (0, 13, 15, 17)  # of what is weighed: 1, telling words, misread ones, phrasings
TRUST = 0.001  # of all questions: enough to keep the numbers small
SEED = 3


def trials(of: PublicSet, other: PublicSet, far: Sequence[str]) -> Iterator[Trial]:
    """Small and large knowledge; near, far and very far questions are out of scope."""
    for phrasings in PHRASINGS:
        for count in LABELS:
            if phrasings * count <= MOST_KNOWN:
                yield _trial(of, phrasings, count, [text for text, _ in other.train], far)


def _trial(
    of: PublicSet, phrasings: int, count: int, other: Sequence[str], far: Sequence[str]
) -> Trial:
    chance = random.Random(SEED * 100 + count + phrasings)
    labels = of.labels()
    kept = set(chance.sample(labels, min(count, len(labels))))
    known = sample([one for one in of.train if one[1] in kept], phrasings, seed=SEED)
    taken = {text for text, _ in known}
    asked = [one for one in of.train if one[1] in kept and one[0] not in taken]
    near = [text for text, label in of.train if label not in kept]
    nothing = [
        *chance.sample(near, min(len(near), NEAR_ASKED)),
        *chance.sample(far, FAR_ASKED),
        *chance.sample(other, OTHER_ASKED),
    ]
    return Trial(known, chance.sample(asked, KNOWN_ASKED) + [(text, NONE) for text in nothing])


def index_of(known: Sequence[Labelled]) -> tuple[Index, dict[str, str]]:
    """Index labelled questions; an answer tells nothing but which one it is."""
    labels = list(dict.fromkeys(label for _, label in known))
    answers = {label: chr(0x4E00 + number) for number, label in enumerate(labels)}
    entries = [NewEntry(phrasings=(text,), answer=answers[label]) for text, label in known]
    added = merge((), entries, new_id=uuid4).added
    return build(Snapshot(revision=1, entries=added)), answers


def learned(tried: Sequence[Tried], size: int) -> Weights:
    """Weights from all trials, each question counting alike."""
    nothing = Weights(*[(0.0,) * size] * 3)
    trust = TRUST * len(tried)
    return weigh(tried, nothing, trust=(trust, trust, trust))


def halfway(columns: Sequence[int], tried: Sequence[Tried], weights: Weights) -> Weights:
    """The same, where whether anything answers is half told by some numbers alone.

    Where meanings and a classifier tell it, words add what holds for the sets they were learned
    from: with half of their weight AUROC is 0.0015 better, and other languages are as good.
    """
    found = np.array([features(one.evidence) for one in tried])[:, columns]
    known = np.array([one.known for one in tried], bool)
    shares = np.where(known, (1 - LEARNED_AT) / known.sum(), LEARNED_AT / (~known).sum())
    nothing = (0.0,) * len(columns)
    told = learn(found, known.astype(float), shares, believed=nothing, trust=TRUST * len(tried))
    alone = dict(zip(columns, told, strict=True))
    half = [(one + alone.get(at, 0.0)) / 2 for at, one in enumerate(weights.known)]
    return replace(weights, known=tuple(half))


def module(calibration: Calibration, *, semantic: bool) -> str:
    """The calibration as a module of Python."""
    lines = [
        '"""The calibration of an organization that has none of its own yet'
        + (", where meanings are compared." if semantic else "."),
        "",
        f"Made by `python -m benchmarks.answers.calibrate{' --semantic' if semantic else ''}`.",
        '"""',
        "",
        "from core.knowledge.confidence import Calibration, Weights",
        "",
        "# fmt: off",
        f"{'DEFAULT_SEMANTIC' if semantic else 'DEFAULT'} = Calibration(",
    ]
    for name in ("plain", "classified"):
        weights: Weights = getattr(calibration, name)
        lines.append(f"    {name}=Weights(")
        for part in astuple(weights):
            numbers = [f"{number:.4f}" for number in np.asarray(part)]
            rows = [", ".join(numbers[at : at + 9]) for at in range(0, len(numbers), 9)]
            lines += ["        (", *(f"            {row}," for row in rows), "        ),"]
        lines.append("    ),")
    return "\n".join([*lines, ")", "# fmt: on"])


def tried(of: PublicSet, trial: Trial, encoder: Encoder | None) -> tuple[list[Tried], list[Tried]]:
    """Ask without a classifier and with one."""
    index, answers = index_of(trial.known)
    asked = [(text, answers.get(label)) for text, label in trial.asked]
    if encoder is not None:
        meanings = encoded(index.entries, encoder, most=None)
        index = index if meanings is None else index.meaning(meanings)
    plain, found = list(attempt(index, asked)), classify(index)
    print(of.name, len(trial.known), len(answers), file=sys.stderr, flush=True)
    if found is None:
        return plain, []
    return plain, list(attempt(index.fitted(found, index.calibration), asked))


def main() -> None:
    """Read the sets, learn, print the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--semantic", action="store_true", help="with the embedding model")
    arguments = parser.parse_args()
    encoder = model() if arguments.semantic else None
    clinc, banking = clinc150(arguments.data), banking77(arguments.data)
    plain: list[Tried] = []
    classified: list[Tried] = []
    for of, other in ((clinc, banking), (banking, clinc)):
        for trial in trials(of, other, clinc.far):
            parts = tried(of, trial, encoder)
            plain += parts[0]
            classified += parts[1]
    more = 0 if encoder is None else MEANING
    calibration = Calibration(
        plain=learned(plain, PLAIN + more), classified=learned(classified, CLASSIFIED + more)
    )
    if encoder is not None:
        columns = (*SIZES, *range(PLAIN, CLASSIFIED + more))
        calibration = replace(
            calibration, classified=halfway(columns, classified, calibration.classified)
        )
    print(module(calibration, semantic=arguments.semantic))


if __name__ == "__main__":
    main()
