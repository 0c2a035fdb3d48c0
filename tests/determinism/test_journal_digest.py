"""The digest of a journal is told by what its messages say: not by which arrays are one object, nor where blocks end.

Long arrays are looked up by some of their bytes, so arrays that differ in the others are what could go wrong.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.journal.made import Memory, header, read

from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.enums import Phase
from tidegate.journal import Durability, JournalWriter
from tidegate.messages.market import MarketBatch

ASSETS = 64
NONE, NO_CONTEXT = freeze(np.empty((0, ASSETS))), freeze(np.empty(0))


def nearly_equal(element: int, value: float = 1.0) -> FloatArray:
    """Bars of zeros but for one element."""
    bars = np.zeros((5, ASSETS))
    bars.ravel()[element] = value
    return freeze(bars)


def digest(course: list[FloatArray], mode: Durability, block_bytes: int, *, copied: bool) -> str:
    """Of a journal in which a batch after the other has these bars."""
    storage = Memory()
    writer = JournalWriter(storage, header(mode), block_bytes=block_bytes)
    for seq, bars in enumerate(course):
        own = freeze(bars.copy()) if copied else bars
        writer.append(MarketBatch(seq, seq, own, NONE, NONE, NO_CONTEXT), seq, Phase.ADVANCE, 0, 1, seq)
        writer.commit(seq)
    writer.close()
    with read(bytes(storage.data)) as journal:
        messages = [frame.message for frame in journal.frames()]
    for message, bars in zip(messages, course, strict=True):
        assert isinstance(message, MarketBatch)
        np.testing.assert_array_equal(message.bars, bars)
    return writer.digest


@given(
    st.lists(st.sampled_from([nearly_equal(element) for element in range(12)]), max_size=20), st.integers(64, 20_000)
)
@settings(max_examples=30)
def test_neither_objects_nor_blocks_change_it(course: list[FloatArray], block_bytes: int) -> None:
    found = [
        digest(course, mode, size, copied=copied)
        for mode in Durability
        for size in (block_bytes, 2**18)
        for copied in (False, True)
    ]
    assert len(set(found)) == 1


def test_arrays_that_take_turns_are_found_by_their_bytes_as_by_their_objects() -> None:
    course = [nearly_equal(element) for element in (1, 2, 3)] * 3
    assert len({digest(course, Durability.BATCH, 2**18, copied=copied) for copied in (False, True)}) == 1


@pytest.mark.parametrize("element", range(8))
def test_what_differs_in_one_element_has_another_one(element: int) -> None:
    course = [nearly_equal(element), nearly_equal(element, 2.0)]
    other = [nearly_equal(element), nearly_equal(element)]
    plain = Durability.BATCH
    assert digest(course, plain, 2**18, copied=False) != digest(other, plain, 2**18, copied=False)
