"""What an order may still reach of which a part was refused.

Limits are checked on the quantity that a target was estimated at. Where less of it is approved, the order carries the
target that the approved part makes: so what was approved is a share of equity, and a limit on such shares holds at
whatever prices the order goes.

    T = the estimate of the target, T' = T less the refused units
    weight' = T' x price / equity x (1 + 2**-50),  value' = T' x price x (1 + 2**-50)

at the marks of the decision, with the equity that weights are shares of. The last factor makes up for rounding, lest
the quantity at unchanged prices be one unit less than what was approved.
"""

import numpy as np

from tidegate.core.arrays import FloatArray, freeze
from tidegate.kernels.sizing import target_quantity
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.orders import OrderColumns, OrderTargets

_UP = 1.0 + 2.0**-50


def approved_targets(
    orders: OrderColumns,
    targets: OrderTargets,
    approved: FloatArray,
    snapshot: AccountSnapshot,
    lot: FloatArray,
    share: float,
    fractional: bool,
) -> OrderTargets:
    """The targets of orders of which so much was approved.

    Args:
        targets: of the orders.
        approved: (n_orders,) signed units.
        snapshot: the account as marked.
        lot: (n_assets,) step of quantities, 0 for none.
        share: of equity, of which weights are fractions.
        fractional: whether quantities may have a fraction.
    """
    equity = snapshot.equity_micros / 1e6 * share
    weight, value = targets.weight.copy(), targets.value.copy()
    for k in np.flatnonzero((approved != orders.quantity) & (approved != 0.0)).tolist():
        a = int(orders.asset[k])
        mark, unit, step = float(snapshot.mark[a]), float(snapshot.unit[a]), float(lot[a])
        price = mark * unit
        refused = float(orders.quantity[k] - approved[k])
        if not np.isnan(value[k]):
            left = target_quantity(float(value[k]), 1.0, mark, unit, step, fractional) - refused
            value[k] = left * price * _UP
        elif not np.isnan(weight[k]):
            left = target_quantity(float(weight[k]), equity, mark, unit, step, fractional) - refused
            weight[k] = left * price / equity * _UP if equity > 0.0 else 0.0
    return OrderTargets(freeze(weight), freeze(value))
