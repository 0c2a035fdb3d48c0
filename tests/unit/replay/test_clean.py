"""What is deterministic replays without alarm, however it was recorded and however it is run."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from tests.unit.recorded import Busy, Idle, Patient, market, record, session

from tidegate import Strategy, TopN
from tidegate.core.enums import Phase
from tidegate.journal import Journal
from tidegate.replay import Again, Given, record_again, replay, run_again
from tidegate.verify import verify

STRATEGIES: dict[str, Any] = {
    "busy": Busy,
    "patient": Patient,
    "idle": Idle,
    "top": lambda: TopN(2, 3, 0.9, "score"),
    "two": lambda: (Busy(), TopN(2, 3, 0.4, "score")),
}
CONFIGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "close": {"execution": {"fill": "same_close", "commission": {"bps": 2.0}}},
    "margin": {"account": {"cash": 50_000, "kind": "margin"}, "execution": {"slippage": {"bps": 3.0}}},
}
RUNS = list(itertools.product(STRATEGIES, CONFIGS, ("value", "reference")))


@pytest.mark.parametrize(("strategy", "config", "kind"), RUNS)
def test_a_run_repeats_itself(strategy: str, config: str, kind: str, tmp_path: Path) -> None:
    path, number = tmp_path / "run.tgj", RUNS.index((strategy, config, kind))
    make: Any = STRATEGIES[strategy]
    data: dict[str, Any] = {"finer": number % 2 == 0, "chunk_rows": 7 if number % 3 else None, "seed": number}
    section = {"mode": "barrier" if number % 4 == 0 else "batch", "market": kind}
    record(path, market(**data), make(), section=section, config=CONFIGS[config])
    source = market(**data) if kind == "reference" else None
    assert replay(path, given=Given(strategy=make(), source=source)) is None
    if number % 3 == 0:
        assert replay(path, shuffle_seed=number, given=Given(strategy=make(), source=source)) is None
    if number % 3 == 1:
        assert run_again(path, Again(Given(strategy=make(), source=source)), first=13).difference is None


@pytest.mark.parametrize("kind", ["value", "reference"])
def test_a_run_recorded_again_is_the_same_to_the_byte(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "run.tgj"
    record(path, section={"mode": "batch", "market": kind})
    source = market() if kind == "reference" else None
    record_again(path, tmp_path / "again.tgj", Again(Given(strategy=Busy(), source=source)))
    assert (tmp_path / "again.tgj").read_bytes() == path.read_bytes()


class Failing(Busy):
    """Raises, unless told not to."""

    def __init__(self, at: int = 11) -> None:
        self.at = at

    def on_batch(self, ctx: Any) -> None:
        """At one barrier."""
        super().on_batch(ctx)
        if ctx.barrier == self.at:
            raise RuntimeError("as it must")


def test_a_run_that_failed_fails_again(tmp_path: Path) -> None:
    path = tmp_path / "run.tgj"
    with pytest.raises(Exception, match="as it must"):
        record(path, strategy=Failing())
    assert replay(path, given=Given(strategy=Failing(), source=market())) is None
    found = replay(path, given=Given(strategy=Failing(99), source=market()))
    assert found is not None
    assert (found.barrier, found.expected) == (11, "the end of the run (failed)"), found


@pytest.mark.parametrize("left", [1.0, 0.9, 0.5])
def test_records_are_counted_as_verify_counts_them(left: float, tmp_path: Path) -> None:
    path = tmp_path / "run.tgj"
    record(path, section={"mode": "barrier", "market": "value"})
    stored = path.read_bytes()
    path.write_bytes(stored[: int(left * len(stored))])
    outcome = run_again(path, Again(Given(strategy=Busy())))
    assert outcome.difference is None
    report = verify(path)
    assert (outcome.records, outcome.barriers) == (report.records, report.barriers)
    with Journal.open(path) as journal:
        assert report.records == len(list(journal.records()))


class Stopping(Strategy):
    """Has the session stopped from outside, as a signal would."""

    def __init__(self, at: int, phase: str) -> None:
        self.at, self.phase = at, phase
        self.stop: Any = None

    def on_batch(self, ctx: Any) -> None:
        """In DECIDE, of one barrier."""
        if ctx.barrier % 3 == 0:
            ctx.order("A", 5)
        if ctx.barrier == self.at and self.phase == "DECIDE" and self.stop:
            self.stop("enough")

    def on_fill(self, ctx: Any, fills: Any) -> None:
        """In FILL."""
        if ctx.barrier == self.at and self.phase == "FILL" and self.stop:
            self.stop("enough")


@pytest.mark.parametrize(("at", "phase"), [(9, "DECIDE"), (10, "FILL"), (-1, "")])
def test_a_run_that_was_stopped_is_stopped_again_in_the_same_place(at: int, phase: str, tmp_path: Path) -> None:
    path, strategy = tmp_path / "run.tgj", Stopping(at, phase)
    run = session(path, strategy=strategy)
    strategy.stop = run.stop
    if at < 0:
        run.stop("enough")
    assert run.run().status == "interrupted"
    with Journal.open(path) as journal:
        assert journal.seal is not None
        assert journal.end.barrier == at
    assert replay(path, given=Given(strategy=Stopping(at, phase), source=market())) is None


def test_a_journal_that_was_cut_is_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "run.tgj"
    record(path, section={"mode": "barrier"})
    with Journal.open(path) as journal:
        sizes = [block.end for block in journal.blocks()]
    for place in (1, len(sizes) // 2, len(sizes) - 2):
        cut = tmp_path / f"{place}.tgj"
        cut.write_bytes(path.read_bytes()[: sizes[place] + 5])
        outcome = run_again(cut, Again(Given(strategy=Busy(), source=market())))
        assert (outcome.difference, outcome.whole, outcome.barriers) == (None, False, place)
        found = replay(cut, {"risk.rules": "[]"}, given=Given(strategy=Busy(), source=market()))
        assert found is not None
        assert (found.barrier, found.phase) == (0, Phase.GUARD), "without rules nobody works in GUARD"
