"""Trade state from fills, and protective levels from trade state, by hand."""

import numpy as np
import pytest
from tests.unit.kernels.made import NAN, floats, ints
from tests.unit.kernels.trade_state import NO_SKIP, Desk, Fill, holding

from tidegate.kernels.levels import AVERAGE, HELD, STOP_LOSS, TRAILING, WATER_MARK, record_fills


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


def test_a_rule_that_takes_over_at_the_same_level_is_told() -> None:
    desk = holding(stop_loss=0.05, trailing=0.10, best=110.0)
    desk.level(110.0, NAN, NAN)
    assert (desk.stop[0], desk.rule[0]) == (99.0, TRAILING)
    desk.state[AVERAGE, 0] = 99.0 / 0.95
    assert desk.level(NAN, NAN, NAN)
    assert (desk.stop[0], desk.rule[0]) == (99.0, STOP_LOSS)
