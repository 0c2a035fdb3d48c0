"""A block's messages decoded all at once are those decoded one by one; what is not as it should be is left to that."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.unit.verify.altered import field, places, with_message
from tests.unit.verify.recorded import RUNS, recorded, written

from tidegate.core.arrays import FloatArray, freeze
from tidegate.journal import Journal
from tidegate.journal.columns import RecordColumns
from tidegate.journal.whole import Irregular, alike, complete
from tidegate.messages.codec import encode
from tidegate.messages.orders import SubmitOrders
from tidegate.messages.risk import ProtectiveLevels

ASSETS = 5


def none(places: Sequence[int], since: Sequence[int]) -> list[FloatArray]:
    """Closes where no data are at hand."""
    return [freeze(np.full(ASSETS, np.nan))] * len(places)


def together(block: RecordColumns) -> list[Any]:
    """The messages of a block, in order, from those of each type."""
    assert block.messages is not None
    assert block.block is not None
    groups = alike(block.messages)
    complete(groups, block.block.found.arrays, none)
    found = {place: (group, at) for group in groups for at, place in enumerate(group.places)}
    assert sorted(found) == list(range(len(block.placed)))
    told = [found[place] for place in range(len(block.placed))]
    for group, at in told:
        shapes = list(group.known)
        for name, numbers in group.numbers.items():
            assert getattr(group.messages[at], name).shape == shapes[numbers[at]]
    assert all(isinstance(group.messages[at], group.kind) for group, at in told)
    return [group.messages[at] for group, at in told]


def whole_and_not(journal: Journal) -> tuple[int, int]:
    """How many blocks were decoded in one go, and how many were not."""
    blocks = list(journal.columns(whole=True))
    whole = [block for block in blocks if block.messages is not None]
    return len(whole), len(blocks) - len(whole)


@pytest.mark.parametrize("market", ["value", "reference"])
@pytest.mark.parametrize("name", ["cash", "sized", "finer_volume", "called", "actions_margin"])
def test_they_are_those_decoded_one_by_one(name: str, market: str) -> None:
    journal = written(*recorded(name, market), block_bytes=5_000)
    whole, arrays = 0, 0
    for block in journal.columns(whole=True):
        if block.messages is None:
            continue
        whole += 1
        messages = together(block)
        assert [encode(message) for message in messages] == [encode(frame.message) for frame in block.singly()]
        found = [value for message in messages for value in vars_of(message) if isinstance(value, np.ndarray)]
        assert not any(array.flags.writeable for array in found)
        assert all(array.flags.aligned for array in found)
        arrays += len(found)
    assert whole > 3
    assert arrays > 100


def vars_of(message: Any) -> list[Any]:
    return [getattr(message, name) for name in message.__struct_fields__]


def test_most_blocks_of_a_run_can_be_decoded_so() -> None:
    """Else the journals of other tests would not be checked as those of runs are."""
    for name in RUNS:
        whole, others = whole_and_not(written(*recorded(name), block_bytes=5_000))
        assert whole > 3 * others, name


def test_arrays_of_another_type_are_left_to_be_decoded_one_by_one() -> None:
    header, steps = recorded("cash")
    for kind, change in (
        (SubmitOrders, field("asset", lambda a: a.astype(np.float64))),
        (ProtectiveLevels, field("take", lambda p: np.zeros(len(p), np.int64))),
    ):
        found = places(steps, kind)
        number = found[len(found) // 2]
        irregular = 0
        for block in written(header, with_message(steps, number, change), block_bytes=5_000).columns(whole=True):
            if block.messages is None:
                continue
            try:
                together(block)
            except Irregular:
                irregular += 1
                assert block.number[0] <= number <= block.number[-1]
        assert irregular == 1
