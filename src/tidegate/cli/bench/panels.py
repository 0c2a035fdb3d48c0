"""The panels of the workloads: made once from a seed, kept as Parquet, read back as arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tidegate.cli.bench.workloads import SIGNAL, Shape, Workload
from tidegate.config.models import Config
from tidegate.core.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    import polars as pl

SEED = 1
START = "2000-01-03"


@dataclass(frozen=True, slots=True)
class PanelFiles:
    """A panel on disk: long tables, one row for each timestamp and asset."""

    shape: Shape
    prices: Path
    signals: Path

    def bytes(self) -> int:
        """Size of both."""
        return self.prices.stat().st_size + self.signals.stat().st_size


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel in memory.

    Attributes:
        names: the N assets, in order.
        ts_ns: (T,) when the bars closed, ns UTC.
        bars: (T, 5, N) open, high, low, close, volume; dense.
        scores: (T, N) dense.
    """

    names: tuple[str, ...]
    ts_ns: IntArray
    bars: FloatArray
    scores: FloatArray


def provide(shape: Shape, folder: Path, say: Callable[[str], None]) -> PanelFiles:
    """The panel's files in `folder`, made where they are missing."""
    stem = f"{shape.name}-{shape.assets}x{shape.barriers}"
    files = PanelFiles(shape, folder / f"{stem}-prices.parquet", folder / f"{stem}-scores.parquet")
    if not (files.prices.exists() and files.signals.exists()):
        say(f"making {stem}")
        folder.mkdir(parents=True, exist_ok=True)
        _make(files)
    return files


def _make(files: PanelFiles) -> None:
    from tidegate.data.synthetic import make  # heavy: loads Polars

    shape = files.shape
    freq = f"{shape.minutes}m" if shape.minutes else "1d"
    market = make(shape.assets, shape.barriers, seed=SEED, freq=freq, start=START, complete=True)
    for table, path in ((market.signals, files.signals), (market.prices, files.prices)):
        # Renamed into place, so that a folder that is used again holds whole files only.
        half = path.with_suffix(".tmp")
        table.write_parquet(half, compression="zstd")
        half.replace(path)


def read_tables(files: PanelFiles) -> "tuple[pl.DataFrame, pl.DataFrame]":
    """Prices and scores as Polars reads them: the least that any run from files must do."""
    import polars as pl  # heavy: only a measurement pays for it

    return pl.read_parquet(files.prices), pl.read_parquet(files.signals)


def read(files: PanelFiles) -> Panel:
    """Both tables as arrays, in the way of a researcher who knows that they are dense and sorted."""
    import polars as pl  # heavy: only a measurement pays for it

    prices, scores = read_tables(files)
    names = tuple(prices["asset"].unique().sort().to_list())
    shape = (-1, len(names))
    fields = ("open", "high", "low", "close", "volume")
    bars = np.stack([prices[field].to_numpy().reshape(shape) for field in fields], axis=1)
    times = prices["timestamp"].cast(pl.Datetime("ns")).to_physical().to_numpy().reshape(shape)[:, 0]
    return Panel(names, np.ascontiguousarray(times), bars, scores[SIGNAL].to_numpy().reshape(shape))


def chunk_bytes(files: PanelFiles, workload: Workload) -> int:
    """Size of the largest chunk that a run of the workload reads from these files."""
    from tidegate.data.tables import TableSource  # heavy: loads Polars

    config = Config.model_validate(workload.config())
    source = TableSource(config.data, config.universe, {"prices": str(files.prices), "signals": str(files.signals)})
    source.open()
    return max(
        chunk.ts_ns.nbytes + chunk.bars.nbytes + chunk.signals.nbytes + chunk.features.nbytes + chunk.context.nbytes
        for chunk in source.chunks()
    )
