"""Corporate actions on an account: what is told, in which order, and what of it later commands see."""

from typing import Any

import msgspec
import numpy as np
import pytest
from tests.unit.actors.letters import kinds, only, told
from tests.unit.kernels.bar_by_bar import DAY, Desk, approved, flat, protection
from tests.unit.kernels.desk import A, B, Order
from tests.unit.kernels.made import NAN

from tidegate.core.arrays import freeze
from tidegate.core.enums import ActionKind, Reason
from tidegate.kernels.events import NEVER_NS
from tidegate.kernels.sheet import each
from tidegate.messages.account import AccountSnapshot, CashPosted, TradesClosed
from tidegate.messages.actions import AT_ONCE_NS, ActionsApplied, CorporateActions, OrdersAdjusted
from tidegate.messages.orders import OrdersAccepted, OrdersCanceled, OrdersRejected, OrderTargets

Row = tuple[ActionKind, int, float]


def actions(seq: int, *rows: Row, into: int = -1, price: float = NAN, pay: int | None = None) -> CorporateActions:
    """Actions of a barrier: (kind, asset, value); `pay` is the barrier of a payment."""
    n = len(rows)
    columns: dict[str, Any] = {
        "kind": [row[0] for row in rows], "asset": [row[1] for row in rows], "into": [into] * n, "ex_ns": [seq] * n,
        "pay_ns": [AT_ONCE_NS if pay is None else (pay + 1) * DAY] * n, "value": [row[2] for row in rows],
        "price": [price] * n,
    }  # fmt: skip
    return CorporateActions.of(columns, seq=seq, ts_ns=(seq + 1) * DAY)


def holding(**changed: Any) -> Desk:
    """10 of A at 20 and 10 of B at 8 were bought at barrier 1; barrier 2 is next."""
    desk = Desk(**changed)
    desk.open(flat(20.0), flat(8.0))
    desk.execution.mark()
    desk.execution.accept(approved(Order(1, A, 10.0), Order(2, B, 10.0)))
    desk.open(flat(20.0), flat(8.0))
    desk.execution.mark()
    return desk


def test_everything_is_told_before_anything_fills_and_in_one_order() -> None:
    desk = holding()
    desk.execution.accept(approved(Order(3, A, 1.0), Order(4, A, 5.0), Order(5, B, 1.0)))
    rows = (ActionKind.DIVIDEND, A, 0.5), (ActionKind.SPLIT, A, 0.25), (ActionKind.DELISTING, B, NAN)
    desk.execution.events.announce(actions(2, *rows))
    messages, _ = desk.open(flat(80.0), flat(8.0))
    assert kinds(messages) == [
        "ActionsApplied", "OrdersAdjusted", "OrdersCanceled", "CashPosted", "TradesClosed", "AccountSnapshot",
        "Fills", "CashPosted",
    ]  # fmt: skip
    applied = told(only(messages, ActionsApplied))
    assert applied["kind"] == [0, 1, 5]
    assert applied["quantity_before"] == [10.0, 10.0, 10.0]
    assert applied["quantity"] == [10.0, 2.0, 0.0]
    assert applied["cash_micros"] == [5_000_000, 40_000_000, 80_000_000]
    assert applied["orders"] == [0, 2, 1]
    assert applied["divisor"] == [None, 0.25, None]
    assert applied["price"] == [None, 80.0, 8.0]
    canceled = only(messages, OrdersCanceled)
    assert canceled.order_id.tolist() == [3, 5]
    assert canceled.reason.tolist() == [Reason.CORPORATE_ACTION, Reason.DELISTED]
    adjusted = only(messages, OrdersAdjusted)
    assert (adjusted.order_id.tolist(), adjusted.quantity.tolist(), adjusted.kind.tolist()) == ([4], [1.0], [1])
    assert next(m for m in messages if isinstance(m, CashPosted)).kind.tolist() == [3, 8, 1]
    assert only(messages, TradesClosed).tags == ("delisting",)


def test_the_account_is_valued_anew_at_the_closes_before_in_new_shares() -> None:
    desk = holding()
    desk.execution.accept(approved(Order(3, A, 5.0)))
    desk.execution.events.announce(actions(2, (ActionKind.SPLIT, A, 2.0)))
    messages, _ = desk.open((90.0,) * 4 + (1.0,), flat(8.0))
    snapshot = only(messages, AccountSnapshot)
    assert snapshot.mark.tolist()[:2] == [10.0, 8.0]
    assert snapshot.quantity.tolist()[:2] == [20.0, 10.0]
    assert snapshot.pending.tolist()[:2] == [10.0, 0.0]
    assert snapshot.equity_micros == 10_000 * 10**6


def test_a_barrier_of_dividends_alone_values_nothing_anew() -> None:
    desk = holding()
    desk.execution.events.announce(actions(2, (ActionKind.DIVIDEND, A, 0.5), pay=4))
    assert kinds(desk.open(flat(20.0), flat(8.0))[0]) == ["ActionsApplied"]
    assert desk.execution.mark().receivable_micros == 5_000_000
    assert desk.open(flat(20.0), flat(8.0))[0] == []
    messages = desk.open(flat(20.0), flat(8.0))[0]
    assert kinds(messages) == ["ActionsApplied", "CashPosted"]
    assert told(only(messages, ActionsApplied))["kind"] == [ActionKind.PAYMENT]
    assert told(only(messages, ActionsApplied))["receivable_micros"] == [-5_000_000]
    snapshot = desk.execution.mark()
    assert (snapshot.receivable_micros, snapshot.carry_micros) == (0, 5_000_000)


def test_payments_come_by_their_dates_and_before_the_actions_of_the_barrier() -> None:
    desk = holding()
    desk.execution.events.announce(actions(2, (ActionKind.DIVIDEND, A, 0.5), pay=5))
    desk.open(flat(20.0), flat(8.0))
    desk.execution.events.announce(actions(3, (ActionKind.DIVIDEND, B, 0.25), pay=4))
    desk.open(flat(20.0), flat(8.0))
    desk.execution.events.announce(actions(5, (ActionKind.DIVIDEND, A, 1.0)))
    desk.seq += 1
    messages, _ = desk.open(flat(20.0), flat(8.0))
    applied = only(messages, ActionsApplied)
    assert applied.kind.tolist() == [ActionKind.PAYMENT, ActionKind.PAYMENT, ActionKind.DIVIDEND]
    assert applied.asset.tolist() == [B, A, A]
    assert only(messages, CashPosted).amount_micros.tolist() == [2_500_000, 5_000_000, 10_000_000]


def test_levels_are_divided_and_move_with_a_position() -> None:
    desk = holding()
    desk.execution.protection.protect(protection((18.0, NAN, NAN), (24.0, NAN, NAN)))
    desk.execution.events.announce(actions(2, (ActionKind.SPLIT, A, 2.0)))
    assert "Fills" not in kinds(desk.open(flat(9.5), flat(8.0))[0])
    desk.execution.events.announce(actions(3, (ActionKind.DELISTING, B, NAN)))
    desk.open(flat(9.5))
    desk.execution.events.announce(actions(4, (ActionKind.SYMBOL_CHANGE, A, NAN), into=2))
    messages, _ = desk.open(flat(9.5), flat(8.0), (9.5, 9.5, 8.0, 8.5, 1.0))
    assert [fill["asset"] for fill in map(told, messages) if "fill_id" in fill and "point" in fill] == [[2]]


def test_orders_for_what_has_ended_are_rejected_and_others_of_the_message_are_not() -> None:
    desk = holding()
    desk.execution.events.announce(actions(2, (ActionKind.MERGER_CASH, A, NAN), price=21.0))
    desk.open(flat(20.0), flat(8.0))
    messages = desk.execution.accept(approved(Order(7, A, 1.0), Order(8, B, 1.0)))
    assert kinds(messages) == ["OrdersRejected", "OrdersAccepted"]
    rejected = only(messages, OrdersRejected)
    assert rejected.reason.tolist() == [Reason.DELISTED]
    assert rejected.texts == ("the asset was merged",)
    desk.execution.events.announce(actions(3, (ActionKind.RESUME, A, NAN)))
    desk.open(flat(20.0), flat(8.0))
    assert kinds(desk.execution.accept(approved(Order(9, A, 1.0)))) == ["OrdersAccepted"]


def test_what_is_left_of_a_message_keeps_its_targets() -> None:
    desk = holding()
    desk.execution.events.announce(actions(2, (ActionKind.MERGER_CASH, A, NAN), price=21.0))
    desk.open(flat(20.0), flat(8.0))
    orders = approved(Order(7, A, 1.0), Order(8, B, 1.0))
    aims = OrderTargets(freeze(np.array([0.25, 0.5])), freeze(np.full(2, np.nan)))
    messages = desk.execution.accept(msgspec.structs.replace(orders, targets=aims))
    targets = only(messages, OrdersAccepted).targets
    assert targets is not None
    assert targets.weight.tolist() == [0.5]


def test_nothing_is_due_where_nothing_is_receivable() -> None:
    desk = holding()
    assert desk.execution.events.due_ns == NEVER_NS
    desk.execution.events.announce(actions(2, (ActionKind.DIVIDEND, 2, 1.0), pay=9))
    desk.open(flat(20.0), flat(8.0))
    assert desk.execution.events.due_ns == NEVER_NS, "nobody held it"


def test_a_message_is_read_row_by_row() -> None:
    (first, second) = each(actions(1, (ActionKind.SPLIT, A, 2.0), (ActionKind.HALT, B, NAN)))
    assert (first.kind, first.asset, first.value) == (ActionKind.SPLIT, A, 2.0)
    assert second.kind is ActionKind.HALT
    assert np.isnan(second.value)


# A trap: daily profits that lose what happened overnight.
@pytest.mark.parametrize("ratio", [2.0, 7.0, 0.1])
def test_trap_daily_profits_that_lose_overnight_moves_a_split_is_none_and_a_gap_beside_it_is(ratio: float) -> None:
    desk = holding(fractional=True)
    before = desk.execution.mark().equity_micros
    desk.execution.events.announce(actions(2, (ActionKind.SPLIT, A, ratio)))
    desk.open(flat(22.0 / ratio), flat(8.0))
    assert desk.execution.mark().equity_micros - before == pytest.approx(20_000_000, abs=1)


@pytest.mark.parametrize(
    # 10 of A at 20 become 0.05, 0.25 or none of B at 8, beside 2 in cash
    ("ratio", "cash", "price", "came"),
    [
        (0.05, 2.0, 2.0 + 0.05 * 8.0, 0.0),  # not one share: all is settled at what a share is worth
        (0.25, NAN, 8.0, 2.0),               # half a share is paid at the price of B
        (0.5,  NAN, NAN, 5.0),
        (0.5,  2.0, NAN, 5.0),               # cash on top is no price
    ],
)  # fmt: skip
def test_a_merger_tells_the_price_at_which_shares_became_cash(
    ratio: float, cash: float, price: float, came: float
) -> None:
    desk = holding()
    desk.execution.events.announce(actions(2, (ActionKind.MERGER_STOCK, A, ratio), into=B, price=cash))
    messages, _ = desk.open(flat(20.0), flat(8.0))
    applied = only(messages, ActionsApplied)
    assert applied.price.tolist() == pytest.approx([price], nan_ok=True)
    assert applied.into_quantity.tolist() == [came]
    if came == 0.0:
        closed = only(messages, TradesClosed)
        assert closed.tags == ("cash in lieu",)
        assert closed.exit_price.tolist() == pytest.approx([price])


def test_what_came_into_a_position_is_told_as_it_came() -> None:
    desk = holding(fractional=True)
    desk.execution.events.announce(actions(2, (ActionKind.MERGER_STOCK, A, 0.03), into=B))
    applied = only(desk.open(flat(20.0), flat(8.0))[0], ActionsApplied)
    assert applied.into_quantity.tolist() == [0.3], "and not 10.3 less the 10 that were there"
