"""`diff`: two recorded runs, message by message."""

import json
from pathlib import Path

from rich.table import Table

from tidegate.cli.outcome import DONE
from tidegate.cli.printing import show
from tidegate.cli.run import Flag
from tidegate.explain.compared import rendered
from tidegate.explain.comparison import compare
from tidegate.explain.opening import Recorded
from tidegate.explain.overview import ended

DIFFER = 1


def diff(a: Path, b: Path, /, *, json_: Flag = False) -> int:
    """Compare two recorded runs, message by message.

    Tells in which keys their headers differ (settings, data, code, versions); the first message that differs, with its
    barrier, phase, actor and field, and what caused it; how many messages of each type are equal; and what that came
    to: fills, equity, positions. A is what is expected, B what is found.

    [bold]Examples[/bold]

      [cyan]python -m tidegate diff runs/top25 runs/top25-2[/cyan]
      [cyan]python -m tidegate diff before.tgj after.tgj --json[/cyan]

    [bold]Exit codes[/bold] 0 all messages are equal, and the data they refer to; 1 the runs differ; 2 one cannot be
    read. Headers may differ in other keys and the runs be equal.

    Args:
        a: A journal, or a run folder that holds one.
        b: Another.
        json_: Print JSON, with all fills that differ.
    """
    with Recorded(a) as first, Recorded(b) as second:
        comparison = compare(first, second)
        if json_:
            print(json.dumps(comparison.as_json()))
        else:
            show(_runs(first, second), "", rendered(comparison))
    return DONE if comparison.equal else DIFFER


def _runs(a: Recorded, b: Recorded) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for letter, run in (("A", a), ("B", b)):
        table.add_row(letter, run.name, f"{run.last + 1:,} barriers", ended(run))
    return table
