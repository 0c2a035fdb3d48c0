"""What a rule may be told, and what a rule that says nothing does."""

from collections.abc import Callable

import pytest
from tests.unit.actors.letters import fills, orders, snapshot
from tests.unit.risk.guard import Guard, let_through, quiet

from tidegate.core.errors import ConfigError
from tidegate.messages.orders import SubmitOrders
from tidegate.risk.rules import (
    MaxGross,
    MaxWeight,
    RiskDecision,
    RiskRule,
    StopLoss,
    TakeProfit,
    TrailingStop,
    rule_name,
)

NAN, INF = float("nan"), float("inf")
REFUSED: list[tuple[Callable[[float], RiskRule], float, str]] = [
    # rule        pct    said
    (StopLoss,     0.0,  "stop_loss: pct is 0.0, want more than 0 and less than 1.0"),
    (StopLoss,     1.0,  "stop_loss: pct is 1.0"),
    (StopLoss,    -0.1,  "stop_loss: pct is -0.1"),
    (StopLoss,     NAN,  "stop_loss: pct is nan"),
    (TrailingStop, 0.0,  "trailing_stop: pct is 0.0"),
    (TrailingStop, 1.0,  "trailing_stop: pct is 1.0"),
    (TakeProfit,   0.0,  "take_profit: pct is 0.0, want more than 0 and less than inf"),
    (TakeProfit,   INF,  "take_profit: pct is inf"),
    (TakeProfit,   NAN,  "take_profit: pct is nan"),
    (MaxWeight,    0.0,  "max_weight: pct is 0.0 and action 'trim', want more than 0 and trim or deny"),
    (MaxWeight,    NAN,  "max_weight: pct is nan"),
    (MaxGross,    -1.0,  "max_gross: pct is -1.0"),
]  # fmt: skip
TAKEN: list[tuple[Callable[[float], RiskRule], float]] = [
    (StopLoss, 0.999),
    (TrailingStop, 1e-6),
    (TakeProfit, 3.0),
    (MaxWeight, 1.5),
    (MaxGross, 2.0),
]


@pytest.mark.parametrize(("rule", "pct", "said"), REFUSED)
def test_an_impossible_fraction_is_refused_by_rule_and_value(
    rule: Callable[[float], RiskRule], pct: float, said: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        rule(pct)
    assert said in str(raised.value)


@pytest.mark.parametrize(("rule", "pct"), TAKEN)
def test_any_possible_fraction_is_kept_as_it_is(rule: Callable[[float], RiskRule], pct: float) -> None:
    assert vars(rule(pct))["pct"] == pct


@pytest.mark.parametrize("rule", [MaxWeight, MaxGross])
def test_a_limit_trims_or_denies_and_nothing_else(rule: Callable[..., RiskRule]) -> None:
    assert [vars(rule(0.1))["action"], vars(rule(0.1, "deny"))["action"]] == ["trim", "deny"]
    with pytest.raises(ConfigError, match="action 'cut'"):
        rule(0.1, "cut")


class Nameless(RiskRule): ...


class Named(RiskRule):
    name = "sector"


def test_a_rule_goes_by_its_name_or_else_by_its_class() -> None:
    built_in = StopLoss(0.1), TakeProfit(0.1), TrailingStop(0.1), MaxWeight(0.1), MaxGross(0.1)
    assert [rule_name(rule) for rule in (*built_in, Named(), Nameless())] == [
        "stop_loss",
        "take_profit",
        "trailing_stop",
        "max_weight",
        "max_gross",
        "sector",
        "Nameless",
    ]


def test_a_rule_that_overrides_nothing_changes_nothing() -> None:
    guard = Guard(Nameless())
    assert guard.at_guard(0, quiet(0), fills(0, (0, 5.0, 10.0)), snapshot()) == []
    assert let_through(guard.deliver(orders(SubmitOrders, (0, 3.0), (1, -2.0)))) == {0: 3.0, 1: -2.0}


def test_a_decision_asks_for_nothing_by_default_and_shares_nothing() -> None:
    one, other = RiskDecision(), RiskDecision()
    assert (dict(one.exits), one.allowed, one.text, one.halt) == ({}, None, "", "")
    assert one.exits is not other.exits
