"""Positions at the close: by hand, and against a naive sum in Python integers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels import made
from tests.unit.kernels.made import MICRO, NAN, UNWRITTEN, assert_forms_agree, rounded

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels import books as ledger
from tidegate.kernels.books import Books
from tidegate.kernels.marking import (
    BROKEN_BOOKS,
    CLOSED,
    MARKED_SIZE,
    NOW_ABSENT,
    NOW_EQUITY,
    NOW_GROSS,
    NOW_INITIAL,
    NOW_MAINTENANCE,
    NOW_STALE,
    NOW_UNREALIZED,
    TOO_MUCH,
    mark_account,
)

NO_BAR = (NAN,) * 4
SEQ = 5
BEFORE, THEN = 3, SEQ
"""When a position was opened: at an earlier barrier, at this one."""
OF_POSITIONS = [NOW_EQUITY, NOW_GROSS, NOW_UNREALIZED, NOW_STALE, NOW_ABSENT, NOW_INITIAL, NOW_MAINTENANCE]
"""What positions make of an account without cash."""


@dataclass(frozen=True)
class Position:
    held: float = 0.0
    mark: float = NAN
    cost: int = 0
    fees: int = 0
    opened: int = BEFORE
    worst: float = 100.0
    best: float = 100.0


@dataclass
class Marked:
    positions: FloatArray
    marked: IntArray

    @property
    def told(self) -> list[int]:
        figures: list[int] = self.marked[OF_POSITIONS].tolist()
        return figures

    def at(self, row: int) -> list[float]:
        values: list[float] = self.positions[row].tolist()
        return values


def arguments(
    positions: Sequence[Position], bars: Sequence[Sequence[float]], entered_at_close: bool
) -> tuple[int, int, IntArray, FloatArray, Books, IntArray]:
    books = made.books(0, len(positions))
    for column, one in enumerate(positions):
        books.positions[[ledger.QUANTITY, ledger.LOWEST, ledger.HIGHEST, ledger.MARK], column] = (
            one.held,
            one.worst,
            one.best,
            one.mark,
        )
        books.basis[:3, column] = one.cost, one.fees, one.opened
    block = np.array([[*bar, 1.0] for bar in bars]).T
    unseen = np.array([one.opened if entered_at_close else -1 for one in positions], np.int64)
    return SEQ, 0, unseen, block, books, np.full(MARKED_SIZE, UNWRITTEN)


def mark(positions: Sequence[Position], bars: Sequence[Sequence[float]], *, entered_at_close: bool = False) -> Marked:
    called = arguments(positions, bars, entered_at_close)
    mark_account(*called)
    return Marked(called[4].positions, called[5])


def test_values_are_rounded_each_and_summed() -> None:
    third = Position(held=1.0, cost=2 * MICRO, fees=7)
    marked = mark([third, third, Position()], [(1.0, 1.0, 1.0, 1.0 / 3)] * 3).marked
    assert marked[[NOW_EQUITY, NOW_GROSS]].tolist() == [666_666, 666_666]
    assert marked[NOW_UNREALIZED] == 666_666 - 4 * MICRO - 14
    assert marked[[NOW_STALE, NOW_ABSENT]].tolist() == [0, 0]


@pytest.mark.parametrize(
    # 10 units, last marked at 50, cost 480 and fees of 1
    ("bar", "value", "mark_after", "stale", "absent"),
    [
        ((50.0, 60.0, 40.0, 55.0),  550 * MICRO, 55.0, 0, 0),
        (NO_BAR,                    500 * MICRO, 50.0, 1, 1),  # the last price stays, and is told
    ],
)  # fmt: skip
def test_a_position_without_a_bar_keeps_its_price(
    bar: Sequence[float], value: int, mark_after: float, stale: int, absent: int
) -> None:
    held = Position(held=10.0, mark=50.0, cost=480 * MICRO, fees=MICRO)
    found = mark([held], [bar])
    assert found.told == [value, value, value - 481 * MICRO, stale, absent, 0, 0]
    assert found.at(ledger.MARK) == [mark_after]


def test_what_is_not_held_takes_its_price_and_counts_as_absent_but_not_stale() -> None:
    flat = Position(worst=7.0, best=7.0)
    found = mark([flat, Position(mark=3.0), Position()], [(10.0, 12.0, 9.0, 11.0), NO_BAR, NO_BAR])
    assert found.at(ledger.MARK) == pytest.approx([11.0, 3.0, NAN], nan_ok=True)
    assert found.told == [0, 0, 0, 0, 2, 0, 0]
    assert (found.at(ledger.LOWEST)[0], found.at(ledger.HIGHEST)[0]) == (7.0, 7.0)


@pytest.mark.parametrize(
    # the range was 100 to 100                                             worst   best
    ("bar", "opened", "entered_at_close", "worst", "best"),
    [
        ((100.0, 110.0, 90.0, 105.0),  BEFORE,  False,  90.0,   110.0),
        ((100.0, 110.0, 90.0, 105.0),  BEFORE,  True,   90.0,   110.0),
        ((100.0, 110.0, 90.0, 105.0),  THEN,    False,  90.0,   110.0),  # entered at the open, it saw the bar
        ((100.0, 110.0, 90.0, 105.0),  THEN,    True,   100.0,  100.0),  # entered at the close, it saw none of it
        ((105.0, 110.0, 104.0, 105.0), BEFORE,  False,  100.0,  110.0),
        ((95.0,  96.0,  90.0, 95.0),   BEFORE,  False,  90.0,   100.0),
        (NO_BAR,                       BEFORE,  False,  100.0,  100.0),
    ],
)  # fmt: skip
def test_a_held_position_sees_the_range_of_the_bar(
    bar: Sequence[float], opened: int, entered_at_close: bool, worst: float, best: float
) -> None:
    found = mark([Position(held=1.0, mark=100.0, opened=opened)], [bar], entered_at_close=entered_at_close)
    assert (found.at(ledger.LOWEST), found.at(ledger.HIGHEST)) == ([worst], [best])


@st.composite
def portfolios(draw: st.DrawFn) -> tuple[list[Position], list[tuple[float, ...]]]:
    prices = st.floats(0.01, 500.0)
    positions: list[Position] = []
    bars: list[tuple[float, ...]] = []
    for _ in range(draw(st.integers(1, 5))):
        low, opened, close, high = sorted(draw(prices) for _ in range(4))
        bars.append((opened, high, low, close) if draw(st.booleans()) else NO_BAR)
        positions.append(
            Position(
                held=draw(st.sampled_from([0.0]) | st.floats(1e-6, 1e4)),
                mark=draw(prices),
                cost=draw(st.integers(0, 10**12)),
                fees=draw(st.integers(0, 10**8)),
                opened=draw(st.sampled_from([BEFORE, THEN])),
            )
        )
    return positions, bars


@given(portfolios(), st.booleans())
def test_the_sums_are_those_of_exact_arithmetic(
    portfolio: tuple[list[Position], list[tuple[float, ...]]], entered_at_close: bool
) -> None:
    positions, bars = portfolio
    found = mark(positions, bars, entered_at_close=entered_at_close)
    there = [bar[3] == bar[3] for bar in bars]
    marks = [bar[3] if has_bar else one.mark for one, bar, has_bar in zip(positions, bars, there, strict=True)]
    value = sum(rounded(one.held * price) for one, price in zip(positions, marks, strict=True))
    cost = sum(one.cost + one.fees for one in positions if one.held)
    stale = sum(one.held > 0.0 and not has_bar for one, has_bar in zip(positions, there, strict=True))
    assert found.at(ledger.MARK) == marks
    assert found.told == [value, value, value - cost, stale, there.count(False), 0, 0]
    assert found.at(ledger.QUANTITY) == [one.held for one in positions]


@given(portfolios(), st.booleans())
def test_the_order_of_assets_changes_no_sum(
    portfolio: tuple[list[Position], list[tuple[float, ...]]], entered_at_close: bool
) -> None:
    positions, bars = portfolio
    pairs = list(zip(positions, bars, strict=True))[::-1]
    turned = mark([one for one, _ in pairs], [bar for _, bar in pairs], entered_at_close=entered_at_close)
    assert turned.marked.tolist() == mark(positions, bars, entered_at_close=entered_at_close).marked.tolist()


@given(portfolios(), st.booleans())
def test_compiled_marking_agrees_bit_for_bit(
    portfolio: tuple[list[Position], list[tuple[float, ...]]], entered_at_close: bool
) -> None:
    assert_forms_agree(mark_account, *arguments(*portfolio, entered_at_close))


CASH, DEPOSITED = 40 * MICRO, 100 * MICRO
CLOSING = {
    ledger.CASH: CASH, ledger.POSTED: CASH, ledger.REALIZED: -9 * MICRO, ledger.CARRY: 2 * MICRO,
    ledger.RECEIVABLE: 3 * MICRO, ledger.UNSETTLED: MICRO,
}  # fmt: skip
"""Beside a position worth 60 that cost 50 and fees of 3: 40 + 3 + 60 = 100 - 9 + 2 + 3 + 7."""


@pytest.mark.parametrize(
    ("changed", "margin", "found"),
    [
        ({},                                                   0, CLOSED),
        ({ledger.REALIZED: -9 * MICRO + 1},                    0, BROKEN_BOOKS),  # one micro-unit that nothing explains
        ({ledger.CARRY: 2 * MICRO - 1},                        0, BROKEN_BOOKS),
        ({ledger.POSTED: CASH + 1},                            0, BROKEN_BOOKS),  # postings are not cash
        ({ledger.BROKEN: 1},                                   0, BROKEN_BOOKS),  # a fill went beyond its order
        ({ledger.UNSETTLED: CASH},                             0, CLOSED),
        ({ledger.UNSETTLED: CASH + 1},                         0, BROKEN_BOOKS),  # more is spent than is settled
        ({ledger.UNSETTLED: -1},                               0, BROKEN_BOOKS),  # more is settled than there is
        ({ledger.UNSETTLED: CASH + 1},                         1, CLOSED),
        ({ledger.CASH: 2**60, ledger.POSTED: 2**60},           1, TOO_MUCH),
        ({ledger.CASH: -(2**60), ledger.POSTED: -(2**60)},     1, TOO_MUCH),
    ],
)  # fmt: skip
def test_books_that_do_not_close_are_told(changed: dict[int, int], margin: int, found: int) -> None:
    held = Position(held=10.0, mark=6.0, cost=50 * MICRO, fees=3 * MICRO)
    _, _, unseen, bars, books, marked = arguments([held], [(6.0, 6.0, 6.0, 6.0)], entered_at_close=False)
    books.kind[ledger.MARGIN] = margin
    for entry, amount in (CLOSING | changed).items():
        books.totals[entry] = amount
    assert mark_account(SEQ, DEPOSITED, unseen, bars, books, marked) == found


def test_postings_in_another_currency_cancel_out() -> None:
    called = arguments([], [], entered_at_close=False)
    abroad = called[4]._replace(foreign=np.array([0, 0, 0]))
    assert mark_account(SEQ, 0, called[2], np.empty((5, 0)), abroad, called[5]) == CLOSED
    abroad.foreign[2] = 1
    assert mark_account(SEQ, 0, called[2], np.empty((5, 0)), abroad, called[5]) == BROKEN_BOOKS
