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
from itertools import repeat
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
from tidegate.messages.market import UniverseDeclared

_ARRAYS = {FloatArray: np.dtype("<f8"), IntArray: np.dtype("<i8"), BoolArray: np.dtype("?")}
_FLOAT, _TRUTH = _ARRAYS[FloatArray], _ARRAYS[BoolArray]
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
        arrays: of what type each field is that has one.
        parts: the types of fields that hold more such.
    """

    arrays: dict[str, np.dtype[Any]]
    parts: dict[str, type]


@dataclass(slots=True)
class Alike:
    """The messages of one type in a block, or the parts of some that are of one type.

    Attributes:
        kind: the type.
        places: of each in the block among those that are stored whole; of a part its message's among those of its type.
        messages: themselves; each is also of the type, or as good as that.
        shapes: by field, the shape of each one's array.
        parts: by field.
    """

    kind: type
    places: list[int] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    shapes: dict[str, Sequence[Shape]] = field(default_factory=dict)
    parts: dict[str, "Alike"] = field(default_factory=dict)


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


Table = dict[bytes, tuple[NDArray[Any], np.dtype[Any], Shape]]


def _put(group: Alike, places: Sequence[int], table: Table, closes: ClosesOf) -> None:
    fields, messages = _fields(group.kind), group.messages
    for name, dtype in fields.arrays.items():
        stored: list[Ext] = list(map(attrgetter(name), messages))
        if [one.code for one in stored].count(NUMBER_EXT) == len(stored):
            try:
                arrays, dtypes, shapes = zip(*[table[one.data] for one in stored], strict=True)
            except KeyError as error:
                raise Irregular from error
            if dtypes.count(dtype) != len(dtypes):
                raise Irregular
        elif dtype is not _FLOAT:
            raise Irregular
        else:
            arrays, shapes = _mixed(stored, places, table, closes)
        group.shapes[name] = shapes
        deque(map(setattr, messages, repeat(name), arrays), maxlen=0)
    for name, kind in fields.parts.items():
        values = [getattr(message, name) for message in messages]
        there = [at for at, value in enumerate(values) if value is not None]
        if there:
            part = group.parts[name] = Alike(kind, there, [values[at] for at in there])
            _put(part, [places[at] for at in there], table, closes)


def _mixed(
    stored: Sequence[Ext], places: Sequence[int], table: Table, closes: ClosesOf
) -> tuple[Sequence[NDArray[Any]], Sequence[Shape]]:
    """Arrays of which some are not told by number."""
    others = [at for at, one in enumerate(stored) if one.code != NUMBER_EXT]
    try:
        counts, since = closes_of([stored[at] for at in others])
    except ValueError as error:
        raise Irregular from error
    arrays: list[NDArray[Any]] = list(closes([places[at] for at in others], since))
    if [array.size for array in arrays] != counts:
        raise Irregular
    if len(others) != len(stored):
        told = iter(arrays)
        try:
            found = [table[one.data] if one.code == NUMBER_EXT else None for one in stored]
        except KeyError as error:
            raise Irregular from error
        if any(one is not None and one[1] is not _FLOAT for one in found):
            raise Irregular
        arrays = [next(told) if one is None else one[0] for one in found]
    return arrays, tuple(array.shape for array in arrays)


def _table(arrays: BlockArrays) -> Table:
    """Every array of a block by the reference to it."""
    names, stored = arrays.references()
    heads, bodies, cuts, end = [], [], [], 0
    try:
        for data in stored:
            start = data[0] + 1
            told = array_type(bytes(data[1:start]))
            if len(data) - start != told[2]:
                raise Irregular
            heads.append(told)
            if told[0] is not _TRUTH:
                bodies.append(data[start:])
                end += told[2] // _WORD
            cuts.append(end)
        ints = np.frombuffer(b"".join(bodies), "<i8")
        floats, table, begin = ints.view("<f8"), {}, 0
        for name, data, (dtype, shape, _), cut in zip(names, stored, heads, cuts, strict=True):
            if dtype is _TRUTH:
                array = decode_array(data)
            else:
                array = (floats if dtype is _FLOAT else ints)[begin:cut]
                if len(shape) != 1:
                    array = array.reshape(shape)
            table[name] = array, dtype, shape
            begin = cut
    except (ValueError, IndexError, msgspec.DecodeError) as error:
        raise Irregular from error
    return table


@cache
def whole_records() -> msgspec.msgpack.Decoder[list[Any]]:
    """Decodes the records of a block with their messages: of a `Frame`, `stored` is the message itself."""
    fields: list[Any] = []
    for one in msgspec.structs.fields(Frame):
        if one.name == "stored":
            fields.append((one.name, Union[tuple(_twins())]))
        elif one.name not in ("number", "found"):
            fields.append((one.name, one.type) if one.required else (one.name, one.type, one.default))
    options = {"array_like": True, "gc": False, "eq": False, "forbid_unknown_fields": True}
    whole = msgspec.defstruct("Whole", fields, **options)
    return msgspec.msgpack.Decoder(Annotated[list[int | whole | Sealing], Meta(max_length=RECORDS_MAX)])  # type: ignore[valid-type] # made here


@cache
def _twins() -> dict[type, type]:
    """Types of messages that have a reference in the place of each array, and of what messages those are.

    The first message of a run, which has arrays in arrays, is not among them.
    """
    return {_twin(kind): kind for kind in MESSAGE_TYPES if kind is not UniverseDeclared}


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
            arrays[one.name] = _ARRAYS[one.type]
        elif within is not None:
            parts[one.name] = within
    return _Fields(arrays, parts)


def _within(told: Any) -> type | None:
    """The type of a field that may hold arrays of its own."""
    if get_origin(told) not in (Union, UnionType):
        return None
    kinds = [kind for kind in get_args(told) if kind is not NoneType]
    return kinds[0] if len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], msgspec.Struct) else None
