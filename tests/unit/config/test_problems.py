"""Planted faults in a configuration, each with the exact line it must give."""

# ruff: noqa: E501 - a row of the tables is one case

import datetime
import fractions

import pytest

from tidegate.config.loader import load_config
from tidegate.config.problems import show
from tidegate.core.errors import ConfigError

RULES = "stop_loss, take_profit, trailing_stop, custom"
STRATEGY = {"use": "pkg.mod:Class"}
MOMENT = "want an ISO 8601 date or datetime, such as 2024-01-31 or 2024-01-31T14:30:00"
DURATION = "want whole numbers with units ns us ms s m h d w, such as 5m or 1h30m"

FAULTS: list[tuple[dict[object, object], str]] = [
    # unknown keys
    ({"execution": {"fil": "x"}}, "execution.fil: unknown key; did you mean 'fill'?"),
    ({"strateg": STRATEGY}, "strateg: unknown key; did you mean 'strategy'?"),
    ({"cash": 5}, "cash: unknown key; did you mean 'account.cash'?"),
    ({"run": {"zzz": 1}}, "run.zzz: unknown key; known here: name, seed, kernels, phase_timeout_s, max_supersteps, mailbox_limit"),
    ({1: 2}, "1: unknown key; known here: run, data, universe, strategy, risk, execution, account, record, journal"),
    ({"risk": {"rules": [{"stop_los": {"pct": 0.1}}]}}, "risk.rules.0.stop_los: unknown key; did you mean 'stop_loss'?"),
    ({"strategy": [STRATEGY, {**STRATEGY, "parms": {}}]}, "strategy.1.parms: unknown key; did you mean 'params'?"),
    ({"data": {"signals": {"colums": []}}}, "data.signals.colums: unknown key; did you mean 'columns'?"),
    # numbers outside their limits
    ({"account": {"cash": -5}}, "account.cash: got -5, want greater than 0"),
    ({"account": {"cash": 1e13}}, "account.cash: got 10000000000000.0, want at most 1e+12"),
    ({"account": {"cash": float("nan")}}, "account.cash: got nan, want a finite number"),
    ({"run": {"seed": -1}}, "run.seed: got -1, want at least 0"),
    ({"run": {"max_supersteps": 3}}, "run.max_supersteps: got 3, want at least 4"),
    ({"risk": {"rules": [{"stop_loss": {"pct": 5}}]}}, "risk.rules.0.stop_loss.pct: got 5, want less than 1 (a fraction: 5 % is 0.05)"),
    ({"execution": {"commission": {"bps": 10_000}}}, "execution.commission.bps: got 10000, want less than 10,000"),
    # wrong kinds
    ({"account": {"cash": "1,000"}}, "account.cash: got '1,000', want a number"),
    ({"account": {"cash": True}}, "account.cash: got true, want a number"),
    ({"account": {"fractional": "yes"}}, "account.fractional: got 'yes', want true or false"),
    ({"run": {"seed": 1.5}}, "run.seed: got 1.5, want a whole number"),
    ({"run": {"name": None}}, "run.name: got nothing, want text; put it in quotes"),
    ({"universe": {"assets": ["A", 7]}}, "universe.assets.1: got 7, want text; put it in quotes"),
    ({"universe": {"assets": "A"}}, "universe.assets: got 'A', want a list"),
    ({"risk": {"rules": {"stop_loss": {"pct": 0.1}}}}, "risk.rules: got keys stop_loss, want a list"),
    ({"execution": {"commission": 1.0}}, "execution.commission: got 1.0, want a section (keys with values)"),
    ({"execution": []}, "execution: got [], want a section (keys with values)"),
    ({"strategy": "pkg.mod:Class"}, "strategy: got 'pkg.mod:Class', want a section with use and params, or a list of those"),
    ({"strategy": {**STRATEGY, "params": [1]}}, "strategy.params: got [1], want a mapping of keys to values"),
    ({"data": {"prices": {"path": ""}}}, "data.prices.path: got '', want a path"),
    # words from a closed set
    ({"execution": {"fill": "next_opn"}}, "execution.fill: got 'next_opn', want one of next_open, same_close, next_close; did you mean 'next_open'?"),
    ({"execution": {"shortage": "none"}}, "execution.shortage: got 'none', want one of scale, rank, reject"),
    ({"run": {"kernels": "fast"}}, "run.kernels: got 'fast', want one of auto, compiled, interpreted"),
    ({"journal": {"mode": "full"}}, "journal.mode: got 'full', want one of off, barrier, batch"),
    ({"journal": {"mode": False}}, "journal.mode: got false, want one of off, barrier, batch"),
    # text of a form
    ({"run": {"name": "a/b"}}, "run.name: got 'a/b', want letters, digits, '.', '_' and '-', starting with a letter or digit"),
    ({"strategy": {"use": "TopN"}}, "strategy.use: got 'TopN', want 'module:Class', such as tidegate.strategy:TopN"),
    ({"strategy": {**STRATEGY, "name": "1x"}}, "strategy.name: got '1x', want letters, digits, '_' and '-', starting with a letter"),
    ({"account": {"currency": "usd"}}, "account.currency: got 'usd', want a code of 3 to 5 capital letters, such as USD"),
    ({"data": {"signals": {"lag": "5 minutes"}}}, f"data.signals.lag: got '5 minutes', {DURATION}"),
    ({"data": {"start": "2015-02-30"}}, f"data.start: got '2015-02-30', {MOMENT}"),
    # what must be there, and together
    ({"strategy": {"params": {}}}, "strategy.use: missing; want 'module:Class', such as tidegate.strategy:TopN"),
    ({"risk": {"limits": [{"max_weight": {}}]}}, "risk.limits.0.max_weight.pct: missing; want a number such as 0.05"),
    ({"data": {"prices": {"stamp": "start"}}}, "data.prices: stamp 'start' needs the bar's length: add bar, such as 5m"),
    ({"data": {"start": "2020-01-02", "end": "2020-01-01"}}, "data: start 2020-01-02 is after end 2020-01-01; want start at or before end"),
    ({"data": {"start": "2020-01-02T00:00:01", "end": "2020-01-02T00:00"}}, "data: start 2020-01-02T00:00:01 is after end 2020-01-02T00:00; want start at or before end"),
    ({"data": {"start": "2020-01-03T00:00", "end": "2020-01-02"}}, "data: start 2020-01-03T00:00 is after end 2020-01-02; want start at or before end"),
    ({"risk": {"rules": [{}]}}, f"risk.rules.0: got no keys, want exactly one rule to an item: {RULES}"),
    ({"risk": {"rules": [{"stop_loss": None}]}}, f"risk.rules.0: got keys stop_loss, want exactly one rule to an item: {RULES}"),
    ({"risk": {"limits": [{"max_weight": {"pct": 1}, "max_gross": {"pct": 1}}]}}, "risk.limits.0: got keys max_weight, max_gross, want exactly one limit to an item: max_weight, max_gross"),
    ({"strategy": {**STRATEGY, "params": {"a": [fractions.Fraction(1)]}}}, "strategy.params: a.0 is of type Fraction, want text, numbers, true, false, lists or mappings; make the strategy or rule in Python and pass the instance instead"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "line"), FAULTS, ids=[line.partition(": ")[0] for _, line in FAULTS])
def test_a_fault_gives_its_line(values: dict[str, object], line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(values)
    assert caught.value.problems == (f"config: {line}",)


def test_all_faults_of_a_configuration_come_at_once() -> None:
    values = {"account": {"cash": -5}, "execution": {"fil": 1}, "strategy": {}, "nonsense": {}}
    with pytest.raises(ConfigError) as caught:
        load_config(values)
    assert [line.split(": ")[1] for line in caught.value.problems] == [
        "strategy.use",
        "execution.fil",
        "account.cash",
        "nonsense",
    ]


def test_dates_and_ready_paths_are_taken_as_text() -> None:
    config = load_config({"data": {"start": datetime.date(2020, 1, 2), "end": "2020-01-02T16:00:00+01:00"}})
    assert config.data.start == "2020-01-02"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2020-01-02", "2020-01-02"),
        ("2020-01-02T09:30", "2020-01-02"),
        ("2020-01-02T23:59:59.999", "2020-01-02"),
        ("2020-01-02T20:00-05:00", "2020-01-03"),
        ("2020-01-02T09:30", "2020-01-02T09:30"),
        ("9999-12-31T12:00", "9999-12-31"),
    ],
)
def test_a_run_may_begin_on_the_day_on_which_it_ends(start: str, end: str) -> None:
    data = load_config({"data": {"start": start, "end": end}}).data
    assert (data.start, data.end) == (start, end)


@pytest.mark.parametrize(
    ("value", "text"), [(None, "nothing"), (True, "true"), ({}, "no keys"), ("x" * 80, "'" + "x" * 56 + "...")]
)
def test_values_are_shown_as_written_and_cut_where_long(value: object, text: str) -> None:
    assert show(value) == text
