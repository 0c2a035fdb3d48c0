"""`why`: from a fill or an order back to what it came from."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tidegate.cli.outcome import DONE
from tidegate.cli.printing import columns
from tidegate.cli.run import Flag
from tidegate.core.errors import UserError
from tidegate.explain.causes import parse_order, why_fill, why_order
from tidegate.explain.opening import Recorded

DataSettings = Annotated[
    tuple[str, ...],
    Parameter(
        name="--set",
        negative=(),
        show_default=False,
        help="Where the data is now, such as data.prices.path=prices.parquet. May be repeated.",
    ),
]


def why(
    run: Path,
    /,
    *,
    fill: int | None = None,
    order: str | None = None,
    set_: DataSettings = (),
    json_: Flag = False,
) -> int:
    """Walk back from a fill, or an order, to what it came from.

    A fill is followed to the bar that it met, to the order's acceptance, to the verdict of the risk manager with what
    it trimmed, to the decision that asked for it, and to what that decision was made on: the account, the bar and the
    values of its batch. An exit at a protective level is followed to the rule, its level, and the position it closed.

    `record` is a message's number in the journal; `inspect` shows what stands around it. Fills are numbered from 0, and
    orders named as sender and number: result tables have both.

    [bold]Examples[/bold]

      [cyan]python -m tidegate why runs/top25 --fill 17[/cyan]
      [cyan]python -m tidegate why runs/top25 --order 2-4 --json[/cyan]

    Args:
        run: A journal, or a run folder that holds one.
        fill: The number of a fill.
        order: An order: sender and number, such as 2-17.
        json_: Print JSON.
    """
    if (fill is None) == (order is None):
        raise UserError("why: name one of --fill and --order, such as --fill 0")
    with Recorded(run, set_, market=True) as recorded:
        if order is not None:
            chain = why_order(recorded, parse_order(order))
        else:
            chain = why_fill(recorded, fill or 0)
        print(json.dumps(chain.as_json()) if json_ else "\n".join(chain.lines(columns())))
    return DONE
