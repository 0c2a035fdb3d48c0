"""What is appended, committed and closed; what is refused; what a failure leaves behind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.unit.journal.made import ACTORS, Memory, Sent, batch, expected, header, read, record, steps, told, written
from tests.unit.journal.stranger import read_journal

from tidegate.core.enums import Phase
from tidegate.journal import Durability, Ending, Header, Journal, JournalError, JournalWriter
from tidegate.journal.filling import MESSAGE_MAX
from tidegate.journal.layout import CONTENT_MAX
from tidegate.journal.output import SYNC_BYTES
from tidegate.journal.records import CAUSES_MAX, RECORDS_MAX
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.codec import encode
from tidegate.messages.market import UniverseDeclared

OPENED = PhaseOpened(Phase.ADVANCE, 0, 0)


def writer(durability: Durability = Durability.OFF, **options: Any) -> tuple[JournalWriter, Memory]:
    storage = Memory()
    return JournalWriter(storage, header(durability), **options), storage


@pytest.mark.parametrize("mode", list(Durability))
def test_what_was_appended_is_read_again(mode: Durability) -> None:
    made = steps(12)
    journal = read(written(made, mode))
    assert told(journal) == expected(made)
    assert journal.header == header(mode)
    assert (journal.end.ending, journal.end.barrier) == (Ending.SEALED, 11)


def test_messages_get_the_numbers_of_their_places() -> None:
    made, (journal, storage) = steps(3), writer()
    numbers = []
    for step in made:
        before = journal.records
        record(journal, [step])
        numbers += [before] if isinstance(step, Sent) else []
    journal.close()
    assert [frame.number for frame in read(bytes(storage.data)).frames()] == numbers
    assert journal.records == len(made) + 1


def test_the_same_messages_give_the_same_bytes() -> None:
    assert written(steps(9), Durability.BATCH) == written(steps(9), Durability.BATCH)


class Unknown(Message, frozen=True):
    """No type of the schema."""


def append(journal: JournalWriter, message: Message = OPENED, **other: Any) -> int:
    place: dict[str, Any] = {"barrier": 3, "phase": Phase.FILL, "superstep": 0, "sender": 0, "sender_seq": 0}
    return journal.append(message, **(place | other))


REFUSED = [
    # what is wrong                    done with a writer that has committed barrier 2          said
    ("barrier before the last",        lambda w: append(w, barrier=1),                          "of barrier 1 cannot"),
    ("sender without a name",          lambda w: append(w, sender=3),                           "from sender 3"),
    ("negative sender",                lambda w: append(w, sender=-1),                          "sender -1"),
    ("negative superstep",             lambda w: append(w, superstep=-1),                       "superstep -1"),
    ("negative sequence",              lambda w: append(w, sender_seq=-1),                      "message -1"),
    ("its own cause",                  lambda w: append(w, causes=(0, 2)),                      "causes 0 to 2"),
    ("a negative cause",               lambda w: append(w, causes=(-1,)),                       "causes -1"),
    ("too many causes",                lambda w: append(w, causes=(0,) * (CAUSES_MAX + 1)),     "65,537 causes"),
    ("type outside the schema",        lambda w: append(w, Unknown()),                          "no such type"),
    ("commit of the last barrier",     lambda w: w.commit(2),                                   "barrier 2 cannot"),
    ("commit of an earlier barrier",   lambda w: w.commit(1),                                   "barrier 1 cannot"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_no_reader_would_take_is_refused(wrong: Callable[[JournalWriter], Any], said: str) -> None:
    journal, storage = writer()
    append(journal, barrier=2)
    journal.commit(2)
    with pytest.raises(JournalError, match=said):
        wrong(journal)
    append(journal)
    journal.close()
    assert [frame.number for frame in read(bytes(storage.data)).frames()] == [0, 2]


def test_half_of_a_message_that_cannot_be_encoded_is_taken_back() -> None:
    journal, storage = writer()
    wrong = np.zeros(2, np.float32)
    with pytest.raises(JournalError, match=r"a MarketBatch cannot be encoded: .* array of float32"):
        append(journal, msgspec.structs.replace(batch(0, 2), context=wrong))
    append(journal)
    journal.close()
    assert [frame.type for frame in read(bytes(storage.data)).frames()] == ["PhaseOpened"]


def test_a_commit_must_not_leave_messages_of_a_later_barrier_behind() -> None:
    journal, _ = writer()
    append(journal, barrier=5)
    with pytest.raises(JournalError, match="barrier 4 cannot be committed: barrier 5 has been written before"):
        journal.commit(4)


def universe(letters: int) -> UniverseDeclared:
    return UniverseDeclared(assets=("x" * letters,), signals=(), features=(), context=(), barriers=-1)


def test_a_long_message_ends_its_block() -> None:
    journal, storage = writer()
    append(journal)
    append(journal, universe(MESSAGE_MAX - len(encode(universe(0))) - 40))
    append(journal)
    journal.close()
    assert [len(block.items) for block in read_journal(bytes(storage.data))] == [1, 2, 2]
    assert len(told(read(bytes(storage.data)))) == 3


def test_a_message_longer_than_any_block_is_refused() -> None:
    journal, storage = writer()
    append(journal)
    with pytest.raises(JournalError, match=r"a UniverseDeclared takes .* bytes in a journal, above 6,291,456"):
        append(journal, universe(MESSAGE_MAX))
    append(journal)
    journal.close()
    assert [frame.number for frame in read(bytes(storage.data)).frames()] == [0, 1]


def test_a_block_has_no_more_records_than_a_reader_takes() -> None:
    journal, storage = writer(block_bytes=CONTENT_MAX)
    journal.take([Phase.FILL] * RECORDS_MAX)
    journal.close()
    assert [len(block.items) for block in read_journal(bytes(storage.data))[1:]] == [RECORDS_MAX - 2, 3]
    assert len(list(read(bytes(storage.data)).frames())) == RECORDS_MAX


SYNCS = [
    # mode                 after the header   after 10 commits   after closing
    (Durability.BARRIER,   1,                 11,                12),
    (Durability.BATCH,     0,                 0,                 1),
    (Durability.OFF,       0,                 0,                 0),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "opened", "committed", "closed"), SYNCS)
def test_each_mode_waits_for_the_disk_as_it_says(mode: Durability, opened: int, committed: int, closed: int) -> None:
    journal, storage = writer(mode)
    counts = [storage.syncs]
    record(journal, steps(10))
    counts.append(storage.syncs)
    journal.close()
    assert [*counts, storage.syncs] == [opened, committed, closed]
    assert journal.durable == (-1 if mode is Durability.OFF else 9)


def test_in_mode_batch_the_disk_is_waited_for_now_and_then() -> None:
    journal, storage = writer(Durability.BATCH)
    for barrier in range(12):
        append(journal, batch(barrier, 30_000), barrier=barrier)
        journal.commit(barrier)
    # Batches of random numbers hardly compress: 1.2 MB each.
    assert 1 <= storage.syncs <= len(storage.data) // SYNC_BYTES
    assert 0 <= journal.durable < 11


class Failing(Memory):
    """Fails at the given call of `write` or `sync`, counted from 0, and at none after it."""

    def __init__(self, write: int = -1, sync: int = -1, short: bool = False) -> None:
        super().__init__()
        self.fails = {"write": write, "sync": sync}
        self.short = short
        self.calls = {"write": 0, "sync": 0}

    def _call(self, name: str) -> bool:
        self.calls[name] += 1
        return self.calls[name] - 1 == self.fails[name]

    def write(self, data: memoryview) -> int:
        if self._call("write"):
            if self.short:
                return 0
            raise OSError(28, "No space left on device")
        return super().write(data)

    def sync(self) -> None:
        if self._call("sync"):
            raise OSError(5, "Input/output error")
        super().sync()


FAILURES = [
    # storage                                   said
    (Failing(write=3),                          "cannot be written at byte .*No space left"),
    (Failing(write=3, short=True),              "cannot be written at byte .*nothing was written"),
    (Failing(sync=3),                           "cannot be synced at byte .*Input/output error"),
]  # fmt: skip


@pytest.mark.parametrize(("storage", "said"), FAILURES)
def test_a_failure_is_never_tried_again(storage: Failing, said: str) -> None:
    journal = JournalWriter(storage, header())
    with pytest.raises(JournalError, match=said):
        record(journal, steps(20))
    before, calls = bytes(storage.data), dict(storage.calls)
    assert journal.durable == 1
    for again in (lambda: append(journal, barrier=30), lambda: journal.commit(30), journal.close):
        with pytest.raises(JournalError, match=r"takes nothing more: a (write|sync) failed"):
            again()
    journal.abandon()
    assert storage.closed
    assert (bytes(storage.data), storage.calls) == (before, calls)
    assert read(before).end.barrier >= journal.durable


def test_a_header_that_cannot_be_written_leaves_nothing_open() -> None:
    for storage in (Failing(write=0), Failing(sync=0)):
        with pytest.raises(JournalError, match=r"cannot be (written|synced) at byte"):
            JournalWriter(storage, header())
        assert storage.closed


def test_leaving_the_writer_seals_it_with_how_that_happened() -> None:
    storage = Memory()
    with JournalWriter(storage, header()) as journal:
        record(journal, steps(2))
    seal = read(bytes(storage.data)).seal
    assert seal is not None
    assert (seal.status, seal.barrier) == ("finished", 1)

    storage = Memory()
    with pytest.raises(ZeroDivisionError), JournalWriter(storage, header()) as journal:
        append(journal, barrier=3 + 0 * append(journal) // 0)
    seal = read(bytes(storage.data)).seal
    assert seal is not None
    assert (seal.status, seal.reason, seal.barrier) == (
        "failed",
        "ZeroDivisionError: integer division or modulo by zero",
        -1,
    )
    assert [frame.barrier for frame in read(bytes(storage.data)).frames()] == [3]


def test_any_reason_can_be_sealed() -> None:
    journal, storage = writer()
    journal.close("failed", "\udcff" + "x" * 10**7)
    seal = read(bytes(storage.data)).seal
    assert seal is not None
    assert seal.reason == "?" + "x" * 9_999


def test_the_largest_blocks_have_room_for_a_commit_and_the_seal() -> None:
    journal, storage = writer(block_bytes=2**40)
    for barrier in range(3):
        append(journal, universe(MESSAGE_MAX - 200), barrier=barrier)
        journal.commit(barrier)
    journal.close("failed", "x" * 10_000)
    found = read(bytes(storage.data))
    assert (found.end.ending, found.end.barrier, len(told(found))) == (Ending.SEALED, 2, 3)


def test_a_failed_writer_is_left_without_another_error() -> None:
    storage = Failing(sync=2)
    with pytest.raises(JournalError, match="cannot be synced"), JournalWriter(storage, header()) as journal:
        record(journal, steps(9))
    assert storage.closed


def test_closing_again_does_nothing_and_nothing_follows() -> None:
    journal, storage = writer()
    journal.close()
    journal.close()
    journal.abandon()
    with pytest.raises(JournalError, match="it is closed"):
        append(journal)
    assert len(read_journal(bytes(storage.data))) == 2


def test_an_abandoned_journal_has_no_seal(tmp_path: Path) -> None:
    journal = JournalWriter.create(tmp_path / "run.tgj", header())
    record(journal, steps(3))
    journal.abandon()
    with Journal.open(tmp_path / "run.tgj") as found:
        assert (found.end.ending, found.end.barrier, found.seal) == (Ending.CUT, 2, None)
    assert [path.name for path in tmp_path.iterdir()] == ["run.tgj"]


def test_a_mode_given_as_a_word_is_that_mode() -> None:
    storage = Memory()
    JournalWriter(storage, Header(actors=ACTORS, durability="barrier")).commit(0)  # type: ignore[arg-type] # as JSON has it
    assert storage.syncs == 2


def test_a_mode_that_is_none_is_refused() -> None:
    storage = Memory()
    with pytest.raises(JournalError, match="Invalid enum value 'always'"):
        JournalWriter(storage, Header(actors=ACTORS, durability="always"))  # type: ignore[arg-type] # what is tested
    assert storage.closed
