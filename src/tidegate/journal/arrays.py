"""The arrays of messages, which stand beside them in a block: each once, however often messages hold it.

Most of what messages hold does not change from one to the next, such as the quantities of an account. So a message in a
journal has in the place of each array a number, and the array itself is written where its number is new. Which arrays
are told apart is a matter of their bytes alone: what is the same object is merely found sooner. Nothing depends on
where blocks end either: a block is given what it refers to and does not have.

An array equal to the closes of the barrier's batch has not even a number, where batches are recorded by reference: the
marks of an account are told as that. Those closes are the last known ones: of an asset without a bar, its last.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, freeze
from tidegate.messages.codec import array_bytes, decode_array
from tidegate.messages.market import CLOSE, MarketBatch

NUMBER_EXT, CLOSES_EXT = 2, 3
"""Extensions of MessagePack in stored messages: the number of an array, or the length of the closes."""
REMEMBERED_BYTES = 2**20
"""Once so many bytes of arrays were new, all are forgotten, and will be new again."""
REMEMBERED_EACH = 2**17
"""Longer arrays are not remembered."""
_CLOSES_LATER = 64
_NUMBER_BYTES = 4


class Known:
    """An array that has a number, and how messages refer to it."""

    __slots__ = ("data", "number", "reference")

    def __init__(self, number: int, data: bytes) -> None:
        self.number = number
        self.data = data
        self.reference = msgspec.msgpack.Ext(NUMBER_EXT, number.to_bytes(_NUMBER_BYTES, "big"))


class ArrayWriter:
    """Gives arrays their numbers.

    Attributes:
        new: bytes of the arrays that are new in this block, in order.
        first: the number of the first of them.
        carried: bytes of earlier arrays that messages of this block refer to, by number.
        size: bytes of the new ones.
    """

    def __init__(self) -> None:
        self.new: list[bytes] = []
        self.first = 0
        self.carried: dict[int, bytes] = {}
        self.size = 0
        self._objects: dict[int, tuple[msgspec.msgpack.Ext, NDArray[Any]]] = {}
        self._known: dict[bytes, Known] = {}
        self._remembered = 0
        self._closes = RunningCloses()
        self.encode_into = msgspec.msgpack.Encoder(enc_hook=self._refer).encode_into

    def begin_block(self) -> None:
        """What comes next is for a new block."""
        self.first += len(self.new)
        self.new.clear()
        self.carried.clear()
        self._objects.clear()
        self.size = 0

    def take_back(self, count: int) -> None:
        """Leaves only so many new arrays in the block: those after them belong to a message that was refused."""
        del self.new[count:]
        self.size = sum(map(len, self.new))
        self._forget()

    def market(self, batch: MarketBatch) -> None:
        """A batch that is recorded by reference."""
        self._closes.add(batch.bars[CLOSE])

    def _refer(self, value: object) -> msgspec.msgpack.Ext:
        # An object stays at its address as long as it is kept here, and what cannot be written to stays what it is.
        found = self._objects.get(id(value))
        return self._look(value) if found is None else found[0]

    def _look(self, value: object) -> msgspec.msgpack.Ext:
        data = array_bytes(value)
        known = self._known.get(data)
        if known is None:
            if self._closes.are(data):
                assert isinstance(value, np.ndarray)
                return msgspec.msgpack.Ext(CLOSES_EXT, value.size.to_bytes(_NUMBER_BYTES, "big"))
            known = self._number(data)
        elif known.number < self.first:
            self.carried[known.number] = data
        if isinstance(value, np.ndarray) and not value.flags.writeable and len(data) <= REMEMBERED_EACH:
            self._objects[id(value)] = known.reference, value
        return known.reference

    def _number(self, data: bytes) -> Known:
        known = Known(self.first + len(self.new), data)
        self.new.append(data)
        self.size += len(data)
        if len(data) <= REMEMBERED_EACH:
            if self._remembered + len(data) > REMEMBERED_BYTES:
                self._forget()
            self._known[data] = known
            self._remembered += len(data)
        return known

    def _forget(self) -> None:
        self._objects.clear()
        self._known.clear()
        self._remembered = 0


class RunningCloses:
    """The last known close of each asset, worked out when somebody asks."""

    def __init__(self) -> None:
        self._later: list[FloatArray] = []  # of batches that are not in the bytes yet
        self._closes: FloatArray | None = None
        self._data = b""

    def add(self, closes: FloatArray) -> None:
        """The next batch's; NaN where there is no bar."""
        self._later.append(closes)
        if len(self._later) >= _CLOSES_LATER:
            self.now()

    def are(self, data: bytes) -> bool:
        """Whether an array's bytes are theirs."""
        if self._later:
            # Where all assets have bars, which is the rule, nothing has to be worked out; a product shows that soonest.
            closes = self._later[-1]
            last = array_bytes(closes)
            if last == data and not math.isnan(closes.dot(closes)):
                self._closes, self._data = closes, data
                self._later.clear()
                return True
            if len(last) != len(data):
                return False
            self.now()
        return data == self._data

    def now(self) -> FloatArray | None:
        """The closes; None before the first batch."""
        for closes in self._later:
            before = self._closes
            missing = np.isnan(closes)
            self._closes = freeze(np.where(missing, before, closes)) if before is not None and missing.any() else closes
        if self._later and self._closes is not None:
            self._later.clear()
            self._data = array_bytes(self._closes)
        return self._closes


Closes = Callable[[int], FloatArray]
"""The running closes at a barrier."""


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
        if len(data) == _NUMBER_BYTES:
            number = int.from_bytes(data, "big")
            if code == NUMBER_EXT:
                return self._arrays.get(number)
            if code == CLOSES_EXT:
                return self._market(number)
        raise ValueError(f"unknown extension {code}")

    def _market(self, count: int) -> FloatArray:
        if self.closes is None:
            return freeze(np.full(min(count, REMEMBERED_EACH), np.nan))
        closes = self.closes(self._barrier)
        if closes.shape != (count,):
            raise ValueError(f"the data's batch has {closes.size} closes, that of the journal {count}")
        return closes
