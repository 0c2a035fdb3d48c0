"""Target weights to orders, sized at the decision."""

import numpy as np

from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.kernel import Floats, Ints, ReadFloats, kernel


@kernel
def target_quantity(weight: float, equity: float, mark: float, fractional: bool) -> float:
    """Weight x equity / mark, truncated toward zero to whole units unless fractional; 0 for weight 0."""
    if weight == 0.0:
        return 0.0
    target = weight * equity / mark
    if fractional:
        return target
    return float(np.trunc(target))


@kernel
def orders_to_targets(
    weights: Floats,
    equity: float,
    mark: ReadFloats,
    held: ReadFloats,
    pending: Floats,
    close_others: bool,
    fractional: bool,
    asset: Ints,
    quantity: Floats,
    unpriced: Ints,
) -> int:
    """Orders that take every asset from held + pending to its target: reductions first, each group by column.

    Args:
        weights: (n_assets,) fraction of equity; NaN for an asset that was not named.
        equity: currency units.
        mark: (n_assets,) last close, NaN where the asset has never traded.
        held, pending: (n_assets,) units held and on their way.
        close_others: whether assets that were not named go to zero, or stay.
        asset, quantity: result, (n_assets,) with as many entries as returned.
        unpriced: result, columns of targets without a price; entry 0 is how many there are.
    """
    count = 0
    unpriced[0] = 0
    for entries in (False, True):
        for a in range(weights.shape[0]):
            weight = weights[a]
            now = held[a] + pending[a]
            if weight != weight:
                if not close_others or now == 0.0:
                    continue
                weight = 0.0
            if weight != 0.0 and mark[a] != mark[a]:
                if entries:
                    unpriced[0] += 1
                    unpriced[unpriced[0]] = a
                continue
            change = target_quantity(weight, equity, mark[a], fractional) - now
            if abs(change) <= DUST or (held[a] * change >= 0.0) != entries:
                continue
            asset[count] = a
            quantity[count] = change
            count += 1
    return count
