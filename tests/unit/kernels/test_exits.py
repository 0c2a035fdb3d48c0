"""Protective levels against one bar: by hand, and what no exit may do."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.kernels.desk import ASSETS, NO_BAR, A, B, C, Cancel, Desk, Order, desks
from tests.unit.kernels.made import MICRO, NAN, assert_forms_agree, costs, floats, ints

from tidegate.core.enums import Reason
from tidegate.kernels import books as ledger
from tidegate.kernels import exits
from tidegate.kernels.conditions import HIGH_FIRST, LOW_FIRST, NEAREST_TO_OPEN, OPTIMISTIC, PESSIMISTIC
from tidegate.kernels.entries import CANCEL_SOURCE
from tidegate.kernels.exits import NOTHING_REACHED, REACHED_AT_OPEN, REACHED_LATER

STOP_RULES, TAKE_RULES = (10, 11, 12), (20, 21, 22)


@pytest.mark.parametrize(
    # open, high, low, close of A, of which one unit is held
    ("bar", "stop", "take", "reached"),
    [
        ((100.0, 105.0, 95.0, 100.0),  90.0,   110.0,  NOTHING_REACHED),
        ((100.0, 105.0, 95.0, 100.0),  NAN,    NAN,    NOTHING_REACHED),
        ((100.0, 105.0, 95.0, 100.0),  95.0,   NAN,    REACHED_LATER),    # touched is reached
        ((100.0, 105.0, 95.0, 100.0),  NAN,    105.0,  REACHED_LATER),
        ((100.0, 105.0, 95.0, 100.0),  100.0,  NAN,    REACHED_AT_OPEN),
        ((100.0, 105.0, 95.0, 100.0),  NAN,    100.0,  REACHED_AT_OPEN),
        ((100.0, 105.0, 95.0, 100.0),  101.0,  NAN,    REACHED_AT_OPEN),
        ((100.0, 105.0, 95.0, 100.0),  NAN,    99.0,   REACHED_AT_OPEN),
        ((NAN, NAN, NAN, NAN),         101.0,  99.0,   NOTHING_REACHED),
    ],
)  # fmt: skip
def test_a_level_is_reached_at_the_open_later_or_not(
    bar: tuple[float, ...], stop: float, take: float, reached: int
) -> None:
    bars = np.array([[*bar, 1.0], [*bar, 1.0]]).T
    levels = floats(stop, stop), floats(take, take)
    for held in ((1.0, 0.0), (0.0, 1.0)):
        assert exits.levels_reached(bars, *levels, np.array([held])) == reached
    assert exits.levels_reached(bars, *levels, np.array([(0.0, 0.0)])) == NOTHING_REACHED


@pytest.mark.parametrize(
    # open, high, low, close of A, of which one unit is short
    ("bar", "stop", "take", "reached"),
    [
        ((100.0, 105.0, 95.0, 100.0),  110.0,  90.0,   NOTHING_REACHED),
        ((100.0, 105.0, 95.0, 100.0),  NAN,    NAN,    NOTHING_REACHED),
        ((100.0, 105.0, 95.0, 100.0),  105.0,  NAN,    REACHED_LATER),    # touched is reached
        ((100.0, 105.0, 95.0, 100.0),  NAN,    95.0,   REACHED_LATER),
        ((100.0, 105.0, 95.0, 100.0),  100.0,  NAN,    REACHED_AT_OPEN),
        ((100.0, 105.0, 95.0, 100.0),  NAN,    100.0,  REACHED_AT_OPEN),
        ((100.0, 105.0, 95.0, 100.0),  99.0,   NAN,    REACHED_AT_OPEN),
        ((100.0, 105.0, 95.0, 100.0),  NAN,    101.0,  REACHED_AT_OPEN),
        ((100.0, 105.0, 95.0, 100.0),  NAN,    -5.0,   NOTHING_REACHED),  # a profit of more than all there is
        ((NAN, NAN, NAN, NAN),         99.0,   101.0,  NOTHING_REACHED),
    ],
)  # fmt: skip
def test_the_levels_of_a_short_lie_the_other_way_round(
    bar: tuple[float, ...], stop: float, take: float, reached: int
) -> None:
    bars = np.array([[*bar, 1.0], [*bar, 1.0]]).T
    for held in ((-1.0, 0.0), (0.0, -1.0)):
        assert exits.levels_reached(bars, floats(stop, stop), floats(take, take), np.array([held])) == reached


def test_the_open_counts_before_what_another_asset_does_later() -> None:
    bars = np.array([[100.0, 105.0, 95.0, 100.0, 1.0], [100.0, 105.0, 95.0, 100.0, 1.0]]).T
    for stop in (floats(95.0, 100.0), floats(100.0, 95.0)):
        assert exits.levels_reached(bars, stop, floats(NAN, NAN), np.array([[1.0, 1.0]])) == REACHED_AT_OPEN


def exit_arguments(
    desk: Desk,
    bars: Sequence[Sequence[float]],
    stop: Sequence[float],
    take: Sequence[float],
    at_open: bool,
    policy: int = PESSIMISTIC,
) -> tuple[object, ...]:
    levels = floats(*stop), floats(*take), ints(*STOP_RULES), ints(*TAKE_RULES)
    return 1, at_open, np.array(bars).T, *levels, policy, False, desk.books, desk.rows


def leave(
    desk: Desk, bars: Sequence[Sequence[float]], stop: Sequence[float], take: Sequence[float], *, at_open: bool = False
) -> int:
    called = exit_arguments(desk, bars, stop, take, at_open)
    return exits.exit_at_levels(*called)  # type: ignore[arg-type]  # the tuple is shared with the compiled form


def clashes(desk: Desk) -> list[int]:
    found: list[int] = desk.rows.clashes[: desk.total(ledger.N_CLASHES)].tolist()
    return found


@pytest.mark.parametrize(
    # open, high, low of A; slippage 1 %                 at the open  in the bar  by
    ("bar", "stop", "take", "at_open", "price", "rule", "clash"),
    [
        ((100.0, 105.0, 95.0),  90.0,   110.0,  False,  None,   None,  False),
        ((100.0, 105.0, 95.0),  96.0,   110.0,  False,  95.04,  10,    False),  # at the stop, less slippage
        ((100.0, 105.0, 95.0),  95.0,   110.0,  False,  94.05,  10,    False),  # touched is reached
        ((100.0, 105.0, 95.0),  90.0,   104.0,  False,  104.0,  20,    False),  # a limit does not slip
        ((100.0, 105.0, 95.0),  90.0,   105.0,  False,  105.0,  20,    False),
        ((100.0, 105.0, 95.0),  96.0,   104.0,  False,  95.04,  10,    True),   # both: the worse, and it is told
        ((94.0,  97.0,  93.0),  96.0,   110.0,  False,  93.06,  10,    False),  # beyond the stop: at the open
        ((106.0, 108.0, 104.0), 90.0,   104.0,  False,  106.0,  20,    False),  # beyond the profit level: at the open
        ((94.0,  97.0,  93.0),  96.0,   110.0,  True,   93.06,  10,    False),
        ((96.0,  97.0,  93.0),  96.0,   110.0,  True,   95.04,  10,    False),
        ((106.0, 108.0, 104.0), 90.0,   104.0,  True,   106.0,  20,    False),
        ((104.0, 108.0, 104.0), 90.0,   104.0,  True,   104.0,  20,    False),
        ((100.0, 105.0, 95.0),  96.0,   104.0,  True,   None,   None,  False),  # the rest of the bar is not looked at
        ((100.0, 105.0, 95.0),  101.0,  99.0,   True,   99.0,   10,    False),  # at one price there is no doubt
        ((100.0, 105.0, 95.0),  NAN,    104.0,  False,  104.0,  20,    False),
        ((100.0, 105.0, 95.0),  96.0,   NAN,    False,  95.04,  10,    False),
        ((100.0, 105.0, 95.0),  NAN,    NAN,    False,  None,   None,  False),
        ((NAN,   NAN,   NAN),   96.0,   104.0,  False,  None,   None,  False),
        ((NAN,   NAN,   NAN),   96.0,   104.0,  True,   None,   None,  False),
    ],
)  # fmt: skip
def test_a_position_leaves_at_its_level_or_at_an_open_beyond_it(
    bar: tuple[float, float, float],
    stop: float,
    take: float,
    at_open: bool,
    price: float | None,
    rule: int | None,
    clash: bool,
) -> None:
    desk = Desk(held=(5.0, 0.0, 0.0), charged=costs(slip=0.01))
    bars = [[*bar, 100.0, 1.0], NO_BAR, NO_BAR]
    count = leave(desk, bars, [stop, NAN, NAN], [take, NAN, NAN], at_open=at_open)
    if price is None or rule is None:
        assert (count, desk.fills(), desk.quantities()[A]) == (0, [], 5.0)
    else:
        (fill,) = desk.fills()
        assert (count, fill.order_id, fill.quantity, fill.source) == (1, 0, -5.0, -1 - rule)
        assert fill.price == pytest.approx(price, rel=1e-15)
        assert desk.quantities()[A] == 0.0
    assert clashes(desk) == [A] * clash


@pytest.mark.parametrize(
    # open, high, low of A; slippage 1 %                 at the open  in the bar  by
    ("bar", "stop", "take", "at_open", "price", "rule", "clash"),
    [
        ((100.0, 105.0, 95.0),  110.0,  90.0,   False,  None,   None,  False),
        ((100.0, 105.0, 95.0),  104.0,  90.0,   False,  105.04, 10,    False),  # at the stop, and slippage
        ((100.0, 105.0, 95.0),  105.0,  90.0,   False,  106.05, 10,    False),  # touched is reached
        ((100.0, 105.0, 95.0),  110.0,  96.0,   False,  96.0,   20,    False),  # a limit does not slip
        ((100.0, 105.0, 95.0),  110.0,  95.0,   False,  95.0,   20,    False),
        ((100.0, 105.0, 95.0),  104.0,  96.0,   False,  105.04, 10,    True),   # both: the worse, and it is told
        ((106.0, 107.0, 103.0), 104.0,  90.0,   False,  107.06, 10,    False),  # beyond the stop: at the open
        ((94.0,  96.0,  92.0),  110.0,  96.0,   False,  94.0,   20,    False),  # beyond the profit level: at the open
        ((106.0, 107.0, 103.0), 104.0,  90.0,   True,   107.06, 10,    False),
        ((104.0, 107.0, 103.0), 104.0,  90.0,   True,   105.04, 10,    False),
        ((94.0,  96.0,  92.0),  110.0,  96.0,   True,   94.0,   20,    False),
        ((96.0,  96.0,  92.0),  110.0,  96.0,   True,   96.0,   20,    False),
        ((100.0, 105.0, 95.0),  104.0,  96.0,   True,   None,   None,  False),  # the rest of the bar is not looked at
        ((100.0, 105.0, 95.0),  99.0,   101.0,  True,   101.0,  10,    False),  # at one price there is no doubt
        ((100.0, 105.0, 95.0),  NAN,    96.0,   False,  96.0,   20,    False),
        ((100.0, 105.0, 95.0),  104.0,  NAN,    False,  105.04, 10,    False),
        ((100.0, 105.0, 95.0),  NAN,    NAN,    False,  None,   None,  False),
        ((NAN,   NAN,   NAN),   104.0,  96.0,   False,  None,   None,  False),
        ((NAN,   NAN,   NAN),   104.0,  96.0,   True,   None,   None,  False),
    ],
)  # fmt: skip
def test_a_short_is_bought_back_at_its_level_or_at_an_open_beyond_it(
    bar: tuple[float, float, float],
    stop: float,
    take: float,
    at_open: bool,
    price: float | None,
    rule: int | None,
    clash: bool,
) -> None:
    desk = Desk(held=(-5.0, 0.0, 0.0), charged=costs(slip=0.01))
    bars = [[*bar, 100.0, 1.0], NO_BAR, NO_BAR]
    count = leave(desk, bars, [stop, NAN, NAN], [take, NAN, NAN], at_open=at_open)
    if price is None or rule is None:
        assert (count, desk.fills(), desk.quantities()[A]) == (0, [], -5.0)
    else:
        (fill,) = desk.fills()
        assert (count, fill.order_id, fill.quantity, fill.source) == (1, 0, 5.0, -1 - rule)
        assert fill.price == pytest.approx(price, rel=1e-15)
        assert desk.quantities()[A] == 0.0
    assert clashes(desk) == [A] * clash


NEARER_HIGH, NEARER_LOW, EVEN = (100.0, 104.0, 95.0), (100.0, 105.0, 96.0), (100.0, 105.0, 95.0)


@pytest.mark.parametrize(
    # the bar touches both levels                  long takes   short takes the profit
    ("policy", "bar", "long", "short"),
    [
        (PESSIMISTIC,      EVEN,         False,  False),
        (OPTIMISTIC,       EVEN,         True,   True),
        (HIGH_FIRST,       EVEN,         True,   False),
        (LOW_FIRST,        EVEN,         False,  True),
        (NEAREST_TO_OPEN,  NEARER_HIGH,  True,   False),
        (NEAREST_TO_OPEN,  NEARER_LOW,   False,  True),
        (NEAREST_TO_OPEN,  EVEN,         False,  True),  # of two that are as near the low comes first
    ],
)  # fmt: skip
def test_the_path_decides_between_two_levels(
    policy: int, bar: tuple[float, float, float], long: bool, short: bool
) -> None:
    bars = [[*bar, 100.0, 1.0], [*bar, 100.0, 1.0], NO_BAR]
    desk = Desk(held=(5.0, -5.0, 0.0))
    called = exit_arguments(desk, bars, [97.0, 103.0, NAN], [103.0, 97.0, NAN], False, policy)
    assert exits.exit_at_levels(*called) == 2  # type: ignore[arg-type]  # the tuple is shared
    assert [fill.price for fill in desk.fills()] == [103.0 if long else 97.0, 97.0 if short else 103.0]
    assert clashes(desk) == [A, B]


def test_exits_go_by_column_and_their_orders_are_counted_through_the_run() -> None:
    bar = [100.0, 105.0, 95.0, 100.0, 1.0]
    desk = Desk(held=(1.0, 0.0, 3.0))
    assert leave(desk, [bar] * 3, [96.0] * 3, [110.0, 104.0, 104.0]) == 2
    assert [(fill.order_id, fill.asset, fill.source) for fill in desk.fills()] == [(0, A, -11), (1, C, -13)]
    assert clashes(desk) == [C]  # B touched both as well, but is not held
    desk.meet([Order(7, B, 2.0)], [NAN, 100.0, NAN])
    assert leave(desk, [bar] * 3, [90.0] * 3, [104.0] * 3) == 1
    assert desk.fills()[-1][:3] == (2, B, -2.0)
    assert desk.total(ledger.EXITS_MADE) == 3


@pytest.mark.parametrize(
    # a unit leaves at 3 with a fee of 5
    ("cash", "left"),
    [(2 * MICRO, 0.0), (2 * MICRO - 1, 1.0)],
)
def test_an_exit_that_cannot_pay_its_commission_is_canceled_aloud(cash: int, left: float) -> None:
    desk = Desk(cash=cash, held=(0.0, 1.0, 0.0), charged=costs(minimum=5.0))
    bar = [4.0, 5.0, 2.0, 4.0, 1.0]
    assert leave(desk, [bar] * 3, [3.0] * 3, [NAN] * 3) == int(left == 0.0)
    assert desk.quantities()[B] == left
    assert desk.total(ledger.EXITS_MADE) == 1
    if left:
        assert desk.cancels() == [Cancel(0, B, -1.0, Reason.CASH_SHORTAGE, -1e-6, 0.0)]
        assert desk.rows.cancels_i[CANCEL_SOURCE, 0] == -1 - STOP_RULES[B]


def test_an_exit_pays_for_the_commission_of_the_next() -> None:
    desk = Desk(cash=0, held=(1.0, 1.0, 0.0), charged=costs(minimum=5.0))
    bars = [[9.0, 9.0, 9.0, 9.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0], NO_BAR]
    assert leave(desk, bars, [9.0, 1.0, NAN], [NAN] * 3, at_open=True) == 2
    assert desk.total(ledger.CASH) == 0


@st.composite
def whole_bars(draw: st.DrawFn) -> list[list[float]]:
    """A bar per asset, or none: open, high, low, close, volume, with few different prices so that levels are met."""
    bars = []
    for _ in range(ASSETS):
        path = draw(st.lists(st.integers(90, 110).map(float), min_size=4, max_size=4))
        bar = [path[0], max(path), min(path), path[-1], 1.0]
        bars.append(bar if draw(st.integers(0, 5)) else list(NO_BAR))
    return bars


levels = st.lists(st.integers(90, 110).map(float) | st.just(NAN), min_size=ASSETS, max_size=ASSETS)


@given(desks, whole_bars(), levels, levels, st.booleans())
def test_no_exit_is_better_than_its_level_and_open_allow(
    desk: Desk, bars: list[list[float]], stop: list[float], take: list[float], at_open: bool
) -> None:
    before, reached = (
        desk.equity_at_cost,
        exits.levels_reached(np.array(bars).T, floats(*stop), floats(*take), desk.books.positions),
    )
    leave(desk, bars, stop, take, at_open=at_open)
    left = {fill.asset: fill for fill in desk.fills()} | {one.asset: one for one in desk.cancels()}
    for asset, (opened, high, low, *_) in enumerate(bars):
        stopped = low <= stop[asset] if not at_open else opened <= stop[asset]
        taken = high >= take[asset] if not at_open else opened >= take[asset]
        assert (asset in left) == (desk.held[asset] > 0.0 and (stopped or taken))
    for fill in desk.fills():
        opened, high, low, *_ = bars[fill.asset]
        stopped = fill.source == -1 - STOP_RULES[fill.asset]
        best = min(stop[fill.asset], opened) * desk.charged[1] if stopped else max(take[fill.asset], opened)
        assert fill.price == best
        assert fill.quantity == -desk.held[fill.asset]
        assert low <= desk.rows.fills_f[ledger.FILL_REFERENCE, desk.fills().index(fill)] <= high
    if reached == NOTHING_REACHED:
        assert not left
    if at_open and left:
        assert reached == REACHED_AT_OPEN
    assert desk.total(ledger.CASH) >= 0
    assert desk.equity_at_cost == before + desk.total(ledger.REALIZED)


MIRROR = 200.0
MIRRORED_POLICY = {HIGH_FIRST: LOW_FIRST, LOW_FIRST: HIGH_FIRST}


@given(whole_bars(), levels, levels, st.booleans(), st.integers(PESSIMISTIC, NEAREST_TO_OPEN))
def test_a_short_leaves_as_a_long_does_in_the_mirror(
    bars: list[list[float]], stop: list[float], take: list[float], at_open: bool, policy: int
) -> None:
    # Of two extremes as near to the open the low comes first, in the mirror as well.
    assume(policy != NEAREST_TO_OPEN or all(high - first != first - low for first, high, low, *_ in bars))
    mirrored = [[MIRROR - bar[row] for row in (0, 2, 1, 3)] + [1.0] for bar in bars]
    longs, shorts = Desk(cash=10**12, held=(5.0, 7.0, 9.0)), Desk(cash=10**12, held=(-5.0, -7.0, -9.0))
    other_policy = MIRRORED_POLICY.get(policy, policy)
    exits.exit_at_levels(*exit_arguments(longs, bars, stop, take, at_open, policy))  # type: ignore[arg-type]  # as above
    levels_of_shorts = [MIRROR - level for level in stop], [MIRROR - level for level in take]
    called = exit_arguments(shorts, mirrored, *levels_of_shorts, at_open, other_policy)
    exits.exit_at_levels(*called)  # type: ignore[arg-type]  # as above
    assert shorts.fills() == [one._replace(quantity=-one.quantity, price=MIRROR - one.price) for one in longs.fills()]
    assert clashes(shorts) == clashes(longs)
    found = exits.levels_reached(np.array(bars).T, floats(*stop), floats(*take), np.array([[1.0] * ASSETS]))
    back = [floats(*level) for level in levels_of_shorts]
    assert exits.levels_reached(np.array(mirrored).T, back[0], back[1], np.array([[-1.0] * ASSETS])) == found


@given(desks, whole_bars(), levels, levels, st.booleans(), st.booleans())
def test_compiled_levels_agree_bit_for_bit(
    desk: Desk, bars: list[list[float]], stop: list[float], take: list[float], at_open: bool, short: bool
) -> None:
    if short:
        desk.books.positions[ledger.QUANTITY] *= -1.0
    columns = np.array(bars).T, floats(*stop), floats(*take)
    assert_forms_agree(exits.levels_reached, *columns, desk.books.positions)
    assert_forms_agree(exits.exit_at_levels, *exit_arguments(desk, bars, stop, take, at_open))
