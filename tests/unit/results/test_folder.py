import json
from pathlib import Path

import polars as pl
import pytest
from tests.unit.results.sample_run import CONFIG, DATA, record_of, seeded_run

from tidegate.core.enums import RunStatus
from tidegate.core.errors import DataError, KernelBug, UserError
from tidegate.results.folder import RunFolder, read
from tidegate.results.record import SCHEMA, RunRecord
from tidegate.results.result import Result

CONFIG_YAML = "run: {name: top3}\n"


def sealed(path: Path, record: RunRecord | None = None, *, report: bool = False) -> Result:
    result = Result(record or seeded_run(), config=CONFIG, data=DATA)
    RunFolder.create(path).seal(result, CONFIG_YAML, report=report)
    return result


def names(path: Path) -> set[str]:
    return {item.name for item in path.iterdir()}


def test_a_folder_read_back_gives_the_same_result(tmp_path: Path) -> None:
    result = sealed(tmp_path / "runs" / "a")
    back = read(tmp_path / "runs" / "a")
    assert back.metrics == result.metrics
    assert back.digest == result.digest
    assert (back.status, back.error, back.counts, back.timings) == (result.status, None, result.counts, result.timings)
    assert back.config == CONFIG
    assert back.manifest == result.manifest
    assert back.path == result.path == tmp_path / "runs" / "a"
    assert back.summary() == result.summary()
    for table in SCHEMA:
        assert getattr(back, table).equals(getattr(result, table)), table
        assert pl.read_parquet(tmp_path / "runs" / "a" / f"{table}.parquet").equals(getattr(result, table))


def test_a_sealed_folder_holds_exactly_its_files_and_no_path_of_the_machine(tmp_path: Path) -> None:
    sealed(tmp_path / "a", report=True)
    wanted = {f"{table}.parquet" for table in SCHEMA} | {"metrics.json", "config.yaml", "report.html"}
    assert names(tmp_path / "a") == wanted | {"manifest.json"}
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert manifest["files"].keys() == wanted
    assert str(tmp_path) not in json.dumps(manifest)
    assert "/somewhere" not in json.dumps(manifest)
    assert (tmp_path / "a" / "config.yaml").read_text() == CONFIG_YAML
    assert json.loads((tmp_path / "a" / "metrics.json").read_text())["trades"] > 0


def test_an_unfinished_folder_says_that_it_runs_and_is_not_read(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "a")
    assert json.loads((tmp_path / "a" / "manifest.json").read_text())["status"] == "running"
    with pytest.raises(DataError, match="was not sealed"):
        read(tmp_path / "a")


@pytest.mark.parametrize("at", ["orders.parquet", "metrics.json", "config.yaml", "manifest.json"])
def test_a_failure_in_the_middle_of_sealing_leaves_no_half_file_and_no_sealed_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    folder = RunFolder.create(tmp_path / "a")
    rename = Path.replace

    def fail(source: Path, target: Path) -> Path:
        if target.name == at:
            raise OSError(28, "No space left on device")
        return rename(source, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        folder.seal(Result(seeded_run()), CONFIG_YAML, report=False)
    left = names(tmp_path / "a")
    assert at not in left - {"manifest.json"}
    assert not [name for name in left if name.endswith("unfinished")]
    with pytest.raises(DataError, match="was not sealed"):
        read(tmp_path / "a")
    monkeypatch.undo()
    folder.seal(Result(seeded_run()), CONFIG_YAML, report=False)
    assert read(tmp_path / "a").digest == Result(seeded_run()).digest


def test_while_a_file_is_written_only_its_unfinished_name_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, bool]] = []
    rename = Path.replace

    def note(source: Path, target: Path) -> Path:
        seen.append((source.name, target.name in names(tmp_path / "a")))
        return rename(source, target)

    monkeypatch.setattr(Path, "replace", note)
    sealed(tmp_path / "a")
    assert seen[0] == (".manifest.json.unfinished", False)
    assert seen[-1] == (".manifest.json.unfinished", True)
    assert not any(existed for _, existed in seen[:-1])


def test_a_failed_run_is_readable_up_to_its_last_barrier(tmp_path: Path) -> None:
    record = seeded_run(barriers=9, status=RunStatus.FAILED, error="actor 'x' failed at barrier 9")
    sealed(tmp_path / "a", record, report=True)
    back = read(tmp_path / "a")
    assert (back.status, back.error) == ("failed", "actor 'x' failed at barrier 9")
    assert back.equity.height == 9


def test_a_run_without_a_barrier_is_readable(tmp_path: Path) -> None:
    sealed(tmp_path / "a", record_of([], status=RunStatus.FAILED, error="no data"), report=True)
    assert read(tmp_path / "a").metrics["final_equity"] == 100.0


def test_a_run_that_still_runs_cannot_be_sealed(tmp_path: Path) -> None:
    with pytest.raises(KernelBug, match="still runs"):
        sealed(tmp_path / "a", record_of([1.0], status=RunStatus.RUNNING))


def test_an_empty_folder_is_taken_and_one_that_holds_something_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    RunFolder.create(tmp_path / "a")
    with pytest.raises(UserError, match="is not empty: name a new one"):
        RunFolder.create(tmp_path / "a")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match=r"cannot be made .*: name another place"):
        RunFolder.create(tmp_path / "file")
    with pytest.raises(UserError, match="cannot be made"):
        RunFolder.create(tmp_path / "file" / "below")


def _edit(**changes: object) -> object:
    def change(path: Path) -> None:
        manifest = json.loads((path / "manifest.json").read_text()) | changes
        (path / "manifest.json").write_text(json.dumps(manifest))

    return change


def _other_price(path: Path) -> None:
    fills = pl.read_parquet(path / "fills.parquet")
    fills.with_columns(pl.col("price") * 2).write_parquet(path / "fills.parquet")


def _no_price(path: Path) -> None:
    pl.read_parquet(path / "fills.parquet").drop("price").write_parquet(path / "fills.parquet")


def _cut(path: Path) -> None:
    content = (path / "trades.parquet").read_bytes()
    (path / "trades.parquet").write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    ("what", "damage", "complaint"),
    [
        ("no manifest", lambda path: (path / "manifest.json").unlink(), "no readable manifest.json"),
        ("cut manifest", lambda path: (path / "manifest.json").write_text('{"format":'), "not JSON"),
        ("a list", lambda path: (path / "manifest.json").write_text("[]"), "format is not"),
        ("other format", _edit(format="tidegate-run-99"), "format is not 'tidegate-run-1'"),
        ("key of another type", _edit(senders=3), "a key is absent or has no such value"),
        ("unknown status", _edit(status="odd"), "a key is absent or has no such value"),
        ("table gone", lambda path: (path / "fills.parquet").unlink(), "fills.parquet"),
        ("table cut", _cut, "trades.parquet"),
        ("column gone", _no_price, "fills.parquet.*price"),
        ("value changed", _other_price, "a file was changed after the run"),
        ("other assets", _edit(assets=["X"]), "fills.parquet"),
    ],
)
def test_a_damaged_folder_is_refused_by_name(tmp_path: Path, what: str, damage: object, complaint: str) -> None:
    sealed(tmp_path / "a")
    assert callable(damage)
    damage(tmp_path / "a")
    with pytest.raises(DataError, match=complaint):
        read(tmp_path / "a")


def test_all_damaged_tables_are_named_at_once(tmp_path: Path) -> None:
    sealed(tmp_path / "a")
    for table in ("fills", "orders"):
        (tmp_path / "a" / f"{table}.parquet").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        read(tmp_path / "a")
    assert len(caught.value.problems) == 2
