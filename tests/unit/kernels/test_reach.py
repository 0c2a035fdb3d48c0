"""Where conditional orders begin, and what could move them."""

import numpy as np
from tests.unit.kernels.made import INF, NAN

from tidegate.kernels import conditions as rows
from tidegate.kernels.paths import LIMIT, MARKET, STOP, STOP_LIMIT, TRAILING_STOP
from tidegate.kernels.reach import reach, start_level


def test_what_could_move_an_order() -> None:
    kinds = [LIMIT, LIMIT, STOP, STOP, STOP_LIMIT, TRAILING_STOP, MARKET, LIMIT]
    ints, floats = np.zeros((rows.INT_ROWS, 8), np.int64), np.full((rows.FLOAT_ROWS, 8), NAN)
    ints[rows.KIND], ints[rows.TIF, 7] = kinds, rows.ON_CLOSE
    floats[rows.QUANTITY] = [1, -1, 1, -1, -1, -1, 1, 1]
    floats[rows.LIMIT_PRICE, [0, 1, 4, 7]] = 95.0, 105.0, 92.0, 95.0
    floats[rows.LEVEL, [2, 3, 4]] = 105.0, 95.0, 93.0
    below, above = reach(ints, floats)
    np.testing.assert_array_equal(below, [95.0, NAN, NAN, 95.0, 93.0, INF, INF, INF])
    np.testing.assert_array_equal(above, [NAN, 105.0, 105.0, NAN, 92.0, NAN, NAN, NAN])


def test_a_trailing_stop_begins_at_its_distance() -> None:
    ints, floats = np.zeros((rows.INT_ROWS, 2), np.int64), np.full((rows.FLOAT_ROWS, 2), NAN)
    ints[rows.KIND] = TRAILING_STOP, STOP
    floats[rows.QUANTITY], floats[rows.TRAIL], floats[rows.LEVEL] = -1.0, 5.0, 80.0
    for k in range(2):
        start_level(k, ints, floats, 100.0)
    assert floats[rows.LEVEL].tolist() == [95.0, 80.0]
