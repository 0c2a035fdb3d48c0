"""Snapshots in a journal: where they are, what they say, and that a writer goes on from each."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.journal.made import ACTORS, Memory

from tidegate.core.arrays import freeze
from tidegate.core.enums import Phase
from tidegate.journal import Durability, Frame, Header, Journal, JournalError, JournalWriter
from tidegate.journal.errors import Broken
from tidegate.journal.filled import Start
from tidegate.journal.header import schema_of
from tidegate.journal.layout import CONTENT_MAX, SNAPSHOT_MAX, Kind
from tidegate.journal.middle import Middle, find_middle, snapshot_barriers
from tidegate.journal.snapshots import decode_snapshot, encode_snapshot
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import CancelOrders
from tidegate.messages.risk import ProtectiveLevels
from tidegate.runtime.log import COMMIT

HEADER = Header(actors=ACTORS, durability=Durability.BATCH, schema=schema_of(MESSAGE_TYPES))
BARRIERS = 12
ASSETS = 6
Barrier = list[Any]


def barrier(seq: int) -> Barrier:
    """What a log is told of it: closes that are told by reference, arrays that come again, and new ones."""
    rng = np.random.default_rng(seq // 2)
    bars = np.full((5, ASSETS), 10.0 + seq)
    if seq % 3:
        bars[:, seq % ASSETS] = np.nan
    marks = [np.full(ASSETS, 10.0 + seq)]
    empty = np.empty((0, ASSETS))
    batch = MarketBatch(seq, 60 * (seq + 1), freeze(bars), empty, empty, np.empty(0))
    levels = ProtectiveLevels(
        freeze(bars[3].copy()), freeze(marks[0]), freeze(np.arange(ASSETS)), freeze(np.arange(ASSETS)), ("a",)
    )
    cancel = CancelOrders(freeze(rng.integers(0, 2**60, 9000)))
    return [Phase.ADVANCE, (1, 1, 1, batch), Phase.GUARD, (2, 1, 1, levels), (2, 1, 2, cancel), Phase.RECORD, COMMIT]


def write(writer: JournalWriter, first: int = 0, every: int = 3, states: int = 40) -> JournalWriter:
    """Writes the barriers from one on, and a snapshot after each so many."""
    for seq in range(first, BARRIERS):
        writer.take(barrier(seq))
        if (seq + 1) % every == 0:
            writer.take_states(seq, {"broker": bytes([seq]) * states})
    writer.close("completed")
    return writer


def whole(**how: int) -> bytes:
    """The bytes of a journal."""
    storage = Memory()
    write(JournalWriter(storage, HEADER, feeds=(1,), block_bytes=2**15), **how)
    return bytes(storage.data)


def opened(data: bytes) -> Journal:
    """It, to be read."""
    return Journal(io.BytesIO(data))


def test_snapshots_are_where_they_were_taken_and_say_what_was_told() -> None:
    with opened(whole()) as journal:
        assert [seq for _, seq in snapshot_barriers(journal)] == [2, 5, 8, 11]
        assert find_middle(journal, 1) is None
        for wanted, found in ((2, 2), (4, 2), (5, 5), (100, 11)):
            middle = find_middle(journal, wanted)
            assert middle is not None
            assert middle.block.head.kind is Kind.SNAPSHOT
            assert middle.snapshot.barrier == found
            assert middle.snapshot.states == {"broker": bytes([found]) * 40}
            assert middle.start == Start(
                7 * (found + 1), found, Phase.RECORD, (3 * (found + 1), found + 1, 2 * found + 2)
            )
            assert sum(count for _, count in middle.contents()) == middle.start.number


def test_they_are_no_records() -> None:
    without, several = opened(whole(every=99)), opened(whole(every=1))
    assert without.digest() == several.digest()
    assert without.end.record == several.end.record
    numbers = [[int(number) for one in each.columns() for number in one.number] for each in (several, without)]
    assert numbers[0] == numbers[1]
    assert [frame.number for frame in several.frames(4, 5)] == [frame.number for frame in without.frames(4, 5)]
    later = [record.number for record in several.records_from(30) if isinstance(record, Frame)]
    assert later[:3] == [30, 31, 32]


@pytest.mark.parametrize("at", [2, 5, 8, 11])
def test_a_writer_goes_on_from_each_to_the_same_bytes(at: int) -> None:
    data = whole()
    with opened(data) as journal:
        middle = find_middle(journal, at)
        assert middle is not None
        storage = Memory()
        behind = iter((middle.block,))
        writer = JournalWriter(storage, HEADER, feeds=(1,), block_bytes=2**15, behind=behind, middle=middle)
        assert not writer.follows
        assert (writer.records, writer.committed) == (7 * (at + 1), at)
        write(writer, at + 1)
        assert data[: middle.block.end] + storage.data == data
        assert writer.digest == journal.digest()


@pytest.mark.parametrize("at", [2, 8])
def test_a_writer_follows_what_stands_after_a_snapshot(at: int) -> None:
    data = whole()
    with opened(data) as journal:
        middle = find_middle(journal, at)
        assert middle is not None
        storage = Memory()
        behind = middle.blocks(sealed=False)
        writer = write(
            JournalWriter(storage, HEADER, feeds=(1,), block_bytes=2**15, behind=behind, middle=middle), at + 1
        )
        assert bytes(storage.data) == data[journal.size() :]
        assert writer.digest == journal.digest()


def test_blocks_that_are_there_end_where_they_ended_whatever_snapshots_are_wanted_now() -> None:
    data = whole(every=2)
    with opened(data) as journal:
        storage = Memory()
        behind = journal.blocks(sealed=False)
        write(JournalWriter(storage, HEADER, feeds=(1,), block_bytes=2**15, behind=behind), every=99)
        assert bytes(storage.data) == data[journal.size() :]


LARGE = [
    # bytes of a snapshot          blocks
    (CONTENT_MAX - 1,              1),
    (CONTENT_MAX,                  2),  # the last is empty
    (CONTENT_MAX + 1,              2),
    (2 * CONTENT_MAX + 1000,       3),
]  # fmt: skip


def sized(size: int) -> int:
    """Bytes of a state with which the snapshot after barrier 5 has so many."""
    with opened(whole(every=6, states=2**20)) as journal:
        middle = find_middle(journal, 5)
        assert middle is not None
        return size - len(encode_snapshot(middle.snapshot)) + 2**20


@pytest.mark.parametrize(("size", "blocks"), LARGE)
def test_a_large_one_is_in_several_blocks(size: int, blocks: int, tmp_path: Path) -> None:
    states = sized(size)
    data = whole(every=6, states=states)
    with opened(data) as journal:
        assert [seq for _, seq in snapshot_barriers(journal)] == [5, 11]
        parts = [block for _, block in journal.placed(0, journal.whole(sealed=True))]
        parts = [block for block in parts if block.head.kind is Kind.SNAPSHOT]
        assert [block.head.content for block in parts[:blocks]] == [CONTENT_MAX] * (blocks - 1) + [size % CONTENT_MAX]
        middle = find_middle(journal, 5)
        assert middle is not None
        assert middle.block.end == parts[blocks - 1].end
        assert middle.snapshot.states == {"broker": bytes([5]) * states}
        assert len(encode_snapshot(middle.snapshot)) == size
        writer_ends_alike(journal, middle, data, states)
    path = tmp_path / "run.tgj"
    path.write_bytes(data)
    for _ in range(2):  # the second time by the index that the first has left
        with Journal.open(path) as by_index:
            assert find_middle(by_index, 5) is not None


def writer_ends_alike(journal: Journal, middle: Middle, data: bytes, states: int) -> None:
    """A writer that goes on from a snapshot, behind what there is or in the place of it, ends with the same bytes."""
    for behind in (middle.blocks(sealed=False), iter((middle.block,))):
        storage = Memory()
        writer = JournalWriter(storage, HEADER, feeds=(1,), block_bytes=2**15, behind=behind, middle=middle)
        write(writer, 6, every=6, states=states)
        assert data.endswith(bytes(storage.data))
        assert writer.digest == journal.digest()


def test_of_a_large_one_that_was_cut_off_nothing_is_left() -> None:
    states = sized(2 * CONTENT_MAX + 1000)
    data = whole(every=6, states=states)
    with opened(data) as journal:
        parts = [block for _, block in journal.placed(0, journal.whole(sealed=True))]
        ends = [block.end for block in parts if block.head.kind is Kind.SNAPSHOT]
        whole_until = max(block.end for block in parts if block.head.kind is Kind.RECORDS)
    assert len(ends) == 6
    for place in (*ends[3:5], ends[3] + 1, ends[5] - 1):
        with opened(data[:place]) as journal:
            assert journal.end.barrier == BARRIERS - 1
            assert journal.size() == whole_until
            middle = find_middle(journal, BARRIERS)
            assert middle is not None
            assert middle.snapshot.barrier == 5
            storage = Memory()
            behind = middle.blocks(sealed=False)
            writer = JournalWriter(storage, HEADER, feeds=(1,), block_bytes=2**15, behind=behind, middle=middle)
            write(writer, 6, every=6, states=states)
            assert data[: journal.size()] + storage.data == data
    with opened(data[: ends[5]]) as journal:
        assert journal.size() == ends[5]
        middle = find_middle(journal, BARRIERS)
        assert middle is not None
        assert middle.snapshot.barrier == 11


def test_one_that_is_larger_than_may_be_ends_the_run_and_says_what_to_do() -> None:
    said = r"after barrier 5 have 67,\d{3},\d{3} bytes, above 67,108,864: .*journal\.snapshots: 0"
    with pytest.raises(JournalError, match=said):
        whole(every=6, states=SNAPSHOT_MAX)


def test_more_blocks_than_a_snapshot_may_have_are_none() -> None:
    storage = Memory()
    writer = JournalWriter(storage, HEADER, feeds=(1,))
    writer.take(barrier(0))
    writer.take_states(0, {})
    writer.take(barrier(1))
    writer._end_block()
    content = encode_snapshot(writer._filling.kept(1, {"broker": bytes(SNAPSHOT_MAX + CONTENT_MAX)}))
    for at in range(0, len(content), CONTENT_MAX):
        writer._output._append(Kind.SNAPSHOT, content[at : at + CONTENT_MAX], 0, -1)
    writer.close()
    with opened(bytes(storage.data)) as journal:
        assert [seq for _, seq in snapshot_barriers(journal)] == [0, 1]
        middle = find_middle(journal, BARRIERS)
        assert middle is not None
        assert middle.snapshot.barrier == 0


def test_an_index_finds_them_as_reading_does(tmp_path: Path) -> None:
    path = tmp_path / "run.tgj"
    write(JournalWriter.create(path, HEADER, (1,)))
    with Journal.open(path) as by_index, Journal.open(path, check=True) as by_reading:
        assert snapshot_barriers(by_index) == snapshot_barriers(by_reading)
        assert len(snapshot_barriers(by_index)) == 4


def test_every_bit_of_one_is_under_the_checksums() -> None:
    data = whole(every=6, states=4)
    with opened(data) as journal:
        (place, _), _ = snapshot_barriers(journal)
        begin, end = (int(one) for one in journal.index.columns[0, place : place + 2])
    for offset in range(begin, end):
        broken = bytearray(data)
        broken[offset] ^= 1 << (offset % 8)
        with opened(bytes(broken)) as journal:
            assert (journal.end.offset, journal.end.barrier) == (begin, 5)


@given(st.binary(max_size=80))
def test_what_is_no_snapshot_is_broken(content: bytes) -> None:
    with pytest.raises(Broken, match="the block holds no snapshot"):
        decode_snapshot(content)


def test_a_snapshot_survives_the_round_trip() -> None:
    with opened(whole()) as journal:
        middle = find_middle(journal, 5)
        assert middle is not None
        content = middle.block.content()
        assert encode_snapshot(decode_snapshot(content)) == content


def test_nothing_is_taken_after_the_end() -> None:
    writer = write(JournalWriter(Memory(), HEADER, feeds=(1,)))
    with pytest.raises(JournalError, match="it is closed"):
        writer.take_states(99, {})
