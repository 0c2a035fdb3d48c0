"""Other rules, limits and costs from a barrier on: what they know of the time before, and what they change."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.recorded import DAYS, digest, market
from tests.unit.replay import turned
from tests.unit.replay.test_branching import HERE, again, branch, differences, made

from tidegate.core.enums import Phase
from tidegate.journal import Journal
from tidegate.messages.risk import ProtectiveLevels
from tidegate.replay import record_again, record_from, run_again
from tidegate.results.folder import JOURNAL, read
from tidegate.verify import verify


def test_a_rule_of_the_users_may_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it was told to remember of positions is the risk manager's; what it counts itself begins anew."""
    config = {"risk": {"rules": [{"custom": {"use": f"{HERE}:Lenient"}}, {"stop_loss": {"pct": 0.2}}]}}
    swap = {"risk.rules": f"[{{custom: {{use: '{HERE}:Strict'}}}}, {{stop_loss: {{pct: 0.2}}}}]"}
    path = made(tmp_path / "a.tgj", config=config)
    for first in (5, 14, 21):
        monkeypatch.setattr(turned.Strict, "at", first)
        target = branch(path, tmp_path / f"b{first}.tgj", first, again(swap))
        record_again(path, tmp_path / f"whole{first}.tgj", again(swap))
        assert digest(target) == digest(tmp_path / f"whole{first}.tgj")
        found = differences(path, target).first
        assert found is not None
        assert found.barrier >= first


ROOT = {"slippage": {"square_root": {"coefficient": 0.1}}}
CHANGES = [
    # recorded with                              from the barrier on
    ({},                                         {"execution.commission.bps": "20"}),
    ({},                                         {"execution.slippage.bps": "5"}),
    ({},                                         {"execution.slippage.fixed": "0.01"}),
    ({"commission": {"tiers": {"steps": [{"at_least": 1e4, "bps": 3}]}}},
                                                 {"execution.commission.tiers.steps": "[{at_least: 20000, bps: 2}]"}),
    ({"commission": {"tiers": {"steps": [{"at_least": 1e4, "bps": 3}]}}},
                                                 {"execution.commission.tiers": "null"}),
    (ROOT,                                       {"execution.slippage.square_root.coefficient": "0.9"}),
    (ROOT,                                       {"execution.slippage.square_root": "null"}),
    (ROOT,                                       {"execution.slippage.half_spread": "{bps: 4}"}),
    ({"slippage": {"half_spread": {"bps": 3}}},  {"execution.slippage.half_spread.bps": "9"}),
    ({},                                         {"execution.slippage.square_root": "{coefficient: 0.1}"}),
    ({},                                         {"execution.slippage.volume_share": "{factor: 0.9}"}),
    ({},                                         {"execution.slippage.volatility": "{factor: 0.3}",
                                                  "execution.slippage.sigma": "{decay: 0.8}"}),
    ({},                                         {"execution.slippage.almgren_chriss": "{permanent: 90.0}",
                                                  "execution.slippage.sigma": "{window: 4}"}),
    (ROOT,                                       {"execution.slippage.sigma": "{window: 4}"}),
    (ROOT,                                       {"execution.slippage.volatility": "{factor: 0.3}"}),
    ({"slippage": {"volatility": {"factor": 0.2}}},
                                                 {"execution.slippage.square_root": "{coefficient: 0.1}"}),
    ({},                                         {"execution.shortage": "rank"}),
    ({},                                         {"execution.participation.pct": "0.00002"}),
    ({},                                         {"execution.cash_buffer.floor": "0.3"}),
    ({},                                         {"execution.min_trade.value": "5000"}),
    ({},                                         {"execution.path": "optimistic"}),
    ({},                                         {"risk.limits": "[{max_weight: {pct: 0.1}}]"}),
    ({},                                         {"risk.rules": "[{stop_loss: {pct: 0.01}}]"}),
]  # fmt: skip


@pytest.mark.parametrize(("execution", "swap"), CHANGES)
def test_other_settings_are_as_if_they_had_always_been(
    tmp_path: Path, execution: dict[str, Any], swap: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing was traded before, nothing but the settings can tell; and they do change something."""
    first = 10
    monkeypatch.setattr(turned.Late, "at", first)
    path = made(tmp_path / "a.tgj", turned.Late(), config={"execution": execution})
    target = branch(path, tmp_path / "b.tgj", first, again(swap, turned.Late()))
    record_again(path, tmp_path / "whole.tgj", again(swap, turned.Late()))
    assert digest(target) == digest(tmp_path / "whole.tgj")
    assert digest(target) != digest(path)


@pytest.mark.parametrize(("execution", "swap"), CHANGES)
@pytest.mark.parametrize("first", [9, 16])
def test_other_settings_meet_what_stands(
    tmp_path: Path, execution: dict[str, Any], swap: dict[str, str], first: int
) -> None:
    """Positions are held and orders wait: what follows is checked, and is told by both ways of comparing."""
    path = made(tmp_path / "a.tgj", turned.Greedy(), config={"execution": execution})
    target = branch(path, tmp_path / "b.tgj", first, again(swap, turned.Greedy()))
    found, outcome = differences(path, target), run_again(path, again(swap, turned.Greedy()), first=first)
    assert found.first is not None
    assert outcome.difference is not None
    assert (outcome.difference.barrier, outcome.difference.type) == (found.first.barrier, found.first.type)
    assert found.shared == first <= found.first.barrier


def test_a_rule_that_stays_keeps_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turned.Late, "at", 10)
    rules = [{"stop_loss": {"pct": 0.2}}, {"custom": {"use": f"{HERE}:Fortnightly"}}]
    swap = {"risk.rules": f"[{{custom: {{use: '{HERE}:Fortnightly'}}}}, {{stop_loss: {{pct: 0.02}}}}]"}
    path = made(tmp_path / "a.tgj", turned.Late(), config={"risk": {"rules": rules}})
    target = branch(path, tmp_path / "b.tgj", 10, again(swap, turned.Late()))
    record_again(path, tmp_path / "whole.tgj", again(swap, turned.Late()))
    assert digest(target) == digest(tmp_path / "whole.tgj")


def test_what_was_traded_before_counts(tmp_path: Path) -> None:
    """For tiers, if it was counted in the same way."""
    never = {"commission": {"tiers": {"steps": [{"at_least": 1e9, "bps": 3}]}}}
    path, out = made(tmp_path / "a.tgj", config={"execution": never}), tmp_path / "b"
    swap = {"execution.commission.tiers.steps": "[{at_least: 20000, bps: 50}]"}
    record_from(path, out / JOURNAL, again(swap, out=out), first=12)
    result = read(out)
    since = result.equity["timestamp"][12]
    paid = result.fills.filter(result.fills["timestamp"] >= since)["commission"]
    assert paid[0] > 0
    assert result.fills["commission"].sum() == paid.sum()


def test_costs_are_others_from_the_barrier_on(tmp_path: Path) -> None:
    path, first = made(tmp_path / "a.tgj"), 12
    out = tmp_path / "b"
    record_from(path, out / JOURNAL, again({"execution.commission.bps": "20"}, out=out), first=first)
    result = read(out)
    fills = result.fills.with_columns(result.fills["commission"].alias("paid"))
    barrier = dict(zip(result.equity["timestamp"], range(DAYS), strict=True))
    paid = [(barrier[at], value) for at, value in zip(fills["timestamp"], fills["paid"], strict=True)]
    assert {value > 0 for at, value in paid if at < first} == {False}
    assert {value > 0 for at, value in paid if at >= first} == {True}
    assert result.journal is not None
    assert result.journal["shared"] == first


NEAR = {
    "risk.rules": "[{stop_loss: {pct: 0.03}}, {trailing_stop: {pct: 0.04}}]",
    "risk.limits": "[{max_weight: {pct: 0.12}}]",
}


@pytest.mark.parametrize("risk", [
    {}, {"rules": [{"take_profit": {"pct": 9.0}}]}, {"limits": [{"max_gross": {"pct": 50.0}}]},
])  # fmt: skip
@pytest.mark.parametrize("first", [4, 9, 18])
def test_rules_know_what_happened_before_them(tmp_path: Path, risk: dict[str, Any], first: int) -> None:
    """Whether the recorded risk manager followed positions and orders, or nobody did: fills are the same."""
    everything = {"rules": [{"take_profit": {"pct": 9.0}}], "limits": [{"max_gross": {"pct": 50.0}}]}
    fills = []
    for name, rules in (("known", everything), ("shown", risk)):
        path = made(tmp_path / f"{name}.tgj", turned.Waiting(), config={"risk": rules})
        out = tmp_path / name
        record_from(path, out / JOURNAL, again(NEAR, turned.Waiting(), out), first=first)
        assert not verify(out / JOURNAL, source=market()).findings.found
        outcome = run_again(out / JOURNAL, again({}, turned.Waiting()))
        assert (outcome.difference, outcome.restored) == (None, first - 1)
        fills.append(read(out).fills)
    assert fills[0].equals(fills[1])
    assert {"stop_loss", "trailing_stop"} & set(fills[0]["tag"].to_list())


def test_levels_of_rules_that_are_gone_are_gone(tmp_path: Path) -> None:
    path, first = made(tmp_path / "a.tgj"), 9
    out = tmp_path / "b"
    record_from(path, out / JOURNAL, again({"risk.rules": "[]", "risk.limits": "[]"}, out=out), first=first)
    assert not verify(out / JOURNAL, source=market()).findings.found
    with Journal.open(out / JOURNAL) as journal:
        said = next(frame for frame in journal.frames(first) if frame.type == ProtectiveLevels.__name__)
        assert (said.barrier, said.phase) == (first, Phase.ADVANCE)
        levels = said.message
        assert isinstance(levels, ProtectiveLevels)
        assert np.isnan(levels.stop).all()
    result = read(out)
    barrier = dict(zip(result.equity["timestamp"], range(DAYS), strict=True))
    exits = [
        barrier[at]
        for at, tag in zip(result.fills["timestamp"], result.fills["tag"], strict=True)
        if tag in ("stop_loss", "trailing_stop")
    ]
    assert exits
    assert max(exits) < first
