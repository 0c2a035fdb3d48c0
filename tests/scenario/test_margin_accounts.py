"""Accounts on margin from bar to bar: shorts, calls, ruin, recall and borrowing, as the broker's messages tell them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.unit.kernels.made import declared, instruments

from tidegate.core.arrays import freeze
from tidegate.core.enums import FillTiming, Reason
from tidegate.core.ids import order_id
from tidegate.kernels.accruals import DAY_NS
from tidegate.kernels.execution import Execution
from tidegate.kernels.instruments import UNIT
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.shortage import SCALE
from tidegate.kernels.terms import AccountTerms, ExecutionTerms
from tidegate.messages.account import AccountSnapshot, CashPosted, MarginCalled
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import Fills, OrdersAccepted, OrdersApproved, OrdersCanceled, OrdersRejected

MICRO = 10**6
FIRST = order_id(2, 0)


class Desk:
    """An account of 1000 with two assets; every bar is one price."""

    def __init__(
        self, *, cash: int = 1000, initial: float = 0.5, maintenance: float = 0.25, terms: AccountTerms | None = None,
        facts: dict[str, float] | None = None,
    ) -> None:  # fmt: skip
        said = instruments(2, initial=initial, maintenance=maintenance, **(facts or {}))
        execution = ExecutionTerms(
            FillTiming.NEXT_OPEN,
            0.0,
            0.0,
            0.0,
            0.0,
            SCALE,
            fractional=False,
            account=terms or AccountTerms(margin=True),
        )
        self.execution = Execution(declared(2, said), cash * MICRO, execution, INTERPRETED)
        self.seq = -1
        self.issued = 0
        self.said: list[Message] = []

    def bar(self, a: float, b: float = np.nan, *, available: float = np.nan) -> AccountSnapshot:
        """One bar at one price, and its mark, which is what is returned."""
        self.seq += 1
        prices = freeze(np.repeat(np.array([[a, b]]), 5, axis=0))
        features = freeze(np.array([[available, available]]))
        none = freeze(np.empty((0, 2)))
        batch = MarketBatch(self.seq, (self.seq + 1) * DAY_NS, prices, none, features, freeze(np.empty(0)))
        self.said, more = self.execution.open_bar(batch)
        if more:
            self.said += self.execution.rest_of_bar()
        *called, snapshot = self.execution.mark_and_call()
        self.said += called
        assert isinstance(snapshot, AccountSnapshot)
        return snapshot

    def ask(self, *orders: tuple[int, float]) -> list[Message]:
        n = len(orders)
        ids = freeze(np.arange(FIRST + self.issued, FIRST + self.issued + n))
        self.issued += n
        asset, quantity = (np.array(column) for column in zip(*orders, strict=True))
        columns = freeze(asset.astype(np.int64)), freeze(quantity.astype(np.float64)), freeze(np.zeros(n))
        self.said = self.execution.accept(OrdersApproved(ids, *columns, ("order",) * n, None))
        return self.said

    def fills(self) -> list[tuple[int, float, str]]:
        """Asset, quantity and tag of every fill of the last bar."""
        made = [m for m in self.said if isinstance(m, Fills)]
        return [row for m in made for row in zip(m.asset.tolist(), m.quantity.tolist(), m.tags, strict=True)]

    def canceled(self) -> list[tuple[float, Reason, float, float]]:
        made = [m for m in self.said if isinstance(m, OrdersCanceled)]
        return [
            (quantity, Reason(reason), measured, limit)
            for m in made
            for quantity, reason, measured, limit in zip(
                m.quantity.tolist(), m.reason.tolist(), m.measured.tolist(), m.limit.tolist(), strict=True
            )
        ]

    def told(self, kind: type[Message]) -> list[Any]:
        return [m for m in self.said if isinstance(m, kind)]


def test_equity_counts_a_short_as_minus() -> None:
    desk = Desk()
    desk.bar(100.0)
    desk.ask((0, -5.0))
    snapshot = desk.bar(100.0)
    assert (snapshot.cash_micros, snapshot.equity_micros) == (1500 * MICRO, 1000 * MICRO)
    assert desk.bar(110.0).equity_micros == 950 * MICRO
    assert desk.bar(90.0).equity_micros == 1050 * MICRO


@pytest.mark.parametrize(
    # asked            filled                     canceled: rest, needed and free
    ("asked", "filled", "canceled"),
    [
        ([20.0],           [20.0],                []),                      # twice the equity
        ([21.0],           [20.0],                [(1.0, 1050.0, 1000.0)]),
        ([-20.0],          [-20.0],               []),
        ([-21.0],          [-20.0],               [(-1.0, 1050.0, 1000.0)]),
        ([30.0, -10.0],    [15.0, -5.0],          [(15.0, 2000.0, 1000.0), (-5.0, 2000.0, 1000.0)]),  # both sides alike
    ],
)  # fmt: skip
def test_entries_of_both_sides_share_what_is_free(
    asked: Sequence[float], filled: Sequence[float], canceled: Sequence[tuple[float, float, float]]
) -> None:
    desk = Desk()
    desk.bar(100.0, 100.0)
    desk.ask(*enumerate(asked))
    desk.bar(100.0, 100.0)
    assert [quantity for _, quantity, _ in desk.fills()] == list(filled)
    want = [(rest, Reason.MARGIN_SHORTAGE, need, free) for rest, need, free in canceled]
    assert desk.canceled() == want


def test_an_order_through_zero_closes_and_enters() -> None:
    desk = Desk()
    desk.bar(100.0)
    desk.ask((0, 5.0))
    desk.bar(100.0)
    desk.ask((0, -12.0))
    snapshot = desk.bar(100.0)
    assert desk.fills() == [(0, -5.0, "order"), (0, -7.0, "order")]
    assert snapshot.quantity.tolist() == [-7.0, 0.0]


def test_a_short_is_covered_before_anything_is_entered() -> None:
    desk = Desk()
    desk.bar(100.0, 100.0)
    desk.ask((0, -20.0))
    desk.bar(100.0, 100.0)
    desk.ask((1, 20.0), (0, 20.0))  # the cover has the higher id, and makes room
    desk.bar(100.0, 100.0)
    assert desk.fills() == [(0, 20.0, "order"), (1, 20.0, "order")]
    assert desk.canceled() == []


def test_a_margin_call_closes_what_must_be_and_no_more() -> None:
    desk = Desk()
    desk.bar(100.0)
    desk.ask((0, 20.0))
    desk.bar(100.0)
    snapshot = desk.bar(65.0)  # worth 1300 of which 1000 is lent: 300 are there, 325 must be
    (call,) = desk.told(MarginCalled)
    assert (call.equity_micros, call.required_micros) == (300 * MICRO, 325 * MICRO)
    (made,) = desk.told(OrdersAccepted)
    assert (made.quantity.tolist(), made.tags, made.order_id.tolist()) == ([-2.0], ("margin call",), [0])
    assert snapshot.pending.tolist() == [-2.0, 0.0]
    desk.bar(65.0)
    assert desk.fills() == [(0, -2.0, "margin call")]
    assert desk.told(MarginCalled) == []


def test_a_call_that_waits_for_a_bar_is_not_made_twice() -> None:
    desk = Desk()
    desk.bar(100.0, 10.0)
    desk.ask((0, 20.0))
    desk.bar(100.0, 10.0)
    desk.bar(65.0, 10.0)
    desk.bar(np.nan, 10.0)
    assert (len(desk.told(MarginCalled)), desk.told(OrdersAccepted)) == (1, [])


def test_the_brokers_own_orders_never_enter() -> None:
    desk = Desk()
    desk.bar(100.0)
    desk.ask((0, 20.0))
    desk.bar(100.0)
    desk.bar(65.0)
    desk.execution.cancel(freeze(np.array([FIRST])))
    desk.ask((0, -20.0))  # goes after the broker's order, which leaves 18
    desk.bar(65.0)
    assert desk.fills() == [(0, -2.0, "margin call"), (0, -18.0, "order"), (0, -2.0, "order")]


def test_an_account_that_is_worth_nothing_is_closed() -> None:
    desk = Desk()
    desk.bar(100.0, 10.0)
    desk.ask((0, 19.0), (1, 5.0))
    desk.bar(100.0, 10.0)
    desk.ask((1, 1.0))
    snapshot = desk.bar(45.0, 10.0)
    assert snapshot.equity_micros == -45 * MICRO
    (call,) = desk.told(MarginCalled)
    assert call.equity_micros == -45 * MICRO
    assert desk.told(OrdersAccepted)[0].quantity.tolist() == [-19.0, -6.0]
    (refused,) = desk.ask((0, 1.0))
    assert isinstance(refused, OrdersRejected)
    assert refused.reason.tolist() == [Reason.NEGATIVE_EQUITY]
    snapshot = desk.bar(40.0, 10.0)
    assert (snapshot.quantity.tolist(), snapshot.equity_micros) == ([0.0, 0.0], -140 * MICRO)
    desk.bar(40.0, 10.0)
    assert desk.told(MarginCalled) == []


def test_open_orders_of_a_closed_account_are_canceled() -> None:
    desk = Desk()
    desk.bar(100.0, np.nan)
    desk.ask((0, 19.0), (1, 5.0))  # the second has no bar yet
    desk.bar(100.0, np.nan)
    desk.bar(40.0, np.nan)
    assert desk.canceled()[-1][:2] == (5.0, Reason.NEGATIVE_EQUITY)


def test_no_more_is_sold_short_than_there_is_to_borrow() -> None:
    desk = Desk(facts={"borrow_available": 8.0})
    desk.bar(100.0)
    desk.ask((0, -5.0), (0, -6.0))
    desk.bar(100.0)
    assert [quantity for _, quantity, _ in desk.fills()] == [-5.0, -3.0]
    assert desk.canceled() == [(-3.0, Reason.BORROW_UNAVAILABLE, 6.0, 3.0)]


def test_a_short_sale_cut_for_want_of_shares_and_of_margin_is_canceled_once() -> None:
    desk = Desk(cash=150, facts={"borrow_available": 4.0})
    desk.bar(100.0)
    desk.ask((0, -6.0))
    desk.bar(100.0)
    assert [quantity for _, quantity, _ in desk.fills()] == [-3.0]
    assert desk.canceled() == [(-3.0, Reason.BORROW_UNAVAILABLE, 6.0, 4.0)]


def test_a_cover_makes_room_for_a_short_sale_whichever_was_asked_first() -> None:
    desk = Desk(facts={"borrow_available": 5.0})
    desk.bar(100.0)
    desk.ask((0, -5.0))
    desk.bar(100.0)
    desk.ask((0, -1.0), (0, 3.0))
    desk.bar(100.0)
    assert [quantity for _, quantity, _ in desk.fills()] == [3.0, -1.0]
    assert desk.canceled() == []


def test_nobody_lends_a_future() -> None:
    desk = Desk(terms=AccountTerms(margin=True, borrow_available_row=0), facts={"future": 1.0, "borrow_available": 0.0})
    desk.bar(100.0, available=0.0)
    desk.ask((0, -5.0))
    desk.bar(100.0, available=0.0)
    assert [quantity for _, quantity, _ in desk.fills()] == [-5.0]
    desk.bar(100.0, available=0.0)
    assert desk.fills() == []


def test_a_night_does_not_lose_what_is_filled_after_it() -> None:
    desk = Desk(terms=AccountTerms(margin=True, credit=0.365))
    desk.bar(100.0)
    desk.ask((0, 1.0))
    desk.bar(100.0)
    desk.ask((0, 2.0))
    desk.bar(100.0)
    assert [m.amount_micros.tolist() for m in desk.told(CashPosted)] == [[901_000], [-200 * MICRO]]


def test_what_is_quoted_in_a_currency_without_a_rate_cannot_be_ordered() -> None:
    desk = Desk()
    desk.bar(100.0, 50.0)
    desk.execution._books.instruments[UNIT, 1] = np.nan
    desk.execution._open._foreign = True
    accepted_or_not = desk.ask((0, 1.0), (1, 1.0))
    (refused,) = [m for m in accepted_or_not if isinstance(m, OrdersRejected)]
    assert (refused.asset.tolist(), refused.reason.tolist()) == ([1], [Reason.NO_PRICE])


def test_what_the_lender_wants_back_is_bought() -> None:
    desk = Desk(terms=AccountTerms(margin=True, borrow_available_row=0))
    desk.bar(100.0, available=10.0)
    desk.ask((0, -10.0))
    desk.bar(100.0, available=6.5)
    desk.bar(100.0, available=6.5)  # what was told at the bar before
    assert desk.fills() == [(0, 4.0, "recall")]
    desk.bar(100.0, available=6.5)
    assert desk.fills() == []


def test_a_night_is_posted_before_the_bar_is_met() -> None:
    desk = Desk(terms=AccountTerms(margin=True, debit=0.365), facts={"borrow_rate": 0.365})
    desk.bar(100.0, 50.0)
    desk.ask((0, 10.0), (1, -4.0))
    assert desk.bar(100.0, 50.0).carry_micros == 0
    snapshot = desk.bar(100.0, 50.0)
    assert [m.amount_micros.tolist() for m in desk.told(CashPosted)] == [[-200_000, -200]]  # the fee is lent
    assert snapshot.carry_micros == -200_200


def test_a_future_is_held_on_margin_alone_and_settles_overnight() -> None:
    desk = Desk(initial=0.1, maintenance=0.08, facts={"future": 1.0, "multiplier": 5.0})
    desk.bar(100.0)
    desk.ask((0, 20.0))
    snapshot = desk.bar(100.0)
    assert (snapshot.cash_micros, snapshot.equity_micros) == (1000 * MICRO, 1000 * MICRO)
    assert (snapshot.initial_micros, snapshot.gross_micros) == (1000 * MICRO, 10_000 * MICRO)
    snapshot = desk.bar(101.0)
    assert (snapshot.cash_micros, snapshot.equity_micros) == (1000 * MICRO, 1100 * MICRO)
    snapshot = desk.bar(101.0)
    assert (snapshot.cash_micros, snapshot.equity_micros) == (1100 * MICRO, 1100 * MICRO)
    desk.ask((0, -20.0))
    snapshot = desk.bar(99.0)
    assert (snapshot.cash_micros, snapshot.realized_micros) == (900 * MICRO, -100 * MICRO)


def test_what_was_sold_is_spent_when_it_has_settled() -> None:
    desk = Desk(initial=1.0, maintenance=1.0, terms=AccountTerms(settlement=2))
    desk.bar(100.0, 100.0)
    desk.ask((0, 10.0))
    desk.bar(100.0, 100.0)
    desk.ask((0, -10.0), (1, 10.0))
    snapshot = desk.bar(100.0, 100.0)
    assert (snapshot.cash_micros, snapshot.settled_micros) == (1000 * MICRO, 0)
    assert desk.canceled() == [(10.0, Reason.CASH_SHORTAGE, 1000.0, 0.0)]
    desk.ask((1, 10.0))
    assert desk.bar(100.0, 100.0).settled_micros == 0
    desk.ask((1, 10.0))
    assert desk.bar(100.0, 100.0).settled_micros == 0
    assert desk.fills() == [(1, 10.0, "order")]
