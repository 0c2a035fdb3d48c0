"""Changes of orders on their way through the risk manager: more of an order is a new order for the difference."""

from typing import Any

import numpy as np
from tests.unit.actors.letters import STRATEGY, batch, fills, kinds, only, orders, refused, snapshot
from tests.unit.risk.guard import Guard, Says, let_through
from tests.unit.risk.test_conditional_orders import asked, seen

from tidegate.core.arrays import freeze
from tidegate.core.enums import OrderKind, Reason
from tidegate.core.ids import order_id
from tidegate.messages.base import Message
from tidegate.messages.orders import (
    OrdersReplaced,
    OrdersTrimmed,
    ReplaceOrders,
    ReplacesApproved,
    ReplacesDenied,
    ReplacesRejected,
    ReplacesTrimmed,
    SubmitOrders,
)
from tidegate.risk.approved import ApprovedOrders, raises
from tidegate.risk.rules import MaxGross, MaxWeight, RiskDecision

NAN = float("nan")


def changes(*rows: tuple[int, float], limit: float = NAN) -> ReplaceOrders:
    """(number of the strategy's order, quantity) each."""
    n = len(rows)
    ids, none = [order_id(STRATEGY, number) for number, _ in rows], freeze(np.full(n, NAN))
    return ReplaceOrders(
        order_id=freeze(np.array(ids, np.int64)), quantity=freeze(np.array([quantity for _, quantity in rows])),
        limit=freeze(np.full(n, limit)), stop=none, trail=none, trail_pct=none, limit_offset=none,
        place=freeze(np.arange(n) + order_id(STRATEGY, 90)),
    )  # fmt: skip


def done(number: int, quantity: float, limit: float = NAN) -> OrdersReplaced:
    one, none = freeze(np.array((order_id(STRATEGY, number),))), freeze(np.array((NAN,)))
    prices = freeze(np.array((limit,))), none, none, none, none
    return OrdersReplaced(one, freeze(np.array((0,))), freeze(np.array((quantity,))), none, *prices, one)


def approved(messages: list[Message]) -> dict[int, float]:
    found = only([message for message in messages if isinstance(message, ReplacesApproved)], ReplacesApproved)
    return dict(zip((found.order_id - order_id(STRATEGY, 0)).tolist(), found.quantity.tolist(), strict=True))


def waiting(guard: Guard, *rows: Any) -> Guard:
    """Limit buys that were let through, of an account of 1000; AA costs 10."""
    seen(guard).deliver(asked(OrderKind.LIMIT, *rows))
    return guard


def test_without_rules_changes_pass_as_they_are() -> None:
    sent = changes((0, 40.0), limit=9.5)
    passed = only(Guard().deliver(sent), ReplacesApproved)
    assert all(getattr(passed, name) is getattr(sent, name) for name in sent.__struct_fields__ if name != "quantity")
    assert passed.quantity.tolist() == [40.0]


def test_more_than_a_limit_allows_is_trimmed_to_it() -> None:
    guard = waiting(Guard(MaxWeight(0.1)), (0, 6.0))
    told = guard.deliver(changes((0, 40.0)))
    trimmed = next(message for message in told if isinstance(message, ReplacesTrimmed))
    assert (trimmed.quantity.tolist(), trimmed.reason.tolist()) == ([30.0], [Reason.MAX_WEIGHT])
    assert approved(told) == {0: 10.0}


def test_more_where_nothing_is_allowed_is_denied_and_takes_the_new_price_with_it() -> None:
    guard = waiting(Guard(MaxWeight(0.1)), (0, 10.0))
    denied = only(guard.deliver(changes((0, 11.0), limit=9.5)), ReplacesDenied)
    assert (denied.quantity.tolist(), denied.reason.tolist()) == ([1.0], [Reason.MAX_WEIGHT])


def test_less_and_other_prices_pass_the_limits() -> None:
    guard = waiting(Guard(MaxWeight(0.1)), (0, 10.0))
    assert approved(guard.deliver(changes((0, 4.0)))) == {0: 4.0}
    assert kinds(guard.deliver(changes((0, NAN), limit=9.5))) == ["ReplacesApproved"]


def test_what_was_let_through_counts_at_once_and_later() -> None:
    guard = waiting(Guard(MaxWeight(0.1)), (0, 4.0))
    assert approved(guard.deliver(changes((0, 7.0)))) == {0: 7.0}
    assert let_through(guard.deliver(orders(SubmitOrders, (0, 8.0), first=1))) == {1: 3.0}
    guard = waiting(Guard(MaxWeight(0.1)), (0, 4.0))
    guard.deliver(changes((0, 7.0)), done(0, 7.0))
    seen(guard, 1)
    assert let_through(guard.deliver(orders(SubmitOrders, (0, 8.0), first=1))) == {1: 3.0}


def test_what_the_broker_does_not_change_counts_as_it_was() -> None:
    guard = waiting(Guard(MaxWeight(0.1)), (0, 4.0))
    guard.deliver(changes((0, 9.0)))
    none = freeze(np.array((NAN,)))
    guard.deliver(
        ReplacesRejected(
            freeze(np.array((order_id(STRATEGY, 0),))), freeze(np.array((0,))), freeze(np.array((5.0,))),
            freeze(np.array((int(Reason.CANNOT_REPLACE),))), none, none, ("",),
        )
    )  # fmt: skip
    assert let_through(guard.deliver(orders(SubmitOrders, (0, 8.0), first=1))) == {1: 6.0}


def test_an_order_that_its_parent_cut_is_raised_from_what_is_left_of_it() -> None:
    guard = waiting(Guard(MaxWeight(0.1)), (0, 10.0))
    guard.deliver(refused(OrdersTrimmed, (0, 0, 6.0), reason=Reason.PARENT_ENDED))
    seen(guard, 1)
    told = guard.deliver(changes((0, 30.0)))
    assert approved(told) == {0: 10.0}
    assert next(m for m in told if isinstance(m, ReplacesTrimmed)).quantity.tolist() == [20.0]


def test_an_order_that_has_ended_or_was_never_seen_goes_on_to_the_broker() -> None:
    guard = waiting(Guard(MaxWeight(0.1)), (0, 10.0))
    guard.deliver(fills(1, (0, 10.0, 9.0)))
    assert approved(guard.deliver(changes((0, 50.0), (7, 3.0)))) == {0: 50.0, 7: 3.0}


def test_of_several_changes_each_is_judged_by_itself() -> None:
    guard = waiting(Guard(MaxGross(0.3)), (0, 5.0), (1, 5.0))
    told = guard.deliver(changes((0, 4.0), (1, 9.0)))
    assert approved(told) == {0: 4.0, 1: 9.0}
    told = guard.deliver(changes((0, 90.0), (1, 8.0)))
    assert [type(message).__name__ for message in told][-1] == "ReplacesApproved"


def test_after_a_halt_buys_are_not_raised_and_sells_are() -> None:
    guard = seen(Guard(Says({1: RiskDecision(halt="enough")})), held=(10, 0, 0))
    guard.deliver(orders(SubmitOrders, (1, 2.0), (0, -4.0)))
    guard.at_guard(1, batch(1, (10, 20, 40)), snapshot(1, held=(10, 0, 0)))
    told = guard.deliver(changes((0, 3.0), (1, -6.0)))
    denied = next(message for message in told if isinstance(message, ReplacesDenied))
    assert (denied.quantity.tolist(), denied.reason.tolist()) == ([1.0], [Reason.TRADING_HALTED])
    assert approved(told) == {1: -6.0}


def test_raises_is_about_one_side() -> None:
    assert raises(4.0, 5.0)
    assert raises(-4.0, -5.0)
    assert not raises(4.0, 4.0)
    assert not raises(4.0, -5.0)


def test_the_terms_of_a_difference_are_those_that_the_order_is_to_have() -> None:
    known = ApprovedOrders()
    known.add(asked(OrderKind.LIMIT, (0, 8.0)))
    rows, more = known.differences(changes((0, 9.0), (0, 10.0), limit=9.5))
    assert rows.tolist() == [1]
    assert more is not None
    assert more.terms is not None
    assert (more.quantity.tolist(), more.terms.limit.tolist()) == ([2.0], [9.5])
    known.replace(done(0, 10.0, limit=9.5))
    found = known.get(order_id(STRATEGY, 0))
    assert found is not None
    assert (found.quantity, found.its_terms().limit.tolist()) == (10.0, [9.5])
    known.forget(order_id(STRATEGY, 0))
    assert known.differences(changes((0, 90.0)))[1] is None
