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
from tidegate.messages.risk import TrailingStops


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


def test_stops_follow_finer_bars_until_other_levels_come() -> None:
    found, held = made(), np.array([[1.0, 0.0, -1.0]] * 4)
    sent = levels(stop=floats(90, NAN, 110), take=floats(NAN, NAN, NAN))
    found.protect(sent)
    found.trail(TrailingStops(floats(100, NAN, 100), 0.1, 1))
    finer = np.array([[[100.0] * 3, [120.0] * 3, [80.0] * 3, [100.0] * 3, [1.0] * 3]])
    found.follow(0, 1, finer, np.zeros(3, np.int64), held)
    assert found.levels is not None
    assert found.trailing is not None
    np.testing.assert_array_equal(found.levels.stop, [108.0, NAN, 88.0])
    assert found.levels.stop_rule.tolist() == [1, 0, 1]
    np.testing.assert_array_equal(found.trailing.best, [120.0, NAN, 80.0])
    np.testing.assert_array_equal(sent.stop, [90.0, NAN, 110.0])
    found.jump(bars_of(np.full((5, 3), 130.0)), held)
    np.testing.assert_array_equal(found.levels.stop, [117.0, NAN, 88.0])
    found.protect(sent)
    found.jump(bars_of(np.full((5, 3), 150.0)), held)
    assert found.levels is sent


@pytest.mark.parametrize(
    ("best", "pct", "rule", "problem"),
    [
        (floats(1, 2), 0.1, 0, r"best must be float64 of shape \(3,\)"),
        (floats(1, 2, 3), 0.0, 0, r"pct 0.0 must be above 0"),
        (floats(1, 2, 3), NAN, 0, r"pct nan must be above 0"),
        (floats(1, 2, 3), 0.1, 2, r"rule 2 a row of the 2 rules of the levels before"),
    ],
)
def test_what_does_not_say_how_stops_trail_is_refused(best: FloatArray, pct: float, rule: int, problem: str) -> None:
    found = made()
    found.protect(levels(stop=floats(NAN, NAN, NAN), take=floats(NAN, NAN, NAN)))
    with pytest.raises(RequestError, match=problem):
        found.trail(TrailingStops(best, pct, rule))


def test_there_is_nothing_to_trail_before_levels_came() -> None:
    with pytest.raises(RequestError, match="rule 0 a row of the 0 rules"):
        made().trail(TrailingStops(floats(1, 2, 3), 0.1, 0))
