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
    (["--swap", "nobody=a:B"],               "swap of nobody.use: no module 'a'"),
    (["--set", "risk"],                      "--set risk: want key.path=value"),
    (["--set", "risk.rulez=[]"],             "risk.rulez"),
    (["--set", "risk.rules=[]", "--from", "3"], "--from: a run with other parts"),
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
    changed = run.with_name("changed.yaml")
    changed.write_text(CONFIG.replace("0.05", "0.06"))
    assert main(["resume", str(folder), "--config", str(changed)]) == 2
    assert "config.risk.rules" in capsys.readouterr().err
    assert main(["resume", str(folder), "--config", str(run.with_name("config.yaml")), "--quiet"]) == 0
    assert capsys.readouterr().out == f"{folder}\n"
    assert (folder / JOURNAL).read_bytes() == (run / JOURNAL).read_bytes()
    assert read(folder).digest == read(run).digest
    assert main(["resume", str(folder)]) == 2
    assert "the run is completed: there is nothing to go on with" in capsys.readouterr().err
    shutil.rmtree(folder)


def test_paces_and_swaps_are_read() -> None:
    assert (parse_pace(None), parse_pace("real"), parse_pace("2.5x")) == (None, 1.0, 2.5)
    assert parse_swaps(("risk=a:B",), ("x.y=1=2",)) == {"risk": "a:B", "x.y": "1=2"}
    with pytest.raises(ConfigError, match="--pace 0x"):
        parse_pace("0x")
