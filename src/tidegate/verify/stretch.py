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

AnyMessage = TypeVar("AnyMessage", bound=Message)
NO_INTS: IntArray = np.empty(0, np.int64)
NO_FLOATS: FloatArray = np.empty(0)


class Read(NamedTuple):
    """What is read of a block.

    Attributes:
        columns: of its records.
        kinds: its messages that are stored whole, by type: where they are in the block, and themselves.
        referred: (2, n) numbers of the records of references to batches that are at hand, and numbers of these.
    """

    columns: RecordColumns
    kinds: dict[type[Message], tuple[IntArray, list[Any]]]
    referred: IntArray

    def parted(self, number: int) -> "tuple[Read, Read]":
        """What stands before a record, that itself where it is a commit, and what comes after."""
        if not len(self.columns.number) or int(self.columns.number[-1]) < number:
            return self, Read(parted(self.columns, number)[1], {}, self.referred[:, :0])
        before, after = parted(self.columns, number)
        kinds: tuple[dict[type[Message], tuple[IntArray, list[Any]]], ...] = {}, {}
        n = len(before.number)
        for kind, (places, messages) in self.kinds.items():
            cut = int(np.searchsorted(places, n))
            if cut:
                kinds[0][kind] = places[:cut], messages[:cut]
            if cut < len(messages):
                kinds[1][kind] = places[cut:] - n, messages[cut:]
        cut = int(np.searchsorted(self.referred[0], number))
        return Read(before, kinds[0], self.referred[:, :cut]), Read(after, kinds[1], self.referred[:, cut:])


class Gathered:
    """What is read, block by block, until it is looked at.

    Attributes:
        blocks: what is read of each.
        barriers: how many were committed.
        size: how many messages there are, phases among them.
    """

    def __init__(self) -> None:
        self.blocks: list[Read] = []
        self.barriers = self.size = 0

    def add(self, block: Read) -> None:
        """Another block."""
        self.blocks.append(block)
        self.barriers += block.columns.commits.shape[1]
        self.size += len(block.columns.number)

    def parted(self) -> "tuple[Gathered, Gathered]":
        """What stands before the last commit, and what comes after it."""
        before, after = Gathered(), Gathered()
        commits = [block.columns.commits[0] for block in self.blocks]
        last = max((int(numbers[-1]) for numbers in commits if len(numbers)), default=-1)
        for block in self.blocks:
            one, other = block.parted(last)
            before.add(one)
            if len(other.columns.number) or other.columns.commits.size:
                after.add(other)
        return before, after

    def first_referred(self, otherwise: int) -> int:
        """The first batch that is referred to."""
        found = (int(block.referred[1, 0]) for block in self.blocks if block.referred.size)
        return next(found, otherwise)


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
        referred: (2, n) rows of the references to batches that are at hand, and numbers of these.
    """

    def __init__(self, gathered: Gathered) -> None:
        blocks = [block.columns for block in gathered.blocks]
        starts = np.cumsum([0, *(len(block.number) for block in blocks)]).tolist()[:-1]

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
        self.referred = joined([block.referred for block in gathered.blocks], np.empty((2, 0), np.int64))
        self.referred[0] = np.searchsorted(self.number, self.referred[0])
        parts: dict[type[Message], list[tuple[IntArray, list[Any]]]] = {}
        for block, start in zip(gathered.blocks, starts, strict=True):
            for kind, (at, messages) in block.kinds.items():
                parts.setdefault(kind, []).append((at + start, messages))
        self._of = {
            kind: (np.concatenate([rows for rows, _ in found]), [one for _, messages in found for one in messages])
            for kind, found in parts.items()
        }
        self.precedence = np.full(self.size, PhaseOpened.precedence)
        for kind, (at, _) in self._of.items():
            if kind.precedence != PhaseOpened.precedence:
                self.precedence[at] = kind.precedence
        self.opened = self._opened(places("opened"))
        self.batches = self._batches(places("timed"), all_of("times"))

    def _opened(self, short: IntArray) -> Opened:
        """Phases that were told in short, and those that were told as messages."""
        rows, told = self.rows(PhaseOpened), self.of(PhaseOpened)
        more = column([number for one in told for number in (one.seq, one.phase, one.step)]).reshape(-1, 3)
        row = np.concatenate((short, rows))
        said = np.stack((self.barrier[short], self.phase[short], np.zeros(len(short), np.int64)), axis=1)
        order = np.argsort(row, kind="stable")
        seq, phase, step = np.concatenate((said, more))[order].T
        return Opened(row[order], seq, phase, step)

    def _batches(self, short: IntArray, times: IntArray) -> Batches:
        """Batches that are told in short, referred to, or there."""
        told: list[Any] = [*self.of(MarketBatchReference), *self.of(MarketBatch)]
        row = np.concatenate((short, self.rows(MarketBatchReference), self.rows(MarketBatch)))
        seq = np.concatenate((self.barrier[short], column([one.seq for one in told])))
        ts_ns = np.concatenate((times, column([one.ts_ns for one in told])))
        order = np.argsort(row, kind="stable")
        return Batches(row[order], seq[order], ts_ns[order])

    def name(self, row: int) -> str:
        """The type of the message in a row."""
        for kind, (rows, _) in self._of.items():
            if row in rows:
                return kind.__name__
        return (MarketBatchReference if row in self.batches.row else PhaseOpened).__name__

    def rows(self, kind: type[Message]) -> IntArray:
        """Where messages of a type are."""
        found = self._of.get(kind)
        return NO_INTS if found is None else found[0]

    def of(self, kind: type[AnyMessage]) -> list[AnyMessage]:
        """The messages of a type."""
        found = self._of.get(kind)
        return [] if found is None else found[1]

    def phase_at(self, row: int) -> Phase | None:
        """In which a message was delivered, None before the first."""
        phase = int(self.phase[row])
        return None if phase == NO_PHASE else Phase(phase)


def column(values: Sequence[int]) -> IntArray:
    """Whole numbers as an array."""
    return np.array(values, np.int64)


def spread(rows: IntArray, lengths: Iterable[int]) -> IntArray:
    """Each row as often as its message has entries."""
    return np.repeat(rows, column(list(lengths)))


def runs(rows: IntArray, *columns: IntArray) -> list[IntArray]:
    """Rows in parts, in each of which all columns stay the same."""
    if not len(rows):
        return []
    changes = np.zeros(len(rows) - 1, np.bool_)
    for values in columns:
        changes |= np.diff(values[rows]) != 0
    return np.split(rows, np.flatnonzero(changes) + 1)


def joined(parts: Sequence[NDArray[Any]], none: NDArray[Any]) -> NDArray[Any]:
    """Arrays one after the other along the last axis; `none` where there is none."""
    return np.concatenate(parts, axis=-1) if parts else none
