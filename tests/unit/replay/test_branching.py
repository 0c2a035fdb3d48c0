"""Other parts from a barrier on: with what stands there, as if they had always been there and had done the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.recorded import DAYS, Busy, digest, market, session
from tests.unit.replay import turned
from tests.unit.replay.test_restoring import Silent, Telling

import tidegate as tg
from tidegate.core.enums import Phase
from tidegate.core.errors import UserError
from tidegate.explain.comparison import Comparison, compare
from tidegate.explain.opening import Recorded
from tidegate.journal import Journal
from tidegate.messages.orders import SubmitOrders
from tidegate.messages.risk import ProtectiveLevels
from tidegate.replay import Again, Given, record_again, record_from, run_again
from tidegate.results.folder import JOURNAL, read
from tidegate.verify import verify

HERE = "tests.unit.replay.turned"
RULES = "[{stop_loss: {pct: 0.04}}, {trailing_stop: {pct: 0.05}}]"  # as recorded


def made(
    path: Path, strategy: tg.Strategy | None = None, *, snapshots: int = 6, market_mode: str = "reference", **other: Any
) -> Path:
    """The journal of a whole run."""
    section = {"mode": "batch", "snapshots": snapshots, "market": market_mode}
    session(path, strategy=strategy or Busy(), section=section, **other).run()
    return path


def again(swaps: dict[str, str], recorded: tg.Strategy | None = None, out: Path | None = None) -> Again:
    """How it goes on."""
    return Again(Given(strategy=recorded or Busy(), source=market()), swaps, out=out)


def branch(path: Path, target: Path, first: int, how: Again) -> Path:
    """The journal of what goes on from a barrier; it is checked, and does again what it did."""
    outcome = record_from(path, target, how, first=first)
    assert outcome.difference is None
    assert outcome.restored == first - 1
    report = verify(target, source=market())
    assert not report.findings.found, [str(one) for one in report.findings.found]
    return target


def differences(path: Path, target: Path) -> Comparison:
    """What the two journals differ in."""
    with Recorded(path) as a, Recorded(target) as b:
        return compare(a, b)


@pytest.mark.parametrize("strategy", [Telling, Silent])
@pytest.mark.parametrize("snapshots", [0, 1, 6])
@pytest.mark.parametrize("first", [1, 6, 7, 17, DAYS - 1])
def test_the_same_parts_change_nothing(tmp_path: Path, strategy: Any, snapshots: int, first: int) -> None:
    path = made(tmp_path / "a.tgj", strategy(), snapshots=snapshots)
    same = again({"risk.rules": RULES}, strategy())
    outcome = run_again(path, same, first=first)
    assert (outcome.difference, outcome.restored) == (None, first - 1)
    target = branch(path, tmp_path / "b.tgj", first, again({"risk.rules": RULES}, strategy()))
    assert digest(target) == digest(path)
    found = differences(path, target)
    assert (found.first, found.shared, found.effect.gap) == (None, first, None)
    assert [key.key for key in found.headers] == ["shared"]


BEGINS = [
    # swap                               first orders from barrier 18 on
    ({"strategy": f"{HERE}:Paced"},      [(20, 1.0), (25, 1.0)]),  # as it went on
    ({"risk.rules": "[]"},               [(20, 1.0), (25, 1.0)]),
    ({"strategy.params.units": "3"},     [(18, 3.0), (23, 3.0)]),  # anew
]  # fmt: skip


@pytest.mark.parametrize(("swap", "orders"), BEGINS)
def test_a_strategy_keeps_its_state_if_it_is_the_same(
    tmp_path: Path, swap: dict[str, str], orders: list[tuple[int, float]]
) -> None:
    """Class and parameters; another begins anew."""
    config = {"strategy": {"use": f"{HERE}:Paced"}, "journal": {"mode": "off"}}
    tg.Session(config=config, source=market(), journal=tmp_path / "a.tgj", progress=False).run()
    target = tmp_path / "b.tgj"
    record_from(tmp_path / "a.tgj", target, Again(Given(source=market()), swap), first=18)
    with Journal.open(target) as journal:
        found = [
            (frame.barrier, float(frame.message.quantity[0]))
            for frame in journal.frames(18)
            if isinstance(frame.message, SubmitOrders)
        ]
    assert found[:2] == orders


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_who_does_otherwise_from_a_barrier_on_may_begin_there(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the same journal, record by record, as if it had been there from the first barrier."""
    first = data.draw(st.integers(1, DAYS - 1), "first")
    snapshots = data.draw(st.sampled_from([0, 1, 4, 7]), "snapshots")
    mode = data.draw(st.sampled_from(["reference", "value"]), "market")
    use = data.draw(st.sampled_from(["Turned", "Counted"]), "strategy")
    folder = tmp_path_factory.mktemp("drawn")
    monkeypatch.setattr(turned.Turned, "at", first)
    path = made(folder / "a.tgj", turned.Started(), snapshots=snapshots, market_mode=mode)
    swap = {"strategy": f"{HERE}:{use}"}
    target = branch(path, folder / "b.tgj", first, again(swap, turned.Started()))
    record_again(path, folder / "whole.tgj", again(swap, turned.Started()))
    assert digest(target) == digest(folder / "whole.tgj")
    outcome = run_again(path, again(swap, turned.Started()), first=first)
    found = differences(path, target).first
    assert (outcome.difference is None) == (found is None)
    if outcome.difference is not None and found is not None:
        assert (outcome.difference.barrier, outcome.difference.type) == (found.barrier, found.type)
        assert outcome.difference.barrier >= first


def test_it_is_so_on_finer_bars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turned.Turned, "at", 9)
    swap, source = {"strategy": f"{HERE}:Turned"}, market(finer=True)
    session(tmp_path / "a.tgj", source, turned.Started(), section={"mode": "batch", "snapshots": 6}).run()
    for target in ("b.tgj", "whole.tgj"):
        how = Again(Given(strategy=turned.Started(), source=market(finer=True)), swap)
        if target == "b.tgj":
            record_from(tmp_path / "a.tgj", tmp_path / target, how, first=9)
        else:
            record_again(tmp_path / "a.tgj", tmp_path / target, how)
    assert digest(tmp_path / "b.tgj") == digest(tmp_path / "whole.tgj")


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
        path = made(tmp_path / f"{name}.tgj", turned.Greedy(), config={"risk": rules})
        out = tmp_path / name
        record_from(path, out / JOURNAL, again(NEAR, turned.Greedy(), out), first=first)
        assert not verify(out / JOURNAL, source=market()).findings.found
        outcome = run_again(out / JOURNAL, again({}, turned.Greedy()))
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


def test_what_goes_on_can_be_made_again(tmp_path: Path) -> None:
    """From where it began, or from later; not from before, and not with yet other parts."""
    path = made(tmp_path / "a.tgj", turned.Started())
    swap = {"strategy": f"{HERE}:Turned", "risk.rules": "[{stop_loss: {pct: 0.02}}]"}
    target = branch(path, tmp_path / "b.tgj", 8, again(swap, turned.Started()))
    for first in (-1, 3, 8, 20):
        outcome = run_again(target, Again(Given(source=market())), first=first)
        assert (outcome.difference, outcome.restored) == (None, 7)
    with pytest.raises(UserError, match="the journal's first 8 barriers are another run's, with other parts"):
        run_again(target, again({"execution.commission.bps": "1"}), first=12)
    with Recorded(target) as run:
        assert run.header.shared is not None
        assert run.header.shared.barrier == 8


def test_nothing_of_other_parts_is_needed_at_the_first_barrier(tmp_path: Path) -> None:
    path = made(tmp_path / "a.tgj")
    swap = {"strategy": f"{HERE}:Turned"}
    outcome = run_again(path, again(swap), first=0)
    assert outcome.restored == -1
    assert outcome.difference is not None
    assert outcome.difference.barrier == 0
