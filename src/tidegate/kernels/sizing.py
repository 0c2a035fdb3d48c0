"""Target weights to orders, sized at the decision; a negative weight is a short.

A target is weight x equity / price, and nothing where there is no equity. What is missing to it makes an order; but a
change that is worth less than a given amount makes none, unless it takes a position to zero. What a strategy holds back
of its equity is in the `equity` that it is given. `targets` does the same at the prices at which orders go.

Where this is unrealistic: costs are not set aside, so of a target of all equity the shortage rule cuts what they take.
"""

import numpy as np

from tidegate.kernels.arithmetic import DUST, in_lots
from tidegate.kernels.kernel import FloatRows, Floats, IntRows, Ints, ReadFloats, ReadInts, kernel

ORDER_ID, ORDER_ASSET = range(2)
ORDER_QUANTITY, ORDER_PRIORITY = range(2)
"""Rows of `ints` and `floats`: the columns of orders."""


@kernel
def target_quantity(weight: float, equity: float, mark: float, unit: float, lot: float, fractional: bool) -> float:
    """Weight x equity / (mark x unit), truncated toward zero to lots, or whole units unless fractional.

    0 for weight 0, and where there is no equity: a share of a debt would be on the other side.

    Args:
        unit: money of one unit at a price of 1.
        lot: step of quantities, 0 for none.
    """
    if weight == 0.0 or equity <= 0.0:
        return 0.0
    return in_lots(weight * equity / (mark * unit), lot, fractional)


@kernel
def orders_to_targets(
    weights: Floats,
    equity: float,
    least: float,
    mark: ReadFloats,
    unit: ReadFloats,
    lot: ReadFloats,
    held: ReadFloats,
    pending: ReadFloats,
    asked: Floats,
    close_others: bool,
    fractional: bool,
    shorts: bool,
    first_id: int,
    at: int,
    ints: IntRows,
    floats: FloatRows,
    unpriced: Ints,
) -> tuple[int, int, int]:
    """Orders that take every asset from held + pending + asked to its target: reductions first, each by column.

    Where the account may be short, a target on the other side of zero makes two orders: one that closes what is held,
    and an entry. So what closes a position can be told not to open another, should that be gone by then.

    Args:
        weights: (n_assets,) fraction of equity; NaN for an asset that was not named.
        equity: currency units that the weights are fractions of.
        least: what a change must be worth to make an order, in currency units.
        mark: (n_assets,) last close, NaN where the asset has never traded.
        unit, lot: (n_assets,) see `target_quantity`; what is missing to a target other than 0 goes in whole lots. NaN
            where a currency has no rate yet: then there is no price either.
        held, pending: (n_assets,) units held, and on their way, at the mark.
        asked: (n_assets,) units asked for since; what is ordered here is added.
        close_others: whether assets that were not named go to zero, or stay.
        shorts: whether the account may sell what it does not hold.
        first_id: the first number that is free; targets without a price take theirs first, changes that are too small
            theirs last.
        at: column of `ints` and `floats` from which on the orders are written.
        ints, floats: result, see the rows above, as many columns as returned; an entry's priority is the size of its
            weight, a reduction has none (-inf). From column at + 2 n_assets - 1 downward, assets, changes and their
            worth (as priority) of changes that are too small.
        unpriced: result, columns of targets without a price.

    Returns:
        how many orders there are, how many targets have no price, and how many changes are too small.
    """
    count = 0
    missing = 0
    small = 0
    for entries in range(2):
        for a in range(len(weights)):
            weight = weights[a]
            now = held[a] + (pending[a] + asked[a])
            if weight != weight:
                if not close_others or now == 0.0:
                    continue
                weight = 0.0
            price = mark[a] * unit[a]
            if weight != 0.0 and price != price:
                if entries:
                    unpriced[missing] = a
                    missing += 1
                continue
            target = target_quantity(weight, equity, mark[a], unit[a], lot[a], fractional)
            change = target - now
            whole = lot[a] == 0.0 or weight == 0.0
            all_of_it = change if whole else in_lots(change, lot[a], fractional)
            worth = abs(all_of_it) * price
            if abs(target) > DUST and worth < least:
                if abs(all_of_it) > DUST and (held[a] * all_of_it < 0.0) != (entries == 1):
                    place = at + 2 * len(weights) - 1 - small
                    ints[ORDER_ASSET, place] = a
                    floats[ORDER_QUANTITY, place] = all_of_it
                    floats[ORDER_PRIORITY, place] = worth
                    small += 1
                continue
            if shorts:
                part = _reduction(change, held[a], now)
                whole = whole or (entries == 0 and part != change)  # of what is on the other side all is closed
                change = change - part if entries else part
            if not whole:
                change = in_lots(change, lot[a], fractional)
            if abs(change) <= DUST or (not shorts and (held[a] * change < 0.0) == (entries == 1)):
                continue
            back = (change < 0.0 and weight >= 0.0) or (change > 0.0 and weight < 0.0)
            ints[ORDER_ASSET, at + count] = a
            floats[ORDER_QUANTITY, at + count] = change
            floats[ORDER_PRIORITY, at + count] = -np.inf if back or (shorts and entries == 0) else abs(weight)
            count += 1
    for k in range(at, at + count):
        ints[ORDER_ID, k] = first_id + missing + k - at
        asked[ints[ORDER_ASSET, k]] += floats[ORDER_QUANTITY, k]
    return count, missing, small


@kernel
def _reduction(change: float, held: float, now: float) -> float:
    """The part of a change that closes what is held and will be held still when all that is pending has gone."""
    if held * change >= 0.0 or held * now <= 0.0:
        return 0.0
    size = min(abs(held), abs(now))
    if abs(change) - size <= DUST:
        return change
    return size if change > 0.0 else -size


@kernel
def take_off_refused(
    order_id: ReadInts,
    asset: ReadInts,
    quantity: ReadFloats,
    reason: ReadInts,
    first_id: int,
    end_id: int,
    known_reason: int,
    asked: Floats,
) -> int:
    """Takes what was refused of a sender's orders off what was asked for; returns of how many, -1 for no refusals.

    Args:
        order_id, asset, quantity, reason: the refusals; of one length, for assets that exist, or nothing is done.
        first_id, end_id: the sender's numbers.
        known_reason: refusals that were taken off before.
        asked: (n_assets,) units asked for.
    """
    n = len(order_id)
    if len(asset) != n or len(quantity) != n or len(reason) != n:
        return -1
    found = 0
    for k in range(n):
        if asset[k] < 0 or asset[k] >= len(asked):
            return -1
        if first_id <= order_id[k] < end_id and reason[k] != known_reason:
            found += 1
    for k in range(n):
        if first_id <= order_id[k] < end_id and reason[k] != known_reason:
            asked[asset[k]] -= quantity[k]
    return found
