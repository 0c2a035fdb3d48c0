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

SEED = 20_240_501


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
    import polars as pl  # heavy: only a measurement pays for it

    rng = np.random.Generator(np.random.PCG64(SEED))
    T, N = files.shape.barriers, files.shape.assets
    vol = 0.0008 if files.shape.minutes else 0.015
    c = 50 * np.exp(np.cumsum(rng.normal(0, vol, (T, N)), 0))
    o = np.vstack([c[:1], c[:-1]]) * np.exp(rng.normal(0, vol / 4, (T, N)))
    h, l = np.maximum(o, c) * np.exp(np.abs(rng.normal(0, vol/2, (T, N)))), np.minimum(o, c) / np.exp(np.abs(rng.normal(0, vol/2, (T, N))))
    if files.shape.minutes:
        ts = np.datetime64("2024-01-01T14:31", "ns") + (np.arange(T) // 390 * 1440 + np.arange(T) % 390) * np.timedelta64(60_000_000_000, "ns")
        ts = pl.Series(ts).dt.replace_time_zone("UTC")
    else:
        ts = pl.Series(np.busday_offset("2000-01-03", np.arange(T)).astype("datetime64[D]"))
    names = [f"A{i:03}" for i in range(N)]
    base = pl.DataFrame({"timestamp": ts}).join(pl.DataFrame({"asset": names}), how="cross")
    base.with_columns(open=o.ravel(), high=h.ravel(), low=l.ravel(), close=c.ravel(), volume=np.full(T*N, 1e5)).write_parquet(files.prices)
    base.with_columns(pl.Series(SIGNAL, rng.normal(0, 1, T*N))).write_parquet(files.signals)


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
