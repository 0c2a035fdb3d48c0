"""Protective levels in the broker without its mailbox: when they close a position, and what goes before what."""

import pytest
from tests.unit.kernels.bar_by_bar import (
    NEXT_CLOSE,
    NEXT_OPEN,
    SAME_CLOSE,
    Bar,
    Desk,
    flat,
    holding,
    kinds,
    only,
    protection,
)
from tests.unit.kernels.desk import A, B, C, Order
from tests.unit.kernels.made import MICRO, NAN, ints

from tidegate.core.enums import FillPoint, FillTiming, Reason
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.orders import Fills, OrdersAccepted, OrdersCanceled
from tidegate.messages.risk import AmbiguousBars


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
