"""What an object keeps from one barrier to the next: told as plain values, and taken over again.

A class says of each of its attributes, in its table `KEEPS`, whether it is kept, and as what:

    MADE       not at all: the constructor makes it, it is of one barrier alone, or it looks into something else
    ARRAY      an array that others look into, or that kernels write: written in place
    ARRAYS     a named tuple of such arrays, or None
    PART       an object with a state of its own, which stays the same object
    BATCH      a `MarketBatch` or None: the data has it, so it is told by number
    a type     a value of it: numbers, words, sets, dicts, messages, read-only arrays

A table that does not name all attributes of its class is found by a test, so nothing new is forgotten.

States are carried as MessagePack. Arrays travel as in messages (`codec`), batches of the data as

    5          barrier, ns UTC: the `MarketBatch` of a barrier; two integers of eight bytes, big-endian
"""

import struct
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, TypeVar

import msgspec
import numpy as np

from tidegate.messages.codec import ARRAY_EXT, accept_array, decode_array, encode_array
from tidegate.messages.market import MarketBatch

MADE: Final = "made"
ARRAY: Final = "array"
ARRAYS: Final = "arrays"
PART: Final = "part"
BATCH: Final = "batch"
BATCH_EXT = 5
_PLACE = struct.Struct(">qq")
Kept = TypeVar("Kept")
Place = tuple[int, int]
"""A batch: the code of the extension that stands for it, and the barrier."""


def keeps(**kept: object) -> Mapping[str, object]:
    """A table, see above."""
    return kept


def declares(owner: object) -> bool:
    """Whether the very class of an object says what its state is: what it inherits that from may know less of it."""
    return "state" in vars(type(owner))


def made(names: str) -> dict[str, object]:
    """The part of a table for attributes, by name, of which nothing is kept."""
    return dict.fromkeys(names.split(), MADE)


class Told:
    """A batch of the data inside a state."""

    __slots__ = ("ext",)

    def __init__(self, batch: MarketBatch) -> None:
        self.ext = msgspec.msgpack.Ext(BATCH_EXT, _PLACE.pack(batch.seq, batch.ts_ns))


def told(batch: MarketBatch | None) -> Told | None:
    """A batch as a state holds it."""
    return None if batch is None else Told(batch)


class Stateful:
    """Something whose state is what its table says."""

    __slots__ = ()
    KEEPS: ClassVar[Mapping[str, object]] = {}

    def kept(self) -> list[Any]:
        """The values of what is kept, in the order of the table."""
        return [_told_as(how, getattr(self, name)) for name, how in self.KEEPS.items() if how is not MADE]

    def part_of(self, state: Any, name: str) -> Any:
        """What a part has told, in the state of the whole."""
        return state[[one for one, how in self.KEEPS.items() if how is not MADE].index(name)]

    def restore(self, state: Any) -> None:
        """Takes over what `kept` told.

        Raises:
            ValueError: it is the state of something else.
        """
        kept = [(name, how) for name, how in self.KEEPS.items() if how is not MADE]
        if not isinstance(state, list) or len(state) != len(kept):
            raise ValueError(f"this is no state of a {type(self).__name__}")
        for (name, how), value in zip(kept, state, strict=True):
            if how is ARRAY:
                put(getattr(self, name), value)
            elif how is ARRAYS:
                for array, values in zip(getattr(self, name) or (), value or (), strict=True):
                    put(array, values)
            elif how is PART:
                getattr(self, name).restore(value)
            elif how is BATCH:
                setattr(self, name, value)
            else:
                setattr(self, name, typed(how, value))


def _told_as(how: object, value: Any) -> Any:
    if how is PART:
        return value.kept()
    if how is BATCH:
        return told(value)
    return sorted(value) if isinstance(value, set) else value


def put(array: np.ndarray[Any, Any], values: Any) -> None:
    """Writes values into an array; one that cannot be written to must have them.

    Raises:
        ValueError: they are no array of its type and shape, or another than what cannot be written to.
    """
    if not isinstance(values, np.ndarray) or (values.dtype, values.shape) != (array.dtype, array.shape):
        raise ValueError(f"an array of {array.dtype} and shape {array.shape} is wanted")
    if array.flags.writeable:
        array[...] = values
    elif array.tobytes() != values.tobytes():
        raise ValueError("something that never changes was another")


def typed(kind: Any, value: object) -> Any:
    """A value of a state as what it was.

    Raises:
        ValueError: it was something else.
    """
    try:
        return msgspec.convert(value, kind, dec_hook=accept_array)
    except msgspec.ValidationError as error:
        raise ValueError(f"a state does not fit: {error}") from error


def _encode(value: object) -> object:
    return value.ext if isinstance(value, Told) else encode_array(value)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_encode)


def encode_state(state: object) -> bytes:
    """A state as MessagePack; the same state always gives the same bytes.

    Raises:
        TypeError, ValueError, NotImplementedError, OverflowError, RecursionError: it holds what none can.
    """
    return _ENCODER.encode(state)


def places_in(data: bytes) -> list[Place]:
    """What of the data a state refers to.

    Raises:
        ValueError: these bytes are no state.
    """
    found: list[Place] = []
    decode_state(data, found.append)
    return found


def decode_state(data: bytes | memoryview, look_up: Callable[[Place], object]) -> Any:
    """What `encode_state` was given, in builtin values and read-only arrays.

    Args:
        look_up: gives the batches of the data.

    Raises:
        ValueError: these bytes are none.
    """

    def ext(code: int, content: memoryview) -> object:
        if code == ARRAY_EXT:
            return decode_array(content)
        if code == BATCH_EXT and len(content) == _PLACE.size:
            barrier, ts_ns = _PLACE.unpack(content)
            batch = look_up((code, barrier))
            if isinstance(batch, MarketBatch) and batch.ts_ns != ts_ns:
                raise ValueError(f"the data of barrier {barrier} is of another time")
            return batch
        raise ValueError(f"unknown extension {code}")

    try:
        return msgspec.msgpack.decode(data, ext_hook=ext)
    except (msgspec.DecodeError, RecursionError, OverflowError, TypeError) as error:
        raise ValueError(f"a state cannot be read: {error}") from error
