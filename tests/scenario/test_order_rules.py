"""Every row of the rules of orders, played on an account under each path policy that it names."""

import math

import pytest
from tests.scenario import (
    rules_brackets,
    rules_costs,
    rules_groups,
    rules_limits,
    rules_parity,
    rules_reduce,
    rules_replace,
    rules_stop_limits,
    rules_stops,
    rules_time_in_force,
    rules_trailing,
)
from tests.scenario.account import happens, play
from tests.scenario.rules import Asked, Met, Rule, Under, parse_rule, parse_table

from tidegate.core.enums import FillTiming, OrderKind, PathPolicy, TimeInForce
from tidegate.kernels.shortage import RANK
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.orders import Fills, OrdersCanceled

TABLES = {
    "limits": (
        rules_limits.BUY,
        rules_limits.SELL,
        rules_limits.THROUGH,
        rules_limits.TIMING,
        rules_limits.TOGETHER,
    ),
    "stops": (rules_stops.SELL, rules_stops.BUY, rules_stops.TOGETHER),
    "stop limits": (
        rules_stop_limits.SELL,
        rules_stop_limits.SELL_ABOVE,
        rules_stop_limits.BUY,
        rules_stop_limits.BUY_BELOW,
    ),
    "trailing": (
        rules_trailing.SELL,
        rules_trailing.SELL_PERCENT,
        rules_trailing.BUY,
        rules_trailing.NO_PRICE,
        rules_trailing.LIMITED,
    ),
    "time in force": (
        rules_time_in_force.ONE_BAR,
        rules_time_in_force.UNTIL,
        rules_time_in_force.FIRST_PRICE,
        rules_time_in_force.ON_OPEN,
        rules_time_in_force.ON_CLOSE,
    ),
    "groups": (rules_groups.EXITS, rules_groups.ENTRIES, rules_groups.FIRST, rules_groups.WINNERS),
    "brackets": (rules_brackets.ENTRY, rules_brackets.KINDS, rules_brackets.ENDED),
    "replace": (
        rules_replace.PRICES,
        rules_replace.QUANTITIES,
        rules_replace.PLACES,
        rules_replace.TIMES,
        rules_replace.REFUSED,
        rules_replace.CHILDREN,
    ),
    "reduce only": (rules_reduce.SELLS, rules_reduce.BUYS, rules_reduce.EXITS),
    "costs": (rules_costs.SLIPPAGE, rules_costs.POSITIONS, rules_costs.CASH, rules_costs.WHOLE_OR_NOT),
    "vectorbt": (rules_parity.VECTORBT,),
    "backtrader": (rules_parity.BACKTRADER,),
    "zipline": (rules_parity.ZIPLINE,),
    "LEAN": (rules_parity.LEAN,),
}
RULES = {name: [rule for table in tables for rule in parse_table(table)] for name, tables in TABLES.items()}
ROWS = [pytest.param(rule, id=f"{name}: {rule.text}") for name, rules in RULES.items() for rule in rules]


@pytest.mark.parametrize("rule", ROWS)
def test_an_order_does_what_its_row_says(rule: Rule) -> None:
    told = {policy.value: happens(rule, policy) for policy in rule.under.policies}
    assert told == {policy.value: rule.happens for policy in rule.under.policies}


ONE_POINT = (TimeInForce.IOC, TimeInForce.FOK, TimeInForce.ON_OPEN, TimeInForce.ON_CLOSE)


def test_the_tables_leave_no_corner_out() -> None:
    """Every kind on both sides: under each time in force it may have, and each path policy at each fill timing."""
    asked = [(order, rule.under) for rules in RULES.values() for rule in rules for order in rule.orders]
    kinds = [(kind, side) for kind in OrderKind for side in (1.0, -1.0)]
    lives = {
        (*kind, tif) for kind in kinds for tif in TimeInForce if kind[0] <= OrderKind.LIMIT or tif not in ONE_POINT
    }
    assert lives - {(order.kind, math.copysign(1.0, order.quantity), order.tif) for order, _ in asked} == set()
    met = {(*kind, policy, timing) for kind in kinds for policy in PathPolicy for timing in FillTiming}
    assert met - {
        (order.kind, math.copysign(1.0, order.quantity), policy, under.timing)
        for order, under in asked for policy in under.policies
    } == set()  # fmt: skip
    assert len(ROWS) >= 1_000


def test_no_two_rows_are_one_case() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)


def test_no_two_rows_of_a_case_speak_of_one_policy() -> None:
    asked = [
        (name, *rule.text.split(" | ")[:2], policy, rule.under.timing, rule.under.through, rule.under.hold,
         rule.under.cash, rule.under.slip, rule.under.fee, rule.under.shortage, rule.under.fractional)
        for name, rules in RULES.items() for rule in rules for policy in rule.under.policies
    ]  # fmt: skip
    assert len(set(asked)) == len(asked)


def test_a_row_is_read_as_it_is_written() -> None:
    rule = parse_rule(
        "sell 10 trail 10% limit 1 gtd 2 or buy 5 stop 95 after 3; buy 3 | [100, -] 100 101 94 97 , - | nearest through"
        " rank next_close slip 1% hold 4 | #1 rests, ambiguous 95/- in bar 1, #2 expired in bar 2"
    )
    assert rule.orders == (
        Asked(-10.0, OrderKind.TRAILING_STOP_LIMIT, TimeInForce.GTD, {"trail_pct": 0.1, "limit": 1.0}, 2.0, 1),
        Asked(5.0, OrderKind.STOP, TimeInForce.GTC, {"stop": 95.0}, 0.0, 1, 3),
        Asked(3.0, OrderKind.MARKET, TimeInForce.GTC, {}, 0.0, 0),
    )
    assert [order.plain for order in rule.orders] == [False, False, True]
    assert (len(rule.before), len(rule.bars), rule.bars[0]) == (2, 2, Met((100.0, 101.0, 94.0, 97.0)))
    assert rule.under == Under(
        (PathPolicy.NEAREST_TO_OPEN,), FillTiming.NEXT_CLOSE, RANK, through=True, slip=0.01, hold=4.0
    )
    assert rule.happens == ("#1 rests", "#2 expired in bar 2", "ambiguous 95/- in bar 1")


@pytest.mark.parametrize(
    "row",
    [
        "buy 10 limit 95 | 100 99 94 97 | any | rests",
        "buy 10 limit 95 | 100 | through | rests",
        "buy 10 limit 95 | 100 | any",
    ],
)
def test_a_row_that_says_nothing_or_cannot_be_is_a_mistake(row: str) -> None:
    with pytest.raises((AssertionError, ValueError), match=r"no bar|no path policy|not enough values"):
        parse_rule(row)


def test_a_fill_tells_its_price_before_slippage_and_before_its_limit() -> None:
    rule = parse_rule("buy 10 limit 95 | 94.5 96 94 95 | pessimistic slip 1% | filled 10 at 95 at open 1")
    (fills,) = (m for m in play(rule, PathPolicy.PESSIMISTIC).messages if isinstance(m, Fills))
    assert (fills.reference.tolist(), fills.price.tolist()) == ([94.5], [95.0])
    assert fills.slippage_micros.tolist() == [5_000_000]


def test_a_fok_order_that_is_taken_out_tells_the_need_of_its_round_and_the_cash() -> None:
    rule = parse_rule("buy 10 fok; buy 4 | 100 | pessimistic cash 500 | rests")
    (canceled,) = (m for m in play(rule, PathPolicy.PESSIMISTIC).messages if isinstance(m, OrdersCanceled))
    assert (canceled.measured.tolist(), canceled.limit.tolist()) == ([1400.0], [500.0])


def waiting(text: str) -> AccountSnapshot:
    """The account after the first of a row's bars."""
    rule = parse_rule(text)
    account = play(Rule(rule.text, (), rule.before, (), rule.under, ()), PathPolicy.PESSIMISTIC)
    account.accept(rule.orders)
    (first,) = rule.bars
    assert isinstance(first, Met)
    return account.bar(first)


def test_the_account_counts_market_orders_as_pending_and_plain_ones_as_waiting() -> None:
    snapshot = waiting("buy 10; buy 5 gtd 9; buy 3 limit 90; buy 2 stop 110 | - | pessimistic | rests")
    assert (snapshot.pending.tolist(), snapshot.waiting) == ([15.0], 1)
