"""The kernels that walk finer bars: both forms agree, and what they find by hand; the rules are told in scenarios."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import NAN, assert_forms_agree, floats
from tests.unit.kernels.test_conditions import ASSETS, bars, books

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels import conditions as rows
from tidegate.kernels import finer
from tidegate.kernels.paths import WALK_SIZE


@st.composite
def moments(draw: st.DrawFn) -> FloatArray:
    """Up to four finer bars of each asset."""
    found = [draw(bars()) for _ in range(draw(st.integers(0, 4)))]
    return np.array(found).reshape(len(found), 5, ASSETS)


@given(moments(), books(), st.integers(0, 4), st.booleans(), st.data())
def test_both_forms_agree(
    made: FloatArray, book: tuple[IntArray, FloatArray], policy: int, through: bool, data: st.DataObject
) -> None:
    n = book[0].shape[1]
    first, last = np.full(ASSETS, -1), np.full(ASSETS, -1)
    assert_forms_agree(finer.find_ends, made, first, last)
    finer.find_ends(made, first, last)
    begin = data.draw(st.integers(0, len(made)))
    opened = made[0, 0].copy() if len(made) else np.full(ASSETS, 100.0)
    everybody, some = np.arange(n), np.zeros(n, np.int64)
    below, above = np.full(n, np.inf), np.full(n, NAN)
    walks, winners, clashes = np.zeros((n, 2 * WALK_SIZE)), np.zeros((3, n), np.int64), np.zeros(n, np.int64)
    assert_forms_agree(
        finer.row_moving_orders, 2, begin, len(made), made, first, opened, policy, through, *book, below, above,
        everybody, n, some, np.empty(n), walks, winners, clashes, np.zeros(1, np.int64),
    )  # fmt: skip


def flat(*prices: float) -> FloatArray:
    """Finer bars of one asset, each of one price."""
    return np.array([[[price]] * 5 for price in prices])


def test_the_ends_of_each_asset_are_found() -> None:
    made = np.concatenate([flat(NAN, 1.0, NAN, 1.0, NAN), flat(*[NAN] * 5), flat(*[1.0] * 5)], axis=2)
    first, last = np.zeros(3, np.int64), np.zeros(3, np.int64)
    assert finer.find_ends(made, first, last) == 1
    assert first.tolist() == [1, -1, 0]
    assert last.tolist() == [3, -1, 4]


def test_a_trailing_order_far_behind_is_passed_over_and_follows_when_it_is_to() -> None:
    ints, levels = np.zeros((rows.INT_ROWS, 1), np.int64), np.full((rows.FLOAT_ROWS, 1), NAN)
    ints[rows.KIND] = 4
    levels[rows.QUANTITY], levels[rows.LEVEL], levels[rows.TRAIL] = -1.0, 95.0, 5.0
    at, found = np.zeros(1), np.zeros(1, np.int64)
    walks, winners, some = np.zeros((1, 2 * WALK_SIZE)), np.zeros((3, 1), np.int64), np.zeros(1, np.int64)

    def walk(*prices: float) -> int:
        made = flat(*prices)
        finer.row_moving_orders(
            1, 0, len(made), made, np.zeros(1, np.int64), floats(100.0), 0, False, ints, levels, floats(np.inf),
            floats(NAN), np.zeros(1, np.int64), 1, some, at, walks, winners, np.zeros(1, np.int64), found,
        )  # fmt: skip
        return int(found[0])

    assert walk(100.0, 99.0, 96.0) == 3
    assert np.isnan(at[0])
    assert levels[rows.LEVEL, 0] == 95.0
    assert not walks.any()  # it was never walked
    assert walk(100.0, 110.0, 106.0) == 3
    assert levels[rows.LEVEL, 0] == 105.0
    assert walk(106.0, 103.0) == 1
    assert at[0] == 103.0
