"""Other parts from a barrier on: with what stands there, as if they had always been there and had done the same."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.recorded import DAYS, Busy, digest, market, session
from tests.unit.replay import turned
from tests.unit.replay.test_restoring import Counter, Silent, Telling

import tidegate as tg
from tidegate.core.errors import UserError
from tidegate.explain.comparison import Comparison, compare
from tidegate.explain.opening import Recorded
from tidegate.journal import Journal
from tidegate.messages.control import LogWritten
from tidegate.messages.orders import SubmitOrders
from tidegate.replay import Again, Given, record_again, record_from, run_again
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


def test_another_clock_goes_on(tmp_path: Path) -> None:
    path = made(tmp_path / "a.tgj")
    outcome = run_again(path, again({"clock": f"{HERE}:Steady"}), first=9)
    assert (outcome.difference, outcome.restored) == (None, 8)


def test_actors_beside_are_told_what_happened(tmp_path: Path) -> None:
    """Those that tell no state; both runs have their own."""

    def prepare(one: tg.Session) -> None:
        one.add(Counter(after=4))

    one = session(tmp_path / "a.tgj", section={"mode": "batch", "snapshots": 6})
    prepare(one)
    one.run()
    how = Again(Given(strategy=Busy(), source=market(), prepare=prepare), {"execution.commission.bps": "30"})
    assert record_from(tmp_path / "a.tgj", tmp_path / "b.tgj", how, first=11).difference is None
    with Journal.open(tmp_path / "b.tgj") as journal:
        said = [frame.message.text for frame in journal.frames() if isinstance(frame.message, LogWritten)]
    assert [text for text in said if text.startswith("account")] == [f"account {4 * n}" for n in range(1, 8)]


class Stopping(Busy):
    """Has the run stopped."""

    stop: Any = None

    def on_batch(self, ctx: tg.Context) -> None:
        """At its barrier."""
        super().on_batch(ctx)
        if ctx.barrier == 21 and self.stop is not None:
            self.stop("enough")


def test_a_run_that_was_stopped_ends_there_again(tmp_path: Path) -> None:
    strategy = Stopping()
    one = session(tmp_path / "a.tgj", strategy=strategy)
    strategy.stop = one.stop
    assert one.run().status == "interrupted"
    swap = {"execution.commission.bps": "30"}
    assert record_from(tmp_path / "a.tgj", tmp_path / "b.tgj", again(swap, Stopping()), first=11).difference is None
    with Journal.open(tmp_path / "b.tgj") as journal:
        assert journal.end.barrier == 21
        assert journal.seal is not None
        assert journal.seal.status == "interrupted"
    same = run_again(tmp_path / "a.tgj", again({"risk.rules": RULES}, Stopping()), first=11)
    assert same.difference is None
