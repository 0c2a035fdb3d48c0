"""Stored messages to messages."""

from collections.abc import Collection, Sequence

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
    """The arrays of a block, and a decoder for its messages."""

    __slots__ = ("_arrays", "_decoder", "_restorer")

    def __init__(self, decoder: "MessageDecoder", arrays: BlockArrays) -> None:
        self._decoder = decoder.decode
        self._restorer = decoder.restorer
        self._arrays = arrays

    def decode(self, stored: Raw, barrier: int) -> Message:
        """A stored message of the block.

        Raises:
            msgspec.DecodeError: it is none.
        """
        self._restorer.turn_to(self._arrays, barrier)
        return self._decoder(stored)


class MessageDecoder:
    """Decodes stored messages, of one block at a time.

    Args:
        closes, kinds: as of `Journal`.
        unreadable: names of types that have other fields here than in the journal.
    """

    def __init__(
        self,
        closes: Closes | None = None,
        kinds: Sequence[type[Message]] = (),
        unreadable: Collection[str] = (),
    ) -> None:
        self.restorer = Restorer(closes)
        self._decode = codec.make_decode(self.restorer, kinds)
        self._unreadable = unreadable
        self.decode = self._decode_known if unreadable else self._decode

    def _decode_known(self, stored: Raw) -> Message:
        name = type_of(stored)
        if name in self._unreadable:
            raise msgspec.ValidationError(f"{name} has other fields here than when it was recorded")
        return self._decode(stored)
