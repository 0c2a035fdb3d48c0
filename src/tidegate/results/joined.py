"""Messages grouped by type, and their fields joined to columns.

One pass finds what there is of each type, and one joins all that is wanted of them: numpy is called for a column and
some messages at once, and not for each message.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress, count
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.messages.base import Message

TOGETHER = 512
"""Messages that are joined at once, of all types: few enough to stay in the processor's cache until all of their fields
are joined. Small arrays of a long run lie all over the memory, and to fetch them takes longer than to copy them."""
_NOWHERE = np.empty(0, np.int64)


class Moment(NamedTuple):
    """The messages of one barrier, in order of delivery; a plain tuple, so quiet barriers cost nothing."""

    barrier: int
    ts_ns: int
    messages: tuple[Message, ...]


class Room:
    """One piece of memory for many columns.

    Fresh memory costs a fault for each of its pages. From 4 MiB on numpy asks for huge pages, of which there are few.

    Args:
        words: how many numbers of eight bytes will be asked for, in all.
    """

    def __init__(self, words: int) -> None:
        self._words = np.empty(words, np.int64)
        self._used = 0

    def ints(self, rows: int, value: int | None = None) -> IntArray:
        """An int64 column; not set to anything without a value."""
        first, self._used = self._used, self._used + rows
        column = self._words[first : self._used]
        if value is not None:
            column.fill(value)
        return column

    def floats(self, rows: int, value: float | None = None) -> FloatArray:
        """A float64 column; not set to anything without a value."""
        column = self.ints(rows).view(np.float64)
        if value is not None:
            column.fill(value)
        return column

    def int_block(self, columns: int, rows: int) -> IntArray:
        """Some int64 columns, (columns, rows); not set to anything."""
        return self.ints(columns * rows).reshape(columns, rows)

    def float_block(self, columns: int, rows: int) -> FloatArray:
        """Some float64 columns, (columns, rows); not set to anything."""
        return self.floats(columns * rows).reshape(columns, rows)

    def copied(self, values: IntArray) -> IntArray:
        """An int64 column of these values."""
        column = self.ints(len(values))
        column[:] = values
        return column


class Joined:
    """Messages of one or more types in order of delivery; each is some rows of a table, in the same order.

    Args:
        messages: they have an array `asset` each, with an entry for each row; or none of them has, and is one row.
        places: (n_messages,) where each stands among the messages of all types.
        barrier, ts_ns: (n_messages,) when each was delivered.

    Attributes:
        rows: of all messages together.
    """

    def __init__(self, messages: Sequence[Any], places: IntArray, barrier: IntArray, ts_ns: IntArray) -> None:
        self.messages = messages
        self.places, self.barrier, self.ts_ns = places, barrier, ts_ns
        self._sizes: IntArray = np.ones(len(messages), np.int64)
        if messages and hasattr(messages[0], "asset"):
            self._sizes = np.fromiter(map(len, map(attrgetter("asset"), messages)), np.int64, len(messages))
        self.rows = int(self._sizes.sum())
        self._fields: list[str] = []
        self._columns: list[NDArray[Any]] = []

    def each(self, values: NDArray[Any]) -> NDArray[Any]:
        """(rows,) the value of each row's message, of (n_messages,) values."""
        return np.repeat(values, self._sizes)

    def texts(self, field: str) -> list[str]:
        """The words of a field that has one for each row."""
        return list(chain.from_iterable(map(attrgetter(field), self.messages)))

    def want(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Has fields, by name, written into columns of (rows,), or blocks of (..., rows), when everything is joined."""
        self._fields += columns.keys()
        self._columns += columns.values()

    def stretches(self, edges: IntArray) -> list[tuple[int, int, int, int]]:
        """(first message, end, first row, end) of the messages with places between each of the edges and the next."""
        messages = np.searchsorted(self.places, edges)
        rows = np.append(0, self._sizes.cumsum())[messages]
        return list(zip(*(cuts.tolist() for at in (messages, rows) for cuts in (at[:-1], at[1:])), strict=True))

    def write(self, first: int, end: int, row: int, end_row: int) -> None:
        """Writes what is wanted of messages `first` to `end` into their rows."""
        if first < end and self._fields:
            picked = map(attrgetter(*self._fields), self.messages[first:end])
            fields = zip(*picked, strict=True) if len(self._fields) > 1 else [tuple(picked)]
            for column, pieces in zip(self._columns, fields, strict=True):
                np.concatenate(pieces, axis=-1, out=column[..., row:end_row])


class Delivered:
    """All messages of a run, in order of delivery.

    Args:
        moments: of the barriers that had any, in order.
    """

    def __init__(self, moments: Sequence[Moment]) -> None:
        counts = [len(messages) for _, _, messages in moments]
        self._barrier = np.repeat(np.array([barrier for barrier, _, _ in moments], np.int64), counts)
        self._ts_ns = np.repeat(np.array([ts_ns for _, ts_ns, _ in moments], np.int64), counts)
        self._messages: list[Any] = list(chain.from_iterable([messages for _, _, messages in moments]))
        self._numbers: defaultdict[type, int] = defaultdict(count().__next__)
        numbers = map(self._numbers.__getitem__, map(type, self._messages))
        self._kinds = np.fromiter(numbers, np.int64, len(self._messages))
        self._given: list[Joined] = []

    def of(self, *kinds: type[Message], where: Callable[[Sequence[Any]], BoolArray] | None = None) -> Joined:
        """The messages of these types, or those of them for which `where` is true."""
        found = [np.flatnonzero(self._kinds == self._numbers[kind]) for kind in kinds if kind in self._numbers]
        places = np.sort(np.concatenate(found)) if found else _NOWHERE
        messages = [self._messages[place] for place in places.tolist()]
        if where is not None:
            taken = where(messages)
            places, messages = places[taken], list(compress(messages, taken))
        joined = Joined(messages, places, self._barrier[places], self._ts_ns[places])
        if messages:
            self._given.append(joined)
        return joined

    def join(self) -> None:
        """Writes all columns that are wanted."""
        edges = np.arange(0, len(self._barrier) + TOGETHER, TOGETHER)
        for stretches in zip(*(joined.stretches(edges) for joined in self._given), strict=True):
            for joined, stretch in zip(self._given, stretches, strict=True):
                joined.write(*stretch)


class Stacked:
    """Rows of different messages: joined one part below the other, then put into order of delivery.

    Args:
        parts: no message is in two of them.

    Attributes:
        rows: of all parts.
    """

    def __init__(self, *parts: Joined) -> None:
        self._parts = parts
        self.rows = sum(part.rows for part in parts)
        self._order: IntArray | None = None
        if all(part.rows < self.rows for part in parts):
            places = np.concatenate([part.each(part.places) for part in parts])
            self._order = np.argsort(places, kind="stable")

    def parts(self) -> Iterator[tuple[Joined, slice]]:
        """The parts, each with its rows before anything is put into order."""
        first = 0
        for part in self._parts:
            yield part, slice(first, first + part.rows)
            first += part.rows

    def when(self, room: Room) -> dict[str, NDArray[Any]]:
        """The columns barrier and ts_ns, as the parts have them."""
        barrier, ts_ns = room.ints(self.rows), room.ints(self.rows)
        for part, rows in self.parts():
            barrier[rows], ts_ns[rows] = part.each(part.barrier), part.each(part.ts_ns)
        return {"barrier": barrier, "ts_ns": ts_ns}

    def sort(self, columns: Iterable[NDArray[Any]]) -> None:
        """Puts columns into order of delivery, in place."""
        if self._order is not None:
            for column in columns:
                column[:] = column[self._order]

    def sorted_texts(self, texts: list[str]) -> list[str]:
        """The texts in order of delivery."""
        return texts if self._order is None else [texts[row] for row in self._order.tolist()]
