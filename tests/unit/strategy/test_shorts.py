"""Shorts as a strategy asks for them and sees them; in a cash account they are refused."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from tests.unit.actors.letters import NAN, kinds, only, orders
from tests.unit.strategy.hooked import Hooked
from tests.unit.strategy.test_conditional_requests import of, pending, terms
from tests.unit.strategy.test_library import bought

from tidegate.core.enums import OrderKind
from tidegate.core.errors import RequestError
from tidegate.messages.orders import CancelOrders, OrdersAccepted, SubmitOrders
from tidegate.strategy.context import Context
from tidegate.strategy.library import LongShort
from tidegate.strategy.position import Position


def short(**account: object) -> Hooked:
    """A strategy of an account that may be short, as marked."""
    actor = Hooked(shorts=True)
    actor.see(**account)  # type: ignore[arg-type]  # whatever a test gives
    return actor


def asked(actor: Hooked, hook: Callable[[Context], object]) -> list[tuple[int, float]]:
    """Asset and quantity of each order, in their order."""
    messages = actor.decide(hook)
    sent = [message for message in messages if isinstance(message, SubmitOrders)]
    return [pair for one in sent for pair in zip(one.asset.tolist(), one.quantity.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("what", "hook", "orders"),
    [
        ("weights by name", lambda ctx: ctx.target_weights({"AA": -0.1, "BB": 0.2}), [(0, -10.0), (1, 10.0)]),
        ("weights of all", lambda ctx: ctx.target_weights(np.array([-0.1, 0.2, 0.0])), [(0, -10.0), (1, 10.0)]),
        ("a percent", lambda ctx: ctx.order_target_percent("BB", -0.1), [(1, -5.0)]),
        ("a value", lambda ctx: ctx.order_target_value("CC", -100.0), [(2, -2.0)]),
        ("units", lambda ctx: ctx.order_target("CC", -3), [(2, -3.0)]),
        ("an order", lambda ctx: ctx.order("CC", -3), [(2, -3.0)]),
    ],
)
def test_a_target_below_zero_sells_short(
    what: str, hook: Callable[[Context], object], orders: list[tuple[int, float]]
) -> None:
    assert asked(short(), hook) == orders, what


def test_a_target_of_the_other_side_closes_and_enters() -> None:
    actor = short(held=(20, -3, 0), cash=860.0)  # equity 1000
    assert asked(actor, lambda ctx: ctx.target_weights({"AA": -0.1, "BB": 0.1})) == [
        (0, -20.0), (1, 3.0), (0, -10.0), (1, 5.0)
    ]  # fmt: skip
    assert pending(actor) == [-30.0, 8.0, 0.0]
    assert asked(actor, lambda ctx: ctx.target_weights({"AA": -0.1, "BB": 0.1})) == []


def test_the_equity_of_a_target_counts_a_short_as_a_debt() -> None:
    actor = short(held=(-50, 0, 0), cash=1500.0)  # equity 1000
    assert actor.look(lambda ctx: ctx.equity) == 1000.0
    assert asked(actor, lambda ctx: ctx.target_weights({"AA": -0.1})) == [(0, 40.0)]


def test_a_short_is_closed_by_buying_it_back() -> None:
    actor = short(held=(-5, 0, 0))
    assert asked(actor, lambda ctx: ctx.close("AA")) == [(0, 5.0)]
    assert asked(short(held=(-5, 0, 0)), lambda ctx: ctx.order_target("AA", 4)) == [(0, 9.0)]
    assert asked(short(held=(-5, 0, 0)), lambda ctx: ctx.target_weights({})) == [(0, 5.0)]


def test_a_sale_that_waits_and_oversells_is_taken_back() -> None:
    actor = short()
    asked(actor, lambda ctx: ctx.target_weights({"AA": -0.2}))
    actor.deliver(orders(OrdersAccepted, (0, -20.0, 0.2)))
    actor.see(1, pending=(-20, 0, 0))
    messages = actor.decide(lambda ctx: ctx.target_weights({"AA": -0.1}), seq=1)
    assert kinds(messages) == ["CancelOrders", "SubmitOrders"]
    assert only(messages, CancelOrders).order_id.tolist() == [of(0)]
    assert only(messages, SubmitOrders).quantity.tolist() == [-10.0]


def test_a_short_bracket_has_its_stop_above_and_its_profit_below() -> None:
    actor = short()
    sent = only(
        actor.decide(lambda ctx: ctx.bracket("BB", -4, limit=21.0, stop_loss=23.0, take_profit=15.0)), SubmitOrders
    )
    found = terms(sent)
    assert sent.quantity.tolist() == [-4.0, 4.0, 4.0]
    assert found.kind.tolist() == [OrderKind.LIMIT, OrderKind.STOP, OrderKind.LIMIT]
    np.testing.assert_array_equal(found.limit, [21.0, np.nan, 15.0])
    np.testing.assert_array_equal(found.stop, [np.nan, 23.0, np.nan])
    assert found.parent.tolist() == [0, of(0), of(0)]
    assert found.group.tolist() == [0, of(1), of(1)]


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        (lambda ctx: ctx.bracket("BB", -4, stop_loss=15.0, take_profit=23.0), "want a stop above its profit"),
        (lambda ctx: ctx.bracket("BB", 4, stop_loss=23.0, take_profit=15.0), "want a stop below its profit"),
        (lambda ctx: ctx.target_weights({"BB": -math.inf}), "weight of BB is -inf; want a fraction of equity"),
        (lambda ctx: ctx.target_weights({"BB": math.inf}), "weight of BB is inf; want a fraction of equity"),
        (lambda ctx: ctx.target_weights({"BB": NAN}), "leave the asset out to have it closed"),
        (lambda ctx: ctx.target_weights(np.array([0.1, -math.inf, -0.1])), "weight of BB is -inf; want a fraction"),
        (lambda ctx: ctx.target_weights(np.array([0.1, NAN, -0.1])), "leave the asset out"),
        (lambda ctx: ctx.target_weights({"BB": -0.1, 1: -0.1}), "BB is named twice"),
    ],
)
def test_what_makes_no_short_is_told(hook: Callable[[Context], object], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        short().decide(hook)


@pytest.mark.parametrize(
    "hook",
    [
        lambda ctx: ctx.target_weights({"BB": -0.1}),
        lambda ctx: ctx.target_weights(np.array([0.1, -0.1, 0.0])),
        lambda ctx: ctx.order_target_percent("BB", -0.1),
        lambda ctx: ctx.order_target_value("BB", -100.0),
        lambda ctx: ctx.bracket("BB", -1, stop_loss=30.0),
    ],
)
def test_a_cash_account_is_told_where_shorts_are_allowed(hook: Callable[[Context], object]) -> None:
    actor = Hooked()
    actor.see()
    with pytest.raises(RequestError, match=r"a cash account has no shorts; set account\.kind to margin"):
        actor.decide(hook)


@pytest.mark.parametrize(
    #            quantity price  value    cost      side  average  unrealized
    ("position", "side", "average", "unrealized"),
    [
        (Position("AA", 10.0, 12.0, 120.0, 100.0),   1,   10.0, 20.0),
        (Position("AA", -10.0, 12.0, -120.0, 100.0), -1,  10.0, -20.0),
        (Position("AA", -10.0, 7.0, -70.0, 100.0),   -1,  10.0, 30.0),
        (Position("AA", 0.0, 7.0, 0.0, 0.0),         0,   NAN,  0.0),
    ],
)  # fmt: skip
def test_a_position_knows_its_side(position: Position, side: int, average: float, unrealized: float) -> None:
    assert (position.side, position.unrealized) == (side, unrealized)
    assert position.average_price == pytest.approx(average, nan_ok=True)


def test_a_short_is_seen_as_a_debt() -> None:
    actor = short(held=(-5, 0, 0), cash=1050.0, mark=(9, 20, 40))
    position = actor.look(lambda ctx: ctx.position("AA"))
    assert (position.quantity, position.value, position.side) == (-5.0, -45.0, -1)


# --- the library's own -----------------------------------------------------------------------------------------


def long_short(*score: float, n: int = 1, held: tuple[float, ...] = (0, 0, 0)) -> dict[int, float]:
    actor = Hooked(LongShort(n=n, every=1, gross=0.8), signals=["ml_score"], shorts=True)
    actor.see(held=held, signals=[list(score)])
    return bought(actor.decide())


def test_long_short_buys_the_best_and_sells_the_worst() -> None:
    assert long_short(0.1, 0.3, 0.2) == {1: 20.0, 0: -40.0}


def test_long_short_has_two_sides_of_one_size() -> None:
    assert long_short(0.1, NAN, 0.2) == {2: 10.0, 0: -40.0}
    assert long_short(0.1, 0.3, 0.2, n=2) == {1: 10.0, 0: -20.0}  # three scores make a side of one each
    assert long_short(NAN, 0.3, NAN) == {}
    assert long_short(NAN, 0.3, NAN, held=(3, 0, -2)) == {0: -3.0, 2: 2.0}


def test_long_short_of_equal_scores_goes_by_name() -> None:
    assert long_short(0.1, 0.1, 0.1) == {0: 40.0, 1: -20.0}


def test_long_short_needs_an_account_that_may_be_short() -> None:
    actor = Hooked(LongShort(n=1, every=1), signals=["ml_score"])
    actor.see(signals=[[0.1, 0.3, 0.2]])
    with pytest.raises(RequestError, match="a cash account has no shorts"):
        actor.decide()
