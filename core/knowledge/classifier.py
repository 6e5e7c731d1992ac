"""A linear classifier over the phrasings, fitted in closed form (kernel ridge regression)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.knowledge.postings import Floats

RIDGE = 0.3
BENT = 0.3  # of the square, beside the similarity itself: what is very alike counts for more


@dataclass(frozen=True, slots=True)
class Classifier:
    """For each phrasing what being alike to it says for each entry; rows are phrasings."""

    weights: Floats

    def scores(self, alike: Floats) -> Floats:
        """How much a question belongs to each entry: near 1 it does, near 0 it does not."""
        # In this thread: matrix routines would wake others, and wait for them.
        return np.asarray(np.einsum("i,ij->j", bend(alike), self.weights), np.float32)


def fit(alike: Floats, entry_of: Sequence[int] | NDArray[np.int32], entries: int) -> Classifier:
    """Fit to the similarities of all phrasings with each other."""
    kernel = bend(np.asarray((alike + alike.T) / 2, np.float32)).astype(np.float64)
    kernel[np.diag_indices_from(kernel)] += RIDGE
    wanted = np.zeros((len(kernel), entries))
    wanted[np.arange(len(kernel)), entry_of] = 1
    return Classifier(np.linalg.solve(kernel, wanted).astype(np.float32))


def bend(alike: Floats) -> Floats:
    """Similarities as the classifier sees them."""
    return np.asarray(alike + np.float32(BENT) * alike * alike, np.float32)
