"""The naive broker itself, on figures worked out by hand."""

import pytest
from tests.oracle.whole.broker import NaiveBroker
from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import DAY_NS, NAN, Action, Bar, Event, Instrument, News, Rules

MICRO = 10**6
MARGIN = Rules(margin=True)
HALF = Instrument(initial=0.5, maintenance=0.25)


class Desk:
    """A naive broker, and bars without a range, a day apart."""

    def __init__(self, rules: Rules, cash: float, *instruments: Instrument) -> None:
        self.broker = NaiveBroker(rules, instruments, round(cash * MICRO))
        self.events: list[Event] = []
        self.count = 0
        self.seq = -1
        self.ts_ns = 0

    def bar(
        self, *prices: float | None, days: int = 1, rates: tuple[float, ...] = (), actions: tuple[Action, ...] = (),
        volume: float = NAN,
    ) -> list[Event]:  # fmt: skip
        """What a bar brings, up to the margin call."""
        self.seq, self.ts_ns = self.seq + 1, self.ts_ns + days * DAY_NS
        bars = tuple(None if price is None else Bar(price, price, price, price, volume) for price in prices)
        events, more = self.broker.open_bar(News(self.seq, self.ts_ns, bars, rates, actions))
        if more:
            events += self.broker.rest_of_bar()
        self.broker.mark()
        self.events = events + self.broker.call()
        return self.events

    def order(self, quantity: float, asset: int = 0, **given: object) -> None:
        self.count += 1
        order = Order(1000 + self.count, asset, quantity)
        for name, value in given.items():
            setattr(order, name, value)
        self.broker.accept([order])

    def said(self, name: str) -> list[Event]:
        """Rows of the messages of that name at the last bar."""
        return [row for event in self.events if event[0] == name for row in event[1:] if isinstance(row, tuple)]

    @property
    def cash(self) -> float:
        return self.broker.books.cash / MICRO

    @property
    def equity(self) -> float:
        return self.broker.books.equity / MICRO

    @property
    def held(self) -> list[float]:
        return [self.broker.books.held(asset) for asset in range(len(self.broker.known))]


def test_a_short_of_1_at_100_leaves_1100_of_1000() -> None:
    desk = Desk(MARGIN, 1000, HALF)
    desk.bar(100)
    desk.order(-1)
    desk.bar(100)
    assert (desk.cash, desk.equity, desk.held) == (1100, 1000, [-1])
    desk.bar(90)
    assert (desk.cash, desk.equity) == (1100, 1010)
    assert desk.broker.books.free == 965 * MICRO


def test_an_order_through_zero_closes_then_opens() -> None:
    desk = Desk(MARGIN, 1000, HALF)
    desk.bar(10)
    desk.order(3)
    desk.bar(10)
    desk.order(-5)
    desk.bar(12)
    assert [row[2] for row in desk.said("fills")] == [-3, -2]
    assert [row[6] for row in desk.said("trades")] == [6 * MICRO]
    desk.order(2)
    desk.bar(11)
    assert [(row[6], row[8]) for row in desk.said("trades")] == [(2 * MICRO, -2)]
    assert (desk.cash, desk.equity, desk.held) == (1008, 1008, [0])


def test_the_days_profit_of_a_future_is_paid_when_the_next_day_begins() -> None:
    desk = Desk(MARGIN, 1000, Instrument(multiplier=10, future=True, initial=0.1, maintenance=0.05))
    desk.bar(100)
    desk.order(1)
    desk.bar(100)
    assert (desk.cash, desk.equity, desk.broker.books.free) == (1000, 1000, 900 * MICRO)
    desk.bar(103)
    assert (desk.cash, desk.equity) == (1000, 1030)
    desk.order(-1)
    desk.bar(101)
    assert desk.said("posted") == [("VARIATION", 0, -1, 30 * MICRO, 0), ("VARIATION", 0, 1, -20 * MICRO, 0)]
    assert [row[6] for row in desk.said("trades")] == [10 * MICRO]
    assert (desk.cash, desk.equity) == (1010, 1010)


def test_interest_is_paid_for_the_days_gone_by() -> None:
    desk = Desk(Rules(credit=0.0365), 1000, Instrument())
    desk.bar(10)
    desk.bar(10, days=3)
    assert desk.said("posted") == [("INTEREST", -1, -1, 300_000, 0)]


@pytest.mark.parametrize(("credited", "interest"), [(False, 99_910), (True, 199_910)])
def test_a_short_pays_its_lender_and_its_proceeds_bear_interest_where_they_are_credited(
    credited: bool, interest: int
) -> None:
    desk = Desk(Rules(margin=True, credit=0.0365, credited=credited), 1000, Instrument(initial=0.5, borrow_rate=0.365))
    desk.bar(100)
    desk.order(-10)
    desk.bar(100)
    desk.bar(100)
    assert desk.said("posted") == [("BORROW", 0, -1, -MICRO, 0), ("INTEREST", -1, -1, interest, 0)]


def test_proceeds_settle_two_sessions_later() -> None:
    desk = Desk(Rules(settlement=2), 100, Instrument())
    desk.bar(10)
    desk.order(10)
    desk.bar(10)
    desk.order(-10)
    desk.bar(10)
    free = [desk.broker.books.settled]
    for _ in range(2):
        desk.order(10)
        desk.bar(10)
        free.append(desk.broker.books.settled)
    assert free == [0, 0, 0]
    assert desk.held == [10]
    assert desk.cash == 0


def test_a_foreign_share_is_paid_in_its_own_currency_and_converted() -> None:
    desk = Desk(Rules(), 1000, Instrument(currency=1))
    desk.bar(8, rates=(1.25,))
    desk.order(10)
    desk.bar(8, rates=(1.5,))
    assert desk.said("posted") == [
        ("TRADE", 0, 0, -80 * MICRO, 1), ("CONVERSION", 0, 0, 80 * MICRO, 1), ("CONVERSION", 0, 0, -100 * MICRO, 0),
    ]  # fmt: skip
    assert (desk.cash, desk.equity) == (900, 1020)


def test_a_rate_is_no_gain_of_a_future() -> None:
    desk = Desk(MARGIN, 1000, Instrument(currency=1, future=True, initial=0.1, maintenance=0.05))
    desk.bar(8, rates=(1.25,))
    desk.order(10)
    desk.bar(8, rates=(1.5,))
    assert desk.equity == 1000
    desk.bar(9, rates=(2.0,))
    assert (desk.cash, desk.equity) == (1000, 1020)
    desk.bar(9, rates=(4.0,))
    assert (desk.cash, desk.equity) == (1020, 1020)


def test_what_can_be_borrowed_bounds_a_short() -> None:
    desk = Desk(MARGIN, 1000, Instrument(initial=0.5, available=4))
    desk.bar(10)
    desk.order(-3)
    desk.order(-3)
    desk.bar(10)
    assert desk.held == [-4]
    assert desk.said("canceled") == [(1002, 0, -2, "BORROW_UNAVAILABLE", 3, 1)]


def test_a_short_that_is_cut_twice_is_canceled_once_for_the_first_reason() -> None:
    desk = Desk(MARGIN, 150, Instrument(initial=0.5, available=4))
    desk.bar(100)
    desk.order(-6)
    desk.bar(100)
    assert desk.held == [-3]
    assert desk.said("canceled") == [(1001, 0, -3, "BORROW_UNAVAILABLE", 6, 4)]


def test_a_margin_call_sells_just_enough() -> None:
    desk = Desk(MARGIN, 1500, HALF)
    desk.bar(100)
    desk.order(30)
    desk.bar(100)
    assert (desk.cash, desk.held) == (-1500, [30])
    # Equity 300, required 450: 150 of the 450 are missing, a third of the position.
    desk.bar(60)
    assert ("margin call", 300 * MICRO, 450 * MICRO) in desk.events
    assert desk.broker.orders[0].quantity == -10
    desk.bar(60)
    assert desk.held == [20]
    assert not [event for event in desk.events if event[0] == "margin call"]


def test_nothing_is_left_to_an_account_that_owes_more_than_it_has() -> None:
    desk = Desk(MARGIN, 1500, HALF)
    desk.bar(100)
    desk.order(30)
    desk.bar(100)
    desk.order(1, kind="LIMIT", limit=1.0)
    desk.bar(50)
    assert [row[3] for row in desk.said("canceled")] == ["NEGATIVE_EQUITY"]
    desk.bar(50)
    assert (desk.held, desk.equity) == ([0], 0)
    refused = desk.broker.accept([Order(5000, 0, 1.0)])
    assert refused == [("rejected", (5000, 0, 1.0, "NEGATIVE_EQUITY", None, None))]


def test_a_split_changes_units_prices_and_orders() -> None:
    desk = Desk(Rules(), 1000, Instrument())
    desk.bar(70)
    desk.order(3)
    desk.bar(70)
    desk.order(1, kind="LIMIT", limit=63.0)
    desk.bar(10, actions=(Action("SPLIT", 0, 7.0),))
    assert (desk.held, desk.equity) == ([21], 1000)
    assert (desk.broker.orders[0].quantity, desk.broker.orders[0].limit) == (7, 9)


def test_a_reverse_split_pays_for_the_part_of_a_unit() -> None:
    desk = Desk(Rules(), 1000, Instrument())
    desk.bar(10)
    desk.order(25)
    desk.bar(10)
    desk.bar(100, actions=(Action("SPLIT", 0, 0.1),))
    assert desk.said("posted") == [("CASH_IN_LIEU", 0, -1, 50 * MICRO, 0)]
    assert (desk.held, desk.cash, desk.equity) == ([2], 800, 1000)


@pytest.mark.parametrize(("quantity", "amount"), [(10, 5 * MICRO), (-10, -5 * MICRO)])
def test_a_dividend_is_owed_from_the_ex_date_and_paid_later(quantity: float, amount: int) -> None:
    desk = Desk(MARGIN, 1000, HALF)
    desk.bar(10)
    desk.order(quantity)
    desk.bar(10)
    cash = desk.cash
    desk.bar(9.5, actions=(Action("DIVIDEND", 0, 0.5, pay_ns=5 * DAY_NS),))
    assert (desk.cash, desk.equity) == (cash, 1000)
    desk.bar(9.5, days=2)
    assert desk.said("posted") == [("DIVIDEND", 0, -1, amount, 0)]
    assert desk.equity == 1000


def test_a_merger_gives_shares_and_cash() -> None:
    desk = Desk(Rules(), 1000, Instrument(), Instrument())
    desk.bar(20, 30)
    desk.order(10)
    desk.bar(20, 30)
    # 6 + 0.5 * 30 = 21 a share: of the 10, 10 * 6 / 21 are sold for 60, the rest becomes 5 of the other.
    desk.bar(None, 30, actions=(Action("MERGER_STOCK", 0, 0.5, 1, 6.0),))
    assert (desk.held, desk.cash, desk.equity) == ([0, 5], 860, 1010)
    assert [row[4] for row in desk.said("trades")] == [60 * MICRO]


def test_a_child_that_fills_all_its_parent_gave_is_canceled_for_what_else_it_asked() -> None:
    desk = Desk(Rules(participation=0.5), 1000, Instrument())
    desk.bar(10, volume=4)
    desk.order(8, kind="LIMIT", limit=10)
    desk.order(-8, kind="STOP", stop=9, parent=1001)
    desk.bar(10, volume=4)
    assert desk.held == [2]
    desk.bar(9, volume=4)
    assert desk.held == [0]
    assert desk.said("canceled") == [
        (1001, 0, 6, "ONE_CANCELS_OTHER", None, None), (1002, 0, -6, "PARENT_ENDED", 8, 2),
    ]  # fmt: skip
