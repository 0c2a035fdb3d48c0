import io
import re
import sys

import pytest
from tests.unit.results.sample_run import FIRST_NS

from tidegate.results.progress import Bar, Lines, Silent, choose


class Clock:
    """Seconds as the test says."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")


def told(total: int, barriers: int) -> list[str]:
    """The lines printed over a run, which took 2 s."""
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock=clock)
    lines.start(total)
    for barrier in range(barriers):
        lines.update(barrier, FIRST_NS, 1_234_567_890_000)
    clock.now_s += 2
    lines.finish("completed")
    return stream.getvalue().splitlines()


@pytest.mark.parametrize(
    ("total", "barriers", "at"),
    [
        (100, 100, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
        (5_040, 5_040, [504, 1_008, 1_512, 2_016, 2_520, 3_024, 3_528, 4_032, 4_536, 5_040]),
        (25, 25, [3, 5, 8, 10, 13, 15, 18, 20, 23, 25]),
        (3, 3, [1, 2, 3]),
        (100, 34, [10, 20, 30]),
        (-1, 5_000, [1_000, 2_000, 4_000]),
        (0, 0, []),
    ],
)
def test_a_line_is_printed_for_every_tenth_and_at_the_end(total: int, barriers: int, at: list[int]) -> None:
    *lines, last = told(total, barriers)
    found = [int(match[1].replace(",", "")) for line in lines if (match := re.search(r"barrier ([\d,]+)", line))]
    assert found == at
    assert last == f"tidegate  completed: {barriers:,} barriers in 2.00 s"


def test_a_line_says_share_barrier_date_and_equity() -> None:
    assert told(100, 10)[0] == "tidegate   10 %  barrier 10  2022-01-03  equity 1,234,567.89"
    assert told(-1, 1_000)[0] == "tidegate  barrier 1,000  2022-01-03  equity 1,234,567.89"


def test_lines_nobody_asked_for_come_once_the_run_takes_long() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, appear_after_s=5.0, clock=clock)
    lines.start(10)
    for barrier in range(10):
        clock.now_s += 1
        lines.update(barrier, FIRST_NS, 0)
    lines.finish("completed")
    assert len(stream.getvalue().splitlines()) == 7
    assert "50 %" in stream.getvalue().splitlines()[0]


def test_a_short_run_that_nobody_asked_about_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    lines = choose(None)
    lines.start(1)
    lines.update(0, FIRST_NS, 0)
    lines.finish("completed")
    assert capsys.readouterr() == ("", "")


def test_lines_can_be_used_for_one_run_after_another() -> None:
    stream = io.StringIO()
    lines = Lines(stream)
    for _ in range(2):
        lines.start(2)
        lines.update(0, FIRST_NS, 0)
        lines.update(1, FIRST_NS, 0)
        lines.finish("completed")
    assert len(stream.getvalue().splitlines()) == 6


def test_a_run_that_ends_before_it_starts_took_the_time_since_the_last() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock=clock)
    clock.now_s += 0.25
    lines.finish("failed")
    lines.start(1)
    lines.update(0, FIRST_NS, 0)
    clock.now_s += 3
    lines.finish("completed")
    clock.now_s += 0.5
    lines.finish("failed")
    said = [line for line in stream.getvalue().splitlines() if " in " in line]
    assert said == [
        "tidegate  failed: 0 barriers in 0.25 s",
        "tidegate  completed: 1 barriers in 3.00 s",
        "tidegate  failed: 0 barriers in 0.50 s",
    ]


def test_a_bar_of_a_run_that_ends_before_it_starts_is_not_drawn() -> None:
    stream = Terminal()
    Bar(stream, clock=Clock()).finish("failed")
    assert stream.getvalue() == ""


def bar_after(seconds: float, total: int = 200) -> str:
    """What a terminal got of a run that had taken so long at its last but one barrier."""
    stream, clock = Terminal(), Clock()
    bar = Bar(stream, clock=clock)
    bar.start(total)
    clock.now_s += seconds
    bar.update(98, FIRST_NS, 0)
    bar.update(99, FIRST_NS, 1_234_567_890_000)
    bar.finish("completed")
    return stream.getvalue()


def test_the_bar_says_share_rate_date_and_equity_of_the_last_barrier() -> None:
    drawn = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", bar_after(2.0))
    assert " 50 %  100 barriers  50/s  2022-01-03  1,234,567.89  completed" in drawn


@pytest.mark.parametrize("columns", [60, 70, 80, 100, 200])
def test_the_bar_gives_way_before_the_text_does(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    drawn = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", bar_after(2.0)).splitlines()[-1]
    assert len(drawn) <= columns
    assert "1,234,567" in drawn
    assert 0 <= drawn.count("━") <= 30


def test_where_the_total_is_unknown_there_is_no_share() -> None:
    drawn = bar_after(2.0, total=-1)
    assert "100 barriers" in drawn
    assert "%" not in drawn


def test_a_short_run_draws_no_bar() -> None:
    assert bar_after(0.4) == ""


def test_the_bar_gives_the_cursor_back() -> None:
    drawn = bar_after(2.0)
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 1


def test_silent_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    silent = Silent()
    silent.start(10)
    silent.update(0, FIRST_NS, 0)
    silent.finish("completed")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("progress", "stream", "kind"),
    [
        (None, Terminal(), Bar),
        (None, io.StringIO(), Lines),
        (True, Terminal(), Bar),
        (True, io.StringIO(), Lines),
        (False, Terminal(), Silent),
        (None, None, Silent),
        (True, None, Silent),
    ],
)
def test_the_progress_suits_standard_error(
    progress: bool | None, stream: io.StringIO | None, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    assert type(choose(progress)) is kind


def test_a_progress_of_the_users_own_is_taken_as_it_is() -> None:
    mine = Silent()
    assert choose(mine) is mine


def test_lines_go_to_standard_error_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    lines = choose(True)
    lines.start(1)
    lines.update(0, FIRST_NS, 0)
    lines.finish("completed")
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2
