"""How entries share the gross exposure that is left: by hand, exactly at the bound, and against naive searches."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.limited import (
    EQUITY,
    FRACTIONAL,
    WHOLE,
    A,
    B,
    C,
    Order,
    Parted,
    bases,
    gross,
    gross_arguments,
    marks,
    orderings,
    percents,
    sold,
)
from tests.unit.kernels.made import INF, MICRO, NAN, assert_forms_agree, rounded

from tidegate.kernels.arithmetic import FACTOR_ONE, MICROS_MAX, cut
from tidegate.kernels.limits import DENY, LEAST, MOST, TRIM, limit_gross

TWENTY_EACH = [Order(A, 20.0, 0.1, 1), Order(B, 20.0, 0.3, 2), Order(C, 20.0, 0.2, 3)]
TIED = [Order(B, 20.0, 0.1, 1), Order(A, 20.0, 0.1, 9), Order(A, 20.0, 0.1, 4)]


@pytest.mark.parametrize(
    # every price is 10, equity 1000
    ("orders", "pct", "base", "action", "left", "asked"),
    [
        (TWENTY_EACH, 0.60, [0, 0, 0],    TRIM, [20.0, 20.0, 20.0], 0.60),  # exactly the limit
        (TWENTY_EACH, 0.59, [0, 0, 0],    TRIM, [19.0, 19.0, 19.0], 0.60),
        (TWENTY_EACH, 0.30, [0, 0, 0],    TRIM, [10.0, 10.0, 10.0], 0.60),
        (TWENTY_EACH, 0.30, [5, 0, 5],    TRIM, [6.0, 6.0, 6.0],    0.70),  # 200 left for 60 units: 6.67 each
        (TWENTY_EACH, 0.30, [30, 0, 0],   TRIM, [0.0, 0.0, 0.0],    0.90),
        (TWENTY_EACH, 0.30, [50, 0, 0],   TRIM, [0.0, 0.0, 0.0],    1.10),  # nothing is sold to get under the limit
        (TWENTY_EACH, 0.40, [0, 0, 0],    DENY, [0.0, 20.0, 20.0],  0.60),  # highest priority first
        (TWENTY_EACH, 0.39, [0, 0, 0],    DENY, [0.0, 20.0, 0.0],   0.60),
        (TIED,        0.40, [0, 0, 0],    DENY, [0.0, 20.0, 20.0],  0.60),  # then by asset,
        (TIED,        0.20, [0, 0, 0],    DENY, [0.0, 0.0, 20.0],   0.60),  # then by order
    ],
)  # fmt: skip
def test_entries_share_the_gross_exposure_that_is_left(
    orders: list[Order], pct: float, base: list[float], action: int, left: list[float], asked: float
) -> None:
    measured, quantity = gross(orders, pct=pct, mark=[10.0] * 3, base=base, action=action)
    assert quantity == left
    assert measured == pytest.approx(asked)


def test_a_smaller_entry_goes_on_where_a_larger_one_was_denied() -> None:
    orders = [Order(A, 50.0, 0.9, 1), Order(B, 10.0, 0.1, 2)]
    assert gross(orders, pct=0.3, mark=[10.0, 10.0], action=DENY)[1] == [0.0, 10.0]


@pytest.mark.parametrize("action", [TRIM, DENY])
def test_reductions_and_what_cannot_be_valued_take_no_part_in_gross(action: int) -> None:
    orders = [Order(A, -5.0, 0.0, 1), Order(B, 99.0, 0.9, 2), Order(C, 20.0, 0.1, 3)]
    measured, quantity = gross(orders, pct=0.1, mark=[10.0, NAN, 10.0], action=action)
    assert quantity == [-5.0, 99.0, 10.0 if action == TRIM else 0.0]
    assert measured == pytest.approx(0.2)


@pytest.mark.parametrize("action", [TRIM, DENY])
def test_more_than_the_books_can_hold_is_told_as_the_most_they_can(action: int) -> None:
    orders = [Order(A, 4e11, 0.0, 1), Order(B, 4e11, 0.0, 2)]
    measured, quantity = gross(orders, pct=0.1, mark=[10.0, 10.0], action=action)
    assert measured == pytest.approx(MICROS_MAX / MICRO / EQUITY)
    assert quantity == [0.0, 0.0]


def test_gross_counts_sizes_not_signs() -> None:
    assert gross([Order(A, 10.0)], pct=0.2, mark=[10.0, 10.0], base=[5.0, -10.0])[1] == [5.0]


def test_trimmed_fractions_use_the_room_to_the_last_micro_unit() -> None:
    _, quantity = gross(TWENTY_EACH, pct=0.1, mark=[10.0, 20.0, 30.0], fractional=FRACTIONAL)
    assert sum(rounded(units * price) for units, price in zip(quantity, (10.0, 20.0, 30.0), strict=True)) == 100 * MICRO
    assert quantity == pytest.approx([20.0 / 12.0] * 3)


@pytest.mark.parametrize("action", [TRIM, DENY])
@pytest.mark.parametrize("equity", [0.0, -50.0])
def test_without_equity_no_exposure_may_be_added(action: int, equity: float) -> None:
    measured, quantity = gross([Order(A, 1.0), Order(A, -1.0)], pct=1.0, mark=[10.0], equity=equity, action=action)
    assert (measured, quantity) == (INF, [0.0, -1.0])


def room_left(pct: float, mark: Sequence[float], base: Sequence[Fraction]) -> int:
    held = sum(abs(rounded(float(units) * price)) for units, price in zip(base, mark, strict=True) if price == price)
    return rounded(pct * EQUITY) - held


def limited(orders: Sequence[Order], mark: Sequence[float]) -> list[Order]:
    return [order for order in orders if order.quantity > 0.0 and mark[order.asset] == mark[order.asset]]


@given(orderings, marks, bases, percents, st.booleans())
def test_trimming_finds_the_largest_factor_that_fits(
    orders: list[Order], mark: list[float], base: list[float], pct: float, fractional: bool
) -> None:
    _, quantity = gross(orders, pct=pct, mark=mark, base=base, fractional=fractional)
    left = {order.order_id: units for order, units in zip(orders, quantity, strict=True)}
    room, entries = room_left(pct, mark, sold(orders, base)), limited(orders, mark)
    assert all(left[order.order_id] == order.quantity for order in orders if order not in entries)

    def value(factor: int) -> int:
        return sum(rounded(cut(order.quantity, factor, 0.0, fractional) * mark[order.asset]) for order in entries)

    steps = sorted({-(-unit * FACTOR_ONE // int(o.quantity)) for o in entries for unit in range(int(o.quantity) + 1)})
    if fractional and entries:
        steps = [round(Fraction(left[entries[0].order_id]) / Fraction(entries[0].quantity) * FACTOR_ONE)]
        assert steps[0] == FACTOR_ONE or value(steps[0] + 1) > room
    fitting = [step for step in steps if value(step) <= room] or [0]
    assert all(left[order.order_id] == cut(order.quantity, fitting[-1], 0.0, fractional) for order in entries)


@given(orderings, marks, bases, percents)
def test_denying_serves_by_priority_and_takes_whatever_fits(
    orders: list[Order], mark: list[float], base: list[float], pct: float
) -> None:
    _, quantity = gross(orders, pct=pct, mark=mark, base=base, action=DENY)
    room, want = room_left(pct, mark, sold(orders, base)), {order.order_id: order.quantity for order in orders}
    for order in sorted(limited(orders, mark), key=lambda order: (-order.priority, order.asset, order.order_id)):
        value = rounded(order.quantity * mark[order.asset])
        if value <= room:
            room -= value
        else:
            want[order.order_id] = 0.0
    assert quantity == list(want.values())


@given(orderings, marks, bases, percents, st.sampled_from([TRIM, DENY]), st.permutations(range(6)))
def test_gross_does_not_depend_on_the_order_of_the_orders(
    orders: list[Order], mark: list[float], base: list[float], pct: float, action: int, places: list[int]
) -> None:
    # Of sells of more than there is, those go on that come first.
    orders = [replace(order, quantity=abs(order.quantity)) for order in orders]
    places = [place for place in places if place < len(orders)]
    asked, quantity = gross(orders, pct=pct, mark=mark, base=base, action=action)
    again, shuffled = gross([orders[place] for place in places], pct=pct, mark=mark, base=base, action=action)
    assert again == asked
    assert shuffled == [quantity[place] for place in places]


@pytest.mark.parametrize("action", [TRIM, DENY])
def test_values_beyond_the_books_do_not_wrap_around(action: int) -> None:
    entries = [Order(A, 1e13, 0.0, 1), Order(B, 1e13, 0.0, 2), Order(C, 1.0, 0.0, 3)]
    arguments = gross_arguments(Parted(entries, [1e13] * 3), 1.0, [1.0] * 3, action, WHOLE, EQUITY)
    assert_forms_agree(limit_gross, *arguments)
    assert gross(entries, pct=1.0, mark=[1.0] * 3, base=[1e13] * 3, action=action)[1] == [0.0, 0.0, 0.0]


def test_gross_counts_the_further_side_of_what_may_happen() -> None:
    parted = Parted([Order(A, 10.0)], [4.0], shorts=True)
    parted.book[MOST, A], parted.book[LEAST, A] = 6.0, -12.0
    called = gross_arguments(parted, 0.2, [10.0], TRIM, WHOLE, EQUITY)
    assert limit_gross(*called) == pytest.approx(0.22)  # type: ignore[arg-type]  # the tuple is shared
    assert parted.left == [8.0]


def test_gross_scales_both_sides_by_one_factor_and_lets_reductions_be() -> None:
    orders = [Order(A, -30.0, 0.1, 1), Order(B, 20.0, 0.3, 2), Order(C, -20.0, 0.2, 3)]
    called = {"pct": 0.3, "mark": [10.0] * 3, "base": [10.0, 0.0, 0.0], "shorts": True}
    asked, left = gross(orders, **called)  # type: ignore[arg-type]  # as declared
    assert asked == pytest.approx(0.6)
    assert left == [-20.0, 10.0, -10.0]
    assert gross(orders, action=DENY, **called)[1] == [-10.0, 20.0, 0.0]  # type: ignore[arg-type]  # as declared
