"""`python -m tidegate bench`."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from tidegate.cli.bench.workloads import scaled, select
from tidegate.cli.outcome import BUG, DONE, complain
from tidegate.core.errors import UserError

Rounds = Annotated[int, Parameter(validator=Number(gte=1))]
Scale = Annotated[float, Parameter(validator=Number(gt=0, lte=1))]


def bench(
    *workloads: str,
    json_: Annotated[bool, Parameter(name="--json", negative=(), show_default=False)] = False,
    peer: str | None = None,
    repeat: Rounds = 5,
    memory: bool = True,
    startup: bool = True,
    data: Path | None = None,
    scale: Scale = 1.0,
) -> int:
    """Measure speed and memory on made-up panels, side by side with a manual numpy loop and with vectorbt.

    First the results are compared: with the manual loop to the last micro-unit, with vectorbt to a millionth.

    Then all take turns, and every ratio is the median of those within the rounds. It takes a few minutes.

    [bold]Workloads[/bold]

      W1        500 assets x 252 days, rotation every day
      W1b       W1 with a book of 10,000 limit orders far from the price
      W2        250 assets x 5,040 days, rotation every 5 days
      W2r       W2 with stop-loss, take-profit and trailing stop
      W3        250 assets x 19,656 minutes, rotation every 390
      W4d, W4m  an empty strategy on the panels of W2 and W3; W4 means both
      W5        100 assets x 120 days of 390 minutes, rotation every day, exits met minute by minute

    [bold]Examples[/bold]

      [cyan]python -m tidegate bench[/cyan]
      [cyan]python -m tidegate bench W1 W2 --no-startup --data panels[/cyan]
      [cyan]python -m tidegate bench --peer ~/vectorbt/bin/python --json > bench.json[/cyan]

    Args:
        workloads: Which to measure; all by default.
        json_: Print everything as JSON, with the seconds of every round.
        peer: Python interpreter that has vectorbt; else the one that TIDEGATE_BENCH_PEER names.
        repeat: Rounds of turns.
        memory: Also measure first runs and peak memory, in fresh processes.
        startup: Also measure how long processes take to start.
        data: Keep the panels in this folder and use them again; a temporary one by default.
        scale: Size of the panels against the full ones, for a quick look.
    """
    chosen = [scaled(workload, scale) for workload in select(workloads)]
    # The measuring modules load numba and Polars: not before the arguments are known to be right.
    from rich.console import Console

    from tidegate.cli.bench.engine import load_kernels
    from tidegate.cli.bench.measure import Settings, measure
    from tidegate.cli.bench.panels import provide
    from tidegate.cli.bench.peer import ENVIRONMENT, Peer
    from tidegate.cli.bench.startup import measure_startup
    from tidegate.cli.bench.table import as_json, show

    interpreter = peer or os.environ.get(ENVIRONMENT)
    with _folder(data) as folder:
        settings = Settings(folder, repeat, scale, Peer(interpreter) if interpreter else None, memory)
        _say(load_kernels())
        measurements = [measure(workload, settings, _say) for workload in chosen]
        started: dict[str, list[float]] = {}
        if startup:
            _say("start-up")
            started = measure_startup(provide(chosen[0].shape, folder, _say), repeat)
    if json_:
        print(json.dumps(as_json(measurements, started, settings), indent=2))
    else:
        show(Console(width=None if sys.stdout.isatty() else 160), measurements, started, settings)
    differing = [measured for measured in measurements if not measured.agrees]
    complain(*(f"{measured.workload.key}: {note}" for measured in differing for note in measured.notes))
    return BUG if differing else DONE


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Where the panels are: the given folder, or one that goes away."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as name:
            yield Path(name)
        return
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--data {kept}: {error.strerror}; name a folder that can be written") from error
    yield kept
