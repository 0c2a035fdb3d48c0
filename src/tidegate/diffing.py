"""Two runs, message by message: the first that differs and why it was sent, and what all differences come to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tidegate.core.enums import Phase
from tidegate.core.time import format_ts
from tidegate.journal.difference import first_difference
from tidegate.journal.reader import Journal
from tidegate.journal.records import Commit, Frame, Record, Seal
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.codec import encode
from tidegate.messages.market import FinerBars, FinerBarsReference, MarketBatch, MarketBatchReference

NOTHING = "no such message"
CHAIN_MAX = 64
"""Most lines of a causal chain."""
_COMMIT = "commit"
_FIRST, _LAST = -1, int(Phase.RECORD) + 1


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message, or the end of a barrier, with its place in a run.

    Attributes:
        number: how many were delivered before.
        superstep: of the phase.
        sender: name of the actor; that of a commit is empty.
        rank: of the sender, by which ties of delivery are broken; -1 for a commit.
        back: how many lie between its cause and itself, and one more; 0 for none.
        message: None for a commit.
    """

    number: int
    barrier: int
    phase: Phase | None
    superstep: int
    sender: str
    rank: int
    back: int | tuple[int, ...]
    message: Message | None

    @property
    def type(self) -> str:
        """Name of the message's type."""
        return _COMMIT if self.message is None else type(self.message).__name__

    @property
    def order(self) -> tuple[int, int, int, int]:
        """What is delivered sooner has less."""
        if self.message is None:
            return self.barrier, _LAST, 0, _FIRST
        return self.barrier, _FIRST if self.phase is None else self.phase, self.superstep, self.rank

    @property
    def place(self) -> str:
        """`barrier 7, DECIDE, superstep 1`."""
        return place_of(self.barrier, self.phase, self.superstep)


def place_of(barrier: int, phase: Phase | None, superstep: int) -> str:
    """Where in a run something is, for people."""
    return "before the first barrier" if phase is None else f"barrier {barrier}, {phase.name}, superstep {superstep}"


def recorded(record: Record, actors: Sequence[str], phase: Phase | None = None) -> Delivered | None:
    """A record of a journal with its place; None for the seal.

    Args:
        record: the record.
        actors: of the journal's header.
        phase: the one at hand, for a commit.

    Raises:
        JournalError: the message cannot be decoded.
    """
    if isinstance(record, Frame):
        return Delivered(
            record.number, record.barrier, record.phase, record.superstep, actors[record.sender], record.sender,
            record.back, record.message,
        )  # fmt: skip
    if isinstance(record, Commit):
        return Delivered(-1, record.barrier, phase, 0, "", -1, 0, None)
    assert isinstance(record, Seal)
    return None


@dataclass(frozen=True, slots=True)
class Difference:
    """The first message of a run that is not that of another.

    Attributes:
        number: the record's, in the journal.
        barrier, phase, superstep: where it is; phase None before the first.
        sender: name of the actor that sent it; empty for the end of a barrier or of the run.
        type: of the message: of the one that was expected, or of one too many.
        field: what differs: a field of the message, `type`, `sender`, `cause`, or `message` where one has none there.
        index: inside an array or a list, a number for each axis.
        expected, found: what stands there.
        chain: why it was sent: a line for each message that led to it, the first one last.
        remark: anything more that can be said.
    """

    number: int
    barrier: int
    phase: Phase | None
    superstep: int
    sender: str
    type: str
    field: str
    index: tuple[int, ...]
    expected: str
    found: str
    chain: tuple[str, ...] = ()
    remark: str = ""

    @property
    def where(self) -> str:
        """`quantity[3]`: the field with its index."""
        return self.field + (f"[{', '.join(map(str, self.index))}]" if self.index else "")

    def __str__(self) -> str:
        who = f"{self.type} of '{self.sender}'" if self.sender else self.type
        lines = [
            f"first difference at {place_of(self.barrier, self.phase, self.superstep)}: {who} (record {self.number:,})",
            f"  {self.where}",
            f"    expected {self.expected}",
            f"    found    {self.found}",
        ]
        if self.remark:
            lines.append(f"  {self.remark}")
        if self.chain:
            lines += ["  sent because of", *(f"    {line}" for line in self.chain)]
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        """The same as JSON values."""
        return {
            "number": self.number, "barrier": self.barrier, "phase": None if self.phase is None else self.phase.name,
            "superstep": self.superstep, "sender": self.sender, "type": self.type, "field": self.field,
            "index": list(self.index), "expected": self.expected, "found": self.found, "chain": list(self.chain),
            "remark": self.remark,
        }  # fmt: skip


def compare(
    expected: Delivered | None,
    found: Delivered | None,
    universe: Sequence[str] = (),
    *,
    ends: tuple[str, str] = (NOTHING, NOTHING),
) -> Difference | None:
    """How what one run delivered next differs from what the other did; None where it is the same.

    Of two that do not belong to the same place the sooner one is told: the other run has none there.

    Args:
        expected, found: None where the run is over.
        universe: names of the assets, by column.
        ends: what to say of a run that is over, of either.
    """
    if expected is None or found is None:
        there = expected or found
        if there is None:
            return None
        told = [ends[side] if one is None else _line(one) for side, one in enumerate((expected, found))]
        return _difference(there, "message", told[0], told[1])
    if expected.order != found.order or (expected.message is None) != (found.message is None):
        if expected.order <= found.order:
            return _difference(expected, "message", _line(expected), NOTHING, f"instead comes {_line(found)}")
        return _difference(found, "message", NOTHING, _line(found), f"expected is {_line(expected)}")
    if expected.sender != found.sender:
        return _difference(expected, "sender", f"'{expected.sender}'", f"'{found.sender}'")
    if expected.message is None or found.message is None:
        return None
    message = _referred(found.message, expected.message)
    if expected.type != type(message).__name__:
        return _difference(expected, "type", expected.type, type(message).__name__)
    if expected.back != found.back:
        return _difference(expected, "cause", _cause(expected), _cause(found))
    if encode(expected.message) == encode(message):
        return None
    field = first_difference(expected.message, message)
    assert field is not None
    asset = f"of {universe[field.asset]}" if 0 <= field.asset < len(universe) else ""
    more = f"{field.entries - 1:,} more entries differ" if field.entries > 1 else ""
    remark = "; ".join(filter(None, (asset, more)))
    return _difference(expected, field.field, _told(field.expected), _told(field.found), remark, field.index)


def chain_of(journal: Journal, number: int, back: int | tuple[int, ...] | None = None) -> tuple[str, ...]:
    """Why a message was sent: a line for each message that led to it, up to the batch of its barrier.

    Args:
        journal: of the run, or of one that is equal up to there.
        number: of the message.
        back: its causes, where the journal does not have it; see `Delivered`.

    Raises:
        JournalError: the journal cannot be read.
    """
    lines: list[str] = []
    frame: Frame | None = None
    if back is None:
        frame = _frame(journal, number)
        back = 0 if frame is None else frame.back
    while back and len(lines) < CHAIN_MAX:
        number -= back if isinstance(back, int) else max(back)
        frame = _frame(journal, number)
        if frame is None:
            break
        lines.append(_told_frame(frame, journal))
        back = frame.back
    if frame is not None and frame.type != MarketBatch.__name__ and frame.barrier >= 0:
        lines += _batch_line(journal, frame)
    return tuple(lines)


def _batch_line(journal: Journal, frame: Frame) -> list[str]:
    """The batch of the barrier, where it came before; phases are opened by nobody's message."""
    for earlier in journal.frames(frame.barrier, frame.barrier):
        if earlier.number >= frame.number:
            break
        if earlier.type in (MarketBatch.__name__, MarketBatchReference.__name__):
            return [_told_frame(earlier, journal)]
    return []


def _frame(journal: Journal, number: int) -> Frame | None:
    record = next(iter(journal.records_from(number)), None) if number >= 0 else None
    return record if isinstance(record, Frame) else None


def _told_frame(frame: Frame, journal: Journal) -> str:
    what = frame.type
    if what in _SHORT:
        what = _SHORT[what](frame.message)
    place = place_of(frame.barrier, frame.phase, frame.superstep)
    return f"record {frame.number:,}: {what} of '{journal.header.actors[frame.sender]}' ({place})"


def _opened(message: Message) -> str:
    assert isinstance(message, PhaseOpened)
    return f"PhaseOpened {message.phase.name}" + (f" step {message.step}" if message.step else "")


def _batch(message: Message) -> str:
    assert isinstance(message, MarketBatch | MarketBatchReference)
    return f"MarketBatch {message.seq} of {format_ts(message.ts_ns)}"


_SHORT: dict[str, Callable[[Message], str]] = {
    PhaseOpened.__name__: _opened,
    MarketBatch.__name__: _batch,
    MarketBatchReference.__name__: _batch,
}


def _referred(message: Message, expected: Message) -> Message:
    """What a journal has of a batch that it refers to."""
    if isinstance(expected, MarketBatchReference) and isinstance(message, MarketBatch):
        return MarketBatchReference(message.seq, message.ts_ns)
    if isinstance(expected, FinerBarsReference) and isinstance(message, FinerBars):
        return FinerBarsReference(message.seq, len(message.ts_ns))
    return message


def _difference(
    at: Delivered, field: str, expected: str, found: str, remark: str = "", index: tuple[int, ...] = ()
) -> Difference:
    return Difference(
        at.number, at.barrier, at.phase, at.superstep, at.sender, at.type, field, index, expected, found, remark=remark
    )


def _line(one: Delivered) -> str:
    if one.message is None:
        return f"the end of barrier {one.barrier}"
    what = _SHORT[one.type](one.message) if one.type in _SHORT else one.type
    return f"{what} of '{one.sender}' ({one.place})"


def _cause(one: Delivered) -> str:
    if not one.back:
        return "none"
    backs = one.back if isinstance(one.back, tuple) else (one.back,)
    return ", ".join(f"record {one.number - back:,}" for back in backs)


def _told(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)
