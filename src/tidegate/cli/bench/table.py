"""The measurements as tables for a person and as JSON for a program."""

import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from typing import Any

from rich.console import Console
from rich.table import Table

from tidegate.cli.bench.measure import Measured, Settings
from tidegate.cli.bench.subjects import BARE, VECTORBT
from tidegate.cli.bench.targets import Verdict, judge

FOOTNOTES = (
    "run-only: from the first barrier to the last, data in memory, kernels loaded; results: the tables after it",
    "manual loop: fills and equity alone; no order or trade rows, cost basis, realized profit, postings or limits",
    "vectorbt: Portfolio.from_orders and its equity curve, in a fresh process; import and weights not counted",
    "from files: reading Parquet, run and results; loop, files: read_parquet, reshape, manual loop",
    "with a journal: the whole call, fingerprints of the data and seal included; arrays were hashed before",
    "into a folder: from files, and the run folder written, as `tidegate run` does",
    "verify, replay: of the journal that was recorded from memory, with the data in memory",
    "memory: beyond what the process held after a small run; a chunk is the most that is read at once",
)
Startup = Mapping[str, Sequence[float]]
SPEED_COLUMNS = (
    "tidegate",
    "tidegate results",
    "bare",
    "vectorbt second",
    "vectorbt first",
    "files",
    "bare files",
    "read",
)


def environment(settings: Settings) -> dict[str, str | int | float]:
    """What the numbers depend on."""
    facts: dict[str, str | int | float] = {
        "python": platform.python_version(),
        "cpus": os.cpu_count() or 0,
        "machine": f"{sys.platform} {platform.machine()}",
    }
    facts |= {name: metadata.version(name) for name in ("tidegate", "numpy", "numba", "polars")}
    if settings.peer:
        facts["vectorbt"] = settings.peer.version
    return facts | {"repeat": settings.repeat, "scale": settings.scale}


def all_figures(measurements: Sequence[Measured], startup: Startup) -> dict[str, float]:
    """Every figure under the name that targets use."""
    figures = {
        f"{measured.workload.key} {name}": value
        for measured in measurements
        for name, value in measured.figures.items()
    }
    if startup:
        pairs = zip(startup["tidegate run"], startup["import polars, numba"], strict=True)
        figures["start-up over 1.3 imports"] = statistics.median(run - 1.3 * heavy for run, heavy in pairs)
    return figures


def as_json(measurements: Sequence[Measured], startup: Startup, settings: Settings) -> dict[str, Any]:
    """Everything, with all seconds of all rounds."""
    verdicts = judge(all_figures(measurements, startup))
    return {
        "environment": environment(settings),
        "workloads": {measured.workload.key: _workload_json(measured) for measured in measurements},
        "startup_s": {name: list(values) for name, values in startup.items()},
        "targets": [
            asdict(verdict.target) | {"measured": verdict.measured, "met": verdict.met} for verdict in verdicts
        ],
    }


def _workload_json(measured: Measured) -> dict[str, Any]:
    workload = measured.workload
    return {
        "title": workload.title,
        "assets": workload.shape.assets,
        "barriers": workload.shape.barriers,
        "agreement": {other: asdict(agreement) for other, agreement in measured.agreements.items()},
        "seconds": measured.seconds,
        "median_s": {name: statistics.median(values) for name, values in measured.seconds.items()},
        "figures": measured.figures,
        "memory_bytes": measured.memory,
        "notes": measured.notes,
    }


def show(console: Console, measurements: Sequence[Measured], startup: Startup, settings: Settings) -> None:
    """Prints the tables."""
    facts = environment(settings)
    console.print(", ".join(f"{name} {value}" for name, value in facts.items()), style="dim")
    for measured in measurements:
        console.print(f"[bold]{measured.workload.key}[/bold] {measured.workload.title}")
    console.print(_agreement_table(measurements))
    console.print(_speed_table(measurements))
    if any(measured.memory for measured in measurements):
        console.print(_memory_table(measurements))
    if startup:
        console.print(_startup_table(startup))
    if any("recorded" in measured.seconds for measured in measurements):
        console.print(_journal_table(measurements))
    console.print(_target_table(judge(all_figures(measurements, startup))))
    notes = [f"{measured.workload.key}: {note}" for measured in measurements for note in measured.notes]
    for line in (*notes, *FOOTNOTES):
        console.print(line, style="dim", highlight=False)


def _agreement_table(measurements: Sequence[Measured]) -> Table:
    table = Table("", "the manual loop", "vectorbt", title="Same results?", title_justify="left")
    for measured in measurements:
        cells = []
        for other in (BARE, VECTORBT):
            agreement = measured.agreements.get(other)
            cells.append(f"{_mark(agreement.agrees)} {agreement.text}" if agreement else "-")
        table.add_row(measured.workload.key, *cells)
    return table


def _speed_table(measurements: Sequence[Measured]) -> Table:
    heads = (
        "run-only",
        "results",
        "manual loop",
        "vectorbt 2nd",
        "vectorbt 1st",
        "from files",
        "loop, files",
        "read files",
    )
    table = Table("", *heads, "us/barrier", title="Seconds, median", title_justify="left")
    for measured in measurements:
        cells = [_seconds(measured.seconds.get(name)) for name in SPEED_COLUMNS]
        cost = measured.figures.get("us/barrier")
        table.add_row(measured.workload.key, *cells, "-" if cost is None else f"{cost:.1f}")
    return table


def _memory_table(measurements: Sequence[Measured]) -> Table:
    columns = ("from memory", "from files", "results", "chunk", "files", "vectorbt")
    heads = ("run-only", "from files", "of it results", "one chunk", "files on disk", "vectorbt")
    table = Table("", *heads, title="Peak memory of a run, MB", title_justify="left")
    for measured in measurements:
        cells = [measured.memory.get(column) for column in columns]
        table.add_row(measured.workload.key, *("-" if value is None else f"{value / 1e6:.1f}" for value in cells))
    return table


def _journal_table(measurements: Sequence[Measured]) -> Table:
    heads = (
        "from memory", "without", "from files", "without", "into a folder", "without", "verify", "replay",
        "bytes/barrier", "open 1M messages",
    )  # fmt: skip
    table = Table("", *heads, title="Runs with a journal, by reference, mode batch: seconds", title_justify="left")
    for measured in measurements:
        if "recorded" in measured.seconds:
            runs = ("recorded", "tidegate call", "files recorded", "files", "folder recorded", "folder")
            size, opening = measured.figures["journal bytes/barrier"], measured.figures["journal open s"]
            cells = [_seconds(measured.seconds.get(name)) for name in (*runs, "verified", "replayed")]
            table.add_row(measured.workload.key, *cells, f"{size:.0f}", f"{opening:.3f}")
    return table


def _startup_table(startup: Startup) -> Table:
    table = Table("process", "seconds, median", title="Start-up", title_justify="left")
    for name, values in startup.items():
        table.add_row(name, _seconds(values))
    return table


def _target_table(verdicts: Sequence[Verdict]) -> Table:
    table = Table("", "measured", "target", "", title="Targets", title_justify="left")
    for verdict in verdicts:
        target = verdict.target
        sign = ">=" if target.at_least else "<="
        bound = f"{sign} {target.bound:g} {target.unit}"
        table.add_row(target.text, f"{verdict.measured:.2f} {target.unit}", bound, _mark(verdict.met))
    return table


def _mark(good: bool) -> str:
    return "[green]✓[/green]" if good else "[red]✗[/red]"


def _seconds(values: Sequence[float] | None) -> str:
    return "-" if not values else f"{statistics.median(values):.4f}"
