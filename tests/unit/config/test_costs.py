# ruff: noqa: E501  (one case to a row, as wide as it is)
"""What can be said about costs, and how what cannot is refused."""

from typing import Any

import pytest

from tidegate.config.loader import load_config
from tidegate.core.errors import ConfigError

EVERYTHING: dict[str, Any] = {
    "commission": {
        "bps": 1.0,
        "tiers": {"by": "units", "steps": [{"at_least": 0, "per_share": 0.0035}, {"at_least": 300_000, "bps": 0.5}]},
        "per_contract": 1.25,
        "maker_taker": {"maker_bps": -0.2, "taker_bps": 0.3, "maker_per_share": -0.002, "taker_per_share": 0.003},
    },
    "slippage": {
        "half_spread": {"bps": 1.5, "bid": "bid", "ask": "ask"},
        "volume_share": {"factor": 0.1, "cap": 0.025},
        "volatility": {"factor": 0.1},
        "square_root": {"coefficient": 0.8},
        "almgren_chriss": {"temporary": 0.14, "permanent": 0.31},
        "sigma": {"decay": 0.94, "default": 0.02},
        "average_volume": {"window": 21, "least": 5},
    },
}


def test_all_models_can_be_given_at_once_and_are_kept_as_written() -> None:
    execution = load_config({"execution": EVERYTHING}).execution
    kept = {"commission": execution.commission, "slippage": execution.slippage}
    for section, model in kept.items():
        written = model.model_dump(exclude_unset=True)
        assert {**written, "tiers": None} == {**EVERYTHING[section], "tiers": None}
    tiers = execution.commission.tiers
    assert tiers is not None
    assert [(step.at_least, step.bps, step.per_share) for step in tiers.steps] == [(0, 0, 0.0035), (300_000, 0.5, 0)]


BAD = [
    # section       what is said                                               the problem
    ("commission",  {"per_contract": -1},                                      "per_contract: got -1, want at least 0"),
    ("commission",  {"maker_taker": {"maker_bps": -10_000}},                   "maker_taker.maker_bps: got -10000, want greater than -10,000"),
    ("commission",  {"maker_taker": {"taker": 1}},                             "maker_taker.taker: unknown key"),
    ("commission",  {"maker_taker": {"taker_bps": "1"}},                       "maker_taker.taker_bps: got '1', want a number"),
    ("commission",  {"tiers": {"by": "trades", "steps": [{"at_least": 0}]}},   "tiers.by: got 'trades', want one of value, units"),
    ("commission",  {"tiers": {"by": "value"}},                                "tiers.steps: missing"),
    ("commission",  {"tiers": {"steps": []}},                                  "want at least one of steps"),
    ("commission",  {"tiers": {"steps": [{"bps": 1.0}]}},                      "tiers.steps.0.at_least: missing"),
    ("commission",  {"tiers": {"steps": [{"at_least": 5}, {"at_least": 5}]}},  "want steps whose at_least rises from one to the next"),
    ("commission",  {"tiers": {"steps": [{"at_least": 0, "bps": -1.0}]}},      "tiers.steps.0.bps: got -1.0, want at least 0"),
    ("slippage",    {"half_spread": {"bid": "b"}},                             "want both of bid and ask, or neither"),
    ("slippage",    {"half_spread": {"bps": -1}},                              "half_spread.bps: got -1, want at least 0"),
    ("slippage",    {"half_spread": 1.0},                                      "half_spread: got 1.0, want a section"),
    ("slippage",    {"volume_share": {}},                                      "volume_share.factor: missing"),
    ("slippage",    {"volume_share": {"factor": 0.1, "cap": 0}},               "volume_share.cap: got 0, want greater than 0"),
    ("slippage",    {"volume_share": {"factor": 0.1, "cap": 1.5}},             "volume_share.cap: got 1.5, want at most 1"),
    ("slippage",    {"volatility": {"factor": -0.1}},                          "volatility.factor: got -0.1, want at least 0"),
    ("slippage",    {"square_root": {"factor": 0.1}},                          "square_root.factor: unknown key"),
    ("slippage",    {"square_root": {"coefficient": float("nan")}},            "square_root.coefficient: got nan, want a finite number"),
    ("slippage",    {"almgren_chriss": {"permanent": -1}},                     "almgren_chriss.permanent: got -1, want at least 0"),
    ("slippage",    {"sigma": {}},                                             "want exactly one of window, decay, feature"),
    ("slippage",    {"sigma": {"window": 5, "decay": 0.9}},                    "want exactly one of window, decay, feature"),
    ("slippage",    {"sigma": {"window": 1}},                                  "sigma.window: got 1, want at least 2"),
    ("slippage",    {"sigma": {"window": 5.5}},                                "sigma.window: got 5.5, want a whole number"),
    ("slippage",    {"sigma": {"decay": 1.0}},                                 "sigma.decay: got 1.0, want less than 1"),
    ("slippage",    {"sigma": {"window": 5, "least": 6}},                      "want least at most the window of 5"),
    ("slippage",    {"sigma": {"feature": "s", "least": 3}},                   "want no least beside a feature"),
    ("slippage",    {"average_volume": {"window": 5, "default": 0}},           "average_volume.default: got 0, want greater than 0"),
    ("slippage",    {"volume_shares": {"factor": 0.1}},                        "volume_shares: unknown key; did you mean 'volume_share'?"),
]  # fmt: skip


@pytest.mark.parametrize(("section", "said", "problem"), BAD)
def test_what_makes_no_sense_is_refused_in_words(section: str, said: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config({"execution": {section: said}})
    assert any(problem in line for line in refused.value.problems), refused.value.problems
    assert all(line.startswith(f"config: execution.{section}") for line in refused.value.problems)
