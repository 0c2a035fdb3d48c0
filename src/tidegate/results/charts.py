"""The report's charts as plotly figures in plain dicts: no plotly object is made, so a report costs milliseconds."""

import html
from typing import Any, NamedTuple

import numpy as np

from tidegate.core.money import MICROS
from tidegate.results.metrics import drawdowns
from tidegate.results.record import RunRecord
from tidegate.results.series import (
    POINTS_MAX,
    asset_profits,
    iso_times,
    thin,
    trade_histogram,
    traded_by_period,
)

_BLUE, _GREEN, _RED, _AMBER = "#4c8dff", "#21b07a", "#ef5b5b", "#e0a030"
_INK = "#8592a3"
"""Text of axes: readable on a light and on a dark page."""
_GRID = "rgba(133,146,163,0.22)"
_ASSETS_SHOWN = 10


class Chart(NamedTuple):
    """One chart of the page.

    Attributes:
        title, note: plain text, not yet escaped.
        figure: plotly's `data` and `layout`.
        wide: whether it takes the page's whole width.
    """

    title: str
    note: str
    figure: dict[str, Any]
    wide: bool


def make_charts(record: RunRecord, *, midnight_ends: bool = False) -> list[Chart]:
    """All charts of a run that have something to show.

    Args:
        record: of the run.
        midnight_ends: see `series.ends_days`.
    """
    charts: list[Chart] = []
    if record.rows("equity"):
        charts += [_equity(record), _exposure(record), _costs(record)]
    if record.rows("fills"):
        charts.append(_traded(record, midnight_ends))
    if record.rows("trades"):
        charts += [_trade_profits(record), _assets(record)]
    return charts


def _equity(record: RunRecord) -> Chart:
    equity, depth = record.ints("equity", "equity_micros") / MICROS, drawdowns(record).depth
    rows = _drawn_rows(record)
    times = iso_times(record.ints("equity", "ts_ns")[rows])
    high = np.maximum.accumulate(np.maximum(equity, record.initial_cash_micros / MICROS))
    data = [
        _line(times, high[rows], "high-water mark", _INK, width=1, dash="dot"),
        _line(times, equity[rows], "equity", _BLUE),
        _line(times, depth[rows] * 100, "drawdown", _RED, width=1) | {"yaxis": "y2", "fill": "tozeroy"},
    ]
    layout = _layout(height=460, legend=True)
    layout["yaxis"] |= {"domain": [0.36, 1], "title": {"text": record.currency}}
    layout["yaxis2"] = _axis() | {"domain": [0, 0.28], "ticksuffix": " %"}
    layout["xaxis"]["anchor"] = "y2"
    return Chart("Equity and drawdown", "", {"data": data, "layout": layout}, wide=True)


def _exposure(record: RunRecord) -> Chart:
    rows = _drawn_rows(record)
    equity = record.ints("equity", "equity_micros")[rows].astype(np.float64)
    equity[equity <= 0] = np.nan
    times = iso_times(record.ints("equity", "ts_ns")[rows])
    gross, short, cash = (record.ints("equity", f"{name}_micros")[rows] for name in ("gross", "short", "cash"))
    data = [_line(times, gross / equity * 100, "gross exposure", _BLUE)]
    if record.ints("equity", "short_micros").any():
        data += [
            _line(times, (gross - short) / equity * 100, "long", _INK, width=1),
            _line(times, -short / equity * 100, "short", _RED, width=1),
            _line(times, (gross - 2 * short) / equity * 100, "net exposure", _AMBER),
        ]
    data.append(_line(times, cash / equity * 100, "cash", _GREEN))
    layout = _layout(legend=True)
    layout["yaxis"] |= {"ticksuffix": " %", "rangemode": "tozero"}
    return Chart(
        "Exposure and cash", "as a part of equity, at each close", {"data": data, "layout": layout}, wide=False
    )


def _costs(record: RunRecord) -> Chart:
    rows = _drawn_rows(record)
    times = iso_times(record.ints("equity", "ts_ns")[rows])
    stacked = {"stackgroup": "costs"}
    data = [
        _line(times, record.ints("equity", "commission_micros")[rows] / MICROS, "commission", _AMBER) | stacked,
        _line(times, record.ints("equity", "slippage_micros")[rows] / MICROS, "slippage", _RED) | stacked,
    ]
    layout = _layout(legend=True)
    layout["yaxis"] |= {"title": {"text": record.currency}, "rangemode": "tozero"}
    return Chart("Costs by kind", "paid so far", {"data": data, "layout": layout}, wide=False)


def _traded(record: RunRecord, midnight_ends: bool) -> Chart:
    periods = traded_by_period(record, midnight_ends=midnight_ends)
    data = [_bars(periods.labels, periods.values * 100, _BLUE)]
    layout = _layout()
    layout["yaxis"]["ticksuffix"] = " %"
    layout["xaxis"]["type"] = "category" if len(periods.labels) <= 12 else "date"
    return Chart(
        "Turnover", "buys and sells of each period, of equity at its end", {"data": data, "layout": layout}, False
    )


def _trade_profits(record: RunRecord) -> Chart:
    bins = trade_histogram(record)
    middle = (bins.edges[1:] + bins.edges[:-1]) / 2
    colors = [_GREEN if value > 0 else _RED for value in middle]
    data = [_bars(_floats(middle), bins.counts, colors) | {"width": float(bins.edges[1] - bins.edges[0])}]
    layout = _layout()
    layout["bargap"] = 0.03
    layout["xaxis"]["title"] = {"text": f"profit of a trade, {record.currency}"}
    note = f"{record.rows('trades'):,} trades"
    if bins.clipped:
        note += f"; {bins.clipped:,} beyond the outer bins are counted in them"
    return Chart("Profit of trades", note, {"data": data, "layout": layout}, wide=False)


def _assets(record: RunRecord) -> Chart:
    profits = asset_profits(record)
    shown = profits if len(profits) <= 2 * _ASSETS_SHOWN else profits[:_ASSETS_SHOWN] + profits[-_ASSETS_SHOWN:]
    # Numbers as places keep plotly from reading a name such as 2024-01 as a date; the names are the places' texts.
    places, names = list(range(len(shown))), [html.escape(item.asset) for item in shown]
    colors = [_GREEN if item.profit > 0 else _RED for item in shown]
    hover = {"hovertext": names, "hovertemplate": "%{hovertext}: %{y:,.2f}<extra></extra>"}
    data = [_bars(places, [item.profit for item in shown], colors) | hover]
    layout = _layout()
    layout["xaxis"] |= {"tickvals": places, "ticktext": names, "showgrid": False, "zeroline": False}
    layout["yaxis"]["title"] = {"text": record.currency}
    part = f"the {_ASSETS_SHOWN} best and the {_ASSETS_SHOWN} worst of {len(profits):,}, "
    note = (part if len(shown) < len(profits) else "") + "profit of closed trades"
    return Chart("Profit by asset", note, {"data": data, "layout": layout}, wide=True)


def thinned(record: RunRecord) -> str:
    """What the page says about barriers that its charts leave out; empty where they draw all."""
    rows = record.rows("equity")
    if rows <= POINTS_MAX:
        return ""
    drawn = len(_drawn_rows(record))
    return f"Charts over time draw {drawn:,} of {rows:,} barriers: the lowest and highest equity of each stretch."


def _drawn_rows(record: RunRecord) -> np.ndarray[Any, np.dtype[np.int64]]:
    rows = thin(record.ints("equity", "equity_micros").astype(np.float64))
    if len(rows) < record.rows("equity"):
        rows = np.union1d(rows, [int(drawdowns(record).depth.argmin())])
    return rows


def _floats(values: Any) -> list[float | None]:
    """Plain numbers for JSON, None for what is not finite."""
    array = np.asarray(values, np.float64)
    return [value if finite else None for value, finite in zip(array.tolist(), np.isfinite(array), strict=True)]


def _line(
    times: list[str], values: Any, name: str, color: str, *, width: float = 1.6, dash: str = "solid"
) -> dict[str, Any]:
    line = {"color": color, "width": width, "dash": dash}
    return {"type": "scatter", "mode": "lines", "x": times, "y": _floats(values), "name": name, "line": line}


def _bars(x: Any, y: Any, color: Any) -> dict[str, Any]:
    numbers = y if isinstance(y, list) else _floats(y)
    return {"type": "bar", "x": x, "y": numbers, "marker": {"color": color, "line": {"width": 0}}}


def _axis() -> dict[str, Any]:
    return {"gridcolor": _GRID, "zerolinecolor": _GRID, "linecolor": _GRID, "automargin": True}


def _layout(*, height: int = 300, legend: bool = False) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": _INK},
        "hovermode": "x unified" if legend else "closest",
        "showlegend": legend,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": _axis(),
        "yaxis": _axis(),
    }
