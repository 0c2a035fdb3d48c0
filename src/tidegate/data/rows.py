"""Rows of a time span as arrays: which timestamp, which asset, which numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.time import format_ts
from tidegate.data.spans import row_spans, whole_groups
from tidegate.data.stamps import TIME, Stamps
from tidegate.data.table import FILE_COLUMN, Table, file_name
from tidegate.data.timeline import Timeline

PART_ROWS = 125_000
"""Rows read at once where a chunk has more: little memory beside the chunk's own."""
_UNRELEASED = 500
"""Elements up to which numpy copies without letting go of the interpreter's lock."""
_COPY_BYTES = 500_000
"""Copied at once: takes less than the tenth of a millisecond, so the run that waits for it does not notice."""


@dataclass(frozen=True, slots=True)
class RowReader:
    """What is read from a table, and when it has rows.

    Attributes:
        table, stamps, timeline: what is read.
        columns: the numbers to read, in order; made float64.
    """

    table: Table
    stamps: Stamps
    timeline: Timeline
    columns: tuple[str, ...]

    @property
    def sliced(self) -> bool:
        """Whether rows in time order can be asked for by number; else all of some timestamps must be."""
        return self.table.seekable and not self.timeline.back

    def cut(self, begin: int, end: int, rows: int, rows_max: int) -> int:
        """Where a query for the rows [begin, end) should end.

        Args:
            begin, end: rows in time order, where timestamps begin unless `sliced`.
            rows: how many it should give.
            rows_max: how many it may, unless a single timestamp has more.
        """
        if self.sliced:
            return whole_groups(self.table.borders, begin, end, rows, rows_max)
        starts = self.timeline.starts
        ((_, after), *_) = row_spans(starts, self._position(begin), self._position(end), rows_max)
        return int(starts[after])

    def batches(self, begin: int, end: int, more: Sequence[pl.Expr]) -> Iterator[pl.DataFrame]:
        """The rows [begin, end) in time order, rows of one time as they lie in the table.

        Args:
            begin, end: rows in time order, where timestamps begin unless `sliced`.
            more: columns to read beside the numbers.

        Raises:
            DataError: the table cannot be read, or changed since the timeline was made.
        """
        return self.table.batches(self._query(self.table.frame, begin, end, more), end - begin)

    def _position(self, row: int) -> int:
        return int(np.searchsorted(self.timeline.starts, row))

    def _query(self, frame: pl.LazyFrame, begin: int, end: int, more: Sequence[pl.Expr]) -> pl.LazyFrame:
        times = self.timeline
        wanted = [as_float(name, self.table.schema[name]) for name in self.columns] + list(more)
        if self.sliced:
            return frame.slice(begin, end - begin).select(wanted)
        labels = times.labels[self._position(begin) : self._position(end)]
        query = frame.filter(self.stamps.between(int(labels[0]), int(labels[-1])))
        if times.back:
            query = query.sort(TIME, maintain_order=True)
        return query.select(wanted)

    def parts(self, first: int, end: int) -> list[tuple[int, int]]:
        """The timestamps [first, end) in spans to read one after the other, so that memory stays bounded."""
        return row_spans(self.timeline.starts, first, end, PART_ROWS)

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
            begin, after = (int(self.timeline.starts[position]) for position in (first, end))
            query = self._query(self.table.with_file(), begin, after, (pl.col(FILE_COLUMN),))
            found = self.table.collect(query.select(FILE_COLUMN))[FILE_COLUMN].gather(rows)
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


def spread(column: Sequence[FloatArray], out: FloatArray, layout: IntArray) -> None:
    """Writes a dense column, in pieces cut anywhere, into a panel.

    Args:
        column: together M * K values, K for each timestamp.
        out: (M, N) view to fill, rows contiguous.
        layout: (K,) asset column of each value within a timestamp, -1 to skip.
    """
    period = layout.size
    straight = period == out.shape[1] and bool((layout == np.arange(period)).all())
    kept = np.flatnonzero(layout >= 0)
    at = 0
    for part in column:
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
                _copy_rows(values.reshape(whole, period), out[row : row + whole])
            else:
                out[row : row + whole, layout[kept]] = values.reshape(whole, period)[:, kept]
            begin += size
            at += size


def _copy_rows(rows: FloatArray, out: FloatArray) -> None:
    """Copies contiguous rows without letting go of the interpreter's lock, which a busy run gives back only late.

    Numpy keeps it while it copies few elements; so a row is made one element, and few are copied at once.
    """
    size = rows.shape[1] * rows.itemsize
    source, target = (array.view(f"V{size}")[:, 0] for array in (rows, out))
    step = min(_UNRELEASED, max(_COPY_BYTES // size, 1))
    for begin in range(0, len(source), step):
        target[begin : begin + step] = source[begin : begin + step]


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


def as_float(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column of numbers as float64."""
    column = pl.col(name)
    return column if dtype == pl.Float64 else column.cast(pl.Float64)
