"""What price points wrote, as messages: who is tagged how, in which order, and that nothing sent ever changes."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels import made
from tests.unit.kernels.desk import ASSETS, NO_BAR, A, B, C, Order
from tests.unit.kernels.made import INF, MICRO, NAN, costs, floats, ints

from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.enums import FillPoint, PostingKind, Reason
from tidegate.kernels import books as ledger
from tidegate.kernels import matching, outcome
from tidegate.kernels.book import OrderBook
from tidegate.kernels.conditions import PESSIMISTIC
from tidegate.kernels.exits import exit_at_levels
from tidegate.kernels.outcome import Outcome, deposit
from tidegate.kernels.shortage import REJECT
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.base import Message
from tidegate.messages.market import OPEN, MarketBatch
from tidegate.messages.orders import Fills, OrdersAccepted, OrdersCanceled

M = TypeVar("M", bound=Message)
RULES = ("stop", "profit")
NO_LEVELS = (NAN, NAN, NAN)


class Tagged(NamedTuple):
    order: Order
    tag: str


def batch(seq: int, bars: Sequence[Sequence[float]]) -> MarketBatch:
    none = freeze(np.empty((0, ASSETS)))
    return MarketBatch(seq, 1000 * seq, freeze(np.ascontiguousarray(np.array(bars).T)), none, none, freeze(np.empty(0)))


def flat_bars(price: float) -> list[list[float]]:
    return [[price, price, price, price, 1.0]] * ASSETS


class Broker:
    """One price point after another: exits at levels, then orders, then what the outcome makes of it."""

    def __init__(self, cash: int = 10**6 * MICRO, charged: FloatArray | None = None) -> None:
        self.books = made.books(cash, ASSETS, charged)
        self.outcome = Outcome(ASSETS, in_parts=False)
        self.seq = 0

    def meet(
        self,
        orders: Sequence[Tagged] = (),
        *,
        bars: Sequence[Sequence[float]] | None = None,
        stop: Sequence[float] = NO_LEVELS,
        take: Sequence[float] = NO_LEVELS,
    ) -> list[Message]:
        self.seq += 1
        bar, book, totals = batch(self.seq, bars or flat_bars(100.0)), OrderBook(), self.books.totals
        if orders:
            columns = list(zip(*(order for order, _ in orders), strict=True))
            parts = freeze(ints(*columns[0])), freeze(ints(*columns[1])), freeze(floats(*columns[2]))
            book.add(OrdersAccepted(*parts, freeze(floats(*columns[3])), tuple(tag for _, tag in orders), None))
        self.outcome.begin(len(book), totals)
        rule = ints(0, 0, 0), ints(1, 1, 1)
        exits = exit_at_levels(
            self.seq,
            True,
            bar.bars,
            floats(*stop),
            floats(*take),
            *rule,
            PESSIMISTIC,
            False,
            self.books,
            self.outcome.rows,
        )
        columns_of_book = book.order_id, book.place, book.asset, book.quantity, book.priority
        matching.fill_orders(
            self.seq, bar.bars[OPEN], *columns_of_book, REJECT, False, self.outcome.done, self.books, self.outcome.rows
        )
        return self.outcome.messages(bar, FillPoint.OPEN, totals.tolist(), book, RULES, exits)


def only(kind: type[M], messages: Sequence[Message]) -> M:
    (found,) = [message for message in messages if isinstance(message, kind)]
    return found


def buy(asset: int, quantity: float, *, order_id: int = 0, tag: str = "") -> Tagged:
    return Tagged(Order(order_id, asset, quantity), tag)


def test_nothing_happens_without_orders_and_levels() -> None:
    broker = Broker()
    assert broker.meet() == []
    assert not broker.outcome.filled


def test_a_fill_says_where_and_when_and_what_it_cost() -> None:
    broker = Broker(charged=costs(slip=0.01, rate=0.001))
    messages = broker.meet([buy(B, 10.0, order_id=42, tag="why")])
    assert [type(message) for message in messages] == [Fills, CashPosted]
    fills, posted = only(Fills, messages), only(CashPosted, messages)
    assert (fills.seq, fills.ts_ns, fills.point, fills.tags) == (1, 1000, FillPoint.OPEN, ("why",))
    assert (fills.fill_id.tolist(), fills.order_id.tolist(), fills.asset.tolist()) == ([0], [42], [B])
    assert (fills.quantity.tolist(), fills.price.tolist(), fills.reference.tolist()) == ([10.0], [101.0], [100.0])
    assert (fills.cash_micros.tolist(), fills.commission_micros.tolist()) == ([-1010 * MICRO], [1_010_000])
    assert fills.slippage_micros.tolist() == [10 * MICRO]
    assert (posted.seq, posted.ts_ns) == (1, 1000)
    assert posted.kind.tolist() == [PostingKind.TRADE, PostingKind.COMMISSION]
    assert (posted.asset.tolist(), posted.fill_id.tolist()) == ([B, B], [0, 0])
    assert posted.amount_micros.tolist() == [-1010 * MICRO, -1_010_000]
    assert broker.outcome.filled


@pytest.mark.parametrize("tags", [("x", "x", "x"), ("x", "y", "x"), ("", "", "")])
def test_fills_and_trades_carry_the_tags_of_their_orders(tags: tuple[str, ...]) -> None:
    broker = Broker()
    broker.meet([buy(A, 5.0), buy(C, 5.0, order_id=1)])
    orders = [buy(A, -5.0, tag=tags[0]), buy(B, 1.0, order_id=1, tag=tags[1]), buy(C, -5.0, order_id=2, tag=tags[2])]
    messages = broker.meet(orders)
    assert [type(message) for message in messages] == [Fills, CashPosted, TradesClosed]
    fills, trades = only(Fills, messages), only(TradesClosed, messages)
    assert list(zip(fills.asset.tolist(), fills.tags, strict=True)) == [(A, tags[0]), (C, tags[2]), (B, tags[1])]
    assert list(zip(trades.asset.tolist(), trades.tags, strict=True)) == [(A, tags[0]), (C, tags[2])]
    assert trades.fill_id.tolist() == [2, 3]


def test_a_trade_says_what_the_ledger_says() -> None:
    broker = Broker(charged=costs(minimum=1.0))
    broker.meet([buy(A, 10.0)])
    trades = only(TradesClosed, broker.meet([buy(A, -10.0, order_id=1)], bars=flat_bars(110.0)))
    assert (trades.seq, trades.ts_ns, trades.fill_id.tolist(), trades.asset.tolist()) == (2, 2000, [1], [A])
    assert (trades.entry_seq.tolist(), trades.bars_held.tolist()) == ([1], [1])
    assert (trades.entry_price.tolist(), trades.exit_price.tolist()) == ([100.0], [110.0])
    assert (trades.cost_micros.tolist(), trades.proceeds_micros.tolist()) == ([1000 * MICRO], [1100 * MICRO])
    assert (trades.commission_micros.tolist(), trades.pnl_micros.tolist()) == ([2 * MICRO], [98 * MICRO])
    assert (trades.mae.tolist(), trades.mfe.tolist()) == ([0.0], pytest.approx([0.1]))
    assert trades.quantity.tolist() == [10.0]


def test_exits_are_accepted_first_and_carry_the_words_of_their_rules() -> None:
    broker = Broker()
    broker.meet([buy(A, 5.0), buy(B, 5.0, order_id=1), buy(C, 5.0, order_id=2)])
    messages = broker.meet([buy(B, -5.0, order_id=7, tag="mine")], stop=[NAN, NAN, 100.0], take=[100.0, NAN, NAN])
    assert [type(message) for message in messages] == [OrdersAccepted, Fills, CashPosted, TradesClosed]
    exits, fills = only(OrdersAccepted, messages), only(Fills, messages)
    assert (exits.order_id.tolist(), exits.asset.tolist()) == ([0, 1], [A, C])
    assert (exits.quantity.tolist(), exits.priority.tolist()) == ([-5.0, -5.0], [-INF, -INF])
    assert exits.tags == ("profit", "stop")
    assert fills.tags == only(TradesClosed, messages).tags == ("profit", "stop", "mine")
    assert fills.order_id.tolist() == [0, 1, 7]


def test_exits_alone_are_all_there_is() -> None:
    broker = Broker()
    broker.meet([buy(A, 5.0), buy(B, 5.0, order_id=1)])
    messages = broker.meet(stop=[100.0, 100.0, 100.0])
    exits = only(OrdersAccepted, messages)
    assert exits.tags == only(Fills, messages).tags == ("stop", "stop")
    assert exits.asset.tolist() == [A, B]


def poor() -> Broker:
    """Holds a unit of A and one of B, has no cash, and pays a commission of 5 from now on."""
    broker = Broker()
    broker.meet([buy(A, 1.0), buy(B, 1.0, order_id=1)])
    broker.books.totals[ledger.CASH] = 0
    broker.books.costs[:] = costs(minimum=5.0)
    return broker


def test_an_exit_that_was_canceled_was_accepted_before() -> None:
    messages = poor().meet(stop=[1.0, NAN, NAN], bars=flat_bars(1.0))
    assert [type(message) for message in messages] == [OrdersAccepted, OrdersCanceled]
    exits, canceled = only(OrdersAccepted, messages), only(OrdersCanceled, messages)
    assert (exits.order_id.tolist(), exits.asset.tolist(), exits.tags) == ([0], [A], ("stop",))
    assert (canceled.order_id.tolist(), canceled.quantity.tolist()) == ([0], [-1.0])
    assert (canceled.reason.tolist(), canceled.texts) == ([Reason.CASH_SHORTAGE], ("",))
    assert (canceled.measured.tolist(), canceled.limit.tolist()) == ([-4.0], [0.0])


def test_exits_that_fill_and_exits_that_do_not_are_accepted_in_the_order_of_their_making() -> None:
    bars = [[1.0] * 5, [50.0] * 5, list(NO_BAR)]
    messages = poor().meet([buy(B, -9.0, order_id=70, tag="mine")], bars=bars, stop=[1.0, 50.0, NAN])
    assert [type(message) for message in messages] == [
        OrdersAccepted, Fills, CashPosted, TradesClosed, OrdersCanceled,
    ]  # fmt: skip
    exits, canceled = only(OrdersAccepted, messages), only(OrdersCanceled, messages)
    assert (exits.order_id.tolist(), exits.asset.tolist(), exits.tags) == ([0, 1], [A, B], ("stop", "stop"))
    assert only(Fills, messages).order_id.tolist() == [1]
    assert list(zip(canceled.order_id.tolist(), canceled.reason.tolist(), strict=True)) == [
        (0, Reason.CASH_SHORTAGE),
        (70, Reason.NO_POSITION),
    ]


def test_an_exit_and_an_order_that_are_both_canceled_are_told_apart() -> None:
    messages = poor().meet([buy(C, 1.0, order_id=70)], stop=[1.0, NAN, NAN], bars=flat_bars(1.0))
    assert [type(message) for message in messages] == [OrdersAccepted, OrdersCanceled]
    assert only(OrdersAccepted, messages).order_id.tolist() == [0]
    assert only(OrdersCanceled, messages).order_id.tolist() == [0, 70]


def test_cancels_of_orders_alone_make_no_exits() -> None:
    messages = poor().meet([buy(C, 1.0, order_id=7), buy(A, 1.0, order_id=8)])
    assert [type(message) for message in messages] == [OrdersCanceled]
    assert only(OrdersCanceled, messages).order_id.tolist() == [7, 8]
    assert only(OrdersCanceled, messages).limit.tolist() == [0.0, 0.0]


def test_what_was_canceled_once_is_not_told_again() -> None:
    broker = poor()
    broker.meet([buy(C, 1.0, order_id=7)])
    assert broker.meet() == []


def test_everything_in_a_message_is_read_only() -> None:
    broker = Broker()
    broker.meet([buy(A, 5.0)])
    messages = broker.meet([buy(A, -5.0, order_id=1), buy(B, 1e9, order_id=2)], stop=[100.0, NAN, NAN])
    assert len(messages) == 5
    for message in messages:
        for name in message.__struct_fields__:
            value = getattr(message, name)
            assert not isinstance(value, np.ndarray) or not value.flags.writeable, name


TOO_DEAR = 1e9
sizes = st.lists(
    st.tuples(st.integers(0, ASSETS - 1), st.integers(1, 9).map(float) | st.just(TOO_DEAR), st.booleans()), max_size=5
)


@given(st.lists(sizes, min_size=1, max_size=25), st.integers(1, 24))
def test_what_was_sent_never_changes_however_often_a_new_slab_is_begun(
    points: list[list[tuple[int, float, bool]]], slab: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outcome, "SLAB_FILLS", slab)
        broker = Broker(charged=costs(minimum=1.0))
        sent: list[tuple[Message, list[object]]] = []
        held = [0.0] * ASSETS
        want: list[tuple[int, float, str]] = []
        for point in points:
            orders: list[Tagged] = []
            for asset, size, sells in point:
                if not sells or held[asset] == 0.0 or any(order.asset == asset for order, _ in orders):
                    orders.append(Tagged(Order(len(orders), asset, size), f"buys {asset}"))
                else:
                    orders.append(Tagged(Order(len(orders), asset, -held[asset]), f"sells {asset}"))
            sent += [(message, contents(message)) for message in broker.meet(orders)]
            for order, tag in sorted(orders, key=lambda one: one.order.quantity > 0.0):
                if order.quantity != TOO_DEAR:
                    held[order.asset] += order.quantity
                    want.append((order.asset, order.quantity, tag))
        assert all(contents(message) == then for message, then in sent)
        assert contents_of_fills([message for message, _ in sent]) == [(k, *fill) for k, fill in enumerate(want)]
        posted = [message.amount_micros.tolist() for message, _ in sent if isinstance(message, CashPosted)]
        assert sum(map(sum, posted)) == broker.books.totals[ledger.CASH] - 10**6 * MICRO
        closed = [message.pnl_micros.tolist() for message, _ in sent if isinstance(message, TradesClosed)]
        assert sum(map(sum, closed)) == broker.books.totals[ledger.REALIZED]


def contents(message: Message) -> list[object]:
    fields = [getattr(message, name) for name in message.__struct_fields__]
    return [field.tolist() if isinstance(field, np.ndarray) else field for field in fields]


def contents_of_fills(messages: Sequence[Message]) -> list[tuple[int, int, float, str]]:
    return [
        fill
        for message in messages
        if isinstance(message, Fills)
        for fill in zip(
            message.fill_id.tolist(), message.asset.tolist(), message.quantity.tolist(), message.tags, strict=True
        )
    ]


def test_one_price_point_may_need_more_than_a_slab_usually_holds() -> None:
    broker = Broker(cash=10**12 * MICRO)
    broker.meet([buy(asset, 1.0, order_id=asset) for asset in range(ASSETS)])
    orders = [buy(k % ASSETS, 1.0, order_id=100 + k) for k in range(outcome.SLAB_FILLS + 10)]
    fills = only(Fills, broker.meet(orders, stop=[100.0] * ASSETS))
    assert fills.order_id.tolist() == [0, 1, 2, *range(100, 100 + len(orders))]


def test_the_first_posting_is_the_deposit() -> None:
    posted = deposit(batch(3, flat_bars(1.0)), 123)
    assert (posted.seq, posted.ts_ns) == (3, 3000)
    assert (posted.kind.tolist(), posted.amount_micros.tolist()) == ([PostingKind.DEPOSIT], [123])
    assert (posted.asset.tolist(), posted.fill_id.tolist()) == ([-1], [-1])
    assert not posted.amount_micros.flags.writeable
