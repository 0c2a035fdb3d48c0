"""Values known as of a time, joined backward onto barriers.

A row is known from the end of what it describes plus the source's lag. At a barrier the latest known row of each asset
counts, whatever it holds: a NaN says that nothing is known from there on, and hides what came before. Rows carry over
from one chunk of barriers to the next, and those before the first barrier count too. An infinite value is asked about
where its row is the latest known at some barrier: what no barrier is given may be anything, however chunks fall.

The usual table lists every asset at every barrier and needs no search: it is copied like prices are. Otherwise each
row is put into the slot of the first barrier that knows it, later rows over earlier ones, and the slots are filled
forward by a running maximum of row numbers.
"""

from collections import Counter

import numpy as np
import polars as pl

from tidegate.config.models import ValueSource
from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.errors import ConfigError
from tidegate.core.time import parse_duration
from tidegate.data.defects import EXAMPLES_MAX, Defects
from tidegate.data.memory import Blocks
from tidegate.data.rows import RowReader, any_repeats, as_float, layout_codes, repeats, spread
from tidegate.data.stream import RowStream

MARKET = ("",)
"""Stands for the universe where values are market-wide: one column without a name."""


class ValueJoin:
    """The join of one table onto the barriers of one run, in time order.

    Args:
        reader: of the value columns.
        last_ns: time of the last barrier.
        names: the universe's, or `MARKET`.
        config: lag, age and policies.
        counts: where carried, expired and dropped cells are counted.

    Raises:
        ConfigError: max_age is below lag, so that no value could ever be used.
    """

    def __init__(
        self, reader: RowReader, last_ns: int, names: tuple[str, ...], config: ValueSource, counts: Counter[str]
    ) -> None:
        source = reader.table.source
        lag = parse_duration(config.lag)
        self._max_age = None if config.max_age is None else parse_duration(config.max_age)
        if self._max_age is not None and self._max_age < lag:
            raise ConfigError(
                f"data.{source}.max_age: {config.max_age} is below the lag {config.lag}: no value could ever be used"
            )
        self._reader, self._names, self._config, self._counts, self._source = reader, names, config, counts, source
        self._known = reader.timeline.ts_ns + lag
        self._layout = self._dense_layout()
        end = int(np.searchsorted(self._known, last_ns, side="right"))
        self._stream = RowStream(reader, end, _is_finite(reader))
        self._next = 0
        self._blocks = Blocks()
        self._last = _Last.nothing(len(reader.columns), len(names))
        self._sound = True  # so far
        self.unseen = set(reader.columns)
        """Columns that have had no value at any barrier so far."""

    def _dense_layout(self) -> IntArray | None:
        times = self._reader.timeline
        if self._names is MARKET:
            return np.zeros(1, np.int64) if bool((np.diff(times.starts) == 1).all()) else None
        return layout_codes(times.layout, self._names)

    def start(self, ts_ns: int) -> None:
        """Begins to read ahead for barriers from this time on: what `join` will most likely want first."""
        first = int(np.searchsorted(self._known, ts_ns, side="left"))
        aligned = self._layout is not None and bool((self._known[first : first + 1] == ts_ns).any())
        self._stream.start(first if aligned else 0, asset=not aligned and self._names is not MARKET)

    def join(self, ts_ns: IntArray) -> FloatArray:
        """(T, S, N) values as of these barriers, which come after those of the call before.

        Raises:
            DataError: all that is wrong in the rows that became known.
        """
        begin = int(np.searchsorted(self._known, ts_ns[0], side="left"))
        end = int(np.searchsorted(self._known, ts_ns[-1], side="right"))
        out = self._blocks.empty(ts_ns.size, len(self._reader.columns), len(self._names))
        aligned = self._layout is not None and np.array_equal(self._known[begin:end], ts_ns)
        if not aligned or not self._copy(begin, end, out):
            self._search(end, ts_ns, out)
        self._next = end
        for column, name in enumerate(self._reader.columns):
            if name in self.unseen and not np.isnan(out[:, column]).all():
                self.unseen.remove(name)
        return out

    def _copy(self, begin: int, end: int, out: FloatArray) -> bool:
        """The dense way: row t of the span is barrier t. False where a value is infinite."""
        assert self._layout is not None
        if np.count_nonzero(self._layout >= 0) < len(self._names):
            out[:] = np.nan
        for first, after in self._reader.parts(begin, end):
            rows = self._stream.read(first, after, asset=False)
            if not rows.sound:
                return False
            for column in range(len(self._reader.columns)):
                spread(rows.column(column), out[first - begin : after - begin, column], self._layout)
        strangers = int(np.count_nonzero(self._layout < 0))
        self._counts[f"{self._source}.unknown_asset"] += strangers * (end - self._next)
        self._last = _Last(
            out[-1].copy(),
            np.zeros(out.shape[2], np.int64),  # none of them is infinite, so that nobody asks
            np.full(out.shape[2], self._reader.timeline.ts_ns[end - 1]),
            np.full(out.shape[2], self._known[end - 1]),
        )
        return True

    def _search(self, end: int, ts_ns: IntArray, out: FloatArray) -> None:
        """The general way: rows that became known since the last call, a long history in parts."""
        defects = Defects()
        begin = int(np.searchsorted(self._known, ts_ns[0], side="left"))
        history = self._reader.parts(self._next, begin)
        for first, after in history[:-1]:
            at, code, values, number = self._rows(first, after, defects)
            rows = self._last.then(values, number, *self._times(first, at))
            newest = np.arange(len(self._names))
            newest[code] = np.arange(code.size) + newest.size  # of equal assets the last is kept
            self._last = rows.take(newest)
        first = history[-1][0] if history else begin
        at, code, values, number = self._rows(first, end, defects)
        rows = self._last.then(values, number, *self._times(first, at))
        slot = np.searchsorted(ts_ns, self._known[first:end], side="left")[at]
        newest = np.full((ts_ns.size + 1, len(self._names)), -1)
        newest[0] = np.arange(len(self._names))
        newest[slot + 1, code] = np.arange(code.size) + len(self._names)
        np.maximum.accumulate(newest, axis=0, out=newest)
        if not self._sound:
            self._refuse_infinite(rows, newest[1:], defects)
        defects.throw()
        self._look_up(rows, newest[1:], ts_ns[:, None], out)
        self._last = rows.take(newest[-1])

    def _look_up(self, rows: "_Last", newest: IntArray, now: IntArray, out: FloatArray) -> None:
        carried = rows.known[newest] < now
        expired = None if self._max_age is None else now - rows.ended[newest] > self._max_age
        for column, values in enumerate(rows.values):
            cells = values[newest]
            there = ~np.isnan(cells)
            if expired is not None:
                self._counts[f"{self._source}.expired"] += int(np.count_nonzero(expired & there))
                cells[expired] = np.nan
                there &= ~expired
            self._counts[f"{self._source}.carried"] += int(np.count_nonzero(carried & there))
            out[:, column] = cells

    def _times(self, first: int, at: IntArray) -> tuple[IntArray, IntArray]:
        return self._reader.timeline.ts_ns[first:][at], self._known[first:][at]

    def _rows(self, first: int, end: int, defects: Defects) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
        """Position, asset column, (S, rows) values and number of a span's rows, in time order, repeats settled."""
        if first >= end:
            none = np.empty(0, np.int64)
            return none, none, np.empty((len(self._reader.columns), 0)), none
        market = self._names is MARKET
        read = self._stream.read(first, end, asset=not market)
        at = self._reader.positions(first, end)
        code = np.zeros_like(at) if market else read.codes(self._names)
        rows = np.flatnonzero(code >= 0)
        self._counts[f"{self._source}.unknown_asset"] += code.size - rows.size
        rows = self._single(first, end, at, code, rows, defects)
        values = np.stack([np.concatenate(read.column(column))[rows] for column in range(len(self._reader.columns))])
        self._sound &= read.sound
        return at[rows], code[rows], values, rows + int(self._reader.timeline.starts[first])

    def _single(self, first: int, end: int, at: IntArray, code: IntArray, rows: IntArray, defects: Defects) -> IntArray:
        key = at[rows] * len(self._names) + code[rows]
        if not any_repeats(key, (end - first) * len(self._names)):
            return rows
        policy = self._config.on_duplicate
        again = repeats(key, "first" if policy == "error" else policy)
        if policy == "error":
            what = "rows that repeat the timestamp" + ("" if self._names is MARKET else " and asset") + " of another"
            remedy = f"correct the table, or set data.{self._source}.on_duplicate to first or last"
            some = rows[again][:EXAMPLES_MAX]
            names = [self._names[column] for column in code[some].tolist()]
            examples = self._reader.describe(first, end, some, names, [""] * some.size)
            defects.add(self._reader.table.place, what, count=int(again.size), examples=examples, remedy=remedy)
        else:
            self._counts[f"{self._source}.dropped_duplicate"] += again.size
        return np.delete(rows, again)

    def _refuse_infinite(self, rows: "_Last", newest: IntArray, defects: Defects) -> None:
        """Infinite values become NaN, nothing known from here on, where the policy is to drop them.

        Args:
            rows: all that are at hand.
            newest: (T, N) which of them is the latest known of an asset at a barrier.
            defects: where what the policy refuses is added.
        """
        used, place = np.unique(newest, return_index=True)
        for name, column in zip(self._reader.columns, rows.values, strict=True):
            bad = np.flatnonzero(np.isinf(column[used]))
            if bad.size and self._config.on_infinite == "drop":
                self._counts[f"{self._source}.dropped_infinite"] += bad.size
                column[used[bad]] = np.nan
            elif bad.size:
                some = bad[:EXAMPLES_MAX]
                numbers, assets = rows.number[used[some]].tolist(), (place[some] % len(self._names)).tolist()
                texts = [f"{name}={value}" for value in column[used[some]].tolist()]
                examples = [self._describe(*one) for one in zip(numbers, assets, texts, strict=True)]
                remedy = f"correct the table, or set data.{self._source}.on_infinite to drop"
                what = f"infinite values in column {name}"
                defects.add(self._reader.table.place, what, count=int(bad.size), examples=examples, remedy=remedy)

    def _describe(self, number: int, asset: int, text: str) -> str:
        starts = self._reader.timeline.starts
        at = int(np.searchsorted(starts, number, side="right")) - 1
        (said,) = self._reader.describe(at, at + 1, np.array([number - int(starts[at])]), [self._names[asset]], [text])
        return said


class _Last:
    """Rows of values with their times; among them, or as all of them, the latest of every asset.

    Attributes:
        values: (S, R).
        number: (R,) of the table's rows in order of time.
        ended: (R,) end of what the row describes, ns.
        known: (R,) when it became known, ns.
    """

    __slots__ = ("ended", "known", "number", "values")

    def __init__(self, values: FloatArray, number: IntArray, ended: IntArray, known: IntArray) -> None:
        self.values, self.number, self.ended, self.known = values, number, ended, known

    @classmethod
    def nothing(cls, columns: int, assets: int) -> "_Last":
        """No row of any asset yet."""
        return cls(np.full((columns, assets), np.nan), *np.zeros((3, assets), np.int64))

    def then(self, values: FloatArray, number: IntArray, ended: IntArray, known: IntArray) -> "_Last":
        """These rows, followed by others."""
        return _Last(
            np.concatenate((self.values, values), axis=1),
            np.concatenate((self.number, number)),
            np.concatenate((self.ended, ended)),
            np.concatenate((self.known, known)),
        )

    def take(self, rows: IntArray) -> "_Last":
        """Some of the rows."""
        return _Last(self.values[:, rows], self.number[rows], self.ended[rows], self.known[rows])


def _is_finite(reader: RowReader) -> pl.Expr:
    """Whether none of a row's values is infinite; NaN and null are fine."""
    columns = (as_float(name, reader.table.schema[name]) for name in reader.columns)
    return pl.any_horizontal(column.is_infinite().fill_null(value=False) for column in columns).not_()
