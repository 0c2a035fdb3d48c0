"""How the broker works when nothing is said, and what cannot be said."""

from typing import Any

import pytest
from pydantic import ValidationError

from tidegate.assembly import sizing_terms
from tidegate.config.broker import AccountConfig
from tidegate.config.loader import load_config
from tidegate.config.models import Config
from tidegate.core.enums import FillTiming, ShortageRule, Sizing
from tidegate.core.errors import ConfigError
from tidegate.kernels.terms import PLAIN_SIZING, SizingTerms


def test_the_defaults_decide_at_the_close_and_fill_at_the_next_open_without_costs() -> None:
    execution = Config().execution
    assert execution.fill is FillTiming.NEXT_OPEN
    assert execution.shortage is ShortageRule.SCALE
    assert execution.commission.model_dump() == {
        "bps": 0, "per_share": 0, "per_trade": 0, "minimum": 0, "cap_bps": None, "tiers": None,
        "per_contract": None, "maker_taker": None,
    }  # fmt: skip
    slippage = execution.slippage.model_dump()
    estimate = {"window": 20, "decay": None, "feature": None, "least": None, "default": None}
    assert slippage.pop("sigma") == slippage.pop("average_volume") == estimate
    assert not any(slippage.values())
    assert execution.sizing is Sizing.DECISION
    assert execution.min_trade.model_dump() == {"value": 0, "weight": 0}
    assert execution.cash_buffer.model_dump() == {"targets": 0, "floor": 0}
    assert execution.participation.model_dump() == {"pct": None, "remainder": "open", "zero_volume": "wait"}
    assert execution.tick == "refuse"


@pytest.mark.parametrize(
    ("participation", "told"),
    [
        ({"pct": 0},                "execution.participation.pct: got 0, want greater than 0"),
        ({"pct": 1.5},              "execution.participation.pct: got 1.5, want at most 1"),
        ({"pct": "2 %"},            "execution.participation.pct: got '2 %', want a number"),
        ({"remainder": "keep"},     "execution.participation.remainder: got 'keep', want one of open, cancel"),
        ({"zero_volume": "skip"},   "execution.participation.zero_volume: got 'skip', want one of wait, fill"),
        ({"percent": 0.1},          "execution.participation.percent: unknown key"),
    ],
)  # fmt: skip
def test_what_a_participation_cannot_be(participation: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config({"execution": {"participation": participation}})
    assert told in str(caught.value)


def test_an_account_is_paid_in_full_unless_it_is_on_margin() -> None:
    account = Config().account
    assert (account.kind, account.settlement, account.margin, account.rates) == ("cash", 0, None, {})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"margin": {"initial": 0.5}},                 "a cash account has no use for margin"),
        ({"borrow": {"rate": 0.1}},                    "no use for borrow"),
        ({"interest": {"debit": 0.1}},                 "no use for interest.debit"),
        ({"short_proceeds": "credited"},               "no use for short_proceeds"),
        ({"kind": "margin", "settlement": 2},          "settlement is for cash accounts"),
        ({"kind": "margin", "margin": {"initial": 0.2, "maintenance": 0.3}}, "maintenance 0.3 is above initial 0.2"),
        ({"kind": "margin", "margin": {"initial": 0.0}}, "greater than 0"),
        ({"rates": {"USD": "usd"}},                    "want other currencies than the account's USD"),
        ({"rates": {"euro": "eurusd"}},                "rates: euro"),
        ({"kind": "gross"},                            "'cash' or 'margin'"),
    ],
)  # fmt: skip
def test_an_account_that_makes_no_sense_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        AccountConfig.model_validate(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sizing": "fil"},                   "sizing: got 'fil', want one of decision, fill; did you mean 'fill'?"),
        ({"min_trade": 10.0},                 "min_trade: got 10.0, want a section (keys with values)"),
        ({"min_trade": {"value": -1.0}},      "min_trade.value: got -1.0, want at least 0"),
        ({"min_trade": {"value": "10"}},      "min_trade.value: got '10', want a number"),
        ({"min_trade": {"weight": 1.0}},      "min_trade.weight: got 1.0, want less than 1"),
        ({"min_trade": {"percent": 0.1}},     "min_trade.percent: unknown key; known here: value, weight"),
        ({"cash_buffer": 0.0025},             "cash_buffer: got 0.0025, want a section (keys with values)"),
        ({"cash_buffer": {"targets": -0.1}},  "cash_buffer.targets: got -0.1, want at least 0"),
        ({"cash_buffer": {"floor": 1}},       "cash_buffer.floor: got 1, want less than 1"),
        ({"cash_buffer": {"flor": 0.1}},      "cash_buffer.flor: unknown key; did you mean 'floor'?"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_of_targets_is_refused_with_what_is_wanted(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config({"execution": given})
    assert f"execution.{said}" in str(error.value)


def test_what_is_said_of_targets_reaches_those_who_size_them() -> None:
    said = {
        "sizing": "fill",
        "min_trade": {"value": 5, "weight": 0.001},
        "cash_buffer": {"targets": 0.25, "floor": 0.125},
    }
    assert sizing_terms(load_config({"execution": said})) == SizingTerms(True, 5.0, 0.001, 0.75, 0.125)
    assert sizing_terms(Config()) == PLAIN_SIZING
