"""Orders against one price point: by hand, and against a naive broker in Python integers."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.desk import ASSETS, A, B, C, Cancel, Desk, Fill, Order, desks
from tests.unit.kernels.made import INF, MICRO, NAN, assert_forms_agree, costs, fee, floats, ints, rounded
from tests.unit.kernels.naive import Account, Entry, greedy, scaled

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import Reason
from tidegate.kernels import books as ledger
from tidegate.kernels import entries, matching
from tidegate.kernels.shortage import RANK, REJECT, SCALE


def test_reductions_go_first_then_entries_each_by_id() -> None:
    desk = Desk(cash=0, held=(5.0, 0.0, 5.0))
    orders = [Order(1, B, 4.0), Order(2, A, -5.0), Order(3, B, 1.0), Order(4, C, -5.0)]
    assert desk.meet(orders, [100.0, 100.0, 100.0]) == [1, 2, 3, 4]
    assert desk.fills() == [
        Fill(2, A, -5.0, 100.0, 1),
        Fill(4, C, -5.0, 100.0, 3),
        Fill(1, B, 4.0, 100.0, 0),  # paid by the reductions
        Fill(3, B, 1.0, 100.0, 2),
    ]
    assert desk.cancels() == []


def test_fractions_of_a_unit_are_bought_and_sold() -> None:
    desk = Desk(held=(0.25, 0.0, 0.0))
    orders = [Order(1, A, -0.125), Order(2, B, 0.375)]
    assert desk.meet(orders, [100.0, 100.0, NAN], fractional=True) == [1, 2]
    assert [(fill.order_id, fill.quantity) for fill in desk.fills()] == [(1, -0.125), (2, 0.375)]
    assert desk.quantities() == [0.125, 0.375, 0.0]


def test_an_order_whose_asset_has_no_bar_waits() -> None:
    desk = Desk(held=(5.0, 0.0, 0.0))
    orders = [Order(1, A, -5.0), Order(2, B, 1.0), Order(3, C, 1.0)]
    assert desk.meet(orders, [NAN, NAN, 10.0]) == [3]
    assert [fill.order_id for fill in desk.fills()] == [3]
    assert desk.cancels() == []
    assert desk.meet([], [NAN, NAN, NAN]) == []


def test_buys_pay_and_sells_get_less_by_the_slippage() -> None:
    desk = Desk(held=(5.0, 0.0, 0.0), charged=costs(slip=0.01))
    desk.meet([Order(1, A, -5.0), Order(2, B, 5.0)], [200.0, 100.0, NAN])
    assert [(fill.order_id, fill.price) for fill in desk.fills()] == [(1, 198.0), (2, 101.0)]
    assert desk.rows.fills_f[ledger.FILL_REFERENCE, :2].tolist() == [200.0, 100.0]
    assert desk.total(ledger.PAID_SLIPPAGE) == 15 * MICRO


@pytest.mark.parametrize(
    # A is held, and sold at 100
    ("held", "sells", "filled", "canceled"),
    [
        (5.0,         [5.0],         [5.0],         []),
        (5.0,         [2.0, 3.0],    [2.0, 3.0],    []),
        (5.0,         [7.0],         [5.0],         [(1, -2.0, 7.0, 5.0)]),  # never through zero
        (5.0,         [4.0, 3.0],    [4.0, 1.0],    [(2, -2.0, 3.0, 1.0)]),
        (5.0,         [5.0, 3.0],    [5.0],         [(2, -3.0, 3.0, 0.0)]),
        (0.0,         [3.0],         [],            [(1, -3.0, 3.0, 0.0)]),
        (1.0,         [1.0 - 5e-10], [1.0],         []),  # all but dust is all
        (1.0,         [1.0 + 5e-10], [1.0],         []),
        (1.0 + 2e-9,  [1.0],         [1.0],         []),
    ],
)  # fmt: skip
def test_a_sell_reaches_as_far_as_what_is_held(
    held: float, sells: list[float], filled: list[float], canceled: list[tuple[int, float, float, float]]
) -> None:
    desk = Desk(held=(held, 0.0, 0.0))
    orders = [Order(k, A, -size) for k, size in enumerate(sells, 1)]
    assert desk.meet(orders, [100.0, NAN, NAN], fractional=True) == [order.order_id for order in orders]
    assert [-fill.quantity for fill in desk.fills()] == filled
    assert desk.cancels() == [
        Cancel(order_id, A, quantity, Reason.NO_POSITION, measured, limit)
        for order_id, quantity, measured, limit in canceled
    ]
    assert (desk.quantities()[A] == 0.0) == (abs(sum(sells) - held) < 1e-9 or sum(sells) > held)


@pytest.mark.parametrize(
    # one unit is sold at 3 with a fee of at least 5
    ("cash", "fills"),
    [
        (2 * MICRO,      True),   # exactly what is missing
        (2 * MICRO - 1,  False),
    ],
)  # fmt: skip
def test_a_sell_that_cannot_pay_its_commission_is_canceled(cash: int, fills: bool) -> None:
    desk = Desk(cash=cash, held=(1.0, 0.0, 0.0), charged=costs(minimum=5.0))
    assert desk.meet([Order(1, A, -1.0)], [3.0, NAN, NAN]) == [1]
    assert [fill.quantity for fill in desk.fills()] == [-1.0] * fills
    if fills:
        assert (desk.total(ledger.CASH), desk.cancels()) == (0, [])
    else:
        assert desk.total(ledger.CASH) == cash
        assert desk.cancels() == [Cancel(1, A, -1.0, Reason.CASH_SHORTAGE, -1e-6, 0.0)]


PAIR = [Order(1, A, 10.0, 0.1), Order(2, B, 10.0, 0.2)]


@pytest.mark.parametrize(
    # both cost 1000
    ("cash", "rule", "filled", "canceled"),
    [
        (2000 * MICRO,      SCALE,   {1: 10.0, 2: 10.0}, {}),
        (2000 * MICRO - 1,  SCALE,   {1: 9.0, 2: 9.0},   {1: 1.0, 2: 1.0}),
        (2000 * MICRO - 1,  RANK,    {1: 9.0, 2: 10.0},  {1: 1.0}),
        (2000 * MICRO - 1,  REJECT,  {2: 10.0},          {1: 10.0}),
        (100 * MICRO - 1,   SCALE,   {},                 {1: 10.0, 2: 10.0}),
        (0,                 RANK,    {},                 {1: 10.0, 2: 10.0}),
    ],
)  # fmt: skip
def test_what_cash_does_not_reach_for_is_canceled_with_need_and_cash(
    cash: int, rule: int, filled: dict[int, float], canceled: dict[int, float]
) -> None:
    desk = Desk(cash=cash)
    assert desk.meet(PAIR, [100.0, 100.0, NAN], rule=rule) == [1, 2]
    assert {fill.order_id: fill.quantity for fill in desk.fills()} == filled
    assert desk.cancels() == [
        Cancel(order_id, order_id - 1, quantity, Reason.CASH_SHORTAGE, 2000.0, cash / 1e6)
        for order_id, quantity in canceled.items()
    ]


def test_a_reduction_and_an_entry_of_one_asset_are_both_filled() -> None:
    desk = Desk(cash=0, held=(5.0, 0.0, 0.0))
    desk.meet([Order(1, A, 2.0), Order(2, A, -5.0)], [100.0, NAN, NAN])
    assert [(fill.order_id, fill.quantity) for fill in desk.fills()] == [(2, -5.0), (1, 2.0)]
    assert desk.quantities()[A] == 2.0


class NaiveBroker:
    """One price point in Python integers: what fills, and what is canceled and why."""

    def __init__(self, desk: Desk) -> None:
        self.account = Account(desk.cash, desk.charged, ASSETS)
        self.account.held = list(desk.held)
        self.account.cost = [rounded(100.0 * units) for units in desk.held]
        self.buy, self.sell = desk.charged[:2].tolist()
        self.fills: list[tuple[int, float]] = []
        self.canceled: list[tuple[int, float, Reason]] = []

    def meet(self, orders: Sequence[Order], prices: Sequence[float], rule: int) -> None:
        there = [order for order in orders if prices[order.asset] == prices[order.asset]]
        for order in there:
            if order.quantity < 0.0:
                self.reduce(order, prices[order.asset])
        entries = [
            Entry(order.order_id, order.asset, order.quantity, order.priority, prices[order.asset] * self.buy)
            for order in there
            if order.quantity > 0.0
        ]
        cash, charged = self.account.cash, self.account.charged
        granted = scaled(entries, cash, charged) if rule == SCALE else greedy(rule, entries, cash, charged)
        for entry in entries:
            size = granted[entry.order_id]
            if size > 0.0:
                self.fill(entry.order_id, entry.asset, size, entry.price)
            if size < entry.quantity:
                self.canceled.append((entry.order_id, entry.quantity - size, Reason.CASH_SHORTAGE))

    def reduce(self, order: Order, at: float) -> None:
        price, wanted = at * self.sell, -order.quantity
        size = min(wanted, self.account.held[order.asset])
        if size == 0.0:
            self.canceled.append((order.order_id, -wanted, Reason.NO_POSITION))
        elif self.account.cash + rounded(size * price) < fee(size, price, self.account.charged):
            self.canceled.append((order.order_id, -wanted, Reason.CASH_SHORTAGE))
        else:
            self.fill(order.order_id, order.asset, -size, price)
            if size < wanted:
                self.canceled.append((order.order_id, size - wanted, Reason.NO_POSITION))

    def fill(self, order_id: int, asset: int, quantity: float, price: float) -> None:
        self.account.fill(asset, quantity, price)
        self.fills.append((order_id, quantity))


whole_units = st.integers(-30, 30).filter(bool).map(float)
books_of_orders = st.lists(
    st.tuples(st.integers(0, ASSETS - 1), whole_units, st.sampled_from([-INF, 0.1, 0.1, 0.3])), max_size=7
).map(lambda orders: [Order(40 + 2 * k, *order) for k, order in enumerate(orders)])
price_points = st.lists(st.floats(0.5, 200.0) | st.just(NAN), min_size=ASSETS, max_size=ASSETS)
rules = st.sampled_from([SCALE, RANK, REJECT])


@given(desks, books_of_orders, price_points, rules)
def test_fills_and_cancels_are_those_of_the_naive_broker(
    desk: Desk, orders: list[Order], prices: list[float], rule: int
) -> None:
    naive = NaiveBroker(desk)
    naive.meet(orders, prices, rule)
    desk.meet(orders, prices, rule=rule)
    assert [(fill.order_id, fill.quantity) for fill in desk.fills()] == naive.fills
    assert [(one.order_id, one.quantity, one.reason) for one in desk.cancels()] == naive.canceled
    assert desk.total(ledger.CASH) == naive.account.cash
    assert desk.quantities() == naive.account.held
    assert desk.books.basis[ledger.COST].tolist() == naive.account.cost
    assert desk.books.basis[ledger.FEES].tolist() == naive.account.fees
    assert desk.total(ledger.REALIZED) == sum(naive.account.pnl)


@given(desks, books_of_orders, price_points, rules, st.booleans())
def test_every_order_is_filled_canceled_or_waits_to_the_last_unit_and_no_fill_crosses_zero(
    desk: Desk, orders: list[Order], prices: list[float], rule: int, fractional: bool
) -> None:
    if fractional:
        orders = [order._replace(quantity=order.quantity * 0.37) for order in orders]
    before, held = desk.equity_at_cost, list(desk.held)
    done = desk.meet(orders, prices, rule=rule, fractional=fractional)
    for fill in desk.fills():
        held[fill.asset] += fill.quantity
        assert held[fill.asset] >= 0.0
        assert fill.quantity * orders[fill.source].quantity > 0.0
    for order in orders:
        filled = sum(fill.quantity for fill in desk.fills() if fill.order_id == order.order_id)
        canceled = sum(one.quantity for one in desk.cancels() if one.order_id == order.order_id)
        waits = prices[order.asset] != prices[order.asset]
        assert (order.order_id in done) is not waits
        assert filled + canceled == pytest.approx(0.0 if waits else order.quantity)
    assert desk.total(ledger.CASH) >= 0
    assert desk.equity_at_cost == before + desk.total(ledger.REALIZED)


def check(orders: Sequence[Order], rested: Sequence[Order], held: Sequence[float]) -> list[Reason]:
    reasons = np.full(len(orders), -1)
    count = matching.check_sells(*check_arguments(orders, rested, held), reasons)
    assert count == (reasons != 0).sum()
    return [Reason(reason) for reason in reasons]


def check_arguments(
    orders: Sequence[Order], rested: Sequence[Order], held: Sequence[float]
) -> tuple[np.ndarray, FloatArray, np.ndarray, FloatArray, FloatArray, FloatArray]:
    asset, quantity = ints(*(order.asset for order in orders)), floats(*(order.quantity for order in orders))
    open_asset, open_quantity = ints(*(order.asset for order in rested)), floats(*(order.quantity for order in rested))
    scratch = np.full(ASSETS, -1e300)
    return asset, quantity, open_asset, open_quantity, np.array([held]), scratch


OK, SHORT = Reason.NONE, Reason.SHORT_NOT_ALLOWED


@pytest.mark.parametrize(
    # 10 units of A are held
    ("orders", "rested", "reasons"),
    [
        ([],                                   [],                   []),
        ([(A, -10.0)],                         [],                   [OK]),
        ([(A, -10.0 - 5e-10)],                 [],                   [OK]),     # but for dust
        ([(A, -10.0 - 2e-9)],                  [],                   [SHORT]),
        ([(A, -11.0)],                         [],                   [SHORT]),
        ([(B, -1.0)],                          [],                   [SHORT]),
        ([(B, 1.0)],                           [],                   [OK]),
        ([(B, 5.0), (B, -1.0)],                [],                   [OK, SHORT]),  # what is bought is not held yet
        ([(A, -6.0), (A, -5.0), (A, -4.0)],    [],                   [OK, SHORT, OK]),
        ([(A, -6.0)],                          [(A, -4.0)],          [OK]),
        ([(A, -6.0)],                          [(A, -5.0)],          [SHORT]),  # it is being sold already
        ([(A, -6.0)],                          [(A, 5.0)],           [OK]),     # open buys are no room
        ([(A, -11.0)],                         [(A, 5.0)],           [SHORT]),
        ([(A, -6.0)],                          [(B, -5.0)],          [OK]),
        ([(A, -6.0), (B, 1.0)],                [(A, -2.0), (A, -2.0), (A, -1.0)], [SHORT, OK]),
    ],
)  # fmt: skip
def test_no_sell_is_taken_for_more_than_is_held_and_not_being_sold(
    orders: list[tuple[int, float]], rested: list[tuple[int, float]], reasons: list[Reason]
) -> None:
    arriving = [Order(k, *order) for k, order in enumerate(orders)]
    assert check(arriving, [Order(k, *order) for k, order in enumerate(rested)], [10.0, 0.0, 0.0]) == reasons


held_units = st.lists(st.integers(0, 40).map(float), min_size=ASSETS, max_size=ASSETS)


@given(books_of_orders, books_of_orders, held_units)
def test_sells_are_taken_as_they_come_while_there_is_something_to_sell(
    orders: list[Order], rested: list[Order], held: list[float]
) -> None:
    free = list(held)
    for order in rested:
        free[order.asset] += min(order.quantity, 0.0)
    want = []
    for order in orders:
        fits = order.quantity > 0.0 or free[order.asset] + order.quantity >= 0.0
        free[order.asset] += min(order.quantity, 0.0) if fits else 0.0
        want.append(OK if fits else SHORT)
    assert check(orders, rested, held) == want


@given(books_of_orders)
def test_pending_is_the_sum_of_open_orders_by_asset(orders: list[Order]) -> None:
    net = np.full(ASSETS, NAN)
    matching.sum_pending(ints(*(o.asset for o in orders)), floats(*(o.quantity for o in orders)), net)
    assert net.tolist() == [sum(order.quantity for order in orders if order.asset == a) for a in range(ASSETS)]


@given(desks, books_of_orders, price_points, rules, st.booleans())
def test_compiled_matching_agrees_bit_for_bit(
    desk: Desk, orders: list[Order], prices: list[float], rule: int, fractional: bool
) -> None:
    assert_forms_agree(matching.fill_orders, *desk.arguments(orders, prices, rule, fractional))
    checked = check_arguments(orders, orders[:2], desk.held)
    assert_forms_agree(matching.check_sells, *checked, np.zeros(len(orders), np.int64))
    assert_forms_agree(matching.sum_pending, checked[0], checked[1], np.zeros(ASSETS))


def test_reasons_are_those_of_the_field() -> None:
    mine = matching.SHORT_NOT_ALLOWED, matching.NO_POSITION, matching.REDUCE_ONLY
    assert mine == (Reason.SHORT_NOT_ALLOWED, Reason.NO_POSITION, Reason.REDUCE_ONLY)
    short_of = entries.CASH_SHORTAGE, entries.MARGIN_SHORTAGE, entries.BORROW_UNAVAILABLE
    assert short_of == (Reason.CASH_SHORTAGE, Reason.MARGIN_SHORTAGE, Reason.BORROW_UNAVAILABLE)
