"""The risk manager's moments: levels after fills, exits and halts at GUARD and DECIDE."""

import numpy as np
import pytest
from tests.unit.actors.letters import (
    NAN,
    batch,
    fills,
    kinds,
    only,
    orders,
    phase,
    plain,
    snapshot,
    told,
)
from tests.unit.risk.guard import Guard, Says, holding, let_through, quiet, refusals

from tidegate.core.enums import FillPoint, Phase
from tidegate.core.errors import RequestError
from tidegate.core.ids import RISK_SENDER, order_id
from tidegate.messages.base import Message
from tidegate.messages.orders import OrdersApproved, OrdersDenied, SubmitOrders
from tidegate.messages.risk import TradingHalted
from tidegate.risk.rules import MaxGross, MaxWeight, RiskDecision, RiskRule, StopLoss, TakeProfit, TrailingStop

# --- levels ----------------------------------------------------------------------------------------------------


def entered(*rules: RiskRule, point: FillPoint = FillPoint.OPEN) -> tuple[Guard, list[Message]]:
    """A guard after 10 of AA were bought at 100 in barrier 0, and what it said to that."""
    guard = Guard(*rules)
    guard.deliver(batch(0, [100.0, 20.0, 40.0], high=[130.0, 20.0, 40.0]))
    return guard, guard.deliver(fills(0, (0, 10.0, 100.0), point=point))


Levels = tuple[float | None, float | None, str | None]
LOSS, TRAIL = "stop_loss", "trailing_stop"
RULES: list[tuple[str, list[RiskRule], Levels]] = [
    # what                               rules                                          stop  take   stop's rule
    ("a stop below the average",         [StopLoss(0.25)],                              (75.0, None, LOSS)),
    ("a profit level above it",          [TakeProfit(0.5)],                             (None, 150.0, None)),
    ("a trail below the best price",     [TrailingStop(0.5)],                           (50.0, None, TRAIL)),
    ("the higher of two stops: loss",    [StopLoss(0.25), TrailingStop(0.5)],           (75.0, None, LOSS)),
    ("the higher of two stops: trail",   [StopLoss(0.5), TrailingStop(0.25)],           (75.0, None, TRAIL)),
    ("equal stops are the stop loss's",  [TrailingStop(0.25), StopLoss(0.25)],          (75.0, None, LOSS)),
    ("the tightest of one kind",         [StopLoss(0.5), StopLoss(0.25), StopLoss(0.375)], (75.0, None, LOSS)),
    ("all three",                        [TakeProfit(0.5), TrailingStop(0.5), StopLoss(0.25)], (75.0, 150.0, LOSS)),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "want"), [case[1:] for case in RULES], ids=[case[0] for case in RULES])
def test_an_entry_is_answered_by_its_levels(rules: list[RiskRule], want: Levels) -> None:
    guard = Guard(*rules)
    stop, take, rule = guard.levels(quiet(0, 100.0), fills(0, (0, 10.0, 100.0)))
    assert (stop, take, rule) == ([want[0], None, None], [want[1], None, None], [want[2], None, None])


def test_levels_without_rules_for_them_are_never_sent() -> None:
    guard, said = entered(Says(), MaxWeight(0.5))
    assert said == []
    assert guard.at_guard(0) == []


@pytest.mark.parametrize(
    ("point", "answered"), [(FillPoint.OPEN, True), (FillPoint.BAR, False), (FillPoint.CLOSE, True)]
)
def test_only_an_entry_at_an_end_of_the_bar_is_answered_at_once(point: FillPoint, answered: bool) -> None:
    _, said = entered(StopLoss(0.25), point=point)
    assert kinds(said) == (["ProtectiveLevels"] if answered else [])


def test_levels_are_sent_only_when_one_has_changed() -> None:
    guard, _ = entered(StopLoss(0.25))
    assert guard.at_guard(0) == []
    assert guard.at_guard(1, quiet(1, 100.0)) == []
    # an entry of another asset changes its level alone
    stop, _, _ = guard.levels(quiet(2, 100.0), fills(2, (1, 1.0, 20.0)))
    assert stop == [75.0, 15.0, None]
    assert guard.at_guard(2) == []


def test_a_closed_position_has_its_levels_taken_back_at_guard() -> None:
    guard, _ = entered(StopLoss(0.25), TakeProfit(0.5))
    assert guard.deliver(quiet(1, 100.0), fills(1, (0, -10.0, 70.0))) == []
    said = guard.at_guard(1)
    assert kinds(said) == ["ProtectiveLevels"]
    assert (told(said[0])["stop"], told(said[0])["take"]) == ([None] * 3, [None] * 3)


def test_a_partial_exit_leaves_the_levels_where_they_are() -> None:
    guard, _ = entered(StopLoss(0.25), TrailingStop(0.5))
    guard.at_guard(0)
    assert guard.at_guard(1, quiet(1, 100.0), fills(1, (0, -4.0, 120.0))) == []


def test_an_addition_moves_the_levels_to_the_new_average() -> None:
    guard, _ = entered(StopLoss(0.25), TakeProfit(0.5))
    stop, take, _ = guard.levels(quiet(1, 100.0), fills(1, (0, 30.0, 140.0)))
    assert (stop[0], take[0]) == (97.5, 195.0)


def test_an_exit_and_an_entry_at_one_open_are_answered_together() -> None:
    guard, _ = entered(StopLoss(0.25))
    stop, _, _ = guard.levels(quiet(1, 100.0), fills(1, (0, -10.0, 70.0), (1, 5.0, 20.0)))
    assert stop == [None, 15.0, None]


TRAILS: list[tuple[FillPoint, list[float], list[float]]] = [
    # entered at      highs of barriers 0, 1, ...   stops known after each; the entry is at 100, the trail 50 %
    (FillPoint.OPEN,  [130.0, 120.0, 140.0],        [65.0, 65.0, 70.0]),
    (FillPoint.CLOSE, [130.0, 120.0, 140.0],        [50.0, 60.0, 70.0]),
    (FillPoint.CLOSE, [130.0, 90.0, 95.0],          [50.0, 50.0, 50.0]),
    (FillPoint.OPEN,  [130.0, NAN, 160.0],          [65.0, 65.0, 80.0]),
]  # fmt: skip


@pytest.mark.parametrize(("point", "highs", "want"), TRAILS)
def test_the_trail_follows_the_highs_of_bars_that_the_position_saw(
    point: FillPoint, highs: list[float], want: list[float]
) -> None:
    guard = Guard(TrailingStop(0.5))
    known: list[float | None] = []
    for seq, high in enumerate(highs):
        messages = guard.deliver(batch(seq, [100.0, 20.0, 40.0], high=[high, 20.0, 40.0]))
        if seq == 0:
            messages += guard.deliver(fills(0, (0, 10.0, 100.0), point=point))
        messages += guard.at_guard(seq)
        stops = [told(message)["stop"][0] for message in messages]
        known.append(stops[-1] if stops else known[-1])
    assert known == want


def test_a_trail_begins_anew_with_a_new_position() -> None:
    guard, _ = entered(TrailingStop(0.5))
    guard.at_guard(0)
    stop, _, _ = guard.levels(quiet(1, 90.0), fills(1, (0, -10.0, 90.0), (0, 10.0, 90.0)))
    assert stop[0] == 45.0


# --- exits and halts of the user's rules -----------------------------------------------------------------------


EXITS: list[tuple[str, RiskDecision, dict[int, float]]] = [
    ("by name", RiskDecision(exits={"BB": "old"}), {1: -5.0}),
    ("by column", RiskDecision(exits={0: "old"}), {0: -10.0}),
    ("in order of columns", RiskDecision(exits={"BB": "old", "AA": "old"}), {0: -10.0, 1: -5.0}),
    ("only what is held", RiskDecision(exits={"CC": "old", "AA": "old"}), {0: -10.0}),
    ("named twice, sold once", RiskDecision(exits={"AA": "old", 0: "old"}), {0: -10.0}),  # type: ignore[arg-type] # two kinds of key
    ("nothing is held", RiskDecision(exits={"CC": "old"}), {}),
]


@pytest.mark.parametrize(("decision", "sold"), [case[1:] for case in EXITS], ids=[case[0] for case in EXITS])
def test_an_exit_sells_the_whole_position(decision: RiskDecision, sold: dict[int, float]) -> None:
    said = holding(Says({0: decision})).at_guard(0)
    assert kinds(said) == (["OrdersApproved"] if sold else [])
    for message in said:
        assert isinstance(message, OrdersApproved)
        assert dict(zip(message.asset.tolist(), message.quantity.tolist(), strict=True)) == sold
        assert message.priority.tolist() == [-np.inf] * len(sold)
        assert message.tags == ("says",) * len(sold)


def test_exits_are_numbered_as_the_risk_managers_own() -> None:
    guard = holding(Says({0: RiskDecision(exits={"AA": ""}), 1: RiskDecision(exits={"BB": ""})}))
    first = only(guard.at_guard(0), OrdersApproved)
    second = only(guard.at_guard(1, quiet(1)), OrdersApproved)
    ids = [*first.order_id.tolist(), *second.order_id.tolist()]
    assert ids == [order_id(RISK_SENDER, count) for count in range(2)]


def test_an_exit_that_waits_is_not_asked_for_again() -> None:
    guard = holding(Says(dict.fromkeys(range(3), RiskDecision(exits={"AA": ""}))))
    only(guard.at_guard(0), OrdersApproved)
    assert guard.at_guard(1, quiet(1), snapshot(1, cash=800.0, held=(10, 5, 0), pending=(-10, 0, 0))) == []


def test_guard_is_asked_once_a_barrier() -> None:
    guard = holding(Says({0: RiskDecision(exits={"AA": ""})}))
    assert guard.deliver(phase(Phase.GUARD, 0, step=1)) == []
    only(guard.at_guard(0), OrdersApproved)


def test_an_exit_of_an_asset_that_is_not_there_is_the_rules_mistake() -> None:
    with pytest.raises(RequestError, match=r"asset 'AAA' is not among the 3.*did you mean 'AA'"):
        holding(Says({0: RiskDecision(exits={"AAA": ""})})).at_guard(0)


def test_an_exit_makes_room_for_entries_of_the_same_barrier() -> None:
    guard = holding(Says({0: RiskDecision(exits={"AA": ""})}), MaxGross(0.2))
    assert let_through(guard.deliver(orders(SubmitOrders, (2, 2.0)))) == {}
    guard.at_guard(0)
    assert let_through(guard.deliver(orders(SubmitOrders, (2, 2.0), first=1))) == {1: 2.0}


def test_an_exit_does_not_sell_what_is_being_sold_already() -> None:
    guard = holding(MaxGross(9.0), Says({1: RiskDecision(exits={"AA": "", "BB": ""})}))
    guard.deliver(orders(SubmitOrders, (0, -4.0), (1, -5.0)))
    guard.deliver(quiet(1), snapshot(1, cash=800.0, held=(10, 5, 0), pending=(-4, -5, 0)))
    sold = only(guard.at_guard(1), OrdersApproved)
    assert (sold.asset.tolist(), sold.quantity.tolist()) == ([0], [-6.0])


def test_an_exit_sells_what_is_held_at_that_moment() -> None:
    guard = holding(Says({1: RiskDecision(exits={"AA": ""})}))
    guard.at_guard(0)
    sold = only(guard.at_guard(1, quiet(1), fills(1, (0, -4.0, 10.0))), OrdersApproved)
    assert sold.quantity.tolist() == [-6.0]


def test_a_halt_is_said_once_with_rule_and_reason() -> None:
    guard = holding(Says({0: RiskDecision(halt="drawdown"), 1: RiskDecision(halt="again")}))
    halted = only(guard.at_guard(0), TradingHalted)
    assert (halted.seq, halted.rule, halted.text) == (0, "says", "drawdown")
    assert guard.at_guard(1, quiet(1)) == []


def test_halted_trading_denies_entries_and_lets_reductions_pass() -> None:
    guard = holding(Says({0: RiskDecision(halt="drawdown", exits={"BB": ""})}))
    assert kinds(guard.at_guard(0)) == ["OrdersApproved", "TradingHalted"]
    answer = guard.deliver(orders(SubmitOrders, (0, 5.0), (0, -5.0), (2, 1.0)))
    assert refusals(answer) == [("denied", 0, 5.0, "TRADING_HALTED"), ("denied", 2, 1.0, "TRADING_HALTED")]
    assert let_through(answer) == {1: -5.0}
    denied = only(answer, OrdersDenied)
    assert denied.texts == ("says: drawdown",) * 2
    assert (plain(denied.measured), plain(denied.limit)) == ([None, None], [None, None])


def test_a_halt_at_validation_holds_for_the_request_that_brought_it() -> None:
    guard = holding(Says(allows=RiskDecision(halt="spread")))
    answer = guard.deliver(orders(SubmitOrders, (0, 5.0), (1, -2.0)))
    assert only(answer, TradingHalted).text == "spread"
    assert refusals(answer) == [("denied", 0, 5.0, "TRADING_HALTED")]
    assert let_through(answer) == {1: -2.0}
    assert kinds(guard.deliver(orders(SubmitOrders, (2, 1.0), first=2))) == ["OrdersDenied"]


MISPLACED: list[tuple[str, Says, str]] = [
    ("exits", Says(allows=RiskDecision(exits={"AA": ""})), "validate gives `exits`, which are for check_exits"),
    ("allowed", Says({0: RiskDecision(allowed=np.ones(1))}), "check_exits gives `allowed`, which is for validate"),
]


@pytest.mark.parametrize(("rule", "said"), [case[1:] for case in MISPLACED], ids=[case[0] for case in MISPLACED])
def test_what_a_moment_cannot_carry_out_is_the_rules_mistake(rule: Says, said: str) -> None:
    guard = holding(rule)
    with pytest.raises(RequestError, match=f"rule says: {said}"):
        guard.deliver(orders(SubmitOrders, (0, 1.0))) if rule.allows else guard.at_guard(0)
