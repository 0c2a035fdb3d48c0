"""From what a command raised to messages and exit codes."""

import os
from pathlib import Path

import pytest

from tidegate.cli.outcome import guarded, mistake
from tidegate.core.errors import (
    ActorFailed,
    BarrierTimeout,
    ConfigError,
    DataError,
    KernelBug,
    RequestError,
    RunInterrupted,
    UserError,
)


def raising(error: BaseException) -> int:
    """The exit code of a command that raises it."""

    def command() -> int:
        raise error

    return guarded(command)


TOLD = [
    # raised                                                       code  lines on standard error
    (ConfigError("a: one", "b: two"),                              2,    ["a: one", "b: two"]),
    (DataError("p.parquet: no rows"),                              2,    ["p.parquet: no rows"]),
    (UserError("--out x: exists"),                                 2,    ["--out x: exists"]),
    (BarrierTimeout("phase FILL: 60 s\nactor 'broker'"),           2,    ["phase FILL: 60 s", "actor 'broker'"]),
    (MemoryError("8 TiB for an array"),                            2,
     ["there is not enough memory: 8 TiB for an array; take less data, or a machine with more"]),
    (MemoryError(),                                                2,
     ["there is not enough memory: none is left; take less data, or a machine with more"]),
    (ActorFailed("topn", 3, "MarketBatch", RequestError("no asset 'X'")), 2,
     ["no asset 'X'", "  actor 'topn' failed at barrier 3 handling MarketBatch"]),
    (ActorFailed("feed", -1, "PhaseOpened", DataError("p: bad")),  2,
     ["p: bad", "  actor 'feed' failed at the start handling PhaseOpened"]),
]  # fmt: skip


@pytest.mark.parametrize(("error", "code", "lines"), TOLD, ids=[type(error).__name__ for error, _, _ in TOLD])
def test_each_mistake_is_told_in_lines_marked_error(
    error: BaseException,
    code: int,
    lines: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tidegate.cli.outcome.own_frames", lambda _: [])
    assert raising(error) == code
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == ("", [f"error: {line}" for line in lines])


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (RunInterrupted("interrupted by SIGINT"), 130, "interrupted by SIGINT"),
        (RunInterrupted("interrupted by SIGTERM"), 143, "interrupted by SIGTERM"),
        (KeyboardInterrupt(), 130, "interrupted by Ctrl-C"),
    ],
)
def test_a_signal_is_no_error_but_has_its_exit_code(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(error) == code
    assert capsys.readouterr() == ("", f"{line}\n")


def test_a_command_that_succeeds_says_nothing_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: 0) == 0
    assert capsys.readouterr() == ("", "")


def test_notes_on_an_error_are_told_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidegate.cli.outcome.own_frames", lambda _: [])
    error = BarrierTimeout("phase FILL")
    error.add_note("see runs/a")
    assert mistake(error) == ["phase FILL", "  see runs/a"]


def test_a_missing_or_full_disk_is_no_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidegate.cli.outcome.own_frames", lambda _: [])
    full = OSError(28, "No space left on device", "runs/a/fills.parquet")
    assert mistake(full) == ["runs/a/fills.parquet: No space left on device"]
    assert mistake(OSError("disk")) == ["disk"]


@pytest.mark.parametrize("error", [KernelBug("cash 3 != 4"), ActorFailed("broker", 1, "Fills", KernelBug("cash"))])
def test_our_own_bug_shows_its_traceback_and_exits_1(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(error) == 1
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert err.splitlines()[-1].startswith("error: this is a bug of Tidegate")


def test_any_other_exception_of_our_code_is_our_bug(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.cli.outcome.own_frames", lambda _: [])
    assert raising(IndexError("list index out of range")) == 1
    assert "IndexError: list index out of range" in capsys.readouterr().err


def test_code_of_the_caller_is_named_by_line_without_a_traceback_of_ours(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    script = tmp_path / "strategy.py"
    script.write_text("def decide():\n    return 1 / 0\n")
    scope: dict[str, object] = {}
    exec(compile(script.read_text(), script, "exec"), scope)
    decide = scope["decide"]
    assert callable(decide)
    with pytest.raises(ZeroDivisionError) as caught:
        decide()
    assert raising(ActorFailed("mine", 12, "MarketBatch", caught.value)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [
        "error: ZeroDivisionError: division by zero",
        "error:   actor 'mine' failed at barrier 12 handling MarketBatch",
    ]
    assert lines[-1] == f"error:   at {script}:2 in decide: return 1 / 0"
    assert not any("src/tidegate" in line for line in lines)


def test_a_reader_that_went_away_ends_the_command_quietly(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        os.close(read)

        def command() -> int:
            print("x" * 100_000, flush=True)
            return 0

        assert guarded(command) == 141
    assert capfd.readouterr().err == ""
