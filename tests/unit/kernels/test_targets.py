"""Targets that are sized when they go: by hand, against a naive pass, and both forms alike."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import MICRO, NAN, assert_forms_agree, books, floats, ints

from tidegate.kernels.books import MARK, QUANTITY, Books
from tidegate.kernels.targets import equity_at, size_targets

A, B = 0, 1
EQUITY = 1000.0


class Order(NamedTuple):
    asset: int
    quantity: float
    weight: float = NAN
    value: float = NAN


def account(held: Sequence[float], mark: Sequence[float], cash: int = 0) -> Books:
    found = books(cash, len(held))
    found.positions[QUANTITY], found.positions[MARK] = held, mark
    return found


def arguments(
    orders: Sequence[Order],
    prices: Sequence[float],
    held: Sequence[float],
    exited: Sequence[float],
    least: float = 0.0,
    fractional: bool = False,
) -> tuple[object, ...]:
    asset, quantity, weight, value = zip(*orders, strict=True)
    n = len(orders)
    return (
        floats(*prices), ints(*asset), floats(*quantity), floats(*weight), floats(*value), floats(*exited), EQUITY,
        least, fractional, account(held, prices), np.full(len(prices), -7.0), np.full(n, -7.0), np.full(n, -7.0),
    )  # fmt: skip


def size(*called: object, least: float = 0.0, fractional: bool = False) -> tuple[list[float], list[float | None]]:
    """Units of each order, and what its change is worth, None where that was not looked at."""
    orders, prices, held, exited = called
    made = arguments(orders, prices, held, exited, least, fractional)  # type: ignore[arg-type]  # as they come
    size_targets(*made)  # type: ignore[arg-type]  # the tuple is shared with the compiled form
    sized, worth = (np.asarray(column).tolist() for column in made[-2:])
    return sized, [None if value != value else value for value in worth]


BUY, SELL = 1.0, -1.0
NONE = (0.0, 0.0)


@pytest.mark.parametrize(
    # A at 10 and B at 20; equity 1000
    ("orders", "held", "exited", "sized", "worth"),
    [
        ([Order(A, BUY, 0.1)],                             (0, 0), NONE,     [10.0],             [100.0]),
        ([Order(A, BUY, 0.1)],                             (4, 0), NONE,     [6.0],              [60.0]),
        ([Order(A, SELL, 0.1)],                            (15, 0), NONE,    [-5.0],             [50.0]),
        ([Order(A, SELL, 0.0)],                            (15, 0), NONE,    [-15.0],            [150.0]),
        ([Order(A, BUY, NAN, 155.0)],                      (0, 0), NONE,     [15.0],             [150.0]),  # of money
        ([Order(A, SELL, NAN, 0.0)],                       (3, 0), NONE,     [-3.0],             [30.0]),
        ([Order(A, BUY, 0.1)],                             (12, 0), NONE,    [0.0],              [-20.0]),  # would turn
        ([Order(A, SELL, 0.1)],                            (8, 0), NONE,     [0.0],              [-20.0]),
        ([Order(A, BUY, 0.1)],                             (10, 0), NONE,    [0.0],              [0.0]),  # is there
        ([Order(A, 3.0), Order(A, BUY, 0.1)],              (0, 0), NONE,     [3.0, 7.0],         [None, 70.0]),
        ([Order(A, BUY, 0.1), Order(A, 3.0)],              (0, 0), NONE,     [10.0, 3.0],        [100.0, None]),
        ([Order(A, BUY, 0.1), Order(A, BUY, 0.1)],         (0, 0), NONE,     [10.0, 0.0],        [100.0, 0.0]),
        ([Order(A, BUY, 0.1), Order(A, BUY, 0.15)],        (0, 0), NONE,     [10.0, 5.0],        [100.0, 50.0]),
        ([Order(A, BUY, 0.1), Order(B, BUY, 0.1)],         (0, 0), NONE,     [10.0, 5.0],        [100.0, 100.0]),
        ([Order(A, BUY, 0.11)],                            (0, 0), (10, 0),  [1.0],              [10.0]),  # stopped out
        ([Order(A, SELL, 0.05)],                           (0, 0), (10, 0),  [0.0],              [-50.0]),
        ([Order(A, SELL, 0.0)],                            (0, 0), (10, 0),  [0.0],              [0.0]),
        ([Order(A, SELL, -0.1)],                           (0, 0), NONE,     [-10.0],            [100.0]),  # short
        ([Order(A, BUY, -0.1)],                            (-15, 0), NONE,   [5.0],              [50.0]),
        ([Order(A, SELL, -0.1)],                           (5, 0), NONE,     [-15.0],            [150.0]),
        ([Order(A, BUY, -0.1)],                            (0, 0), (-15, 0), [0.0],              [-100.0]),
        ([Order(A, SELL, -0.16)],                          (0, 0), (-15, 0), [-1.0],             [10.0]),
    ],
)  # fmt: skip
def test_an_order_is_what_is_missing_to_its_target_on_its_own_side(
    orders: list[Order], held: Sequence[float], exited: Sequence[float], sized: list[float], worth: list[float | None]
) -> None:
    assert size(orders, (10.0, 20.0), held, exited) == (sized, worth)


@pytest.mark.parametrize(
    ("order", "held", "least", "sized"),
    [
        (Order(A, BUY, 0.1),        7.0,   30.0,    3.0),
        (Order(A, BUY, 0.1),        7.0,   30.01,   0.0),
        (Order(A, SELL, 0.1),       13.0,  30.01,   0.0),
        (Order(A, SELL, 0.0),       1.0,   1e9,     -1.0),   # closing is never too small
        (Order(A, SELL, 0.009),     1.0,   1e9,     -1.0),   # truncated to nothing
        (Order(A, 1.0),             0.0,   1e9,     1.0),    # units are units
    ],
)  # fmt: skip
def test_a_change_that_is_worth_too_little_does_not_go_unless_it_closes(
    order: Order, held: float, least: float, sized: float
) -> None:
    assert size([order], (10.0, 20.0), (held, 0.0), NONE, least=least)[0] == [sized]


def test_a_target_that_does_not_go_leaves_the_later_ones_what_there_is() -> None:
    orders = [Order(A, SELL, 0.1), Order(A, BUY, 0.15)]
    assert size(orders, (10.0, 20.0), (8.0, 0.0), NONE)[0] == [0.0, 7.0]


def test_what_has_no_bar_waits_as_it_is() -> None:
    orders = [Order(A, 9.0, 0.1), Order(B, BUY, 0.1), Order(A, 2.0)]
    assert size(orders, (NAN, 20.0), (0.0, 0.0), NONE) == ([9.0, 5.0, 2.0], [None, 100.0, None])


def test_fractions_are_kept_where_the_account_has_them() -> None:
    assert size([Order(A, BUY, 0.1)], (32.0, 1.0), (0.0, 0.0), NONE, fractional=True)[0] == [3.125]


@pytest.mark.parametrize(
    ("held", "prices", "mark", "equity"),
    [
        ((0, 0),    (10.0, 20.0),  (9.0, 9.0),   500.0),
        ((3, 0),    (10.0, 20.0),  (9.0, 9.0),   530.0),
        ((3, 2),    (NAN, 20.0),   (9.0, 9.0),   567.0),   # the last mark of what has no bar
        ((-3, 2),   (10.0, 20.0),  (9.0, 9.0),   510.0),
    ],
)  # fmt: skip
def test_equity_is_cash_and_positions_at_the_prices_of_the_point(
    held: Sequence[float], prices: Sequence[float], mark: Sequence[float], equity: float
) -> None:
    called = floats(*prices), account(held, mark, 500 * MICRO)
    assert equity_at(*called) == round(equity * MICRO)
    assert_forms_agree(equity_at, *called)


units = st.integers(-30, 30).map(float)
aims = st.one_of(
    st.tuples(st.just(NAN), st.just(NAN)),
    st.tuples(st.floats(-0.5, 0.5), st.just(NAN)),
    st.tuples(st.just(NAN), st.floats(-500.0, 500.0)),
)
orders = st.lists(
    st.builds(lambda asset, size, aim: Order(asset, size, *aim), st.integers(0, 1), units.filter(bool), aims),
    min_size=1,
    max_size=6,
)
pairs = st.tuples(units, units)
quotes = st.tuples(*[st.one_of(st.floats(1.0, 300.0), st.just(NAN))] * 2)


@given(orders, quotes, pairs, pairs, st.sampled_from((0.0, 40.0)), st.booleans())
def test_sizing_is_that_of_a_naive_pass_and_both_forms_agree(
    batch: list[Order],
    prices: tuple[float, float],
    held: tuple[float, float],
    exited: tuple[float, float],
    least: float,
    fractional: bool,
) -> None:
    now, wanted = [float(units) for units in held], []
    for asset, quantity, weight, value in batch:
        wanted.append(quantity)
        price = prices[asset]
        if price != price:
            continue
        if weight != weight and value != value:
            now[asset] += quantity
            continue
        money = weight * EQUITY if value != value else value
        target = money / price if fractional else float(int(money / price))
        ways = target - now[asset], target - (now[asset] + exited[asset])
        change = min(ways) if quantity > 0 else max(ways)
        if change * quantity <= 0.0 or abs(change) <= 1e-9 or (abs(target) > 1e-9 and abs(change) * price < least):
            wanted[-1] = 0.0
        else:
            wanted[-1] = change
            now[asset] += change
    assert size(batch, prices, held, exited, least=least, fractional=fractional)[0] == wanted
    assert_forms_agree(size_targets, *arguments(batch, prices, held, exited, least, fractional))
