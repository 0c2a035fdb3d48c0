"""Targets to orders, whatever the book: against a naive pass over assets, in the mirror, and in both forms."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import INF, NAN, assert_forms_agree
from tests.unit.kernels.sized import EQUITY, WHOLE, arguments, changes, size

from tidegate.kernels.sizing import orders_to_targets, target_quantity


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


units = st.integers(0, 20).map(float)
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
