"""What hooks may not ask for, or not yet, and what is said about it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.unit.actors.letters import NAN
from tests.unit.strategy.asking import asked, refuses
from tests.unit.strategy.hooked import Action, Hooked

from tidegate.core.errors import RequestError
from tidegate.core.ids import order_id
from tidegate.strategy.context import Context

STOCKS = ("AAPL", "GOOG", "MSFT")


NAMES_AN_ASSET: dict[str, Callable[[Context, Any], Any]] = {
    "order": lambda ctx, asset: ctx.order(asset, 1.0),
    "order_target": lambda ctx, asset: ctx.order_target(asset, 1.0),
    "order_target_percent": lambda ctx, asset: ctx.order_target_percent(asset, 0.1),
    "order_target_value": lambda ctx, asset: ctx.order_target_value(asset, 10.0),
    "target_weights": lambda ctx, asset: ctx.target_weights({asset: 0.1}),
    "close": lambda ctx, asset: ctx.close(asset),
    "price": lambda ctx, asset: ctx.price(asset),
    "position": lambda ctx, asset: ctx.position(asset),
    "event": lambda ctx, asset: ctx.batch.event(asset),
}
UNKNOWN: list[tuple[Any, str]] = [
    ("AAPLE", r"asset 'AAPLE' is not among the 3 of the universe; did you mean 'AAPL'\?"),
    ("zzz", "asset 'zzz' is not among the 3 of the universe$"),
    (3, r"asset column 3 is outside the universe's 0\.\.2"),
    (-1, r"asset column -1 is outside the universe's 0\.\.2"),
]


@pytest.mark.parametrize("action", NAMES_AN_ASSET.values(), ids=NAMES_AN_ASSET.keys())
@pytest.mark.parametrize(("asset", "said"), UNKNOWN)
def test_an_unknown_asset_is_refused_with_the_nearest_name(
    action: Callable[[Context, Any], Any], asset: Any, said: str
) -> None:
    actor = Hooked(assets=STOCKS)
    actor.see()
    refuses(actor, lambda ctx: action(ctx, asset), said)


IMPOSSIBLE: dict[str, tuple[Action, str]] = {
    "an order for nothing": (lambda ctx: ctx.order("AA", 0), r"order of AA: quantity 0(\.0)? is not a number"),
    "for not a number": (lambda ctx: ctx.order("AA", NAN), "order of AA: quantity nan"),
    "without bound": (lambda ctx: ctx.order("AA", -np.inf), "order of AA: quantity -inf"),
    "too large": (lambda ctx: ctx.order(0, 1.5e12), r"order of AA: quantity 1500000000000.0 .* in \+-1e\+12"),
    "not whole": (lambda ctx: ctx.order("BB", 1.5), "order of BB: quantity 1.5 is not whole; set account.fractional"),
    "without a place": (lambda ctx: ctx.order("AA", 1, priority=NAN), "order of AA: priority is nan"),
    "a target of not a number": (lambda ctx: ctx.order_target("AA", NAN), "quantity nan"),
    "a target that is not whole": (lambda ctx: ctx.order_target("AA", 2.5), "quantity 2.5 is not whole"),
    "a weight of not a number": (
        lambda ctx: ctx.target_weights({"BB": NAN}),
        "weight of BB is nan; leave the asset out to have it closed",
    ),
    "a weight without bound": (lambda ctx: ctx.target_weights({"BB": np.inf}), "weight of BB is inf"),
    "a weight below nothing": (
        lambda ctx: ctx.target_weights({1: -0.1}),
        "weight of BB is -0.1; want 0 or more: a cash account has no shorts",
    ),
    "a percentage below nothing": (lambda ctx: ctx.order_target_percent("CC", -0.1), "weight of CC is -0.1"),
    "a percentage of not a number": (lambda ctx: ctx.order_target_percent("CC", NAN), "weight of CC is nan"),
    "a value below nothing": (lambda ctx: ctx.order_target_value("CC", -100.0), "weight of CC is -0.1"),
    "too few weights": (lambda ctx: ctx.target_weights(np.ones(2)), r"array of shape \(2,\), want \(3,\)"),
    "a table of weights": (lambda ctx: ctx.target_weights(np.ones((3, 1))), r"array of shape \(3, 1\), want \(3,\)"),
    "an array with a bad weight": (
        lambda ctx: ctx.target_weights(np.array([0.1, NAN, 0.1])),
        "weight of BB is nan; leave the asset out",
    ),
    "an asset by name and by column": (
        lambda ctx: ctx.target_weights({"AA": 0.1, 0: 0.2}),  # type: ignore[arg-type] # two kinds of key
        "AA is named twice, by name and by column",
    ),
    "a column that no integer of the machine holds": (
        lambda ctx: ctx.target_weights({2**70: 0.1}),
        "outside the universe",
    ),
    "others of a third kind": (
        lambda ctx: ctx.target_weights({}, others="sell"),  # type: ignore[arg-type] # what is refused
        "others is 'sell', want 'close' or 'keep'",
    ),
    "an unknown signal": (lambda ctx: ctx.batch.signals["scor"], r"no signal 'scor'; .* did you mean 'score'"),
    "an order that was never sent": (
        lambda ctx: ctx.cancel(order_id(2, 0)),
        r"cancel: 'mine' has sent no order \d+ \(2-0\)",
    ),
    "an order of somebody else": (lambda ctx: ctx.cancel(order_id(3, 0)), r"has sent no order \d+ \(3-0\)"),
    "an exit of the broker's": (lambda ctx: ctx.cancel(0), r"has sent no order 0 \(0-0\)"),
}


@pytest.mark.parametrize(("action", "said"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_cannot_be_done_as_asked_is_refused(action: Action, said: str) -> None:
    actor = Hooked(signals=["score"])
    actor.see(signals=[[1.0, 2.0, 3.0]])
    refuses(actor, action, said)


GOOD_AND_BAD: list[Any] = [{"AA": 0.1, "BB": NAN, "CC": -1.0}, np.array([0.1, NAN, -1.0])]


@pytest.mark.parametrize("weights", GOOD_AND_BAD, ids=["mapping", "array"])
def test_every_bad_weight_is_named_and_no_good_one(weights: Any) -> None:
    actor = Hooked()
    actor.see()
    with pytest.raises(RequestError) as raised:
        actor.decide(lambda ctx: ctx.target_weights(weights))
    assert [problem.split(";")[0] for problem in raised.value.problems] == [
        "target_weights: weight of BB is nan",
        "target_weights: weight of CC is -1.0",
    ]


@pytest.mark.parametrize("cash", [0.0, -50.0])
def test_no_amount_of_an_account_without_equity_is_worth_anything(cash: float) -> None:
    actor = Hooked()
    actor.see(cash=cash)
    assert asked(actor.decide(lambda ctx: ctx.order_target_value("AA", 5.0))) == []
    assert asked(actor.decide(lambda ctx: ctx.order_target_value("AA", 0.0))) == []
    refuses(actor, lambda ctx: ctx.order_target_value("AA", math.inf), "weight of AA is nan")


NO_DATA, NO_ACCOUNT = "there is no data yet: .* after on_start", "there is no account yet: .* before on_batch"
TOO_EARLY: dict[str, tuple[Action, str]] = {
    "ts": (lambda ctx: ctx.ts, NO_DATA),
    "time": (lambda ctx: ctx.time, NO_DATA),
    "batch": (lambda ctx: ctx.batch, NO_DATA),
    "positions": (lambda ctx: ctx.positions, NO_ACCOUNT),
    "pending": (lambda ctx: ctx.pending, NO_ACCOUNT),
    "cash": (lambda ctx: ctx.cash, NO_ACCOUNT),
    "equity": (lambda ctx: ctx.equity, NO_ACCOUNT),
    "buying_power": (lambda ctx: ctx.buying_power, NO_ACCOUNT),
    "price": (lambda ctx: ctx.price("AA"), NO_ACCOUNT),
    "position": (lambda ctx: ctx.position("AA"), NO_ACCOUNT),
    "order_target": (lambda ctx: ctx.order_target("AA", 1), NO_ACCOUNT),
    "order_target_value": (lambda ctx: ctx.order_target_value("AA", 1), NO_ACCOUNT),
    "order_target_percent": (lambda ctx: ctx.order_target_percent("AA", 0.1), NO_ACCOUNT),
    "target_weights": (lambda ctx: ctx.target_weights({"AA": 0.1}), NO_ACCOUNT),
    "close": (lambda ctx: ctx.close("AA"), NO_ACCOUNT),
}


@pytest.mark.parametrize(("action", "said"), TOO_EARLY.values(), ids=TOO_EARLY.keys())
def test_data_and_account_are_not_there_in_on_start(action: Action, said: str) -> None:
    actor = Hooked(declare=False)
    actor.hooks.start = action
    with pytest.raises(RequestError, match=said):
        actor.deliver(actor.declared)
