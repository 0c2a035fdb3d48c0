"""`replay` and `resume` as a person calls them: what they say, and the exit code."""

import json
import shutil
from pathlib import Path

import pytest
from tests.faults.planted import daily

from tidegate import Context, Strategy
from tidegate.cli.app import main
from tidegate.cli.replay import parse_pace, parse_swaps
from tidegate.core.errors import ConfigError
from tidegate.results.folder import JOURNAL, MANIFEST, read

CONFIG = """\
run: {kernels: interpreted}
data: {prices: {path: prices.parquet}}
strategy: {use: "tests.unit.cli.test_replay:Weekly", params: {units: 10}}
risk: {rules: [{stop_loss: {pct: 0.05}}]}
journal: {mode: barrier}
"""


class Weekly(Strategy):
    """Buys a little."""

    def __init__(self, units: int = 10) -> None:
        self.units = units

    def on_batch(self, ctx: Context) -> None:
        """Every other day."""
        if ctx.barrier % 2 == 0:
            ctx.order("AAPL", self.units)


class Whole(Weekly):
    """Takes no parameter."""

    def __init__(self) -> None:
        super().__init__(20)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The folder of a recorded run."""
    daily().write_parquet(tmp_path / "prices.parquet")
    (tmp_path / "config.yaml").write_text(CONFIG)
    assert main(["run", str(tmp_path / "config.yaml"), "--quiet", "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    return tmp_path / "run"


def test_a_run_is_proven(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(run)]) == 0
    assert capsys.readouterr().out.startswith("equal: 6 barriers, ")
    assert main(["replay", str(run / JOURNAL), "--json", "--from", "3", "--pace", "100000000x"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["equal"], found["difference"], found["barriers"], found["whole"]) == (True, None, 6, True)


def test_other_parts_are_told_by_what_they_change(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = run.with_name("other")
    assert main(["replay", str(run), "--swap", "strategy=tests.unit.cli.test_replay:Whole", "--out", str(out)]) == 1
    said = " ".join(capsys.readouterr().out.split())  # lines are as wide as the terminal
    assert "First difference: barrier 0 (2024-01-02), DECIDE, superstep 1: SubmitOrders of weekly" in said
    assert "quantity[0]" in said
    assert f"Run folder {out}" in said
    assert read(out).manifest["status"] == "completed"
    assert main(["diff", str(run), str(out)]) == 1
    capsys.readouterr()
    assert main(["replay", str(run), "--set", "strategy.params.units=11", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    first = found["first"]
    assert (found["equal"], first["type"], first["expected"], first["found"]) == (False, "SubmitOrders", "10.0", "11.0")


def said_by(capsys: pytest.CaptureFixture[str]) -> str:
    """In one line: lines are as wide as the terminal."""
    return " ".join(capsys.readouterr().out.split())


def test_other_parts_begin_at_a_later_barrier(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, swap = run.with_name("other"), "strategy=tests.unit.cli.test_replay:Whole"
    assert main(["replay", str(run), "--from", "3", "--swap", swap, "--out", str(out)]) == 1
    said = said_by(capsys)
    assert "Barriers 0 to 2 are the same run's in both. What follows is counted from barrier 3 on." in said
    assert "First difference: barrier 4 (2024-01-06), DECIDE, superstep 1: SubmitOrders of weekly" in said
    assert "quantity[0]: expected 10.0, found 20.0" in said
    made = read(out)
    assert made.manifest["status"] == "completed"
    assert made.manifest["journal"]["shared"] == 3
    assert made.fills["quantity"].to_list() == [10.0, 10.0, 20.0]
    assert main(["verify", str(out)]) == 0
    assert main(["diff", str(run), str(out)]) == 1
    assert "Barriers 0 to 2 are the same run's in both." in said_by(capsys)
    assert main(["inspect", str(out)]) == 0
    assert "the first 3 barriers: another run's, with other parts" in said_by(capsys)
    assert main(["replay", str(out)]) == 0
    assert said_by(capsys).startswith("from the snapshot after barrier 2 equal: 6 barriers, ")
    assert main(["replay", str(out), "--set", "execution.commission.bps=1"]) == 2
    assert "the journal's first 3 barriers are another run's" in capsys.readouterr().err


def test_rules_and_costs_may_change_at_a_later_barrier(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    near, same = (f"risk.rules=[{{stop_loss: {{pct: {pct}}}}}]" for pct in (0.02, 0.05))
    assert main(["replay", str(run), "--from", "2", "--set", near, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["shared"], found["first"]["barrier"], found["first"]["type"]) == (2, 2, "ProtectiveLevels")
    assert found["types"]["MarketBatchReference"] == {"a": 4, "b": 4, "equal": 4}
    assert main(["replay", str(run), "--from", "1", "--set", "execution.commission.bps=50", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["shared"], found["first"]["barrier"], found["first"]["type"]) == (1, 1, "Fills")
    assert main(["replay", str(run), "--from", "2", "--set", same]) == 0
    said = said_by(capsys)
    assert "All messages are equal." in said
    assert "Barriers 0 to 1 are the same run's in both." in said


def test_from_the_first_barrier_it_is_the_whole_run(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    swap = ["--swap", "strategy=tests.unit.cli.test_replay:Whole"]
    assert main(["replay", str(run), *swap]) == 1
    whole = capsys.readouterr().out
    assert main(["replay", str(run), *swap, "--from", "0"]) == 1
    assert capsys.readouterr().out == whole


def test_the_same_parts_leave_a_folder_too(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = run.with_name("same")
    assert main(["replay", str(run), "--from", "4", "--out", str(out)]) == 0
    assert "All messages are equal." in said_by(capsys)
    assert read(out).digest == read(run).digest


def test_a_run_that_does_not_repeat_itself_carries_nothing(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Weekly, "on_batch", lambda self, ctx: ctx.order("AAPL", 3))
    near = "risk.rules=[{stop_loss: {pct: 0.02}}]"
    assert main(["replay", str(run), "--from", "3", "--set", near, "--out", str(run.with_name("other"))]) == 1
    said = said_by(capsys)
    assert said.startswith(
        "before barrier 3 the recorded parts do not do again what they did first difference at barrier 0"
    )
    assert not run.with_name("other").exists()


def test_what_changes_nothing_is_equal(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(run), "--set", "risk.rules=[{stop_loss: {pct: 0.05}}]"]) == 0
    assert "All messages are equal." in capsys.readouterr().out


def test_data_may_lie_elsewhere_and_must_be_the_same(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = run.with_name("moved.parquet")
    (run.parent / "prices.parquet").rename(moved)
    assert main(["replay", str(run)]) == 2
    assert "prices.parquet" in capsys.readouterr().err
    assert main(["replay", str(run), "--set", f"data.prices.path={moved}"]) == 0
    daily().head(15).write_parquet(moved)
    capsys.readouterr()
    assert main(["replay", str(run), "--set", f"data.prices.path={moved}"]) == 2
    assert "error: prices: the data is not that of the recorded run: prices.parquet (" in capsys.readouterr().err


REFUSED = [
    # arguments                              said
    (["--from", "99"],                       "barrier 99 to compare from: the journal's last is 5"),
    (["--from", "-1"],                       "--from -1: barriers count from 0"),
    (["--pace", "fast"],                     "--pace fast: want real, or a number of times as fast, such as 60x"),
    (["--swap", "strategy"],                 "--swap strategy: want ROLE=module:Class"),
    (["--swap", "risk=a:B"],                 "swap of risk.use: no module 'a'"),
    (["--swap", "nobody=a:B"],               "swap: no role 'nobody'; there are strategy, clock, feed, broker"),
    (["--swap", "riks=a:B", "--from", "3"],  "swap: no role 'riks'; did you mean 'risk'?"),
    (["--set", "strategy.use=tidegate.strategy:TopN"], "another strategy is no setting: swap it (--swap str"),
    (["--set", "risk"],                      "--set risk: want key.path=value"),
    (["--set", "risk.rulez=[]"],             "risk.rulez"),
    (["--set", "account.cash=5", "--from", "3"], "account.cash: cannot be another from a later barrier on"),
    (["--set", "risk.rules=[]", "--from", "6"], "barrier 6 to compare from: the journal's last is 5"),
    (["--swap", "broker=tests.unit.replay.turned:Mute", "--from", "3"], "does not say what its state is"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "said"), REFUSED)
def test_what_cannot_be_done_is_said(
    arguments: list[str], said: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(run), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_killed_run_goes_on(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run.with_name("killed")
    folder.mkdir()
    manifest = json.loads((run / MANIFEST).read_text())
    left = {"format": manifest["format"], "status": "running", "versions": manifest["versions"]}
    (folder / MANIFEST).write_text(json.dumps(left))
    (folder / JOURNAL).write_bytes((run / JOURNAL).read_bytes()[:-700])
    begun = shutil.copytree(folder, run.with_name("begun"))
    (begun / JOURNAL).write_bytes((run / JOURNAL).read_bytes()[:100])
    assert main(["resume", str(begun)]) == 2
    assert "nothing is known of the run: run it again" in capsys.readouterr().err
    shutil.rmtree(begun)
    changed = run.with_name("changed.yaml")
    changed.write_text(CONFIG.replace("0.05", "0.06"))
    assert main(["resume", str(folder), "--config", str(changed)]) == 2
    assert "config.risk.rules" in capsys.readouterr().err
    copied = shutil.copytree(folder, run.with_name("copied"))
    assert main(["resume", str(folder), "--config", str(run.with_name("config.yaml")), "--quiet"]) == 0
    assert capsys.readouterr() == (f"{folder}\n", "")
    assert main(["resume", str(copied)]) == 0
    said = capsys.readouterr().err
    assert f"{JOURNAL}: the last " in said
    assert "the last good barrier is " in said
    assert (folder / JOURNAL).read_bytes() == (run / JOURNAL).read_bytes()
    assert read(folder).digest == read(run).digest
    assert main(["resume", str(folder)]) == 2
    assert "the run is completed: there is nothing to go on with" in capsys.readouterr().err
    shutil.rmtree(folder)
    shutil.rmtree(copied)


def test_paces_and_swaps_are_read() -> None:
    assert (parse_pace(None), parse_pace("real"), parse_pace("2.5x")) == (None, 1.0, 2.5)
    assert parse_swaps(("risk=a:B",), ("x.y=1=2",)) == {"risk": "a:B", "x.y": "1=2"}
    with pytest.raises(ConfigError, match="--pace 0x"):
        parse_pace("0x")
