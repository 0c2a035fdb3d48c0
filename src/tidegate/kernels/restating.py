"""What corporate actions do to open orders.

A split multiplies quantities and divides prices and distances; what is left of less than one whole share is canceled.
Under another name an order goes on as it is. A dividend leaves orders alone, or, where that is asked for, lowers by
its amount what would go for no other reason than the dividend: limits of buys, and stops (with their limits) of sells;
trailing stops stay, for they follow the price anyway.

Where this is unrealistic: new prices are not rounded to an asset's tick, nor quantities to its lot.
"""

from tidegate.kernels.conditions import ASKED, ASSET, GIVEN, KIND, LEVEL, LIMIT_PRICE, OFFSET, QUANTITY, TRAIL
from tidegate.kernels.corporate import units_for
from tidegate.kernels.kernel import FloatRows, Floats, IntRows, Ints, kernel
from tidegate.kernels.paths import LIMIT, STOP, STOP_LIMIT, TRAILING_STOP_LIMIT

UNTOUCHED, CHANGED, EMPTY = range(3)
"""What became of an order: EMPTY where nothing is left to do for it."""


@kernel
def split_orders(
    asset: int, ratio: float, fractional: bool, ints: IntRows, floats: FloatRows, became: Ints, wanted: Floats
) -> int:
    """Restates the orders of an asset in new shares; returns how many there are.

    Args:
        ratio: new shares for an old one.
        fractional: whether orders may be for parts of a share.
        ints, floats: (10, n_orders), (7, n_orders) the orders, see `conditions`.
        became: (n_orders,) result, set where an order is changed or empty.
        wanted: (n_orders,) result, what an empty order would have been for.
    """
    touched = 0
    for k in range(ints.shape[1]):
        if ints[ASSET, k] != asset or floats[QUANTITY, k] == 0.0:
            continue
        touched += 1
        quantity = floats[QUANTITY, k]
        left = units_for(abs(quantity), ratio, fractional)
        became[k] = CHANGED
        if left == 0.0:
            became[k] = EMPTY
            wanted[k] = abs(quantity) * ratio
            continue
        floats[QUANTITY, k] = left if quantity > 0.0 else -left
        floats[ASKED, k] = units_for(floats[ASKED, k], ratio, fractional)
        floats[GIVEN, k] *= ratio
        for row in (LIMIT_PRICE, LEVEL, TRAIL, OFFSET):
            floats[row, k] /= ratio
    return touched


@kernel
def rename_orders(asset: int, into: int, ints: IntRows, floats: FloatRows, became: Ints) -> int:
    """Moves the orders of an asset to another; returns how many there are. Arguments as for `split_orders`."""
    touched = 0
    for k in range(ints.shape[1]):
        if ints[ASSET, k] == asset and floats[QUANTITY, k] != 0.0:
            ints[ASSET, k] = into
            became[k] = CHANGED
            touched += 1
    return touched


@kernel
def lower_orders(asset: int, amount: float, ints: IntRows, floats: FloatRows, became: Ints, wanted: Floats) -> int:
    """Lowers limits of buys and stops of sells by a dividend; returns how many orders that changes.

    Args:
        amount: the dividend of a share.
        wanted: (n_orders,) result, the price that an empty order would have had.
        asset, ints, floats, became: as for `split_orders`.
    """
    touched = 0
    for k in range(ints.shape[1]):
        if ints[ASSET, k] != asset or floats[QUANTITY, k] == 0.0:
            continue
        kind, buy = ints[KIND, k], floats[QUANTITY, k] > 0.0
        limited = kind in (LIMIT, STOP_LIMIT, TRAILING_STOP_LIMIT) if buy else kind == STOP_LIMIT
        stops = kind in (STOP, STOP_LIMIT) and not buy
        limit, level = floats[LIMIT_PRICE, k] - amount, floats[LEVEL, k] - amount
        limited = limited and limit == limit  # a trailing stop has its limit once it was reached
        if limited:
            floats[LIMIT_PRICE, k] = limit
        if stops:
            floats[LEVEL, k] = level
        if not (limited or stops):
            continue
        touched += 1
        became[k] = CHANGED
        if limited and limit <= 0.0:
            became[k] = EMPTY
            wanted[k] = limit
        elif stops and level <= 0.0:
            became[k] = EMPTY
            wanted[k] = level
    return touched
