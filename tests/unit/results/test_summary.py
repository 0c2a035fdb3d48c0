import io
import re

import pytest
from rich.console import Console
from tests.unit.results.sample_run import CONFIG, DATA, record_of, seeded_run

from tidegate.core.enums import RunStatus
from tidegate.results.record import RunRecord
from tidegate.results.result import Result
from tidegate.results.summary import Summary

MANY = {f"orders.refused_for_a_reason_of_some_length_{number:03d}": number for number in range(200)}


def rendered(record: RunRecord, width: int, *, color: bool = False) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=color, color_system="standard" if color else None)
    console.print(Summary(Result(record, config=CONFIG, data=DATA)))
    return stream.getvalue().splitlines()


def test_the_summary_states_the_run_its_fill_timing_costs_figures_and_counts() -> None:
    text = Result(seeded_run(), config=CONFIG).summary()
    for wanted in (
        "top3 completed",
        "60, 2022-01-03 to 2022-03-25",
        "at the next bar's open (next_open), cash shortage: scale",
        "commission 2 bps, slippage 1 bps",
        "tidegate.strategy:TopN(n=3, every=5)",
        "load 0.250 s  run 0.500 s  results 0.010 s",
        "(2.00 bps), slippage",
        "prices dropped null 12, orders trimmed 9",
    ):
        assert wanted in text, text


def test_counts_beyond_the_room_are_pointed_to() -> None:
    assert Result(seeded_run(counts=MANY)).summary().endswith("... (all: counts)")


def test_a_figure_stands_beside_its_name() -> None:
    lines = rendered(record_of([110.0, 99.0, 108.9, 121.0], pnl=[1.0, -2.0]), 40)
    pairs = dict(re.split(r" {2,}", line, maxsplit=1) for line in lines if "  " in line)
    assert pairs["total return"] == "+21.00 %"
    assert pairs["final equity"] == "121.00"
    assert pairs["max drawdown"] == "-10.00 %"
    assert pairs["hit rate"] == "50.00 %"
    assert pairs["profit factor"] == "0.50"


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
@pytest.mark.parametrize(
    "record",
    [
        seeded_run(),
        record_of([]),
        seeded_run(counts=MANY, status=RunStatus.FAILED, error="actor 'x' failed: " + "why " * 300),
        record_of([4e12, 5e11], initial=1e12, pnl=[1e11, -5e11], counts=MANY),
    ],
    ids=["plain", "empty", "failed", "huge"],
)
def test_the_summary_fits_width_and_45_lines(record: RunRecord, width: int) -> None:
    lines = rendered(record, width)
    assert len(lines) <= 45
    assert max(len(line) for line in lines) <= width


def test_groups_stand_abreast_where_there_is_room() -> None:
    wide, narrow = rendered(seeded_run(), 100), rendered(seeded_run(), 40)
    assert any("Return" in line and "Risk" in line and "Trading" in line for line in wide)
    assert not any("Return" in line and "Risk" in line for line in narrow)
    assert len(wide) < len(narrow)


def test_a_failed_run_says_why() -> None:
    text = Result(seeded_run(status=RunStatus.FAILED, error="actor 'x' failed at barrier 3")).summary()
    assert text.splitlines()[0] == "run failed"
    assert text.splitlines()[1] == "actor 'x' failed at barrier 3"


def test_square_brackets_in_text_are_text_and_no_markup() -> None:
    text = Result(seeded_run(status=RunStatus.FAILED, error="weights [bold]NaN[/bold]")).summary()
    assert "weights [bold]NaN[/bold]" in text


def test_plain_text_holds_no_codes_and_a_terminal_gets_color() -> None:
    assert "\x1b" not in Result(seeded_run()).summary()
    assert any("\x1b[" in line for line in rendered(seeded_run(), 100, color=True))


def test_a_run_without_trouble_says_so() -> None:
    assert "nothing refused, trimmed, stale, ambiguous or dropped" in Result(record_of([1.0])).summary()


def test_lines_break_between_counts_and_costs_and_not_inside_them() -> None:
    counts = {"marks.stale": 73, "orders.waiting": 1_143, "exits.protective": 733, "orders.canceled": 106}
    for width in range(60, 100):
        text = "\n".join(rendered(seeded_run(counts=counts), width))
        for whole in ("marks stale 73", "orders waiting 1,143", "exits protective 733", "slippage 794.42 (1.00 bps)"):
            assert whole in text, width


def test_no_cost_is_left_out_however_long_its_figures() -> None:
    result = Result(seeded_run(), config=CONFIG, data=DATA)
    long = dict.fromkeys(("commission", "slippage", "costs"), 123_456_789_012_345.5)
    result.__dict__["metrics"] = {**result.metrics, **long}  # computed once, and kept there
    stream = io.StringIO()
    Console(file=stream, width=40).print(Summary(result))
    assert stream.getvalue().count("123,456,789,012,346") == 3
    assert "(3.00 bps)" in " ".join(stream.getvalue().split())
