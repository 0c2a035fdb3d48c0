"""Stored messages to messages."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw

from tidegate.journal.arrays import BlockArrays, Closes, Restorer
from tidegate.messages import codec
from tidegate.messages.base import Message


class _Typed(msgspec.Struct, array_like=True, gc=False):
    type: str


_TYPED = msgspec.msgpack.Decoder(_Typed)


def type_of(stored: Raw) -> str:
    """Name of a message's type.

    Raises:
        msgspec.DecodeError, ValueError, RecursionError: it has none.
    """
    return _TYPED.decode(stored).type


class Found:
    """The arrays of a block, and a decoder for its messages.

    Attributes:
        arrays: of the block.
    """

    __slots__ = ("_decoder", "_restorer", "arrays")

    def __init__(self, decoder: "MessageDecoder", arrays: BlockArrays) -> None:
        self._decoder = decoder.decode
        self._restorer = decoder.restorer
        self.arrays = arrays

    def decode(self, stored: Raw, barrier: int) -> Message:
        """A stored message of the block.

        Raises:
            msgspec.DecodeError: it is none.
        """
        self._restorer.turn_to(self.arrays, barrier)
        return self._decoder(stored)


class MessageDecoder:
    """Decodes stored messages, of one block at a time.

    Args:
        closes, kinds: as of `Journal`.
        unreadable: names of types that have other fields here than in the journal.
        strangers: fields of types that are known from the journal alone, by name of the type; see `stand_in`.

    Attributes:
        reads_all: whether there are no such types.
    """

    def __init__(
        self,
        closes: Closes | None = None,
        kinds: Sequence[type[Message]] = (),
        unreadable: Collection[str] = (),
        strangers: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self.restorer = Restorer(closes)
        self._decode = codec.make_decode(self.restorer, kinds)
        self._unreadable = unreadable
        self._strangers = strangers or {}
        self._stand_ins: dict[str, Callable[[Raw], Message]] = {}
        self.reads_all = not unreadable
        self.decode = self._decode_known if unreadable or self._strangers else self._decode

    def _decode_known(self, stored: Raw) -> Message:
        name = type_of(stored)
        if name in self._unreadable:
            raise msgspec.ValidationError(f"{name} has other fields here than when it was recorded")
        if name not in self._strangers:
            return self._decode(stored)
        if name not in self._stand_ins:
            kind = stand_in(name, tuple(self._strangers[name]))
            self._stand_ins[name] = codec.make_decode(self.restorer, (kind,))
        return self._stand_ins[name](stored)


@lru_cache(maxsize=256)
def stand_in(name: str, fields: tuple[str, ...]) -> type[Message]:
    """A type with the name and the fields of one whose class is not at hand: the same one for two journals.

    Its values are what is stored: arrays as they were, structs inside as lists, members of an enumeration as numbers.

    Raises:
        msgspec.ValidationError: no class can have such names.
    """
    if not all(each.isidentifier() for each in (name, *fields)):
        raise msgspec.ValidationError(f"{name!r:.80} has names that no class can have")
    hints: list[tuple[str, Any]] = [(field, Any) for field in fields]
    made: Any = msgspec.defstruct(name, hints, bases=(Message,), module=__name__)
    kind: type[Message] = made
    return kind
