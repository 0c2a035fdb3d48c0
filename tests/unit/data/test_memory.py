"""Blocks of memory are used again when, and only when, nobody looks into them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.arrays import FloatArray, freeze
from tidegate.data.memory import Blocks


def owner(array: FloatArray) -> int:
    """The address of the block that an array lies in."""
    base = array.base
    assert isinstance(base, np.ndarray)
    return int(base.ctypes.data)


def test_an_array_has_the_shape_that_was_asked_for_and_can_be_written() -> None:
    array = Blocks().empty(2, 5, 3)
    assert (array.shape, array.dtype, array.flags.c_contiguous) == ((2, 5, 3), np.dtype(np.float64), True)
    array[:] = 1.0


def test_a_block_is_used_again_when_its_array_is_gone() -> None:
    blocks = Blocks()
    first = blocks.empty(3, 4)
    place = owner(first)
    del first
    assert owner(blocks.empty(2, 6)) == place
    assert owner(blocks.empty(1, 1)) == place, "a smaller one fits too"


def test_a_block_is_left_to_whoever_keeps_a_part_of_it() -> None:
    blocks = Blocks()
    row = freeze(blocks.empty(3, 4))[1]
    other = blocks.empty(3, 4)
    assert owner(other) != owner(row)
    window = other.data
    del other
    assert owner(blocks.empty(3, 4)) not in (owner(row), np.asarray(window).ctypes.data)


def test_what_is_frozen_can_be_written_again_when_it_is_used_again() -> None:
    blocks = Blocks()
    freeze(blocks.empty(5))
    blocks.empty(5)[:] = 2.0


def test_a_block_that_is_too_small_makes_way() -> None:
    blocks = Blocks()
    small = owner(blocks.empty(10))
    large = owner(blocks.empty(5_000))
    assert small != large
    assert owner(blocks.empty(10)) == large, "only one is left"


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 3)), max_size=30))
def test_what_is_held_never_changes(steps: list[tuple[int, int]]) -> None:
    """Asks for arrays and lets go of some, in any order; what is held keeps its own values."""
    blocks, held = Blocks(), dict[int, FloatArray]()
    for step, (size, slot) in enumerate(steps):
        held.pop(slot, None)
        array = blocks.empty(size)
        array[:] = step
        held[slot] = array[: size // 2 + 1]
        held = {place: part for place, part in held.items() if place <= slot + 1}
        for part in held.values():
            assert (part == part[0]).all()
        assert len({owner(part) for part in held.values()}) == len(held)
