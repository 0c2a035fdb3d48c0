"""The block that is being filled: records as they come, with what must be known to write the next one shortly."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from tidegate.core.enums import Phase
from tidegate.journal.arrays import ArrayWriter
from tidegate.journal.errors import JournalError
from tidegate.journal.records import (
    ARRAYS_MAX,
    BATCH_PLACE,
    COMMIT,
    COUNT_BYTES,
    RECORDS_MAX,
    Seal,
    State,
    counted,
    digested,
)
from tidegate.journal.snapshots import Snapshot
from tidegate.messages.base import Message
from tidegate.messages.market import FinerBars, FinerBarsReference, MarketBatch, MarketBatchReference

MESSAGE_MAX = 6 * 2**20
"""Most bytes that one message adds to a block, its arrays included."""
_COMMITTED = 0xFF  # COMMIT, encoded
_ADVANCE, _PHASES = int(Phase.ADVANCE), int(Phase.RECORD)
_UNKNOWN = (TypeError, ValueError, OverflowError, RecursionError, NotImplementedError)


class Start(NamedTuple):
    """What a block follows on.

    Attributes:
        number: of its first record.
        barrier, phase: of the record before.
        sent: how many messages each sender had sent.
    """

    number: int
    barrier: int
    phase: Phase | None
    sent: tuple[int, ...]


class Filling:
    """The content of the block at hand, and what is known of the journal so far.

    Args:
        types: names of the message types that may come.
        senders: how many there are.
        feeds: numbers of those whose batches are recorded as references.
        block_bytes: the block is full once it has so many.
        by_barrier: the block is full after each commit as well.

    Attributes:
        number: of the next record.
        barrier, phase: of the last record.
        sent: how many messages each sender has sent.
        committed: the last barrier that was.
        in_block: the last barrier committed in this block; -1 for none.
        full: whether the block must end here.
        start: what the block follows on.
    """

    def __init__(
        self, types: Iterable[str], senders: int, feeds: Collection[int], block_bytes: int, *, by_barrier: bool
    ) -> None:
        self.number = 0
        self.barrier = self.committed = self.in_block = -1
        self.phase: Phase | None = None
        self.sent = [0] * senders
        self.full = False
        self._types = frozenset(types)
        self._kinds: set[type[Message]] = set()  # those whose names were found among them
        self._feeds = frozenset(feeds)
        self._block_bytes = block_bytes
        self._by_barrier = by_barrier
        self._start = 0  # the number of the block's first record
        self._records = bytearray(COUNT_BYTES)
        self._arrays = ArrayWriter()
        self._before = self._state()
        self.start = Start(0, -1, None, (0,) * senders)
        self._digests = sha256(), sha256()

    @property
    def empty(self) -> bool:
        """Whether the block has no record yet."""
        return self.number == self._start

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of what blocks were made of: of the digests of all records and of all arrays."""
        return sha256(b"".join(digest.digest() for digest in self._digests)).hexdigest()

    def take(self, told: Sequence[Any], start: int, most: int = RECORDS_MAX - 2) -> int:  # noqa: C901 - one loop on purpose, as that of the runtime
        """Takes what a run's log was told, from a place on, until the block is full; returns how far it came.

        Args:
            told: of each message what `runtime.log.Told` says.
            start: where to begin.
            most: how many records the block may have.

        Raises:
            JournalError: a message cannot be encoded, or is too long; those before it were taken.
        """
        records, arrays, sent, feeds, kinds = self._records, self._arrays, self.sent, self._feeds, self._kinds
        encode, block_bytes, by_barrier = arrays.encode, self._block_bytes, self._by_barrier
        at, end = start, min(len(told), start + most - (self.number - self._start))
        try:
            for at in range(start, end):
                entry = told[at]
                if type(entry) is tuple:
                    sender, message = entry[0], entry[3]
                    if len(entry) > 4:
                        arrays.barrier = self.barrier = entry[4]
                        self.phase = entry[5]
                    if sender in feeds:
                        entry = self._referred(entry)
                    elif type(message) not in kinds:
                        self._know(message)
                    before, count = len(records), len(arrays.new)
                    try:
                        records += encode(entry)
                    except _UNKNOWN as error:
                        self._take_back(before, count)
                        raise JournalError(f"a {type(message).__name__} cannot be encoded: {error}") from error
                    if len(records) + arrays.size >= block_bytes:
                        self._check(message, before, count)
                        self.full = True
                    sent[sender] += 1
                elif entry >= 0:
                    records.append(entry)
                    if entry == _ADVANCE:
                        arrays.barrier = self.barrier = self.barrier + 1
                    self.phase = entry
                    sent[0] += 1
                else:
                    records.append(_COMMITTED)
                    self.committed = self.in_block = self.barrier
                    if by_barrier or len(records) + arrays.size >= block_bytes:
                        self.full = True
                if self.full:
                    end = at + 1
                    break
        except JournalError:
            self.number += at - start
            raise
        self.number += end - start
        self.full |= self.number - self._start >= most
        return end

    def add(self, place: tuple[Any, ...], barrier: int, phase: Phase | None, sender_seq: int) -> None:
        """Takes one message with all that is known of it; `place` is (sender, superstep, back, message)."""
        sender, message = place[0], place[3]
        self._know(message)
        self._arrays.barrier = barrier
        if sender_seq != self.sent[sender]:
            place = (*place, barrier, phase, sender_seq)
        elif (barrier, phase) != (self.barrier, self.phase):
            place = (*place, barrier, phase)
        before, count = len(self._records), len(self._arrays.new)
        try:
            self._records += self._arrays.encode(place)
        except _UNKNOWN as error:
            self._take_back(before, count)
            raise JournalError(f"a {type(message).__name__} cannot be encoded: {error}") from error
        self._check(message, before, count)
        self.barrier, self.phase = barrier, phase
        self.sent[sender] = min(sender_seq + 1, 2**63 - 1)
        self.number += 1
        self.full |= self._crowded()

    def commit(self, barrier: int) -> None:
        """A barrier is over."""
        self._commit(barrier)
        self.number += 1

    def finish(self, seal: Seal | None = None) -> bytes:
        """The content of the block; another begins.

        Args:
            seal: of the journal's last block.
        """
        records, arrays = self._records, self._arrays
        self._digests[0].update(memoryview(records)[COUNT_BYTES:])
        if seal is not None:
            records += arrays.encode(seal)
            self.number += 1
        records[:COUNT_BYTES] = counted(self.number - self._start)
        new = bytearray(counted(len(arrays.new)))
        for data in arrays.new:
            new += _BYTES.encode(data)
        self._digests[1].update(memoryview(new)[COUNT_BYTES:])
        content = _BYTES.encode((records, self._before, arrays.first, list(arrays.carried.items()), new))
        del records[COUNT_BYTES:]
        arrays.begin_block()
        self._before = self._state()
        self._start = self.number
        self.start = Start(self.number, self.barrier, self.phase, tuple(self.sent))
        self.in_block = -1
        self.full = False
        return content

    def kept(self, barrier: int, states: Mapping[str, bytes]) -> Snapshot:
        """A snapshot of this, of which no record is left, and of the actors after a barrier."""
        state = State(self.barrier, self.phase, list(self.sent))
        return Snapshot(barrier, dict(states), self.number, state, *self._arrays.kept())

    def restore(
        self, snapshot: Snapshot, arrays: Iterable[tuple[int, bytes]], contents: Iterable[tuple[bytes, int]]
    ) -> None:
        """Goes on from a snapshot.

        Args:
            arrays: numbers and bytes of the arrays that were remembered then.
            contents: the blocks of records before, each with the number of these.
        """
        state = snapshot.state
        self.number = self._start = snapshot.number
        self.barrier = self.committed = self._arrays.barrier = state.barrier
        self.phase, self.sent = state.phase, list(state.sent)
        self._arrays.restore(snapshot.first, snapshot.remembered, snapshot.closes, arrays)
        self._before = self._state()
        self.start = Start(self.number, self.barrier, self.phase, tuple(self.sent))
        for content, count in contents:
            for digest, part in zip(self._digests, digested(content, count), strict=True):
                digest.update(part)

    def _state(self) -> tuple[Any, ...]:
        return self.barrier, self.phase, list(self.sent)

    def _commit(self, barrier: int) -> None:
        self._records += self._arrays.encode(COMMIT - (barrier - self.barrier))
        self.committed = self.barrier = self.in_block = barrier
        self.full = self._by_barrier or self._crowded()

    def _crowded(self) -> bool:
        return (
            len(self._records) + self._arrays.size >= self._block_bytes
            or self.number - self._start >= RECORDS_MAX - 2
            or len(self._arrays.new) > ARRAYS_MAX // 2
        )

    def _know(self, message: Message) -> None:
        if type(message).__name__ not in self._types:
            name = type(message).__name__
            raise JournalError(
                f"a {name} cannot be appended: the header's schema has no such type; an actor that sends messages of"
                " its own types must name them in its `sends`"
            )
        self._kinds.add(type(message))

    def _referred(self, entry: tuple[Any, ...]) -> tuple[Any, ...] | int:
        """What is recorded of what a feed sends."""
        message = entry[3]
        if type(message) is MarketBatch:
            self._arrays.market(message)
            if entry[:3] == BATCH_PLACE and len(entry) == 4 and message.seq == self.barrier and message.ts_ns > _PHASES:
                return message.ts_ns
            return (*entry[:3], MarketBatchReference(message.seq, message.ts_ns), *entry[4:])
        if type(message) is FinerBars:
            return (*entry[:3], FinerBarsReference(message.seq, len(message.ts_ns)), *entry[4:])
        self._know(message)
        return entry

    def _check(self, message: Message, before: int, count: int) -> None:
        """Refuses the message that was encoded last if it is too long."""
        size = len(self._records) - before + sum(map(len, self._arrays.new[count:]))  # deterministic: of integers
        if size > MESSAGE_MAX:
            self._take_back(before, count)
            raise JournalError(
                f"a {type(message).__name__} takes {size:,} bytes in a journal, above {MESSAGE_MAX:,};"
                " batches of data take next to nothing with journal.market: reference"
            )

    def _take_back(self, before: int, count: int) -> None:
        del self._records[before:]
        self._arrays.take_back(count)


_BYTES = msgspec.msgpack.Encoder()
