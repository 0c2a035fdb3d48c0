"""What hooks see, what they may ask for, and what is refused with which words."""

import math
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from tests.unit.actors.letters import (
    DAY_NS,
    NAN,
    batch,
    cancels,
    kinds,
    only,
    orders,
    phase,
    plain,
    row,
    snapshot,
    told,
)
from tests.unit.strategy.hooked import Action, Hooked

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import Phase
from tidegate.core.errors import RequestError
from tidegate.core.ids import order_id
from tidegate.messages.base import Message
from tidegate.messages.orders import OrdersAccepted, OrdersDenied, SubmitOrders
from tidegate.strategy.context import Context

STOCKS = ("AAPL", "GOOG", "MSFT")
Order = tuple[int, float, float]
"""(asset, quantity, priority)."""
REDUCTION = -np.inf


def asked(messages: list[Message]) -> list[Order]:
    """The orders in a hook's messages, in their order."""
    if not messages:
        return []
    sent = only(messages, SubmitOrders)
    return list(zip(sent.asset.tolist(), sent.quantity.tolist(), sent.priority.tolist(), strict=True))


def refuses(actor: Hooked, action: Action, said: str) -> None:
    """In a hook, the action raises with these words, and leaves nothing behind that is sent."""

    def tried(ctx: Context) -> None:
        with pytest.raises(RequestError, match=said):
            action(ctx)

    assert actor.decide(tried) == []


# --- what there is to see --------------------------------------------------------------------------------------


def test_the_barrier_its_time_and_its_data() -> None:
    actor = Hooked(signals=["score"], features=["atr"], context=["vix"])
    actor.see(4, signals=[[0.1, 0.2, 0.3]], features=[[1.0, 2.0, 4.0]], context=[17.5])

    def view(ctx: Context) -> list[Any]:
        vix = ctx.batch.context["vix"]
        return [ctx.barrier, ctx.ts, ctx.time, ctx.batch.signals["score"][2], ctx.batch.event("BB").close, vix]

    assert actor.look(view) == [4, 5 * DAY_NS, datetime(1970, 1, 6, tzinfo=UTC), 0.3, 20.0, 17.5]


def test_the_account_as_marked() -> None:
    actor = Hooked()
    actor.see(cash=250.5, held=(5, 0, 0), mark=(10, NAN, 40), pending=(0, 7, -2))
    assert actor.look(lambda ctx: (ctx.cash, ctx.buying_power, ctx.equity)) == (250.5, 250.5, 300.5)
    assert actor.look(lambda ctx: ctx.positions).tolist() == [5.0, 0.0, 0.0]
    assert actor.look(lambda ctx: ctx.pending).tolist() == [0.0, 7.0, -2.0]
    assert plain(actor.look(lambda ctx: tuple(ctx.price(asset) for asset in ("AA", 1, "CC")))) == [10.0, None, 40.0]
    assert actor.look(lambda ctx: ctx.universe.names) == ("AA", "BB", "CC")


def test_a_position_in_detail() -> None:
    actor = Hooked()
    actor.deliver(batch(0, [10.0, 20.0, 40.0]), snapshot(held=(5, 0, 0), mark=(10, NAN, 40), cost=(40.0, 0.0, 0.0)))
    held = actor.look(lambda ctx: ctx.position("AA"))
    assert (held.asset, held.quantity, held.price, held.value, held.cost) == ("AA", 5.0, 10.0, 50.0, 40.0)
    assert (held.average_price, held.unrealized) == (8.0, 10.0)
    flat = actor.look(lambda ctx: ctx.position(1))
    assert plain((flat.asset, flat.quantity, flat.price, flat.value, flat.average_price, flat.unrealized)) == [
        "BB", 0.0, None, 0.0, None, 0.0,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["positions", "pending"])
def test_what_is_shown_cannot_be_changed(name: str) -> None:
    actor = Hooked()
    actor.see()
    with pytest.raises(ValueError, match="read-only"):
        actor.look(lambda ctx: getattr(ctx, name))[0] = 1.0
    actor.decide(lambda ctx: ctx.order("AA", 3.0))
    with pytest.raises(ValueError, match="read-only"):
        actor.look(lambda ctx: getattr(ctx, name))[0] = 1.0


# --- history ---------------------------------------------------------------------------------------------------


def past(barriers: int, history: int = 256) -> Hooked:
    """At barrier k the close of AA is 10 + k, its score k, and BB has a bar at even barriers only."""
    actor = Hooked(assets=["AA", "BB"], signals=["score"], features=["atr"], history=history)
    for seq in range(barriers):
        bars = (10.0 + seq, 20.0 if seq % 2 == 0 else NAN)
        actor.see(seq, held=(0, 0), mark=(10, 20), bars=bars, signals=[[seq, 0.0]], features=[[0.5 * seq, 0.0]])
    return actor


WINDOWS: list[tuple[str, str, int, int, int, list[list[float | None]]]] = [
    # what                field   barriers kept asked  rows
    ("the last so many",  "close",  5, 256, 2, [[13.0, None], [14.0, 20.0]]),
    ("this one alone",    "close",  5, 256, 1, [[14.0, 20.0]]),
    ("fewer so far",      "close",  2, 256, 9, [[10.0, 20.0], [11.0, None]]),
    ("all that are kept", "close",  5, 3,   3, [[12.0, 20.0], [13.0, None], [14.0, 20.0]]),
    ("not what is older", "close",  5, 2,   1, [[14.0, 20.0]]),
    ("volume",            "volume", 1, 256, 1, [[100.0, 100.0]]),
    ("a signal",          "score",  5, 256, 2, [[3.0, 0.0], [4.0, 0.0]]),
    ("a feature",         "atr",    5, 256, 2, [[1.5, 0.0], [2.0, 0.0]]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "barriers", "kept", "n", "want"), [case[1:] for case in WINDOWS], ids=[case[0] for case in WINDOWS]
)
def test_history_is_the_window_that_ends_now(
    name: str, barriers: int, kept: int, n: int, want: list[list[float | None]]
) -> None:
    window = past(barriers, kept).look(lambda ctx: ctx.history(name, n))
    assert [plain(values) for values in window] == want
    assert not window.flags.writeable


def test_batches_that_are_too_old_to_be_asked_for_are_let_go() -> None:
    actor = Hooked(history=2)
    seen = []
    for seq in range(5):
        message = batch(seq, [10.0, 20.0, 40.0])
        seen.append(weakref.ref(message.bars))
        actor.deliver(message)
        del message
    assert [kept() is not None for kept in seen] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("name", "n", "said"),
    [
        ("close", 0, r"history of 0 barriers: want 1\.\.3; raise strategy\.history"),
        ("close", -1, r"history of -1 barriers: want 1\.\.3"),
        ("close", 4, r"history of 4 barriers: want 1\.\.3"),
        ("scores", 2, r"no field 'scores'; there are \['open', .*'score', 'atr'\]; did you mean 'score'"),
        ("vwap", 2, r"no field 'vwap'; there are \['open', 'high', 'low', 'close', 'volume', 'score', 'atr'\]$"),
    ],
)
def test_a_window_that_is_not_there_is_refused(name: str, n: int, said: str) -> None:
    refuses(past(5, 3), lambda ctx: ctx.history(name, n), said)


# --- what is refused -------------------------------------------------------------------------------------------

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


@pytest.mark.parametrize("cash", [0.0, -50.0])
def test_no_amount_of_an_account_without_equity_is_worth_anything(cash: float) -> None:
    actor = Hooked()
    actor.see(cash=cash)
    assert asked(actor.decide(lambda ctx: ctx.order_target_value("AA", 5.0))) == []
    assert asked(actor.decide(lambda ctx: ctx.order_target_value("AA", 0.0))) == []
    refuses(actor, lambda ctx: ctx.order_target_value("AA", math.inf), "weight of AA is nan")


def test_an_amount_closes_what_is_held_where_there_is_no_equity() -> None:
    actor = Hooked()
    actor.see(cash=-100.0, held=(10, 0, 0))
    assert asked(actor.decide(lambda ctx: ctx.order_target_value("AA", 5.0))) == [(0, -10.0, -math.inf)]


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


def test_on_start_knows_the_universe_and_that_no_barrier_has_come() -> None:
    actor = Hooked(declare=False)
    actor.hooks.start = lambda ctx: (ctx.barrier, ctx.universe.index("CC"), ctx.open_orders)
    assert actor.deliver(actor.declared) == []
    assert actor.hooks.found == (-1, 2, ())


# --- orders ----------------------------------------------------------------------------------------------------


def test_the_orders_of_one_hook_are_one_message_in_the_order_of_asking() -> None:
    actor = Hooked()
    actor.see(held=(5, 0, 0))
    ids: list[int | None] = []

    def several(ctx: Context) -> None:
        ids.append(ctx.order("CC", 2, priority=0.5, tag="first"))
        ids.append(ctx.order(0, -1))
        ctx.target_weights({"BB": 0.1}, others="keep", tag="third")
        ids.append(ctx.close("AA"))

    sent = actor.decide(several)
    assert kinds(sent) == ["SubmitOrders"]
    assert told(sent[0]) == {
        "order_id": [order_id(2, number) for number in range(4)],
        "asset": [2, 0, 1, 0],
        "quantity": [2.0, -1.0, 5.0, -4.0],
        "priority": [0.5, 0.0, 0.1, 0.0],
        "tags": ["first", "order", "third", "close"],
        "terms": None,
        "targets": None,
    }
    assert ids == [order_id(2, number) for number in (0, 1, 3)]


def test_numbers_count_on_from_hook_to_hook_and_belong_to_the_sender() -> None:
    actor = Hooked(sender=5)
    actor.see()
    for number in range(3):
        sent = only(actor.decide(lambda ctx: ctx.order("AA", 1)), SubmitOrders)
        assert sent.order_id.tolist() == [order_id(5, number)]


@pytest.mark.parametrize("quantity", [1, -3, 2.0, 1e12, np.int64(4), np.float64(5.0)])
def test_any_whole_number_of_units_can_be_ordered(quantity: float) -> None:
    actor = Hooked()
    actor.see()
    assert asked(actor.decide(lambda ctx: ctx.order("BB", quantity))) == [(1, float(quantity), 0.0)]


def test_a_part_of_a_unit_can_be_ordered_where_the_account_takes_it() -> None:
    actor = Hooked(fractional=True)
    actor.see(held=(0.75, 0, 0))
    assert asked(actor.decide(lambda ctx: (ctx.order("BB", 0.5), ctx.close("AA")))) == [(1, 0.5, 0.0), (0, -0.75, 0.0)]


MIXED: Any = {0: 0.11, np.int64(1): 0.14, "CC": 0.04}
TARGETS: list[tuple[str, Action, list[Order]]] = [
    # AA: 10 held; BB: 5 held, 2 being bought; CC: 4 held, 4 being sold. Equity is 1000, marks are 10, 20 and 40.
    ("what is missing",              lambda ctx: ctx.order_target("AA", 25),            [(0, 15.0, 0.0)]),
    ("what is too much",             lambda ctx: ctx.order_target("AA", 3),             [(0, -7.0, 0.0)]),
    ("pending buys count",           lambda ctx: ctx.order_target("BB", 9),             [(1, 2.0, 0.0)]),
    ("pending sells count",          lambda ctx: ctx.order_target("CC", 4),             [(2, 4.0, 0.0)]),
    ("nothing is missing",           lambda ctx: ctx.order_target("BB", 7),             []),
    ("asking twice gives it once",   lambda ctx: [ctx.order_target("AA", 12) for _ in "ab"], [(0, 2.0, 0.0)]),
    ("an order counts at once",      lambda ctx: (ctx.order("AA", 5), ctx.order_target("AA", 12)),
     [(0, 5.0, 0.0), (0, -3.0, 0.0)]),
    ("close sells all",              lambda ctx: ctx.close("AA"),                       [(0, -10.0, 0.0)]),
    ("close, with what will come",   lambda ctx: ctx.close("BB"),                       [(1, -7.0, 0.0)]),
    ("closed already",               lambda ctx: ctx.close("CC"),                       []),
    ("a share of equity",            lambda ctx: ctx.order_target_percent("AA", 0.3),   [(0, 20.0, 0.3)]),
    ("a share keeps the others",     lambda ctx: ctx.order_target_percent("BB", 0.0),   [(1, -7.0, REDUCTION)]),
    ("an amount",                    lambda ctx: ctx.order_target_value("AA", 250.0),   [(0, 15.0, 0.25)]),
    ("an amount is truncated",       lambda ctx: ctx.order_target_value("AA", 259.0),   [(0, 15.0, 0.259)]),
    ("all to their weights",         lambda ctx: ctx.target_weights({"AA": 0.05, "BB": 0.2, "CC": 0.1}),
     [(0, -5.0, REDUCTION), (1, 3.0, 0.2), (2, 2.0, 0.1)]),
    ("others are closed",            lambda ctx: ctx.target_weights({"CC": 0.2}),
     [(0, -10.0, REDUCTION), (1, -7.0, REDUCTION), (2, 5.0, 0.2)]),
    ("others are kept",              lambda ctx: ctx.target_weights({"CC": 0.2}, others="keep"), [(2, 5.0, 0.2)]),
    ("none: all are closed",         lambda ctx: ctx.target_weights({}),
     [(0, -10.0, REDUCTION), (1, -7.0, REDUCTION)]),
    ("none: all are kept",           lambda ctx: ctx.target_weights({}, others="keep"), []),
    ("reductions first",             lambda ctx: ctx.target_weights({"AA": 0.2, "BB": 0.02, "CC": 0.04}),
     [(1, -6.0, REDUCTION), (0, 10.0, 0.2), (2, 1.0, 0.04)]),
    ("truncated toward zero",        lambda ctx: ctx.target_weights({"AA": 0.1099, "BB": 0.1599, "CC": 0.0}), []),
    ("asking twice gives it once",   lambda ctx: [ctx.target_weights({"AA": 0.12}, others="keep") for _ in "ab"],
     [(0, 2.0, 0.12)]),
    ("columns and names",            lambda ctx: ctx.target_weights(MIXED), [(0, 1.0, 0.11), (2, 1.0, 0.04)]),
    ("the other way within a hook",  lambda ctx: (ctx.target_weights({"AA": 0.2}, others="keep"),
                                                  ctx.target_weights({"AA": 0.1}, others="keep")),
     [(0, 10.0, 0.2), (0, -10.0, REDUCTION)]),
]  # fmt: skip


@pytest.mark.parametrize(("action", "want"), [case[1:] for case in TARGETS], ids=[case[0] for case in TARGETS])
def test_a_target_orders_what_is_missing(action: Action, want: list[Order]) -> None:
    actor = Hooked()
    actor.see(cash=640.0, held=(10, 5, 4), pending=(0, 2, -4))
    assert asked(actor.decide(action)) == want


def test_actions_say_what_they_have_asked_for() -> None:
    actor = Hooked()
    actor.see(held=(10, 0, 0))

    def several(ctx: Context) -> list[int | None]:
        return [
            ctx.order_target("AA", 10),
            ctx.order_target("AA", 12),
            ctx.close("BB"),
            ctx.target_weights({"BB": 0.1, "CC": 0.1}),
            ctx.target_weights({"BB": 0.1, "CC": 0.1}),
        ]

    actor.decide(several)
    # the second target finds AA held and bought, so three orders: AA is closed, BB and CC are bought
    assert actor.hooks.found == [None, order_id(2, 0), None, 3, 0]


def test_a_target_is_not_truncated_where_parts_of_units_are_taken() -> None:
    actor = Hooked(fractional=True)
    actor.see(cash=1000.0)
    assert asked(actor.decide(lambda ctx: ctx.target_weights({"CC": 0.1}))) == [(2, 2.5, 0.1)]


def test_a_target_within_dust_of_the_holding_is_reached() -> None:
    actor = Hooked(fractional=True)
    actor.see(cash=0.0, held=(0.1 + 0.2, 0, 0))
    assert actor.decide(lambda ctx: ctx.target_weights({"AA": 1.0})) == []


def test_a_target_that_cannot_be_priced_is_denied_and_the_rest_goes_on() -> None:
    actor = Hooked()
    actor.see(mark=(NAN, 20, NAN))
    sent = actor.decide(lambda ctx: ctx.target_weights({"AA": 0.1, "BB": 0.1, "CC": 0.0}))
    assert told(only(sent, OrdersDenied)) == {
        "order_id": [order_id(2, 0)],
        "asset": [0],
        "quantity": [0.0],
        "reason": [1],
        "measured": [None],
        "limit": [None],
        "texts": ["the asset has not traded yet"],
    }
    submitted = only(sent, SubmitOrders)
    assert (submitted.order_id.tolist(), submitted.asset.tolist()) == ([order_id(2, 1)], [1])


def test_weights_may_be_an_array_for_all_assets() -> None:
    actor = Hooked()
    actor.see(held=(10, 0, 0))
    # equity is 1100
    want = [(0, -10.0, REDUCTION), (1, 5.0, 0.1), (2, 5.0, 0.2)]
    assert asked(actor.decide(lambda ctx: ctx.target_weights(np.array([0.0, 0.1, 0.2])))) == want


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


def test_an_order_that_is_canceled_in_its_own_hook_is_not_sent() -> None:
    actor = Hooked()
    actor.see()

    def change_of_mind(ctx: Context) -> list[float]:
        ctx.cancel(ctx.order("AA", 10))
        ctx.order("BB", 5)
        ctx.cancel_all()
        ctx.order("CC", 1)
        found: list[float] = ctx.pending.tolist()
        return found

    assert asked(actor.decide(change_of_mind)) == [(2, 1.0, 0.0)]
    assert actor.hooks.found == [0.0, 0.0, 1.0]


def test_before_the_first_batch_a_window_has_no_rows_but_its_columns() -> None:
    actor = Hooked(declare=False)
    actor.hooks.start = lambda ctx: ctx.history("close", 5)
    actor.deliver(actor.declared)
    assert actor.hooks.found.shape == (0, 3)


# --- a target and the order that waits -------------------------------------------------------------------------


def waiting(*rows: tuple[int, float], held: tuple[float, ...] = (0, 0, 0)) -> Hooked:
    """Orders that were accepted at barrier 0 and still wait at barrier 1."""
    actor = Hooked()
    actor.see()
    submitted = only(actor.decide(lambda ctx: [ctx.order(asset, quantity) for asset, quantity in rows]), SubmitOrders)
    actor.deliver(orders(OrdersAccepted, *rows))
    assert len(submitted.tags) == len(rows)
    pending = row({})
    for asset, quantity in rows:
        pending[asset] += quantity
    actor.see(1, held=held, pending=pending.tolist())
    return actor


WITHDRAWS: list[tuple[str, list[tuple[int, float]], dict[str, float], list[int], list[tuple[int, float]]]] = [
    # what                          waiting                   target         canceled  ordered
    ("a buy of too much",           [(0, 10.0)],              {"AA": 0.04},  [0],      [(0, 4.0)]),
    ("a buy that is not wanted",    [(0, 10.0)],              {},            [0],      []),
    ("a buy of too little stays",   [(0, 10.0)],              {"AA": 0.15},  [],       [(0, 5.0)]),
    ("a buy of just enough stays",  [(0, 10.0)],              {"AA": 0.10},  [],       []),
    ("all buys of that asset",      [(0, 6.0), (0, 6.0)],     {"AA": 0.08},  [0, 1],   [(0, 8.0)]),
    ("not those of other assets",   [(0, 10.0), (1, 5.0)],    {"AA": 0.04, "BB": 0.10}, [0], [(0, 4.0)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "target", "withdrawn", "want"), [case[1:] for case in WITHDRAWS], ids=[case[0] for case in WITHDRAWS]
)
def test_a_target_withdraws_orders_that_it_would_have_to_undo(
    rows: list[tuple[int, float]], target: dict[str, float], withdrawn: list[int], want: list[tuple[int, float]]
) -> None:
    sent = waiting(*rows).decide(lambda ctx: ctx.target_weights(target), seq=1)
    assert kinds(sent) == ["CancelOrders"] * bool(withdrawn) + ["SubmitOrders"] * bool(want)
    if withdrawn:
        assert told(sent[0]) == told(cancels(*withdrawn))
    assert [order[:2] for order in asked(sent[bool(withdrawn) :])] == want


def test_a_target_that_keeps_the_others_leaves_their_orders_alone() -> None:
    actor = waiting((0, 10.0), (1, 5.0))
    sent = actor.decide(lambda ctx: ctx.target_weights({"BB": 0.02}, others="keep"), seq=1)
    assert told(sent[0]) == told(cancels(1))
    assert [order[:2] for order in asked(sent[1:])] == [(1, 1.0)]


def test_a_target_withdraws_a_sell_that_it_does_not_want_any_more() -> None:
    actor = waiting((0, -5.0), held=(10, 0, 0))
    sent = actor.decide(lambda ctx: ctx.order_target_percent("AA", 0.08), seq=1)
    # equity is 1100: 8 are wanted, 10 are held and 5 being sold
    assert told(sent[0]) == told(cancels(0))
    assert asked(sent[1:]) == [(0, -2.0, REDUCTION)]


def test_a_withdrawn_order_is_not_pending_any_more() -> None:
    actor = waiting((0, 10.0))
    actor.decide(lambda ctx: (ctx.target_weights({}), ctx.pending, ctx.open_orders), seq=1)
    assert actor.hooks.found[1].tolist() == [0.0, 0.0, 0.0]
    assert actor.hooks.found[2] == ()


# --- cancels and remarks ---------------------------------------------------------------------------------------


def test_an_open_order_is_canceled_once() -> None:
    actor = waiting((0, 10.0), (1, 5.0))

    def twice(ctx: Context) -> FloatArray:
        ctx.cancel(order_id(2, 1))
        ctx.cancel(order_id(2, 1))
        return ctx.pending

    sent = actor.decide(twice, seq=1)
    assert [told(message) for message in sent] == [told(cancels(1))]
    assert actor.hooks.found.tolist() == [10.0, 0.0, 0.0]
    assert actor.look(lambda ctx: ctx.open_orders) == (order_id(2, 0),)


def test_all_open_orders_are_canceled_in_their_order() -> None:
    sent = waiting((1, 5.0), (0, 10.0)).decide(lambda ctx: ctx.cancel_all(), seq=1)
    assert [told(message) for message in sent] == [told(cancels(0, 1))]


def test_without_open_orders_there_is_nothing_to_cancel() -> None:
    actor = Hooked()
    actor.see()
    assert actor.decide(lambda ctx: ctx.cancel_all()) == []


def test_a_cancel_makes_way_for_a_new_order_of_the_same_hook() -> None:
    actor = waiting((0, 10.0))

    def replace(ctx: Context) -> None:
        ctx.cancel_all()
        ctx.order_target("AA", 3)

    sent = actor.decide(replace, seq=1)
    assert kinds(sent) == ["CancelOrders", "SubmitOrders"]
    assert sent[0].precedence < sent[1].precedence
    assert asked(sent[1:]) == [(0, 3.0, 0.0)]


def test_remarks_carry_the_barrier_and_who_made_them() -> None:
    actor = Hooked()
    actor.see(3)

    def remark(ctx: Context) -> None:
        ctx.log("one")
        ctx.log(2)  # type: ignore[arg-type] # taken as text

    assert [told(message) for message in actor.decide(remark, seq=3)] == [
        {"seq": 3, "source": "mine", "text": "one"},
        {"seq": 3, "source": "mine", "text": "2"},
    ]


def test_what_a_hook_asked_for_is_sent_once() -> None:
    actor = Hooked()
    actor.see()

    def once(ctx: Context) -> None:
        ctx.order("AA", 1)
        ctx.log("once")

    assert kinds(actor.decide(once)) == ["LogWritten", "SubmitOrders"]
    assert actor.decide() == []
    assert actor.deliver(phase(Phase.DECIDE, 0, 0)) == []
