"""Logistic regression that starts from what is believed already."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

STEPS = 60
HALVED = 20  # times at most: what is left then changes nothing
ENOUGH = 1e-6
LEAST_SLOPE = 1e-6
STEEPEST = 30.0


def learn(
    found: Matrix, true: Matrix, shares: Matrix, *, believed: Sequence[float], trust: float
) -> tuple[float, ...]:
    """The weights that explain which rows are true, not far from those believed.

    `shares` say how much each row counts. `trust` is in rows: with as many as that, what is
    believed and what is seen have the same say. Newton's method; a step that goes too far, as
    where a few numbers tell all rows apart, is halved.
    """
    start = np.array(believed, np.float64)
    weights = start.copy()
    shares = shares / shares.sum()
    pull = trust / len(found)

    def cost(weights: Matrix) -> float:
        odds = found @ weights
        missed = np.logaddexp(0, odds) - true * odds
        return float(shares @ missed + pull / 2 * ((weights - start) ** 2).sum())

    least = cost(weights)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(found @ weights, -STEEPEST, STEEPEST)))
        slope = np.maximum(chance * (1 - chance), LEAST_SLOPE)
        gradient = found.T @ (shares * (chance - true)) + pull * (weights - start)
        bend = (found * (shares * slope)[:, None]).T @ found + pull * np.eye(len(weights))
        step = np.linalg.solve(bend, gradient)
        for _ in range(HALVED):
            reached = cost(weights - step)
            if reached <= least:
                break
            step = step / 2
        else:
            break
        weights, least = weights - step, reached
        if np.abs(step).max() < ENOUGH:
            break
    return tuple(float(weight) for weight in weights)
