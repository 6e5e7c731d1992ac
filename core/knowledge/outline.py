"""Vectors with fewer numbers: which of very many are worth comparing in full."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.knowledge.postings import Floats

MANY = 5_000  # rows: reading fewer in full takes a millisecond
WIDTH = 64  # directions, those in which vectors differ most
LOOKED_AT = 5_000  # rows that tell these directions


@dataclass(frozen=True, slots=True)
class Outline:
    """Each row in a few directions: those are rows of `directions`."""

    rows: Floats
    directions: Floats

    def near(self, vector: Floats) -> Floats:
        """About how near each row is: one read of a sixth of the memory."""
        return np.asarray(np.vecdot(self.rows, np.vecdot(self.directions, vector)), np.float32)

    def after(self, kept: NDArray[np.bool_], added: Floats) -> "Outline":
        """The outline where some rows are left out and others come after them."""
        return replace(self, rows=np.concatenate([self.rows[kept], added @ self.directions.T]))


def outline_of(rows: Floats) -> Outline | None:
    """None where there are few enough rows to be read in full."""
    if len(rows) <= MANY:
        return None
    some = rows[:: max(len(rows) // LOOKED_AT, 1)]
    directions = np.linalg.eigh(some.T @ some)[1].T[-WIDTH:].astype(np.float32)
    return Outline(rows @ directions.T, directions)
