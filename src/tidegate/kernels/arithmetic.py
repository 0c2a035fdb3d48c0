"""The arithmetic all kernels share: each rule of rounding stands here once."""

import numpy as np

from tidegate.kernels.kernel import kernel

FACTOR_ONE = 2**32
"""A cut factor is j / 2**32 with a whole j, so that bisection over it is exact."""
MICROS_MAX = 2**60
"""Largest amount of the books, as in `core.money`: the sum of seven still fits an int64."""
DUST = 1e-9
"""A fractional quantity nearer to zero than this is zero."""
LOT_TOLERANCE = 1e-12
"""How far from a whole number of lots, relative to it, counts as a whole number."""


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
def in_lots(quantity: float, lot: float, fractional: bool) -> float:
    """`quantity` truncated toward zero to lots; without a lot to whole units unless fractional.

    What is a multiple of the lot but for rounding in the last places counts as one.
    """
    if lot == 0.0:
        return quantity if fractional else float(np.trunc(quantity))
    lots = quantity / lot
    nearest = np.rint(lots)
    if abs(lots - nearest) > LOT_TOLERANCE * max(1.0, abs(nearest)):
        nearest = np.trunc(lots)
    return float(nearest * lot)


@kernel
def cut(quantity: float, factor: int, lot: float, fractional: bool) -> float:
    """`quantity` x factor / 2**32 `in_lots`; nothing is cut by 1."""
    if factor == FACTOR_ONE:
        return quantity if fractional or lot != 0.0 else float(np.trunc(quantity))
    return in_lots(quantity * (factor / FACTOR_ONE), lot, fractional)
