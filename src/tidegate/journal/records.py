"""What a block holds: records, and the arrays of their messages. The package's docstring describes the bytes.

All records of a journal are numbered from 0, and a message's number is its id. Numbers are not stored: a record's is
how many stand before it. Neither is what follows from the records before: the barrier, the phase, and how many of the
sender's messages there were.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw

from tidegate.core.enums import Phase
from tidegate.journal.arrays import BlockArrays
from tidegate.journal.decoding import Found, MessageDecoder, type_of
from tidegate.journal.errors import Broken, Ending, JournalError
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import MarketBatchReference

COMMIT = -1
"""The record of a commit of the barrier at hand."""
BATCH_PLACE = (1, 1, 1)
"""Sender, superstep and `back` of a reference to the barrier's batch that is recorded as its time alone."""
AS_BEFORE = -2
"""In the place of a barrier that is that of the record before."""
CAUSES_MAX = 2**16
"""Most causes of one message."""
RECORDS_MAX = 2**16
"""Most records of a block."""
ARRAYS_MAX = 2**16
"""Most arrays of a block."""
_OPENED, _BATCH = Raw(b"\xc0"), Raw(b"\xc0")
_Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Back = Annotated[int, Meta(ge=1, le=2**63 - 1)]
_Barrier = Annotated[int, Meta(ge=-1, le=2**63 - 1)]


class Frame(msgspec.Struct, array_like=True, gc=False, eq=False, forbid_unknown_fields=True):
    """A message as it was delivered.

    Attributes:
        sender: index into the header's actors.
        superstep: of the phase, from 0.
        back: how many records lie between a cause and the message, and one more; several, or 0 for none.
        stored: the message, with references in the places of its arrays.
        barrier: in which; -1 before the first.
        phase: in which; None before the first.
        sender_seq: how many of the sender's messages were delivered before.
        number: the message's own, from its place in the journal.
        found: what can decode it; of a reference that is recorded as a time, that.
    """

    sender: _Count
    superstep: _Count
    back: _Count | Annotated[tuple[_Back, ...], Meta(max_length=CAUSES_MAX)]
    stored: Raw
    barrier: Annotated[int, Meta(ge=AS_BEFORE, le=2**63 - 1)] = AS_BEFORE
    phase: Phase | None = None
    sender_seq: _Barrier = -1
    number: int = -1
    found: Any = None

    @property
    def causes(self) -> tuple[int, ...]:
        """Numbers of the earlier messages that made the sender send it."""
        if isinstance(self.back, int):
            return (self.number - self.back,) if self.back else ()
        return tuple(self.number - back for back in self.back)

    @property
    def type(self) -> str:
        """Name of the message's type, without decoding the rest of it.

        Raises:
            JournalError: it has none.
        """
        if self.stored is _OPENED:
            return PhaseOpened.__name__
        if self.stored is _BATCH:
            return MarketBatchReference.__name__
        try:
            return type_of(self.stored)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise JournalError(f"record {self.number:,} is no message: {error}") from error

    @property
    def message(self) -> Message:
        """The message itself, decoded anew each time; its arrays are shared with others of its block.

        Raises:
            JournalError: it is none that is known here, or has other fields.
        """
        if self.stored is _OPENED and self.phase is not None:
            return PhaseOpened(self.phase, self.barrier, 0)
        if self.stored is _BATCH:
            return MarketBatchReference(self.barrier, self.found)
        found: Found = self.found
        try:
            return found.decode(self.stored, self.barrier)
        except msgspec.DecodeError as error:
            raise JournalError(f"record {self.number:,} is no message known here: {error}") from error


class Commit(msgspec.Struct, frozen=True, gc=False):
    """Everything of a barrier stands before this."""

    barrier: int


class Seal(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The last record of a journal that was closed.

    Attributes:
        status: how the run ended, such as `completed` or `failed`.
        reason: why, for a person.
        barrier: the last one committed, or -1. Messages after its commit are there in full, too.
    """

    status: str
    reason: str
    barrier: _Barrier


Record = Frame | Commit | Seal
Sealing = Annotated[dict[str, str | int], Meta(max_length=8)]
"""The seal, as it is stored."""
Stored = int | Frame | Sealing
"""A phase that the first actor opened, a commit, or the time of a batch; any other message; the seal."""


class State(msgspec.Struct, array_like=True):
    """What records follow on.

    Attributes:
        barrier: of the record before; -1 at first.
        phase: likewise; None at first.
        sent: by sender, how many of its messages there were.
    """

    barrier: _Barrier
    phase: Phase | None
    sent: Annotated[list[_Count], Meta(max_length=RECORDS_MAX)]


class Content(msgspec.Struct, array_like=True):
    """A block's content.

    Attributes:
        records: a MessagePack array of them, as bytes.
        state: what the first of them follows on.
        first: number of the first new array.
        carried: number and bytes of arrays that earlier blocks had first.
        arrays: a MessagePack array of the bytes of new ones, as bytes.
    """

    records: memoryview
    state: State
    first: _Count
    carried: Annotated[tuple[tuple[_Count, memoryview], ...], Meta(max_length=ARRAYS_MAX)]
    arrays: memoryview


Whole = msgspec.msgpack.Decoder[list[Any]]
"""Decodes records with their messages, see `whole`."""


class Decoded:
    """A block's records, each with what follows from those before it.

    Attributes:
        stored: the records as they stand there.
        whole: whether the messages in them are decoded.
        number: of the first.
        found: decodes messages of the block.
        state: what the records follow on; what follows on them once they were looked at.
        before: what they follow on.
        committed: the last barrier that one of them commits; -1 for none.
    """

    def __init__(
        self, content: bytes, count: int, number: int, senders: int, decoder: MessageDecoder, whole: Whole | None = None
    ) -> None:
        parts = parts_of(content, count)
        stored = _whole(whole, parts.records) if whole is not None and decoder.reads_all else None
        self.whole = stored is not None
        if stored is None:
            stored = _checked(_RECORDS, parts.records, "records")
        arrays = _checked(_ARRAYS, parts.arrays, "arrays")
        found = Found(decoder, BlockArrays(parts.first, dict(parts.carried), arrays))
        self.stored: Sequence[Any] = stored
        self._parts = parts
        self.number, self.found = number, found
        self.arrays = parts.first, len(arrays)
        self.committed = -1
        state = self.state = parts.state
        if len(state.sent) != senders:
            raise Broken(Ending.DAMAGED, f"the block tells of {len(state.sent)} senders; there are {senders}")
        self.before = (state.barrier, state.phase, tuple(state.sent))

    @cached_property
    def records(self) -> list[Record]:
        """The records, one by one.

        Raises:
            Broken: one is none that can be.
        """
        found, stored = self.found, self.singly()
        return [self._record(one, at, found) for at, one in enumerate(stored, self.number)]

    def singly(self) -> Sequence[Stored]:
        """The records with messages that are still to be decoded.

        Raises:
            Broken: there are none.
        """
        if self.whole:
            self.stored, self.whole = _checked(_RECORDS, self._parts.records, "records"), False
        return self.stored

    def _record(self, stored: Any, number: int, found: Found) -> Record:
        state = self.state
        if type(stored) is Frame:
            return self._frame(stored, number, found)
        if type(stored) is dict:
            return _sealed(stored)
        if stored < 0:
            state.barrier += COMMIT - stored
            if not 0 <= state.barrier < 2**63 or state.barrier <= self.committed:
                raise Broken(Ending.DAMAGED, f"record {number:,} commits barrier {state.barrier}")
            self.committed = state.barrier
            return Commit(state.barrier)
        sent = state.sent
        if stored > Phase.RECORD:
            sender, superstep, back = BATCH_PLACE
            if sender >= len(sent) or number == 0:
                raise Broken(Ending.DAMAGED, f"record {number:,} has a sender or a cause that cannot be")
            frame = Frame(sender, superstep, back, _BATCH, state.barrier, state.phase, sent[sender], number, stored)
            sent[sender] += 1
            return frame
        state.phase = phase = Phase(stored)
        if phase is Phase.ADVANCE:
            state.barrier += 1
        frame = Frame(0, 0, 0, _OPENED, state.barrier, phase, sent[0], number, found)
        sent[0] += 1
        return frame

    def _frame(self, frame: Frame, number: int, found: Found) -> Frame:
        state = self.state
        if frame.barrier == AS_BEFORE:
            frame.barrier, frame.phase = state.barrier, state.phase
        else:
            if frame.barrier < state.barrier:
                raise Broken(Ending.DAMAGED, f"record {number:,} goes back to barrier {frame.barrier}")
            state.barrier, state.phase = frame.barrier, frame.phase
        sender, back = frame.sender, frame.back
        if sender >= len(state.sent) or (back if isinstance(back, int) else max(back, default=0)) > number:
            raise Broken(Ending.DAMAGED, f"record {number:,} has a sender or a cause that cannot be")
        if frame.sender_seq < 0:
            frame.sender_seq = state.sent[sender]
        state.sent[sender] = min(frame.sender_seq + 1, 2**63 - 1)
        frame.number, frame.found = number, found
        return frame


def _whole(decoder: Whole, records: memoryview) -> list[Any] | None:
    """The records with their messages; None where these must be decoded one by one."""
    try:
        return decoder.decode(records)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


_RECORDS = msgspec.msgpack.Decoder(Annotated[list[Stored], Meta(max_length=RECORDS_MAX)])
_ARRAYS = msgspec.msgpack.Decoder(Annotated[list[memoryview], Meta(max_length=ARRAYS_MAX)])
_CONTENT = msgspec.msgpack.Decoder(Content)
COUNT_BYTES = 5
"""The records of a block open with so many bytes, their count; see `counted`."""


def counted(count: int) -> bytes:
    """How a MessagePack array of so many opens, always in five bytes."""
    return b"\xdd" + count.to_bytes(4, "big")


def digested(content: bytes, count: int) -> tuple[memoryview, memoryview]:
    """What of a block the digest of a journal is made of: its records, without the seal, and its new arrays.

    Raises:
        Broken: it does not hold what it must.
    """
    parts, seal = parts_of(content, count), seal_of(content, count)
    end = len(parts.records) - (len(msgspec.msgpack.encode(seal)) if seal is not None else 0)
    return parts.records[COUNT_BYTES:end], parts.arrays[COUNT_BYTES:]


def equal_but_seal(content: bytes, count: int, sealed: bytes, sealed_count: int) -> bool:
    """Whether a block's content is that of another, which has a seal as one more record.

    Raises:
        Broken: either does not hold what it must.
    """
    one, other = parts_of(content, count), parts_of(sealed, sealed_count)
    shared = len(one.records)
    return (
        sealed_count == count + 1
        and one.records[COUNT_BYTES:] == other.records[COUNT_BYTES:shared]
        and msgspec.structs.replace(one, records=b"") == msgspec.structs.replace(other, records=b"")
    )


def seal_of(content: bytes, count: int) -> Seal | None:
    """The seal, if it is the block's last record.

    Raises:
        Broken: there are no records.
    """
    records: Sequence[Any] = _checked(_RECORDS, parts_of(content, count).records, "records")
    return _sealed(records[-1]) if records and type(records[-1]) is dict else None


def _sealed(stored: dict[str, Any]) -> Seal:
    try:
        return msgspec.convert(stored, Seal)
    except msgspec.ValidationError as error:
        raise Broken(Ending.DAMAGED, f"the block holds something that is no record: {error}") from error


def parts_of(content: bytes, count: int) -> Content:
    """What a block of so many records is made of.

    Raises:
        Broken: it does not hold what it must.
    """
    parts: Content = _checked(_CONTENT, content, "content")
    if parts.records[:COUNT_BYTES] != counted(count):
        raise Broken(Ending.DAMAGED, f"the block does not open with its {count:,} records")
    return parts


def _checked(decoder: msgspec.msgpack.Decoder[Any], data: bytes | memoryview, what: str) -> Any:
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Broken(Ending.DAMAGED, f"the block's {what} cannot be read: {error}") from error
