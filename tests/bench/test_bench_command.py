"""The benchmark on panels a hundredth of the size: what it checks and prints, never how fast anything is."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.cli_bench.peers import stand_in

from tidegate.cli.app import main
from tidegate.cli.bench import subjects
from tidegate.cli.bench.bare import Tape
from tidegate.cli.bench.panels import Panel
from tidegate.cli.bench.workloads import Workload

SMALL = ("--scale", "0.01", "--repeat", "1")
QUICK = (*SMALL, "--no-memory", "--no-startup")


@pytest.fixture(scope="module")
def panels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("panels")


def bench(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["bench", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_every_workload_agrees_with_its_yardstick(capsys: pytest.CaptureFixture[str], panels: Path) -> None:
    code, out, _ = bench(capsys, *QUICK, "--json", "--data", str(panels))
    found = json.loads(out)["workloads"]
    assert code == 0
    assert list(found) == ["W1", "W1b", "W2", "W2r", "W3", "W4d", "W4m", "W5"]
    for key, workload in found.items():
        assert all(agreement["agrees"] for agreement in workload["agreement"].values()), workload["agreement"]
        assert set(workload["agreement"]) == {"bare", "files"}
        assert {"tidegate", "tidegate results", "files", "read"} <= set(workload["seconds"])
        assert ("bare" in workload["seconds"]) == (not key.startswith("W4"))
    assert [key for key in found if "plain" in found[key]["seconds"]] == ["W1b", "W2r", "W5"]
    recorded = {key: workload["figures"] for key, workload in found.items() if "recorded" in workload["seconds"]}
    assert list(recorded) == ["W2", "W3"]
    for figures in recorded.values():
        assert {"recorded/tidegate call", "files recorded/files", "folder recorded/folder"} <= set(figures)
        assert {"verified/recorded", "replayed/recorded"} <= set(figures)
        assert figures["journal bytes/barrier"] > 20
        assert figures["journal open s"] > 0


def test_a_peer_takes_its_turns_and_its_calls_are_kept_apart(
    capsys: pytest.CaptureFixture[str], panels: Path, tmp_path: Path
) -> None:
    peer = stand_in(tmp_path)
    code, out, _ = bench(capsys, "W1", "W2r", *QUICK, "--json", "--peer", peer, "--data", str(panels))
    found = json.loads(out)
    assert code == 0
    assert found["environment"]["vectorbt"] == "0.0.1"
    rotation, exits = found["workloads"]["W1"], found["workloads"]["W2r"]
    assert rotation["agreement"]["vectorbt"]["difference"] < 1e-9
    assert {"vectorbt first", "vectorbt second", "vectorbt import"} <= set(rotation["seconds"])
    assert "vectorbt second/tidegate" in rotation["figures"]
    assert "vectorbt" not in exits["agreement"]
    assert any("has no stops" in note for note in exits["notes"])


def test_no_ratio_is_given_to_a_peer_whose_result_is_another(
    capsys: pytest.CaptureFixture[str], panels: Path, tmp_path: Path
) -> None:
    peer = stand_in(tmp_path, fees=2.0)
    code, out, err = bench(capsys, "W1", *QUICK, "--json", "--peer", peer, "--data", str(panels))
    found = json.loads(out)
    assert code == 1
    assert found["workloads"]["W1"]["agreement"]["vectorbt"]["agrees"] is False
    assert not any("vectorbt" in name for name in found["workloads"]["W1"]["figures"])
    assert not any("vectorbt" in target["figure"] for target in found["targets"])
    assert "tidegate/bare" in found["workloads"]["W1"]["figures"]
    assert "error: W1: no ratio to vectorbt, for its result is another" in err


def test_nothing_is_timed_where_the_yardstick_comes_to_another_result(
    capsys: pytest.CaptureFixture[str], panels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subjects, "run_yardstick", off_by_one(subjects.run_yardstick))
    code, out, err = bench(capsys, "W1", *QUICK, "--json", "--data", str(panels))
    found = json.loads(out)
    assert code == 1
    assert found["workloads"]["W1"]["seconds"] == {}
    assert found["targets"] == []
    assert "error: W1: nothing is timed" in err
    assert "from barrier 7" in err


def off_by_one(honest: Callable[[Workload, Panel], Tape]) -> Callable[[Workload, Panel], Tape]:
    def planted(workload: Workload, panel: Panel) -> Tape:
        tape = honest(workload, panel)
        return replace(tape, equity_micros=tape.equity_micros + (np.arange(len(tape.equity_micros)) == 7))

    return planted


def test_memory_and_start_up_come_from_fresh_processes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = bench(capsys, "W1", *SMALL, "--json", "--peer", stand_in(tmp_path))
    found = json.loads(out)
    assert code == 0
    memory = found["workloads"]["W1"]["memory_bytes"]
    assert {"from memory", "from files", "results", "chunk", "files", "vectorbt"} == set(memory)
    # 30 assets, 5 prices and a score, 8 bytes, and no more than a month of them.
    assert 0 < memory["chunk"] <= 31 * 30 * 6 * 8 + 31 * 8
    assert memory["results"] > 0
    assert set(found["startup_s"]) == {"import polars, numba", "import tidegate", "tidegate run"}
    assert "start-up over 1.3 imports" in {target["figure"] for target in found["targets"]}


def test_tables_go_to_stdout_and_progress_to_stderr(capsys: pytest.CaptureFixture[str], panels: Path) -> None:
    code, out, err = bench(capsys, "w4d", *QUICK, "--data", str(panels))
    assert code == 0
    assert "Same results?" in out
    assert "W4d: fixed cost of a barrier" in out
    assert "bench: W4d: 1 rounds" in err
    assert "bench:" not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("W9",),                     "workload 'W9': want one of W1, W1b, W2, W2r, W3, W4d, W4m, W5"),
        (("W1", "--repeat", "0"),     "repeat"),
        (("W1", "--scale", "2"),      "scale"),
        (("W1", "--peer", "/no/python"), "peer '/no/python'"),
        (("W1", "--data", "/dev/null/x"), "--data /dev/null/x"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_before_anything_is_measured(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = bench(capsys, *arguments)
    assert code == 2
    assert said in err
    assert out == ""
