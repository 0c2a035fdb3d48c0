"""The levels that were sent last, and what meets them."""

import numpy as np
import pytest
from tests.unit.kernels.made import NAN, floats, ints
from tests.unit.kernels.test_arrivals import levels
from tests.unit.kernels.test_walk import WHOLE, bars_of

from tidegate.core.arrays import FloatArray
from tidegate.core.errors import RequestError
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.conditions import PESSIMISTIC
from tidegate.kernels.exits import NOTHING_REACHED, REACHED_AT_OPEN
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.protection import Protection


def made() -> Protection:
    return Protection(PESSIMISTIC, Arrivals(3, INTERPRETED), INTERPRETED)


def row_reached(found: Protection, finer: FloatArray, held: FloatArray) -> int:
    return found.row_reached(0, 0, finer, np.zeros(3, np.int64), 1, np.full(3, -1), held)


def test_without_levels_nothing_is_reached() -> None:
    held = np.ones((4, 3))
    assert made().reached(WHOLE, held) == NOTHING_REACHED
    assert row_reached(made(), np.full((2, 5, 3), 1.0), held) == 2
    assert made().rules == ()


def test_the_last_levels_hold() -> None:
    found, held = made(), np.ones((4, 3))
    found.protect(levels(stop=floats(NAN, 101.0, NAN), take=floats(NAN, NAN, NAN)))
    assert found.reached(WHOLE, held) == REACHED_AT_OPEN
    assert row_reached(found, np.stack([bars_of(np.full((5, 3), 200.0)).bars, WHOLE.bars]), held) == 1
    found.protect(levels(stop=floats(NAN, NAN, NAN), take=floats(NAN, NAN, NAN)))
    assert found.reached(WHOLE, held) == NOTHING_REACHED


def test_levels_of_another_shape_are_refused() -> None:
    with pytest.raises(RequestError, match=r"each of its arrays must have shape \(3,\)"):
        made().protect(levels(stop=floats(1.0)))


def test_a_clash_names_both_levels_and_its_moment() -> None:
    found = made()
    found.protect(levels(stop=floats(1, 2, 3), take=floats(7, 8, 9)))
    told = found.clashes(4, ints(2, 0), 55)
    assert (told.seq, told.asset.tolist(), told.stop.tolist(), told.take.tolist(), told.finer_ts_ns) == (
        4, [2, 0], [3, 1], [9, 7], 55,
    )  # fmt: skip
