"""The table of a sealed journal's blocks, kept in a file beside it.

With it, opening a journal is reading two blocks, and a barrier is found without reading what stands before it. It can
be made anew from the journal at any time, and is believed only if it is whole and the journal's first and last block
are where, and what, it says: each block's checksum is chained to all before it, so the last one is that of this very
journal. What is read later by way of it is still checked block by block.

The file, integers little-endian: 8 bytes `89 54 47 58 0d 0a 1a 0a`; version, 4 bytes; chain of the header's block, 16;
size of the journal, 8; number of blocks, 8; for each block, the header's not among them, its offset; then for each the
number of its first record; then for each the last barrier committed up to its end (-1: none), 8 bytes a value; BLAKE2b
of all this, 16 bytes.
"""

import struct
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import numpy as np

from tidegate.core.arrays import IntArray
from tidegate.journal.layout import CHAIN_BYTES, NO_BARRIER, OVERHEAD_BYTES, VERSION, Head

_MAGIC = b"\x89TGX\r\n\x1a\n"
_HEAD = struct.Struct("<8sI16sQQ")
_COLUMNS = 3


@dataclass(slots=True)
class Blocks:
    """Grows by a block at a time; the columns of an index.

    Attributes:
        offsets: of each block.
        records: the number of each block's first record.
        committed: the last barrier committed up to each block's end.
        count: records in all.
        barrier: the last one committed.
    """

    offsets: list[int] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    committed: list[int] = field(default_factory=list)
    count: int = 0
    barrier: int = NO_BARRIER

    def add(self, offset: int, head: Head) -> None:
        """The next block."""
        self.barrier = max(self.barrier, head.committed)
        self.offsets.append(offset)
        self.records.append(self.count)
        self.committed.append(self.barrier)
        self.count += head.records

    def cut(self, length: int) -> None:
        """Forgets all but the first so many; none of the others has records."""
        del self.offsets[length:], self.records[length:], self.committed[length:]


@dataclass(frozen=True, slots=True)
class Index:
    """Where the blocks of a journal are.

    Attributes:
        journal: the chain of the header's block, by which the journal is known.
        size: bytes of the journal.
        columns: shape (3, n_blocks): offset, number of the first record, last barrier committed up to the end.
    """

    journal: bytes
    size: int
    columns: IntArray

    @classmethod
    def of(cls, journal: bytes, size: int, blocks: Blocks) -> "Index":
        """The index of blocks gathered one by one."""
        return cls(journal, size, np.array([blocks.offsets, blocks.records, blocks.committed], np.int64))

    def committing(self, barrier: int) -> int:
        """Which block commits the barrier, or the first later one; the number of blocks where none does."""
        return int(np.searchsorted(self.columns[2], barrier))

    def opening(self, barrier: int) -> int:
        """Which block is the first that may hold a message of the barrier: what commits the last one before it."""
        place = self.committing(barrier)
        return self.committing(int(self.columns[2, place - 1])) if place else 0

    def save(self, path: Path) -> None:
        """Writes it beside, then renames, so that nobody reads half of it.

        Where that cannot be done, there is none: it is but a help, and the journal is as good without.
        """
        data = _HEAD.pack(_MAGIC, VERSION, self.journal, self.size, self.columns.shape[1])
        data += self.columns.astype("<i8").tobytes()
        beside = path.with_name(path.name + ".new")
        try:
            beside.write_bytes(data + _digest(data))
            beside.replace(path)
        except OSError:
            pass

    @classmethod
    def load(cls, path: Path, size: int) -> "Index | None":
        """The index in a file, if it is whole and of a journal of that many bytes."""
        try:
            with path.open("rb") as file:
                data = file.read(_bytes_for(size // OVERHEAD_BYTES) + 1)
        except OSError:
            return None
        body, digest = data[:-CHAIN_BYTES], data[-CHAIN_BYTES:]
        if len(body) < _HEAD.size or digest != _digest(body):
            return None
        magic, version, journal, stated, blocks = _HEAD.unpack_from(body)
        if (magic, version, stated, _bytes_for(blocks)) != (_MAGIC, VERSION, size, len(data)):
            return None
        columns = np.frombuffer(body, "<i8", offset=_HEAD.size).reshape(_COLUMNS, blocks).astype(np.int64)
        rises = np.diff(columns, axis=1)
        if np.any(rises < 0) or np.any(columns < [[0], [0], [NO_BARRIER]]) or np.any(columns[0] >= size):
            return None
        return cls(journal, size, columns)


def index_path(path: Path) -> Path:
    """Where a journal's index is."""
    return path.with_name(path.name + ".index")


def _bytes_for(blocks: int) -> int:
    return _HEAD.size + 8 * _COLUMNS * blocks + CHAIN_BYTES


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=CHAIN_BYTES).digest()
