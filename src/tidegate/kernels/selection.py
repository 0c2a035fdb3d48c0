"""The best of many by score, and weights by asset: small loops that numpy would take several passes for."""

import numpy as np

from tidegate.kernels.kernel import Floats, Ints, ReadFloats, kernel


@kernel
def best_columns(score: ReadFloats, best: Ints) -> int:
    """Writes the columns of the best finite scores into `best`, best first, and returns how many there are.

    Args:
        score: (n,), NaN and infinities do not take part; equal scores go by column.
        best: result; its length is how many are wanted.
    """
    count = 0
    if len(best) == 0:
        return 0
    for column in range(len(score)):
        value = score[column]
        if not np.isfinite(value):
            continue
        if count == len(best) and value <= score[best[count - 1]]:
            continue
        place = count if count < len(best) else count - 1
        while place > 0 and score[best[place - 1]] < value:
            best[place] = best[place - 1]
            place -= 1
        best[place] = column
        count = min(count + 1, len(best))
    return count


@kernel
def spread_weights(columns: Ints, values: Floats, least: float, weights: Floats) -> int:
    """Writes NaN everywhere and `values` at `columns`; returns how many of either cannot be used.

    Args:
        columns: into `weights`; one outside it, or one that comes again, cannot be used.
        values: fractions; one that is not finite, or below `least`, cannot be used.
        least: 0, or -inf where a weight may be negative.
        weights: result, (n_assets,).
    """
    weights[:] = np.nan
    bad = 0
    for k in range(len(columns)):
        column = columns[k]
        usable = values[k] >= least and abs(values[k]) < np.inf
        if usable and 0 <= column < len(weights) and weights[column] != weights[column]:
            weights[column] = values[k]
        else:
            bad += 1
    return bad
