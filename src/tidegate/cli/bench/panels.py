"""The panels of the workloads: made once from a seed, kept as Parquet, read back as arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tidegate.cli.bench.workloads import SIGNAL, Shape, Workload
from tidegate.config.models import Config
from tidegate.core.arrays import FloatArray, IntArray
from tidegate.data.panel import PanelChunk

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
    finer: Path | None = None

    def all(self) -> tuple[Path, ...]:
        """All of them."""
        return (self.prices, self.signals) if self.finer is None else (self.prices, self.signals, self.finer)

    def bytes(self) -> int:
        """Size of all."""
        return sum(path.stat().st_size for path in self.all())


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel in memory.

    Attributes:
        names: the N assets, in order.
        ts_ns: (T,) when the bars closed, ns UTC.
        bars: (T, 5, N) open, high, low, close, volume; dense.
        scores: (T, N) dense.
        finer: when the finer bars closed, and these, (F, 5, N); None where there are none.
    """

    names: tuple[str, ...]
    ts_ns: IntArray
    bars: FloatArray
    scores: FloatArray
    finer: tuple[IntArray, FloatArray] | None = None


def provide(shape: Shape, folder: Path, say: Callable[[str], None]) -> PanelFiles:
    """The panel's files in `folder`, made where they are missing."""
    stem = f"{shape.name}-{shape.assets}x{shape.barriers}" + (f"x{shape.inside}" if shape.inside else "")
    finer = folder / f"{stem}-minutes.parquet" if shape.inside else None
    files = PanelFiles(shape, folder / f"{stem}-prices.parquet", folder / f"{stem}-scores.parquet", finer)
    if not all(path.exists() for path in files.all()):
        say(f"making {stem}")
        folder.mkdir(parents=True, exist_ok=True)
        _make(files)
    return files


def _make(files: PanelFiles) -> None:
    from tidegate.data.synthetic import make  # heavy: loads Polars

    shape = files.shape
    freq = "1m" if shape.inside else f"{shape.minutes}m" if shape.minutes else "1d"
    rows = shape.barriers * max(shape.inside, 1)
    market = make(shape.assets, rows, seed=SEED, freq=freq, start=START, complete=True)
    prices, signals, whole = market.prices, market.signals, shape.assets * shape.inside
    if files.finer is not None:
        _write(prices, files.finer)
        prices = _joined(prices, whole)
        signals = signals.join(prices.select("timestamp", "asset"), on=["timestamp", "asset"], maintain_order="left")
    _write(signals, files.signals)
    _write(prices, files.prices)


def _joined(minutes: "pl.DataFrame", rows: int) -> "pl.DataFrame":
    """The bars that are made of so many rows each, by asset."""
    import polars as pl  # heavy: only a measurement pays for it

    ends = pl.col("open").first(), pl.col("high").max(), pl.col("low").min(), pl.col("close").last()
    number = pl.int_range(pl.len()) // rows
    found = minutes.group_by(number.alias("bar"), "asset", maintain_order=True)
    joined = found.agg(pl.col("timestamp").last(), *ends, pl.col("volume").sum())
    return joined.select("timestamp", "asset", "open", "high", "low", "close", "volume")


def _write(table: "pl.DataFrame", path: Path) -> None:
    """Renamed into place, so that a folder that is used again holds whole files only."""
    half = path.with_suffix(".tmp")
    table.write_parquet(half, compression="zstd")
    half.replace(path)


def read_tables(files: PanelFiles) -> "list[pl.DataFrame]":
    """Prices, scores and finer prices as Polars reads them: the least that any run from files must do."""
    import polars as pl  # heavy: only a measurement pays for it

    return [pl.read_parquet(path) for path in files.all()]


def read(files: PanelFiles) -> Panel:
    """All tables as arrays, in the way of a researcher who knows that they are dense and sorted."""
    prices, scores, *finer = read_tables(files)
    names = tuple(prices["asset"].unique().sort().to_list())
    ts_ns, bars = _arrays(prices, len(names))
    values = scores[SIGNAL].to_numpy().reshape(-1, len(names))
    return Panel(names, ts_ns, bars, values, _arrays(finer[0], len(names)) if finer else None)


def _arrays(prices: "pl.DataFrame", assets: int) -> tuple[IntArray, FloatArray]:
    import polars as pl  # heavy: only a measurement pays for it

    shape = (-1, assets)
    fields = ("open", "high", "low", "close", "volume")
    bars = np.stack([prices[field].to_numpy().reshape(shape) for field in fields], axis=1)
    times = prices["timestamp"].cast(pl.Datetime("ns")).to_physical().to_numpy().reshape(shape)[:, 0]
    return np.ascontiguousarray(times), bars


def chunk_bytes(files: PanelFiles, workload: Workload) -> int:
    """Size of the largest chunk that a run of the workload reads from these files."""
    from tidegate.data.tables import TableSource  # heavy: loads Polars

    config = Config.model_validate(workload.config())
    tables = dict(zip(("prices", "signals", "finer_prices"), map(str, files.all()), strict=False))
    source = TableSource(config.data, config.universe, tables)
    source.open()
    return max(_chunk_bytes(chunk) for chunk in source.chunks())


def _chunk_bytes(chunk: PanelChunk) -> int:
    blocks = [chunk.ts_ns, chunk.bars, chunk.signals, chunk.features, chunk.context]
    blocks += [] if chunk.finer is None else [chunk.finer.ts_ns, chunk.finer.bars]
    return sum(block.nbytes for block in blocks)
