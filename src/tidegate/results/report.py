"""The HTML report of a run: one page with everything inlined, so it opens without a network."""

import html
import json
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

from tidegate.core.enums import Reason
from tidegate.results.charts import Chart, make_charts, thinned
from tidegate.results.facts import RunFacts
from tidegate.results.figures import GROUPS, Line, count_lines, fact_lines, period, read_ahead, title
from tidegate.results.manifest import portable
from tidegate.results.series import Periods, ends_days, monthly_returns

_HEADLINES = (
    "total_return",
    "cagr",
    "volatility",
    "sharpe",
    "max_drawdown",
    "hit_rate",
    "turnover_annual",
    "costs_bps",
)
_TONED = ("total_return", "cagr")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FULL_COLOR_AT = 0.08
"""A monthly return of this size, up or down, has the strongest color."""
_EVENTS_SHOWN = 20
_DRAW = """
for (const place of document.querySelectorAll("[data-chart]")) {
  const figure = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  Plotly.newPlot(place, figure.data, figure.layout, {responsive: true, displaylogo: false, displayModeBar: false});
}
"""


def write_report(result: RunFacts, path: Path) -> Path:
    """Writes the page to `path`, whose folder must exist, and returns it."""
    path.write_text(render(result), encoding="utf-8")
    return path


def render(result: RunFacts) -> str:
    """The page as text."""
    name = html.escape(title(result))
    charts = make_charts(result.record, midnight_ends=ends_days(result.record, result.config))
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{name} - Tidegate</title>",
            f"<style>{_style()}</style>",
            f"<script>{get_plotlyjs()}</script></head><body><main>",
            *_head(result, name),
            '<div class="grid">',
            *(_chart(number, chart) for number, chart in enumerate(charts)),
            *_tables(result),
            "</div>",
            f"<footer>{_footer(result)}</footer>",
            f"</main><script>{_DRAW}</script></body></html>",
        )
    )


def _style() -> str:
    return (files("tidegate.results") / "report.css").read_text(encoding="utf-8")


def _head(result: RunFacts, name: str) -> Iterable[str]:
    size = f"{result.record.barriers:,} barriers, {len(result.record.assets):,} assets"
    span = ", ".join(filter(None, (period(result), size)))
    yield f'<header><h1>{name}</h1><span class="status {result.status.value}">{result.status.value}</span>'
    yield f'<span class="soft">{html.escape(span)}</span></header>'
    if result.error:
        yield f'<div class="card error">{html.escape(result.error)}</div>'
    yield '<div class="heads">'
    figures = {figure.name: figure for group in GROUPS.values() for figure in group}
    for metric in _HEADLINES:
        line = figures[metric].line(result.metrics)
        tone = _tone(result.metrics[metric]) if metric in _TONED else ""
        yield f'<div class="card head"><span>{html.escape(line.label)}</span><b class="{tone}">{line.text}</b></div>'
    yield "</div>"


def _tone(value: float | None) -> str:
    return "" if not value else "gain" if value > 0 else "loss"


def _chart(number: int, chart: Chart) -> str:
    # The figure is JSON inside the page; without "<" no text in it can end the script element.
    figure = json.dumps(chart.figure, allow_nan=False).replace("<", "\\u003c")
    return _card(
        chart.title,
        f'<div data-chart="figure-{number}"></div>'
        f'<script type="application/json" id="figure-{number}">{figure}</script>',
        note=chart.note,
        wide=chart.wide,
    )


def _tables(result: RunFacts) -> Iterable[str]:
    if result.record.rows("equity"):
        returns = monthly_returns(result.record, midnight_ends=ends_days(result.record, result.config))
        yield _card("Monthly returns", _months(returns), wide=True)
    yield _card("Figures", _figures(result), wide=True)
    counts = count_lines(result.counts)
    none = "<p>Nothing was refused, trimmed, stale, ambiguous or dropped.</p>"
    note = ("what did not go as asked, and what the data lacked", read_ahead(result))
    yield _card("Counts", _rows(counts) if counts else none, note="; ".join(filter(None, note)))
    events = _events(result)
    yield _card("Risk and refusals", _rows(events) if events else "<p>Nothing happened.</p>", note="by kind and reason")
    yield _card("The run", _rows(fact_lines(result), "facts"))
    yield _card("Data and versions", _rows(_source_lines(result), "facts"))


def _figures(result: RunFacts) -> str:
    groups = (
        f"<div><h3>{name}</h3>{_rows([figure.line(result.metrics) for figure in figures])}</div>"
        for name, figures in GROUPS.items()
    )
    return f'<div class="groups">{"".join(groups)}</div>'


def _events(result: RunFacts) -> list[Line]:
    """Rows of the risk table by kind and reason, most first, equal ones by name; the rarest are joined."""
    record = result.record
    rows = zip(
        record.texts("risk", "kind"),
        record.ints("risk", "reason").tolist(),
        record.texts("risk", "text"),
        strict=True,
    )
    found = Counter(_event_text(*row) for row in rows)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    lines = [Line(text, f"{count:,}") for text, count in ordered[:_EVENTS_SHOWN]]
    rest = [count for _, count in ordered[_EVENTS_SHOWN:]]
    return lines + (
        [Line(f"{len(rest):,} other kinds", f"{sum(rest):,}")] if rest else []
    )  # deterministic: of integers


def _event_text(kind: str, reason: int, text: str) -> str:
    """`denied: max weight`; of a protective exit the rule, which is its text."""
    why = Reason(reason).name.lower() if reason != Reason.NONE else text if kind == "exit" else ""
    kind = kind.replace("_", " ")
    return f"{kind}: {why.replace('_', ' ')}" if why else kind


def _source_lines(result: RunFacts) -> list[Line]:
    sources = [Line(name, _said(value)) for name, value in portable(result.data).items()]
    made_with = [Line(name, number) for name, number in result.manifest["versions"].items()]
    return sources + made_with


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "; ".join(_said(item) for item in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _months(returns: Periods) -> str:
    """A row for each year, its twelve months and the year's own return."""
    cells: dict[str, dict[int, float]] = {}
    for label, value in zip(returns.labels, returns.values.tolist(), strict=True):
        cells.setdefault(label[:4], {})[int(label[5:7])] = value
    head = "".join(f"<th>{month}</th>" for month in ("", *_MONTHS, "Year"))
    rows = "".join(f"<tr><th>{year}</th>{_year(months)}</tr>" for year, months in cells.items())
    return f'<div class="scroll"><table class="months"><tr>{head}</tr>{rows}</table></div>'


def _year(months: dict[int, float]) -> str:
    whole = 1.0
    for value in months.values():
        whole *= 1.0 + value
    cells = [_month(months.get(month)) for month in range(1, 13)]
    return "".join([*cells, _month(whole - 1.0)])


def _month(value: float | None) -> str:
    if value is None:
        return "<td></td>"
    strength = round(min(abs(value) / _FULL_COLOR_AT, 1.0) * 55)
    color = "var(--gain)" if value > 0 else "var(--loss)"
    shade = f"background: color-mix(in srgb, {color} {strength}%, transparent)"
    return f'<td style="{shade}">{value * 100:+.1f} %</td>'


def _rows(lines: Iterable[Line], kind: str = "") -> str:
    cells = (f"<tr><td>{html.escape(line.label)}</td><td>{html.escape(line.text)}</td></tr>" for line in lines)
    return f'<table class="{kind}">{"".join(cells)}</table>'


def _card(heading: str, body: str, *, note: str = "", wide: bool = False) -> str:
    said = f'<p class="note">{html.escape(note)}</p>' if note else ""
    place = "card wide" if wide else "card"
    return f'<section class="{place}"><h2>{html.escape(heading)}</h2>{said}{body}</section>'


def _footer(result: RunFacts) -> str:
    made = f"Made by Tidegate {result.manifest['versions']['tidegate']}. Digest {result.digest}."
    return html.escape(" ".join(text for text in (thinned(result.record), made) if text))
