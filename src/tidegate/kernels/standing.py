"""One conditional order, out of its columns and back into them: what a change may touch."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels import conditions as rows
from tidegate.kernels.paths import LIMIT, MARKET, STOP, STOP_LIMIT, TRAILING_STOP_LIMIT
from tidegate.kernels.reach import start_level


class Standing(NamedTuple):
    """One open order as a change finds it, or as it is to be; NaN for what its kind has not.

    Attributes:
        triggered: whether its stop has been reached, and it is a limit order now.
        ends: whether its time ends with the bar of which only the rest is left.
        sure: whether it is sure to go.
    """

    asset: int
    quantity: float
    kind: int
    limit: float
    stop: float
    trail: float
    trail_pct: float
    limit_offset: float
    place: int
    triggered: bool = False
    ends: bool = False
    sure: bool = True


def standing_of(ints: Sequence[Any], floats: Sequence[Any], seq: int, over_ns: int | None) -> Standing:
    """The order of some columns.

    Args:
        ints, floats: see `conditions`; of this order alone.
        seq: barrier.
        over_ns: when the bar ends of which only the rest is left; None where there is none.
    """
    kind, tif, awake = ints[rows.KIND], ints[rows.TIF], ints[rows.SINCE] < seq
    timed = tif not in (rows.GTC, rows.GTD) or (tif == rows.GTD and ints[rows.EXPIRE_NS] <= (over_ns or 0))
    return Standing(
        asset=ints[rows.ASSET],
        quantity=floats[rows.QUANTITY],
        kind=kind,
        limit=floats[rows.LIMIT_PRICE] if kind in (LIMIT, STOP_LIMIT) else np.nan,
        stop=floats[rows.LEVEL] if kind in (STOP, STOP_LIMIT) else np.nan,
        trail=floats[rows.TRAIL],
        trail_pct=floats[rows.TRAIL_PCT],
        limit_offset=floats[rows.OFFSET],
        place=ints[rows.PLACE],
        triggered=ints[rows.TRIGGERED] != 0,
        ends=over_ns is not None and awake and timed,
        sure=kind == MARKET and not ints[rows.REDUCE_ONLY],
    )


def rewrite(ints: IntArray, floats: FloatArray, order: Standing, price: float) -> None:
    """Writes an order that was changed into its columns.

    Args:
        ints, floats: (rows, 1), see `conditions`; `floats` are changed.
        price: last known, from which a trailing stop starts anew.
    """
    before = floats[:, 0].copy()
    if order.quantity != before[rows.QUANTITY]:
        floats[rows.ASKED] = floats[rows.GIVEN]  # what its owner says is not to grow with what its parent fills
    floats[rows.QUANTITY], floats[rows.OFFSET] = order.quantity, order.limit_offset
    floats[rows.TRAIL], floats[rows.TRAIL_PCT] = order.trail, order.trail_pct
    kind, asleep = ints[rows.KIND, 0], ints[rows.SINCE, 0] == rows.ASLEEP
    if kind in (LIMIT, STOP_LIMIT):
        floats[rows.LIMIT_PRICE] = order.limit
    if kind in (STOP, STOP_LIMIT):
        floats[rows.LEVEL] = order.stop
    distances = [rows.TRAIL, rows.TRAIL_PCT]
    if not asleep and not np.array_equal(before[distances], floats[distances, 0], equal_nan=True):
        start_level(0, ints, floats, price)
    if order.triggered and kind == TRAILING_STOP_LIMIT:
        offset = order.limit_offset if order.quantity > 0.0 else -order.limit_offset
        floats[rows.LIMIT_PRICE] = floats[rows.LEVEL] + offset
