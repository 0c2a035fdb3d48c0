"""The broker without its mailbox: commands in, messages out, and books that close at every bar."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.desk import ASSETS, NO_BAR, A, B, C, Order
from tests.unit.kernels.made import COMPILED, MICRO, NAN, declared, floats, ints, rounded

from tidegate.core.arrays import freeze
from tidegate.core.enums import FillPoint, FillTiming, PostingKind, Reason
from tidegate.core.errors import DataError, KernelBug
from tidegate.kernels import books as ledger
from tidegate.kernels.costs import COST_MODELS
from tidegate.kernels.execution import Execution
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.kernels.shortage import RANK, REJECT, SCALE
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages import codec
from tidegate.messages.account import AccountSnapshot, CashPosted, TradesClosed
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import (
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersExpired,
    OrdersRejected,
)
from tidegate.messages.risk import AmbiguousBars, ProtectiveLevels

M = TypeVar("M", bound=Message)
DEPOSIT = 10_000 * MICRO
DAY = 86_400_000_000_000
NEXT_OPEN, NEXT_CLOSE, SAME_CLOSE = FillTiming.NEXT_OPEN, FillTiming.NEXT_CLOSE, FillTiming.SAME_CLOSE
Bar = Sequence[float]


def made_terms(**changed: Any) -> ExecutionTerms:
    usual: dict[str, Any] = {
        "timing": NEXT_OPEN, "commission_bps": 0.0, "per_share": 0.0, "minimum": 0.0, "slippage_bps": 0.0,
        "shortage": SCALE, "fractional": False,
    }  # fmt: skip
    return ExecutionTerms(**(usual | changed))


def flat(price: float) -> Bar:
    return (price, price, price, price, 1.0)


def approved(*orders: Order, tag: str = "") -> OrdersApproved:
    columns = [list(column) for column in zip(*orders, strict=True)]
    parts = freeze(ints(*columns[0])), freeze(ints(*columns[1])), freeze(floats(*columns[2]))
    return OrdersApproved(*parts, freeze(floats(*columns[3])), (tag,) * len(orders), None)


def protection(stop: Sequence[float], take: Sequence[float] = (NAN,) * ASSETS) -> ProtectiveLevels:
    rules = freeze(ints(*[0] * ASSETS)), freeze(ints(*[1] * ASSETS))
    return ProtectiveLevels(freeze(floats(*stop)), freeze(floats(*take)), *rules, ("stop_loss", "take_profit"))


class Desk:
    """An account, and a bar after another for it."""

    def __init__(self, *, cash: int = DEPOSIT, kernels: Kernels = INTERPRETED, **changed: Any) -> None:
        self.execution = Execution(declared(ASSETS), cash, made_terms(**changed), kernels)
        self.seq = -1

    def batch(self, *bars: Bar) -> MarketBatch:
        self.seq += 1
        block = freeze(np.ascontiguousarray(np.array([*bars, *[NO_BAR] * (ASSETS - len(bars))], float).T))
        none = freeze(np.empty((0, ASSETS)))
        return MarketBatch(self.seq, (self.seq + 1) * DAY, block, none, none, freeze(np.empty(0)))

    def open(self, *bars: Bar) -> tuple[list[Message], bool]:
        return self.execution.open_bar(self.batch(*bars))

    def bar(self, *bars: Bar) -> list[Message]:
        """The whole bar with nobody answering the fills at its open."""
        messages, more = self.open(*bars)
        return messages + self.execution.rest_of_bar() if more else messages

    def order(self, *orders: Order, tag: str = "") -> list[Message]:
        return self.execution.accept(approved(*orders, tag=tag))

    def mark(self) -> AccountSnapshot:
        return self.execution.mark()


def holding(quantity: float, **changed: Any) -> Desk:
    """Some of A, bought at 100 at barrier 1."""
    desk = Desk(**changed)
    desk.bar(flat(100.0))
    desk.order(Order(1, A, quantity))
    desk.bar(flat(100.0), flat(100.0))
    if desk.execution.has_orders():
        desk.execution.close_bar()
    desk.mark()
    return desk


def only(kind: type[M], messages: Sequence[Message]) -> M:
    (found,) = [message for message in messages if isinstance(message, kind)]
    return found


def kinds(messages: Sequence[Message]) -> list[type[Message]]:
    return [type(message) for message in messages]


def test_terms_become_the_costs_of_the_kernels() -> None:
    terms = made_terms(commission_bps=2.0, per_share=0.005, minimum=1.5, slippage_bps=10.0)
    assert terms.costs()[:COST_MODELS].tolist() == [1.001, 0.999, 0.0, 2.0 * 1e-4, 0.005, 0.0, 1.5, np.inf]
    terms = made_terms(per_trade=3.0, cap_bps=50.0, slippage_fixed=0.02)
    assert terms.costs()[:COST_MODELS].tolist() == [1.0, 1.0, 0.02, 0.0, 0.0, 3.0, 0.0, 50.0 * 1e-4]


def test_the_first_bar_brings_the_deposit_and_no_later_one_does() -> None:
    desk = Desk()
    messages, more = desk.open(flat(100.0))
    posted = only(CashPosted, messages)
    assert (posted.seq, posted.kind.tolist(), posted.amount_micros.tolist()) == (0, [PostingKind.DEPOSIT], [DEPOSIT])
    assert not more
    assert desk.open(flat(100.0)) == ([], False)


def test_orders_are_accepted_as_they_come_and_rest() -> None:
    desk = Desk()
    assert not desk.execution.has_orders()
    (taken,) = desk.order(Order(1, A, 10.0, 0.5), Order(2, B, 5.0), tag="why")
    assert isinstance(taken, OrdersAccepted)
    assert (taken.order_id.tolist(), taken.asset.tolist(), taken.tags) == ([1, 2], [A, B], ("why", "why"))
    assert (taken.quantity.tolist(), taken.priority.tolist()) == ([10.0, 5.0], [0.5, 0.0])
    assert desk.execution.has_orders()


def test_sells_of_what_is_not_there_are_rejected_and_the_rest_is_accepted() -> None:
    desk = holding(10.0)
    messages = desk.order(Order(2, A, -6.0), Order(3, A, -5.0), Order(4, B, -1.0), Order(5, B, 1.0))
    assert kinds(messages) == [OrdersRejected, OrdersAccepted]
    refused, taken = only(OrdersRejected, messages), only(OrdersAccepted, messages)
    assert (refused.order_id.tolist(), refused.asset.tolist()) == ([3, 4], [A, B])
    assert refused.reason.tolist() == [Reason.SHORT_NOT_ALLOWED] * 2
    assert (refused.quantity.tolist(), refused.measured.tolist()) == ([-5.0, -1.0], [5.0, 1.0])
    assert (refused.limit.tolist(), refused.texts) == ([10.0, 0.0], ("", ""))
    assert taken.order_id.tolist() == [2, 5]
    (again,) = desk.order(Order(6, A, -5.0))  # six are being sold already
    assert isinstance(again, OrdersRejected)
    assert kinds(desk.order(Order(7, A, -4.0))) == [OrdersAccepted]


def test_open_orders_are_canceled_and_others_passed_over() -> None:
    desk = Desk()
    desk.order(Order(1, A, 1.0), Order(2, B, 2.0), Order(3, C, 3.0))
    (canceled,) = desk.execution.cancel(ints(3, 99, 1))
    assert isinstance(canceled, OrdersCanceled)
    assert (canceled.order_id.tolist(), canceled.quantity.tolist()) == ([1, 3], [1.0, 3.0])
    assert (canceled.asset.tolist(), canceled.reason.tolist()) == ([A, C], [Reason.CANCEL_REQUESTED] * 2)
    assert np.isnan([canceled.measured, canceled.limit]).all()
    assert desk.execution.cancel(ints(1, 99)) == []
    assert only(Fills, desk.bar(*[flat(100.0)] * 3)).order_id.tolist() == [2]


def test_a_canceled_sell_leaves_its_room_to_another() -> None:
    desk = holding(10.0)
    desk.order(Order(2, A, -10.0))
    assert kinds(desk.order(Order(3, A, -10.0))) == [OrdersRejected]
    desk.execution.cancel(ints(2))
    assert kinds(desk.order(Order(4, A, -10.0))) == [OrdersAccepted]


class Timed(NamedTuple):
    timing: FillTiming
    point: FillPoint
    price: float


@pytest.mark.parametrize(
    "timed",
    [
        Timed(NEXT_OPEN, FillPoint.OPEN, 101.0),
        Timed(NEXT_CLOSE, FillPoint.CLOSE, 104.0),
        Timed(SAME_CLOSE, FillPoint.CLOSE, 100.0),
    ],
)
def test_orders_meet_the_price_that_the_timing_says(timed: Timed) -> None:
    desk = Desk(timing=timed.timing)
    desk.bar(flat(100.0))
    desk.order(Order(1, A, 10.0))
    messages = desk.execution.close_bar() if timed.timing is SAME_CLOSE else []
    messages += desk.bar((101.0, 105.0, 99.0, 104.0, 1.0))
    fills = only(Fills, messages)
    assert (fills.point, fills.price.tolist()) == (timed.point, [timed.price])
    assert fills.seq == (0 if timed.timing is SAME_CLOSE else 1)
    assert not desk.execution.has_orders()


def test_the_rest_of_the_bar_waits_for_answers_where_something_filled_at_the_open() -> None:
    desk = Desk()
    desk.order(Order(1, A, 10.0), Order(2, B, 10.0))
    messages, more = desk.open(flat(100.0))
    assert (kinds(messages), more) == ([CashPosted, Fills, CashPosted], True)
    assert desk.mark().waiting == 0  # counted once the bar is over
    assert desk.execution.rest_of_bar() == []
    assert desk.mark().waiting == 1
    assert desk.open(NO_BAR, NO_BAR) == ([], False)
    assert desk.mark().waiting == 1
    assert desk.bar(NO_BAR, flat(50.0))[0].asset.tolist() == [B]  # type: ignore[attr-defined]  # fills
    assert desk.mark().waiting == 0


def test_an_order_that_only_got_canceled_at_the_open_needs_no_second_step() -> None:
    desk = Desk(cash=10 * MICRO)
    desk.order(Order(1, A, 1.0))
    messages, more = desk.open(flat(100.0))
    assert (kinds(messages), more) == ([CashPosted, OrdersCanceled], False)
    assert not desk.execution.has_orders()


@pytest.mark.parametrize(
    # bought at 100; slippage 1 %                     stop   take    where  leaves at
    ("bar", "stop", "take", "point", "price", "tag"),
    [
        ((90.0,  92.0,  85.0, 91.0, 1.0),   95.0,  110.0,  FillPoint.OPEN,  89.1,   "stop_loss"),
        ((112.0, 115.0, 99.0, 100.0, 1.0),  95.0,  110.0,  FillPoint.OPEN,  112.0,  "take_profit"),
        ((100.0, 101.0, 94.0, 95.0, 1.0),   95.0,  110.0,  FillPoint.BAR,   94.05,  "stop_loss"),
        ((100.0, 111.0, 99.0, 105.0, 1.0),  95.0,  110.0,  FillPoint.BAR,   110.0,  "take_profit"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("timing", [NEXT_OPEN, NEXT_CLOSE, SAME_CLOSE])
def test_protective_levels_close_a_position_whenever_orders_fill(
    timing: FillTiming, bar: Bar, stop: float, take: float, point: FillPoint, price: float, tag: str
) -> None:
    desk = holding(10.0, timing=timing, slippage_bps=100.0)
    desk.execution.protection.protect(protection([stop, NAN, NAN], [take, NAN, NAN]))
    messages = desk.bar(bar)
    assert kinds(messages) == [OrdersAccepted, Fills, CashPosted, TradesClosed]
    fills = only(Fills, messages)
    assert (fills.point, fills.tags, fills.quantity.tolist()) == (point, (tag,), [-10.0])
    assert fills.price.tolist() == pytest.approx([price], rel=1e-15)
    assert desk.mark().quantity.tolist() == [0.0, 0.0, 0.0]


def test_a_bar_that_touched_both_levels_is_told_with_them() -> None:
    desk = holding(10.0)
    desk.execution.protection.protect(protection([95.0, 95.0, 95.0], [105.0, 105.0, 105.0]))
    messages = desk.bar((100.0, 106.0, 94.0, 100.0, 1.0), (100.0, 106.0, 94.0, 100.0, 1.0))
    doubt = only(AmbiguousBars, messages)
    assert (doubt.seq, doubt.asset.tolist()) == (2, [A])
    assert (doubt.stop.tolist(), doubt.take.tolist()) == ([95.0], [105.0])
    assert only(Fills, messages).tags == ("stop_loss",)


def test_levels_that_answer_the_fills_at_the_open_hold_for_the_rest_of_the_bar() -> None:
    desk = Desk()
    desk.order(Order(1, A, 10.0))
    _, more = desk.open((100.0, 101.0, 94.0, 100.0, 1.0))
    assert more
    desk.execution.protection.protect(protection([95.0, NAN, NAN]))
    messages = desk.execution.rest_of_bar()
    fills = only(Fills, messages)
    assert (fills.point, fills.price.tolist(), fills.quantity.tolist()) == (FillPoint.BAR, [95.0], [-10.0])
    assert only(TradesClosed, messages).bars_held.tolist() == [0]


def test_a_level_that_the_open_is_beyond_already_closes_at_the_open() -> None:
    desk = Desk()
    desk.order(Order(1, A, 10.0))
    desk.open((100.0, 101.0, 99.0, 100.0, 1.0))
    desk.execution.protection.protect(protection([100.5, NAN, NAN]))
    assert only(Fills, desk.execution.rest_of_bar()).price.tolist() == [100.0]


def test_levels_are_replaced_not_added_to() -> None:
    desk = holding(10.0)
    desk.execution.protection.protect(protection([95.0, NAN, NAN]))
    desk.execution.protection.protect(protection([NAN, NAN, NAN]))
    assert desk.bar((90.0, 91.0, 80.0, 85.0, 1.0)) == []


def test_an_exit_at_the_open_goes_before_orders_which_then_find_nothing_to_sell() -> None:
    desk = holding(10.0)
    desk.execution.protection.protect(protection([95.0, NAN, NAN]))
    desk.order(Order(2, A, -10.0), Order(3, B, 1.0))
    messages, more = desk.open(flat(90.0), flat(50.0))
    assert more
    assert only(Fills, messages).order_id.tolist() == [0, 3]
    canceled = only(OrdersCanceled, messages)
    assert (canceled.order_id.tolist(), canceled.reason.tolist()) == ([2], [Reason.NO_POSITION])


def test_orders_that_answer_the_open_are_for_the_next_bar() -> None:
    desk = holding(10.0, timing=NEXT_CLOSE)
    desk.execution.protection.protect(protection([95.0, NAN, NAN]))
    desk.order(Order(2, B, 1.0), Order(3, C, 1.0))
    _, more = desk.open((90.0, 92.0, 85.0, 91.0, 1.0), flat(5.0))
    assert more
    desk.execution.cancel(ints(3))
    desk.order(Order(1, A, 2.0), Order(4, A, 3.0))
    assert only(Fills, desk.execution.rest_of_bar()).order_id.tolist() == [2]
    assert (desk.mark().pending.tolist(), desk.mark().waiting) == ([5.0, 0.0, 0.0], 0)
    fills = only(Fills, desk.bar((50.0, 61.0, 49.0, 60.0, 1.0)))
    assert (fills.order_id.tolist(), fills.price.tolist()) == ([1, 4], [60.0, 60.0])


def test_with_next_close_levels_are_tested_before_orders_meet_the_close() -> None:
    desk = holding(10.0, timing=NEXT_CLOSE)
    desk.execution.protection.protect(protection([95.0, NAN, NAN]))
    desk.order(Order(2, A, -10.0))
    messages = desk.bar((100.0, 101.0, 94.0, 100.0, 1.0))
    assert only(Fills, messages).point == FillPoint.BAR
    assert only(OrdersCanceled, messages).order_id.tolist() == [2]


def test_with_same_close_an_order_that_waited_for_a_bar_meets_its_close_after_the_decision() -> None:
    desk = Desk(timing=SAME_CLOSE)
    desk.bar(NO_BAR, flat(5.0))
    desk.order(Order(1, A, 10.0))
    assert desk.execution.close_bar() == []
    assert desk.mark().waiting == 1
    assert desk.open((100.0, 103.0, 99.0, 102.0, 1.0)) == ([], False)
    fills = only(Fills, desk.execution.close_bar())
    assert (fills.seq, fills.price.tolist()) == (1, [102.0])
    assert desk.mark().waiting == 0


def test_a_waiting_order_that_was_canceled_waits_no_more() -> None:
    desk = Desk()
    desk.order(Order(1, B, 10.0))
    desk.bar(flat(100.0))
    assert desk.mark().waiting == 1
    desk.execution.cancel(ints(1))
    desk.bar(flat(100.0))
    assert desk.mark().waiting == 0


@pytest.mark.parametrize(
    # the bar of the entry goes from 80 to 130
    ("timing", "mae", "mfe"),
    [(NEXT_OPEN, -0.2, 0.3), (NEXT_CLOSE, 0.0, 0.0), (SAME_CLOSE, 0.0, 0.0)],
)
def test_only_an_entry_at_the_open_sees_the_range_of_its_bar(timing: FillTiming, mae: float, mfe: float) -> None:
    desk = Desk(timing=timing)
    wide = (100.0, 130.0, 80.0, 100.0, 1.0)
    desk.bar(wide if timing is SAME_CLOSE else flat(100.0))
    desk.mark()
    desk.order(Order(1, A, 10.0))
    messages = desk.execution.close_bar() if timing is SAME_CLOSE else desk.bar(wide)
    assert kinds(messages) == [Fills, CashPosted]
    desk.mark()
    desk.execution.protection.protect(protection([100.0, NAN, NAN]))
    trades = only(TradesClosed, desk.bar(flat(100.0)))
    assert (trades.mae.tolist(), trades.mfe.tolist()) == (pytest.approx([mae]), pytest.approx([mfe]))


@pytest.mark.parametrize("shape", [(5, ASSETS + 1), (5, ASSETS - 1), (4, ASSETS)])
def test_bars_of_another_shape_are_refused(shape: tuple[int, int]) -> None:
    none = freeze(np.empty((0, ASSETS)))
    batch = MarketBatch(7, DAY, freeze(np.ones(shape)), none, none, freeze(np.empty(0)))
    with pytest.raises(DataError) as raised:
        Desk().execution.open_bar(batch)
    assert str(raised.value) == f"barrier 7: the feed's bars have shape {shape}, want (5, 3)"


@pytest.mark.parametrize("later", [0, -1, -DAY])
def test_a_batch_that_is_not_later_is_refused(later: int) -> None:
    desk = Desk()
    desk.open(flat(100.0))
    first = desk.batch(flat(100.0))
    none = freeze(np.empty((0, ASSETS)))
    with pytest.raises(DataError, match="timestamps must rise from batch to batch") as raised:
        desk.execution.open_bar(MarketBatch(1, DAY + later, first.bars, none, none, freeze(np.empty(0))))
    assert str(raised.value).startswith("barrier 1: the feed's batch at 19")


def test_the_account_is_marked_at_the_close() -> None:
    desk = Desk(commission_bps=10.0, slippage_bps=100.0)
    desk.bar(flat(100.0))
    desk.order(Order(1, A, 10.0))
    desk.bar((100.0, 120.0, 90.0, 110.0, 1.0))
    desk.order(Order(2, A, -4.0), Order(3, B, 5.0))
    snapshot = desk.mark()
    assert (snapshot.seq, snapshot.ts_ns) == (1, 2 * DAY)
    assert snapshot.cash_micros == DEPOSIT - 1010 * MICRO - 1_010_000
    assert snapshot.equity_micros == snapshot.cash_micros + 1100 * MICRO
    assert (snapshot.gross_micros, snapshot.realized_micros) == (1100 * MICRO, 0)
    assert snapshot.unrealized_micros == 90 * MICRO - 1_010_000
    assert (snapshot.commission_micros, snapshot.slippage_micros) == (1_010_000, 10 * MICRO)
    assert (snapshot.stale, snapshot.waiting) == (0, 0)
    assert snapshot.quantity.tolist() == [10.0, 0.0, 0.0]
    assert snapshot.pending.tolist() == [-4.0, 5.0, 0.0]
    assert snapshot.mark.tolist() == pytest.approx([110.0, NAN, NAN], nan_ok=True)
    assert snapshot.cost_micros.tolist() == [1010 * MICRO, 0, 0]


def test_a_held_asset_without_a_bar_keeps_its_mark_and_is_stale() -> None:
    desk = holding(10.0)
    desk.bar(NO_BAR, flat(7.0))
    snapshot = desk.mark()
    assert snapshot.stale == 1
    assert snapshot.mark.tolist() == pytest.approx([100.0, 7.0, NAN], nan_ok=True)
    assert snapshot.equity_micros == DEPOSIT


def test_snapshots_share_what_has_not_changed_and_keep_what_they_said() -> None:
    desk = holding(10.0)
    first = desk.mark()
    desk.bar(flat(110.0), flat(5.0), flat(6.0))
    second = desk.mark()
    assert (first.quantity is second.quantity, first.cost_micros is second.cost_micros) == (True, True)
    desk.order(Order(2, A, -4.0))
    desk.bar(NO_BAR, flat(6.0))
    third = desk.mark()
    desk.bar(flat(120.0))
    fourth = desk.mark()
    assert fourth.quantity.tolist() == [6.0, 0.0, 0.0]
    assert [one.quantity.tolist()[A] for one in (first, second, third)] == [10.0, 10.0, 10.0]
    assert [one.mark.tolist()[A] for one in (first, second, third, fourth)] == [100.0, 110.0, 110.0, 120.0]
    assert [one.pending.tolist()[A] for one in (first, second, third, fourth)] == [0.0, 0.0, -4.0, 0.0]
    assert not any(getattr(third, name).flags.writeable for name in ("quantity", "pending", "mark", "cost_micros"))


def test_books_that_do_not_close_are_a_bug_that_says_where() -> None:
    desk = holding(10.0)
    desk.execution._books.totals[ledger.CASH] += 1
    with pytest.raises(KernelBug, match=r"^barrier 1: the books do not close: equity 10000000001, explained 1"):
        desk.mark()
    desk.execution._books.totals[ledger.CASH] = -1
    desk.execution._books.totals[ledger.REALIZED] = -1 - 9000 * MICRO
    with pytest.raises(KernelBug, match="cash -1"):
        desk.mark()


def test_nothing_can_be_marked_before_the_first_batch() -> None:
    for ask in (Desk().mark, Desk().execution.rest_of_bar, Desk().execution.close_bar):
        with pytest.raises(KernelBug, match="no batch has come yet"):
            ask()


def test_open_orders_expire_when_no_batch_will_come() -> None:
    desk = Desk()
    desk.order(Order(1, A, 10.0), Order(2, B, 5.0))
    (expired,) = desk.execution.expire()
    assert isinstance(expired, OrdersExpired)
    assert (expired.order_id.tolist(), expired.quantity.tolist()) == ([1, 2], [10.0, 5.0])
    assert expired.reason.tolist() == [Reason.END_OF_DATA] * 2
    assert not desk.execution.has_orders()
    assert desk.execution.expire() == []


class Step(NamedTuple):
    """A barrier: its bars, levels set before it, orders after it."""

    bars: list[Bar]
    stop: list[float]
    take: list[float]
    orders: list[tuple[int, float, float]]


@st.composite
def whole_bars(draw: st.DrawFn) -> list[Bar]:
    bars: list[Bar] = []
    for _ in range(ASSETS):
        path = draw(st.lists(st.integers(80, 120).map(float), min_size=4, max_size=4))
        bars.append((path[0], max(path), min(path), path[-1], 1.0) if draw(st.integers(0, 5)) else NO_BAR)
    return bars


levels = st.lists(st.sampled_from([NAN, NAN, 85.0, 95.0, 105.0, 115.0]), min_size=ASSETS, max_size=ASSETS)
orders = st.lists(
    st.tuples(st.integers(0, ASSETS - 1), st.integers(-40, 60).filter(bool).map(float), st.sampled_from([0.0, 0.5])),
    max_size=4,
)
runs = st.lists(st.builds(Step, whole_bars(), levels, levels, orders), min_size=1, max_size=8)
settings = st.fixed_dictionaries(
    {
        "timing": st.sampled_from([NEXT_OPEN, NEXT_CLOSE, SAME_CLOSE]),
        "shortage": st.sampled_from([SCALE, RANK, REJECT]),
        "commission_bps": st.sampled_from([0.0, 5.0]),
        "minimum": st.sampled_from([0.0, 1.0]),
        "slippage_bps": st.sampled_from([0.0, 10.0]),
        "fractional": st.booleans(),
    }
)


def played(run: Sequence[Step], kernels: Kernels, **changed: Any) -> list[Message]:
    """Every message of a run, snapshots included."""
    desk = Desk(kernels=kernels, **changed)
    messages: list[Message] = []
    next_id = 1000  # exits are numbered from 0
    for step in run:
        desk.execution.protection.protect(protection(step.stop, step.take))
        messages += desk.bar(*step.bars)
        messages.append(desk.mark())
        if step.orders:
            scale = 0.5 if changed["fractional"] else 1.0
            fresh = [Order(next_id + k, a, q * scale, p) for k, (a, q, p) in enumerate(step.orders)]
            next_id += len(fresh)
            messages += desk.order(*fresh)
        if changed["timing"] is SAME_CLOSE and desk.execution.has_orders():
            messages += [*desk.execution.close_bar(), desk.mark()]
    return messages + desk.execution.expire()


@given(runs, settings)
def test_the_books_close_exactly_at_every_bar(run: list[Step], changed: dict[str, Any]) -> None:
    posted = pnl = 0
    for message in played(run, INTERPRETED, **changed):
        if isinstance(message, CashPosted):
            posted += sum(message.amount_micros.tolist())
        elif isinstance(message, TradesClosed):
            pnl += sum(message.pnl_micros.tolist())
        elif isinstance(message, AccountSnapshot):
            held = zip(message.quantity.tolist(), message.mark.tolist(), strict=True)
            value = sum(rounded(quantity * mark) for quantity, mark in held if quantity)
            assert posted == message.cash_micros >= 0
            assert message.cash_micros + value == message.equity_micros
            assert pnl == message.realized_micros
            assert pnl + message.unrealized_micros == message.equity_micros - DEPOSIT
            assert min(message.quantity.tolist()) >= 0.0


@given(runs, settings)
def test_every_accepted_order_ends_filled_canceled_or_expired_to_the_last_unit(
    run: list[Step], changed: dict[str, Any]
) -> None:
    accepted: dict[int, float] = {}
    ended: dict[int, float] = {}
    for message in played(run, INTERPRETED, **changed):
        if isinstance(message, OrdersAccepted):
            new = dict(zip(message.order_id.tolist(), message.quantity.tolist(), strict=True))
            assert not new.keys() & accepted.keys()
            accepted |= new
        elif isinstance(message, Fills | OrdersCanceled | OrdersExpired):
            for order_id, quantity in zip(message.order_id.tolist(), message.quantity.tolist(), strict=True):
                ended[order_id] = ended.get(order_id, 0.0) + quantity
    assert ended == pytest.approx(accepted)


@given(runs, settings)
def test_compiled_execution_sends_the_same_bytes(run: list[Step], changed: dict[str, Any]) -> None:
    forms = [played(run, kernels, **changed) for kernels in (INTERPRETED, COMPILED)]
    assert [codec.encode(message) for message in forms[0]] == [codec.encode(message) for message in forms[1]]


def stuck_in_a() -> Desk:
    """One unit of A and of B; from here on commission takes more than A's will bring."""
    desk = Desk(cash=200 * MICRO)
    desk.bar(flat(100.0), flat(100.0))
    desk.order(Order(1, A, 1.0), Order(2, B, 1.0))
    desk.bar(flat(100.0), flat(100.0))
    desk.execution._books.costs[4] = 5.0
    desk.execution.protection.protect(protection([50.0, 95.0, NAN]))
    return desk


def test_an_exit_that_cannot_pay_at_the_open_hides_no_level_of_the_rest_of_the_bar() -> None:
    desk = stuck_in_a()
    sold = only(Fills, desk.bar(flat(3.0), (100.0, 100.0, 90.0, 92.0, 1.0)))
    assert (sold.asset.tolist(), sold.price.tolist(), sold.point) == ([B], [95.0], FillPoint.BAR)


def test_an_exit_that_cannot_pay_is_canceled_once_a_bar_and_tried_again_in_the_next() -> None:
    desk = stuck_in_a()
    desk.order(Order(3, C, 1.0))  # waits for a bar, so the rest of the bar is looked at
    for _ in range(2):
        canceled = only(OrdersCanceled, desk.bar(flat(3.0), flat(100.0)))
        assert (canceled.asset.tolist(), canceled.reason.tolist()) == ([A], [Reason.CASH_SHORTAGE])


def test_a_message_without_orders_changes_nothing() -> None:
    desk = Desk()
    desk.order(Order(1, A, 1.0))
    nothing = freeze(ints())
    assert desk.execution.accept(OrdersApproved(nothing, nothing, freeze(floats()), freeze(floats()), (), None)) == []
    desk.bar(flat(10.0))
    assert desk.mark().quantity[A] == 1.0


def test_an_account_that_its_books_cannot_hold_to_the_micro_unit_is_an_error_of_the_data() -> None:
    desk = holding(100.0)
    desk.bar(flat(1.2e10))
    with pytest.raises(DataError, match=r"barrier \d+: the account is worth 1\.15e\+12 or more.*wrong price"):
        desk.mark()
