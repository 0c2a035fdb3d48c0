"""The messages of a block, decoded all at once: for those who go through a whole journal.

What is decoded one by one asks Python for each array of each message. Here a block's records are decoded in one go into
types that have an array's reference in its place; the arrays are cut from one piece of memory, each once, and then put
where they belong, field by field. Whatever is not as it should be is left to be decoded one by one, which says what is
wrong with which record.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import compress, repeat
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import numpy as np
from msgspec import Meta
from msgspec.msgpack import Ext
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.journal.arrays import NUMBER_EXT, BlockArrays, closes_of
from tidegate.journal.records import RECORDS_MAX, Frame, Sealing
from tidegate.messages.base import Message
from tidegate.messages.codec import MESSAGE_TYPES, array_type, decode_array

_ARRAYS = {IntArray: np.dtype("<i8"), FloatArray: np.dtype("<f8"), BoolArray: np.dtype("?")}
_DTYPES = {dtype: at for at, dtype in enumerate(_ARRAYS.values())}
_INT, _FLOAT, _TRUTH = range(3)
_NUMBER = np.dtype(">u4")
"""How a reference has the number of an array."""
_FEW = 50
"""References that are sooner looked up one by one than as an array."""
_WORD = 8
"""Bytes of a number in an array."""
Shape = tuple[int, ...]
ClosesOf = Callable[[Sequence[int], Sequence[int]], Sequence[FloatArray]]
"""The closes that messages at these places of a block refer to, counted since these barriers, -1 for their own alone;
raises `Irregular` where they are none that are known."""


class Irregular(Exception):
    """Something must be looked at one by one."""


@dataclass(frozen=True, slots=True)
class _Fields:
    """What has arrays in a type.

    Attributes:
        arrays: of what type each field is that has one, see `_DTYPES`.
        parts: the types of fields that hold more such.
    """

    arrays: dict[str, int]
    parts: dict[str, type]


@dataclass(slots=True)
class Alike:
    """The messages of one type in a block, or the parts of some that are of one type.

    Attributes:
        kind: the type.
        places: of each in the block among those that are stored whole; of a part its message's among those of its type.
        messages: themselves; each is also of the type, or as good as that.
        numbers: by field, numbers of the shapes of their arrays.
        known: those of all shapes.
        parts: by field.
    """

    kind: type
    places: list[int] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    numbers: dict[str, IntArray] = field(default_factory=dict)
    known: dict[Shape, int] = field(default_factory=dict)
    parts: dict[str, "Alike"] = field(default_factory=dict)

    def shapes(self, *names: str) -> list[tuple[Shape, ...]]:
        """The shapes of the arrays of these fields, once where several messages have the same."""
        shapes = list(self.known)
        found = dict.fromkeys(zip(*(self.numbers[name].tolist() for name in names), strict=True))
        return [tuple(shapes[number] for number in numbers) for numbers in found]

    def all_of(self, name: str, shape: Shape) -> bool:
        """Whether a field's arrays are all of a shape."""
        return bool((self.numbers[name] == self.known.get(shape, -1)).all())


def alike(messages: Sequence[Message]) -> list[Alike]:
    """The messages of a block by type, as a block's decoder has made them."""
    found: dict[type, Alike] = {}
    for place, message in enumerate(messages):
        kind = type(message)
        one = found.get(kind)
        if one is None:
            one = found[kind] = Alike(_twins().get(kind, kind))
        one.places.append(place)
        one.messages.append(message)
    return list(found.values())


def complete(groups: Sequence[Alike], arrays: BlockArrays, closes: ClosesOf) -> None:
    """Puts arrays in the places of their references.

    Args:
        arrays: of the block.
        closes: finds what has no number.

    Raises:
        Irregular: an array is not there, or not of the type that it must be.
    """
    table = _table(arrays)
    for group in groups:
        _put(group, group.places, table, closes)


@dataclass(frozen=True, slots=True)
class _Table:
    """Every array of a block.

    Attributes:
        arrays: (n,) themselves, as objects; those that are carried first.
        dtypes: (n,) what each is of, see `_DTYPES`.
        shapes: (n,) what shape each has, by its number in `known`.
        carried: numbers of the first of them, rising.
        first: number of the next.
        known: numbers of shapes.
    """

    arrays: NDArray[Any]
    dtypes: IntArray
    shapes: IntArray
    carried: IntArray
    first: int
    known: dict[Shape, int]

    def at(self, stored: Sequence[Ext]) -> IntArray:
        """Where in the table these references point to, which are by number.

        Raises:
            Irregular: nowhere.
        """
        data: list[Any] = [one.data for one in stored]
        if list(map(len, data)).count(_NUMBER.itemsize) != len(data):
            raise Irregular
        skipped = len(self.carried)
        if len(data) < _FEW:
            shift = skipped - self.first
            few = [int.from_bytes(one, "big") + shift for one in data]
            if min(few) >= skipped and max(few) < len(self.arrays):
                return np.array(few, np.int64)
        numbers = np.frombuffer(b"".join(data), _NUMBER).astype(np.int64)
        at = numbers - self.first + skipped
        new = (at >= skipped) & (at < len(self.arrays))
        if not new.all():
            others = np.flatnonzero(~new)
            found = np.searchsorted(self.carried, numbers[others])
            if not bool((np.append(self.carried, -1)[found] == numbers[others]).all()):
                raise Irregular
            at[others] = found
        return at


def _put(group: Alike, places: Sequence[int], table: _Table, closes: ClosesOf) -> None:
    """Puts arrays in the places of their references."""
    fields, messages, group.known = _fields(group.kind), group.messages, table.known
    for name, dtype in fields.arrays.items():
        stored: list[Ext] = list(map(attrgetter(name), messages))
        if [one.code for one in stored].count(NUMBER_EXT) == len(stored):
            at = table.at(stored)
            arrays, shapes = table.arrays[at].tolist(), table.shapes[at]
            if not bool((table.dtypes[at] == dtype).all()):
                raise Irregular
        elif dtype is not _FLOAT:
            raise Irregular
        else:
            arrays, shapes = _mixed(stored, places, table, closes)
        group.numbers[name] = shapes
        deque(map(setattr, messages, repeat(name), arrays), maxlen=0)
    for name, kind in fields.parts.items():
        values = [getattr(message, name) for message in messages]
        there = [at for at, value in enumerate(values) if value is not None]
        if there:
            part = group.parts[name] = Alike(kind, there, [values[at] for at in there])
            _put(part, [places[at] for at in there], table, closes)


def _mixed(
    stored: Sequence[Ext], places: Sequence[int], table: _Table, closes: ClosesOf
) -> tuple[Sequence[NDArray[Any]], IntArray]:
    """Arrays of which some are not told by number."""
    told = [one.code == NUMBER_EXT for one in stored]
    others = [at for at, by_number in enumerate(told) if not by_number]
    try:
        counts, since = closes_of([stored[at] for at in others])
    except ValueError as error:
        raise Irregular from error
    found = closes([places[at] for at in others], since)
    if [array.size for array in found] != counts:
        raise Irregular
    arrays: list[Any] = [None] * len(stored)
    shapes = np.empty(len(stored), np.int64)
    shapes[others] = [table.known.setdefault((count,), len(table.known)) for count in counts]
    for place, array in zip(others, found, strict=True):
        arrays[place] = array
    if len(others) != len(stored):
        rest = list(compress(range(len(stored)), told))
        at = table.at([stored[place] for place in rest])
        if not bool((table.dtypes[at] == _FLOAT).all()):
            raise Irregular
        shapes[rest] = table.shapes[at]
        for place, array in zip(rest, table.arrays[at].tolist(), strict=True):
            arrays[place] = array
    return arrays, shapes


def _table(block: BlockArrays) -> _Table:
    """Every array of a block, those of whole and real numbers cut from one piece of memory."""
    carried, stored = block.stored()
    heads: dict[bytes, tuple[int, int, int, Shape]] = {}
    known: dict[Shape, int] = {}
    told, bodies, end = [], [], 0
    try:
        for data in stored:
            start = data[0] + 1
            head = bytes(data[1:start])
            one = heads.get(head)
            if one is None:
                dtype, shape, size = array_type(head)
                one = heads[head] = _DTYPES[dtype], known.setdefault(shape, len(known)), size, shape
            if len(data) - start != one[2]:
                raise Irregular
            told.append(one)
            if one[0] != _TRUTH:
                bodies.append(data[start:])
        ints = np.frombuffer(b"".join(bodies), "<i8")
        numbers = ints, ints.view("<f8")
        arrays = np.empty(len(stored), np.object_)
        for at, (dtype_at, _, size, shape) in enumerate(told):
            if dtype_at == _TRUTH:
                arrays[at] = decode_array(stored[at])
                continue
            begin, end = end, end + size // _WORD
            array = numbers[dtype_at][begin:end]
            arrays[at] = array if len(shape) == 1 else array.reshape(shape)
    except (ValueError, IndexError, msgspec.DecodeError) as error:
        raise Irregular from error
    columns = np.array([one[:2] for one in told], np.int64).reshape(-1, 2).T
    return _Table(arrays, columns[0], columns[1], np.array(carried, np.int64), block.first, known)


@cache
def whole_records() -> msgspec.msgpack.Decoder[list[Any]]:
    """Decodes the records of a block with their messages: of a `Frame`, `stored` is the message itself."""
    fields: list[Any] = []
    for one in msgspec.structs.fields(Frame):
        if one.name == "stored":
            fields.append((one.name, Union[tuple(_twins())]))  # noqa: UP007 - as in `messages.codec`
        elif one.name not in ("number", "found"):
            fields.append((one.name, one.type) if one.required else (one.name, one.type, one.default))
    whole = msgspec.defstruct("Whole", fields, array_like=True, gc=False, eq=False, forbid_unknown_fields=True)
    return msgspec.msgpack.Decoder(Annotated[list[int | whole | Sealing], Meta(max_length=RECORDS_MAX)])  # type: ignore[valid-type] # made here


@cache
def _twins() -> dict[type, type]:
    """Types of messages that have a reference in the place of each array, and of what messages those are."""
    return {_twin(kind): kind for kind in MESSAGE_TYPES}


@cache
def _twin(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A type that is stored as another one, and has references in the places of arrays; itself where it has none."""
    fields = _fields(kind)
    if not fields.arrays and not fields.parts:
        return kind
    told: list[Any] = []
    for one in msgspec.structs.fields(kind):
        what = Ext if one.name in fields.arrays else one.type
        if one.name in fields.parts:
            what = _twin(fields.parts[one.name]) | None
        told.append((one.name, what) if one.required else (one.name, what, one.default))
    tag = kind.__struct_config__.tag
    return msgspec.defstruct(kind.__name__, told, bases=(kind,), frozen=False, tag=tag, gc=False, eq=False)


@cache
def _fields(kind: type) -> _Fields:
    arrays, parts = {}, {}
    for one in msgspec.structs.fields(kind) if issubclass(kind, msgspec.Struct) else ():
        within = _within(one.type)
        if one.type in _ARRAYS:
            arrays[one.name] = _DTYPES[_ARRAYS[one.type]]
        elif within is not None:
            parts[one.name] = within
    return _Fields(arrays, parts)


def _within(told: Any) -> type | None:
    """The type of a field that may hold arrays of its own."""
    if get_origin(told) not in (Union, UnionType):
        return None
    kinds = [kind for kind in get_args(told) if kind is not NoneType]
    return kinds[0] if len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], msgspec.Struct) else None
