"""Shorts: their levels, what of an order enters, limits on either side, halts, rules of the user's and their exits."""

from dataclasses import dataclass, field

import msgspec
import numpy as np
import pytest
from tests.unit.actors.letters import STRATEGY, batch, cancels, fills, only, orders, phase, plain, quantities, snapshot
from tests.unit.risk.guard import Guard, Refused, Says, bounds, let_through, quiet, refusals
from tests.unit.risk.test_conditional_orders import asked, numbers_of, seen

from tidegate.core.arrays import freeze
from tidegate.core.enums import OrderKind, Phase
from tidegate.core.errors import RequestError
from tidegate.core.ids import order_id
from tidegate.messages.base import Message
from tidegate.messages.orders import CancelOrders, OrdersApproved, SubmitOrders
from tidegate.messages.risk import TradingHalted
from tidegate.risk.rules import MaxGross, MaxWeight, RiskDecision, RiskRule, StopLoss, TakeProfit, TrailingStop

ALL_LEVELS = StopLoss(0.25), TakeProfit(0.5), TrailingStop(0.1)


def test_a_short_entry_is_answered_by_levels_on_its_other_side() -> None:
    guard = Guard(StopLoss(0.25), TakeProfit(0.5))
    stop, take, rule = guard.levels(quiet(0, 100.0), fills(0, (0, -10.0, 100.0), (1, 10.0, 100.0)))
    assert (stop, take, rule) == ([125.0, 75.0, None], [50.0, 150.0, None], ["stop_loss", "stop_loss", None])


def test_the_trail_of_a_short_follows_the_lows_of_bars_that_it_saw() -> None:
    guard = Guard(TrailingStop(0.5))
    assert guard.levels(quiet(0, 100.0), fills(0, (0, -10.0, 100.0)))[0] == [150.0, None, None]
    guard.deliver(batch(1, [90.0] * 3, high=[200.0] * 3, low=[80.0] * 3))
    assert guard.levels(phase(Phase.GUARD, 1))[0] == [120.0, None, None]
    assert guard.at_guard(2, batch(2, [90.0] * 3, low=[85.0] * 3)) == []


def test_a_position_that_turns_round_has_levels_of_its_new_side() -> None:
    guard = Guard(StopLoss(0.25))
    guard.deliver(quiet(0, 100.0), fills(0, (0, 10.0, 100.0)))
    stop, _, _ = guard.levels(quiet(1, 100.0), fills(1, (0, -10.0, 80.0), (0, -4.0, 80.0)))
    assert stop == [100.0, None, None]


@dataclass
class Case:
    """One request in an account that may be short; equity is 1000, marks are 10, 20 and 40."""

    what: str
    limits: list[RiskRule]
    asked: list[tuple[int, float]]
    approved: dict[int, float]
    refused: list[Refused] = field(default_factory=list)
    bounds: list[tuple[float | None, float | None]] = field(default_factory=list)
    held: tuple[float, ...] = (0, 0, 0)
    pending: tuple[float, ...] = (0, 0, 0)


TENTH, HALF = [MaxWeight(0.1)], [MaxGross(0.5)]
CASES = [
    Case("a short entry up to the limit passes", [*TENTH], [(0, -10.0)], {0: -10.0}),
    Case("what is above is trimmed", [*TENTH], [(0, -15.0)], {0: -10.0},
         [("trimmed", 0, -5.0, "MAX_WEIGHT")], [(0.15, 0.1)]),
    Case("or the order is denied", [MaxWeight(0.1, "deny")], [(0, -15.0)], {},
         [("denied", 0, -15.0, "MAX_WEIGHT")], [(0.15, 0.1)]),
    Case("buying back is no entry", [*TENTH], [(0, 25.0)], {0: 25.0}, held=(-30, 0, 0)),
    Case("of an order that crosses zero the entry is trimmed", [*TENTH], [(0, -45.0)], {0: -40.0},
         [("trimmed", 0, -5.0, "MAX_WEIGHT")], [(0.15, 0.1)], held=(30, 0, 0)),
    Case("and its reduction never denied", [MaxWeight(0.1, "deny")], [(0, -45.0)], {0: -30.0},
         [("trimmed", 0, -15.0, "MAX_WEIGHT")], [(0.15, 0.1)], held=(30, 0, 0)),
    Case("what is held short counts, and what is pending", [*TENTH], [(0, -10.0)], {0: -4.0},
         [("trimmed", 0, -6.0, "MAX_WEIGHT")], [(0.16, 0.1)], held=(-4, 0, 0), pending=(-2, 0, 0)),
    Case("buying back makes room, wherever it stands", [*TENTH], [(0, -5.0), (0, 5.0)], {0: -5.0, 1: 5.0},
         held=(-10, 0, 0)),
    Case("shorts count in gross", [*HALF], [(0, -30.0), (1, 20.0)], {0: -22.0, 1: 14.0},
         [("trimmed", 0, -8.0, "MAX_GROSS"), ("trimmed", 1, 6.0, "MAX_GROSS")], [(0.7, 0.5), (0.7, 0.5)]),
    Case("also those that are held", [*HALF], [(1, 20.0)], {0: 10.0},
         [("trimmed", 0, 10.0, "MAX_GROSS")], [(0.7, 0.5)], held=(-30, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_limits_hold_for_shorts(case: Case) -> None:
    guard = Guard(*case.limits, shorts=True)
    value = sum(units * price for units, price in zip(case.held, (10, 20, 40), strict=True))
    seen(guard, cash=1000.0 - value, held=case.held, pending=case.pending)
    answer = guard.deliver(orders(SubmitOrders, *case.asked))
    assert let_through(answer) == case.approved
    assert refusals(answer) == case.refused
    assert np.array(bounds(answer)).ravel().tolist() == pytest.approx(np.array(case.bounds).ravel().tolist())


def test_without_a_price_only_what_closes_goes_on() -> None:
    guard = Guard(MaxWeight(0.1), shorts=True)
    guard.deliver(quiet(0), snapshot(held=(0, 5, 0), mark=(10, 20, float("nan"))))
    answer = guard.deliver(orders(SubmitOrders, (2, -3.0)))
    assert refusals(answer) == [("denied", 0, -3.0, "NO_PRICE")]


def test_the_equity_that_limits_are_measured_at_counts_shorts_as_a_debt() -> None:
    guard = seen(Guard(MaxWeight(0.1), shorts=True), cash=1000.0, held=(-50, 0, 0))  # equity 500
    assert let_through(guard.deliver(orders(SubmitOrders, (1, 9.0)))) == {0: 2.0}


def test_a_conditional_short_sale_counts_and_what_only_reduces_reserves_nothing() -> None:
    guard = seen(Guard(MaxWeight(0.1), shorts=True), cash=950.0, held=(5, 0, 0))
    assert let_through(guard.deliver(asked(OrderKind.STOP, (0, -5.0), (1, -4.0)))) == {0: -5.0, 1: -4.0}
    assert let_through(guard.deliver(asked(OrderKind.LIMIT, (1, -4.0), first=2))) == {2: -1.0}
    seen(guard, 1, cash=950.0, held=(5, 0, 0))  # they are open still
    assert let_through(guard.deliver(orders(SubmitOrders, (0, 9.0), (1, -3.0), first=3))) == {3: 5.0}
    # What waits to be sold makes no room for what is bought, nor the other way round.
    assert let_through(guard.deliver(orders(SubmitOrders, (1, 9.0), first=5))) == {5: 5.0}


def test_a_conditional_order_that_crosses_zero_counts_whole_on_its_side() -> None:
    guard = seen(Guard(MaxWeight(0.1), shorts=True), cash=950.0, held=(5, 0, 0))
    assert let_through(guard.deliver(asked(OrderKind.STOP, (0, -30.0)))) == {0: -15.0}
    assert let_through(guard.deliver(orders(SubmitOrders, (0, -6.0), first=1))) == {1: -5.0}


def test_a_conditional_sale_that_was_taken_back_counts_no_more() -> None:
    guard = seen(Guard(MaxWeight(0.1), shorts=True))
    guard.deliver(asked(OrderKind.LIMIT, (0, -8.0)))
    guard.deliver(cancels(0))
    assert let_through(guard.deliver(orders(SubmitOrders, (0, -8.0), first=1))) == {1: -8.0}


def with_parent(sent: SubmitOrders, *parents: int) -> SubmitOrders:
    """The same, each after that order of the strategy's, -1 for none."""
    assert sent.terms is not None
    ids = [order_id(STRATEGY, parent) if parent >= 0 else 0 for parent in parents]
    return msgspec.structs.replace(sent, terms=msgspec.structs.replace(sent.terms, parent=freeze(np.array(ids))))


def test_what_takes_back_an_entry_of_the_same_message_is_no_entry() -> None:
    guard = seen(Guard(MaxWeight(0.1), shorts=True))
    entry_and_exits = with_parent(asked(OrderKind.LIMIT, (0, -8.0), (0, 8.0), (0, 8.0)), -1, 0, 0)
    assert let_through(guard.deliver(entry_and_exits)) == {0: -8.0, 1: 8.0, 2: 8.0}
    assert let_through(guard.deliver(orders(SubmitOrders, (0, 12.0), first=3))) == {3: 10.0}


def test_a_halt_cancels_entries_of_both_sides_that_wait_and_lets_exits_wait() -> None:
    guard = seen(Guard(Says({1: RiskDecision(halt="enough")}), shorts=True), cash=800.0, held=(10, 0, -1))
    guard.deliver(asked(OrderKind.LIMIT, (0, 8.0), (0, -10.0), (1, -2.0), (2, 1.0)))
    seen(guard, 1, cash=800.0, held=(10, 0, -1))
    halted, canceled = guard.deliver(phase(Phase.GUARD, 1))
    assert isinstance(halted, TradingHalted)
    assert isinstance(canceled, CancelOrders)
    assert numbers_of(canceled) == [0, 2]


def test_halted_trading_lets_reductions_of_both_sides_pass_and_cuts_what_crosses() -> None:
    guard = seen(Guard(Says({0: RiskDecision(halt="enough")}), shorts=True), cash=800.0, held=(10, 0, -5))
    guard.deliver(phase(Phase.GUARD, 0))
    answer = guard.deliver(orders(SubmitOrders, (0, -4.0), (2, 5.0), (1, -3.0), (0, -9.0)))
    assert let_through(answer) == {0: -4.0, 1: 5.0, 3: -6.0}
    assert refusals(answer) == [
        ("denied", 2, -3.0, "TRADING_HALTED"), ("trimmed", 3, -3.0, "TRADING_HALTED")
    ]  # fmt: skip


def verdict(*allowed: float) -> list[Message]:
    """What is said to a short sale, a buy of what is short, and a sell that crosses zero, all of 10 units."""
    guard = seen(Guard(Says(allows=RiskDecision(allowed=np.array(allowed))), shorts=True), held=(0, -10, 4))
    return guard.deliver(orders(SubmitOrders, (0, -10.0), (1, 10.0), (2, -10.0)))


@pytest.mark.parametrize(
    ("allowed", "left"),
    [
        ((-10.0, 10.0, -10.0), {0: -10.0, 1: 10.0, 2: -10.0}),
        ((-3.0, 2.0, -7.0),    {0: -3.0, 1: 10.0, 2: -7.0}),  # what closes always passes
        ((0.0, 0.0, 0.0),      {1: 10.0, 2: -4.0}),
    ],
)  # fmt: skip
def test_a_rule_of_the_users_cuts_entries_of_both_sides(allowed: tuple[float, ...], left: dict[int, float]) -> None:
    assert let_through(verdict(*allowed)) == left


@pytest.mark.parametrize("allowed", [(3.0, 10.0, -10.0), (-11.0, 10.0, -10.0), (-2.5, 10.0, -10.0)])
def test_what_a_rule_cannot_allow_of_a_short_sale_is_its_mistake(allowed: tuple[float, ...]) -> None:
    with pytest.raises(RequestError, match="allowed must"):
        verdict(*allowed)


def test_an_exit_buys_back_a_short_less_what_is_being_bought_already() -> None:
    rule = Says({1: RiskDecision(exits={"AA": "", "BB": "", "CC": ""})})
    guard = seen(Guard(rule, shorts=True), held=(-10, -6, 5))
    guard.deliver(fills(0, (0, -10.0, 10.0), (1, -6.0, 20.0), (2, 5.0, 40.0)))
    guard.deliver(orders(SubmitOrders, (0, 4.0), (1, 9.0), (2, -1.0)))
    seen(guard, 1, held=(-10, -6, 5), pending=(4, 9, -1))
    exits = only(guard.deliver(phase(Phase.GUARD, 1)), OrdersApproved)
    assert (exits.asset.tolist(), exits.quantity.tolist()) == ([0, 2], [6.0, -4.0])


def test_an_exit_that_waits_is_not_asked_for_again() -> None:
    guard = seen(Guard(Says(dict.fromkeys(range(3), RiskDecision(exits={"AA": ""}))), shorts=True), held=(-10, 0, 0))
    guard.deliver(fills(0, (0, -10.0, 10.0)))
    assert quantities(only(guard.deliver(phase(Phase.GUARD, 0)), OrdersApproved)) == {0: 10.0}
    seen(guard, 1, held=(-10, 0, 0))
    assert guard.deliver(phase(Phase.GUARD, 1)) == []


def test_rules_see_a_gain_of_a_short_where_the_price_fell() -> None:
    rule = Says()
    guard = Guard(rule, shorts=True)
    guard.deliver(quiet(0), fills(0, (0, -10.0, 10.0), (1, 2.0, 20.0)))
    seen(guard, 1, held=(-10, 2, 0), mark=(8, 25, 40))
    guard.deliver(phase(Phase.GUARD, 1))
    context = rule.seen[-1]
    assert plain(context.gain) == [pytest.approx(0.2), pytest.approx(0.25), None]
    assert plain(context.positions.quantity) == [-10.0, 2.0, 0.0]
    assert plain(context.held) == [True, True, False]
