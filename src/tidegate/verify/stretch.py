"""Messages of some barriers as columns, decoded once and looked at by every check."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.journal.records import Frame
from tidegate.messages.base import Message

AnyMessage = TypeVar("AnyMessage", bound=Message)
NO_INTS: IntArray = np.empty(0, np.int64)
NO_FLOATS: FloatArray = np.empty(0)


class Stretch:
    """What was delivered in some barriers.

    Attributes:
        frames: in order of delivery; a row is a place among them.
        messages: what they hold.
        kinds: the type of each.
        barrier: (n,) of each frame.
        commits: numbers and barriers of the commits, in order.
    """

    def __init__(self, frames: list[Frame], messages: list[Message], commits: list[tuple[int, int]]) -> None:
        self.frames, self.messages, self.commits = frames, messages, commits
        self.kinds = [type(message) for message in messages]
        self.barrier = column([frame.barrier for frame in frames])
        self._of: dict[type[Message], list[int]] = {}
        for row, kind in enumerate(self.kinds):
            rows = self._of.get(kind)
            if rows is None:
                self._of[kind] = [row]
            else:
                rows.append(row)

    def rows(self, kind: type[Message]) -> list[int]:
        """Where messages of a type are."""
        return self._of.get(kind, [])

    def of(self, kind: type[AnyMessage]) -> list[AnyMessage]:
        """The messages of a type."""
        messages: list[Any] = self.messages
        return [messages[row] for row in self._of.get(kind, ())]


def column(values: Sequence[int]) -> IntArray:
    """Whole numbers as an array."""
    return np.array(values, np.int64)


def spread(rows: Sequence[int], lengths: Iterable[int]) -> IntArray:
    """Each row as often as its message has entries."""
    return np.repeat(column(rows), column(list(lengths)))


def joined(parts: Sequence[NDArray[Any]], none: NDArray[Any]) -> NDArray[Any]:
    """Arrays one after the other along the last axis; `none` where there is none."""
    return np.concatenate(parts, axis=-1) if parts else none
