"""Picking assets by score."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.errors import RequestError


def top(score: FloatArray, n: int) -> IntArray:
    """Columns of the `n` best finite scores, best first.

    Args:
        score: (n_assets,) float64; NaN and infinities do not take part.
        n: how many, at least 0.
    Returns:
        int64, at most n columns. Equal scores go by column, which is by asset name.
    Raises:
        RequestError: score is not one-dimensional, or n is negative.
    """
    if score.ndim != 1 or n < 0:
        raise RequestError(f"top wants a score of shape (n_assets,) and n >= 0, got {score.shape} and {n}")
    best = np.where(np.isfinite(score), score, -np.inf)
    n = min(n, len(best))
    if n == 0:
        return np.empty(0, np.int64)
    threshold = np.partition(best, len(best) - n)[len(best) - n]
    chosen = np.flatnonzero(best > threshold)
    if threshold > -np.inf:
        ties = np.flatnonzero(best == threshold)
        chosen = np.concatenate((chosen, ties[: n - len(chosen)]))
    return chosen[np.lexsort((chosen, -best[chosen]))]
