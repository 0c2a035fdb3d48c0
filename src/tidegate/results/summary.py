"""The printed summary of a run: a rich renderable, and plain text by `str`."""

import textwrap
from collections.abc import Iterator, Sequence
from io import StringIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

from tidegate.core.enums import RunStatus
from tidegate.results.facts import RunFacts
from tidegate.results.figures import GROUPS, Line, count_lines, fact_lines, read_ahead, title

PLAIN_WIDTH = 100
"""Columns of the plain text."""
_COLUMN_WIDTH = 32
_ERROR_LINES = 3
_TIED = "\N{NO-BREAK SPACE}"
_COUNT_LINES, _COUNT_LINES_NARROW = 5, 3
_FACT_LABEL = 12
_STYLES = {RunStatus.COMPLETED: "green", RunStatus.INTERRUPTED: "yellow", RunStatus.FAILED: "red"}
_SHORT = {
    "Return": ("initial_cash", "final_equity", "net_profit", "total_return", "cagr", "best_bar", "worst_bar"),
    "Risk": ("volatility", "sharpe", "sortino", "calmar", "max_drawdown", "longest_drawdown_days", "exposure_average"),
    "Trading": ("orders", "fills", "trades", "hit_rate", "profit_factor", "average_bars_held", "turnover_annual"),
}
_COST_ROWS = ("commission", "slippage", "costs")
_COST_PARTS = ("venue_fees", "spread", "impact")
_CARRY_LINES = 2


class Summary:
    """What a person wants to see after a run, in at most 45 lines from 40 columns on.

    Args:
        result: of any status, also of a run without a barrier.
    """

    def __init__(self, result: RunFacts) -> None:
        self._result = result

    def __str__(self) -> str:
        text = StringIO()
        # In a notebook rich would show the text there instead of writing it to the file.
        Console(file=text, width=PLAIN_WIDTH, color_system=None, force_terminal=False, force_jupyter=False).print(self)
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        yield self._head()
        if self._result.error:
            yield Text(_cut(self._result.error, options.max_width, _ERROR_LINES), style="red")
        yield from (_fact(line, options.max_width) for line in fact_lines(self._result))
        yield Text()
        yield self._figures(options.max_width)
        yield Text()
        yield from self._costs(options.max_width)
        yield from self._carry(options.max_width)
        yield from self._counts(options.max_width)

    def _head(self) -> Text:
        head = Text(f"{title(self._result)} ", style="bold", no_wrap=True, overflow="ellipsis")
        return head.append(self._result.status.value, style=_STYLES.get(self._result.status, ""))

    def _figures(self, width: int) -> Table:
        grid = Table.grid(padding=(0, 2, 0, 0))
        groups = [self._group(name) for name in _SHORT]
        abreast = max(1, min(len(groups), width // (_COLUMN_WIDTH + 1)))
        for first in range(0, len(groups), abreast):
            if first and abreast > 1:
                grid.add_row()
            grid.add_row(*groups[first : first + abreast])
        return grid

    def _group(self, name: str) -> Table:
        table = Table.grid(padding=(0, 1, 0, 0), expand=True)
        table.width = _COLUMN_WIDTH - 1
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True, ratio=1)
        table.add_row(Text(name, style="bold"), "")
        figures = {figure.name: figure for figure in GROUPS[name]}
        for metric in _SHORT[name]:
            line = figures[metric].line(self._result.metrics)
            table.add_row(Text(line.label, style="dim"), line.text)
        return table

    def _costs(self, width: int) -> Iterator[Text]:
        figures = {figure.name: figure for figure in GROUPS["Costs"]}
        parts = []
        for name in _COST_ROWS:
            paid = figures[name].line(self._result.metrics)
            share = figures[f"{name}_bps"].line(self._result.metrics)
            parts.append(f"{paid.label} {paid.text} ({share.text})")
        for name in _COST_PARTS if width > 2 * _COLUMN_WIDTH + 1 else ():
            if self._result.metrics[name]:
                paid = figures[name].line(self._result.metrics)
                parts.append(f"{paid.label} {paid.text}")
        yield Text("Costs", style="bold").append("  " + _cut(_listed(parts), width - 7, None), style="not bold")

    def _carry(self, width: int) -> Iterator[Text]:
        """What came in or went out by itself, where anything did."""
        metrics = self._result.metrics
        lines = [figure.line(metrics) for figure in GROUPS["Carry"] if metrics[figure.name]]
        if lines:
            said = _cut(_listed([f"{line.label} {line.text}" for line in lines]), width - 7, _CARRY_LINES)
            yield Text("Carry", style="bold").append("  " + said, style="not bold")

    def _counts(self, width: int) -> Iterator[Text]:
        said = _listed([f"{label} {number}" for label, number in count_lines(self._result.counts)])
        text = said or "nothing refused, trimmed, stale, ambiguous or dropped"
        rows = _COUNT_LINES if width > 2 * _COLUMN_WIDTH + 1 else _COUNT_LINES_NARROW
        cut = _cut(text, width - 7, rows, more=" ... (all: counts)")
        yield Text("Counts", style="bold").append(" " + cut, style="not bold")
        if ahead := read_ahead(self._result):
            yield Text(_cut(ahead, width, None), style="dim")


def _fact(line: Line, width: int) -> Text:
    text = Text(line.label.ljust(_FACT_LABEL), style="dim", no_wrap=True, overflow="ellipsis")
    return text.append(line.text, style="not dim")


def _listed(parts: Sequence[str]) -> str:
    """The parts with commas between them; `_cut` breaks lines between parts alone, unless one is very long."""
    return ", ".join(part if len(part) > _COLUMN_WIDTH else part.replace(" ", _TIED) for part in parts)


def _cut(text: str, width: int, lines: int | None, *, more: str = " ...") -> str:
    """The text in at most so many lines (None: any) of so many columns, ending in `more` where that is not all."""
    return "\n".join(textwrap.wrap(text, max(width, 20), max_lines=lines, placeholder=more)).replace(_TIED, " ")
