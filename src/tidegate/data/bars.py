"""Price rows into bars: read, check, lay out.

Dense and clean spans, the usual ones, are checked while they are read, and copied as they are. Anything else takes the
general way: rows with their asset's column, the policies, and one scatter of what is left.
"""

from collections import Counter
from math import inf

import numpy as np
import polars as pl

from tidegate.config.models import BarSource
from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.universe import Universe
from tidegate.data.defects import Defects
from tidegate.data.judge import BarFields, BarJudge
from tidegate.data.memory import Blocks
from tidegate.data.rows import RowReader, as_float, layout_codes, spread
from tidegate.data.stream import Rows, RowStream
from tidegate.messages.market import BAR_FIELDS

PRICES = BAR_FIELDS[:4]


class BarReader:
    """Reads the bars of one price table.

    Args:
        reader: of the columns `open high low close` and, where the table has it, `volume`.
        first, end: positions in the timeline at which reading will begin and end.
        universe: whose columns are filled.
        config: the policies.
        excluded: bars to leave out, as timeline position * N + asset column, increasing.
        counts: where what the policies do is counted.
    """

    def __init__(
        self,
        reader: RowReader,
        first: int,
        end: int,
        universe: Universe,
        config: BarSource,
        excluded: IntArray,
        counts: Counter[str],
    ) -> None:
        self._reader, self._names, self._excluded = reader, universe.names, excluded
        self._stream = RowStream(reader, end, is_clean(reader))
        self._judge = BarJudge(reader.table.source, reader.table.place, config, counts)
        self._blocks = Blocks()
        self._layout = layout_codes(reader.timeline.layout, universe.names)
        self._stream.start(first, asset=self._layout is None)
        self._fills_all = self._layout is not None and np.count_nonzero(self._layout >= 0) == len(universe)

    def read(self, first: int, end: int) -> FloatArray:
        """(T, 5, N) bars of the timestamps [first, end).

        Raises:
            DataError: all that is wrong in this span.
        """
        bars = self._blocks.empty(end - first, 5, len(self._names))
        if not self._fills_all:
            bars[:] = np.nan
        defects = Defects()
        for begin, after in self._reader.parts(first, end):
            self._fill(begin, after, bars[begin - first : after - first], defects)
        defects.throw()
        return bars

    def _fill(self, first: int, end: int, out: FloatArray, defects: Defects) -> None:
        assets = len(self._names)
        begin, after = np.searchsorted(self._excluded, (first * assets, end * assets))
        excluded = self._excluded[begin:after] - first * assets
        dense = self._layout is not None and not excluded.size
        rows = self._stream.read(first, end, asset=not dense)
        if dense and rows.sound:
            assert self._layout is not None
            for field in range(len(self._reader.columns)):
                spread(rows.column(field), out[:, field], self._layout)
            if len(self._reader.columns) < len(BAR_FIELDS):
                out[:, -1] = np.nan
            return
        if not rows.named:  # dense, but not clean
            rows = self._stream.read(first, end, asset=True)
        self._scatter(first, end, rows, excluded, out, defects)

    def _scatter(self, first: int, end: int, rows: Rows, excluded: IntArray, out: FloatArray, defects: Defects) -> None:
        """The general way."""
        assets = len(self._names)
        fields = _with_volume(*(np.concatenate(rows.column(number)) for number in range(len(self._reader.columns))))
        code = rows.codes(self._names)
        key = np.where(code < 0, -1, self._reader.positions(first, end) * assets + code)

        def describe(which: IntArray, values: list[str]) -> list[str]:
            return self._reader.describe(first, end, which, [self._names[column] for column in code[which]], values)

        span = (end - first) * assets
        keep = self._judge.usable(key, span, excluded, fields, describe, defects, clean=rows.sound)
        at, column = np.divmod(key[keep], assets)
        out[:] = np.nan
        for field, values in enumerate(fields):
            out[at, field, column] = values[keep]


def is_clean(reader: RowReader) -> pl.Expr:
    """The test of a row that says what `bars_are_clean` does; null where a price is."""
    open_, high, low, close, *volumes = (as_float(name, reader.table.schema[name]) for name in reader.columns)
    # Polars holds NaN to be equal to itself and above all else, so a NaN in any price fails one of these.
    clean = (low > 0.0) & (low <= open_) & (low <= close) & (high >= open_) & (high >= close) & (high < inf)
    for volume in volumes:
        clean &= ((volume >= 0.0) & (volume != inf)).fill_null(value=True)
    return clean


def _with_volume(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray | None = None
) -> BarFields:
    """Adds a volume of NaN where there is none."""
    return open_, high, low, close, np.full(open_.shape, np.nan) if volume is None else volume
