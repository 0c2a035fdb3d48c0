import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from tidegate.cli.bench.agreement import Agreement
from tidegate.cli.bench.measure import Measured, Settings
from tidegate.cli.bench.table import as_json, show
from tidegate.cli.bench.workloads import select

SETTINGS = Settings(data=Path("unused"), repeat=3, scale=1.0, peer=None, memory=True)
STARTUP = {"import polars, numba": [0.5, 0.6, 0.4], "import tidegate": [0.1] * 3, "tidegate run": [1.15, 1.9, 1.02]}


def measured() -> Measured:
    return Measured(
        select(("W1",))[0],
        agreements={
            "bare": Agreement(True, 0.0, "equity and 7 fills are the same"),
            "vectorbt": Agreement(False, 0.5, "equity differs by 0.5 of itself at barrier 3, limit 1e-06"),
        },
        seconds={"tidegate": [0.02, 0.01, 0.03], "bare": [0.01, 0.01, 0.01]},
        figures={"tidegate/bare": 2.0, "us/barrier": 79.4, "memory beyond results/chunk": 2.5},
        memory={"from files": 3_000_000, "results": 500_000, "chunk": 1_000_000},
        notes=["no ratio to vectorbt, for its result is another"],
    )


def printed() -> str:
    stream = io.StringIO()
    show(Console(file=stream, width=160), [measured()], STARTUP, SETTINGS)
    return stream.getvalue()


def test_json_holds_rounds_medians_figures_and_targets() -> None:
    found = json.loads(json.dumps(as_json([measured()], STARTUP, SETTINGS)))
    assert set(found) == {"environment", "workloads", "startup_s", "targets"}
    assert {"python", "numpy", "numba", "polars", "cpus", "repeat", "scale"} <= set(found["environment"])
    one = found["workloads"]["W1"]
    assert (one["assets"], one["barriers"]) == (500, 252)
    assert one["seconds"]["tidegate"] == [0.02, 0.01, 0.03]
    assert one["median_s"]["tidegate"] == 0.02
    assert one["agreement"]["vectorbt"] == {
        "agrees": False,
        "difference": 0.5,
        "text": "equity differs by 0.5 of itself at barrier 3, limit 1e-06",
    }
    assert one["memory_bytes"]["chunk"] == 1_000_000
    targets = {target["figure"]: target for target in found["targets"]}
    assert targets["W1 tidegate/bare"]["met"] is False
    assert targets["W1 memory beyond results/chunk"]["met"] is True
    # The median over the rounds of a run less 1.3 imports of the same round: 0.5, 1.12, 0.5.
    assert targets["start-up over 1.3 imports"]["measured"] == pytest.approx(0.5)


def test_no_target_is_judged_on_a_refused_comparison() -> None:
    figures = [target["figure"] for target in as_json([measured()], STARTUP, SETTINGS)["targets"]]
    assert not any("vectorbt" in figure for figure in figures)


@pytest.mark.parametrize(
    "line",
    [
        "✓ equity and 7 fills are the same",
        "✗ equity differs by 0.5 of itself at barrier 3",
        "no ratio to vectorbt, for its result is another",
        "2.00 x │ <= 1.2 x │ ✗",
        "2.50 x │ <= 3 x   │ ✓",
    ],
)
def test_the_tables_show_values_beside_targets(line: str) -> None:
    assert " ".join(line.split()) in " ".join(printed().split())


def test_without_start_up_and_memory_their_tables_are_left_out() -> None:
    stream, bare = io.StringIO(), measured()
    bare.memory.clear()
    show(Console(file=stream, width=160), [bare], {}, SETTINGS)
    assert "Start-up" not in stream.getvalue()
    assert "Peak memory" not in stream.getvalue()
