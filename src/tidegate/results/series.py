"""What the report's charts draw: short numpy series made from the raw tables."""

import itertools
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.money import MICROS
from tidegate.core.time import NS_PER
from tidegate.results.record import RunRecord

POINTS_MAX = 2_000
"""Most barriers a chart draws."""
BINS_MAX = 40
_OUTLIERS_FROM = 200
"""With fewer trades than this none counts as an outlier."""
_FEW_MONTHS = 3


class Periods(NamedTuple):
    """A value for each month, or each date of a short run.

    Attributes:
        labels: `2024-01` or `2024-01-31`, in order.
        values: (n_periods,).
    """

    labels: list[str]
    values: FloatArray


class Histogram(NamedTuple):
    """Counts of values between edges.

    Attributes:
        edges: (n_bins + 1,) increasing.
        counts: (n_bins,) int64.
        clipped: how many values were beyond the outer edges and counted in the outer bins.
    """

    edges: FloatArray
    counts: IntArray
    clipped: int


class AssetProfit(NamedTuple):
    """Realized profit of one asset, in currency units."""

    asset: str
    profit: float


def thin(values: FloatArray, points: int = POINTS_MAX) -> IntArray:
    """Indices of the barriers to draw: all, or both ends and the lowest and highest of points / 2 - 1 stretches.

    Args:
        values: (n_barriers,) the series whose shape must survive, without NaN.
        points: most indices, at least 4.
    """
    rows = len(values)
    if rows <= points:
        return np.arange(rows)
    edges = np.linspace(0, rows, points // 2).astype(np.int64)
    picked = [0, rows - 1]
    for first, last in itertools.pairwise(edges.tolist()):
        stretch = values[first:last]
        picked += [int(first + stretch.argmin()), int(first + stretch.argmax())]
    return np.unique(np.asarray(picked, np.int64))


def iso_times(ts_ns: IntArray) -> list[str]:
    """Times as plotly reads them, to the second."""
    return [str(text) for text in np.datetime_as_string(ts_ns.astype("datetime64[ns]"), unit="s")]


def ends_days(record: RunRecord, config: Mapping[str, Any]) -> bool:
    """Whether a bar that closes at midnight ends the day before, rather than being of the day that its label names.

    It does where bars close at other times of day as well, and where the prices are labeled by the starts of their
    bars. Where all are at midnight otherwise, timestamps are dates.

    Args:
        config: the configuration as JSON values.
    """
    prices = (config.get("data") or {}).get("prices") or {}
    within_days = bool((record.ints("equity", "ts_ns") % NS_PER["d"]).any())
    return within_days or prices.get("stamp") == "start"


def monthly_returns(record: RunRecord, *, midnight_ends: bool = False) -> Periods:
    """Return of each month (UTC), the first one's from the initial cash.

    Args:
        record: of the run.
        midnight_ends: see `ends_days`.
    """
    equity = record.ints("equity", "equity_micros").astype(np.float64)
    labels, last = _last_of(_months(record.ints("equity", "ts_ns") - midnight_ends))
    ends = equity[last]
    starts = np.concatenate(([record.initial_cash_micros], ends[:-1]))
    return Periods(labels, np.divide(ends, starts, out=np.ones_like(ends), where=starts > 0) - 1.0)


def traded_by_period(record: RunRecord, *, midnight_ends: bool = False) -> Periods:
    """Buys and sells of each period as a multiple of the equity at its end; months, or dates of a short run (UTC).

    Args:
        record: of the run.
        midnight_ends: see `ends_days`.
    """
    ts_ns, fills_ts_ns = (record.ints(name, "ts_ns") - midnight_ends for name in ("equity", "fills"))
    periods = _months(ts_ns)
    unit = _months
    if len(np.unique(periods)) <= _FEW_MONTHS:
        periods, unit = _dates(ts_ns), _dates
    labels, last = _last_of(periods)
    row = np.searchsorted(periods[last], unit(fills_ts_ns))
    value = np.abs(record.ints("fills", "cash_micros")).astype(np.float64)
    traded = np.bincount(row, weights=value, minlength=len(labels))
    equity = record.ints("equity", "equity_micros")[last].astype(np.float64)
    return Periods(labels, np.divide(traded, equity, out=np.zeros_like(equity), where=equity > 0))


def trade_histogram(record: RunRecord) -> Histogram:
    """Distribution of the profits of the trades, one at least, in currency units.

    Bins by Rice's rule, 2 * n ** (1/3), at most `BINS_MAX`, and moved so that 0 is an edge: a bin holds profits or
    losses, never both, and there may be one bin more. The outermost 0.5 % on each side are gathered in the outer bins.
    """
    pnl = record.ints("trades", "pnl_micros") / MICROS
    bins = min(BINS_MAX, math.ceil(2 * len(pnl) ** (1 / 3)))
    low, high = np.quantile(pnl, [0.005, 0.995] if len(pnl) >= _OUTLIERS_FROM else [0.0, 1.0]).tolist()
    clipped = int(np.count_nonzero((pnl < low) | (pnl > high)))
    width = (high - low) / bins or 1.0
    first, last = math.floor(low / width), math.floor(high / width) + 1
    edges = np.arange(first, last + 1) * width
    counts, _ = np.histogram(np.clip(pnl, edges[0], edges[-1]), bins=edges)
    return Histogram(edges, counts.astype(np.int64), clipped)


def asset_profits(record: RunRecord) -> list[AssetProfit]:
    """Realized profit of every asset traded, best first, ties by name."""
    asset, pnl = record.ints("trades", "asset"), record.ints("trades", "pnl_micros")
    sums = np.zeros(len(record.assets), np.int64)
    np.add.at(sums, asset, pnl)
    profits = [AssetProfit(record.assets[column], int(sums[column]) / MICROS) for column in np.unique(asset)]
    return sorted(profits, key=lambda item: (-item.profit, item.asset))


def _months(ts_ns: IntArray) -> NDArray[np.datetime64]:
    return ts_ns.astype("datetime64[ns]").astype("datetime64[M]")


def _dates(ts_ns: IntArray) -> NDArray[np.datetime64]:
    return ts_ns.astype("datetime64[ns]").astype("datetime64[D]")


def _last_of(periods: NDArray[np.datetime64]) -> tuple[list[str], IntArray]:
    """Labels of the periods, which do not decrease, and the last row of each."""
    if not len(periods):
        return [], np.empty(0, np.int64)
    last = np.append(np.flatnonzero(periods[1:] != periods[:-1]), len(periods) - 1)
    return [str(period) for period in periods[last]], last
