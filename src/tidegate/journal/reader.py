"""Reads a journal up to its last commit, or all of it where it is sealed."""

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np

from tidegate.journal.arrays import Closes
from tidegate.journal.columns import RecordColumns, columns_of
from tidegate.journal.decoding import MessageDecoder
from tidegate.journal.errors import Broken, End, Ending, JournalError
from tidegate.journal.header import Header, decode_header
from tidegate.journal.index import Index, index_path
from tidegate.journal.layout import (
    CHAIN_BYTES,
    NO_BARRIER,
    OPENING_BYTES,
    Block,
    Kind,
    read_block,
    read_bytes,
    read_opening,
)
from tidegate.journal.records import Commit, Decoded, Frame, Record, Seal, Whole, digested
from tidegate.journal.scan import by_index, by_reading
from tidegate.journal.whole import whole_records
from tidegate.messages.base import Message
from tidegate.messages.codec import MESSAGE_TYPES


class Journal:
    """The reading end of one journal.

    Without an index, opening reads the file once and checks every checksum, and what is damaged is not read: `end`
    says where it is. With an index, the first and the last block are checked at first and the others as they are read,
    so damage may be met on the way, as a `JournalError`. One block at a time is in memory.

    Args:
        file: the journal; closed by `close`.
        name: of the journal, for errors.
        index: is believed if it is of this journal.
        closes: tells the last known closes at a barrier, where the data is at hand, see `data.batches.Batches`. Arrays
            that are recorded as those are NaN without it.
        kinds: types of messages that are the user's; without them those cannot be decoded.
        strangers: decode them all the same, as messages of types of the same names and fields.

    Attributes:
        header: the manifest.
        end: where the journal ends, and why.
        seal: what the writer said when it closed the journal; None where it did not.
        index: where the blocks are.

    Raises:
        JournalError: no header can be read.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: str = "journal",
        index: Index | None = None,
        closes: Closes | None = None,
        kinds: Sequence[type[Message]] = (),
        *,
        strangers: bool = False,
    ) -> None:
        self.name = name
        self._closes, self._kinds, self._strangers = closes, kinds, strangers
        self._decoder: MessageDecoder | None = None
        self._file = file
        self._first = self._header_block()
        self.header: Header = self._told(self._first)
        found = (by_index(file, self._first, index) if index else None) or by_reading(file, self._first)
        self.end, self.index, self.seal = found.end, found.index, found.seal
        self._last = found.last

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        check: bool = False,
        closes: Closes | None = None,
        kinds: Sequence[type[Message]] = (),
        strangers: bool = False,
    ) -> "Journal":
        """The journal in a file, by its index where there is one; a sealed journal without one is given it.

        Args:
            check: read the whole file at once and believe no index.
            closes, kinds, strangers: as of `Journal`.

        Raises:
            JournalError: there is no such file, or no header can be read.
        """
        path = Path(path)
        try:
            file = path.open("rb")
        except OSError as error:
            raise JournalError(f"{path.name}: cannot be opened: {error.strerror}") from error
        try:
            size = os.fstat(file.fileno()).st_size
            index = None if check else Index.load(index_path(path), size)
            journal = cls(file, path.name, index, closes, kinds, strangers=strangers)
        except BaseException:
            file.close()
            raise
        if journal.end.ending is Ending.SEALED and journal.index is not index:
            journal.index.save(index_path(path))
        return journal

    def frames(self, first: int = NO_BARRIER, last: int | None = None) -> Iterator[Frame]:
        """The messages of the committed barriers, in order of delivery; of a sealed journal also those after them.

        Args:
            first, last: barriers, both included; by default all, and what was sent before the first.

        Raises:
            JournalError: the file is damaged in a place that was not looked at when it was opened, or holds what no
                writer writes.
        """
        for record in self.records(first):
            if type(record) is Frame and record.barrier >= first:
                if last is not None and record.barrier > last:
                    return
                yield record

    def records(self, first: int = NO_BARRIER) -> Iterator[Record]:
        """The same with commits and the seal among them, from the block on that `first` begins in.

        Raises:
            JournalError: see `frames`.
        """
        before: tuple[object, ...] | None = None
        for place, block in self._of_records(self.index.opening(first)):
            decoded = self._decoded(place, block)
            if before is not None and (decoded.before, decoded.arrays[0]) != before:
                raise self._damaged(place, "the block does not follow on the one before")
            state = decoded.state
            before = (state.barrier, state.phase, tuple(state.sent)), sum(decoded.arrays)  # deterministic: of integers
            yield from self._counting(place, decoded.records)

    def columns(self, *, whole: bool = False) -> Iterator[RecordColumns]:
        """All records, the seal apart, as columns, block by block.

        Args:
            whole: decode the messages of a block at once, where that can be; those of users are none of these.

        Raises:
            JournalError: see `frames`.
        """
        before: tuple[object, ...] | None = None
        for place, block in self._of_records(0):
            if place == self._last and self.seal is None:
                decoded = self._decoded(place, block)
                columns = columns_of(decoded, len(self._counting(place, decoded.records)))
            else:
                decoded = self._unlooked(place, block, whole_records() if whole else None)
                seals = list(map(type, decoded.stored)).count(dict)
                try:
                    columns = columns_of(decoded)
                except Broken as broken:
                    raise self._damaged(place, broken.why) from broken
                if seals != (block.head.kind is Kind.SEALED):
                    raise self._damaged(place, "the block has a seal where none belongs")
                self._check_commits(place, block, decoded)
            if before is not None and (decoded.before, decoded.arrays[0]) != before:
                raise self._damaged(place, "the block does not follow on the one before")
            state = decoded.state
            before = (
                (state.barrier, state.phase, tuple(state.sent)),
                sum(decoded.arrays),
            )  # deterministic: whole numbers
            yield columns

    def records_from(self, number: int) -> Iterator[Record]:
        """The same from a record on.

        Raises:
            JournalError: see `frames`.
        """
        place = max(int(np.searchsorted(self.index.columns[1], number, "right")) - 1, 0)
        for later, block in self._of_records(place):
            records = self._counting(later, self._decoded(later, block).records)
            yield from records[max(number - int(self.index.columns[1, later]), 0) :]

    def count(self) -> int:
        """How many records there are: of a sealed journal all, the seal among them, else those up to the last commit.

        Raises:
            JournalError: see `frames`.
        """
        if self.seal is not None:
            return self.end.record
        start = int(self.index.columns[1, self._last]) if self._last >= 0 else 0
        return start + (sum(1 for _ in self.records_from(start)) if self._last >= 0 else 0)

    def blocks(self, *, sealed: bool = True) -> Iterator[Block]:
        """All whole blocks, checked, the header's first.

        Args:
            sealed: whether that of the seal is wanted, too.

        Raises:
            JournalError: see `frames`.
        """
        yield self._first
        for _, block in self.placed(0, self.whole(sealed=sealed)):
            yield block

    def last_block(self) -> Block:
        """The last whole block; the header's where there is no other.

        Raises:
            JournalError: see `frames`.
        """
        count = self.whole(sealed=True)
        return next((block for _, block in self.placed(count - 1, count)), self._first) if count else self._first

    def size(self) -> int:
        """How many bytes whole blocks and whole snapshots take, the block of the seal apart."""
        count = self.whole(sealed=False)
        return int(self.index.columns[0, count]) if count < self.whole(sealed=True) else self.index.size

    def whole(self, *, sealed: bool) -> int:
        """How many whole blocks there are beside the header's, that of the seal among them if it is wanted."""
        count: int = self.index.columns.shape[1]
        return count if sealed or self.seal is None else count - 1

    def digest(self) -> str:
        """SHA-256 of the records and arrays, the seal apart, as `JournalWriter.digest`; reads all blocks.

        Of a journal without a seal it is that of its whole blocks, some of which may come after the last commit.

        Raises:
            JournalError: see `frames`.
        """
        digests = sha256(), sha256()
        for place, block in self._of_records(0):
            try:
                parts = digested(block.content(), block.head.records)
            except Broken as broken:
                raise self._damaged(place, broken.why) from broken
            for digest, part in zip(digests, parts, strict=True):
                digest.update(part)
        return sha256(b"".join(digest.digest() for digest in digests)).hexdigest()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _header_block(self) -> Block:
        offset = 0
        try:
            chain = read_opening(self._file)
            offset = OPENING_BYTES
            block = read_block(self._file, offset, chain)
            if block is None:
                raise Broken(Ending.CUT, "the file ends before its header")
            if block.head.kind is not Kind.HEADER:
                raise Broken(Ending.DAMAGED, "the first block is no header")
            return block
        except Broken as broken:
            raise self._error(offset, 0, NO_BARRIER, broken.why, broken.ending) from broken

    def _told(self, block: Block) -> Header:
        try:
            return decode_header(block.content())
        except Broken as broken:
            raise self._error(OPENING_BYTES, 0, NO_BARRIER, broken.why) from broken

    def _of_records(self, start: int) -> Iterator[tuple[int, Block]]:
        return ((place, block) for place, block in self.placed(start) if block.head.kind is not Kind.SNAPSHOT)

    def placed(self, start: int, end: int | None = None) -> Iterator[tuple[int, Block]]:
        """Blocks from a place of the index on, by default all that count, each checked, with its place.

        Raises:
            JournalError: one is damaged.
        """
        chain: bytes | None = None
        for place in range(start, self._last + 1 if end is None else end):
            offset = int(self.index.columns[0, place])
            try:
                chain = chain or read_bytes(self._file, offset - CHAIN_BYTES, CHAIN_BYTES)
                block = read_block(self._file, offset, chain)
                if block is None:
                    raise Broken(Ending.CUT, "the file has become shorter")
            except Broken as broken:
                raise self._damaged(place, broken.why, broken.ending) from broken
            chain = block.chain
            yield place, block

    def _decoded(self, place: int, block: Block) -> Decoded:
        """The content of a block."""
        decoded = self._unlooked(place, block)
        try:
            sealed = [at for at, record in enumerate(decoded.records) if type(record) is Seal]
        except Broken as broken:
            raise self._damaged(place, broken.why) from broken
        if sealed != ([len(decoded.records) - 1] if block.head.kind is Kind.SEALED else []):
            raise self._damaged(place, "the block has a seal where none belongs, or none where one does")
        self._check_commits(place, block, decoded)
        return decoded

    def _unlooked(self, place: int, block: Block, whole: Whole | None = None) -> Decoded:
        """The content of a block, at whose records nobody has looked yet."""
        if self._decoder is None:
            known = *MESSAGE_TYPES, *self._kinds
            strangers = self.header.strangers(known) if self._strangers else None
            self._decoder = MessageDecoder(self._closes, self._kinds, self.header.unreadable(known), strangers)
        count, number = block.head.records, int(self.index.columns[1, place])
        try:
            decoded = Decoded(block.content(), count, number, len(self.header.actors), self._decoder, whole)
        except Broken as broken:
            raise self._damaged(place, broken.why) from broken
        if place < self._last and int(self.index.columns[1, place + 1]) != number + count:
            raise self._damaged(place, "the index counts other records")
        return decoded

    def _check_commits(self, place: int, block: Block, decoded: Decoded) -> None:
        if decoded.committed != block.head.committed:
            raise self._damaged(place, "the block does not commit what its head says")

    def _counting(self, place: int, records: Sequence[Record]) -> Sequence[Record]:
        """Those that count: in the last block of a journal without a seal, those up to the last commit."""
        if place < self._last or self.seal is not None:
            return records
        at = next((at for at in range(len(records) - 1, -1, -1) if type(records[at]) is Commit), -1)
        return records[: at + 1]

    def _damaged(self, place: int, why: str, ending: Ending = Ending.DAMAGED) -> JournalError:
        offset, record, _ = (int(value) for value in self.index.columns[:, place])
        barrier = int(self.index.columns[2, place - 1]) if place else NO_BARRIER
        return self._error(offset, record, barrier, why, ending)

    def _error(self, offset: int, record: int, barrier: int, why: str, ending: Ending = Ending.DAMAGED) -> JournalError:
        return JournalError(self.name, End(ending, offset, record, barrier, why))
