"""Where a journal ends, and what of it is read, when its blocks are right but not what a writer writes."""

import io
from functools import partial

import pytest
from tests.unit.journal.crafted import journal_of, packed, seal
from tests.unit.journal.made import read, steps, written

from tidegate.journal import Ending, JournalError
from tidegate.journal.layout import Kind, opening, read_block
from tidegate.journal.scan import by_index, by_reading
from tidegate.messages.clock import PhaseExtended

then = partial(packed, state=(0, 0, (1, 0, 0)))
R, S, H = Kind.RECORDS, Kind.SEALED, Kind.HEADER


def message(barrier: int, sender: int = 0, causes: tuple[int, ...] = ()) -> tuple[object, ...]:
    return (sender, 0, causes, PhaseExtended(), barrier, 0, 0)


COMMIT, SEAL = -1, seal(barrier=0)
ONE = (R, packed(message(0), COMMIT), 2, 0)
END = (S, then(SEAL), 1, -1)


def test_the_blocks_below_make_a_journal() -> None:
    """The tables below differ from this one in the named respect alone."""
    journal = read(journal_of(ONE, END))
    assert (journal.end.ending, journal.end.barrier, journal.end.record) == (Ending.SEALED, 0, 3)
    assert len(list(journal.frames())) == 1


AT_OPENING = [
    # what is wrong                 blocks                                                said
    ("a second header",             [ONE, (H, then({}), 1, -1), END],                     "a second header"),
    ("a seal without a record",     [ONE, (S, then(), 0, -1)],                            "no seal that fits"),
    ("a seal that is a commit",     [ONE, (S, then(-2), 1, 1)],                           "no seal that fits"),
    ("a seal of another barrier",   [ONE, (S, then(seal(barrier=1)), 1, -1)],             "no seal that fits"),
    ("a seal that is nonsense",     [ONE, (S, then({"status": 7}), 1, -1)],               "no record"),
    ("a seal with more to say",     [ONE, (S, then(seal(barrier=0) | {"x": 0}), 1, -1)],  "no record"),
    ("something after the seal",    [ONE, END, ONE],                                      "something after the seal"),
]  # fmt: skip


@pytest.mark.parametrize(("blocks", "said"), [row[1:] for row in AT_OPENING], ids=[row[0] for row in AT_OPENING])
def test_wrong_blocks_end_a_journal_when_it_is_opened(blocks: list[tuple[Kind, bytes, int, int]], said: str) -> None:
    journal = read(journal_of(*blocks))
    assert (journal.end.ending, journal.end.barrier) == (Ending.DAMAGED, 0)
    assert said in journal.end.why
    assert [frame.barrier for frame in journal.frames()] == [0]


WHEN_READ = [
    # what is wrong                 the second of two blocks before the seal              said
    ("a sender without a name",     (R, then(message(1, sender=3), -1), 2, 1),            "a sender or a cause"),
    ("a cause before the first",    (R, then(message(1, causes=(3,)), -1), 2, 1),         "a sender or a cause"),
    ("itself as a cause",           (R, then(message(1, causes=(0,)), -1), 2, 1),         "cannot be read"),
    ("one cause before the first",  (R, then((0, 0, 3, PhaseExtended()), -2), 2, 1),      "a sender or a cause"),
    ("a barrier that goes back",    (R, then(message(2), message(1), -2), 3, 2),          "goes back to barrier 1"),
    ("a commit that is repeated",   (R, then(message(1), -1, -1), 3, 1),                  "commits barrier 1"),
    ("a commit of no barrier",      (R, packed(-1), 1, -1),                               "commits barrier -1"),
    ("a commit of huge barriers",   (R, then(-(2**63), -(2**63)), 2, 1),                  "commits barrier"),
    ("a head that commits more",    (R, then(message(1), -1), 2, 2),                      "not commit what its head"),
    ("a head that commits nothing", (R, then(message(1), -1), 2, -1),                     "not commit what its head"),
    ("another number of records",   (R, then(message(1), -1), 3, 1),                      "open with its 3 records"),
    ("a seal inside",               (R, then(SEAL, message(1), -1), 3, 1),                "a seal where none belongs"),
    ("what is no record",           (R, then((9,), -1), 2, 1),                            "records cannot be read"),
    ("another barrier to follow",   (R, packed(-3, state=(-1, 0, (1, 0, 0))), 1, 1),      "not follow on the one"),
    ("another phase to follow",     (R, packed(-2, state=(0, 1, (1, 0, 0))), 1, 1),       "not follow on the one"),
    ("other counts to follow",      (R, packed(-2, state=(0, 0, (2, 0, 0))), 1, 1),       "not follow on the one"),
    ("other arrays to follow",      (R, then(-2, first=1), 1, 1),                         "not follow on the one"),
    ("other senders",               (R, packed(-2, state=(0, 0, (1, 0))), 1, 1),          "tells of 2 senders"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "said"), [row[1:] for row in WHEN_READ], ids=[row[0] for row in WHEN_READ])
def test_wrong_records_are_told_with_their_place(block: tuple[Kind, bytes, int, int], said: str) -> None:
    journal = read(journal_of(ONE, block, (S, then(seal(barrier=max(block[3], 0))), 1, -1)))
    with pytest.raises(JournalError, match=said) as caught:
        list(journal.frames())
    end = caught.value.end
    assert end is not None
    assert (end.ending, end.record, end.barrier) == (Ending.DAMAGED, 2, 0)
    assert end.offset == len(journal_of(ONE))


def test_messages_behind_the_last_commit_of_a_block_do_not_count_without_a_seal() -> None:
    both = (R, packed(message(0), COMMIT, message(1)), 3, 0)
    last = (S, packed(SEAL, state=(1, 0, (1, 0, 0))), 1, -1)
    assert [frame.barrier for frame in read(journal_of(both)).frames()] == [0]
    assert [frame.barrier for frame in read(journal_of(both, last)).frames()] == [0, 1]


def test_by_reading_and_by_its_index_the_same_is_found() -> None:
    file = io.BytesIO(written(steps(9), block_bytes=300))
    first = read_block(file, 12, opening()[1])
    assert first is not None
    found = by_reading(file, first)
    again = by_index(file, first, found.index)
    assert again is not None
    assert (again.end, again.seal, again.last) == (found.end, found.seal, found.last)
    assert found.last == len(found.index.columns[0]) - 1
