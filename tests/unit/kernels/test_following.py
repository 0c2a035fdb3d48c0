"""What positions see of finer bars: both forms of kernels agree, and the ranges and stops that come of them by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import NAN, assert_forms_agree, floats, ints
from tests.unit.kernels.test_conditions import ASSETS
from tests.unit.kernels.test_finer import flat, moments

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels import following
from tidegate.kernels.books import HIGHEST, LOWEST, QUANTITY

NEVER = np.full(ASSETS, -1)
LEVELS = st.sampled_from((NAN, 94.0, 97.0, 100.0, 103.0, 106.0))


def book(held: float, *more: float) -> FloatArray:
    found = np.full((4, 1 + len(more)), 100.0)
    found[QUANTITY] = held, *more
    return found


@given(moments(), st.data())
def test_both_forms_agree(made: FloatArray, data: st.DataObject) -> None:
    n = len(made)
    since = np.array([data.draw(st.integers(0, n)) for _ in range(ASSETS)], np.int64)
    held, best, stop, take = (
        np.array([data.draw(choice) for _ in range(ASSETS)])
        for choice in (st.sampled_from((0.0, 2.0, -2.0)), LEVELS, LEVELS, LEVELS)
    )
    begin = data.draw(st.integers(0, n))
    passed, pct = max(begin - 1, 0), data.draw(st.sampled_from((NAN, 0.03)))
    positions = np.full((4, ASSETS), 100.0)
    positions[QUANTITY] = held
    rules = np.zeros(ASSETS, np.int64)
    assert_forms_agree(following.widen_ranges, begin, n, made, since, positions)
    assert_forms_agree(following.move_best, begin, n, made, since, held, best)
    assert_forms_agree(following.follow_bars, begin, n, made, since, held, pct, 2, best, stop, rules)
    if n:
        assert_forms_agree(following.follow_opens, made[0, 0], held, pct, 2, best, stop, rules)
        assert_forms_agree(following.follow_price, 0, held[0], made[0, 0, 0], pct, 2, best, stop, rules)
    assert_forms_agree(
        following.row_reaching_levels, passed, begin, n, made, since, 1, NEVER, take, positions, pct, best, stop, rules
    )  # fmt: skip


def bars(*rows: tuple[float, float, float, float]) -> FloatArray:
    """Finer bars of one asset."""
    return np.array([[[price] for price in (*row, 1.0)] for row in rows])


RISING = bars((100, 104, 99, 103), (NAN, NAN, NAN, NAN), (105, 110, 102, 108), (108, 109, 95, 96))


@pytest.mark.parametrize(
    ("held", "since", "begin", "end", "lowest", "highest"),
    [
        # all of them; those from its own on; none; what is flat has no range
        (1.0, 0, 0, 4, 95.0, 110.0),
        (1.0, 1, 0, 3, 100.0, 110.0),
        (-1.0, 3, 0, 4, 95.0, 109.0),
        (1.0, 4, 0, 4, 100.0, 100.0),
        (1.0, 0, 1, 2, 100.0, 100.0),
        (0.0, 0, 0, 4, 100.0, 100.0),
    ],
)
def test_a_range_is_that_of_the_bars_seen(
    held: float, since: int, begin: int, end: int, lowest: float, highest: float
) -> None:
    positions = book(held)
    following.widen_ranges(begin, end, RISING, ints(since), positions)
    assert (positions[LOWEST, 0], positions[HIGHEST, 0]) == (lowest, highest)


@pytest.mark.parametrize(
    # held  pct  best   stop  since  best after  stop after  rule after
    ("held", "pct", "best", "stop", "since", "best_after", "stop_after", "rule_after"),
    [
        (1.0, 0.1, 100.0, 90.0, 0, 110.0, 99.0, 2),
        (1.0, 0.1, 100.0, 95.0, 4, 100.0, 95.0, 0),
        (1.0, 0.1, 100.0, 99.0, 0, 110.0, 99.0, 0),  # a tie leaves the rule that was
        (1.0, 0.1, 100.0, 99.5, 0, 110.0, 99.5, 0),
        (1.0, 0.1, 111.0, 90.0, 0, 111.0, 90.0, 0),
        (1.0, 0.1, 100.0, NAN, 0, 110.0, 99.0, 2),
        (-1.0, 0.1, 100.0, 110.0, 0, 95.0, 104.5, 2),
        (-1.0, 0.1, 100.0, 104.0, 0, 95.0, 104.0, 0),
        (-1.0, 0.1, 94.0, 104.0, 0, 94.0, 104.0, 0),
        (0.0, 0.1, NAN, NAN, 0, NAN, NAN, 0),
        (1.0, NAN, NAN, 95.0, 0, NAN, 95.0, 0),
    ],
)
def test_a_stop_follows_the_best_price_where_that_brings_it_nearer(
    held: float, pct: float, best: float, stop: float, since: int, best_after: float, stop_after: float, rule_after: int
) -> None:
    bests, stops, rule = floats(best), floats(stop), ints(0)
    following.follow_bars(0, 4, RISING, ints(since), floats(held), pct, 2, bests, stops, rule)
    np.testing.assert_allclose((bests[0], stops[0]), (best_after, stop_after), rtol=1e-15)
    assert rule[0] == rule_after
    moved = floats(best)
    following.move_best(0, 4, RISING, ints(since), floats(held), moved)
    np.testing.assert_array_equal(moved, bests)


def row_reached(made: FloatArray, held: float, stop: float, take: float, **more: float) -> int:
    pct, best, begin = more.get("pct", NAN), more.get("best", NAN), int(more.get("begin", 0))
    return following.row_reaching_levels(
        max(begin - 1, 0), begin, len(made), made, ints(int(more.get("since", 0))), 1, ints(int(more.get("stuck", 0))),
        floats(take), book(held), pct, floats(best), floats(stop), ints(0),
    )  # fmt: skip


def test_levels_are_reached_where_they_are_held_against_what_trades() -> None:
    made = flat(100.0, 94.0, NAN, 106.0)
    for held, stop, take, begin, row in (
        (1.0, 95.0, 105.0, 0, 1), (1.0, 95.0, 105.0, 2, 3), (1.0, 95.0, 105.0, 4, 4), (1.0, 90.0, NAN, 0, 4),
        (-1.0, 105.0, 95.0, 0, 1), (-1.0, 105.0, 90.0, 0, 3), (0.0, 95.0, 105.0, 0, 4),
    ):  # fmt: skip
        assert row_reached(made, held, stop, take, begin=begin) == row
    assert row_reached(made, 1.0, 95.0, 105.0, stuck=1) == 4


def test_a_stop_is_reached_where_it_has_followed_to() -> None:
    low_first = bars((100, 100, 98, 99), (99, 110, 99, 104), (104, 105, 98, 98))
    # the high of a bar is not held against its own low, but its open is
    assert row_reached(low_first, 1.0, 90.0, NAN, pct=0.1, best=100.0) == 2
    assert row_reached(low_first, 1.0, 90.0, NAN) == 3
    assert row_reached(bars((110, 110, 99, 100)), 1.0, 90.0, NAN, pct=0.1, best=100.0) == 0
    assert row_reached(bars((108, 110, 98, 100)), 1.0, 90.0, NAN, pct=0.1, best=100.0) == 1
    # what came before the position, it has not seen; what came before `begin` it has
    assert row_reached(low_first, 1.0, 90.0, NAN, pct=0.1, best=100.0, since=2, begin=2) == 3
    assert row_reached(low_first, 1.0, 90.0, NAN, pct=0.1, best=100.0, since=1, begin=2) == 2
    # a short the other way round
    assert row_reached(bars((100, 101, 90, 95), (95, 99.5, 95, 99)), -1.0, 110.0, NAN, pct=0.1, best=100.0) == 1


def test_the_first_of_many_assets_is_told() -> None:
    made = np.concatenate([flat(100.0, 100.0, 94.0), flat(100.0, 94.0, 94.0)], axis=2)
    zero = np.zeros(2, np.int64)
    none: FloatArray = np.full(2, NAN)
    rules: IntArray = zero.copy()
    found = following.row_reaching_levels(
        0, 0, 3, made, zero, 1, zero, none, book(1.0, 1.0), NAN, none, floats(95.0, 95.0), rules
    )
    assert found == 1
