"""The block that is being filled: records as they come, with what must be known to write the next one shortly."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tidegate.core.enums import Phase
from tidegate.journal.arrays import ArrayWriter
from tidegate.journal.errors import JournalError
from tidegate.journal.filled import Filled, Start
from tidegate.journal.layout import Kind
from tidegate.journal.records import (
    ARRAYS_MAX,
    BATCH_PLACE,
    COMMIT,
    COUNT_BYTES,
    RECORDS_MAX,
    Seal,
    State,
    counted,
)
from tidegate.journal.snapshots import Snapshot
from tidegate.messages.base import Message
from tidegate.messages.market import FinerBars, FinerBarsReference, MarketBatch, MarketBatchReference

MESSAGE_MAX = 6 * 2**20
"""Most bytes that one message adds to a block, its arrays included."""
_TOGETHER = 64
"""So many records at most are encoded at once: a block ends only between them."""
_ADVANCE, _PHASES = int(Phase.ADVANCE), int(Phase.RECORD)
_UNKNOWN = (TypeError, ValueError, OverflowError, RecursionError, NotImplementedError)


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
        self._follows: tuple[int, Phase | None] = -1, None  # what is encoded together next does
        self._came = 0  # how far the taking of what was told came
        self._most = RECORDS_MAX - 2  # of records in the block
        self.start = Start(0, -1, None, (0,) * senders)

    @property
    def empty(self) -> bool:
        """Whether the block has no record yet."""
        return self.number == self._start

    def take(  # noqa: C901 - one loop on purpose, as that of the runtime
        self, told: Sequence[Any], start: int, most: int = RECORDS_MAX - 2
    ) -> int:
        """Takes what a run's log was told, from a place on, until the block is full; returns how far it came.

        What was told of a barrier is encoded at once, for most of the time goes into calls.

        Args:
            told: of each message what `runtime.log.Told` says.
            start: where to begin.
            most: how many records the block may have.

        Raises:
            JournalError: a message cannot be encoded, or is too long; those before it were taken.
        """
        arrays, sent, feeds, kinds = self._arrays, self.sent, self._feeds, self._kinds
        some: list[Any] = []  # what is to be encoded together; all of one barrier
        self._follows, self._most = (self.barrier, self.phase), most
        end = min(len(told), start + most - (self.number - self._start))
        for at in range(start, end):
            entry = told[at]
            if type(entry) is tuple:
                sender, message = entry[0], entry[3]
                fed, new = sender in feeds, type(message) not in kinds
                if some and (len(entry) > 4 or (new and not fed)) and not self._take_together(some, told, at):
                    return self._came
                if len(entry) > 4:
                    arrays.barrier = self.barrier = entry[4]
                    self.phase = entry[5]
                if fed:
                    entry = self._referred(entry)
                elif new:
                    self._know(message)
                sent[sender] += 1
                some.append(entry)
                if len(some) == _TOGETHER and not self._take_together(some, told, at + 1):
                    return self._came
            elif entry > 0:
                some.append(entry)
                self.phase = entry
                sent[0] += 1
            elif entry == _ADVANCE:
                if some and not self._take_together(some, told, at):
                    return self._came
                some.append(entry)
                arrays.barrier = self.barrier = self.barrier + 1
                self.phase = entry
                sent[0] += 1
            else:
                some.append(entry)
                if not self._take_together(some, told, at + 1):
                    return self._came
        if some:
            self._take_together(some, told, end)
            return self._came
        return end

    def _take_together(self, some: list[Any], told: Sequence[Any], end: int) -> bool:
        """Encodes records of which all is known but whether they can be encoded; empties the list.

        Args:
            some: the records, in one barrier; a commit is the last.
            told, end: what they say, up to a place.

        Returns:
            Whether the block has room for more, and all were taken; `_came` says how far it came.
        """
        records, arrays, count = self._records, self._arrays, len(some)
        new, size = len(arrays.new), arrays.size
        try:
            encoded = arrays.encode(some)
        except _UNKNOWN:
            encoded = None
        if encoded is None or len(encoded) + arrays.size - size > MESSAGE_MAX:
            arrays.take_back(new)
            self._take_singly(told, end - count, end)
            return False
        records += encoded[_head_bytes(count) :]
        self.number += count
        if some[-1] == COMMIT:
            self.committed = self.in_block = self.barrier
            self.full = self._by_barrier
        some.clear()
        self._follows, self._came = (self.barrier, self.phase), end
        self.full |= self._crowded()
        return not self.full

    def _take_singly(self, told: Sequence[Any], start: int, end: int) -> None:
        """Takes one by one what cannot be taken together, for one of it cannot be at all, or it is too much.

        Raises:
            JournalError: a message cannot be encoded, or is too long; those before it were taken.
        """
        for entry in told[start:end]:
            if type(entry) is tuple:
                self.sent[entry[0]] -= 1
            elif entry != COMMIT:
                self.sent[0] -= 1
        self.barrier, self.phase = self._follows
        for place in range(start, end):
            self._take_one(told[place])
            self.number += 1
            self._came = place + 1
            self.full |= self._crowded()
            if self.full:
                break

    def _take_one(self, entry: Any) -> None:
        if type(entry) is tuple:
            if len(entry) > 4:
                self.barrier, self.phase = entry[4:6]
            self._arrays.barrier = self.barrier
            record = self._referred(entry) if entry[0] in self._feeds else entry
            self._encode(record, len(self._records), len(self._arrays.new))
            self.sent[entry[0]] += 1
            return
        self._records += self._arrays.encode(entry)
        if entry == COMMIT:
            self.committed = self.in_block = self.barrier
            self.full = self._by_barrier
        else:
            self.barrier += entry == _ADVANCE
            self.phase = Phase(entry)
            self.sent[0] += 1

    def _encode(self, record: Any, before: int, count: int) -> None:
        """Adds a record; `before` and `count` say how many bytes and new arrays there were.

        Raises:
            JournalError: it cannot be encoded, or is too long.
        """
        try:
            self._records += self._arrays.encode(record)
        except _UNKNOWN as error:
            self._take_back(before, count)
            raise JournalError(f"a {type(record[3]).__name__} cannot be encoded: {error}") from error
        if type(record) is tuple:
            self._check(record[3], before, count)

    def add(self, place: tuple[Any, ...], barrier: int, phase: Phase | None, sender_seq: int) -> None:
        """Takes one message with all that is known of it; `place` is (sender, superstep, back, message)."""
        sender, message = place[0], place[3]
        self._know(message)
        self._arrays.barrier = barrier
        if sender_seq != self.sent[sender]:
            place = (*place, barrier, phase, sender_seq)
        elif (barrier, phase) != (self.barrier, self.phase):
            place = (*place, barrier, phase)
        self._encode(place, len(self._records), len(self._arrays.new))
        self.barrier, self.phase = barrier, phase
        self.sent[sender] = min(sender_seq + 1, 2**63 - 1)
        self.number += 1
        self.full |= self._crowded()

    def commit(self, barrier: int) -> None:
        """A barrier is over."""
        self._commit(barrier)
        self.number += 1

    def finish(self, seal: Seal | None = None) -> Filled:
        """The block as it is; another begins.

        Args:
            seal: of the journal's last block.
        """
        records, arrays = self._records, self._arrays
        unsealed = len(records)
        if seal is not None:
            records += arrays.encode(seal)
            self.number += 1
        count = self.number - self._start
        records[:COUNT_BYTES] = counted(count)
        new = counted(len(arrays.new)) + _BYTES.encode(arrays.new)[_head_bytes(len(arrays.new)) :]
        content = _BYTES.encode((records, self._before, arrays.first, list(arrays.carried.items()), new))
        view, begin = memoryview(content), content.index(records[:COUNT_BYTES])
        digested = view[begin + COUNT_BYTES : begin + unsealed], view[len(content) - len(new) + COUNT_BYTES :]
        kind = Kind.RECORDS if seal is None else Kind.SEALED
        filled = Filled(kind, content, count, self.in_block, digested)
        del records[COUNT_BYTES:]
        arrays.begin_block()
        self._before = self._state()
        self._start = self.number
        self.start = Start(self.number, self.barrier, self.phase, tuple(self.sent))
        self.in_block = -1
        self.full = False
        return filled

    def kept(self, barrier: int, states: Mapping[str, bytes]) -> Snapshot:
        """A snapshot of this, of which no record is left, and of the actors after a barrier."""
        state = State(self.barrier, self.phase, list(self.sent))
        return Snapshot(barrier, dict(states), self.number, state, *self._arrays.kept())

    def restore(self, snapshot: Snapshot, arrays: Iterable[tuple[int, bytes]]) -> None:
        """Goes on from a snapshot.

        Args:
            arrays: numbers and bytes of the arrays that were remembered then.
        """
        state = snapshot.state
        self.number = self._start = snapshot.number
        self.barrier = self.committed = self._arrays.barrier = state.barrier
        self.phase, self.sent = state.phase, list(state.sent)
        self._arrays.restore(snapshot.first, snapshot.remembered, snapshot.closes, arrays)
        self._before = self._state()
        self.start = Start(self.number, self.barrier, self.phase, tuple(self.sent))

    def _state(self) -> tuple[Any, ...]:
        return self.barrier, self.phase, list(self.sent)

    def _commit(self, barrier: int) -> None:
        self._records += self._arrays.encode(COMMIT - (barrier - self.barrier))
        self.committed = self.barrier = self.in_block = barrier
        self.full = self._by_barrier or self._crowded()

    def _crowded(self) -> bool:
        return (
            len(self._records) + self._arrays.size >= self._block_bytes
            or self.number - self._start >= self._most
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


def _head_bytes(count: int) -> int:
    """How many bytes a MessagePack array of so many opens with."""
    return 1 if count < 16 else 3 if count < 2**16 else 5


_BYTES = msgspec.msgpack.Encoder()
