"""The arithmetic all kernels share: each rule of rounding stands here once."""

import numpy as np

from tidegate.kernels.kernel import kernel

FACTOR_ONE = 2**32
"""A cut factor is j / 2**32 with a whole j, so that bisection over it is exact."""
MICROS_MAX = 2**60
"""Largest amount of the books, as in `core.money`: the sum of seven still fits an int64."""
DUST = 1e-9
"""A fractional quantity nearer to zero than this is zero."""


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
def cut(quantity: float, factor: int, fractional: bool) -> float:
    """`quantity` x factor / 2**32, truncated toward zero to whole units unless fractional."""
    part = quantity * (factor / FACTOR_ONE)
    if fractional:
        return part
    return float(np.trunc(part))
