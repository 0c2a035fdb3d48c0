"""Where the blocks of a journal go: compressed, chained, written in order; or compared with what is there already.

All of this is done at once, by whoever records. A thread for it was tried: what it takes off the run, a fifth of what
recording costs, was lost again to the two taking turns with the interpreter.
"""

from collections.abc import Iterator
from hashlib import sha256

from tidegate.journal.errors import JournalError
from tidegate.journal.filled import Filled
from tidegate.journal.header import Durability
from tidegate.journal.index import Blocks, Index
from tidegate.journal.layout import CONTENT_MAX, NO_BARRIER, SNAPSHOT_MAX, Block, Head, Kind, Packer, opening
from tidegate.journal.middle import Middle
from tidegate.journal.records import RECORDS_MAX, digested
from tidegate.journal.storage import Storage

SYNC_BYTES = 2**22
"""In mode `batch`, what is written between two waits for the disk, and a block more at most."""


class OtherContent(JournalError):
    """What was appended is not what the journal holds already."""


class Output:
    """Takes the blocks of one journal.

    Whatever fails in writing or syncing ends it.

    Args:
        storage: takes the bytes.
        mode: whether to wait for the disk.
        header: content of the first block, written at once.
        behind: blocks that are there already, the header's first. They must come once more, each with the same content,
            and are not written; `storage` gets what follows on them. Snapshots among them are passed over.
        middle: a snapshot to go on from, with whose block `behind` begins then.

    Attributes:
        durable: the last barrier known to be on disk; -1 where none is, and always in mode `off`.
        ended: why nothing more can be put; None as long as something can.
        snapped: the last barrier after which there is a snapshot; -1 for none.

    Raises:
        JournalError: the header cannot be written.
    """

    def __init__(
        self,
        storage: Storage,
        mode: Durability,
        header: bytes,
        behind: Iterator[Block],
        middle: Middle | None = None,
    ) -> None:
        self.durable = self.snapped = NO_BARRIER
        self.ended: str | None = None
        self._storage = storage
        self._mode = mode
        self._blocks = Blocks()
        self._offset = 0
        self._unsynced = 0
        self._digests = sha256(), sha256()
        self._behind = behind
        self._next = next(behind, None)  # the block that must come again
        first, chain = opening()
        if self._next is not None:
            self._packer, self._offset = Packer(self._next.chain), self._next.end
            self._pass_on()
        else:
            self._packer = Packer(chain)
            self._write(first + self._packer.pack(Kind.HEADER, header, 1, NO_BARRIER))
            if mode is Durability.BARRIER:
                self._sync()
        self._journal = self._packer.chain
        if middle is not None:
            self._go_on(middle)

    @property
    def most(self) -> int:
        """How many records the next block may have: as many as the one that is there already."""
        return RECORDS_MAX - 2 if self._next is None else self._next.head.records

    @property
    def follows(self) -> bool:
        """Whether what comes is still compared with blocks that are there already."""
        return self._next is not None

    def put(self, filled: Filled) -> None:
        """Takes the next block.

        Raises:
            JournalError: it cannot be written.
            OtherContent: what is there already is something else.
        """
        if self._next is not None:
            self._follow(self._next, filled)
        else:
            self._take(filled)

    def put_snapshot(self, barrier: int, content: bytes) -> None:
        """Takes a snapshot after a barrier, in as many blocks as it needs.

        Raises:
            JournalError: it is too large, or cannot be written.
        """
        if len(content) > SNAPSHOT_MAX:
            raise JournalError(
                f"the states of actors after barrier {barrier:,} have {len(content):,} bytes, above {SNAPSHOT_MAX:,}:"
                " keep less in them, or take no snapshots (journal.snapshots: 0)"
            )
        self.snapped = barrier
        for at in range(0, len(content) + 1, CONTENT_MAX):
            self._append(Kind.SNAPSHOT, content[at : at + CONTENT_MAX], 0, NO_BARRIER)

    def finish(self, last: Filled) -> None:
        """Takes the block with the seal, waits for the disk where that is meant, and closes.

        Raises:
            JournalError: as of `put`, or the storage cannot be closed.
        """
        self.put(last)
        if self._mode is not Durability.OFF:
            self._sync()
        self.ended = "closing failed"
        try:
            self._storage.close()
        except Exception as error:
            raise JournalError(f"the journal cannot be closed: {error}") from error
        self.ended = None

    def abandon(self) -> None:
        """Closes the storage."""
        self._storage.close()

    @property
    def written(self) -> tuple[int, int]:
        """How many records are in the blocks that were written, and the last barrier that is committed in these."""
        return self._blocks.count, self._blocks.barrier

    def digest(self) -> str:
        """SHA-256, in hex, of what blocks were made of: of the digests of all records and of all arrays."""
        return sha256(b"".join(digest.digest() for digest in self._digests)).hexdigest()

    def index(self) -> Index:
        """Where the blocks are; once it has finished."""
        return Index.of(self._journal, self._offset, self._blocks)

    def _take(self, filled: Filled) -> None:
        self._append(filled.kind, filled.content, filled.records, filled.committed)
        self._note(filled)
        by_barrier, now_and_then = self._mode is Durability.BARRIER, self._mode is Durability.BATCH
        if filled.kind is not Kind.SEALED and (
            (by_barrier and filled.committed >= 0) or (now_and_then and self._unsynced >= SYNC_BYTES)
        ):
            self._sync()

    def _append(self, kind: Kind, content: bytes, records: int, committed: int) -> None:
        self.ended = "a block could not be made"  # until it is written: nothing may follow on a block that was lost
        block, offset = self._packer.pack(kind, content, records, committed), self._offset
        self._write(block)
        self._blocks.add(offset, Head(kind, 0, len(content), records, committed))
        self.ended = None

    def _go_on(self, middle: Middle) -> None:
        """Takes over what stands up to a snapshot."""
        self._journal, self.snapped = next(middle.journal.blocks()).chain, middle.snapshot.barrier
        for offset, head in middle.heads():
            self._blocks.add(offset, head)
        for content, count in middle.contents():
            for digest, part in zip(self._digests, digested(content, count), strict=True):
                digest.update(part)

    def _note(self, filled: Filled) -> None:
        for digest, part in zip(self._digests, filled.digested, strict=True):
            digest.update(part)

    def _follow(self, before: Block, filled: Filled) -> None:
        """Leaves the block that is there as it is, if this is its content."""
        if filled.content != before.content():
            self.ended = "what comes is not what it holds already"
            raise OtherContent(f"at byte {self._offset:,} the journal holds something else already")
        self._note(filled)
        self._blocks.add(self._offset, before.head)
        self._packer.chain, self._offset = before.chain, before.end
        self._pass_on()

    def _pass_on(self) -> None:
        """Turns to the next block of records that is there already."""
        self._next = next(self._behind, None)
        while self._next is not None and self._next.head.kind is Kind.SNAPSHOT:
            self._blocks.add(self._offset, self._next.head)
            self._packer.chain, self._offset = self._next.chain, self._next.end
            self.snapped = self._blocks.barrier
            self._next = next(self._behind, None)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                taken = self._storage.write(left)
                if not taken:
                    raise OSError("nothing was written")
                left = left[taken:]
        except BaseException as error:
            self.ended = "a write failed"
            if not isinstance(error, Exception):
                raise
            raise JournalError(f"the journal cannot be written at byte {self._offset:,}: {error}") from error
        self._offset += len(data)
        self._unsynced += len(data)

    def _sync(self) -> None:
        try:
            self._storage.sync()
        except BaseException as error:
            self.ended = "a sync failed"
            if not isinstance(error, Exception):
                raise
            raise JournalError(f"the journal cannot be synced at byte {self._offset:,}: {error}") from error
        self._unsynced = 0
        self.durable = self._blocks.barrier
