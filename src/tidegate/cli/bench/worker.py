"""One run in a fresh process, for what only a fresh process can tell: the first call, and memory.

Usage: python -m tidegate.cli.bench.worker WORKLOAD SCALE FOLDER memory|files, with the panel already in FOLDER.
Prints one line of JSON.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

START_S = time.perf_counter()
SMALL = 0.001
"""Scale of the panel of the run that goes first."""


def ask(key: str, scale: float, folder: Path, origin: str) -> dict[str, Any]:
    """Runs this file as a fresh process and returns what it says; see `measure` for the fields."""
    command = [sys.executable, "-m", "tidegate.cli.bench.worker", key, repr(scale), str(folder), origin]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(key: str, scale: float, folder: Path, origin: str) -> dict[str, Any]:
    """Runs a workload from `memory` or `files`, after a run on a very small panel.

    The small run goes first so that what the first use of a library takes for good (threads, arenas, code) is not
    counted as the workload's.

    Returns:
        import_s, kernels_s: of imports, and of loading the kernels.
        small_s, first_s: of the small run, which is the first in this process, and of the workload, to the metrics.
        before_bytes, peak_bytes: resident before the workload, from memory with its panel; and the most during it.
        results_bytes: the recorded tables.
    """
    # Imported here so that the time is this process's own to tell.
    from tidegate.cli.bench import engine, memory, panels
    from tidegate.cli.bench.workloads import scaled, select

    imported = time.perf_counter()
    engine.load_kernels()
    loaded = time.perf_counter()
    workload, small = (scaled(select((key,))[0], size) for size in (scale, SMALL))
    files, small_files = (panels.provide(one.shape, folder, lambda text: None) for one in (workload, small))
    small_s = engine.run_from_files(small_files, small).total_s
    arrays = engine.source(panels.read(files)) if origin == "memory" else None
    memory.reset_peak()
    before = memory.resident_bytes()
    timed = engine.run_from_memory(arrays, workload) if arrays else engine.run_from_files(files, workload)
    peak = memory.peak_bytes()
    return {
        "import_s": imported - START_S,
        "kernels_s": loaded - imported,
        "small_s": small_s,
        "first_s": timed.total_s,
        "before_bytes": before,
        "peak_bytes": peak,
        "results_bytes": engine.result_bytes(timed.result.record),
    }


if __name__ == "__main__":
    key, scale, folder, origin = sys.argv[1:]
    print(json.dumps(measure(key, float(scale), Path(folder), origin)))
