"""How far an account has walked through the finer bars of a barrier."""

import numpy as np
from tests.unit.kernels.made import NAN
from tests.unit.kernels.test_finer import flat
from tests.unit.kernels.test_resting import BUY_LIMIT, waiting

from tidegate.core.arrays import FloatArray, freeze
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.conditions import PESSIMISTIC
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.protection import Protection
from tidegate.kernels.walk import FinerWalk, Step
from tidegate.messages.market import FinerBars, MarketBatch
from tidegate.messages.risk import ProtectiveLevels

HELD = np.array([[1.0, 0.0, 0.0]] * 4)
NEVER = np.full(3, -1)


def bars_of(block: FloatArray, seq: int = 1) -> MarketBatch:
    none = freeze(np.empty((0, 3)))
    return MarketBatch(seq, 1000, freeze(block), none, none, freeze(np.empty(0)))


WHOLE = bars_of(np.array([[100.0] * 3, [110.0] * 3, [80.0] * 3, [90.0] * 3, [1.0] * 3]))


def walk_of(*columns: FloatArray) -> FinerWalk:
    found = FinerWalk(3, Arrivals(3, INTERPRETED), INTERPRETED)
    bars = np.ascontiguousarray(np.concatenate(columns, axis=2))
    found.take(FinerBars(1, freeze(np.arange(len(bars)) + 10), freeze(bars)))
    return found


def protection(stop: float) -> Protection:
    found = Protection(PESSIMISTIC, Arrivals(3, INTERPRETED), INTERPRETED)
    none, zero = freeze(np.full(3, NAN)), freeze(np.zeros(3, np.int64))
    found.protect(ProtectiveLevels(freeze(np.full(3, stop)), none, zero, zero, ("stop_loss",)))
    return found


def steps(walk: FinerWalk, levels: Protection) -> list[Step]:
    found = []
    resting = waiting(BUY_LIMIT)
    while (step := walk.step(WHOLE, levels, resting, HELD, NEVER)) is not None:
        found.append(step)
        if step.going:
            resting.drop(np.arange(1))
    return found


def test_it_stops_where_a_level_is_reached_or_an_order_goes() -> None:
    walk = walk_of(flat(100.0, 99.0, 94.0, 92.0, 89.0), flat(*[50.0] * 5), flat(*[50.0] * 5))
    found = steps(walk, protection(92.0))
    assert [(step.ts_ns, step.exits, step.going) for step in found] == [(12, False, 1), (13, True, 0), (14, True, 0)]
    assert not walk.left


def test_at_one_moment_both_may_happen() -> None:
    walk = walk_of(flat(100.0, 94.0), flat(50.0, 50.0), flat(50.0, 50.0))
    (step,) = steps(walk, protection(94.0))
    assert (step.ts_ns, step.exits, step.going) == (11, True, 1)
    assert step.gaps is not None


def test_a_first_finer_bar_that_opens_as_the_bar_has_no_gap() -> None:
    same = walk_of(flat(100.0), flat(100.0), flat(100.0))
    assert steps(same, protection(100.0))[0].gaps is None
    walk = walk_of(flat(100.0), flat(99.0), flat(NAN))
    gaps = steps(walk, protection(100.0))[0].gaps
    assert gaps is not None
    np.testing.assert_array_equal(gaps.open, [NAN, 99.0, NAN])


def test_what_has_no_finer_bars_is_left_to_its_bar() -> None:
    walk = walk_of(flat(100.0, NAN), flat(NAN, NAN), flat(NAN, 90.0))
    steps(walk, protection(10.0))
    others = walk.others(WHOLE)
    assert others is not None
    np.testing.assert_array_equal(others.close, [NAN, 90.0, NAN])
    assert walk_of(flat(1.0), flat(1.0), flat(1.0)).others(WHOLE) is WHOLE  # not begun: nothing is known
    whole = walk_of(flat(100.0), flat(100.0), flat(100.0))
    steps(whole, protection(10.0))
    assert whole.others(WHOLE) is None


def test_finer_bars_of_another_barrier_are_none() -> None:
    walk = walk_of(flat(94.0), flat(94.0), flat(94.0))
    later = bars_of(WHOLE.bars.copy(), seq=2)
    assert walk.step(later, protection(95.0), waiting(), HELD, NEVER) is None
    assert walk.others(later) is later


def test_the_last_price_seen_is_that_of_the_moment_or_else_the_open() -> None:
    falling = flat(100.0, 94.0, 90.0)
    falling[1, 0] = 97.0
    walk = walk_of(falling, flat(50.0, NAN, 50.0), flat(NAN, NAN, NAN))
    assert walk.seen(WHOLE).tolist() == [100.0, 100.0, 100.0]
    walk.step(WHOLE, protection(94.0), waiting(), HELD, NEVER)
    assert walk.seen(WHOLE).tolist() == [94.0, 100.0, 100.0]
    assert walk.goes_on(np.array((0, 1, 2))).tolist() == [True, True, False]


def test_a_first_finer_bar_that_opens_elsewhere_has_a_gap() -> None:
    """Beside one that has none, at the same moment."""
    walk = walk_of(flat(94.0), flat(100.0), flat(NAN))
    gaps = steps(walk, protection(95.0))[0].gaps
    assert gaps is not None
    np.testing.assert_array_equal(gaps.open, [94.0, NAN, NAN])
