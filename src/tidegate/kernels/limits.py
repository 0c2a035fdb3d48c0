"""Position weight and gross exposure at validation: how much of each entry may go on.

Only entries are limited. The book is projected as if everything pending and this batch's reductions had been done, at
the marks of the decision.
"""

import numpy as np

from tidegate.kernels.arithmetic import FACTOR_ONE, MICROS_MAX, cut, in_lots, micros
from tidegate.kernels.kernel import Floats, Ints, ReadFloats, kernel
from tidegate.kernels.shortage import serving_order

TRIM, DENY = range(2)


@kernel
def limit_weights(
    count: int,
    asset: Ints,
    quantity: Floats,
    projected: Floats,
    mark: ReadFloats,
    unit: ReadFloats,
    lot: ReadFloats,
    equity: float,
    pct: float,
    action: int,
    fractional: bool,
    measured: Floats,
) -> int:
    """Cuts entries so that no position is worth more than `pct` of equity; returns how many were cut.

    Args:
        count, asset: the orders, in the order in which they count.
        quantity: signed; entries are changed in place to what may go on, 0 for nothing.
        projected: (n_assets,) held + pending + reductions of the batch; what is let through is added.
        mark: (n_assets,) price; an entry without one is left alone, for it cannot be valued yet.
        unit: (n_assets,) money of one unit at a price of 1.
        lot: (n_assets,) step of quantities, 0 for whole units, or any where they may have a fraction.
        measured: result, the weight each order asked for.
    """
    broken = 0
    for k in range(count):
        a = asset[k]
        measured[k] = np.nan
        if quantity[k] <= 0.0 or mark[a] != mark[a]:
            continue
        wanted = projected[a] + quantity[k]
        price = mark[a] * unit[a]
        measured[k] = wanted * price / equity if equity > 0.0 else np.inf
        room = in_lots(pct * equity / price, lot[a], fractional) - projected[a]
        if quantity[k] > room:
            broken += 1
            room = in_lots(room, lot[a], True) if lot[a] != 0.0 else room  # what is held may be no whole number of lots
            quantity[k] = max(0.0, min(room, quantity[k])) if action == TRIM else 0.0
        projected[a] += quantity[k]
    return broken


@kernel
def _entries_value(
    count: int,
    asset: Ints,
    quantity: Floats,
    mark: ReadFloats,
    unit: ReadFloats,
    lot: ReadFloats,
    factor: int,
    fractional: bool,
) -> int:
    total = 0
    for k in range(count):
        a = asset[k]
        if quantity[k] > 0.0 and mark[a] == mark[a]:
            total += micros(cut(quantity[k], factor, lot[a], fractional) * mark[a] * unit[a])
            if total > MICROS_MAX:
                return MICROS_MAX
    return total


@kernel
def limit_gross(
    count: int,
    order_id: Ints,
    asset: Ints,
    quantity: Floats,
    priority: Floats,
    projected: Floats,
    mark: ReadFloats,
    unit: ReadFloats,
    lot: ReadFloats,
    equity: float,
    pct: float,
    action: int,
    fractional: bool,
    serving: Ints,
) -> float:
    """Cuts entries so that all positions together are worth at most `pct` of equity; returns the gross asked for.

    TRIM scales all entries by one factor j / 2**32, the largest that fits. DENY drops whole entries that do not fit,
    highest priority served first. Arguments as for `limit_weights`, but `projected` holds no entry of the batch;
    `serving` is scratch, (n_orders,).
    """
    room = micros(pct * max(0.0, equity))
    for a in range(projected.shape[0]):
        if projected[a] != 0.0 and mark[a] == mark[a]:
            room = max(room - abs(micros(projected[a] * mark[a] * unit[a])), -MICROS_MAX)
    asked = _entries_value(count, asset, quantity, mark, unit, lot, FACTOR_ONE, fractional)
    gross = np.inf
    if equity > 0.0:
        gross = pct + (asked - room) / 1e6 / equity
    if asked <= room:
        return gross
    if action == TRIM:
        low, high = 0, FACTOR_ONE
        while high - low > 1:
            middle = (low + high) // 2
            if _entries_value(count, asset, quantity, mark, unit, lot, middle, fractional) <= room:
                low = middle
            else:
                high = middle
        for k in range(count):
            if quantity[k] > 0.0 and mark[asset[k]] == mark[asset[k]]:
                quantity[k] = cut(quantity[k], low, lot[asset[k]], fractional)
        return gross
    serving_order(count, priority, asset, order_id, serving)
    for place in range(count):
        k = serving[place]
        if quantity[k] <= 0.0 or mark[asset[k]] != mark[asset[k]]:
            continue
        value = micros(quantity[k] * mark[asset[k]] * unit[asset[k]])
        if value <= room:
            room -= value
        else:
            quantity[k] = 0.0
    return gross
