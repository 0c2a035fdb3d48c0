"""What corporate actions do to open orders, as rows; both forms alike."""

from typing import Any

import numpy as np
import pytest
from tests.unit.kernels.made import NAN, assert_forms_agree

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels import conditions as rows
from tidegate.kernels.paths import LIMIT, MARKET, STOP, STOP_LIMIT, TRAILING_STOP, TRAILING_STOP_LIMIT
from tidegate.kernels.restating import CHANGED, EMPTY, UNTOUCHED, lower_orders, rename_orders, split_orders

Table = tuple[IntArray, FloatArray]
# asset kind                 quantity limit  level  trail  pct   offset
ORDERS = (
    (0, MARKET,               5.0,     NAN,   NAN,   NAN,   NAN,  NAN),
    (0, LIMIT,                5.0,     30.0,  NAN,   NAN,   NAN,  NAN),
    (0, LIMIT,               -1.0,     60.0,  NAN,   NAN,   NAN,  NAN),
    (0, STOP,                -5.0,     NAN,   30.0,  NAN,   NAN,  NAN),
    (0, STOP_LIMIT,          -5.0,     27.0,  30.0,  NAN,   NAN,  NAN),
    (0, STOP_LIMIT,           5.0,     63.0,  60.0,  NAN,   NAN,  NAN),
    (0, TRAILING_STOP,       -5.0,     NAN,   33.0,  6.0,   NAN,  NAN),
    (0, TRAILING_STOP_LIMIT, -5.0,     NAN,   33.0,  NAN,   0.1,  3.0),
    (0, TRAILING_STOP_LIMIT,  5.0,     66.0,  63.0,  6.0,   NAN,  3.0),
    (1, LIMIT,                5.0,     30.0,  NAN,   NAN,   NAN,  NAN),
)  # fmt: skip


def table() -> Table:
    """The orders, in the columns of `conditions`."""
    ints, floats = np.zeros((rows.INT_ROWS, len(ORDERS)), np.int64), np.full((rows.FLOAT_ROWS, len(ORDERS)), np.nan)
    ints[rows.ORDER] = np.arange(len(ORDERS))
    ints[rows.ASSET], ints[rows.KIND] = [row[0] for row in ORDERS], [row[1] for row in ORDERS]
    names = rows.QUANTITY, rows.LIMIT_PRICE, rows.LEVEL, rows.TRAIL, rows.TRAIL_PCT, rows.OFFSET
    for place, name in enumerate(names, 2):
        floats[name] = [row[place] for row in ORDERS]
    return ints, floats


def scratch() -> tuple[IntArray, FloatArray]:
    return np.zeros(len(ORDERS), np.int64), np.full(len(ORDERS), np.nan)


def test_a_split_restates_quantities_prices_and_distances() -> None:
    (ints, floats), (became, wanted) = table(), scratch()
    assert split_orders(0, 3.0, False, ints, floats, became, wanted) == 9
    assert became.tolist() == [CHANGED] * 9 + [UNTOUCHED]
    names = rows.QUANTITY, rows.LIMIT_PRICE, rows.LEVEL, rows.TRAIL, rows.TRAIL_PCT, rows.OFFSET
    found = [tuple(floats[name, k] for name in names) for k in range(len(ORDERS))]
    thirds = [(row[2] * 3, *(price / 3 for price in row[3:6]), row[6], row[7] / 3) for row in ORDERS[:9]]
    np.testing.assert_array_equal(found, [*thirds, ORDERS[9][2:]])


def test_what_an_order_still_grows_with_is_restated_too() -> None:
    (ints, floats), (became, wanted) = table(), scratch()
    floats[rows.ASKED], floats[rows.GIVEN] = 7.0, 5.0
    split_orders(0, 1.5, False, ints, floats, became, wanted)
    assert floats[rows.ASKED].tolist() == [10.0] * 9 + [7.0]
    assert floats[rows.GIVEN].tolist() == [7.5] * 9 + [5.0]


def test_what_would_be_for_less_than_a_share_is_left_empty_as_it_was() -> None:
    (ints, floats), (became, wanted) = table(), scratch()
    assert split_orders(0, 0.5, False, ints, floats, became, wanted) == 9
    assert floats[rows.QUANTITY, :3].tolist() == [2.0, 2.0, -1.0]
    assert became[2] == EMPTY
    assert wanted[2] == 0.5
    (ints, floats), (became, wanted) = table(), scratch()
    split_orders(0, 0.5, True, ints, floats, became, wanted)
    assert floats[rows.QUANTITY, :3].tolist() == [2.5, 2.5, -0.5]


def test_a_name_changes_and_nothing_else() -> None:
    (ints, floats), (became, _) = table(), scratch()
    assert rename_orders(0, 1, ints, floats, became) == 9
    assert ints[rows.ASSET].tolist() == [1] * 10
    assert became.tolist() == [CHANGED] * 9 + [UNTOUCHED]
    np.testing.assert_array_equal(floats, table()[1])


def test_a_dividend_lowers_limits_of_buys_and_stops_of_sells() -> None:
    (ints, floats), (became, wanted) = table(), scratch()
    assert lower_orders(0, 2.0, ints, floats, became, wanted) == 5
    assert np.flatnonzero(became).tolist() == [1, 3, 4, 5, 8]
    assert floats[rows.LIMIT_PRICE, [1, 2, 4, 5, 8]].tolist() == [28.0, 60.0, 25.0, 61.0, 64.0]
    assert floats[rows.LEVEL, 3:9].tolist() == [28.0, 28.0, 60.0, 33.0, 33.0, 63.0]


def test_a_dividend_that_takes_a_price_to_nothing_empties_the_order() -> None:
    (ints, floats), (became, wanted) = table(), scratch()
    lower_orders(0, 28.0, ints, floats, became, wanted)
    assert np.flatnonzero(became == EMPTY).tolist() == [4]
    assert wanted[4] == -1.0


CASES: list[tuple[Any, ...]] = [
    *[(split_orders, 0, ratio, whole, *table(), *scratch()) for ratio in (0.5, 3.0, 1 / 7) for whole in (False, True)],
    (rename_orders, 0, 1, *table(), scratch()[0]),
    *[(lower_orders, 0, amount, *table(), *scratch()) for amount in (2.0, 28.0, 30.0)],
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_both_forms_of_the_kernels_agree(case: tuple[Any, ...]) -> None:
    assert_forms_agree(*case)
