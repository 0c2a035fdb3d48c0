"""Changes of orders as a strategy asks for them: what is sent, what is pending meanwhile, what makes no sense."""

from typing import Any

import numpy as np
import pytest
from tests.unit.actors.letters import STRATEGY, kinds, only
from tests.unit.strategy.hooked import Hooked

from tidegate.core.arrays import freeze
from tidegate.core.enums import Reason
from tidegate.core.errors import RequestError
from tidegate.core.ids import order_id
from tidegate.messages.orders import (
    CancelOrders,
    OrdersAccepted,
    OrdersReplaced,
    ReplaceOrders,
    ReplacesDenied,
    ReplacesRejected,
    SubmitOrders,
)
from tidegate.strategy.changes import Wish
from tidegate.strategy.context import Context

NAN = float("nan")


def of(number: int) -> int:
    return order_id(STRATEGY, number)


def holding(*asked: dict[str, Any], **account: Any) -> Hooked:
    """A strategy whose orders for AA, 10 units each, rest with the broker."""
    actor = Hooked()
    actor.see(**account)

    def ask(ctx: Context) -> None:
        for words in asked:
            ctx.order("AA", 10, **words)

    sent = only(actor.decide(ask), SubmitOrders)
    actor.deliver(OrdersAccepted(sent.order_id, sent.asset, sent.quantity, sent.priority, sent.tags, sent.terms))
    return actor


def pending(actor: Hooked) -> float:
    return float(actor.look(lambda ctx: ctx.pending)[0])


def column(*values: float) -> Any:
    return freeze(np.array(values, np.float64))


def numbers(*values: int) -> Any:
    return freeze(np.array(values, np.int64))


def replaced(order: int, quantity: float, change: float) -> OrdersReplaced:
    none = column(NAN)
    prices = none, none, none, none, none
    return OrdersReplaced(numbers(order), numbers(0), column(quantity), column(change), *prices, numbers(order))


def unreplaced(kind: type[ReplacesRejected | ReplacesDenied], order: int) -> ReplacesRejected | ReplacesDenied:
    reason = numbers(int(Reason.CANNOT_REPLACE))
    return kind(numbers(order), numbers(-1), column(0.0), reason, column(NAN), column(NAN), ("",))


def test_a_change_says_what_is_given_and_takes_a_fresh_number_as_its_place() -> None:
    actor = holding({"limit": 9.0})
    sent = only(actor.decide(lambda ctx: ctx.replace(of(0), quantity=4, limit=8.5)), ReplaceOrders)
    assert (sent.order_id.tolist(), sent.place.tolist()) == ([of(0)], [of(1)])
    assert (sent.quantity.tolist(), sent.limit.tolist()) == ([4.0], [8.5])
    assert np.isnan([sent.stop[0], sent.trail[0], sent.trail_pct[0], sent.limit_offset[0]]).all()
    assert only(actor.decide(lambda ctx: ctx.order("AA", 1)), SubmitOrders).order_id.tolist() == [of(2)]


def test_several_changes_of_one_order_in_a_hook_are_one() -> None:
    actor = holding({"trail": 2.0}, {"limit": 9.0})

    def change(ctx: Context) -> None:
        ctx.replace(of(0), trail=1.0)
        ctx.replace(of(1), limit=8.0)
        ctx.replace(of(0), quantity=4)
        ctx.replace(of(0), trail_pct=0.1)

    sent = only(actor.decide(change), ReplaceOrders)
    assert sent.order_id.tolist() == [of(0), of(1)]
    assert (sent.quantity[0], sent.trail_pct[0], sent.limit[1]) == (4.0, 0.1, 8.0)
    assert np.isnan(sent.trail[0])
    assert sent.place.tolist() == [of(5), of(3)]


def test_a_market_order_is_pending_for_what_it_is_to_be() -> None:
    actor = holding({})
    assert pending(actor) == 10.0
    assert kinds(actor.decide(lambda ctx: ctx.replace(of(0), quantity=4))) == ["ReplaceOrders"]
    assert pending(actor) == 4.0
    actor.deliver(replaced(of(0), 4.0, -6.0))
    assert pending(actor) == 4.0
    assert kinds(actor.decide(lambda ctx: ctx.cancel(of(0)))) == ["CancelOrders"]
    assert pending(actor) == 0.0


@pytest.mark.parametrize("kind", [ReplacesRejected, ReplacesDenied])
def test_a_refused_change_is_not_pending(kind: type[ReplacesRejected | ReplacesDenied]) -> None:
    actor = holding({})
    actor.decide(lambda ctx: ctx.replace(of(0), quantity=40))
    assert pending(actor) == 40.0
    actor.deliver(unreplaced(kind, of(0)))
    assert pending(actor) == 10.0


def test_what_the_risk_manager_trims_is_pending_for_what_it_lets_through() -> None:
    actor = holding({})
    actor.decide(lambda ctx: ctx.replace(of(0), quantity=40))
    actor.deliver(replaced(of(0), 25.0, 15.0))
    assert pending(actor) == 25.0


def test_conditional_orders_and_those_that_only_reduce_are_never_pending() -> None:
    actor = holding({"limit": 9.0}, {"reduce_only": True})
    assert pending(actor) == 0.0
    actor.decide(lambda ctx: ctx.replace(of(0), quantity=4))
    actor.deliver(replaced(of(0), 4.0, 0.0))
    assert pending(actor) == 0.0


def test_what_others_change_is_pending_too() -> None:
    actor = holding({})
    actor.deliver(replaced(order_id(STRATEGY + 1, 3), 7.0, 3.0))
    assert pending(actor) == 13.0


def test_an_order_of_this_hook_is_changed_before_it_is_sent() -> None:
    actor = Hooked()
    actor.see()

    def change(ctx: Context) -> None:
        one, other = ctx.order("AA", 10, limit=9.0), ctx.order("AA", 10)
        trailing = ctx.order("AA", 10, trail=2.0, limit_offset=1.0)
        ctx.replace(one, limit=8.0, quantity=3)
        ctx.replace(other, quantity=4)
        ctx.replace(trailing, trail_pct=0.1, limit_offset=0.5)

    sent = only(actor.decide(change), SubmitOrders)
    assert sent.terms is not None
    assert sent.quantity.tolist() == [3.0, 4.0, 10.0]
    np.testing.assert_array_equal(sent.terms.limit, [8.0, NAN, 0.5])
    np.testing.assert_array_equal(sent.terms.trail, [NAN, NAN, NAN])
    np.testing.assert_array_equal(sent.terms.trail_pct, [NAN, NAN, 0.1])
    assert pending(actor) == 4.0


def test_an_order_among_targets_of_this_hook_can_be_changed() -> None:
    actor = Hooked()
    actor.see()

    def change(ctx: Context) -> None:
        ctx.target_weights({"AA": 0.2, "BB": 0.2, "CC": 0.2})
        ctx.replace(of(1), quantity=3)

    sent = only(actor.decide(change), SubmitOrders)
    assert (sent.order_id.tolist(), sent.quantity.tolist()) == ([of(0), of(1), of(2)], [20.0, 3.0, 5.0])


def test_to_cancel_an_order_drops_its_change() -> None:
    actor = holding({"limit": 9.0}, {})

    def change(ctx: Context) -> None:
        ctx.replace(of(0), limit=8.0)
        ctx.replace(of(1), quantity=4)
        ctx.cancel(of(0))

    assert kinds(actor.decide(change)) == ["CancelOrders", "ReplaceOrders"]

    def cancel_all(ctx: Context) -> None:
        ctx.replace(of(1), quantity=4)
        ctx.cancel_all()

    actor.deliver(replaced(of(1), 4.0, -6.0))
    assert only(actor.decide(cancel_all), CancelOrders).order_id.tolist() == [of(1)]
    assert pending(actor) == 0.0


def test_a_change_of_what_has_ended_goes_to_the_broker_which_says_so() -> None:
    actor = holding({"limit": 9.0})
    actor.decide(lambda ctx: ctx.cancel(of(0)))
    assert only(actor.decide(lambda ctx: ctx.replace(of(0), quantity=4)), ReplaceOrders).order_id.tolist() == [of(0)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "nothing is given"),
        ({"quantity": 0}, "and not 0"),
        ({"quantity": NAN}, "want a number"),
        ({"quantity": 1e13}, "want a number"),
        ({"quantity": 2.5}, "not whole"),
        ({"limit": -1.0}, "limit is -1"),
        ({"stop": NAN}, "stop is nan"),
        ({"trail": 1.0, "trail_pct": 0.1}, "both given"),
        ({"trail_pct": 1.5}, "below 1"),
    ],
)
def test_what_no_order_can_be_is_refused_at_once(words: dict[str, Any], said: str) -> None:
    actor = holding({"limit": 9.0})

    def change(ctx: Context) -> None:
        with pytest.raises(RequestError, match=said):
            ctx.replace(of(0), **words)

    assert actor.decide(change) == []


def test_only_own_orders_can_be_changed_and_those_of_this_hook_only_as_their_kind_allows() -> None:
    actor = holding({"limit": 9.0})

    def change(ctx: Context) -> None:
        with pytest.raises(RequestError, match="has sent no order"):
            ctx.replace(of(7), quantity=1)
        number = ctx.order("AA", 5, limit=9.0)
        with pytest.raises(RequestError, match="a limit order has no stop"):
            ctx.replace(number, stop=8.0)
        with pytest.raises(RequestError, match="the order's sign"):
            ctx.replace(number, quantity=-5)

    assert kinds(actor.decide(change)) == ["SubmitOrders"]


def test_a_later_wish_holds_and_leaves_the_rest_of_the_earlier_one() -> None:
    earlier = Wish(quantity=4.0, trail=2.0)
    assert Wish(limit_offset=1.0).after(earlier) == Wish(quantity=4.0, trail=2.0, limit_offset=1.0)
    assert Wish(trail_pct=0.1).after(earlier) == Wish(quantity=4.0, trail_pct=0.1)
    assert Wish(quantity=1.0).after(None) == Wish(quantity=1.0)
