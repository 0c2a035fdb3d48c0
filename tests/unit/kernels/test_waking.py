"""For how much an order lives, as its parent fills bit by bit."""

import numpy as np
import pytest
from tests.unit.kernels.made import NAN

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels import conditions as rows
from tidegate.kernels.paths import STOP, TRAILING_STOP
from tidegate.kernels.waking import awaken, grow


def columns(quantity: float, *, trail: float = NAN) -> tuple[IntArray, FloatArray]:
    ints, floats = np.zeros((rows.INT_ROWS, 1), np.int64), np.full((rows.FLOAT_ROWS, 1), np.nan)
    ints[rows.KIND] = STOP if trail != trail else TRAILING_STOP
    floats[rows.QUANTITY], floats[rows.TRAIL] = quantity, trail
    return ints, floats


@pytest.mark.parametrize(
    ("asked", "fills",          "lives"),
    [
        (-5.0,  [2.0, 2.0, 4.0], [-2.0, -4.0, -5.0]),
        (5.0,   [2.0, 3.0],      [2.0, 5.0]),
        (-5.0,  [5.0],           [-5.0]),
        (-5.0,  [9.0, 9.0],      [-5.0, -5.0]),
    ],
)  # fmt: skip
def test_an_order_is_for_no_more_than_its_parent_has_filled(
    asked: float, fills: list[float], lives: list[float]
) -> None:
    ints, floats = columns(asked)
    short = awaken(0, ints, floats, fills[0], 20.0)
    assert short == (fills[0] < abs(asked))
    found = [floats[rows.QUANTITY, 0]]
    for size in fills[1:]:
        grow(0, floats, size)
        found.append(floats[rows.QUANTITY, 0])
    assert found == lives
    assert (floats[rows.ASKED, 0], floats[rows.GIVEN, 0]) == (abs(asked), sum(fills))


def test_a_trailing_stop_starts_from_the_price_given() -> None:
    ints, floats = columns(-5.0, trail=1.5)
    awaken(0, ints, floats, 5.0, 20.0)
    assert floats[rows.LEVEL, 0] == 18.5
