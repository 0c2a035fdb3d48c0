"""The broker without its mailbox: orders in, messages out, and an account that is marked at every bar."""

from typing import NamedTuple

import numpy as np
import pytest
from tests.unit.kernels.bar_by_bar import (
    DAY,
    DEPOSIT,
    NEXT_CLOSE,
    NEXT_OPEN,
    SAME_CLOSE,
    Desk,
    flat,
    holding,
    kinds,
    made_terms,
    only,
)
from tests.unit.kernels.desk import ASSETS, NO_BAR, A, B, C, Order
from tests.unit.kernels.made import MICRO, NAN, floats, ints

from tidegate.core.arrays import freeze
from tidegate.core.enums import FillPoint, FillTiming, PostingKind, Reason
from tidegate.core.errors import DataError, KernelBug
from tidegate.kernels import books as ledger
from tidegate.kernels.costs import COST_MODELS
from tidegate.messages.account import CashPosted
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import (
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersExpired,
    OrdersRejected,
)


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
