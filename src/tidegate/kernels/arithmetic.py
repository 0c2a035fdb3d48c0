"""The arithmetic all kernels share: each rule of rounding stands here once."""

import numpy as np

from tidegate.kernels.kernel import Floats, kernel

FACTOR_ONE = 2**32
"""A cut factor is j / 2**32 with a whole j, so that bisection over it is exact."""
MICROS_MAX = 2**60
"""Largest amount of the books, as in `core.money`: the sum of seven still fits an int64."""
DUST = 1e-9
"""A fractional quantity nearer to zero than this is zero."""

COST_BUY, COST_SELL, COST_FIXED, COST_RATE, COST_PER_SHARE, COST_PER_TRADE, COST_MINIMUM, COST_CAP = range(8)
"""Entries of the `costs` array: what a buy's and a sell's price is multiplied by, and what is then added to the one and
taken off the other; and the terms of `commission`."""


@kernel
def micros(amount: float) -> int:
    """Currency units to int64 micro-units, half to even; saturates at +-2**60, which no account can hold."""
    scaled = np.rint(amount * 1e6)
    if scaled >= MICROS_MAX:
        return MICROS_MAX
    if scaled <= -MICROS_MAX:
        return -MICROS_MAX
    return int(scaled)


@kernel
def commission(quantity: float, price: float, costs: Floats) -> int:
    """Commission of one fill in micro-units; q is not signed.

    min(cap x q x price, max(minimum, per_trade + per_share x q + rate x q x price)); the cap is inf for none.
    """
    if (
        costs[COST_RATE] == 0.0
        and costs[COST_PER_SHARE] == 0.0
        and costs[COST_PER_TRADE] == 0.0
        and costs[COST_MINIMUM] == 0.0
    ):
        return 0
    fee = costs[COST_PER_TRADE] + quantity * costs[COST_PER_SHARE] + quantity * price * costs[COST_RATE]
    fee = max(costs[COST_MINIMUM], fee)
    if costs[COST_CAP] < np.inf:
        fee = min(fee, quantity * price * costs[COST_CAP])
    return micros(fee)


@kernel
def buy_price(at: float, costs: Floats) -> float:
    """What a buy pays where the bar says `at`."""
    return float(at * costs[COST_BUY] + costs[COST_FIXED])


@kernel
def sell_price(at: float, costs: Floats) -> float:
    """What a sell gets where the bar says `at`; never less than nothing."""
    return max(float(at * costs[COST_SELL] - costs[COST_FIXED]), 0.0)


@kernel
def entry_cost(quantity: float, price: float, costs: Floats) -> int:
    """Cash that a buy of `quantity` at `price` takes, commission included, in micro-units; 0 for no quantity."""
    if quantity == 0.0:
        return 0
    return micros(quantity * price) + commission(quantity, price, costs)


@kernel
def cut(quantity: float, factor: int, fractional: bool) -> float:
    """`quantity` x factor / 2**32, truncated toward zero to whole units unless fractional."""
    part = quantity * (factor / FACTOR_ONE)
    if fractional:
        return part
    return float(np.trunc(part))
