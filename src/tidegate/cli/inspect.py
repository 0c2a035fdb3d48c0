"""`inspect`: a journal as a whole, or one barrier of it as a sequence diagram."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from tidegate.cli.outcome import DONE
from tidegate.cli.printing import columns, plain_output, show
from tidegate.cli.run import Flag
from tidegate.core.errors import UserError
from tidegate.explain.opening import Recorded
from tidegate.explain.overview import Overview, barrier_at
from tidegate.explain.sequence import Diagram

_NUMBER = re.compile(r"-?[0-9][0-9,]{0,20}")


def inspect(run: Path, /, *, at: str | None = None, json_: Flag = False) -> int:
    """Show what is in a journal; with --at, the messages of one barrier as a sequence diagram.

    Columns are actors, rows messages in order of delivery. `record` is a message's number, `from` the message whose
    handling made the sender send it, `step` the superstep of the phase. A message goes from the dot to the arrows.

    [bold]Examples[/bold]

      [cyan]python -m tidegate inspect runs/top25[/cyan]
      [cyan]python -m tidegate inspect runs/top25 --at 12[/cyan]
      [cyan]python -m tidegate inspect runs/top25/journal.tgj --at 2024-01-17T14:30 --json[/cyan]

    Args:
        run: A journal, or a run folder that holds one.
        at: A barrier's number; or a time (UTC unless it says otherwise), for the first barrier at it or after it; or
            start, for what was sent before the first barrier, or end, for the last one.
        json_: Print JSON, with all fields of the messages.
    """
    with Recorded(run) as recorded:
        if at is not None:
            diagram = Diagram(recorded, find_barrier(recorded, at))
            lines = [json.dumps(diagram.as_json())] if json_ else diagram.lines(columns(), plain=plain_output())
            print("\n".join(lines))
        elif json_:
            print(json.dumps(Overview(recorded).as_json()))
        else:
            _show(Overview(recorded))
    return DONE


def find_barrier(recorded: Recorded, at: str) -> int:
    """The barrier that a person means.

    Raises:
        UserError: `at` is none of what it may be, or not in the journal.
    """
    if at == "start":
        return -1
    if at == "end":
        return recorded.last
    if _NUMBER.fullmatch(at):
        return int(at.replace(",", ""))
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise UserError(
            f"--at '{at}': want a barrier's number, a time such as 2024-01-17 or 2024-01-17T14:30, start or end"
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return barrier_at(recorded, round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000_000)


def _show(overview: Overview) -> None:
    facts = Table.grid(padding=(0, 2, 0, 0))
    for label, text in overview.facts():
        facts.add_row(label, text)
    types = Table(box=None, padding=(0, 3, 0, 0), show_edge=False, pad_edge=False)
    types.add_column("Type")
    for name in ("messages", "bytes of records", "each"):
        types.add_column(name, justify="right")
    for name, count in overview.types.items():
        each = count.stored_bytes / count.messages
        types.add_row(name, f"{count.messages:,}", f"{count.stored_bytes:,}", f"{each:,.0f}")
    show(facts, "", types)
