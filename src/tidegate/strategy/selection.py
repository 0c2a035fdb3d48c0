"""Picking assets by score."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.errors import RequestError
from tidegate.kernels.kernel import loaded
from tidegate.kernels.selection import best_columns


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
    compiled = loaded(best_columns)
    if compiled is not None and score.dtype == np.float64 and score.flags.c_contiguous:
        best = np.empty(min(n, len(score)), np.int64)
        return best[: compiled(_read_only(score), best)]
    ranked = np.argsort(-score, kind="stable")  # NaN goes last, equals stay in column order
    best = ranked[:n]
    if np.isfinite(score[best]).all():
        return best
    return ranked[np.isfinite(score[ranked])][:n]


def _read_only(array: FloatArray) -> FloatArray:
    """The array, or a read-only view of it: compiled kernels tell the two apart."""
    if array.flags.writeable:
        array = array[:]
        array.flags.writeable = False
    return array
