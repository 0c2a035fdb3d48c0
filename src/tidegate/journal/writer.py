"""Writes a journal: messages as they are delivered, a commit for each barrier, the seal."""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

from tidegate.core.enums import Phase
from tidegate.journal.errors import JournalError
from tidegate.journal.header import Durability, Header, encode_header
from tidegate.journal.index import Blocks, Index, index_path
from tidegate.journal.layout import CONTENT_MAX, NO_BARRIER, RECORDS_MAX, Head, Kind, Packer, opening
from tidegate.journal.records import CAUSES_MAX, COUNT_BYTES, FRAME, Commit, Seal, counted, encode_into
from tidegate.journal.storage import DiskFile, Storage
from tidegate.messages.base import Message

BLOCK_BYTES = 2**18
"""Of content; see the package's docstring for why so many."""
DIGEST_BYTES = 32
REASON_MAX = 10_000
"""Most characters of the seal's reason."""
SYNC_BYTES = 2**22
"""In mode `batch`, what is written between two waits for the disk, and a block more at most."""


class JournalWriter:
    """The writing end of one journal.

    Whatever fails in writing or syncing ends it: every later call raises, and the file stays as it is. After a failed
    sync nobody knows what is on disk, so it is never tried again.

    Args:
        storage: takes the bytes; closed by `close` and `abandon`, and where the header cannot be written.
        header: written at once.
        index: where the index is to be saved by `close`, if anywhere.
        block_bytes: a block is written once its content has so many; at most half of what a block can hold.

    Attributes:
        records: how many were appended: the number that the next message will get.
        committed: the last barrier committed.
        durable: the last barrier known to be on disk; -1 where none is, and always in mode `off`.

    Raises:
        JournalError: the header cannot be written.
    """

    def __init__(
        self, storage: Storage, header: Header, index: Path | None = None, block_bytes: int = BLOCK_BYTES
    ) -> None:
        self.records = 0
        self.committed = NO_BARRIER
        self.durable = NO_BARRIER
        self._storage = storage
        self._types = frozenset(header.schema)
        self._senders = len(header.actors)
        self._index = index
        self._block_bytes = min(block_bytes, CONTENT_MAX // 2)
        self._blocks = Blocks()
        self._offset = 0
        self._unsynced = 0
        self._ended: str | None = None
        self._barrier = NO_BARRIER  # of the last message
        self._in_block = NO_BARRIER  # the last barrier committed in the block being filled
        self._block_start = 0  # number of its first record
        self._buffer = bytearray(COUNT_BYTES)
        try:
            content = encode_header(header)
            self._mode = Durability(header.durability)
            first, chain = opening()
            self._packer = Packer(chain)
            self._write(first + self._packer.pack(Kind.HEADER, content, 1, NO_BARRIER))
            if self._mode is Durability.BARRIER:
                self._sync()
        except BaseException:
            storage.close()
            raise
        self._journal = self._packer.chain
        self._digest = blake2b(digest_size=DIGEST_BYTES)

    @property
    def digest(self) -> str:
        """BLAKE2b, in hex, over the records that were written: of a closed journal, over all but the seal."""
        return self._digest.hexdigest()

    @classmethod
    def create(cls, path: Path | str, header: Header) -> "JournalWriter":
        """A journal in a new file, with its index beside it once it is closed.

        Raises:
            JournalError: the file is there already, cannot be made, or the header cannot be written.
        """
        path = Path(path)
        return cls(DiskFile(path), header, index_path(path))

    def append(
        self,
        message: Message,
        barrier: int,
        phase: Phase | None,
        superstep: int,
        sender: int,
        sender_seq: int,
        causes: Sequence[int] = (),
    ) -> int:
        """Takes a message that was delivered, see `Frame` for what is said of it, and returns its number.

        Raises:
            JournalError: the journal has ended, the message cannot be encoded or is too long, or a barrier, sender or
                cause is none that can be.
        """
        number = self.records
        if (
            self._ended is not None
            or barrier < self._barrier
            or not 0 <= sender < self._senders
            or superstep < 0
            or sender_seq < 0
            or (causes and not (0 <= min(causes) <= max(causes) < number and len(causes) <= CAUSES_MAX))
            or type(message).__name__ not in self._types
        ):
            raise self._refusal(message, (barrier, superstep, sender, sender_seq), causes)
        buffer = self._buffer
        start = len(buffer)
        try:
            encode_into((FRAME, barrier, phase, superstep, sender, sender_seq, causes, message), buffer, -1)
        except (TypeError, ValueError, OverflowError, RecursionError, NotImplementedError) as error:
            del buffer[start:]
            raise JournalError(f"a {type(message).__name__} cannot be encoded: {error}") from error
        if len(buffer) > CONTENT_MAX:
            self._split(start, message)
        self._barrier = barrier
        self.records = number + 1
        if len(buffer) >= self._block_bytes or self.records - self._block_start == RECORDS_MAX:
            self._end_block(Kind.RECORDS)
        return number

    def commit(self, barrier: int) -> None:
        """Everything of the barrier has been appended; in mode `barrier` it is on disk when this returns.

        Raises:
            JournalError: the journal has ended, or this barrier does not follow the last one.
        """
        self._check_open()
        if barrier <= self.committed or barrier < self._barrier:
            last = max(self.committed, self._barrier)
            raise JournalError(f"barrier {barrier} cannot be committed: barrier {last} has been written before")
        encode_into(Commit(barrier), self._buffer, -1)
        self.records += 1
        self.committed = self._barrier = self._in_block = barrier
        if self._mode is Durability.BARRIER:
            self._end_block(Kind.RECORDS)
            self._sync()
        elif len(self._buffer) >= self._block_bytes or self.records - self._block_start == RECORDS_MAX:
            self._end_block(Kind.RECORDS)

    def close(self, status: str = "finished", reason: str = "") -> None:
        """Seals the journal, and saves its index. Closing once more does nothing.

        Args:
            status: how the run ended.
            reason: why; its first 10,000 characters are kept.

        Raises:
            JournalError: it has failed before, or does now.
        """
        if self._ended == _CLOSED:
            return
        self._check_open()
        told = reason[:REASON_MAX].encode(errors="replace").decode()
        self._digest.update(memoryview(self._buffer)[COUNT_BYTES:])
        encode_into(Seal(status, told, self.committed), self._buffer, -1)
        self.records += 1
        self._end_block(Kind.SEALED)
        if self._mode is not Durability.OFF:
            self._sync()
        self._ended = "closing failed"
        try:
            self._storage.close()
        except Exception as error:
            raise JournalError(f"the journal cannot be closed: {error}") from error
        self._ended = _CLOSED
        if self._index is not None:
            Index.of(self._journal, self._offset, self._blocks).save(self._index)

    @property
    def failed(self) -> bool:
        """Whether writing or syncing failed: nothing more can be written."""
        return self._ended not in (None, _CLOSED)

    def abandon(self) -> None:
        """Closes the file without a seal; what was not written is lost."""
        if self._ended != _CLOSED:
            self._ended = self._ended or "it was abandoned"
            self._storage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._ended not in (None, _CLOSED):
            self.abandon()
        elif error is None:
            self.close()
        else:
            self.close("failed", f"{type(error).__name__}: {error}")

    def _split(self, start: int, message: Message) -> None:
        """The record that begins at `start` gets a block of its own."""
        buffer = self._buffer
        record = bytes(buffer[start:])
        del buffer[start:]
        if COUNT_BYTES + len(record) > CONTENT_MAX:
            limit = f"{CONTENT_MAX - COUNT_BYTES:,}"
            raise JournalError(f"a {type(message).__name__} takes {len(record):,} bytes in a journal, above {limit}")
        self._end_block(Kind.RECORDS)
        buffer += record

    def _end_block(self, kind: Kind) -> None:
        buffer, count = self._buffer, self.records - self._block_start
        buffer[:COUNT_BYTES] = counted(count)
        if kind is Kind.RECORDS:
            self._digest.update(memoryview(buffer)[COUNT_BYTES:])
        block = self._packer.pack(kind, buffer, count, self._in_block)
        self._blocks.add(self._offset, Head(kind, 0, len(buffer), count, self._in_block))
        self._block_start = self.records
        self._in_block = NO_BARRIER
        del buffer[COUNT_BYTES:]
        self._write(block)
        if self._mode is Durability.BATCH and self._unsynced >= SYNC_BYTES:
            self._sync()

    def _write(self, data: bytes) -> None:
        self._ended = "a write failed"
        left = memoryview(data)
        try:
            while left:
                taken = self._storage.write(left)
                if not taken:
                    raise OSError("nothing was written")
                left = left[taken:]
        except Exception as error:
            raise JournalError(f"the journal cannot be written at byte {self._offset:,}: {error}") from error
        self._offset += len(data)
        self._unsynced += len(data)
        self._ended = None

    def _sync(self) -> None:
        self._ended = "a sync failed"
        try:
            self._storage.sync()
        except Exception as error:
            raise JournalError(f"the journal cannot be synced at byte {self._offset:,}: {error}") from error
        self._unsynced = 0
        self._ended = None
        self.durable = self._blocks.barrier

    def _check_open(self) -> None:
        if self._ended is not None:
            raise JournalError(f"the journal takes nothing more: {self._ended}")

    def _refusal(self, message: Message, place: tuple[int, int, int, int], causes: Sequence[int]) -> JournalError:
        self._check_open()
        barrier, superstep, sender, sender_seq = place
        name = f"a {type(message).__name__}"
        if type(message).__name__ not in self._types:
            return JournalError(f"{name} cannot be appended: the header's schema has no such type")
        if barrier < self._barrier:
            return JournalError(f"{name} of barrier {barrier} cannot be appended after barrier {self._barrier}")
        if not 0 <= sender < self._senders:
            return JournalError(f"{name} cannot be from sender {sender}: the header has {self._senders} actors")
        if superstep < 0 or sender_seq < 0:
            return JournalError(f"{name} cannot be message {sender_seq} of its sender, in superstep {superstep}")
        if len(causes) > CAUSES_MAX:
            return JournalError(f"{name} cannot have {len(causes):,} causes, above {CAUSES_MAX:,}")
        return JournalError(
            f"{name} is record {self.records}; its causes {min(causes)} to {max(causes)} are not before"
        )


_CLOSED = "it is closed"
