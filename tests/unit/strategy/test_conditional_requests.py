"""Limit, stop and trailing orders as a strategy asks for them: what is sent, what is pending, what belongs together."""

import numpy as np
import pytest
from tests.unit.actors.letters import STRATEGY, fills, kinds, only, orders, refused
from tests.unit.strategy.hooked import Hooked

from tidegate.core.enums import OrderKind, Reason, TimeInForce
from tidegate.core.errors import RequestError
from tidegate.core.ids import order_id
from tidegate.messages.orders import (
    CancelOrders,
    OrdersAccepted,
    OrdersCanceled,
    OrdersDenied,
    OrderTerms,
    SubmitOrders,
)
from tidegate.strategy.context import Context


def terms(sent: SubmitOrders) -> OrderTerms:
    assert sent.terms is not None
    return sent.terms


def of(number: int) -> int:
    return order_id(STRATEGY, number)


def seeing(**account: object) -> Hooked:
    actor = Hooked()
    actor.see(**account)  # type: ignore[arg-type]  # whatever a test gives
    return actor


def pending(actor: Hooked) -> list[float]:
    found: list[float] = actor.look(lambda ctx: ctx.pending).tolist()
    return found


def bracket(ctx: Context) -> None:
    ctx.order("AA", 5)
    stop, limit = ctx.order("AA", -5, stop=9.0), ctx.order("AA", -5, limit=12.0, tif="day")
    ctx.one_cancels_other(stop, limit)


def linked_twice(ctx: Context) -> None:
    bracket(ctx)
    ctx.one_cancels_other(of(1), of(2))


def test_prices_travel_beside_the_orders_of_the_hook() -> None:
    sent = only(seeing().decide(bracket), SubmitOrders)
    found = terms(sent)
    assert sent.quantity.tolist() == [5.0, -5.0, -5.0]
    assert found.kind.tolist() == [OrderKind.MARKET, OrderKind.STOP, OrderKind.LIMIT]
    assert found.tif.tolist() == [TimeInForce.GTC, TimeInForce.GTC, TimeInForce.DAY]
    np.testing.assert_array_equal(found.stop, [np.nan, 9.0, np.nan])
    np.testing.assert_array_equal(found.limit, [np.nan, np.nan, 12.0])
    assert found.group.tolist() == [0, of(1), of(1)]
    assert not found.limit.flags.writeable


def test_only_market_orders_are_pending() -> None:
    actor = seeing()
    actor.decide(bracket)
    assert pending(actor) == [5.0, 0.0, 0.0]
    actor = seeing()
    actor.decide(lambda ctx: ctx.order("BB", 3, tif="on_close"))
    assert pending(actor) == [0.0, 3.0, 0.0]


def test_a_target_looks_past_conditional_orders() -> None:
    actor = seeing(held=(10, 0, 0))

    def protect_and_hold(ctx: Context) -> None:
        ctx.order("AA", -10, stop=9.0)
        ctx.order_target("AA", 10)

    sent = only(actor.decide(protect_and_hold), SubmitOrders)
    assert sent.quantity.tolist() == [-10.0]


@pytest.mark.parametrize("reason", [Reason.ONE_CANCELS_OTHER, Reason.CASH_SHORTAGE, Reason.MAX_WEIGHT])
def test_a_refused_conditional_order_is_taken_off_nothing(reason: Reason) -> None:
    actor = seeing()
    sent = only(actor.decide(bracket), SubmitOrders)
    actor.deliver(OrdersAccepted(sent.order_id, sent.asset, sent.quantity, sent.priority, sent.tags, sent.terms))
    word = OrdersDenied if reason == Reason.MAX_WEIGHT else OrdersCanceled
    actor.deliver(refused(word, (1, 0, -5.0), (2, 0, -5.0), reason=reason))
    assert pending(actor) == [5.0, 0.0, 0.0]
    assert actor.look(lambda ctx: ctx.open_orders) == (of(0),)


def test_orders_of_others_count_where_they_are_sure_to_go() -> None:
    actor, other = seeing(), seeing()
    sent = only(other.decide(bracket), SubmitOrders)
    ids = sent.order_id + (order_id(STRATEGY + 1, 0) - order_id(STRATEGY, 0))
    actor.deliver(OrdersAccepted(ids, sent.asset, sent.quantity, sent.priority, sent.tags, sent.terms))
    assert pending(actor) == [5.0, 0.0, 0.0]


def test_a_conditional_order_can_be_canceled_before_and_after_it_is_sent() -> None:
    actor = seeing()
    assert actor.decide(lambda ctx: ctx.cancel(ctx.order("AA", 5, limit=9.0))) == []
    sent = only(actor.decide(lambda ctx: ctx.order("AA", 5, limit=9.0)), SubmitOrders)
    actor.deliver(OrdersAccepted(sent.order_id, sent.asset, sent.quantity, sent.priority, sent.tags, sent.terms))
    canceled = only(actor.decide(lambda ctx: ctx.cancel_all()), CancelOrders)
    assert canceled.order_id.tolist() == sent.order_id.tolist()
    assert pending(actor) == [0.0, 0.0, 0.0]


def test_an_order_that_waits_stays_open_when_one_beside_it_fills() -> None:
    actor = seeing()

    def both(ctx: Context) -> None:
        ctx.order("AA", 1)
        ctx.order("AA", 1, limit=5.0)

    sent = only(actor.decide(both), SubmitOrders)
    actor.deliver(OrdersAccepted(sent.order_id, sent.asset, sent.quantity, sent.priority, sent.tags, sent.terms))
    actor.deliver(fills(1, (0, 1.0, 10.0)))
    assert actor.look(lambda ctx: ctx.open_orders) == (of(1),)
    assert only(actor.decide(lambda ctx: ctx.cancel_all()), CancelOrders).order_id.tolist() == [of(1)]


def test_a_bracket_that_cannot_be_sent_whole_is_not_sent_at_all() -> None:
    actor = seeing()

    def hook(ctx: Context) -> None:
        with pytest.raises(RequestError, match="limit is nan"):
            ctx.bracket("AA", 1, stop_loss=9.0, take_profit=float("nan"))

    assert actor.decide(hook) == []
    assert pending(actor) == [0.0, 0.0, 0.0]


def test_a_new_target_leaves_open_limit_orders_alone() -> None:
    actor = seeing(held=(10, 0, 0))
    sent = only(actor.decide(lambda ctx: ctx.order("AA", 50, limit=9.0)), SubmitOrders)
    actor.deliver(OrdersAccepted(sent.order_id, sent.asset, sent.quantity, sent.priority, sent.tags, sent.terms))
    assert kinds(actor.decide(lambda ctx: ctx.target_weights({}))) == ["SubmitOrders"]


def test_plain_orders_alone_carry_no_terms() -> None:
    assert only(seeing().decide(lambda ctx: ctx.order("AA", 5)), SubmitOrders).terms is None
    plain = orders(OrdersAccepted, (0, 5.0))
    assert plain.terms is None


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (lambda ctx: ctx.one_cancels_other(of(0), of(1)), "must be two or more orders of this hook"),
        (lambda ctx: ctx.one_cancels_other(ctx.order("AA", 1), ctx.order("BB", 1)), "must be for one asset"),
        (lambda ctx: ctx.one_cancels_other(*[ctx.order("AA", 1)] * 2), "must be two or more orders"),
        (linked_twice, "each in one group only"),
    ],
)  # fmt: skip
def test_what_is_no_group_is_told(link: object, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        seeing().decide(link)  # type: ignore[arg-type]  # a hook


def test_a_bracket_is_an_entry_and_exits_that_wait_for_it() -> None:
    actor = seeing()

    def hook(ctx: Context) -> None:
        assert ctx.bracket("BB", 4, limit=19.0, stop_loss=18.0, take_profit=25.0) == (of(0), of(1), of(2))

    sent = only(actor.decide(hook), SubmitOrders)
    found = terms(sent)
    assert sent.quantity.tolist() == [4.0, -4.0, -4.0]
    assert found.kind.tolist() == [OrderKind.LIMIT, OrderKind.STOP, OrderKind.LIMIT]
    assert found.parent.tolist() == [0, of(0), of(0)]
    assert found.group.tolist() == [0, of(1), of(1)]
    assert sent.tags == ("bracket", "bracket stop", "bracket profit")
    assert pending(actor) == [0.0, 0.0, 0.0]


def test_a_bracket_may_have_one_exit_that_trails() -> None:
    sent = only(seeing().decide(lambda ctx: ctx.bracket("BB", 4, trail_pct=0.05)), SubmitOrders)
    assert terms(sent).kind.tolist() == [OrderKind.MARKET, OrderKind.TRAILING_STOP]
    assert terms(sent).group.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        (lambda ctx: ctx.bracket("BB", 4), "bracket of BB: want stop_loss"),
        (lambda ctx: ctx.bracket("BB", 4, stop_loss=9.0, trail=1.0), "bracket of BB: want stop_loss or a trailing"),
        (lambda ctx: ctx.bracket("BB", -4, stop_loss=9.0), "a cash account has no shorts"),
        (lambda ctx: ctx.order("BB", -4, after=of(0)), "needs a limit, a stop or a trailing distance"),
        (lambda ctx: ctx.order("BB", -4, stop=9.0, after=of(7)), "want an order of this hook"),
        (lambda ctx: ctx.order("BB", -4, stop=9.0, after=ctx.order("AA", 4)), "for the same asset"),
    ],
)  # fmt: skip
def test_what_is_no_bracket_is_told(hook: object, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        seeing().decide(hook)  # type: ignore[arg-type]  # a hook
