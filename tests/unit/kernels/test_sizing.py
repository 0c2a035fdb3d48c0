"""Targets to orders by hand, and what was refused of them taken off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, NAN, assert_forms_agree, floats, ints
from tests.unit.kernels.sized import EQUITY, FRACTIONAL, WHOLE, changes, size

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels.sizing import take_off_refused, target_quantity


@pytest.mark.parametrize(
    ("weight", "mark", "whole", "fraction"),
    [
        (0.1,   10.0,  10.0,   10.0),
        (0.1,   30.0,  3.0,    100.0 / 30.0),
        (0.1,   150.0, 0.0,    100.0 / 150.0),
        (-0.1,  30.0,  -3.0,   -100.0 / 30.0),  # toward zero, not down
        (0.0,   NAN,   0.0,    0.0),            # nothing needs no price
        (-0.0,  NAN,   0.0,    0.0),
        (1.0,   0.001, 1e6,    1e6),
    ],
)  # fmt: skip
def test_a_target_is_truncated_toward_zero_unless_fractional(
    weight: float, mark: float, whole: float, fraction: float
) -> None:
    assert target_quantity(weight, EQUITY, mark, 1.0, 0.0, WHOLE) == whole
    assert target_quantity(weight, EQUITY, mark, 1.0, 0.0, FRACTIONAL) == pytest.approx(fraction)


@pytest.mark.parametrize("equity", [0.0, -1000.0])
def test_no_weight_of_a_debt_is_worth_anything(equity: float) -> None:
    assert target_quantity(0.5, equity, 10.0, 1.0, 0.0, WHOLE) == 0.0
    assert target_quantity(-0.5, equity, 10.0, 1.0, 0.0, FRACTIONAL) == 0.0


@pytest.mark.parametrize(
    # two assets at 10 and 20; equity 1000
    ("weights", "held", "pending", "asked", "orders"),
    [
        ([0.1, 0.2], [0, 0],    [0, 0],    [0, 0],   [(0, 10.0, 0.1), (1, 10.0, 0.2)]),
        ([0.1, 0.2], [10, 10],  [0, 0],    [0, 0],   []),                                 # already there
        ([0.1, 0.2], [4, 0],    [3, 10],   [0, 0],   [(0, 3.0, 0.1)]),                    # pending counts
        ([0.1, 0.2], [4, 0],    [3, 10],   [3, 0],   []),                                 # and what was asked since
        ([0.1, NAN], [0, 7],    [0, 0],    [0, 0],   [(1, -7.0, -INF), (0, 10.0, 0.1)]),  # reductions first
        ([0.1, 0.2], [25, 15],  [0, 0],    [0, 0],   [(0, -15.0, -INF), (1, -5.0, -INF)]),
        ([0.1, 0.0], [0, 7],    [0, -7],   [0, 0],   [(0, 10.0, 0.1)]),                   # it is being sold already
        ([0.1, 0.0], [0, 7],    [0, -3],   [0, -1],  [(1, -3.0, -INF), (0, 10.0, 0.1)]),
        ([0.1, 0.2], [10, 10],  [-10, 0],  [0, 0],   [(0, 10.0, 0.1)]),                   # a sale is taken back
        ([0.1, NAN], [0, 0],    [0, 6],    [0, 0],   [(0, 10.0, 0.1), (1, -6.0, -INF)]),  # sells none that is held
        ([0.1 + 5e-4, 0.2], [10, 10], [0, 0], [0, 0], []),                                # truncated to the same
    ],
)  # fmt: skip
def test_orders_make_up_what_is_missing_to_the_target(
    weights: list[float],
    held: list[float],
    pending: list[float],
    asked: list[float],
    orders: list[tuple[int, float, float]],
) -> None:
    sized = size(weights, [10.0, 20.0], held, pending, asked)
    assert sized.orders == orders
    ordered = {asset: quantity for asset, quantity, _ in orders}
    assert sized.asked == [before + ordered.get(asset, 0.0) for asset, before in enumerate(asked)]


def test_others_stay_where_they_are_not_to_be_closed() -> None:
    assert size([NAN, 0.1], [10.0, 20.0], [5.0, 0.0], close_others=False).orders == [(1, 5.0, 0.1)]
    assert size([0.0, 0.1], [10.0, 20.0], [5.0, 0.0], close_others=False).orders == [(0, -5.0, -INF), (1, 5.0, 0.1)]


def test_targets_without_a_price_are_named_once_and_closing_needs_none() -> None:
    sized = size([0.1, 0.2, 0.0, NAN, 0.3], [NAN, 10.0, NAN, NAN, NAN], [0.0, 0.0, 4.0, 5.0, 0.0])
    assert sized.unpriced == [0, 4]
    assert sized.orders == [(2, -4.0, -INF), (3, -5.0, -INF), (1, 20.0, 0.2)]


def test_where_the_currency_has_no_rate_yet_there_is_no_price() -> None:
    assert size([0.1, 0.0], [10.0, 20.0], unit=NAN) == ([], [0], [0.0, 0.0], [])


def test_every_target_may_be_without_a_price() -> None:
    assert size([0.1, 0.2], [NAN, NAN]) == ([], [0, 1], [0.0, 0.0], [])


@pytest.mark.parametrize(
    # assets at 10 and 20; equity 1000; a change must be worth 40
    ("weights", "held", "pending", "orders", "small"),
    [
        ([0.1, 0.1],   [6, 3],  [0, 0],   [(0, 4.0, 0.1), (1, 2.0, 0.1)],    []),  # just enough
        ([0.1, 0.1],   [7, 4],  [0, 0],   [],                                [(0, 3.0, 30.0), (1, 1.0, 20.0)]),
        ([0.1, 0.1],   [13, 6], [0, 0],   [],                                [(0, -3.0, 30.0), (1, -1.0, 20.0)]),
        ([0.1, 0.1],   [7, 6],  [0, 0],   [],                                [(1, -1.0, 20.0), (0, 3.0, 30.0)]),
        ([0.1, 0.1],   [7, 0],  [0, 0],   [(1, 5.0, 0.1)],                   [(0, 3.0, 30.0)]),
        ([0.1, 0.1],   [2, 5],  [5, 0],   [],                                [(0, 3.0, 30.0)]),  # pending counts
        ([0.0, NAN],   [1, 1],  [0, 0],   [(0, -1.0, -INF), (1, -1.0, -INF)], []),  # closing
        ([0.009, NAN], [1, 0],  [0, 0],   [(0, -1.0, -INF)],                 []),  # truncated to 0
        ([0.03, NAN],  [0, 0],  [0, 0],   [],                                [(0, 3.0, 30.0)]),              # opening
    ],
)  # fmt: skip
def test_a_change_that_is_worth_too_little_makes_no_order_unless_it_closes(
    weights: list[float],
    held: list[float],
    pending: list[float],
    orders: list[tuple[int, float, float]],
    small: list[tuple[int, float, float]],
) -> None:
    sized = size(weights, [10.0, 20.0], held, pending, least=40.0)
    assert (sized.orders, sized.small) == (orders, small)
    ordered = {asset: quantity for asset, quantity, _ in orders}
    assert sized.asked == [ordered.get(asset, 0.0) for asset in range(2)]


def test_numbers_go_to_what_has_no_price_first_and_to_small_changes_last() -> None:
    sized = size([0.1, 0.1, 0.1, 0.1], [10.0, NAN, 10.0, 10.0], [9.0, 0.0, 0.0, 11.0], least=40.0)
    assert sized == ([(2, 10.0, 0.1)], [1], [0.0, 0.0, 10.0, 0.0], [(3, -1.0, 10.0), (0, 1.0, 10.0)])


def test_dust_is_not_ordered() -> None:
    weights, mark = [0.1, 0.1, NAN], [10.0, 10.0, 10.0]
    sized = size(weights, mark, [10.0 - 5e-10, 10.0 - 2e-9, 5e-10], fractional=FRACTIONAL)
    assert [asset for asset, _, _ in sized.orders] == [1]


def test_asking_twice_orders_once() -> None:
    first = size([0.1, NAN], [10.0, 20.0], [3.0, 8.0])
    assert first.orders == [(1, -8.0, -INF), (0, 7.0, 0.1)]
    assert size([0.1, NAN], [10.0, 20.0], [3.0, 8.0], [0.0, 0.0], first.asked).orders == []


OURS, END, KNOWN = 100, 200, 5
refusals = st.lists(
    st.tuples(st.integers(98, 102) | st.integers(198, 202), st.integers(0, 2), changes, st.integers(4, 6)), max_size=6
)


@given(refusals)
def test_what_was_refused_of_ours_is_taken_off_unless_it_is_known(rows: list[tuple[int, int, float, int]]) -> None:
    order, asset, quantity, reason = ([*column] for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    columns = ints(*order), ints(*asset), floats(*quantity), ints(*reason)
    asked = floats(10.0, 20.0, 30.0)
    found = take_off_refused(*columns, OURS, END, KNOWN, asked)
    ours = [row for row in rows if OURS <= row[0] < END and row[3] != KNOWN]
    want = [10.0, 20.0, 30.0]
    for _, of, units, _ in ours:
        want[of] -= units
    assert (found, asked.tolist()) == (len(ours), want)
    assert_forms_agree(take_off_refused, *columns, OURS, END, KNOWN, asked)


@pytest.mark.parametrize(
    ("asset", "quantity", "reason"),
    [
        (ints(0, 3), floats(1.0, 1.0), ints(4, 4)),
        (ints(0, -1), floats(1.0, 1.0), ints(4, 4)),
        (ints(0), floats(1.0, 1.0), ints(4, 4)),
        (ints(0, 1), floats(1.0), ints(4, 4)),
        (ints(0, 1), floats(1.0, 1.0), ints(4)),
    ],
    ids=["no such asset", "asset below zero", "assets too few", "quantities too few", "reasons too few"],
)
def test_what_are_no_refusals_changes_nothing(asset: IntArray, quantity: FloatArray, reason: IntArray) -> None:
    asked = floats(10.0, 20.0, 30.0)
    called = ints(OURS, OURS + 1), asset, quantity, reason, OURS, END, KNOWN, asked
    assert take_off_refused(*called) == -1
    assert asked.tolist() == [10.0, 20.0, 30.0]
    assert_forms_agree(take_off_refused, *called)


@pytest.mark.parametrize(
    # one asset at 10, equity 1000, which may be short
    ("weight", "held", "pending", "orders"),
    [
        (-0.1,  0.0,    0.0,   [(-10.0, 0.1)]),
        (-0.1,  -4.0,   0.0,   [(-6.0, 0.1)]),
        (-0.1,  -4.0,   -6.0,  []),
        (-0.1,  -25.0,  0.0,   [(15.0, -INF)]),
        (NAN,   -25.0,  0.0,   [(25.0, -INF)]),
        (-0.1,  25.0,   0.0,   [(-25.0, -INF), (-10.0, 0.1)]),  # what is held is closed, and the short entered
        (0.1,   -25.0,  0.0,   [(25.0, -INF), (10.0, 0.1)]),
        (-0.1,  25.0,   -5.0,  [(-20.0, -INF), (-10.0, 0.1)]),  # some of it is being sold already
        (-0.1,  25.0,   5.0,   [(-25.0, -INF), (-15.0, 0.1)]),  # and what is being bought is not held yet
        (-0.1,  25.0,   -30.0, [(-5.0, 0.1)]),  # what is on its way has crossed zero
        (0.1,   25.0,   0.0,   [(-15.0, -INF)]),
        (0.1,   25.0,   -30.0, [(15.0, 0.1)]),
        (0.0,   0.0,    7.0,   [(-7.0, -INF)]),
        (-0.0015, -3.0, 0.0,   [(3.0, -INF)]),  # toward zero: less than a unit is none
    ],
)  # fmt: skip
def test_targets_below_zero_are_shorts(
    weight: float, held: float, pending: float, orders: list[tuple[float, float]]
) -> None:
    sized = size([weight], [10.0], [held], [pending], shorts=True)
    assert [order[1:] for order in sized.orders] == orders


def test_reductions_of_both_sides_go_before_entries_of_both() -> None:
    sized = size([-0.1, 0.1, 0.0, 0.0], [10.0] * 4, [5.0, -5.0, 7.0, -7.0], shorts=True)
    reductions = [(0, -5.0, -INF), (1, 5.0, -INF), (2, -7.0, -INF), (3, 7.0, -INF)]
    assert sized.orders == [*reductions, (0, -10.0, 0.1), (1, 10.0, 0.1)]


@pytest.mark.parametrize(
    # equity 1000, an asset at 10
    ("weight", "unit", "lot", "held", "orders"),
    [
        (0.5,  1.0,  0.0,  0.0,   [50.0]),
        (0.5,  5.0,  0.0,  0.0,   [10.0]),   # a contract is worth five times its price
        (0.5,  5.0,  4.0,  0.0,   [8.0]),
        (0.57, 1.0,  10.0, 0.0,   [50.0]),
        (0.57, 1.0,  10.0, 45.0,  []),       # an odd lot is held: five more are no lot
        (0.57, 1.0,  10.0, 35.0,  [10.0]),
        (0.2,  1.0,  10.0, 45.0,  [-20.0]),
        (0.0,  1.0,  10.0, 45.0,  [-45.0]),  # but all of it can be closed
        (0.04, 1.0,  10.0, 0.0,   []),
    ],
)  # fmt: skip
def test_targets_know_what_a_unit_is_worth_and_go_in_lots(
    weight: float, unit: float, lot: float, held: float, orders: list[float]
) -> None:
    sized = size([weight], [10.0], [held], unit=unit, lot=lot)
    assert [quantity for _, quantity, _ in sized.orders] == orders


@pytest.mark.parametrize(
    # equity 1000, an asset at 10, lots of 10, in an account that may be short
    ("weight", "held", "orders"),
    [
        (-0.57, 0.0,   [-50.0]),
        (-0.57, -35.0, [-10.0]),
        (-0.2,  -45.0, [20.0]),
        (-0.57, 45.0,  [-45.0, -50.0]),  # an odd lot is closed whole, and the short has whole lots
        (0.57,  -45.0, [45.0, 50.0]),
        (-0.04, 45.0,  [-40.0]),         # what is left is less than a lot
    ],
)  # fmt: skip
def test_shorts_go_in_lots(weight: float, held: float, orders: list[float]) -> None:
    sized = size([weight], [10.0], [held], lot=10.0, shorts=True)
    assert [quantity for _, quantity, _ in sized.orders] == orders
