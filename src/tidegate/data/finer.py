"""Finer prices: which of their bars belong to which barrier.

A finer bar belongs to the first barrier of the price table that does not come before its end. Where the price table has
dates, a bar stands for all of its day, so it is the day of the finer bar that counts, in the time zone of its
timestamps. When the first bar of a price table began is known only where it has dates or the length of its bars is set.
"""

from collections import Counter

import numpy as np
import polars as pl

from tidegate.config.models import FinerSource
from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.time import parse_duration
from tidegate.core.universe import Universe
from tidegate.data.bars import BarReader
from tidegate.data.fitting import FinerCheck
from tidegate.data.panel import FinerRows
from tidegate.data.rows import RowReader


def finer_edges(prices: RowReader, bar: str | None, finer: RowReader) -> IntArray:
    """Where the finer bars of each barrier lie.

    Args:
        bar: length of a bar of the prices, where it is set.

    Returns:
        (M + 1,) for the M timestamps of the prices, the position in the finer timeline at which those of each begin,
        and the end of the last's.
    """
    if prices.stamps.is_date:
        days, ends = _days(finer), prices.timeline.labels
        first = np.searchsorted(days, ends[:1], side="left")
        return np.concatenate((first, np.searchsorted(days, ends, side="right")))
    times, ends = finer.timeline.ts_ns, prices.timeline.ts_ns
    began = ends[:1] - (0 if bar is None else parse_duration(bar))
    return np.searchsorted(times, np.concatenate((began, ends)), side="right")


def _days(finer: RowReader) -> IntArray:
    """The day in which each finer bar ends; midnight ends the day before it."""
    stamps, times = finer.stamps, finer.timeline
    if not isinstance(stamps.dtype, pl.Datetime):
        return times.labels
    moments = pl.Series(times.ts_ns - 1).cast(pl.Datetime("ns", "UTC"))
    local = moments.dt.convert_time_zone(stamps.zone or stamps.dtype.time_zone or "UTC")
    return local.dt.date().to_physical().cast(pl.Int64).to_numpy()


class FinerReader:
    """Reads the finer bars of one run, in time order.

    Args:
        reader: of the columns that prices have.
        config: the policies.
        edges: see `finer_edges`.
        first, end: positions in the prices' timeline at which the run begins and ends.
        universe: whose columns are filled.
        counts: where what policies do, and what is absent, is counted.
        zero_fills: see `FinerCheck`.
    """

    def __init__(
        self,
        reader: RowReader,
        config: FinerSource,
        edges: IntArray,
        first: int,
        end: int,
        universe: Universe,
        counts: Counter[str],
        *,
        zero_fills: bool,
    ) -> None:
        self._ts_ns, self._edges = reader.timeline.ts_ns, edges
        none = np.empty(0, np.int64)
        self._bars = BarReader(reader, int(edges[first]), int(edges[end]), universe, config, none, counts)
        self._check = FinerCheck(
            reader.table.source,
            reader.table.place,
            universe.names,
            counts,
            drops=config.on_contradiction == "drop",
            zero_fills=zero_fills,
        )

    def read(self, first: int, end: int, bars: FloatArray) -> FinerRows:
        """The finer bars of the price timestamps [first, end).

        Args:
            bars: (T, 5, N) of those timestamps.

        Raises:
            DataError: all that is wrong in this span.
        """
        begin, after = int(self._edges[first]), int(self._edges[end])
        finer = self._bars.read(begin, after)
        ts_ns, starts = self._ts_ns[begin:after].copy(), self._edges[first : end + 1] - begin
        self._check.settle(ts_ns, finer, starts, bars)
        return FinerRows(freeze(ts_ns), freeze(finer), freeze(starts))
