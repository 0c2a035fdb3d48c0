"""A journal read as columns is the journal read record by record."""

import io
from itertools import pairwise

import numpy as np
import pytest
from tests.unit.journal.made import Memory
from tests.unit.verify.altered import with_place
from tests.unit.verify.recorded import RUNS, Sent, Steps, recorded

from tidegate.journal import Commit, Frame, Header, Journal, JournalWriter
from tidegate.journal.columns import NO_PHASE, RecordColumns, parted
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.codec import encode

Told = list[tuple[object, ...]]


def data(header: Header, steps: Steps, block_bytes: int, *, sealed: bool = True) -> bytes:
    storage = Memory()
    writer = JournalWriter(storage, header, block_bytes=block_bytes)
    for step in steps:
        if isinstance(step, int):
            writer.commit(step)
        else:
            writer.append(step.message, *step.place)
    if sealed:
        writer.close()
    return bytes(storage.data)


def one_by_one(data: bytes) -> Told:
    with Journal(io.BytesIO(data)) as journal:
        return [_told(record) for record in journal.records() if isinstance(record, Frame | Commit)]


def _told(record: Frame | Commit) -> tuple[object, ...]:
    if isinstance(record, Commit):
        return (record.barrier,)
    place = record.number, record.barrier, NO_PHASE if record.phase is None else int(record.phase)
    return *place, record.superstep, record.sender, record.sender_seq, record.causes, encode(record.message)


def of_columns(columns: RecordColumns) -> dict[int, tuple[object, ...]]:
    """What columns tell, by number of the record."""
    causes: dict[int, tuple[int, ...]] = {}
    for cause, place in zip(columns.cause.tolist(), columns.caused.tolist(), strict=True):
        causes[place] = (*causes.get(place, ()), cause)
    messages = dict(zip(columns.placed.tolist(), [frame.message for frame in columns.frames], strict=True))
    for place in columns.opened.tolist():
        messages[place] = PhaseOpened(int(columns.phase[place]), int(columns.barrier[place]), 0)  # type: ignore[arg-type] # encodes alike
    names = ("number", "barrier", "phase", "superstep", "sender", "sequence")
    rows = zip(*(getattr(columns, name).tolist() for name in names), strict=True)
    told = {row[0]: (*row, causes.get(place, ()), encode(messages[place])) for place, row in enumerate(rows)}
    return told | {number: (barrier,) for number, barrier in columns.commits.T.tolist()}


def at_once(data: bytes) -> tuple[Told, int]:
    """What the columns of all blocks tell, and of how many blocks they are."""
    with Journal(io.BytesIO(data)) as journal:
        blocks = [of_columns(columns) for columns in journal.columns()]
    found: dict[int, tuple[object, ...]] = {}
    for block in blocks:
        found |= block
    return [found[number] for number in sorted(found)], len(blocks)


@pytest.mark.parametrize("name", ["cash", "finer", "called"])
@pytest.mark.parametrize("block_bytes", [2_000, 30_000, 500_000])
def test_columns_tell_what_records_tell(name: str, block_bytes: int) -> None:
    written = data(*recorded(name), block_bytes)
    told, blocks = at_once(written)
    assert told == one_by_one(written)
    assert (blocks > 20) == (block_bytes == 2_000)


def test_what_is_said_of_a_place_is_kept() -> None:
    header, steps = recorded("cash")
    number = next(k for k, step in enumerate(steps) if k > 300 and isinstance(step, Sent) and len(step.causes) == 1)
    for changes in ({"sender_seq": 9_000}, {"causes": (3, 5)}, {"superstep": 7}, {"causes": ()}, {"phase": None}):
        written = data(header, with_place(steps, number, **changes), 20_000)
        assert at_once(written)[0] == one_by_one(written)


def test_without_a_seal_columns_end_at_the_last_commit() -> None:
    header, steps = recorded("cash")
    last = max(k for k, step in enumerate(steps) if k < 600 and isinstance(step, int))
    written = data(header, steps[:600], 2_000, sealed=False)
    told, _ = at_once(written)
    assert told == one_by_one(written)
    assert 0 < len(told) <= last + 1


@pytest.mark.parametrize("name", list(RUNS)[:2])
def test_columns_can_be_parted_at_any_record(name: str) -> None:
    with Journal(io.BytesIO(data(*recorded(name), 500_000))) as journal:
        (columns,) = journal.columns()
    whole = of_columns(columns)
    for number in (0, 1, 17, 18, 19, 300, len(whole) - 1, len(whole)):
        before, after = (of_columns(part) for part in parted(columns, number))
        assert before | after == whole
        assert not before.keys() & after.keys()
        assert all(one <= number for one in before)
        assert all(one >= number for one in after)
        assert number not in after or len(whole[number]) > 1
    assert all(one < other for one, other in pairwise(columns.number.tolist()))
    assert np.all(np.diff(columns.commits, axis=1) > 0)
