"""Prices at which conditional orders begin, and those that could move them."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.kernels import conditions as rows
from tidegate.kernels.paths import LIMIT, STOP, STOP_LIMIT, TRAILING_STOP, TRAILING_STOP_LIMIT, trailed


def start_level(k: int, ints: IntArray, floats: FloatArray, price: float) -> None:
    """Puts the level of a trailing stop where it begins."""
    if ints[rows.KIND, k] in (TRAILING_STOP, TRAILING_STOP_LIMIT):
        buy = bool(floats[rows.QUANTITY, k] > 0.0)
        distances = float(floats[rows.TRAIL, k]), float(floats[rows.TRAIL_PCT, k])
        floats[rows.LEVEL, k] = trailed(buy, np.inf if buy else -np.inf, price, *distances)


def reach(ints: IntArray, floats: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The price at or under which, and the one at or over which, each order could move; see `conditions.stir`."""
    kind, buy = ints[rows.KIND], floats[rows.QUANTITY] > 0.0
    limited, stops = (kind == LIMIT) | (kind == STOP_LIMIT), (kind == STOP) | (kind == STOP_LIMIT)
    limit = np.where(limited, floats[rows.LIMIT_PRICE], np.nan)
    level = np.where(stops, floats[rows.LEVEL], np.nan)
    none = np.full(len(kind), np.nan)
    below = np.fmax(np.where(buy, limit, none), np.where(buy, none, level))
    above = np.fmin(np.where(buy, none, limit), np.where(buy, level, none))
    # Any bar moves the others; an order for the close alone does not wait for its limit to be touched before.
    triggered = (ints[rows.TRIGGERED] == 1) & (kind == STOP)
    always = ~(limited | stops) | (ints[rows.TIF] == rows.ON_CLOSE) | triggered
    return freeze(np.where(always, np.inf, below)), freeze(above)
