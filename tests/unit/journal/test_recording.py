"""A log that writes: what it is told is in the journal, and a failure leaves the file as it is."""

from typing import Any
from unittest.mock import Mock

import pytest
from tests.unit.journal.made import Memory, header, read
from tests.unit.journal.test_writer import Failing

from tidegate.core.enums import Phase
from tidegate.journal import Commit, Durability, JournalError, JournalWriter, Seal
from tidegate.journal.errors import Ending
from tidegate.journal.layout import Kind, Packer
from tidegate.journal.output import Output
from tidegate.journal.recording import Recording
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.codec import same
from tidegate.messages.control import LogWritten

SAID = LogWritten(seq=0, source="feed", text="a")
TOLD = [
    (1, 0, 0, SAID), Phase.ADVANCE, (1, 1, 1, SAID), (2, 1, 2, SAID), Phase.FILL, -1,
    Phase.ADVANCE, (0, 2, 1, PhaseOpened(Phase.ADVANCE, 1, 1), 1, Phase.ADVANCE), (1, 3, 1, SAID), -1,
]  # fmt: skip


@pytest.mark.parametrize("block_bytes", [1, 2**18])
def test_what_is_told_is_read_again(block_bytes: int) -> None:
    storage = Memory()
    recording = Recording(JournalWriter(storage, header(Durability.OFF), block_bytes=block_bytes))
    recording.take(TOLD[:4])
    recording.take(TOLD[4:])
    recording.close("completed", "the end")
    found = list(read(bytes(storage.data)).records())
    assert found[-1] == Seal("completed", "the end", 1)
    assert (found[5], found[9]) == (Commit(0), Commit(1))
    frames = list(read(bytes(storage.data)).frames())
    names = ("number", "barrier", "phase", "superstep", "sender", "sender_seq", "causes")
    assert [tuple(getattr(one, name) for name in names) for one in frames] == [
        (0, -1, None, 0, 1, 0, ()), (1, 0, 0, 0, 0, 0, ()), (2, 0, 0, 1, 1, 1, (1,)), (3, 0, 0, 1, 2, 0, (1,)),
        (4, 0, 1, 0, 0, 1, ()), (6, 1, 0, 0, 0, 2, ()), (7, 1, 0, 2, 0, 3, (6,)), (8, 1, 0, 3, 1, 2, (7,)),
    ]  # fmt: skip
    assert [one.type for one in frames].count("PhaseOpened") == 4
    assert same(frames[6].message, PhaseOpened(Phase.ADVANCE, 1, 1))
    assert all(same(one.message, SAID) for one in frames if one.type == "LogWritten")


def test_equal_journals_have_equal_digests_however_they_are_cut_and_told() -> None:
    digests = set()
    for block_bytes, parts in ((1, 1), (100, 3), (2**18, 10)):
        storage = Memory()
        recording = Recording(JournalWriter(storage, header(Durability.BARRIER), block_bytes=block_bytes))
        for start in range(0, len(TOLD), parts):
            recording.take(TOLD[start : start + parts])
        recording.close("completed")
        digests |= {recording.writer.digest, read(bytes(storage.data)).digest()}
    assert len(digests) == 1
    other = Recording(JournalWriter(Memory(), header()))
    other.take(TOLD[:-1])
    other.close("completed")
    assert other.writer.digest not in digests


@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_journal_that_failed_is_closed_and_left_as_it_is(call: int) -> None:
    storage = Failing(write=call)
    recording = Recording(JournalWriter(storage, header()))
    with pytest.raises(JournalError, match="No space left"):
        recording.take([*TOLD, Phase.ADVANCE, -1])
    before = bytes(storage.data)
    recording.close("failed", "the disk is full")
    assert storage.closed
    assert bytes(storage.data) == before


def test_a_journal_whose_writing_was_interrupted_is_not_sealed() -> None:
    class Interrupting(Memory):
        def write(self, data: memoryview) -> int:
            if self.data and self.syncs > 1:
                raise KeyboardInterrupt
            return super().write(data)

    storage = Interrupting()
    recording = Recording(JournalWriter(storage, header()))
    with pytest.raises(KeyboardInterrupt):
        recording.take(TOLD)
    recording.close("interrupted")
    assert storage.closed
    found = read(bytes(storage.data))
    assert (found.seal, found.end.barrier) == (None, 0)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize(
    ("kind", "holds"), [(Kind.RECORDS, (0, -1)), (Kind.SNAPSHOT, (10, 1))], ids=("records", "snapshot")
)
def test_nothing_follows_on_a_block_that_was_lost(
    kind: Kind, holds: tuple[int, int], made: bool, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = Packer.pack

    def fails(self: Packer, what: Kind, *rest: Any) -> bytes:
        block = pack(self, what, *rest) if made or what is not kind else b""
        if what is kind:
            raise error
        return block

    monkeypatch.setattr(Packer, "pack", fails)
    storage = Memory()
    recording = Recording(JournalWriter(storage, header(Durability.OFF)), every=1)
    recording.take(TOLD)
    with pytest.raises(error):
        recording.take_states(1, {"feed": b"state"})
    recording.close("failed", "in the middle of a block")
    assert storage.closed
    found = read(bytes(storage.data))
    records = sum(1 for _ in found.records())
    assert (records, found.end.barrier, found.end.ending) == (*holds, Ending.CUT)


def test_an_interruption_between_a_block_and_its_snapshot_ends_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Memory()
    recording = Recording(JournalWriter(storage, header(Durability.OFF)), every=1)
    recording.take(TOLD)
    with monkeypatch.context() as patch:
        patch.setattr(Output, "put", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            recording.take_states(1, {"feed": b"state"})
    recording.close("interrupted")
    found = read(bytes(storage.data))
    assert (list(found.records()), found.end.ending) == ([], Ending.CUT)


def test_only_the_mode_that_waits_for_the_disk_must_hear_of_each_barrier() -> None:
    assert [Recording(JournalWriter(Memory(), header(mode))).waits for mode in Durability] == [True, False, False]
