"""What a block holds: messages, commits and the seal, each a MessagePack array that opens with a number for its kind.

All records of a journal are numbered from 0, and a message's number is its id. Numbers are not stored: a record's is
how many stand before it.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw

from tidegate.core.enums import Phase
from tidegate.journal.errors import Broken, Ending, JournalError
from tidegate.messages import codec
from tidegate.messages.base import Message

FRAME = 0
"""What the array of a message opens with."""
CAUSES_MAX = 2**16
"""Most causes of one message."""
COUNT_BYTES = 5
"""A block's content opens with so many bytes, the count of its records; see `counted`."""
_Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Barrier = Annotated[int, Meta(ge=-1, le=2**63 - 1)]


class _Typed(msgspec.Struct, gc=False):
    type: str


_TYPED = msgspec.msgpack.Decoder(_Typed)


class Frame(msgspec.Struct, array_like=True, tag=FRAME, gc=False, eq=False):
    """A message as it was delivered.

    Attributes:
        barrier: in which; -1 before the first.
        phase: in which; None before the first.
        superstep: of the phase, from 0.
        sender: index into the header's actors.
        sender_seq: how many messages the sender had sent before.
        causes: numbers of the earlier messages that made the sender send it.
        body: the message as `messages.codec` encodes it.
        number: the message's own, from its place in the journal.
    """

    barrier: _Barrier
    phase: Phase | None
    superstep: _Count
    sender: _Count
    sender_seq: _Count
    causes: Annotated[tuple[_Count, ...], Meta(max_length=CAUSES_MAX)]
    body: Raw
    number: int = -1

    @property
    def type(self) -> str:
        """Name of the message's type, without decoding the rest of it.

        Raises:
            JournalError: it has none.
        """
        try:
            return _TYPED.decode(self.body).type
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise JournalError(f"record {self.number:,} is no message: {error}") from error

    @property
    def message(self) -> Message:
        """The message itself, decoded anew each time.

        Raises:
            JournalError: it is none that is known here, or has other fields.
        """
        try:
            return codec.decode(self.body)
        except msgspec.DecodeError as error:
            raise JournalError(f"record {self.number:,} is no message known here: {error}") from error


class Commit(msgspec.Struct, array_like=True, tag=1, frozen=True, gc=False):
    """Everything of a barrier stands before this."""

    barrier: _Count


class Seal(msgspec.Struct, array_like=True, tag=2, frozen=True, gc=False):
    """The last record of a journal that was closed.

    Attributes:
        status: how the run ended, such as `finished` or `failed`.
        reason: why, for a person.
        barrier: the last one committed, or -1. Messages after its commit are there in full, too.
    """

    status: str
    reason: str
    barrier: _Barrier


Record = Frame | Commit | Seal
_ENCODER = msgspec.msgpack.Encoder(enc_hook=codec.encode_array)
_DECODER = msgspec.msgpack.Decoder(list[Record])

encode_into = _ENCODER.encode_into
"""Appends the encoding of a value, which may hold messages, to a bytearray: `encode_into(value, buffer, -1)`."""


def counted(count: int) -> bytes:
    """How the content of a block with so many records opens: as a MessagePack array of them, always in five bytes."""
    return b"\xdd" + count.to_bytes(4, "big")


def decode_records(content: bytes, count: int) -> Sequence[Record]:
    """The records of a block.

    Raises:
        Broken: it does not hold exactly `count` records.
    """
    if content[:COUNT_BYTES] != counted(count):
        raise Broken(Ending.DAMAGED, f"the block does not open with its {count:,} records")
    try:
        records: list[Any] = _DECODER.decode(content)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Broken(Ending.DAMAGED, f"the block holds something that is no record: {error}") from error
    return records
