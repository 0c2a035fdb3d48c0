"""Messages of some barriers as columns, decoded once and looked at by every check."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.market import FinerBars, MarketBatch

AnyMessage = TypeVar("AnyMessage", bound=Message)
NO_INTS: IntArray = np.empty(0, np.int64)
NO_FLOATS: FloatArray = np.empty(0)
NO_PHASE = -1
"""Stands for the phase before the first."""


class Gathered:
    """What is read, message by message, until it is looked at: entry k of every list speaks of the same message.

    Attributes:
        phases: `NO_PHASE` before the first.
        causes: numbers of the messages that caused each.
        commits: numbers and barriers of the commits, in order.
        referred: the batches that references are to, with their finer bars, by place of the reference.
    """

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.barriers: list[int] = []
        self.phases: list[int] = []
        self.supersteps: list[int] = []
        self.senders: list[int] = []
        self.sequences: list[int] = []
        self.causes: list[tuple[int, ...]] = []
        self.messages: list[Message] = []
        self.commits: list[tuple[int, int]] = []
        self.referred: dict[int, tuple[MarketBatch, FinerBars | None]] = {}


class Stretch:
    """What was delivered in some barriers; a row is a place among the messages, which are in order of delivery.

    Attributes:
        size: how many messages there are.
        messages, kinds: (size,) and their types.
        number, barrier, phase, superstep, sender, sequence: (size,) see `Gathered`.
        cause, caused: (n_causes,) numbers of messages, and the rows of those that they caused.
        commits, referred: see `Gathered`.
    """

    def __init__(self, gathered: Gathered) -> None:
        self.messages, self.commits, self.referred = gathered.messages, gathered.commits, gathered.referred
        self.size = len(self.messages)
        self.kinds: list[type[Message]] = list(map(type, self.messages))
        self.number, self.barrier = column(gathered.numbers), column(gathered.barriers)
        self.phase, self.superstep = column(gathered.phases), column(gathered.supersteps)
        self.sender, self.sequence = column(gathered.senders), column(gathered.sequences)
        counts = column(list(map(len, gathered.causes)))
        self.cause = np.fromiter(chain.from_iterable(gathered.causes), np.int64, int(counts.sum()))
        self.caused = np.repeat(np.arange(self.size), counts)
        self._of: dict[type[Message], list[int]] = {kind: [] for kind in dict.fromkeys(self.kinds)}
        adds = {kind: rows.append for kind, rows in self._of.items()}
        for row, kind in enumerate(self.kinds):
            adds[kind](row)

    def rows(self, kind: type[Message]) -> list[int]:
        """Where messages of a type are."""
        return self._of.get(kind, [])

    def of(self, kind: type[AnyMessage]) -> list[AnyMessage]:
        """The messages of a type."""
        messages: list[Any] = self.messages
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
