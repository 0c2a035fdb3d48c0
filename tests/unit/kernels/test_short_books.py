"""Shorts, futures and other currencies in the books: figures by hand, and sums that close whatever is drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels import made
from tests.unit.kernels.made import MICRO, assert_forms_agree, costs, rounded

from tidegate.core.enums import PostingKind
from tidegate.kernels import books as ledger
from tidegate.kernels.books import Books, Rows
from tidegate.kernels.instruments import FUTURE, MULTIPLIER, UNIT
from tidegate.kernels.ledger import book_fill, book_order

DEPOSIT = 10**6 * MICRO
A, B = 0, 1


class Desk:
    """An account on margin with two assets, of which the second can be anything."""

    def __init__(self, *, multiplier: float = 1.0, future: bool = False, rate: float | None = None) -> None:
        self.books: Books = made.books(DEPOSIT, 2, costs(per_trade=1.0), margin=True)
        self.rows: Rows = made.rows(2, orders=100)
        instruments = self.books.instruments
        instruments[MULTIPLIER, B] = multiplier
        instruments[UNIT, B] = multiplier * (1.0 if rate is None else rate)
        instruments[FUTURE, B] = float(future)
        self.books.currency[B] = int(rate is not None)

    def fill(self, quantity: float, price: float, *, asset: int = A, seq: int = 0) -> None:
        book_fill(seq, 100, 0, asset, quantity, price, price, self.books, self.rows)

    def order(self, quantity: float, price: float, *, asset: int = A) -> None:
        book_order(0, 100, 0, asset, quantity, price, price, self.books, self.rows)

    def trade(self, row: int = 0) -> tuple[float, int, int, int, int]:
        """Quantity, cost, proceeds, commission and profit of a closed part."""
        ints = self.rows.trades_i[:, row].tolist()
        entries = ledger.TRADE_COST, ledger.TRADE_PROCEEDS, ledger.TRADE_COMMISSION, ledger.TRADE_PNL
        return (float(self.rows.trades_f[ledger.TRADE_QUANTITY, row]), *(ints[entry] for entry in entries))

    def excursions(self, row: int = 0) -> tuple[float, float]:
        floats = self.rows.trades_f[:, row].tolist()
        return floats[ledger.TRADE_MAE], floats[ledger.TRADE_MFE]

    def postings(self) -> list[list[int]]:
        posted: list[list[int]] = self.rows.postings[:, : self.books.totals[ledger.N_POSTINGS]].T.tolist()
        return posted

    @property
    def cash(self) -> int:
        return int(self.books.totals[ledger.CASH])


def test_a_short_brings_its_value_and_its_cover_pays() -> None:
    desk = Desk()
    desk.fill(-10.0, 50.0)
    assert (desk.cash, desk.books.basis[:, A].tolist()) == (
        DEPOSIT + 499 * MICRO,
        [500 * MICRO, MICRO, 0, 0, 500 * MICRO, 0],
    )
    desk.fill(4.0, 40.0)  # 40 % of what it brought, less what the cover costs, less 40 % of the entry's fee, less a fee
    assert desk.trade() == (-4.0, 200 * MICRO, 160 * MICRO, 1_400_000, 38_600_000)
    desk.fill(6.0, 60.0)
    assert desk.trade(1) == (-6.0, 300 * MICRO, 360 * MICRO, 1_600_000, -61_600_000)
    assert desk.books.positions[ledger.QUANTITY, A] == 0.0
    assert not np.signbit(desk.books.positions[ledger.QUANTITY, A])
    assert desk.books.basis[[ledger.COST, ledger.FEES, ledger.SETTLED, ledger.LOCAL], A].tolist() == [0, 0, 0, 0]
    assert desk.cash == DEPOSIT + (500 - 160 - 360 - 3) * MICRO


def test_what_rises_is_adverse_to_a_short() -> None:
    desk = Desk()
    desk.fill(-10.0, 50.0)
    desk.books.positions[[ledger.LOWEST, ledger.HIGHEST], A] = 45.0, 60.0
    desk.fill(10.0, 50.0)
    assert desk.excursions() == pytest.approx((-0.2, 0.1))


@pytest.mark.parametrize(
    # held   order   fills in order                 trades
    ("held", "order", "fills", "closed"),
    [
        (10.0,  -25.0,  [-10.0, -15.0],               [10.0]),   # through zero: the closing part first
        (-10.0, 25.0,   [10.0, 15.0],                 [-10.0]),
        (10.0,  -10.0,  [-10.0],                      [10.0]),   # to zero and no further
        (10.0,  -4.0,   [-4.0],                       [4.0]),
        (-10.0, -5.0,   [-5.0],                       []),       # deeper
        (0.0,   -5.0,   [-5.0],                       []),
    ],
)  # fmt: skip
def test_an_order_through_zero_is_two_fills(held: float, order: float, fills: list[float], closed: list[float]) -> None:
    desk = Desk()
    if held:
        desk.fill(held, 50.0)
    first = int(desk.books.totals[ledger.N_FILLS])
    desk.order(order, 50.0)
    count = int(desk.books.totals[ledger.N_FILLS])
    assert desk.rows.fills_f[ledger.FILL_QUANTITY, first:count].tolist() == fills
    trades = int(desk.books.totals[ledger.N_TRADES])
    assert desk.rows.trades_f[ledger.TRADE_QUANTITY, :trades].tolist() == closed
    assert desk.books.positions[ledger.QUANTITY, A] == held + order


def test_a_future_moves_no_cash_when_entered_and_its_gain_when_closed() -> None:
    desk = Desk(multiplier=50.0, future=True)
    desk.fill(2.0, 100.0, asset=B)
    assert (desk.cash, desk.postings()) == (DEPOSIT - MICRO, [[PostingKind.COMMISSION, B, 0, -MICRO, 0]])
    desk.books.basis[ledger.SETTLED, B] = 300 * MICRO  # of which so much has been paid
    desk.books.totals[ledger.CASH] += 300 * MICRO
    desk.fill(-1.0, 110.0, asset=B)  # half: gained 500, of which 150 are there
    assert desk.trade() == (1.0, 5_000 * MICRO, 5_500 * MICRO, 1_500_000, 498_500_000)
    assert desk.postings()[1:] == [
        [PostingKind.VARIATION, B, 1, 350 * MICRO, 0],
        [PostingKind.COMMISSION, B, 1, -MICRO, 0],
    ]
    desk.fill(-1.0, 100.0, asset=B)  # gained nothing, so what was paid goes back
    assert desk.postings()[3] == [PostingKind.VARIATION, B, 2, -150 * MICRO, 0]
    assert desk.cash == DEPOSIT + 500 * MICRO - 3 * MICRO


def test_what_is_quoted_abroad_is_converted_and_cancels_out_there() -> None:
    desk = Desk(multiplier=10.0, rate=1.25)
    desk.fill(2.0, 100.0, asset=B)
    assert desk.postings() == [
        [PostingKind.TRADE, B, 0, -2_000 * MICRO, 1],
        [PostingKind.CONVERSION, B, 0, 2_000 * MICRO, 1],
        [PostingKind.CONVERSION, B, 0, -2_500 * MICRO, 0],
        [PostingKind.COMMISSION, B, 0, -MICRO, 0],
    ]
    desk.books.instruments[UNIT, B] = 10.0 * 1.5  # the currency has risen: a profit at the same price
    desk.fill(-2.0, 100.0, asset=B)
    assert desk.trade() == (2.0, 2_500 * MICRO, 3_000 * MICRO, 2 * MICRO, 498 * MICRO)
    assert desk.rows.trades_f[ledger.TRADE_ENTRY_PRICE, 0] == 100.0
    assert desk.books.foreign.tolist() == [0, 0]


kinds = st.sampled_from(
    [
        {},
        {"multiplier": 50.0, "future": True},
        {"multiplier": 5.0},
        {"rate": 1.37},
        {"multiplier": 2.0, "rate": 0.009, "future": True},
    ]
)
steps = st.lists(st.tuples(st.floats(-20.0, 20.0).filter(bool), st.floats(0.01, 300.0)), min_size=1, max_size=25)


@given(kinds, steps, st.floats(0.01, 300.0))
def test_books_close_whatever_is_bought_and_sold(
    kind: dict[str, float], orders: list[tuple[float, float]], last: float
) -> None:
    desk = Desk(**kind)  # type: ignore[arg-type]  # a table of keyword arguments
    for quantity, price in orders:
        desk.order(quantity, price, asset=B)
    books, count = desk.books, int(desk.books.totals[ledger.N_TRADES])
    held, cost = float(books.positions[ledger.QUANTITY, B]), int(books.basis[ledger.COST, B])
    worth = rounded(held * last * books.instruments[UNIT, B])
    gain = worth - cost if held > 0 else worth + cost if held else 0
    value = gain - int(books.basis[ledger.SETTLED, B]) if books.instruments[FUTURE, B] else worth
    profits = sum(desk.rows.trades_i[ledger.TRADE_PNL, :count].tolist())
    assert profits == books.totals[ledger.REALIZED]
    assert desk.cash + value == DEPOSIT + profits + gain - int(books.basis[ledger.FEES, B])
    assert desk.cash == books.totals[ledger.POSTED] == DEPOSIT + sum(row[3] for row in desk.postings() if row[4] == 0)
    assert books.foreign.tolist() == [0, 0]
    assert abs(held - sum(quantity for quantity, _ in orders)) < 1e-6


@given(kinds, steps)
def test_compiled_books_agree_bit_for_bit(kind: dict[str, float], orders: list[tuple[float, float]]) -> None:
    desk = Desk(**kind)  # type: ignore[arg-type]  # a table of keyword arguments
    for quantity, price in orders[:-1]:
        desk.order(quantity, price, asset=B)
    quantity, price = orders[-1]
    assert_forms_agree(book_order, 7, 100, 0, B, quantity, price, price, desk.books, desk.rows)


def test_what_a_sale_brings_waits_where_it_must_settle() -> None:
    books, rows = made.books(DEPOSIT, 1, costs(per_trade=1.0), settlement=2), made.rows(1, orders=9)
    book_fill(0, 100, 0, A, 10.0, 50.0, 50.0, books, rows)
    book_fill(0, 101, 0, A, -4.0, 60.0, 60.0, books, rows)
    assert (books.settling.tolist(), books.totals[ledger.UNSETTLED]) == ([0, 239 * MICRO], 239 * MICRO)
    book_fill(0, 102, 0, A, -1.0, 0.5, 0.5, books, rows)  # brings less than its fee
    assert books.totals[ledger.UNSETTLED] == 239 * MICRO
