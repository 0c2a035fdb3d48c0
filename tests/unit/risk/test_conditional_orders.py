"""Limits and conditional orders: what may go counts against a limit, what may not go makes no room."""

from typing import Any

import msgspec
import numpy as np
from tests.unit.actors.letters import batch, fills, only, orders, phase, refused, snapshot
from tests.unit.risk.guard import Guard, Says, let_through

from tidegate.core.arrays import freeze
from tidegate.core.enums import OrderKind, Phase, Reason
from tidegate.core.ids import split_order_id
from tidegate.messages.orders import (
    CancelOrders,
    OrdersApproved,
    OrdersCanceled,
    OrdersExpired,
    OrderTerms,
    SubmitOrders,
)
from tidegate.messages.risk import TradingHalted
from tidegate.risk.rules import MaxWeight, RiskDecision

NAN = float("nan")


def asked(kind: OrderKind, *rows: Any, first: int = 0) -> SubmitOrders:
    """Orders of one kind, at a price of 9."""
    sent = orders(SubmitOrders, *rows, first=first)
    n = len(rows)
    zero, none, price = freeze(np.zeros(n, np.int64)), freeze(np.full(n, NAN)), freeze(np.full(n, 9.0))
    limit, stop = (price, none) if kind == OrderKind.LIMIT else (none, price)
    terms = OrderTerms(freeze(np.full(n, int(kind))), zero, limit, stop, none, none, zero, zero, zero, zero)
    return msgspec.structs.replace(sent, terms=terms)


def seen(guard: Guard, seq: int = 0, **account: Any) -> Guard:
    guard.deliver(batch(seq, (10, 20, 40)), snapshot(seq, **account))
    return guard


def test_terms_go_on_with_what_is_let_through() -> None:
    approved = only(Guard().deliver(asked(OrderKind.STOP, (0, -5.0))), OrdersApproved)
    assert approved.terms is not None
    trimmed = seen(Guard(MaxWeight(0.1))).deliver(asked(OrderKind.LIMIT, (1, 50.0), (0, 15.0)))
    approved = next(message for message in trimmed if isinstance(message, OrdersApproved))
    assert approved.quantity.tolist() == [5.0, 10.0]
    assert approved.terms is not None
    assert approved.terms.limit.tolist() == [9.0, 9.0]


def test_an_open_limit_buy_counts_at_every_later_decision() -> None:
    guard = seen(Guard(MaxWeight(0.1)))
    assert let_through(guard.deliver(asked(OrderKind.LIMIT, (0, 8.0)))) == {0: 8.0}
    seen(guard, 1)
    assert let_through(guard.deliver(orders(SubmitOrders, (0, 8.0), first=1))) == {1: 2.0}


def test_a_limit_buy_that_has_ended_counts_no_more() -> None:
    for end in (
        refused(OrdersExpired, (0, 0, 8.0), reason=Reason.TIME_IN_FORCE),
        refused(OrdersCanceled, (0, 0, 8.0), reason=Reason.ONE_CANCELS_OTHER),
    ):
        guard = seen(Guard(MaxWeight(0.1)))
        guard.deliver(asked(OrderKind.LIMIT, (0, 8.0)))
        guard.deliver(end)
        seen(guard, 1)
        assert let_through(guard.deliver(orders(SubmitOrders, (0, 8.0), first=1))) == {1: 8.0}


def test_a_limit_buy_that_has_filled_counts_as_held() -> None:
    guard = seen(Guard(MaxWeight(0.1)))
    guard.deliver(asked(OrderKind.LIMIT, (0, 8.0)))
    guard.deliver(fills(1, (0, 8.0, 9.0)))
    seen(guard, 1, cash=920.0, held=(8, 0, 0))
    assert let_through(guard.deliver(orders(SubmitOrders, (0, 8.0), first=1))) == {1: 2.0}


def test_a_conditional_sell_makes_no_room() -> None:
    guard = seen(Guard(MaxWeight(0.1)), cash=900.0, held=(10, 0, 0))
    assert let_through(guard.deliver(asked(OrderKind.STOP, (0, -10.0)))) == {0: -10.0}
    assert let_through(guard.deliver(orders(SubmitOrders, (0, 5.0), first=1))) == {}


def test_a_rule_may_exit_what_a_stop_order_watches() -> None:
    rule = Says({1: RiskDecision(exits={"AA": "out"})})
    guard = seen(Guard(rule), cash=900.0, held=(10, 0, 0))
    guard.deliver(fills(0, (0, 10.0, 10.0)))
    guard.deliver(asked(OrderKind.STOP, (0, -10.0)))
    seen(guard, 1, cash=900.0, held=(10, 0, 0))
    exits = only(guard.deliver(phase(Phase.GUARD, 1)), OrdersApproved)
    assert exits.quantity.tolist() == [-10.0]


def test_a_halt_cancels_the_buys_that_wait_for_a_price() -> None:
    guard = seen(Guard(Says({1: RiskDecision(halt="enough")})))
    guard.deliver(asked(OrderKind.LIMIT, (0, 8.0), (1, 2.0)))
    seen(guard, 1)
    halted, canceled = guard.deliver(phase(Phase.GUARD, 1))
    assert isinstance(halted, TradingHalted)
    assert isinstance(canceled, CancelOrders)
    assert numbers_of(canceled) == [0, 1]


def numbers_of(canceled: CancelOrders) -> list[int]:
    """Numbers of the strategy's orders."""
    return [split_order_id(order)[1] for order in canceled.order_id.tolist()]
