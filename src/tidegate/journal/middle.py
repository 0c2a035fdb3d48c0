"""A journal that is gone on with from a snapshot in it: which there are, and what of the blocks before is needed."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from tidegate.journal.errors import Broken, Ending
from tidegate.journal.filled import Start
from tidegate.journal.layout import CONTENT_MAX, SNAPSHOT_MAX, Block, Head, Kind
from tidegate.journal.reader import Journal
from tidegate.journal.records import parts_of
from tidegate.journal.snapshots import Snapshot, decode_snapshot

_ARRAYS = msgspec.msgpack.Decoder(list[bytes])


@dataclass(frozen=True, slots=True)
class Middle:
    """A snapshot, with the blocks around it.

    Attributes:
        journal: it is in.
        place: of its block, the last one of several.
        snapshot: what it says.
        block: itself.
    """

    journal: Journal
    place: int
    snapshot: Snapshot
    block: Block

    @property
    def start(self) -> Start:
        """What the next record follows on."""
        state = self.snapshot.state
        return Start(self.snapshot.number, state.barrier, state.phase, tuple(state.sent))

    def heads(self) -> Iterator[tuple[int, Head]]:
        """Offsets and heads of the blocks up to and including its own, the header's not among them.

        Raises:
            JournalError: the journal is damaged.
        """
        for place, block in self.journal.placed(0, self.place + 1):
            yield int(self.journal.index.columns[0, place]), block.head

    def contents(self) -> Iterator[tuple[bytes, int]]:
        """The contents of the blocks of records before it, each with the number of these.

        Raises:
            JournalError: the journal is damaged.
        """
        for _, block in self.journal.placed(0, self.place):
            if block.head.kind is Kind.RECORDS:
                yield block.content(), block.head.records

    def arrays(self) -> Iterator[tuple[int, bytes]]:
        """Numbers and bytes of the arrays that its writer may have remembered.

        Raises:
            JournalError: the journal is damaged.
        """
        wanted = self.snapshot.remembered
        for content, count in self.contents():
            parts = parts_of(content, count)
            arrays: list[bytes] = _ARRAYS.decode(parts.arrays)
            for number, data in enumerate(arrays, parts.first):
                if number >= wanted:
                    yield number, data

    def blocks(self, *, sealed: bool = True) -> Iterator[Block]:
        """Its block, and those after it.

        Raises:
            JournalError: the journal is damaged.
        """
        yield self.block
        for _, block in self.journal.placed(self.place + 1, self.journal.whole(sealed=sealed)):
            yield block


def snapshot_barriers(journal: Journal) -> list[tuple[int, int]]:
    """Where snapshots are: place of the last block, and barrier, of those that follow on a commit that counts."""
    columns, last = journal.index.columns, journal.end.record
    ends = [*columns[1, 1:].tolist(), last]
    found = zip(columns[1].tolist(), ends, columns[2].tolist(), strict=False)
    barriers = {place: barrier for place, (begin, end, barrier) in enumerate(found) if begin == end}
    return [(place, barrier) for place, barrier in barriers.items() if place + 1 not in barriers]


def find_middle(journal: Journal, at_most: int) -> Middle | None:
    """The last snapshot that can be read of a barrier, or of one before; None where there is none.

    Where the first barriers are another run's, the snapshot behind these alone counts: who was put into its place there
    and tells no state cannot be told again what came before.

    Raises:
        JournalError: the journal is damaged where it was not looked at yet.
    """
    shared = journal.header.shared
    for place, barrier in reversed(snapshot_barriers(journal)):
        if barrier <= at_most and (shared is None or barrier == shared.barrier - 1):
            try:
                block, content = _content(journal, place)
                snapshot = decode_snapshot(content)
            except Broken:
                continue
            if (snapshot.barrier, snapshot.number) == (barrier, int(journal.index.columns[1, place])):
                return Middle(journal, place, snapshot, block)
    return None


def _content(journal: Journal, last: int) -> tuple[Block, bytes]:
    """The last block of a snapshot, and the content of all of its blocks.

    Raises:
        Broken: they are none of a snapshot.
    """
    numbers = journal.index.columns[1]
    first = int(np.searchsorted(numbers, numbers[last]))
    if last - first > SNAPSHOT_MAX // CONTENT_MAX:
        raise Broken(Ending.DAMAGED, "there are too many blocks for a snapshot")
    blocks = [block for _, block in journal.placed(first, last + 1)]
    if any(block.head.kind is not Kind.SNAPSHOT for block in blocks):
        raise Broken(Ending.DAMAGED, "the blocks are not those of a snapshot")
    return blocks[-1], b"".join(block.content() for block in blocks)
