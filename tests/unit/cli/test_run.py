"""`run`: what it prints, what it leaves, and how it fails."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate.config.loader import load_config

Call = Callable[..., tuple[int, list[str], list[str]]]
JOB = "job/config.yaml"
STRATEGY = """
import os, signal
import anyio
import tidegate as tg

class Mine(tg.Strategy):
    def __init__(self, word="zero"):
        self.word = word

    def on_batch(self, ctx):
        if ctx.barrier == 3:
            getattr(self, self.word)(ctx)

    def zero(self, ctx):
        return 1 / 0

    def unknown(self, ctx):
        ctx.order("NOPE", 5)

    def interrupt(self, ctx):
        os.kill(os.getpid(), signal.SIGINT)

    def insist(self, ctx):
        for _ in range(2):
            self.interrupt(ctx)

    def terminate(self, ctx):
        os.kill(os.getpid(), signal.SIGTERM)

    def nothing(self, ctx):
        pass

class Stops(tg.Strategy):
    def on_stop(self, ctx):
        raise OSError("cannot save")

class Waits(tg.Strategy):
    async def on_batch(self, ctx):
        await anyio.sleep(60)
"""


def mine(word: str) -> tuple[str, ...]:
    """Overrides that put the strategy above in the place of the other, to do something at barrier 3."""
    return "--set", f"strategy={{use: 'mine:Mine', params: {{word: {word}}}}}"


@pytest.fixture
def own_strategy(folder: Path) -> Path:
    path = folder / "job" / "mine.py"
    path.write_text(STRATEGY, encoding="utf-8")
    return path


def manifest(folder: str) -> dict[str, object]:
    content = json.loads(Path(folder, "manifest.json").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def test_a_run_prints_its_summary_and_then_where_its_folder_is(folder: Path, tidegate: Call) -> None:
    code, out, err = tidegate("run", JOB)
    assert code == 0
    assert any("small" in line and "completed" in line for line in out[:3])
    assert out[-1] == "Run folder  runs/small"
    assert err[-1].startswith("tidegate  completed: 30 barriers")
    assert manifest("runs/small")["status"] == "completed"
    names = {entry.name for entry in Path("runs/small").iterdir()}
    assert names >= {"config.yaml", "metrics.json", "fills.parquet", "equity.parquet"}


def test_on_a_terminal_the_summary_has_colors(folder: Path, tidegate: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    code, out, _ = tidegate("run", JOB)
    assert code == 0
    assert any("\x1b[" in line and "completed" in line for line in out[:3])
    assert out[-1] == "Run folder  runs/small"


def test_the_report_is_named_where_there_is_one(folder: Path, tidegate: Call) -> None:
    code, out, _ = tidegate("run", JOB, "--set", "record.report=true", "--out", "deep/there")
    assert code == 0
    assert out[-2:] == ["Run folder  deep/there", "Report      deep/there/report.html"]


def test_the_configuration_in_the_folder_runs_again_from_elsewhere_to_the_same_digest(
    folder: Path, tidegate: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tidegate("run", JOB, "--quiet")[:2] == (0, ["runs/small"])
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    again = folder / "runs" / "small" / "config.yaml"
    assert tidegate("run", str(again), "--quiet", "--out", "again")[0] == 0
    assert manifest("again")["digest"] == manifest(str(again.parent))["digest"]
    assert load_config("again/config.yaml") == load_config(folder / JOB)


def test_each_run_takes_the_next_free_folder(folder: Path, tidegate: Call) -> None:
    found = [tidegate("run", JOB, "--quiet", "--set", f"run.name={name}")[1] for name in ("a", "a", "b", "a")]
    assert found == [["runs/a"], ["runs/a-2"], ["runs/b"], ["runs/a-3"]]


def test_quiet_prints_the_folder_alone(folder: Path, tidegate: Call) -> None:
    assert tidegate("run", JOB, "--quiet") == (0, ["runs/small"], [])


def test_settings_are_laid_over_the_file(folder: Path, tidegate: Call) -> None:
    assert tidegate("run", JOB, "--quiet", "--set", "account.cash=5000", "--set", "strategy.params.n=1")[0] == 0
    config = load_config("runs/small/config.yaml")
    assert config.account.cash == 5000
    assert config == load_config(JOB, ["account.cash=5000", "strategy.params.n=1"])


def test_a_folder_that_holds_something_is_refused_before_anything_is_read(folder: Path, tidegate: Call) -> None:
    Path("full").mkdir()
    Path("full/mine.txt").write_text("keep")
    Path("job/prices.parquet").unlink()
    code, out, err = tidegate("run", JOB, "--out", "full")
    assert (code, out) == (2, [])
    remedy = "name a new folder, or leave --out away for the next free one in runs/"
    assert err == [f"error: --out full: exists and is not empty; {remedy}"]
    assert [entry.name for entry in Path("full").iterdir()] == ["mine.txt"]


FAULTS = [
    # arguments                                     line
    (("job/confg.yaml",), "job/confg.yaml: no such file; in that folder: config.yaml"),
    ((JOB, "--set", "account.cash=-5"), "override 'account.cash=-5': account.cash: got -5, want greater than 0"),
    ((JOB, "--set", "account"), "override 'account': want key.path=value, such as account.cash=50000"),
    ((JOB, "--set", "strategy.use=no_such:Thing"), "override 'strategy.use=no_such:Thing': strategy.use: no module"),
    ((JOB, "--set", "strategy.params.m=3"), "job/config.yaml with override 'strategy.params.m=3': strategy.params: "),
    ((JOB, "--set", "strategy.params={m: 3}"), "override 'strategy.params={m: 3}': strategy.params: tidegate.str"),
    ((JOB, "--set", "a.b=1"), "job/config.yaml with override 'a.b=1': a: unknown key"),
    ((JOB, "--set", "strategy=[]"), "override 'strategy=[]': strategy: there is none"),
    ((JOB, "--set", "data.prices.path=nowhere.parquet"), "nowhere.parquet"),
    ((JOB, "--set", "data.signals.columns=[ml_scor]"), "ml_scor"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "said"), FAULTS, ids=[said[:30] for _, said in FAULTS])
def test_a_mistake_of_the_caller_exits_2_and_is_told_without_a_traceback(
    arguments: tuple[str, ...], said: str, folder: Path, tidegate: Call
) -> None:
    code, out, err = tidegate("run", *arguments)
    assert (code, out) == (2, [])
    errors = [line for line in err if line.startswith("error: ")]
    assert said in errors[0]
    assert not any("Traceback" in line for line in err)


def test_all_mistakes_of_a_file_are_told_at_once(folder: Path, tidegate: Call) -> None:
    Path(JOB).write_text("execution: {fil: next_open}\naccount: {cash: -5}\n", encoding="utf-8")
    assert tidegate("run", JOB) == (
        2,
        [],
        [
            "error: job/config.yaml: execution.fil: unknown key; did you mean 'fill'?",
            "error: job/config.yaml: account.cash: got -5, want greater than 0",
        ],
    )


def test_a_strategy_beside_the_configuration_is_found(own_strategy: Path, tidegate: Call) -> None:
    assert tidegate("run", JOB, "--quiet", *mine("nothing")) == (0, ["runs/small"], [])


@pytest.mark.parametrize(
    ("word", "said", "frame"),
    [
        ("zero", "ZeroDivisionError: division by zero", "job/mine.py:15 in zero: return 1 / 0"),
        ("unknown", "NOPE", 'job/mine.py:18 in unknown: ctx.order("NOPE", 5)'),
    ],
)
def test_a_strategy_that_fails_is_shown_its_own_lines_and_the_folder(
    word: str, said: str, frame: str, own_strategy: Path, tidegate: Call
) -> None:
    code, out, err = tidegate("run", JOB, *mine(word))
    errors = [line.removeprefix("error: ").strip() for line in err if line.startswith("error: ")]
    assert (code, out) == (2, [])
    assert said in errors[0]
    assert any(line.startswith("actor 'mine' failed at barrier 3 ") for line in errors)
    assert f"at {frame}" in errors
    assert errors[-1] == "what was recorded up to there is in runs/small"
    assert not any("Traceback" in line or "src/tidegate" in line for line in err)
    assert manifest("runs/small")["status"] == "failed"


def test_a_strategy_that_fails_when_all_is_over_is_told_so(own_strategy: Path, tidegate: Call) -> None:
    code, _, err = tidegate("run", JOB, "--set", "strategy={use: 'mine:Stops'}")
    errors = [line for line in err if line.startswith("error: ")]
    assert code == 2
    assert errors[:2] == [
        "error: OSError: cannot save",
        "error:   actor 'stops' failed at the end of the run, after the last barrier (29), handling RunFinished",
    ]
    assert manifest("runs/small")["barriers"] == 30


def test_a_strategy_that_never_answers_is_named_with_what_it_does(own_strategy: Path, tidegate: Call) -> None:
    code, out, err = tidegate("run", JOB, "--set", "strategy={use: 'mine:Waits'}", "--set", "run.phase_timeout_s=0.1")
    errors = [line for line in err if line.startswith("error: ")]
    assert (code, out) == (2, [])
    assert "DECIDE" in errors[0]
    assert "barrier 0" in errors[0]
    assert any("'waits'" in line for line in errors)
    assert any("mine.py:" in line and line.endswith(" in Waits.on_batch") for line in errors)
    assert not any("Traceback" in line for line in err)
    assert manifest("runs/small")["status"] == "failed"


def test_settings_may_come_before_the_file(folder: Path, tidegate: Call) -> None:
    assert tidegate("run", "--quiet", "--set", "run.name=early", JOB) == (0, ["runs/early"], [])


@pytest.mark.parametrize(("word", "code"), [("interrupt", 130), ("terminate", 143)])
def test_a_signal_ends_the_run_at_a_barrier_with_the_partial_summary(word: str, code: int, own_strategy: Path) -> None:
    command = [sys.executable, "-m", "tidegate", "run", JOB, *mine(word)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == code
    assert "interrupted" in done.stdout
    assert "Run folder  runs/small" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("interrupted by SIG")
    facts = manifest("runs/small")
    assert facts["status"] == "interrupted"
    assert facts["barriers"] in (4, 5)


def test_a_run_that_a_second_signal_ends_says_where_it_is(own_strategy: Path) -> None:
    command = [sys.executable, "-m", "tidegate", "run", JOB, *mine("insist")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 130
    said = ["interrupted by Ctrl-C", "what was recorded up to there is in runs/small"]
    assert done.stderr.splitlines()[-2:] == said
    facts = manifest("runs/small")
    assert (facts["status"], facts["barriers"]) == ("interrupted", 3)
