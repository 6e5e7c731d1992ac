"""How far one of many numbers stands out."""

import math

import numpy as np

from core.knowledge.postings import Floats

AGREEING = 3  # phrasings that are looked at together
SHARPNESS = 12.0  # of the shares that entries have in what the classifier says
SHARPER = 25.0  # the same, where it counts only what comes next


def mean_of_best(alike: Floats) -> float:
    """Of a few numbers: plain lists are faster."""
    best = sorted(alike.tolist())[-AGREEING:]
    return float(sum(best) / len(best))


def share(classes: Floats, entry: int) -> float:
    """An entry's part in what the classifier says, where the likely ones have nearly all."""
    parts = np.exp(SHARPNESS * (classes - classes.max()))
    return float(parts[entry] / parts.sum())


def ahead(classes: Floats, entry: int, sharpness: float) -> float:
    """How far the classifier sees an entry above all others together."""
    others = np.delete(classes, entry)
    if not len(others):
        return float(classes[entry])
    most = float(others.max())
    together = most + math.log(np.exp(sharpness * (others - most)).sum()) / sharpness
    return float(classes[entry]) - together
