"""Trade state and levels over whole lives of positions: naive ones, in the mirror, and in both forms."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import NAN, assert_forms_agree, floats
from tests.unit.kernels.trade_state import ASSETS, Desk, Fill, ended

from tidegate.core.arrays import BoolArray, FloatArray
from tidegate.kernels.levels import AVERAGE, HELD, WATER_MARK, protective_levels, record_fills

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
