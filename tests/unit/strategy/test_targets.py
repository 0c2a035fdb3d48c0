"""What is ordered to reach a target, and which of the orders that wait are withdrawn for it."""

import math
from typing import Any

import numpy as np
import pytest
from tests.unit.actors.letters import NAN, cancels, kinds, only, told
from tests.unit.strategy.asking import REDUCTION, Order, asked, waiting
from tests.unit.strategy.hooked import Action, Hooked

from tidegate.core.ids import order_id
from tidegate.messages.orders import OrdersDenied, SubmitOrders

# --- targets ---------------------------------------------------------------------------------------------------


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


def test_an_amount_closes_what_is_held_where_there_is_no_equity() -> None:
    actor = Hooked()
    actor.see(cash=-100.0, held=(10, 0, 0))
    assert asked(actor.decide(lambda ctx: ctx.order_target_value("AA", 5.0))) == [(0, -10.0, -math.inf)]


# --- a target and the order that waits -------------------------------------------------------------------------


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
