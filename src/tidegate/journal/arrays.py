"""The arrays of messages, which stand beside them in a block: each once, however often messages hold it.

Most of what messages hold does not change from one to the next, such as the quantities of an account. So a message in a
journal has in the place of each array a number, and the array itself is written where its number is new. Which arrays
are told apart is a matter of their bytes alone: what is the same object is merely found sooner. Nothing depends on
where blocks end either: a block is given what it refers to and does not have.

An array equal to the closes of the barrier's batch has not even a number, where batches are recorded by reference: the
marks of an account are told as that. Where some assets have no bar, marks are the last known closes: what is equal to
those, counted since the barrier at which the closes themselves were last told, has no number either.
"""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, freeze
from tidegate.messages.codec import array_bytes, decode_array
from tidegate.messages.market import CLOSE, VOLUME, MarketBatch

NUMBER_EXT, CLOSES_EXT, LAST_CLOSES_EXT = 2, 3, 4
"""Extensions of MessagePack in stored messages: the number of an array; how many closes the barrier's batch has; that
and since which barrier the last known ones count."""
REMEMBERED_BYTES = 2**20
"""Once so many bytes of arrays were new, all are forgotten, and will be new again."""
REMEMBERED_EACH = 2**17
"""Longer arrays are not remembered."""
_UNASKED_MAX = 64
"""After so many batches for whose closes nobody asked, the last known ones are no longer followed."""
_SAMPLE_BYTES = 64
"""Arrays are looked for by every n-th of their bytes, about so many, for a hash of all takes as long as the rest."""
_FLOAT = np.dtype(np.float64)
_NUMBER = struct.Struct(">I")
_SINCE = struct.Struct(">Iq")


class ArrayWriter:
    """Gives arrays their numbers.

    Attributes:
        new: bytes of the arrays that are new in this block, in order.
        first: the number of the first of them.
        carried: bytes of earlier arrays that messages of this block refer to, by number.
        size: bytes of the new ones.
        barrier: that of the messages that come; whoever gives them says so.
    """

    def __init__(self) -> None:
        self.new: list[bytes] = []
        self.first = 0
        self.carried: dict[int, bytes] = {}
        self.size = 0
        self.barrier = -1
        self._objects: dict[int, tuple[msgspec.msgpack.Ext, NDArray[Any]]] = {}
        # By some of their bytes, or by all where others have the same.
        self._known: dict[bytes, tuple[bytes, int, msgspec.msgpack.Ext]] = {}
        self._remembered = 0
        self._from = 0  # the number of the first that may be remembered
        self._closes = ClosesWriter()
        self.market = self._closes.add
        self.encode = msgspec.msgpack.Encoder(enc_hook=self._refer).encode

    def kept(self) -> tuple[int, int, "ClosesState"]:
        """Between blocks: the numbers of the next array and of the first that is remembered, and what closes are."""
        return self.first, self._from, self._closes.kept()

    def restore(self, first: int, remembered: int, closes: "ClosesState", arrays: Iterable[tuple[int, bytes]]) -> None:
        """Goes on where another was.

        Args:
            first, remembered, closes: what it kept.
            arrays: numbers and bytes of the arrays from the first on that is remembered.
        """
        for number, data in arrays:
            if len(data) <= REMEMBERED_EACH:
                few = _few(data)
                reference = msgspec.msgpack.Ext(NUMBER_EXT, _NUMBER.pack(number))
                self._known[data if few in self._known else few] = data, number, reference
                self._remembered += len(data)
        self.first, self._from = first, remembered
        self._closes.restore(closes)

    def begin_block(self) -> None:
        """What comes next is for a new block."""
        self.first += len(self.new)
        self.new.clear()
        self.carried.clear()
        self._objects.clear()
        self.size = 0

    def take_back(self, count: int) -> None:
        """Leaves only so many new arrays in the block: those after them belong to what was refused."""
        del self.new[count:]
        self.size = sum(map(len, self.new))  # deterministic: of integers
        self._forget()

    def _refer(self, value: object) -> msgspec.msgpack.Ext:
        # An object stays at its address as long as it is kept here, and what cannot be written to stays what it is.
        found = self._objects.get(id(value))  # deterministic: found sooner, and the same
        return self._look(value) if found is None else found[0]

    def _look(self, value: object) -> msgspec.msgpack.Ext:
        closes = self._closes.reference(value, self.barrier)
        if closes is not None:
            return closes
        data = array_bytes(value)
        size = len(data)
        few = data[:: size // _SAMPLE_BYTES | 1]  # as `_few`, without the call
        known = self._known.get(few)
        if known is not None and known[0] != data:
            few = data
            known = self._known.get(data)
        if known is None:
            number = self.first + len(self.new)
            reference = msgspec.msgpack.Ext(NUMBER_EXT, _NUMBER.pack(number))
            self.new.append(data)
            self.size += size
            if size <= REMEMBERED_EACH:
                self._remembered += size
                if self._remembered > REMEMBERED_BYTES:
                    self._forget()
                    self._remembered, self._from = size, number
                self._known[few] = data, number, reference
        else:
            _, number, reference = known
            if number < self.first:
                self.carried[number] = data
        if size <= REMEMBERED_EACH and isinstance(value, np.ndarray) and not value.flags.writeable:
            self._objects[id(value)] = reference, value  # deterministic: see `_refer`
        return reference

    def _forget(self) -> None:
        self._objects.clear()
        self._known.clear()
        self._remembered = 0
        self._from = self.first + len(self.new)


def _few(data: bytes) -> bytes:
    return data[:: len(data) // _SAMPLE_BYTES | 1]


class ClosesState(msgspec.Struct, array_like=True, frozen=True):
    """What is known of closes between two barriers.

    Attributes:
        since: the barrier since which the last known ones count; -1 where they are not followed.
        last: the last known ones; None likewise.
        later: for how many batches nobody has asked.
    """

    since: int
    last: FloatArray | None
    later: Annotated[int, Meta(ge=0, le=_UNASKED_MAX)]


class ClosesWriter:
    """Finds out whether an array is the closes of the last batch, or the last known ones."""

    def __init__(self) -> None:
        self._batch: MarketBatch | None = None  # the last one
        self._data: bytes | None = None  # its closes, once they were asked for
        self._reference: msgspec.msgpack.Ext | None = None
        self._count = -1  # of assets, in the reference
        self._since: MarketBatch | None = None  # that since which the last known ones count, where they are followed
        self._last: FloatArray | None = None  # the last known ones, where they are not just the closes of that
        self._later: list[MarketBatch] = []  # not in them yet

    def kept(self) -> ClosesState:
        """What is known; whatever is not looked at yet is looked at in it."""
        since = self._since
        if since is None:
            return ClosesState(-1, None, 0)
        last = since.bars[CLOSE] if self._last is None else self._last
        for batch in self._later:
            last = last_known(last, batch.bars[CLOSE])
        return ClosesState(since.seq, last, len(self._later))

    def restore(self, state: ClosesState) -> None:
        """Goes on from there: batches that nobody has asked for count, and say nothing new."""
        if state.last is not None:
            nothing = np.full((VOLUME + 1, len(state.last)), np.nan)
            batch = MarketBatch(state.since, 0, nothing, *_NO_VALUES)
            self._since, self._last, self._later = batch, state.last, [batch] * state.later

    def add(self, batch: MarketBatch) -> None:
        """Takes the next batch that is recorded by reference."""
        self._batch, self._data = batch, None
        if self._since is not None:
            self._later.append(batch)
            if len(self._later) > _UNASKED_MAX:
                self._follow(None)

    def reference(self, value: object, barrier: int) -> msgspec.msgpack.Ext | None:
        """What refers to closes that are equal to an array; None where there are none such at this barrier."""
        batch = self._batch
        if batch is None or batch.seq != barrier or not isinstance(value, np.ndarray):
            return None
        if value.dtype != _FLOAT or value.shape != batch.bars.shape[1:]:
            return None
        data = value.tobytes()
        if self._data is None:
            self._data = batch.bars[CLOSE].tobytes()
        if data == self._data:
            self._follow(batch)
            if self._reference is None or self._count != len(value):
                self._count = len(value)
                self._reference = msgspec.msgpack.Ext(CLOSES_EXT, _NUMBER.pack(self._count))
            return self._reference
        if self._since is None or data != self._known(self._since).tobytes():
            return None
        return msgspec.msgpack.Ext(LAST_CLOSES_EXT, _SINCE.pack(len(value), self._since.seq))

    def _follow(self, since: MarketBatch | None) -> None:
        self._since, self._last = since, None
        self._later.clear()

    def _known(self, since: MarketBatch) -> FloatArray:
        last = since.bars[CLOSE] if self._last is None else self._last
        for batch in self._later:
            last = last_known(last, batch.bars[CLOSE])
        self._later.clear()
        self._last = last
        return last


def last_known(before: FloatArray, closes: FloatArray) -> FloatArray:
    """(n_assets,) the closes, and of assets without a bar those before."""
    return freeze(np.where(np.isnan(closes), before, closes))


_NO_VALUES = (np.empty((0, 0)), np.empty((0, 0)), np.empty(0))
Closes = Callable[[int, int], FloatArray]
"""The last known closes at a barrier, counted since another; those of the barrier itself where both are the same."""


class BlockArrays:
    """The arrays of one block, decoded when they are first asked for.

    Args:
        first: the number of the first new one.
        carried: bytes of earlier ones, by number.
        new: bytes of the new ones.
    """

    __slots__ = ("_carried", "_found", "_new", "first")

    def __init__(self, first: int, carried: Mapping[int, memoryview], new: Sequence[memoryview]) -> None:
        self.first = first
        self._carried = carried
        self._new = new
        self._found: dict[int, NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self._new)

    def stored(self) -> tuple[list[int], list[memoryview]]:
        """Numbers of the earlier arrays, rising, and the bytes of all: those first, then the new ones."""
        new = range(self.first, self.first + len(self._new))
        carried = sorted(number for number in self._carried if number not in new)
        return carried, [*(self._carried[number] for number in carried), *self._new]

    def get(self, number: int) -> NDArray[Any]:
        """An array by number.

        Raises:
            ValueError: the block does not have it, or it is none.
        """
        found = self._found.get(number)
        if found is None:
            place = number - self.first
            data = self._new[place] if 0 <= place < len(self._new) else self._carried.get(number)
            if data is None:
                raise ValueError(f"array {number} is not in its block")
            found = self._found[number] = decode_array(data)
        return found


def closes_of(stored: Sequence[msgspec.msgpack.Ext]) -> tuple[list[int], list[int]]:
    """How many closes references are to, and since which barriers; -1 where the barrier's own are meant.

    Raises:
        ValueError: one is no such reference.
    """
    counts, since = [], []
    for one in stored:
        data = bytes(one.data)
        if one.code == CLOSES_EXT and len(data) == _NUMBER.size:
            counts.append(_NUMBER.unpack(data)[0])
            since.append(-1)
        elif one.code == LAST_CLOSES_EXT and len(data) == _SINCE.size:
            count, first = _SINCE.unpack(data)
            if first < 0:
                raise ValueError(f"closes since barrier {first}")
            counts.append(count)
            since.append(first)
        else:
            raise ValueError(f"unknown extension {one.code}")
    return counts, since


class Restorer:
    """Puts arrays into the places of their references, for one who decodes a stored message.

    Args:
        closes: tells the closes; without it they are NaN.
    """

    def __init__(self, closes: Closes | None) -> None:
        self.closes = closes
        self._arrays = BlockArrays(0, {}, ())
        self._barrier = -1

    def turn_to(self, arrays: BlockArrays, barrier: int) -> None:
        """The next references are of this block and barrier."""
        self._arrays = arrays
        self._barrier = barrier

    def __call__(self, code: int, data: memoryview) -> NDArray[Any]:
        """An extension's array.

        Raises:
            ValueError: there is no such array.
        """
        if code == NUMBER_EXT and len(data) == _NUMBER.size:
            return self._arrays.get(_NUMBER.unpack(data)[0])
        if code == CLOSES_EXT and len(data) == _NUMBER.size:
            return self._market(_NUMBER.unpack(data)[0], self._barrier)
        if code == LAST_CLOSES_EXT and len(data) == _SINCE.size:
            return self._market(*_SINCE.unpack(data))
        raise ValueError(f"unknown extension {code}")

    def _market(self, count: int, since: int) -> FloatArray:
        if self.closes is None:
            return freeze(np.full(min(count, REMEMBERED_EACH), np.nan))
        closes = self.closes(self._barrier, since)
        if closes.shape != (count,):
            raise ValueError(f"the data's batch has {closes.size} closes, that of the journal {count}")
        return closes
