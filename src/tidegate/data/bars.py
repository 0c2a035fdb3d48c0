"""Price rows into bars: read, check, lay out.

Dense and clean spans, the usual ones, are checked and copied column by column. Anything else takes the general way:
rows with their asset's column, the policies, and one scatter of what is left.
"""

from collections import Counter

import numpy as np
import polars as pl

from tidegate.config.models import PriceSource
from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.universe import Universe
from tidegate.data.defects import Defects
from tidegate.data.judge import BarFields, BarJudge, are_clean
from tidegate.data.rows import RowReader, asset_codes, joined, layout_codes, pieces, spread
from tidegate.data.timeline import ASSET
from tidegate.messages.market import BAR_FIELDS

PRICES = BAR_FIELDS[:4]


class BarReader:
    """Reads the bars of one price table.

    Args:
        reader: of the columns `open high low close` and, where the table has it, `volume`.
        universe: whose columns are filled.
        config: the policies.
        excluded: bars to leave out, as timeline position * N + asset column, increasing.
        counts: where what the policies do is counted.
    """

    def __init__(
        self, reader: RowReader, universe: Universe, config: PriceSource, excluded: IntArray, counts: Counter[str]
    ) -> None:
        self._reader, self._names, self._excluded = reader, universe.names, excluded
        self._judge = BarJudge(reader.table.place, config, counts)
        self._layout = layout_codes(reader.timeline.layout, universe.names)
        self._fills_all = self._layout is not None and np.count_nonzero(self._layout >= 0) == len(universe)

    def read(self, first: int, end: int) -> FloatArray:
        """(T, 5, N) bars of the timestamps [first, end).

        Raises:
            DataError: all that is wrong in this span.
        """
        shape = (end - first, 5, len(self._names))
        bars = np.empty(shape) if self._fills_all else np.full(shape, np.nan)
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
        if dense and self._spread_clean(self._reader.read(first, end, asset=False), out):
            return
        rows = self._reader.read(first, end, asset=True)
        fields = _fields(rows)
        code = asset_codes(rows[ASSET], self._names)
        key = np.where(code < 0, -1, self._reader.positions(first, end) * assets + code)

        def describe(which: IntArray, values: list[str]) -> list[str]:
            return self._reader.describe(first, end, which, [self._names[column] for column in code[which]], values)

        keep = self._judge.usable(key, (end - first) * assets, excluded, fields, describe, defects)
        at, column = np.divmod(key[keep], assets)
        out[:] = np.nan
        for field, values in enumerate(fields):
            out[at, field, column] = values[keep]

    def _spread_clean(self, rows: pl.DataFrame, out: FloatArray) -> bool:
        """The dense way; False, with nothing promised about `out`, where rows are not clean."""
        assert self._layout is not None
        columns = [pieces(rows[name]) for name in self._reader.columns]
        if len({tuple(part.size for part in column) for column in columns}) > 1:
            columns = [[joined(rows[name])] for name in self._reader.columns]
        for parts in zip(*columns, strict=True):
            if not are_clean(_with_volume(parts)):
                return False
        for field, column in enumerate(columns):
            spread(column, out[:, field], self._layout)
        out[:, len(columns) :] = np.nan
        return True


def _fields(rows: pl.DataFrame) -> BarFields:
    return _with_volume(tuple(joined(rows[name]) for name in rows.columns if name in BAR_FIELDS))


def _with_volume(columns: tuple[FloatArray, ...]) -> BarFields:
    """Adds a volume of NaN where there is none."""
    open_, high, low, close, *rest = columns
    return open_, high, low, close, rest[0] if rest else np.full(open_.shape, np.nan)
