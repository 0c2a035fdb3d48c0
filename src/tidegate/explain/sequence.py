"""A barrier's messages as a sequence diagram in text.

Columns are actors, rows messages in order of delivery, time runs downward:

    record  from  step  clock   feed   broker  risk
       130           0  ●──────>                      ADVANCE opens
       131   130     1    │    ●──────>──────>        MarketBatch: 12 of 12 assets have a bar

`from` is the record whose handling made the sender send this one. A message goes from the dot to the arrows.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.core.errors import UserError
from tidegate.core.time import format_ts, to_datetime
from tidegate.explain.content import plain_fields
from tidegate.explain.opening import Recorded, batch_time
from tidegate.explain.receivers import receivers
from tidegate.explain.summaries import summary
from tidegate.explain.wording import counted
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened

_GAP = 2
_NAME_MIN, _TEXT_MIN = 4, 22
_FIGURES = ("record", "from", "step")


@dataclass(frozen=True, slots=True)
class Row:
    """One message of a barrier.

    Attributes:
        record: its number.
        causes: numbers of the records whose handling made the sender send it.
        phase: name of the phase; None before the first.
        superstep: of the phase.
        sender: number of the actor.
        sender_seq: how many messages the sender had sent before.
        receivers: numbers of the actors that got it, as far as they are known.
        message: itself.
    """

    record: int
    causes: tuple[int, ...]
    phase: str | None
    superstep: int
    sender: int
    sender_seq: int
    receivers: tuple[int, ...]
    message: Message


class Diagram:
    """The messages of a barrier.

    Args:
        recorded: the run.
        barrier: which; -1 for what was sent before the first.

    Attributes:
        rows: its messages, in order of delivery.
        unknown: names of actors of which it is not known what they got.

    Raises:
        UserError: the journal has no such barrier.
    """

    def __init__(self, recorded: Recorded, barrier: int) -> None:
        who = receivers(recorded.header)
        self.barrier = barrier
        self.unknown = who.unknown
        self.ts_ns: int | None = None
        self.rows: list[Row] = []
        for frame in recorded.journal.frames(barrier, barrier):
            self.ts_ns = batch_time(frame) if self.ts_ns is None else self.ts_ns
            phase = None if frame.phase is None else frame.phase.name
            place = frame.number, frame.causes, phase, frame.superstep, frame.sender, frame.sender_seq
            message = frame.message
            self.rows.append(Row(*place, who.of(message), message))
        if not self.rows:
            raise UserError(f"barrier {barrier:,}: {recorded.name} has {_range(recorded)}")
        self._names = recorded.actors
        self._universe = recorded.universe
        self._committed = barrier <= recorded.last

    def lines(self, width: int, *, plain: bool = False) -> Iterator[str]:
        """The diagram, at most so many columns wide where names and text leave room for it.

        Args:
            width: columns of the terminal.
            plain: ASCII alone.
        """
        marks = Marks(*("o-><|" if plain else "●─><│"))
        figures = [tuple(map(str, (row.record, _causes(row), row.superstep))) for row in self.rows]
        widths = [max(map(len, column)) for column in zip(_FIGURES, *figures, strict=True)]
        shown = self._shown()
        names = self._fitting(shown, width - sum(widths) - _GAP * len(widths) - _TEXT_MIN)  # deterministic: of integers
        lanes = Lanes(dict(zip(shown, names, strict=True)), marks)
        indent = sum(widths) + _GAP * (len(widths) - 1)  # deterministic: of integers
        room = max(width - indent - lanes.width - 2 * _GAP, _TEXT_MIN)
        yield self.title()
        yield ""
        head = (" " * _GAP).join(f"{name:>{size}}" for name, size in zip(_FIGURES, widths, strict=True))
        yield f"{head}{' ' * _GAP}{lanes.head()}".rstrip()
        for row, told in zip(self.rows, figures, strict=True):
            text = textwrap.wrap(self.text(row), room) or [""]
            numbers = (" " * _GAP).join(f"{value:>{size}}" for value, size in zip(told, widths, strict=True))
            yield f"{numbers}{' ' * _GAP}{lanes.arrows(row.sender, row.receivers)}{' ' * _GAP}{text[0]}".rstrip()
            for more in text[1:]:
                yield f"{' ' * (indent + _GAP)}{lanes.idle()}{' ' * _GAP}{more}"
        yield from self._notes()

    def title(self) -> str:
        """Which barrier, when, how many messages."""
        place = "Before the first barrier" if self.barrier < 0 else f"Barrier {self.barrier:,}"
        time = [] if self.ts_ns is None else [format_ts(self.ts_ns)]
        open_ = [] if self._committed else ["not committed"]
        return ", ".join([place, *time, counted(len(self.rows), "message"), *open_])

    def text(self, row: Row) -> str:
        """The message in words."""
        said = summary(row.message, self._universe)
        if isinstance(row.message, PhaseOpened):
            return said
        return f"{type(row.message).__name__}: {said}" if said else type(row.message).__name__

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values, with all fields of the messages."""
        return {
            "barrier": self.barrier,
            "time": None if self.ts_ns is None else to_datetime(self.ts_ns).isoformat(),
            "committed": self._committed,
            "receivers_unknown": list(self.unknown),
            "messages": [
                {
                    "record": row.record,
                    "causes": list(row.causes),
                    "phase": row.phase,
                    "superstep": row.superstep,
                    "sender": self._names[row.sender],
                    "sender_seq": row.sender_seq,
                    "receivers": [self._names[number] for number in row.receivers],
                    "type": type(row.message).__name__,
                    "summary": summary(row.message, self._universe),
                    "fields": plain_fields(row.message),
                }
                for row in self.rows
            ],
        }

    def _shown(self) -> list[int]:
        """Numbers of the actors that have a column: all but the scheduler, which has one where it sent something."""
        senders = {row.sender for row in self.rows}
        return [number for number in range(len(self._names)) if number < len(self._names) - 1 or number in senders]

    def _fitting(self, shown: Sequence[int], room: int) -> list[str]:
        """The actors' names, cut as far as they must be."""
        names = [self._names[number] for number in shown]
        longest = max(map(len, names))
        while (
            longest > _NAME_MIN and sum(min(len(name), longest) + _GAP for name in names) > room
        ):  # deterministic: of integers
            longest -= 1
        return [name[:longest] for name in names]

    def _notes(self) -> Iterator[str]:
        if self.unknown:
            yield ""
            who = ", ".join(self.unknown)
            yield f"What {who} got is not shown: receivers are not recorded, and its class is not one of Tidegate's."


@dataclass(frozen=True, slots=True)
class Marks:
    """What a diagram is drawn with."""

    sender: str
    line: str
    right: str
    left: str
    idle: str


class Lanes:
    """The actors' columns.

    Args:
        names: of the actors that have one, by number, in order.
        marks: what it is drawn with.

    Attributes:
        width: of all together.
    """

    def __init__(self, names: dict[int, str], marks: Marks) -> None:
        self._marks = marks
        self._names = names
        self._middles: dict[int, int] = {}
        self.width = 0
        for number, name in names.items():
            self._middles[number] = self.width + len(name) // 2
            self.width += len(name) + _GAP
        self.width -= _GAP

    def head(self) -> str:
        """The names."""
        return (" " * _GAP).join(self._names.values())

    def idle(self) -> str:
        """A row in which nothing is sent."""
        return "".join(self._blank())

    def arrows(self, sender: int, receivers: Sequence[int]) -> str:
        """From the sender to its receivers; a sender that gets its own message is marked as sender alone."""
        row, start = self._blank(), self._middles[sender]
        reached = [self._middles[number] for number in receivers if number in self._middles and number != sender]
        for at in range(min([start, *reached]), max([start, *reached]) + 1):
            row[at] = self._marks.line
        for at in reached:
            row[at] = self._marks.right if at > start else self._marks.left
        row[start] = self._marks.sender
        return "".join(row)

    def _blank(self) -> list[str]:
        row = [" "] * self.width
        for at in self._middles.values():
            row[at] = self._marks.idle
        return row


def _causes(row: Row) -> str:
    return ",".join(map(str, row.causes))


def _range(recorded: Recorded) -> str:
    return f"barriers 0 to {recorded.last:,}" if recorded.last >= 0 else "no committed barrier"
