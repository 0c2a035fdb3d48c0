"""Trade state from fills, and protective levels from trade state."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import NAN, assert_forms_agree, floats, ints

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.kernels.levels import (
    AVERAGE,
    HELD,
    STOP_LOSS,
    TRAILING,
    WATER_MARK,
    protective_levels,
    record_fills,
)

ASSETS = 3
NO_SKIP = -2


class Fill(NamedTuple):
    asset: int
    quantity: float
    price: float


@dataclass
class Desk:
    """Trade state of a few assets and the levels last written."""

    rules: FloatArray = field(default_factory=lambda: floats(NAN, NAN, NAN))
    state: FloatArray = field(default_factory=lambda: np.array([[0.0] * ASSETS, [NAN] * ASSETS, [NAN] * ASSETS]))
    opened: IntArray = field(default_factory=lambda: np.full(ASSETS, -1))
    stop: FloatArray = field(default_factory=lambda: np.full(ASSETS, NAN))
    take: FloatArray = field(default_factory=lambda: np.full(ASSETS, NAN))
    unseen: IntArray = field(default_factory=lambda: np.full(ASSETS, -1))
    rule: IntArray = field(default_factory=lambda: np.zeros(ASSETS, np.int64))

    def record(self, fills: Sequence[Fill], seq: int, *, after_open: bool = False) -> bool:
        return record_fills(*self.recorded(fills, seq, after_open=after_open))

    def recorded(
        self, fills: Sequence[Fill], seq: int, *, after_open: bool = False
    ) -> tuple[int, IntArray, FloatArray, FloatArray, int, bool, FloatArray, IntArray, IntArray]:
        columns = [list(column) for column in zip(*fills, strict=True)] or [[], [], []]
        asset, quantity, price = ints(*columns[0]), floats(*columns[1]), floats(*columns[2])
        return len(fills), asset, quantity, price, seq, after_open, self.state, self.opened, self.unseen

    def level(self, *highs: float, lows: Sequence[float] = (NAN,) * ASSETS, skip: int = NO_SKIP) -> bool:
        return protective_levels(
            ended(highs, lows), skip, self.unseen, self.rules, self.state, self.stop, self.take, self.rule
        )


def ended(highs: Sequence[float], lows: Sequence[float]) -> FloatArray:
    """Bars of which only highs and lows are looked at."""
    bars = np.full((5, ASSETS), NAN)
    bars[1], bars[2] = highs, lows
    return freeze(bars)


def holding(
    *, average: float = 100.0, best: float = 100.0, opened: int = 0, held: float = 10.0, **rules: float
) -> Desk:
    """Ten units of asset 0, and the fractions of the rules that are on."""
    desk = Desk(floats(*(rules.get(name, NAN) for name in ("stop_loss", "take_profit", "trailing"))))
    desk.state[:, 0] = held, average, best
    desk.opened[0] = desk.unseen[0] = opened
    return desk


@pytest.mark.parametrize(
    # fills of asset 0 at barriers 0, 1, 2 ...         held   average   best        opened
    ("fills", "held", "average", "best", "opened"),
    [
        ([(10.0, 20.0)],                               10.0,  20.0,     20.0,       0),
        ([(10.0, 20.0), (30.0, 40.0)],                 40.0,  35.0,     40.0,       0),  # (200 + 1200) / 40
        ([(10.0, 20.0), (30.0, 12.0)],                 40.0,  14.0,     20.0,       0),  # a cheaper entry raises none
        ([(10.0, 20.0), (-4.0, 50.0)],                 6.0,   20.0,     20.0,       0),  # a reduction changes neither
        ([(10.0, 20.0), (-10.0, 50.0)],                0.0,   NAN,      NAN,        -1),
        ([(10.0, 20.0), (-10.0, 50.0), (5.0, 30.0)],   5.0,   30.0,     30.0,       2),  # anew, from its own entry
        ([(1.0, 20.0), (-1.0 + 5e-10, 50.0)],          0.0,   NAN,      NAN,        -1),  # dust is flat
        ([(1.0, 20.0), (-1.0 + 2e-9, 50.0)],           2e-9,  20.0,     20.0,       0),
        ([(-10.0, 20.0)],                              -10.0, 20.0,     20.0,       0),  # sold short
        ([(-10.0, 20.0), (-30.0, 40.0)],               -40.0, 35.0,     20.0,       0),  # the best price is the lowest
        ([(-10.0, 20.0), (-30.0, 12.0)],               -40.0, 14.0,     12.0,       0),
        ([(-10.0, 20.0), (4.0, 5.0)],                  -6.0,  20.0,     20.0,       0),  # bought back in part
        ([(-10.0, 20.0), (10.0, 5.0)],                 0.0,   NAN,      NAN,        -1),
        ([(-1.0, 20.0), (1.0 - 5e-10, 5.0)],           0.0,   NAN,      NAN,        -1),
        ([(10.0, 20.0), (-10.0, 30.0), (-5.0, 31.0)],  -5.0,  31.0,     31.0,       2),  # turned round in two fills
        ([(10.0, 20.0), (-15.0, 30.0)],                -5.0,  30.0,     30.0,       1),  # and in one
        ([(-10.0, 20.0), (15.0, 30.0)],                5.0,   30.0,     30.0,       1),
    ],
)  # fmt: skip
def test_fills_make_the_trade_state(
    fills: list[tuple[float, float]], held: float, average: float, best: float, opened: int
) -> None:
    desk = Desk()
    for seq, (quantity, price) in enumerate(fills):
        desk.record([Fill(0, quantity, price)], seq)
    assert desk.state[:, 0] == pytest.approx([held, average, best], rel=1e-6, nan_ok=True)
    assert desk.opened.tolist() == [opened, -1, -1]
    assert np.isnan(desk.state[1:, 1:]).all()


def test_fills_of_one_batch_are_taken_in_their_order() -> None:
    desk = Desk()
    desk.record([Fill(1, 10.0, 20.0), Fill(2, 1.0, 7.0), Fill(1, -10.0, 21.0), Fill(1, 4.0, 22.0)], 5)
    assert desk.state[:, 1].tolist() == [4.0, 22.0, 22.0]
    assert desk.state[:, 2].tolist() == [1.0, 7.0, 7.0]
    assert desk.opened.tolist() == [-1, 5, 5]


@pytest.mark.parametrize(
    ("fills", "entered"),
    [
        ([], False),
        ([(0, -4.0)], False),
        ([(0, -10.0)], False),
        ([(0, 1.0)], True),
        ([(1, 1.0), (0, -4.0)], True),
        ([(1, -1.0)], True),
        ([(0, -10.0), (0, -1.0)], True),
        ([(0, -11.0)], True),
    ],
)
def test_an_entry_is_told_from_reductions(fills: list[tuple[int, float]], entered: bool) -> None:
    assert holding().record([Fill(asset, quantity, 100.0) for asset, quantity in fills], 3) is entered


def test_only_the_counted_fills_are_taken() -> None:
    desk = Desk()
    columns = ints(0, 1), floats(1.0, 1.0), floats(9.0, 9.0)
    record_fills(1, *columns, 0, False, desk.state, desk.opened, desk.unseen)
    assert desk.state[HELD].tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    # average and high water are 100 before the bar      stop    take    rule of the stop
    ("rules", "high", "stop", "take", "rule"),
    [
        ({},                                       105.0,  NAN,    NAN,    STOP_LOSS),
        ({"stop_loss": 0.05},                      105.0,  95.0,   NAN,    STOP_LOSS),
        ({"take_profit": 0.15},                    105.0,  NAN,    115.0,  STOP_LOSS),
        ({"trailing": 0.1},                        105.0,  94.5,   NAN,    TRAILING),
        ({"trailing": 0.1},                        99.0,   90.0,   NAN,    TRAILING),   # a lower high lowers nothing
        ({"trailing": 0.1},                        NAN,    90.0,   NAN,    TRAILING),   # neither does no bar
        ({"stop_loss": 0.05, "trailing": 0.1},     105.0,  95.0,   NAN,    STOP_LOSS),  # the higher stop counts
        ({"stop_loss": 0.05, "trailing": 0.1},     110.0,  99.0,   NAN,    TRAILING),
        ({"stop_loss": 0.05, "trailing": 0.05},    100.0,  95.0,   NAN,    STOP_LOSS),  # the stop loss wins a tie
        ({"stop_loss": 0.05, "take_profit": 0.15, "trailing": 0.07}, 120.0, 111.6, 115.0, TRAILING),
    ],
)  # fmt: skip
def test_levels_of_a_long_follow_from_its_average_and_its_highest_price(
    rules: dict[str, float], high: float, stop: float, take: float, rule: int
) -> None:
    desk = holding(**rules)  # type: ignore[arg-type]  # the names are those of rules
    desk.level(high, 500.0, NAN)
    assert desk.stop.tolist() == pytest.approx([stop, NAN, NAN], nan_ok=True)
    assert desk.take.tolist() == pytest.approx([take, NAN, NAN], nan_ok=True)
    assert desk.rule[0] == rule
    assert np.isnan(desk.state[1:, 1:]).all()  # what is not held has no high-water mark


@pytest.mark.parametrize(
    # average and lowest price are 100 before the bar    stop    take    rule of the stop
    ("rules", "low", "stop", "take", "rule"),
    [
        ({},                                       95.0,   NAN,    NAN,    STOP_LOSS),
        ({"stop_loss": 0.05},                      95.0,   105.0,  NAN,    STOP_LOSS),
        ({"take_profit": 0.15},                    95.0,   NAN,    85.0,   STOP_LOSS),
        ({"trailing": 0.1},                        95.0,   104.5,  NAN,    TRAILING),
        ({"trailing": 0.1},                        101.0,  110.0,  NAN,    TRAILING),   # a higher low raises nothing
        ({"trailing": 0.1},                        NAN,    110.0,  NAN,    TRAILING),   # neither does no bar
        ({"stop_loss": 0.05, "trailing": 0.1},     97.0,   105.0,  NAN,    STOP_LOSS),  # the lower stop counts
        ({"stop_loss": 0.05, "trailing": 0.1},     90.0,   99.0,   NAN,    TRAILING),
        ({"stop_loss": 0.05, "trailing": 0.05},    100.0,  105.0,  NAN,    STOP_LOSS),  # the stop loss wins a tie
        ({"take_profit": 1.5},                     95.0,   NAN,    -50.0,  STOP_LOSS),  # no price is so low
        ({"stop_loss": 0.05, "take_profit": 0.15, "trailing": 0.07}, 80.0, 85.6, 85.0, TRAILING),
    ],
)  # fmt: skip
def test_levels_of_a_short_follow_from_its_average_and_its_lowest_price(
    rules: dict[str, float], low: float, stop: float, take: float, rule: int
) -> None:
    desk = holding(held=-10.0, **rules)  # type: ignore[arg-type]  # the names are those of rules
    desk.level(500.0, 500.0, NAN, lows=[low, 1.0, NAN])
    assert desk.stop.tolist() == pytest.approx([stop, NAN, NAN], nan_ok=True)
    assert desk.take.tolist() == pytest.approx([take, NAN, NAN], nan_ok=True)
    assert desk.rule[0] == rule


@pytest.mark.parametrize(
    ("opened", "skip", "high", "low"),
    [
        (3, 3,       100.0,  100.0),  # entered at that bar's close, saw none of it
        (2, 3,       120.0,  80.0),
        (3, NO_SKIP, 120.0,  80.0),
    ],
)  # fmt: skip
def test_a_position_entered_at_the_close_is_not_moved_by_that_bar(
    opened: int, skip: int, high: float, low: float
) -> None:
    for held, best, stop in ((10.0, high, 0.9 * high), (-10.0, low, 1.1 * low)):
        desk = holding(opened=opened, trailing=0.1, held=held)
        desk.level(120.0, NAN, NAN, lows=[80.0, NAN, NAN], skip=skip)
        assert desk.state[WATER_MARK, 0] == best
        assert desk.stop[0] == pytest.approx(stop)


@pytest.mark.parametrize(
    # ten units held since before; fills after the open of bar 3, which went from 80 to 120     best price after it
    ("fills", "best"),
    [
        ([(-4.0, 100.0)],                  120.0),  # what was held saw all of it
        ([(-10.0, 100.0), (5.0, 101.0)],   101.0),  # closed and entered anew: nothing
        ([(-10.0, 100.0), (-5.0, 101.0)],  101.0),  # turned round: nothing
        ([(-15.0, 100.0)],                 100.0),
    ],
)  # fmt: skip
def test_what_is_opened_anew_within_a_bar_saw_nothing_of_it(fills: list[tuple[float, float]], best: float) -> None:
    desk = holding(opened=2)
    desk.record([Fill(0, *fill) for fill in fills], 3, after_open=True)
    desk.level(120.0, NAN, NAN, lows=[80.0, NAN, NAN], skip=3)
    assert desk.state[WATER_MARK, 0] == best


def test_a_change_of_any_level_is_told_once() -> None:
    desk = holding(stop_loss=0.05, take_profit=0.1, trailing=0.02)
    assert desk.level(100.0, NAN, NAN)  # from none to some
    assert not desk.level(100.0, NAN, NAN)
    assert desk.level(100.5, NAN, NAN)  # the trailing stop moves
    assert not desk.level(100.2, NAN, NAN)
    desk.state[AVERAGE, 0] = 99.0
    assert desk.level(NAN, NAN, NAN)  # the profit level moves
    desk.record([Fill(0, -10.0, 100.0)], 4)
    assert desk.level(NAN, NAN, NAN)  # from some to none
    assert not desk.level(NAN, NAN, NAN)
    assert np.isnan(desk.stop).all()
    assert np.isnan(desk.take).all()


def test_a_change_of_the_last_asset_is_told() -> None:
    desk = Desk(floats(NAN, 0.1, NAN))
    desk.record([Fill(2, 1.0, 10.0)], 0)
    assert desk.level(NAN, NAN, NAN)
    assert desk.take.tolist() == pytest.approx([NAN, NAN, 11.0], nan_ok=True)


Barrier = tuple[list[Fill], list[float], list[float]]


@st.composite
def lives(draw: st.DrawFn) -> list[Barrier]:
    """Barriers: fills that never cross zero, and the highs and lows of the bar."""
    held = [0.0] * ASSETS
    life = []
    prices = st.integers(1, 199).map(float) | st.floats(1.0, 199.0)
    for _ in range(draw(st.integers(1, 8))):
        fills = []
        for _ in range(draw(st.integers(0, 3))):
            asset = draw(st.integers(0, ASSETS - 1))
            quantity = draw(st.integers(-9, 9).filter(bool).map(float))
            if held[asset] * quantity < 0.0 and abs(quantity) > abs(held[asset]):
                quantity = -held[asset]
            held[asset] += quantity
            fills.append(Fill(asset, quantity, draw(prices)))
        bars = [sorted((draw(prices), draw(prices))) if draw(st.booleans()) else [NAN, NAN] for _ in range(ASSETS)]
        life.append((fills, [high for _, high in bars], [low for low, _ in bars]))
    return life


rule_sets = st.tuples(*[st.sampled_from([NAN, 0.01, 0.05, 0.2])] * 3).map(lambda rules: floats(*rules))


class Naive:
    """One asset: every entry since it was opened from flat, the exact average of them, the best price seen."""

    def __init__(self) -> None:
        self.held = Fraction(0)
        self.average = Fraction(0)
        self.best = 0.0
        self.opened = -1
        self.unseen = -1

    def fill(self, fill: Fill, seq: int, *, after_open: bool) -> None:
        size, price = Fraction(fill.quantity), Fraction(fill.price)
        if size * self.held >= 0:
            if self.held == 0:
                self.average, self.best, self.opened = price, fill.price, seq
                self.unseen = seq if after_open else -1
            self.average = (self.average * self.held + price * size) / (self.held + size)
            self.best = max(self.best, fill.price) if size > 0 else min(self.best, fill.price)
        self.held += size
        if self.held == 0:
            self.opened = -1

    def see(self, high: float, low: float, seq: int) -> None:
        if not self.held or high != high or self.unseen == seq:
            return
        self.best = max(self.best, high) if self.held > 0 else min(self.best, low)

    def levels(self, rules: list[float]) -> tuple[float, float]:
        if not self.held:
            return NAN, NAN
        side = 1.0 if self.held > 0 else -1.0
        stop_loss, take_profit, trailing = rules
        stops = [float(self.average) * (1.0 - side * stop_loss), self.best * (1.0 - side * trailing)]
        stops = [stop for stop in stops if stop == stop]
        nearest = NAN if not stops else max(stops) if side > 0 else min(stops)
        return nearest, float(self.average) * (1.0 + side * take_profit)


def told(desk: Desk) -> FloatArray:
    """Levels, and the rule of each stop that there is."""
    return np.array([desk.stop, desk.take, np.where(np.isnan(desk.stop), NAN, desk.rule)])


@given(lives(), rule_sets, st.booleans())
def test_levels_are_those_of_a_naive_life_of_each_position(
    life: list[Barrier], rules: FloatArray, after_open: bool
) -> None:
    desk, naive = Desk(rules), [Naive() for _ in range(ASSETS)]
    for seq, (fills, highs, lows) in enumerate(life):
        before = told(desk)
        at_open, later = (fills, []) if not after_open else (fills[:1], fills[1:])
        desk.record(at_open, seq)
        desk.record(later, seq, after_open=True)
        for fill in at_open:
            naive[fill.asset].fill(fill, seq, after_open=False)
        for fill in later:
            naive[fill.asset].fill(fill, seq, after_open=True)
        changed = desk.level(*highs, lows=lows, skip=seq)
        for one, high, low in zip(naive, highs, lows, strict=True):
            one.see(high, low, seq)
        assert desk.state[HELD].tolist() == [float(one.held) for one in naive]
        assert desk.opened.tolist() == [one.opened for one in naive]
        want = [list(level) for level in zip(*(one.levels(rules.tolist()) for one in naive), strict=True)]
        assert [desk.stop.tolist(), desk.take.tolist()] == [pytest.approx(level, nan_ok=True) for level in want]
        assert changed == (not np.array_equal(before, told(desk), equal_nan=True))


@given(lives(), rule_sets)
def test_water_marks_never_go_back_while_the_position_lives(life: list[Barrier], rules: FloatArray) -> None:
    desk = Desk(rules)
    for seq, (fills, highs, lows) in enumerate(life):
        for fill in fills:
            before, opened = desk.state.copy(), desk.opened.copy()
            desk.record([fill], seq)
            assert_no_way_back(desk, before, (opened == desk.opened) & (before[HELD] * desk.state[HELD] > 0.0))
        before = desk.state.copy()
        desk.level(*highs, lows=lows)
        assert_no_way_back(desk, before, desk.state[HELD] != 0.0)
        side = np.sign(desk.state[HELD])
        gone = side * (desk.state[WATER_MARK] - desk.state[AVERAGE] * (1.0 - side * 1e-12))
        assert (gone[side != 0.0] >= 0.0).all()


def assert_no_way_back(desk: Desk, before: FloatArray, alive: BoolArray) -> None:
    moved = np.sign(desk.state[HELD]) * (desk.state[WATER_MARK] - before[WATER_MARK])
    assert (moved[alive] >= 0.0).all()


MIRROR = 1024.0
"""Prices p become MIRROR - p, exactly where they are whole numbers."""


@given(lives())
def test_the_state_of_a_short_is_that_of_a_long_in_the_mirror(life: list[Barrier]) -> None:
    desk, mirrored = Desk(), Desk()
    for seq, (fills, highs, lows) in enumerate(life):
        whole = [fill._replace(price=float(round(fill.price))) for fill in fills]
        highs, lows = np.round(highs).tolist(), np.round(lows).tolist()
        desk.record(whole, seq)
        mirrored.record([Fill(one.asset, -one.quantity, MIRROR - one.price) for one in whole], seq)
        desk.level(*highs, lows=lows)
        mirrored.level(*(MIRROR - low for low in lows), lows=[MIRROR - high for high in highs])
        assert (desk.state[HELD] == -mirrored.state[HELD]).all()
        assert np.array_equal(desk.state[WATER_MARK], MIRROR - mirrored.state[WATER_MARK], equal_nan=True)
        assert (MIRROR - mirrored.state[AVERAGE]).tolist() == pytest.approx(desk.state[AVERAGE].tolist(), nan_ok=True)
        assert (desk.opened == mirrored.opened).all()


@given(lives(), rule_sets, st.booleans())
def test_compiled_levels_agree_bit_for_bit(life: list[Barrier], rules: FloatArray, after_open: bool) -> None:
    desk = Desk(rules)
    for seq, (fills, highs, lows) in enumerate(life):
        assert_forms_agree(record_fills, *desk.recorded(fills, seq, after_open=after_open))
        desk.record(fills, seq, after_open=after_open)
        assert_forms_agree(
            protective_levels,
            ended(highs, lows), seq, desk.unseen, desk.rules, desk.state, desk.stop, desk.take, desk.rule,
        )  # fmt: skip
        desk.level(*highs, lows=lows, skip=seq)


def test_a_rule_that_takes_over_at_the_same_level_is_told() -> None:
    desk = holding(stop_loss=0.05, trailing=0.10, best=110.0)
    desk.level(110.0, NAN, NAN)
    assert (desk.stop[0], desk.rule[0]) == (99.0, TRAILING)
    desk.state[AVERAGE, 0] = 99.0 / 0.95
    assert desk.level(NAN, NAN, NAN)
    assert (desk.stop[0], desk.rule[0]) == (99.0, STOP_LOSS)
