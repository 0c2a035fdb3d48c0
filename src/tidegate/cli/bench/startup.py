"""What a person feels: how long a process takes from its start to a first result."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tidegate.cli.bench.panels import PanelFiles
from tidegate.cli.bench.timing import take_turns
from tidegate.cli.bench.workloads import SIGNAL

HEAVY = "import polars, numba"


def measure_startup(files: PanelFiles, repeat: int) -> dict[str, list[float]]:
    """Seconds of whole processes, in turns: the heavy imports alone, `import tidegate`, and a small run.

    The run is the command `run` on one barrier of the panel with compiled kernels, its folder without a report; it
    does more than reach its first barrier, so the figure is an upper bound.
    """
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as name:
        folder = Path(name)
        config = folder / "small.json"
        config.write_text(_small_config(_first_barrier(files, folder)))
        run = [sys.executable, "-m", "tidegate", "run", str(config), "--out", str(folder / "out")]

        def small_run() -> float:
            seconds = _seconds(run)
            shutil.rmtree(folder / "out")
            return seconds

        small_run()  # fills caches; what counts is the second one
        return take_turns(
            {
                HEAVY: lambda: _seconds([sys.executable, "-c", HEAVY]),
                "import tidegate": lambda: _seconds([sys.executable, "-c", "import tidegate"]),
                "tidegate run": small_run,
            },
            repeat,
        )


def _small_config(files: PanelFiles) -> str:
    config = {
        "run": {"name": "small", "kernels": "compiled"},
        "data": {
            "prices": {"path": str(files.prices), "stamp": "end"},
            "signals": {"path": str(files.signals), "columns": [SIGNAL], "stamp": "end"},
        },
        "strategy": {"use": "tidegate.strategy.library:TopN", "params": {"signal": SIGNAL}},
        "record": {"report": False},
    }
    return json.dumps(config)


def _first_barrier(files: PanelFiles, folder: Path) -> PanelFiles:
    """The rows of the first timestamp as files of their own."""
    import polars as pl  # heavy: only a measurement pays for it

    first = PanelFiles(files.shape, folder / "prices.parquet", folder / "scores.parquet")
    for source, target in ((files.prices, first.prices), (files.signals, first.signals)):
        table = pl.scan_parquet(source)
        table.filter(pl.col("timestamp") == pl.col("timestamp").min()).collect().write_parquet(target)
    return first


def _seconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - start
