"""Writes a journal: messages as they are delivered, a commit for each barrier, the seal."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tidegate.core.enums import Phase
from tidegate.journal.errors import JournalError
from tidegate.journal.filling import Filling
from tidegate.journal.header import Durability, Header, encode_header
from tidegate.journal.index import Blocks, Index, index_path
from tidegate.journal.layout import CONTENT_MAX, NO_BARRIER, Block, Head, Kind, Packer, opening
from tidegate.journal.middle import Middle
from tidegate.journal.records import CAUSES_MAX, RECORDS_MAX, Seal
from tidegate.journal.snapshots import encode_snapshot
from tidegate.journal.storage import DiskFile, Storage
from tidegate.messages.base import Message

BLOCK_BYTES, BLOCK_BYTES_MAX = 2**18, 2**19
"""Of content, by default and at most; see the package's docstring for why so many."""
REASON_MAX = 10_000
"""Most characters of the seal's reason."""
SYNC_BYTES = 2**22
"""In mode `batch`, what is written between two waits for the disk, and a block more at most."""


class OtherContent(JournalError):
    """What was appended is not what the journal holds already."""


class JournalWriter:
    """The writing end of one journal.

    Whatever fails in writing or syncing ends it: every later call raises, and the file stays as it is. After a failed
    sync nobody knows what is on disk, so it is never tried again.

    Args:
        storage: takes the bytes; closed by `close` and `abandon`, and where the header cannot be written.
        header: written at once.
        index: where the index is to be saved by `close`, if anywhere.
        feeds: numbers of the senders whose batches are those of the data that the header names: `take` records them as
            references. Those of anybody else are recorded whole.
        block_bytes: a block is written once its content has so many; at most `BLOCK_BYTES_MAX`.
        behind: blocks that are there already, the header's first. They must come once more, each with the same content,
            and are not written; `storage` gets what follows on them. Snapshots among them are passed over.
        middle: a snapshot to go on from; `behind` begins with its block then.

    Attributes:
        durable: the last barrier known to be on disk; -1 where none is, and always in mode `off`.
        start: what the block at hand follows on.

    Raises:
        JournalError: the header cannot be written.
    """

    def __init__(
        self,
        storage: Storage,
        header: Header,
        index: Path | None = None,
        feeds: Collection[int] = (),
        block_bytes: int = BLOCK_BYTES,
        behind: Iterator[Block] | None = None,
        middle: Middle | None = None,
    ) -> None:
        self.durable = NO_BARRIER
        self._storage = storage
        self._index = index
        self._blocks = Blocks()
        self._offset = 0
        self._unsynced = 0
        self._ended: str | None = None
        self._behind = behind or iter(())
        self._next = next(self._behind, None)  # the block that must come again
        self._snapped = NO_BARRIER
        try:
            content = encode_header(header)
            self._mode = Durability(header.durability)
            self._begin(content)
        except BaseException:
            storage.close()
            raise
        self._journal = self._packer.chain
        self._filling = Filling(
            header.schema,
            len(header.actors),
            feeds,
            min(block_bytes, BLOCK_BYTES_MAX),
            by_barrier=self._mode is Durability.BARRIER,
        )
        if middle is not None:
            self._filling.restore(middle.snapshot, middle.arrays(), middle.contents())
            self._go_on(middle)
        self.start = self._filling.start

    @property
    def records(self) -> int:
        """How many were appended: the number that the next message will get."""
        return self._filling.number

    @property
    def committed(self) -> int:
        """The last barrier committed."""
        return self._filling.committed

    @property
    def waits(self) -> bool:
        """Whether each commit waits for the disk."""
        return self._mode is Durability.BARRIER

    @property
    def follows(self) -> bool:
        """Whether what comes is still compared with blocks that are there already."""
        return self._next is not None

    @property
    def digest(self) -> str:
        """SHA-256, in hex, over the records and arrays that were written; of a closed journal, over all but the seal.

        Equal journals have equal ones, however they were cut into blocks and compressed.
        """
        return self._filling.digest

    @classmethod
    def create(cls, path: Path | str, header: Header, feeds: Collection[int] = ()) -> "JournalWriter":
        """A journal in a new file, with its index beside it once it is closed.

        Raises:
            JournalError: the file is there already, cannot be made, or the header cannot be written.
        """
        path = Path(path)
        return cls(DiskFile(path), header, index_path(path), feeds)

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
        self._check_open()
        filling = self._filling
        number = filling.number
        if (
            barrier < filling.barrier
            or not 0 <= sender < len(filling.sent)
            or superstep < 0
            or sender_seq < 0
            or (causes and not (0 <= min(causes) <= max(causes) < number and len(causes) <= CAUSES_MAX))
        ):
            raise self._refusal(message, (barrier, superstep, sender, sender_seq), causes)
        back = tuple(number - cause for cause in causes)
        told = back[0] if len(back) == 1 else back or 0
        filling.add((sender, superstep, told, message), barrier, phase, sender_seq)
        if filling.full:
            self._end_block()
        return number

    def commit(self, barrier: int) -> None:
        """Everything of the barrier has been appended; in mode `barrier` it is on disk when this returns.

        Raises:
            JournalError: the journal has ended, or this barrier does not follow the last one.
        """
        self._check_open()
        filling = self._filling
        if barrier <= filling.committed or barrier < filling.barrier:
            last = max(filling.committed, filling.barrier)
            raise JournalError(f"barrier {barrier} cannot be committed: barrier {last} has been written before")
        filling.commit(barrier)
        if filling.full:
            self._end_block()

    def take(self, told: Sequence[Any]) -> None:
        """Appends what a run's log is told, see `runtime.log.Told`; trusts that it is in order.

        Raises:
            JournalError: the journal has ended, or a message cannot be encoded or is too long.
        """
        self._check_open()
        filling, at = self._filling, 0
        try:
            while at < len(told):
                at = filling.take(told, at, RECORDS_MAX - 2 if self._next is None else self._next.head.records)
                if filling.full:
                    self._end_block()
        except Exception:
            raise
        except BaseException:  # Ctrl-C, in the middle of anything: nobody knows what has been taken
            self._ended = self._ended or "it was interrupted"
            raise

    def take_states(self, barrier: int, states: Mapping[str, bytes]) -> None:
        """Writes a snapshot behind the barrier that was committed last, unless there is one, or it is too large.

        Raises:
            JournalError: the journal has ended, or a write fails.
        """
        self._check_open()
        if self._next is not None or barrier <= self._snapped:
            return
        self._snapped = barrier
        if not self._filling.empty:
            self._end_block()
        content = encode_snapshot(self._filling.kept(barrier, states))
        if len(content) <= CONTENT_MAX:
            self._append(Kind.SNAPSHOT, content, 0, NO_BARRIER)

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
        self._end_block(Seal(status, told, self.committed))
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

    def tail(self) -> bytes:
        """The content that the block at hand would have, were this its end; nothing can be appended then."""
        self._check_open()
        self._ended = "its tail was taken"
        return self._filling.finish()

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

    def _begin(self, content: bytes) -> None:
        """Writes the header, or goes behind the one that is there."""
        first, chain = opening()
        if self._next is not None:
            self._packer, self._offset = Packer(self._next.chain), self._next.end
            self._next = next(self._behind, None)
            return
        self._packer = Packer(chain)
        self._write(first + self._packer.pack(Kind.HEADER, content, 1, NO_BARRIER))
        if self._mode is Durability.BARRIER:
            self._sync()

    def _end_block(self, seal: Seal | None = None) -> None:
        filling = self._filling
        start, committed = self._blocks.count, filling.in_block
        content = filling.finish(seal)
        if self._next is not None:
            self._follow(self._next, content)
            return
        count, kind = filling.number - start, Kind.RECORDS if seal is None else Kind.SEALED
        self._append(kind, content, count, committed)
        by_barrier, now_and_then = self._mode is Durability.BARRIER, self._mode is Durability.BATCH
        if seal is None and ((by_barrier and committed >= 0) or (now_and_then and self._unsynced >= SYNC_BYTES)):
            self._sync()
        self.start = filling.start

    def _append(self, kind: Kind, content: bytes, count: int, committed: int) -> None:
        block = self._packer.pack(kind, content, count, committed)
        self._blocks.add(self._offset, Head(kind, 0, len(content), count, committed))
        self._write(block)

    def _go_on(self, middle: Middle) -> None:
        """Takes over the blocks up to a snapshot."""
        for offset, head in middle.heads():
            self._blocks.add(offset, head)
        self._snapped, self._journal = middle.snapshot.barrier, next(middle.journal.blocks()).chain

    def _follow(self, before: Block, content: bytes) -> None:
        """Leaves the block that is there as it is, if this is its content."""
        if content != before.content():
            self._ended = "what comes is not what it holds already"
            raise OtherContent(f"at byte {self._offset:,} the journal holds something else already")
        self._blocks.add(self._offset, before.head)
        self._packer.chain, self._offset = before.chain, before.end
        self.start = self._filling.start
        self._pass_on()

    def _pass_on(self) -> None:
        """Turns to the next block of records that is there already."""
        self._next = next(self._behind, None)
        while self._next is not None and self._next.head.kind is Kind.SNAPSHOT:
            self._blocks.add(self._offset, self._next.head)
            self._packer.chain, self._offset = self._next.chain, self._next.end
            self._snapped = self._filling.committed
            self._next = next(self._behind, None)

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
        barrier, superstep, sender, sender_seq = place
        name, filling = f"a {type(message).__name__}", self._filling
        if barrier < filling.barrier:
            return JournalError(f"{name} of barrier {barrier} cannot be appended after barrier {filling.barrier}")
        if not 0 <= sender < len(filling.sent):
            return JournalError(f"{name} cannot be from sender {sender}: the header has {len(filling.sent)} actors")
        if superstep < 0 or sender_seq < 0:
            return JournalError(f"{name} cannot be message {sender_seq} of its sender, in superstep {superstep}")
        if len(causes) > CAUSES_MAX:
            return JournalError(f"{name} cannot have {len(causes):,} causes, above {CAUSES_MAX:,}")
        return JournalError(
            f"{name} is record {self.records}; its causes {min(causes)} to {max(causes)} are not before"
        )


_CLOSED = "it is closed"
