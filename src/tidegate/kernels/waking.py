"""For how much an order lives that waits for another: never for more than that has filled."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels import conditions as rows
from tidegate.kernels.reach import start_level


def awaken(k: int, ints: IntArray, floats: FloatArray, given: float, price: float) -> bool:
    """Brings order `k` to life; says whether it is for less than it asked.

    Args:
        ints, floats: (rows, n_orders), see `conditions`; changed in place.
        given: units that its parent has filled.
        price: from which a trailing stop starts.
    """
    wanted = float(floats[rows.QUANTITY, k])
    floats[rows.ASKED, k], floats[rows.GIVEN, k] = abs(wanted), given
    floats[rows.QUANTITY, k] = np.copysign(min(abs(wanted), given), wanted)
    start_level(k, ints, floats, price)
    return abs(wanted) > given


def grow(k: int, floats: FloatArray, size: float) -> None:
    """Makes order `k`, which lives for less than it asked, larger by what its parent has filled since."""
    asked, given = float(floats[rows.ASKED, k]), float(floats[rows.GIVEN, k])
    more = min(asked, given + size) - min(asked, given)
    floats[rows.QUANTITY, k] += np.copysign(more, floats[rows.QUANTITY, k])
    floats[rows.GIVEN, k] = given + size
