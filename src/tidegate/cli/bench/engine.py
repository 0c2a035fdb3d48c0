"""The engine under test: the same workloads through a session, from memory and from files."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tidegate.cli.bench.bare import Tape
from tidegate.cli.bench.panels import Panel, PanelFiles
from tidegate.cli.bench.workloads import SIGNAL, Rotation, Workload
from tidegate.data.panel import ArraySource
from tidegate.kernels.kernel import all_kernels, compile_all, is_cached
from tidegate.results.record import RunRecord
from tidegate.results.result import Result
from tidegate.session import Session
from tidegate.strategy.context import Context
from tidegate.strategy.library import TopN
from tidegate.strategy.strategy import Strategy


class Idle(Strategy):
    """Does nothing, so that only the fixed cost of a barrier is left."""

    def on_batch(self, ctx: Context) -> None:
        """Nothing."""


class Crowded(TopN):
    """The rotation beside limit orders that wait at a tenth of the price and never fill.

    Attributes:
        placing_s: from the first decision, which places them, to the second.
    """

    def __init__(self, rotation: Rotation) -> None:
        super().__init__(n=rotation.n, every=rotation.every, gross=rotation.gross, signal=SIGNAL)
        self._resting = rotation.resting
        self.placing_s = 0.0
        self._began_s = 0.0

    def on_batch(self, ctx: Context) -> None:
        """Places the orders at the first barrier."""
        if ctx.barrier == 0:
            self._began_s = time.perf_counter()
            limits = 0.1 * ctx.batch.close
            for number in range(self._resting):
                asset = number % len(limits)
                ctx.order(asset, 1.0, limit=float(limits[asset]))
        elif ctx.barrier == 1:
            self.placing_s = time.perf_counter() - self._began_s
        super().on_batch(ctx)


@dataclass(frozen=True, slots=True)
class Timed:
    """A run and its seconds.

    Attributes:
        result: what it made.
        barriers_s: from the first barrier to the last; without the time that placing a book of orders took.
        results_s: making tables, metrics and digest of what was recorded.
        total_s: the whole call, wiring included.
    """

    result: Result
    barriers_s: float
    results_s: float
    total_s: float


def strategy(rotation: Rotation | None) -> Strategy:
    """What trades the rotation."""
    if rotation is None:
        return Idle()
    if rotation.resting:
        return Crowded(rotation)
    return TopN(n=rotation.n, every=rotation.every, gross=rotation.gross, signal=SIGNAL)


def load_kernels() -> str:
    """Loads or compiles all kernels; returns what was done, in words."""
    cached, start = is_cached(), time.perf_counter()
    compile_all()
    done = "loaded from the cache" if cached else "compiled"
    return f"{len(all_kernels())} kernels {done} in {time.perf_counter() - start:.1f} s"


def source(panel: Panel) -> ArraySource:
    """The panel as the feed reads it; not part of what is timed."""
    return ArraySource(panel.names, panel.ts_ns, panel.bars, signals={SIGNAL: panel.scores}, finer=panel.finer)


def run_from_memory(arrays: ArraySource, workload: Workload, journal: Path | None = None) -> Timed:
    """Runs the workload on arrays, and records it where there is a path for that."""
    start = time.perf_counter()
    trader = strategy(workload.rotation)
    session = Session(trader, config=workload.config(), source=arrays, progress=False, journal=journal)
    return _finish(session, trader, start)


def run_from_files(files: PanelFiles, workload: Workload, journal: Path | None = None) -> Timed:
    """Runs the workload on the Parquet files, and records it where there is a path for that."""
    return _run_from_files(files, workload, workload.config(), journal=journal)


def run_into_folder(files: PanelFiles, workload: Workload, folder: Path, *, journal: bool) -> Timed:
    """Runs the workload as `tidegate run` does, from the Parquet files into a run folder, with or without a journal."""
    config = workload.config() | {"journal": {"mode": "batch" if journal else "off"}}
    return _run_from_files(files, workload, config, folder=folder)


def _run_from_files(
    files: PanelFiles,
    workload: Workload,
    config: dict[str, Any],
    folder: Path | None = None,
    journal: Path | None = None,
) -> Timed:
    start = time.perf_counter()
    trader = strategy(workload.rotation)
    session = Session(
        trader,
        prices=files.prices,
        finer_prices=files.finer,
        signals=files.signals,
        config=config,
        progress=False,
        out=folder,
        journal=journal,
    )
    return _finish(session, trader, start)


def _finish(session: Session, trader: Strategy, start: float) -> Timed:
    result = session.run()
    ran = time.perf_counter()
    # Metrics are computed when they are first looked at; they belong to the results.
    assert result.metrics
    end = time.perf_counter()
    placing_s = trader.placing_s if isinstance(trader, Crowded) else 0.0
    return Timed(result, result.timings["run"] - placing_s, result.timings["results"] + end - ran, end - start)


def tape(record: RunRecord) -> Tape:
    """What the yardstick can be compared with."""
    return Tape(
        record.ints("equity", "equity_micros"),
        record.ints("fills", "barrier"),
        record.ints("fills", "asset"),
        record.floats("fills", "quantity"),
        record.floats("fills", "price"),
    )


def result_bytes(record: RunRecord) -> int:
    """Size of the recorded tables; a text counts as one pointer, for texts are shared."""
    total = 0
    for table in record.tables.values():
        for column in table.values():
            total += column.nbytes if isinstance(column, np.ndarray) else 8 * len(column)
    return total
