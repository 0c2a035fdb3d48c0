"""Messages of some barriers as columns, decoded once and looked at by every check."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.enums import Phase
from tidegate.journal.columns import NO_PHASE, RecordColumns, parted
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import MarketBatch, MarketBatchReference
from tidegate.verify.data import Met

AnyMessage = TypeVar("AnyMessage", bound=Message)
NO_INTS: IntArray = np.empty(0, np.int64)
NO_FLOATS: FloatArray = np.empty(0)


class Gathered:
    """What is read, block by block, until it is looked at.

    Attributes:
        blocks: columns of records.
        messages: those that stand whole in the blocks, in order.
        referred: the batches that references are to, by the number of the reference's record.
        barriers: how many were committed.
        size: how many messages there are, phases among them.
    """

    def __init__(self) -> None:
        self.blocks: list[RecordColumns] = []
        self.messages: list[Message] = []
        self.referred: dict[int, Met] = {}
        self.barriers = self.size = 0

    def add(self, block: RecordColumns, messages: list[Message]) -> None:
        """Another block, and its messages."""
        self.blocks.append(block)
        self.messages += messages
        self.barriers += block.commits.shape[1]
        self.size += len(block.number)

    def parted(self) -> "tuple[Gathered, Gathered]":
        """What stands before the last commit, and what comes after it."""
        before, after, taken = Gathered(), Gathered(), 0
        last = max((int(block.commits[0, -1]) for block in self.blocks if block.commits.size), default=-1)
        for block in self.blocks:
            messages = self.messages[taken : taken + len(block.frames)]
            taken += len(block.frames)
            if not len(block.number) or int(block.number[-1]) < last:
                before.add(block, messages)
                continue
            one, other = parted(block, last)
            before.add(one, messages[: len(one.frames)])
            after.add(other, messages[len(one.frames) :])
        for number, found in self.referred.items():
            (before if number < last else after).referred[number] = found
        return before, after


class Opened(NamedTuple):
    """The phases that were opened.

    Attributes:
        row: of the message.
        seq, phase, step: (n,) what it says.
    """

    row: IntArray
    seq: IntArray
    phase: IntArray
    step: IntArray


class Batches(NamedTuple):
    """The batches, whole or referred to.

    Attributes:
        row: of the message.
        seq, ts_ns: (n,) what it says.
    """

    row: IntArray
    seq: IntArray
    ts_ns: IntArray


class Stretch:
    """What was delivered in some barriers; a row is a place among the messages, which are in order of delivery.

    Attributes:
        size: how many messages there are.
        number, barrier, phase, superstep, sender, sequence: (size,) see `RecordColumns`.
        precedence: (size,) of the type of each.
        cause, caused: (n_causes,) numbers of messages, and the rows of those that they caused.
        opened, batches: the phases, and the batches.
        commits: (2, n) numbers and barriers of the commits, in order.
        referred: the batches that references are to, by row of the reference.
    """

    def __init__(self, gathered: Gathered) -> None:
        blocks, sizes = gathered.blocks, [len(block.number) for block in gathered.blocks]
        starts = np.cumsum([0, *sizes]).tolist()[:-1]

        def all_of(name: str) -> IntArray:
            return joined([getattr(block, name) for block in blocks], NO_INTS)

        def places(name: str) -> IntArray:
            parts = [getattr(block, name) + start for block, start in zip(blocks, starts, strict=True)]
            return joined(parts, NO_INTS)

        self.size = gathered.size
        self.number, self.barrier, self.phase = all_of("number"), all_of("barrier"), all_of("phase")
        self.superstep, self.sender, self.sequence = all_of("superstep"), all_of("sender"), all_of("sequence")
        self.cause, self.caused = all_of("cause"), places("caused")
        self.commits = joined([block.commits for block in blocks], np.empty((2, 0), np.int64))
        rows = np.searchsorted(self.number, column(list(gathered.referred))).tolist()
        self.referred = dict(zip(rows, gathered.referred.values(), strict=True))
        self._messages = dict(zip(places("placed").tolist(), gathered.messages, strict=True))
        self._of: dict[type[Message], list[int]] = {}
        for row, message in self._messages.items():
            kind = type(message)
            rows = self._of.get(kind)
            if rows is None:
                self._of[kind] = [row]
            else:
                rows.append(row)
        self.precedence = np.full(self.size, PhaseOpened.precedence)
        for kind, rows in self._of.items():
            if kind.precedence != PhaseOpened.precedence:
                self.precedence[rows] = kind.precedence
        self.opened = self._opened(places("opened"))
        self.batches = self._batches(places("timed"), all_of("times"))

    def _opened(self, short: IntArray) -> Opened:
        """Phases that were told in short, and those that were told as messages."""
        rows, told = self.rows(PhaseOpened), self.of(PhaseOpened)
        more = column([number for one in told for number in (one.seq, one.phase, one.step)]).reshape(-1, 3)
        row = np.concatenate((short, column(rows)))
        said = np.stack((self.barrier[short], self.phase[short], np.zeros(len(short), np.int64)), axis=1)
        order = np.argsort(row, kind="stable")
        seq, phase, step = np.concatenate((said, more))[order].T
        return Opened(row[order], seq, phase, step)

    def _batches(self, short: IntArray, times: IntArray) -> Batches:
        """Batches that are told in short, referred to, or there."""
        rows = self.rows(MarketBatchReference) + self.rows(MarketBatch)
        told = self.of(MarketBatchReference) + self.of(MarketBatch)
        row = np.concatenate((short, column(rows)))
        seq = np.concatenate((self.barrier[short], column([one.seq for one in told])))
        ts_ns = np.concatenate((times, column([one.ts_ns for one in told])))
        order = np.argsort(row, kind="stable")
        return Batches(row[order], seq[order], ts_ns[order])

    def message(self, row: int) -> Message | None:
        """What stands in a row, None where it was told in short."""
        return self._messages.get(row)

    def name(self, row: int) -> str:
        """The type of the message in a row."""
        message = self._messages.get(row)
        if message is not None:
            return type(message).__name__
        return (MarketBatchReference if row in self.batches.row else PhaseOpened).__name__

    def rows(self, kind: type[Message]) -> list[int]:
        """Where messages of a type are."""
        return self._of.get(kind, [])

    def of(self, kind: type[AnyMessage]) -> list[AnyMessage]:
        """The messages of a type."""
        messages: dict[int, Any] = self._messages
        return [messages[row] for row in self._of.get(kind, ())]

    def phase_at(self, row: int) -> Phase | None:
        """In which a message was delivered, None before the first."""
        phase = int(self.phase[row])
        return None if phase == NO_PHASE else Phase(phase)


def column(values: Sequence[int]) -> IntArray:
    """Whole numbers as an array."""
    return np.array(values, np.int64)


def spread(rows: Sequence[int], lengths: Iterable[int]) -> IntArray:
    """Each row as often as its message has entries."""
    return np.repeat(column(rows), column(list(lengths)))


def joined(parts: Sequence[NDArray[Any]], none: NDArray[Any]) -> NDArray[Any]:
    """Arrays one after the other along the last axis; `none` where there is none."""
    return np.concatenate(parts, axis=-1) if parts else none
