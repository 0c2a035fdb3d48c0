"""Targets to orders: by hand, and against a naive pass over assets."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, NAN, UNWRITTEN, assert_forms_agree, floats, ints

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels.sizing import (
    ORDER_ASSET,
    ORDER_ID,
    ORDER_PRIORITY,
    ORDER_QUANTITY,
    orders_to_targets,
    take_off_refused,
    target_quantity,
)

EQUITY = 1000.0
WHOLE, FRACTIONAL = False, True
FIRST_ID, SKIPPED = 700, 3
"""The first number that is free, and columns before it that belong to earlier requests."""


class Sized(NamedTuple):
    orders: list[tuple[int, float, float]]
    unpriced: list[int]
    asked: list[float]
    small: list[tuple[int, float, float]] = []  # noqa: RUF012 - nobody changes it


def arguments(
    book: Sequence[Sequence[float]],
    close_others: bool,
    fractional: bool,
    unit: float = 1.0,
    lot: float = 0.0,
    *,
    shorts: bool = False,
    least: float = 0.0,
) -> tuple[object, ...]:
    n = len(book[0])
    weights, mark, *rest = (floats(*column) for column in book)
    kind = np.full(n, unit), np.full(n, lot)
    room = 2 * n + SKIPPED
    results = np.full((2, room), UNWRITTEN), np.full((2, room), NAN), np.full(n, UNWRITTEN)
    return weights, EQUITY, least, mark, *kind, *rest, close_others, fractional, shorts, FIRST_ID, SKIPPED, *results


def size(
    *book: Sequence[float],
    close_others: bool = True,
    fractional: bool = WHOLE,
    unit: float = 1.0,
    lot: float = 0.0,
    shorts: bool = False,
    least: float = 0.0,
) -> Sized:
    """Orders as (asset, quantity, priority), columns without a price, what has been asked for by now, small changes.

    The book is weights, marks, and then units held, pending and asked for, each of nothing where not given.
    """
    nothing = [[0.0] * len(book[0])] * (5 - len(book))
    called = arguments([*book, *nothing], close_others, fractional, unit, lot, shorts=shorts, least=least)
    count, missing, little = orders_to_targets(*called)  # type: ignore[arg-type]  # the tuple is shared with the compiled form
    asked_for, ints, floats, unpriced = (np.asarray(called[place]) for place in (8, 14, 15, 16))
    assert (ints[:, :SKIPPED] == UNWRITTEN).all()
    assert np.isnan(floats[:, :SKIPPED]).all()
    written = slice(SKIPPED, SKIPPED + count)
    first = FIRST_ID + missing
    assert ints[ORDER_ID, written].tolist() == list(range(first, first + count))
    columns = ints[ORDER_ASSET, written], floats[ORDER_QUANTITY, written], floats[ORDER_PRIORITY, written]
    orders = list(zip(*(column.tolist() for column in columns), strict=True))
    last = SKIPPED + 2 * len(book[0]) - 1
    places = range(last, last - little, -1)
    small = [(int(ints[ORDER_ASSET, k]), float(floats[0, k]), float(floats[1, k])) for k in places]
    return Sized(orders, unpriced[:missing].tolist(), asked_for.tolist(), small)


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


@given(st.floats(-2.0, 2.0), st.floats(1.0, 1e9), st.floats(1e-4, 1e5))
def test_a_target_never_needs_more_than_its_share_and_is_less_than_a_unit_short(
    weight: float, equity: float, mark: float
) -> None:
    share = Fraction(weight) * Fraction(equity) / Fraction(mark)
    target = Fraction(target_quantity(weight, equity, mark, 1.0, 0.0, WHOLE))
    slack = abs(share) / 2**50  # of two roundings of float64
    assert target.denominator == 1
    assert abs(target) <= abs(share) + slack
    assert abs(target) > abs(share) - 1 - slack
    assert target * share >= 0


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


units = st.integers(0, 20).map(float)
changes = st.integers(-5, 5).map(float)
books = st.lists(
    st.tuples(
        st.floats(0.0, 0.5) | st.sampled_from([NAN, 0.0]), st.floats(1.0, 300.0) | st.just(NAN), units, changes, changes
    ),
    min_size=1,
    max_size=6,
).map(lambda book: [list(column) for column in zip(*book, strict=True)])


def naive(
    book: list[list[float]], *, close_others: bool, fractional: bool
) -> tuple[list[tuple[int, float, float]], list[int]]:
    reductions: list[tuple[int, float, float]] = []
    entries: list[tuple[int, float, float]] = []
    unpriced: list[int] = []
    for asset, (weight, mark, held, pending, asked) in enumerate(zip(*book, strict=True)):
        now = held + pending + asked
        if math.isnan(weight):
            weight = 0.0
            target = 0.0 if close_others else now
        elif weight == 0.0:
            target = 0.0
        elif math.isnan(mark):
            unpriced.append(asset)
            continue
        else:
            target = weight * EQUITY / mark
            target = target if fractional else float(math.trunc(target))
        change = target - now
        if abs(change) > 1e-9:
            order = (asset, change, weight if change > 0.0 else -INF)
            (reductions if held > 0.0 > change else entries).append(order)
    return reductions + entries, unpriced


@given(books, st.booleans(), st.booleans())
def test_orders_are_those_of_a_naive_pass(book: list[list[float]], close_others: bool, fractional: bool) -> None:
    sized = size(*book, close_others=close_others, fractional=fractional)
    orders, unpriced = naive(book, close_others=close_others, fractional=fractional)
    assert sized.orders == orders
    assert sized.unpriced == unpriced
    assert sized.small == []


@given(books, st.booleans(), st.booleans(), st.sampled_from([1.0, 50.0, 300.0]))
def test_small_changes_are_those_of_the_orders_there_would_be(
    book: list[list[float]], close_others: bool, fractional: bool, least: float
) -> None:
    sized = size(*book, close_others=close_others, fractional=fractional, least=least)
    orders, small = list[tuple[int, float, float]](), list[tuple[int, float, float]]()
    for asset, change, priority in naive(book, close_others=close_others, fractional=fractional)[0]:
        mark, held, pending, asked = (column[asset] for column in book[1:])
        to_nothing = abs(held + pending + asked + change) < 1e-9
        worth = abs(change) * mark
        if not to_nothing and worth < least:
            small.append((asset, change, worth))
        else:
            orders.append((asset, change, priority))
    assert (sized.orders, sized.small) == (orders, small)


@given(books, st.booleans(), st.booleans())
def test_a_second_request_for_the_same_targets_orders_nothing(
    book: list[list[float]], close_others: bool, fractional: bool
) -> None:
    first = size(*book, close_others=close_others, fractional=fractional)
    again = size(*book[:4], first.asked, close_others=close_others, fractional=fractional)
    assert again.orders == []


@given(books, st.booleans(), st.booleans(), st.sampled_from([0.0, 50.0]))
def test_compiled_sizing_agrees_bit_for_bit(
    book: list[list[float]], close_others: bool, fractional: bool, least: float
) -> None:
    assert_forms_agree(orders_to_targets, *arguments(book, close_others, fractional, least=least))
    for weight, mark, *_ in zip(*book, strict=True):
        assert_forms_agree(target_quantity, weight if weight == weight else 0.0, EQUITY, mark, 2.0, 0.1, True)


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


signed_units = st.integers(-20, 20).map(float)
short_books = st.lists(
    st.tuples(
        st.floats(-0.5, 0.5) | st.sampled_from([NAN, 0.0]),
        st.floats(1.0, 300.0) | st.just(NAN),
        signed_units,
        changes,
        changes,
    ),
    min_size=1,
    max_size=6,
).map(lambda book: [list(column) for column in zip(*book, strict=True)])


@given(short_books, st.booleans(), st.booleans())
def test_orders_with_shorts_reach_their_targets_and_what_reduces_only_reduces(
    book: list[list[float]], close_others: bool, fractional: bool
) -> None:
    sized = size(*book, close_others=close_others, fractional=fractional, shorts=True)
    ends = [held + pending + asked for held, pending, asked in zip(*book[2:], strict=True)]
    orders_of = [[order for order in sized.orders if order[0] == asset] for asset in range(len(ends))]
    for asset, ((_, first, priority), *_) in ((asset, orders) for asset, orders in enumerate(orders_of) if orders[1:]):
        assert book[2][asset] * first < 0.0
        assert abs(first) <= abs(book[2][asset]) + 1e-9
        assert priority == -INF
    for asset, quantity, _ in sized.orders:
        ends[asset] += quantity
    for asset, (weight, mark, *rest) in enumerate(zip(*book, strict=True)):
        before = math.fsum(rest)
        if weight != weight or weight == 0.0:
            want = before if weight != weight and not close_others else 0.0
        elif mark != mark:
            want = before
        else:
            want = weight * EQUITY / mark if fractional else float(math.trunc(weight * EQUITY / mark))
        assert ends[asset] == pytest.approx(want, abs=2e-9)
    again = size(*book[:4], sized.asked, close_others=close_others, fractional=fractional, shorts=True)
    assert again.orders == []


@given(short_books, st.booleans(), st.booleans())
def test_targets_of_the_mirror_are_its_mirror(book: list[list[float]], close_others: bool, fractional: bool) -> None:
    weights, mark, *rest = book
    called = {"close_others": close_others, "fractional": fractional, "shorts": True}
    sized = size(*book, **called)
    back = [-weight for weight in weights], mark, *([-units for units in column] for column in rest)
    mirrored = size(*back, **called)
    sizes = [(asset, quantity) for asset, quantity, _ in sized.orders]
    assert [(asset, -quantity) for asset, quantity, _ in mirrored.orders] == sizes


@given(books, st.booleans(), st.booleans())
def test_an_account_that_may_be_short_trades_longs_as_any_other(
    book: list[list[float]], close_others: bool, fractional: bool
) -> None:
    weights, mark, held, *_ = book
    called = {"close_others": close_others, "fractional": fractional}
    assert size(weights, mark, held, **called).orders == size(weights, mark, held, shorts=True, **called).orders


@given(short_books, st.booleans(), st.booleans())
def test_compiled_sizing_with_shorts_agrees_bit_for_bit(
    book: list[list[float]], close_others: bool, fractional: bool
) -> None:
    assert_forms_agree(orders_to_targets, *arguments(book, close_others, fractional, shorts=True))


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
