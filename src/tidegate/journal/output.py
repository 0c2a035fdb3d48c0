"""Where the blocks of a journal go: compressed, chained, written in order; or compared with what is there already.

All of this is done at once, by whoever records. A thread for it was tried: what it takes off the run, a fifth of what
recording costs, was lost again to the two taking turns with the interpreter.
"""

from collections.abc import Iterator
from hashlib import sha256

from tidegate.journal.errors import JournalError
from tidegate.journal.filling import Filled
from tidegate.journal.header import Durability
from tidegate.journal.index import Blocks, Index
from tidegate.journal.layout import NO_BARRIER, Block, Head, Kind, Packer, opening
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
            and are not written; `storage` gets what follows on them.

    Attributes:
        durable: the last barrier known to be on disk; -1 where none is, and always in mode `off`.
        ended: why nothing more can be put; None as long as something can.

    Raises:
        JournalError: the header cannot be written.
    """

    def __init__(self, storage: Storage, mode: Durability, header: bytes, behind: Iterator[Block]) -> None:
        self.durable = NO_BARRIER
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
            self._next = next(behind, None)
        else:
            self._packer = Packer(chain)
            self._write(first + self._packer.pack(Kind.HEADER, header, 1, NO_BARRIER))
            if mode is Durability.BARRIER:
                self._sync()
        self._journal = self._packer.chain

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

    def digest(self) -> str:
        """SHA-256, in hex, of what blocks were made of: of the digests of all records and of all arrays."""
        return sha256(b"".join(digest.digest() for digest in self._digests)).hexdigest()

    def index(self) -> Index:
        """Where the blocks are; once it has finished."""
        return Index.of(self._journal, self._offset, self._blocks)

    def _take(self, filled: Filled) -> None:
        self._note(filled)
        head = Head(filled.kind, 0, len(filled.content), filled.records, filled.committed)
        block = self._packer.pack(filled.kind, filled.content, filled.records, filled.committed)
        self._blocks.add(self._offset, head)
        self._write(block)
        by_barrier, now_and_then = self._mode is Durability.BARRIER, self._mode is Durability.BATCH
        if filled.kind is not Kind.SEALED and (
            (by_barrier and filled.committed >= 0) or (now_and_then and self._unsynced >= SYNC_BYTES)
        ):
            self._sync()

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
