from pathlib import Path

import numpy as np
import pytest

from tidegate.cli.bench.panels import PanelFiles, chunk_bytes, provide, read, read_tables
from tidegate.cli.bench.workloads import Shape, scaled, select
from tidegate.data import spans

DAILY = Shape("daily", 30, 45)
MINUTE = Shape("minute", 30, 800, minutes=1)


def silent(_: str) -> None:
    """Nobody listens."""


@pytest.mark.parametrize("shape", [DAILY, MINUTE], ids=lambda shape: shape.name)
def test_a_panel_is_dense_and_reads_as_arrays_in_the_order_of_its_rows(shape: Shape, tmp_path: Path) -> None:
    files = provide(shape, tmp_path, silent)
    prices, scores = read_tables(files)
    panel = read(files)
    assert panel.finer is None
    assert panel.bars.shape == (shape.barriers, 5, shape.assets)
    assert panel.scores.shape == (shape.barriers, shape.assets)
    assert np.isfinite(panel.bars).all()
    assert np.isfinite(panel.scores).all()
    assert list(panel.names) == sorted(panel.names)
    assert (np.diff(panel.ts_ns) > 0).all()
    row = prices.row(shape.assets * 7 + 3, named=True)
    assert row["asset"] == panel.names[3]
    assert [row[field] for field in ("open", "high", "low", "close", "volume")] == panel.bars[7, :, 3].tolist()
    assert scores["ml_score"][shape.assets * 7 + 3] == panel.scores[7, 3]


def test_bars_are_made_of_the_minutes_inside_them(tmp_path: Path) -> None:
    files = provide(Shape("inside", 30, 20, minutes=40, inside=40), tmp_path, silent)
    panel = read(files)
    assert panel.finer is not None
    times, minutes = panel.finer
    assert (minutes.shape, panel.bars.shape, panel.scores.shape) == ((800, 5, 30), (20, 5, 30), (20, 30))
    assert panel.ts_ns.tolist() == times[39::40].tolist()
    inside = minutes.reshape(20, 40, 5, 30)
    np.testing.assert_array_equal(panel.bars[:, 0], inside[:, 0, 0])
    np.testing.assert_array_equal(panel.bars[:, 1], inside[:, :, 1].max(axis=1))
    np.testing.assert_array_equal(panel.bars[:, 2], inside[:, :, 2].min(axis=1))
    np.testing.assert_array_equal(panel.bars[:, 3], inside[:, -1, 3])
    np.testing.assert_allclose(panel.bars[:, 4], inside[:, :, 4].sum(axis=1))
    assert files.bytes() == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert len(files.all()) == 3


def test_a_chunk_has_the_minutes_in_it(tmp_path: Path) -> None:
    """But not those of the first bar, of which nobody knows when it began."""
    workload = scaled(select(("W5",))[0], 0.01)
    size = chunk_bytes(provide(workload.shape, tmp_path, silent), workload)
    assert size == 20 * 8 * (1 + 30 * 6) + 19 * 20 * 8 * (1 + 30 * 5)


def test_minute_bars_are_minutes_apart_within_a_session(tmp_path: Path) -> None:
    panel = read(provide(MINUTE, tmp_path, silent))
    gaps, counts = np.unique(np.diff(panel.ts_ns) // 60_000_000_000, return_counts=True)
    assert gaps[0] == 1
    assert counts[0] == 800 - 1 - 2


def test_the_same_panel_comes_out_every_time_and_is_made_once(tmp_path: Path) -> None:
    said: list[str] = []
    first = provide(DAILY, tmp_path / "a", said.append)
    other = provide(DAILY, tmp_path / "b", said.append)
    assert [path.read_bytes() for path in paths(first)] == [path.read_bytes() for path in paths(other)]
    assert said == ["making daily-30x45"] * 2
    times = [path.stat().st_mtime_ns for path in paths(first)]
    assert provide(DAILY, tmp_path / "a", said.append) == first
    assert [path.stat().st_mtime_ns for path in paths(first)] == times
    assert len(said) == 2
    assert sorted(path.suffix for path in (tmp_path / "a").iterdir()) == [".parquet", ".parquet"]


def paths(files: PanelFiles) -> tuple[Path, Path]:
    return files.prices, files.signals


def test_a_chunk_is_the_largest_that_a_run_reads_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workload = scaled(select(("W2",))[0], 0.01)
    files = provide(workload.shape, tmp_path, silent)
    assert chunk_bytes(files, workload) == workload.shape.barriers * 8 * (1 + 30 * 6)
    monkeypatch.setattr(spans, "FIRST_VALUES", 10 * 30 * 6)
    monkeypatch.setattr(spans, "CHUNK_VALUES", 15 * 30 * 6)
    assert chunk_bytes(files, workload) == 15 * 8 * (1 + 30 * 6)
