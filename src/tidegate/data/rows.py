"""Rows of a time span as arrays: which timestamp, which asset, which numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.errors import DataError
from tidegate.core.time import format_ts
from tidegate.data.spans import row_spans
from tidegate.data.stamps import TIME, Stamps
from tidegate.data.table import FILE_COLUMN, Table, file_name
from tidegate.data.timeline import ASSET, Timeline

READ_ROWS = 500_000
"""Rows read at once: enough that the cost of a query vanishes, few enough that they weigh less than a chunk."""
BLOCK_ROWS = 250_000
"""Rows read ahead where less is asked for."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows of the timestamps [first, end)."""

    first: int
    end: int
    asset: bool
    rows: pl.DataFrame


@dataclass(slots=True)
class RowReader:
    """Reads spans of a table's timeline, in time order.

    Where spans are much smaller than a block, a block is read and kept: a file is decoded by row groups, so many small
    reads would decode the same ones again and again.

    Attributes:
        table, stamps, timeline: what is read.
        columns: the numbers to read, in order; made float64.
    """

    table: Table
    stamps: Stamps
    timeline: Timeline
    columns: tuple[str, ...]
    _block: "_Block | None" = None

    def fresh(self) -> "RowReader":
        """The same, without a block kept."""
        return RowReader(self.table, self.stamps, self.timeline, self.columns)

    def read(self, first: int, end: int, *, asset: bool) -> pl.DataFrame:
        """The rows of timestamps [first, end), rows of one time as they lie in the table.

        Args:
            first, end: positions in the timeline.
            asset: whether names are needed.

        Raises:
            DataError: the table cannot be read, or changed since the timeline was made.
        """
        starts, block = self.timeline.starts, self._block
        if block is None or not block.first <= first <= end <= block.end or (asset and not block.asset):
            ahead = row_spans(starts, first, starts.size - 1, BLOCK_ROWS)[0][1]
            if end > ahead:
                self._block = None
                return self._read(first, end, asset=asset)
            block = self._block = _Block(first, ahead, asset, self._read(first, ahead, asset=asset))
        return block.rows.slice(starts[first] - starts[block.first], starts[end] - starts[first])

    def _read(self, first: int, end: int, *, asset: bool, file: bool = False) -> pl.DataFrame:
        times, start = self.timeline, int(self.timeline.starts[first])
        rows = int(times.starts[end]) - start
        frame = self.table.with_file() if file else self.table.frame
        wanted = [_as_float(name, self.table.schema[name]) for name in self.columns]
        wanted += [pl.col(ASSET)] * asset + [pl.col(FILE_COLUMN)] * file
        if self.table.seekable and not times.back:
            query = frame.slice(start, rows).select(wanted)
        else:
            query = frame.filter(self.stamps.between(int(times.labels[first]), int(times.labels[end - 1])))
            if times.back:
                query = query.sort(TIME, maintain_order=True)
            query = query.select(wanted)
        found = self.table.collect(query)
        self.table.check_unchanged()
        if found.height != rows:
            raise DataError(
                f"{self.table.place}: gave {rows} rows, then {found.height}; make it give the same each time"
            )
        return found

    def parts(self, first: int, end: int) -> list[tuple[int, int]]:
        """The timestamps [first, end) in spans to read one after the other, so that memory stays bounded."""
        return row_spans(self.timeline.starts, first, end, READ_ROWS)

    def positions(self, first: int, end: int) -> IntArray:
        """The position in [first, end) of every row, counted from `first`."""
        return np.repeat(np.arange(end - first), np.diff(self.timeline.starts[first : end + 1]))

    def describe(self, first: int, end: int, rows: IntArray, names: Sequence[str], values: Sequence[str]) -> list[str]:
        """`AAPL 2024-01-02 open=-1.0` for some rows of a span, with the file where there are several.

        Args:
            first, end: the span.
            rows: which of its rows.
            names: of those rows' assets, or empty strings.
            values: what to say of each.
        """
        times = self.timeline.labels[first:end][self.positions(first, end)[rows]] * self.stamps.unit_ns
        texts = [
            f"{name} {format_ts(time)} {value}".strip()
            for name, time, value in zip(names, times.tolist(), values, strict=True)
        ]
        if len(self.table.files) > 1:
            found = self._read(first, end, asset=False, file=True)[FILE_COLUMN].gather(rows)
            texts = [f"{text} in {file_name(file)}" for text, file in zip(texts, found, strict=True)]
        return texts


def asset_codes(asset: pl.Series, universe: Sequence[str]) -> IntArray:
    """The universe's column of every name, -1 for names outside it."""
    if asset.dtype != pl.String:
        asset = asset.cast(pl.String)  # categories of another order
    codes = asset.cast(pl.Enum(universe), strict=False).to_physical()
    return codes.cast(pl.Int64).fill_null(-1).to_numpy()


def layout_codes(layout: Sequence[str] | None, universe: Sequence[str]) -> IntArray | None:
    """The universe's column of each name that a dense table's timestamps list; -1 outside it, None where not dense."""
    return None if layout is None else asset_codes(pl.Series(layout, dtype=pl.String), universe)


def pieces(column: pl.Series) -> list[FloatArray]:
    """A float column's arrays as Polars keeps them, without joining or, where nothing is null, copying; null is NaN."""
    return [part.to_numpy() for part in column.get_chunks()]


def joined(column: pl.Series) -> FloatArray:
    """A float column as one array; null is NaN."""
    return column.to_numpy()


def spread(parts: Sequence[FloatArray], out: FloatArray, layout: IntArray) -> None:
    """Writes a dense column, in pieces cut anywhere, into a panel.

    Args:
        parts: together M * K values, K for each timestamp.
        out: (M, N) view to fill.
        layout: (K,) column of each value within a timestamp, -1 to skip.
    """
    period = layout.size
    straight = period == out.shape[1] and bool((layout == np.arange(period)).all())
    kept = np.flatnonzero(layout >= 0)
    at = 0
    for part in parts:
        begin = 0
        while begin < part.size:
            row, inside = divmod(at, period)
            whole = 0 if inside else (part.size - begin) // period
            size = whole * period or min(period - inside, part.size - begin)
            values = part[begin : begin + size]
            if not whole:
                columns = layout[inside : inside + size]
                out[row, columns[columns >= 0]] = values[columns >= 0]
            elif straight:
                out[row : row + whole] = values.reshape(whole, period)
            else:
                out[row : row + whole, layout[kept]] = values.reshape(whole, period)[:, kept]
            begin += size
            at += size


def any_repeats(keys: IntArray, span: int) -> bool:
    """Whether a key in [0, span) comes twice; the cheapest of the ways that fit."""
    if keys.size < 2 or bool((keys[1:] > keys[:-1]).all()):
        return False
    if span <= 16 * keys.size:
        seen = np.zeros(span, np.bool_)
        seen[keys] = True
        return int(np.count_nonzero(seen)) < keys.size
    ordered = np.sort(keys)
    return bool((ordered[1:] == ordered[:-1]).any())


def repeats(keys: IntArray, keep: str) -> IntArray:
    """Rows to leave out so that every key comes once: all but the `first` or all but the `last` of equal ones."""
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    return np.sort(order[1:][same] if keep == "first" else order[:-1][same])


def _as_float(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    return column if dtype == pl.Float64 else column.cast(pl.Float64)
