"""Single settings laid over a configuration."""

# ruff: noqa: E501 - a row of the tables is one case

from pathlib import Path
from typing import Any

import pytest

from tidegate.config.loader import load_config
from tidegate.config.models import Config
from tidegate.core.errors import ConfigError

BASE: dict[str, Any] = {
    "strategy": {"use": "a:B", "params": {"n": 1}},
    "risk": {"rules": [{"stop_loss": {"pct": 0.05}}, {"take_profit": {"pct": 0.2}}]},
    "data": {"start": "2020-01-01"},
}

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    # override                                        what it changes in the loaded configuration
    ("account.cash=5000", {"account.cash": 5000.0}),
    ("account.cash=1_000", {"account.cash": 1000.0}),
    ("execution.slippage.bps=1e-1", {"execution.slippage.bps": 0.1}),
    ("journal.mode=off", {"journal.mode": "off"}),
    ("account.fractional=true", {"account.fractional": True}),
    ("data.start=2021-05-01", {"data.start": "2021-05-01"}),
    ("data.start=", {"data.start": None}),
    ("data.signals.columns=[a, b]", {"data.signals.columns": ("a", "b")}),
    ("strategy.params.n=25", {"strategy.params": {"n": 25}}),
    ("strategy.params.new={a: [1, x=y]}", {"strategy.params": {"n": 1, "new": {"a": [1, "x=y"]}}}),
    ("risk.rules.1.take_profit.pct=0.3", {"risk.rules.1.take_profit.pct": 0.3, "risk.rules.0.stop_loss.pct": 0.05}),
    ("risk.rules.0={trailing_stop: {pct: 0.1}}", {"risk.rules.0.trailing_stop.pct": 0.1, "risk.rules.0.stop_loss": None}),
    ("risk.rules=[{stop_loss: {pct: 0.07}}]", {"risk.rules.0.stop_loss.pct": 0.07}),
    (" account . cash = 7 ", {"account.cash": 7.0}),
]  # fmt: skip


def value_at(config: Config, path: str) -> object:
    here: Any = config
    for key in path.split("."):
        here = here[int(key)] if key.isdecimal() else getattr(here, key)
    return here


@pytest.mark.parametrize(("text", "changes"), SETTINGS)
def test_an_override_sets_its_value_and_nothing_else(text: str, changes: dict[str, Any]) -> None:
    config = load_config(BASE, [text])
    assert {path: value_at(config, path) for path in changes} == changes
    untouched = set(Config.model_fields) - {path.partition(".")[0] for path in changes}
    assert all(getattr(config, section) == getattr(load_config(BASE), section) for section in untouched)


def test_the_last_of_several_overrides_stands() -> None:
    assert load_config(None, ["account.cash=1", "account={cash: 2, currency: EUR}"]).account.cash == 2
    config = load_config(None, ["account={cash: 2, currency: EUR}", "account.cash=1"])
    assert (config.account.cash, config.account.currency) == (1, "EUR")


def test_overrides_make_the_sections_that_are_missing() -> None:
    assert (
        load_config(None, ["strategy.use=a:B", "strategy.params.n=3"]).strategy
        == load_config({"strategy": {"use": "a:B", "params": {"n": 3}}}).strategy
    )


def test_overrides_reach_into_a_ready_configuration() -> None:
    ready = load_config(BASE)
    assert load_config(ready, ["risk.rules.0.stop_loss.pct=0.1"]) == load_config(
        BASE, ["risk.rules.0.stop_loss.pct=0.1"]
    )
    assert load_config(Config(), ["strategy.use=a:B"]) == load_config({"strategy": {"use": "a:B"}})
    assert ready == load_config(BASE)


FAULTS = [
    # override                        line
    ("account.cash", "override 'account.cash': want key.path=value, such as account.cash=50000"),
    ("=5", "override '=5': want key.path=value, such as account.cash=50000"),
    ("account..cash=5", "override 'account..cash=5': want key.path=value, such as account.cash=50000"),
    ("risk.rules=[{a: 1}", "override 'risk.rules=[{a: 1}': value: line 1, column 8: not YAML: expected ',' or ']', but got '<stream end>'"),
    ("risk.rules.2.stop_loss.pct=0.1", "override 'risk.rules.2.stop_loss.pct=0.1': risk.rules is a list of 2; got item '2', want 0 to 1"),
    ("risk.rules.first=1", "override 'risk.rules.first=1': risk.rules is a list of 2; got item 'first', want 0 to 1"),
    ("strategy.use.x=1", "override 'strategy.use.x=1': strategy.use is 'a:B', not a section with keys of its own"),
    ("account.cash=-1", "override 'account.cash=-1': account.cash: got -1, want greater than 0"),
    ("execution={fil: 1}", "override 'execution={fil: 1}': execution.fil: unknown key; did you mean 'fill'?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), FAULTS)
def test_a_fault_of_an_override_names_the_override(text: str, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(BASE, [text])
    assert caught.value.problems == (line,)


def test_an_index_into_an_empty_list_says_how_to_give_the_whole() -> None:
    with pytest.raises(
        ConfigError, match=r"is a list of 0; got item '0', want the whole list, as in risk\.rules=\[\.\.\.\]"
    ):
        load_config({"risk": {"rules": []}}, ["risk.rules.0.stop_loss.pct=0.1"])


def test_faults_of_the_file_and_of_overrides_come_together(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("account: {cash: 5, currency: usd}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path, ["nonsense", "account.cash=0"])
    assert [line.partition(": ")[0] for line in caught.value.problems] == [
        "override 'nonsense'",
        "override 'account.cash=0'",
        str(path),
    ]
