"""The first block of a journal: the manifest of its run, and the fields of every type of message in it."""

import types
from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.journal.errors import Broken, Ending, JournalError
from tidegate.messages.base import Message
from tidegate.messages.codec import MESSAGE_TYPES

HEADER_MAX = 2**22
"""Most bytes of a header before compression."""
Schema = Mapping[str, Mapping[str, str]]
"""Fields and their types, in words, by the name of the message type or of a struct inside one."""

_WORDS: dict[Any, str] = {
    FloatArray: "float64 array", IntArray: "int64 array", BoolArray: "bool array",
    int: "int", float: "float", str: "str", bool: "bool", type(None): "nil",
}  # fmt: skip


class Durability(StrEnum):
    """What is on disk, come what may, once a commit has returned.

    barrier: everything up to it; each commit ends a block, writes it and waits for the disk (fdatasync). batch: what
    was written up to the last of the waits, one for every 4 MiB of blocks, and one at the end. off: nothing; the
    system writes when it likes.
    """

    BARRIER = "barrier"
    BATCH = "batch"
    OFF = "off"


class Market(StrEnum):
    """How market data got into the journal: whole, or as references to fingerprinted data."""

    VALUE = "value"
    REFERENCE = "reference"


def schema_of(kinds: Iterable[type[msgspec.Struct]] = MESSAGE_TYPES) -> dict[str, dict[str, str]]:
    """The fields of these types, and of what they hold."""
    found: dict[str, Mapping[str, str]] = {}
    left = list(kinds)
    while left:
        kind = left.pop()
        if kind.__name__ not in found:
            found[kind.__name__], inside = _fields(kind)
            left += inside
    return {name: dict(fields) for name, fields in sorted(found.items())}


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[Mapping[str, str], tuple[type[msgspec.Struct], ...]]:
    """The fields of a type with their types in words, and the structs among these."""
    hints = get_type_hints(kind)
    fields = {name: hints[name] for name in kind.__struct_fields__}
    words = {name: _word(hint, f"{kind.__name__}.{name}") for name, hint in fields.items()}
    return words, tuple(part for hint in fields.values() for part in _structs(hint))


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What a journal has of another run: its first barriers, after which its own run went on with other parts.

    Attributes:
        barrier: the first of its own.
        config: of the other run, as in `Header`.
    """

    barrier: Annotated[int, msgspec.Meta(ge=1)]
    config: dict[str, Any] = {}


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was, told before its first message.

    Attributes:
        actors: who sends, by index; what is no actor but sends, such as the scheduler, has a name too.
        classes: of each of them, as `module:Class`.
        strategies: of each its actor's name, its class, and whether it was `given` in Python; else it is in `config`.
        rules: classes of the exit rules and limits, in order; those beyond the configured ones were given in Python.
        universe: names of the assets, by column.
        config: the configuration as JSON values, with paths of tables that were given in Python.
        frames: names of the tables that were given as frames.
        seeds: by what they are for.
        versions: of this code, of Python and of libraries.
        code: SHA-256 of sources, by module: this package's as a whole, and those that the user's classes come from.
        folders: where the user's modules were found, for who runs it again.
        data: fingerprints of the sources, by name, as JSON values.
        market: whether batches are here or are referred to.
        durability: what a commit promised.
        shared: whose barriers stand before its own; None where all are its own.
        schema: of every type of message that may come.
    """

    actors: tuple[str, ...]
    classes: tuple[str, ...] = ()
    strategies: tuple[dict[str, Any], ...] = ()
    rules: tuple[str, ...] = ()
    universe: tuple[str, ...] = ()
    config: dict[str, Any] = {}
    frames: tuple[str, ...] = ()
    seeds: dict[str, int] = {}
    versions: dict[str, str] = {}
    code: dict[str, str] = {}
    folders: tuple[str, ...] = ()
    data: dict[str, Any] = {}
    market: Market = Market.REFERENCE
    durability: Durability = Durability.BARRIER
    shared: Shared | None = None
    schema: dict[str, dict[str, str]] = msgspec.field(default_factory=schema_of)

    def changed(self, kinds: Iterable[type[Message]] = MESSAGE_TYPES) -> tuple[str, ...]:
        """Names of the types that are not, or not with the same fields, among `kinds`."""
        here = schema_of(kinds)
        return tuple(
            name
            for name, fields in self.schema.items()
            if name not in here or list(here[name].items()) != list(fields.items())
        )

    def strangers(self, kinds: Iterable[type[Message]] = MESSAGE_TYPES) -> dict[str, Mapping[str, str]]:
        """The fields of the types that are not among `kinds`, nor inside one of them."""
        here = schema_of(kinds)
        return {name: fields for name, fields in self.schema.items() if name not in here}

    def unreadable(self, kinds: Iterable[type[Message]] = MESSAGE_TYPES) -> frozenset[str]:
        """Names of the types that would be misread: here they have other fields, not merely more at their end."""
        here = schema_of(kinds)
        both = {
            name: (list(then.items()), list(here[name].items())) for name, then in self.schema.items() if name in here
        }
        return frozenset(name for name, (then, now) in both.items() if now[: len(then)] != then)


_DECODER = msgspec.msgpack.Decoder(tuple[Header])


def encode_header(header: Header) -> bytes:
    """The content of the first block.

    Raises:
        JournalError: the header holds what MessagePack does not know or a reader would refuse, or is too long.
    """
    try:
        content = msgspec.msgpack.encode((header,))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise JournalError(f"the journal's header cannot be written: {error}") from error
    if len(content) > HEADER_MAX:
        raise JournalError(f"the journal's header takes {len(content):,} bytes, above {HEADER_MAX:,}")
    try:
        decode_header(content)
    except Broken as broken:
        raise JournalError(f"the journal's header could not be read again: {broken.why}") from broken
    return content


def decode_header(content: bytes) -> Header:
    """The header in the first block's content.

    Raises:
        Broken: there is none.
    """
    if len(content) > HEADER_MAX:
        raise Broken(Ending.DAMAGED, f"the header takes {len(content):,} bytes, above {HEADER_MAX:,}")
    try:
        (header,) = _DECODER.decode(content)
    except (ValueError, TypeError, RecursionError) as error:
        raise Broken(Ending.DAMAGED, f"the first block holds no header: {error}") from error
    return header


def _word(hint: Any, place: str) -> str:
    if hint in _WORDS:
        return _WORDS[hint]
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_word(part, place) for part in get_args(hint))
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        return f"list of {_word(get_args(hint)[0], place)}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "one of " + ", ".join(f"{item.value} {item.name}" for item in hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    raise JournalError(
        f"{place}: a journal's schema has no word for fields of type {hint!r}; "
        "want numbers, text, float64, int64 or bool arrays, enumerations, structs of these or tuples of them"
    )


def _structs(hint: Any) -> list[type[msgspec.Struct]]:
    if isinstance(hint, type) and get_origin(hint) is None and issubclass(hint, msgspec.Struct):
        return [hint]
    return [found for part in get_args(hint) for found in _structs(part)]
