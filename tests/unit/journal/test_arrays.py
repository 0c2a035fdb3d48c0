"""Arrays of a journal: each stands there once, closes are told as such, and neither blocks nor objects matter."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.journal.made import Memory, header, read
from tests.unit.journal.stranger import read_journal

from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.enums import Phase
from tidegate.journal import Durability, JournalError, JournalWriter
from tidegate.journal.arrays import (
    CLOSES_EXT,
    LAST_CLOSES_EXT,
    NUMBER_EXT,
    REMEMBERED_BYTES,
    ArrayWriter,
    BlockArrays,
    Restorer,
)
from tidegate.messages.codec import array_bytes
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import CancelOrders


def cancel(*numbers: int) -> CancelOrders:
    return CancelOrders(freeze(np.array(numbers, np.int64)))


def written(told: list[Any], block_bytes: int = 2**18) -> tuple[bytes, str]:
    storage = Memory()
    writer = JournalWriter(storage, header(Durability.OFF), feeds=(1,), block_bytes=block_bytes)
    writer.take(told)
    writer.close()
    return bytes(storage.data), writer.digest


def stored(told: list[Any]) -> dict[int, bytes]:
    arrays: dict[int, bytes] = {}
    for block in read_journal(written(told)[0])[1:]:
        arrays |= block.arrays
    return arrays


def test_equal_arrays_stand_in_a_journal_once_whatever_objects_they_are() -> None:
    one = cancel(1, 2, 3)
    told = [Phase.ADVANCE, *((2, 1, 1, message) for message in (one, one, cancel(1, 2, 3), cancel(4), cancel(4)))]
    assert list(stored(told)) == [0, 1]


lists = st.lists(st.sampled_from([(), (1,), (1, 2), (3,), tuple(range(300)), (*range(299), 7)]), max_size=12)


@given(lists, lists, st.sampled_from([1, 60, 2_000, 2**18]))
def test_whatever_the_blocks_and_objects_the_arrays_and_the_digest_are_the_same(
    early: list[tuple[int, ...]], late: list[tuple[int, ...]], block_bytes: int
) -> None:
    known = {numbers: cancel(*numbers) for numbers in early + late}
    fresh = [Phase.ADVANCE, *((2, 1, 1, cancel(*n)) for n in early), -1, *((2, 1, 1, cancel(*n)) for n in late)]
    reused = [Phase.ADVANCE, *((2, 1, 1, known[n]) for n in early), -1, *((2, 1, 1, known[n]) for n in late)]
    whole, digest = written(fresh)
    cut, other = written(reused, block_bytes)
    assert digest == other
    for data in (whole, cut):
        found = [one.message for one in read(data).frames() if one.type == "CancelOrders"]
        assert [tuple(one.order_id.tolist()) for one in found if isinstance(one, CancelOrders)] == early + late


def test_an_array_that_may_still_change_is_looked_at_each_time() -> None:
    loose = np.array([1])
    message = CancelOrders(loose)
    writer = ArrayWriter()
    writer.encode(message)
    loose[0] = 2
    writer.encode(message)
    assert writer.new == [array_bytes(np.array([1])), array_bytes(np.array([2]))]


def test_what_is_remembered_is_bounded() -> None:
    writer = ArrayWriter()
    arrays = [freeze(np.full(16_000, float(n))) for n in range(20)]
    for array in (*arrays, *arrays):
        writer.encode((array,))
    assert len(arrays) < len(writer.new) <= 2 * len(arrays)
    assert sum(len(data) for data in writer.new[: len(arrays)]) > REMEMBERED_BYTES


def batch(seq: int, *closes: float) -> MarketBatch:
    bars = np.full((5, len(closes)), 1.0)
    bars[3] = closes
    none = freeze(np.empty((0, len(closes))))
    return MarketBatch(seq, (seq + 1) * 10**9, freeze(bars), none, none, freeze(np.empty(0)))


NAN = float("nan")
BATCHES = [(5.0, 6.0), (NAN, 7.0), (8.0, NAN), (8.0, 7.0), (NAN, NAN), (NAN, 9.0)]
MARKS = [
    # the barrier's mark   told as
    ((5.0, 6.0),           CLOSES_EXT),
    ((5.0, 7.0),           LAST_CLOSES_EXT),
    ((8.0, 7.0),           LAST_CLOSES_EXT),
    ((8.0, 7.0),           CLOSES_EXT),
    ((8.0, 7.0),           LAST_CLOSES_EXT),
    ((4.0, 9.0),           NUMBER_EXT),
]  # fmt: skip


def test_closes_and_last_known_closes_are_told_as_such() -> None:
    writer, last = ArrayWriter(), {}
    told: dict[tuple[int, int], FloatArray] = {}
    for seq, (closes, (mark, code)) in enumerate(zip(BATCHES, MARKS, strict=True)):
        writer.barrier = seq
        writer.market(batch(seq, *closes))
        (ext,) = msgspec.msgpack.decode(writer.encode((freeze(np.array(mark)),)))
        assert ext.code == code, seq
        if code == LAST_CLOSES_EXT:
            since = int.from_bytes(ext.data[4:], "big")
            assert since == (0 if seq < 3 else 3)
            told[seq, since] = freeze(np.array(mark))
        last[seq] = ext
    restorer = Restorer(lambda barrier, since: told[barrier, since])
    for seq in (1, 2, 4):
        restorer.turn_to(BlockArrays(0, {}, ()), seq)
        assert restorer(last[seq].code, memoryview(last[seq].data)).tolist() == list(MARKS[seq][0])


def test_last_known_closes_that_nobody_asked_for_are_no_longer_followed() -> None:
    writer = ArrayWriter()
    for seq in range(200):
        writer.barrier = seq
        writer.market(batch(seq, 5.0, NAN if seq else 6.0))
        if seq == 0:
            assert msgspec.msgpack.decode(writer.encode((freeze(np.array([5.0, 6.0])),)))[0].code == CLOSES_EXT
    assert msgspec.msgpack.decode(writer.encode((freeze(np.array([5.0, 6.0])),)))[0].code == NUMBER_EXT
    assert msgspec.msgpack.decode(writer.encode((freeze(np.array([5.0, NAN])),)))[0].code == CLOSES_EXT


def test_closes_of_another_barrier_are_not_meant() -> None:
    writer = ArrayWriter()
    writer.market(batch(0, 5.0))
    writer.barrier = 1
    assert msgspec.msgpack.decode(writer.encode((freeze(np.array([5.0])),)))[0].code == NUMBER_EXT


REFERENCES = [
    # extension                              said
    ((1, bytes(4)),                          "unknown extension 1"),
    ((NUMBER_EXT, bytes(3)),                 "unknown extension 2"),
    ((NUMBER_EXT, b"\0\0\0\7"),              "array 7 is not in its block"),
    ((CLOSES_EXT, b"\0\0\0\3"),              "2 closes, that of the journal 3"),
    ((LAST_CLOSES_EXT, bytes(4)),            "unknown extension 4"),
]  # fmt: skip


@pytest.mark.parametrize(("extension", "said"), REFERENCES)
def test_a_reference_to_nothing_is_told(extension: tuple[int, bytes], said: str) -> None:
    restorer = Restorer(lambda *_: freeze(np.zeros(2)))
    restorer.turn_to(BlockArrays(0, {}, ()), 0)
    with pytest.raises(ValueError, match=said):
        restorer(extension[0], memoryview(extension[1]))


def test_a_number_that_is_not_in_the_block_is_a_journal_error() -> None:
    storage = Memory()
    writer = JournalWriter(storage, header(Durability.OFF))
    writer.take([Phase.ADVANCE, (2, 1, 1, cancel(1))])
    writer.close()
    (*_, frame) = read(bytes(storage.data)).frames()
    frame.stored = msgspec.Raw(bytes(frame.stored).replace(b"\xd6\x02\0\0\0\0", b"\xd6\x02\0\0\0\x05"))
    with pytest.raises(JournalError, match="record 1 is no message known here: array 5 is not in its block"):
        _ = frame.message
