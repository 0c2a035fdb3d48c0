"""Traps that other engines have fallen into, where they concern orders; each test is named for its trap."""

import pytest
from tests.scenario.account import Account, happens
from tests.scenario.rules import Met, parse_orders, parse_rule

from tidegate.core.enums import PathPolicy
from tidegate.messages.orders import OrdersAccepted, OrdersRejected

POLICIES = list(PathPolicy)


def told(orders: str, bars: str, under: str, policy: PathPolicy) -> tuple[str, ...]:
    return happens(parse_rule(f"{orders} | {bars} | {policy.value} {under} | rests"), policy)


@pytest.mark.parametrize("policy", POLICIES)
def test_stop_limit_orders_that_never_fill(policy: PathPolicy) -> None:
    for order, bars, fill in (
        ("sell 10 stop 95 limit 94", "100 101 90 91", "95 in bar 1"),  # the way down passes both
        ("sell 10 stop 95 limit 94", "94.5 96 94 95", "94.5 at open 1"),  # a gap between both
        ("sell 10 stop 95 limit 94", "90 93 89 91 , 92 95 91 93", "94 in bar 2"),  # a gap over both, made good later
        ("sell 10 stop 95 limit 97", "100 101 94 98", "97 in bar 1"),  # a limit that asks for a bounce
        ("sell 10 stop 95 limit 97", "96 96 94 96 , 98", "98 at open 2"),  # one that comes a bar later
        ("buy 10 stop 105 limit 106", "100 110 99 109", "105 in bar 1"),
        ("buy 10 stop 105 limit 106", "110 111 107 109 , 108 109 105 107", "106 in bar 2"),
        ("buy 10 stop 105 limit 103", "100 106 99 102", "103 in bar 1"),
        ("sell 10 trail 5 limit 1", "93 93.5 90 92 , 96", "96 at open 2"),
    ):
        assert told(order, bars, "", policy) == (f"#1 filled 10 at {fill}",)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("timing", ["next_open", "next_close", "same_close"])
def test_limits_tested_against_the_bar_in_which_they_were_placed(timing: str, policy: PathPolicy) -> None:
    for order in ("buy 10 limit 95", "sell 10 limit 105", "sell 10 stop 95", "buy 10 stop 105", "buy 10 trail 5"):
        assert told(order, "[100 120 80 100] 100", timing, policy) == ("#1 rests",)
    assert told("buy 10 limit 95", "[100 120 80 94] 96 97 95.5 96", timing, policy) == ("#1 rests",)
    assert told("buy 10 limit 95", "[100 120 80 94] 96 97 95 96", timing, policy) == ("#1 filled 10 at 95 in bar 1",)
    # Nor is it met by that close where another order is.
    assert "#1 rests" in told("buy 10 limit 95; buy 1 on_close", "[100 120 80 94] 96 97 95.5 96", timing, policy)


@pytest.mark.parametrize("policy", POLICIES)
def test_limits_that_answer_a_fill_at_the_open_and_are_tested_against_the_rest_of_that_bar(policy: PathPolicy) -> None:
    account = Account(parse_rule("buy 4 | 100 | any | rests"), policy)
    account.bar(Met((100.0,) * 4))
    account.accept(tuple(parse_orders("buy 4")), first_id=0)
    assert account.open((100.0, 120.0, 80.0, 100.0))
    account.accept(tuple(parse_orders("buy 10 limit 95 day; sell 4 limit 105; sell 4 stop 95 gtd 0")))
    account.rest()
    assert account.phrases == ["#0 filled 4 at 100 at open 1"]
    account.bar(Met((100.0, 101.0, 99.0, 100.0)))
    account.end()
    assert account.phrases[1:] == ["#3 expired in bar 1", "#1 expired in bar 1", "#2 rests"]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_trailing_level_raised_by_a_bars_high_and_then_tested_against_that_bars_open(policy: PathPolicy) -> None:
    # The high of 110 makes 105 of the level, which lies above the open of 100: a stop there cannot go at that open.
    (first, *_) = told("sell 10 trail 5", "100 110 100 110", "", policy)
    assert first in ("#1 filled 10 at 105 in bar 1", "#1 rests")
    # The same level is tested against the next bar's open.
    assert told("sell 10 trail 5", "106 110 105.5 108 , 104 106 103 105", "", policy) == (
        "#1 filled 10 at 104 at open 2",
    )
    assert told("buy 10 trail 5", "94 94.5 90 92 , 96 97 94 95", "", policy) == ("#1 filled 10 at 96 at open 2",)


@pytest.mark.parametrize("policy", POLICIES)
def test_bracket_exits_alive_before_the_entry(policy: PathPolicy) -> None:
    bracket = "buy 10 limit 95; sell 10 limit 105 after 1 or sell 10 stop 90 after 1"
    # The units held already are not the entry's: a bar that passes both levels leaves them alone.
    assert told(bracket, "100 106 96 100", "hold 10", policy) == ("#1 rests", "#2 rests", "#3 rests")
    # Nor is the bar within which the entry filled: whether it came to the levels before or after is not known.
    assert told(bracket, "100 106 89 100", "", policy) == ("#1 filled 10 at 95 in bar 1", "#2 rests", "#3 rests")


def test_rejected_orders_that_still_consume_shadow_cash() -> None:
    for orders, bars, under, filled in (
        ("buy 100 limit 100 fok; buy 10", "100", "cash 1000", "#2 filled 10 at 100 at open 1"),
        ("buy 100; buy 10", "100", "reject cash 1000", "#2 filled 10 at 100 at open 1"),
        ("buy 10 trail 5; buy 10", "[-] 100", "cash 1000", "#2 filled 10 at 100 at open 1"),
        ("sell 10; buy 10", "100", "hold 0 cash 1000", "#2 filled 10 at 100 at open 1"),
        ("buy 10 limit 90; buy 10", "100 101 91 100", "cash 1000", "#2 filled 10 at 100 at open 1"),
    ):
        assert filled in told(orders, bars, under, PathPolicy.PESSIMISTIC)


def test_a_rejected_sell_reserves_nothing_of_the_position() -> None:
    rule = parse_rule("sell 4 | 100 | pessimistic hold 10 | rests")
    account = Account(rule, PathPolicy.PESSIMISTIC)
    account.accept(tuple(parse_orders("sell 11; sell 10")))
    assert [type(message) for message in account.messages] == [OrdersRejected, OrdersAccepted]
    account.bar(Met((100.0,) * 4))
    assert account.phrases == ["#1 rejected SHORT_NOT_ALLOWED", "#2 filled 10 at 100 at open 1"]
