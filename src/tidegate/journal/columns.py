"""A block's records as columns: for those who go through a whole journal and look at many records at a time.

Most records of a block are phases and commits, of which a number is stored each; what they say is worked out for all of
them at once. Where a block says more than that of its records, it is taken record by record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidegate.core.arrays import IntArray
from tidegate.core.enums import Phase
from tidegate.journal.records import AS_BEFORE, BATCH_PLACE, COMMIT, Commit, Decoded, Frame, Record, State
from tidegate.messages.base import Message

NO_PHASE = -1
"""Stands for the phase before the first."""
_MESSAGE = -(2**62)
_PHASES = tuple(Phase)


@dataclass(slots=True)
class RecordColumns:
    """The messages of a block; entry k of every column speaks of the k-th of them.

    Attributes:
        number, barrier, phase, superstep, sender, sequence: as of `Frame`; the phase before the first is `NO_PHASE`.
        cause, caused: numbers of causes, and for each the place of the message that it caused.
        opened: places of the phases that the first actor opened, as the first of their steps.
        timed, times: places of the references to the batches of their barriers that are told as times, and these.
        frames: the other messages, each with its number and barrier, to be decoded; none where `messages` has them.
        placed: their places.
        commits: (2, n) numbers and barriers of the commits.
        messages: the same messages decoded, with references in the places of their arrays, see `whole`.
        block: what `messages` are of.
    """

    number: IntArray
    barrier: IntArray
    phase: IntArray
    superstep: IntArray
    sender: IntArray
    sequence: IntArray
    cause: IntArray
    caused: IntArray
    opened: IntArray
    timed: IntArray
    times: IntArray
    frames: Sequence[Frame]
    placed: IntArray
    commits: IntArray
    messages: Sequence[Message] | None = None
    block: Decoded | None = None

    def singly(self) -> Sequence[Frame]:
        """The messages of `messages`, each with its number and barrier, to be decoded one by one."""
        if self.block is None:
            return self.frames
        frames = [one for one in self.block.singly() if type(one) is Frame]
        _tell(frames, self, self.block)
        return frames


def _tell(frames: Sequence[Frame], columns: RecordColumns, block: Decoded) -> None:
    """Tells each frame where it stands."""
    placed = columns.placed
    places = columns.number[placed].tolist(), columns.barrier[placed].tolist(), columns.phase[placed].tolist()
    for frame, number, barrier, phase in zip(frames, *places, strict=True):
        frame.number, frame.barrier, frame.found = number, barrier, block.found
        frame.phase = None if phase == NO_PHASE else _PHASES[phase]


def parted(columns: RecordColumns, number: int) -> tuple[RecordColumns, RecordColumns]:
    """What stands before a record, that itself where it is a commit, and what comes after."""
    at, n = int(np.searchsorted(columns.number, number)), len(columns.number)
    if at == n:
        return columns, _slice(columns, n, n, number + 1)
    return _slice(columns, 0, at, -1, number), _slice(columns, at, n, number + 1)


def _slice(columns: RecordColumns, first: int, end: int, after: int, until: int = 2**62) -> RecordColumns:
    """The messages of places [first, end), and the commits of records in [after, until]."""

    def within(places: IntArray) -> slice:
        return slice(*np.searchsorted(places, (first, end)).tolist())

    cause, opened, placed = within(columns.caused), within(columns.opened), within(columns.placed)
    timed = within(columns.timed)
    numbers = columns.commits[0]
    each = {name: getattr(columns, name)[first:end] for name in _EACH}
    return RecordColumns(
        **each,
        cause=columns.cause[cause],
        caused=columns.caused[cause] - first,
        opened=columns.opened[opened] - first,
        timed=columns.timed[timed] - first,
        times=columns.times[timed],
        frames=columns.frames[placed],
        messages=None if columns.messages is None else columns.messages[placed],
        placed=columns.placed[placed] - first,
        commits=columns.commits[:, (numbers >= after) & (numbers <= until)],
    )


_EACH = ("number", "barrier", "phase", "superstep", "sender", "sequence")


def columns_of(decoded: Decoded, count: int | None = None) -> RecordColumns:
    """The columns of a block's records, of the first so many.

    Raises:
        Broken: a record is none that can be.
    """
    stored, state = decoded.stored, decoded.state
    if count is None and (found := _at_once(stored, decoded.number, state)) is not None:
        columns, frames, decoded.state, decoded.committed = found
        if decoded.whole:
            columns.messages, columns.block = [frame.stored for frame in frames], decoded
        else:
            columns.frames = frames
            _tell(frames, columns, decoded)
        return columns
    return _one_by_one(decoded.records[:count], decoded.number)


def _one_by_one(records: Sequence[Record], first: int) -> RecordColumns:
    frames = [record for record in records if type(record) is Frame]
    commits = [(number, record.barrier) for number, record in enumerate(records, first) if type(record) is Commit]
    causes = [frame.causes for frame in frames]
    return RecordColumns(
        number=_ints([frame.number for frame in frames]),
        barrier=_ints([frame.barrier for frame in frames]),
        phase=_ints([NO_PHASE if frame.phase is None else frame.phase for frame in frames]),
        superstep=_ints([frame.superstep for frame in frames]),
        sender=_ints([frame.sender for frame in frames]),
        sequence=_ints([frame.sender_seq for frame in frames]),
        cause=_ints([cause for each in causes for cause in each]),
        caused=np.repeat(np.arange(len(frames)), _ints([len(each) for each in causes])),
        opened=_ints([]),
        timed=_ints([]),
        times=_ints([]),
        frames=frames,
        placed=np.arange(len(frames)),
        commits=_ints([number for row in commits for number in row]).reshape(-1, 2).T,
    )


def _at_once(stored: Sequence[Any], first: int, state: State) -> tuple[RecordColumns, Sequence[Any], State, int] | None:
    """Columns, messages, what follows on them, and the last barrier committed; None where it is not so simple."""
    if stored and type(stored[-1]) is dict:
        stored = stored[:-1]
    frames = [one for one in stored if type(one) is not int]
    code = _ints([one if type(one) is int else _MESSAGE for one in stored])
    backs, n = [frame.back for frame in frames], len(frames)
    plain = (
        dict not in map(type, frames)
        and n == np.count_nonzero(code == _MESSAGE)
        and [frame.barrier for frame in frames].count(AS_BEFORE) == n
        and [frame.sender_seq for frame in frames].count(-1) == n
        and list(map(type, backs)).count(int) == n
    )
    if not plain or len(code) == 0 or bool(((code < COMMIT) & (code != _MESSAGE)).any()):
        return None
    rows = np.arange(len(code))
    is_message, is_commit = code == _MESSAGE, code == COMMIT
    is_batch = code > int(Phase.RECORD)
    placed, timed = np.flatnonzero(is_message), np.flatnonzero(is_batch)
    opened = np.flatnonzero(~is_message & ~is_commit & ~is_batch)
    barrier = state.barrier + np.cumsum(code == int(Phase.ADVANCE))
    since = np.full(len(code), -1)
    since[opened] = opened
    since = np.maximum.accumulate(since)
    phase = np.where(since >= 0, code[since], NO_PHASE if state.phase is None else int(state.phase))
    sender, superstep, back = np.zeros((3, len(code)), np.int64)
    sender[placed] = _ints([frame.sender for frame in frames])
    superstep[placed] = _ints([frame.superstep for frame in frames])
    back[placed] = _ints(backs)
    sender[timed], superstep[timed], back[timed] = BATCH_PLACE
    committed = barrier[is_commit]
    known = sender.max() < len(state.sent) and bool((back <= first + rows).all())
    if not known or bool((np.diff(committed) <= 0).any()):
        return None
    kept = ~is_commit
    mine = np.flatnonzero(kept)
    mine = mine[np.argsort(sender[mine], kind="stable")]
    of, each = sender[mine], np.bincount(sender[kept], minlength=len(state.sent))
    sequence = np.zeros(len(code), np.int64)
    sequence[mine] = np.arange(len(mine)) + (_ints(state.sent) - (np.cumsum(each) - each))[of]
    sent = (_ints(state.sent) + each).tolist()
    place = np.cumsum(kept) - 1
    caused = np.flatnonzero(back > 0)
    columns = RecordColumns(
        number=first + rows[kept],
        barrier=barrier[kept],
        phase=phase[kept],
        superstep=superstep[kept],
        sender=sender[kept],
        sequence=sequence[kept],
        cause=first + caused - back[caused],
        caused=place[caused],
        opened=place[opened],
        timed=place[timed],
        times=code[timed],
        frames=(),
        placed=place[placed],
        commits=np.stack((first + rows[is_commit], committed)),
    )
    last = int(phase[-1])
    after = State(int(barrier[-1]), None if last == NO_PHASE else _PHASES[last], sent)
    return columns, frames, after, int(committed[-1]) if len(committed) else -1


def _ints(values: Sequence[int]) -> IntArray:
    return np.array(values, np.int64)
