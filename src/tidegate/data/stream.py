"""Reads rows in time order: few queries, each taken up as it comes.

A query has its price: files are opened, and row groups at its borders are decoded in vain. So a query is for many more
rows than are wanted at once, and its rows come in batches, which Polars decodes ahead in threads of its own.

While a run keeps the interpreter busy, a call that lets go of the interpreter's lock has to wait for milliseconds until
it has it back. So what can be tested row by row is tested within the query, rows are handed on as they lie there, and
more than one query is under way, lest Polars have nothing to do while the thread that begins them waits.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.errors import DataError
from tidegate.data.rows import RowReader, asset_codes
from tidegate.data.timeline import ASSET

QUERY_VALUES = 2_500_000
"""Numbers that one query gives: bounds what Polars can hold of it, however the file is laid out."""
_FEW = 8
"""What part of that is enough where row groups are as small."""
AHEAD = 2
"""So many queries are begun behind the one at hand."""
_SOUND, _LABEL = "__sound__", "__label__"


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive rows as they came.

    Attributes:
        columns: numbers by column, null is NaN; read-only perhaps.
        asset: names, where they were read.
        sound: whether these and the rows that came with them pass the stream's test.
        label: when they are, in the timestamps' own steps, where that was read.
    """

    columns: tuple[FloatArray, ...]
    asset: pl.Series | None
    sound: bool
    label: IntArray | None = None

    def __len__(self) -> int:
        return len(self.columns[0])

    def part(self, rows: slice) -> "Piece":
        """Some of the rows."""
        asset = None if self.asset is None else self.asset[rows]
        label = None if self.label is None else self.label[rows]
        return Piece(tuple(column[rows] for column in self.columns), asset, self.sound, label)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that were asked for.

    Attributes:
        pieces: in order.
    """

    pieces: tuple[Piece, ...]

    @property
    def sound(self) -> bool:
        """Whether they are known to pass the stream's test."""
        return all(piece.sound for piece in self.pieces)

    @property
    def named(self) -> bool:
        """Whether names are among it."""
        return all(piece.asset is not None for piece in self.pieces)

    def column(self, number: int) -> list[FloatArray]:
        """One column, in pieces; never none."""
        return [piece.columns[number] for piece in self.pieces] or [np.empty(0)]

    def codes(self, universe: Sequence[str]) -> IntArray:
        """The universe's column of every row, see `asset_codes`."""
        found = [asset_codes(piece.asset, universe) for piece in self.pieces if piece.asset is not None]
        return np.concatenate(found or [np.empty(0, np.int64)])


class RowStream:
    """Reads spans of a table's timeline; any span can be read, those that follow one another cheaply.

    One query is at hand. When all its rows have come those behind it are begun, and work while they are used.

    Args:
        reader: what is read.
        end: position in the timeline at which reading will end.
        sound: test of a row; null counts as failed.
    """

    def __init__(self, reader: RowReader, end: int, sound: pl.Expr) -> None:
        self._reader, self._starts = reader, reader.timeline.starts
        self._end = int(self._starts[end])
        self._tests: tuple[pl.Expr, ...] = (sound.alias(_SOUND),)
        self._again = not reader.table.seekable
        if self._again:  # what is computed anew may come in another order
            self._tests += (reader.stamps.label().alias(_LABEL),)
        self._query_rows = max(QUERY_VALUES // len(reader.columns), 1)
        # A frame that must be computed for each query is not computed by several at once.
        self._most = AHEAD if reader.sliced else 1
        self._query: _Query | None = None
        self._behind: deque[_Query] = deque()

    def start(self, first: int, *, asset: bool) -> None:
        """Begins to read ahead from a timestamp, with or without names."""
        self._query = None  # what it and others still hold goes before there is more
        self._behind.clear()
        self._query = self._begin(int(self._starts[first]), asset=asset)

    def _begin(self, row: int, *, asset: bool) -> "_Query | None":
        if row >= self._end:
            return None
        after = self._reader.cut(row, self._end, max(self._query_rows // _FEW, 1), self._query_rows)
        asset = asset or (self._again and self._reader.timeline.layout is not None)
        more = (*self._tests, pl.col(ASSET)) if asset else self._tests
        return _Query(self._reader, row, after, more, asset=asset)

    def read(self, first: int, end: int, *, asset: bool) -> Rows:
        """The rows of timestamps [first, end), rows of one time as they lie in the table.

        Args:
            first, end: positions in the timeline, `end` no later than the stream's.
            asset: whether names are needed; they may come where they are not.

        Raises:
            DataError: the table cannot be read, changed since the timeline was made, or is a frame that is computed
                with another result than then.
        """
        pieces: list[Piece] = []
        at, after = int(self._starts[first]), int(self._starts[end])
        if at < after and (self._query is None or self._query.at != at or (asset and not self._query.asset)):
            self.start(first, asset=asset)
        while at < after:
            query = self._query
            assert query is not None
            at = min(after, query.end)
            pieces += query.take(at)
            if query.complete:
                self._begin_behind(query)
            if at == query.end:
                self._query = self._behind.popleft() if self._behind else None
        return Rows(tuple(pieces))

    def _begin_behind(self, query: "_Query") -> None:
        while len(self._behind) < self._most:
            last = self._behind[-1] if self._behind else query
            begun = self._begin(last.end, asset=query.asset)
            if begun is None:
                break
            self._behind.append(begun)


class _Query:
    """The rows of one query, as far as they were not taken.

    Attributes:
        at, end: rows, in time order, of what is left.
        asset: whether names are among it.
    """

    def __init__(self, reader: RowReader, begin: int, end: int, more: Sequence[pl.Expr], *, asset: bool) -> None:
        self.at, self.end, self.asset = begin, end, asset
        self._table, self._sliced, self._timeline = reader.table, reader.sliced, reader.timeline
        self._wanted, self._given = end - begin, 0
        batches = reader.batches(begin, end, more)
        self._pieces = (piece for batch in batches for piece in _pieces(batch, reader.columns))
        self._rest: Piece | None = None

    @property
    def complete(self) -> bool:
        """Whether all rows have come, taken or not."""
        return self._given >= self._wanted

    def take(self, end: int) -> list[Piece]:
        """The rows up to one of them."""
        begin, missing, fresh = self.at, end - self.at, not self._given
        taken = []
        while missing:
            piece = self._next()
            if piece is None:
                break
            if len(piece) > missing:
                self._rest = piece.part(slice(missing, None))
                piece = piece.part(slice(missing))
            taken.append(piece)
            missing -= len(piece)
        self.at = end
        if fresh or missing or end == self.end:  # before any is used, and once they have all been read
            self._table.check_unchanged()
        if missing or (end == self.end and not self._sliced):  # a slice gives no more than was asked for
            self._given += sum(map(len, self._pieces))  # deterministic: of integers
            if self._given != self._wanted:
                raise self._other(f"{self._wanted} rows, then {self._given}")
        if not self._table.seekable:
            self._check_places(begin, end, taken)
        return taken

    def _check_places(self, begin: int, end: int, pieces: Sequence[Piece]) -> None:
        """Sees that rows are of the times, and in a dense table of the assets, that they had in the first pass."""
        times, layout = self._timeline, self._timeline.layout or ()
        first, after = np.searchsorted(times.starts, (begin, end))
        labels = np.repeat(times.labels[first:after], np.diff(times.starts[first : after + 1]))
        columns = np.tile(np.arange(len(layout)), after - first)
        at = 0
        for piece in pieces:
            rows = slice(at, at + len(piece))
            at = rows.stop
            if piece.label is None or not np.array_equal(piece.label, labels[rows]):
                raise self._other("its rows in one order of time, then in another")
            found = None if piece.asset is None or not layout else asset_codes(piece.asset, layout)
            if found is not None and not np.array_equal(found, columns[rows]):
                raise self._other("the assets of a time in one order, then in another")

    def _other(self, what: str) -> DataError:
        return DataError(f"{self._table.place}: gave {what}; make it give the same each time")

    def _next(self) -> Piece | None:
        piece, self._rest = self._rest, None
        if piece is None:
            piece = next(self._pieces, None)
            self._given += 0 if piece is None else len(piece)
        return piece


def _pieces(batch: pl.DataFrame, columns: Sequence[str]) -> Iterator[Piece]:
    sound = batch[_SOUND].all(ignore_nulls=False) is True
    begin = 0
    for size in batch[_SOUND].chunk_lengths():  # what lies together is not copied
        frame = batch[begin : begin + size]
        begin += size
        asset = frame[ASSET] if ASSET in frame.columns else None
        label = frame[_LABEL].to_numpy() if _LABEL in frame.columns else None
        yield Piece(tuple(frame[name].to_numpy() for name in columns), asset, sound, label)
