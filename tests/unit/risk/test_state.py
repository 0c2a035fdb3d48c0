"""The trade state of positions: averages, high-water marks, ages and memories, through entries and partial exits."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.actors.letters import NAN, batch, fills, phase, plain, universe
from tests.unit.risk.guard import Guard, Says

from tidegate.core.enums import FillPoint, Phase
from tidegate.kernels.kernel import INTERPRETED
from tidegate.risk.rules import StopLoss, TakeProfit, TrailingStop
from tidegate.risk.state import PositionTradeState

Fill = tuple[int, float, float]
Book = tuple[float, float | None, float | None, int]
"""(quantity, average price, high-water mark, opened at) of the first asset."""

STEPS: list[tuple[str, list[list[Fill]], Book]] = [
    # fills of barriers 0, 1, ...                                                     first asset afterwards
    ("nothing",                 [[(1, 5.0, 20.0)]],                                   (0.0, None, None, -1)),
    ("opened",                  [[(0, 10.0, 8.0)]],                                   (10.0, 8.0, 8.0, 0)),
    ("opened later",            [[], [], [(0, 10.0, 8.0)]],                           (10.0, 8.0, 8.0, 2)),
    ("added to",                [[(0, 10.0, 8.0)], [(0, 30.0, 12.0)]],                (40.0, 11.0, 12.0, 0)),
    ("added to below",          [[(0, 10.0, 12.0)], [(0, 10.0, 8.0)]],                (20.0, 10.0, 12.0, 0)),
    ("partly sold",             [[(0, 10.0, 8.0)], [(0, -4.0, 9.0)]],                 (6.0, 8.0, 8.0, 0)),
    ("partly sold, added to",   [[(0, 10.0, 8.0)], [(0, -5.0, 9.0)], [(0, 5.0, 10.0)]], (10.0, 9.0, 10.0, 0)),
    ("sold at one bar in two",  [[(0, 10.0, 8.0)], [(0, -4.0, 9.0), (0, -6.0, 9.0)]], (0.0, None, None, -1)),
    ("sold but for dust",       [[(0, 0.1, 8.0), (0, 0.2, 8.0)], [(0, -0.3, 9.0)]],   (0.0, None, None, -1)),
    ("sold and opened again",   [[(0, 10.0, 8.0)], [(0, -10.0, 9.0), (0, 2.0, 7.0)]], (2.0, 7.0, 7.0, 1)),
    ("two fills at one bar",    [[(0, 10.0, 8.0), (1, 1.0, 1.0), (0, 10.0, 10.0)]],   (20.0, 9.0, 10.0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("barriers", "want"), [step[1:] for step in STEPS], ids=[step[0] for step in STEPS])
def test_fills_make_the_state_of_a_position(barriers: list[list[Fill]], want: Book) -> None:
    state = PositionTradeState(3, INTERPRETED)
    for seq, rows in enumerate(barriers):
        if rows:
            state.take_fills(fills(seq, *rows))
    found = state.quantity[0], state.average_price[0], state.water_mark[0], state.opened[0]
    assert plain(np.array(found)) == list(want)


def test_arrays_are_the_same_objects_for_the_whole_run() -> None:
    state = PositionTradeState(2, INTERPRETED)
    before = state.quantity, state.average_price, state.water_mark, state.opened, state.memory("armed")
    state.take_fills(fills(0, (1, 3.0, 5.0)))
    after = state.quantity, state.average_price, state.water_mark, state.opened, state.memory("armed")
    assert all(one is other for one, other in zip(before, after, strict=True))
    assert before[0].tolist() == [0.0, 3.0]


def test_a_memory_lives_as_long_as_its_position() -> None:
    state = PositionTradeState(2, INTERPRETED)
    state.take_fills(fills(0, (0, 4.0, 5.0), (1, 4.0, 5.0)))
    armed, other = state.memory("armed"), state.memory("other")
    armed[:] = 1.0
    other[:] = 2.0
    state.take_fills(fills(1, (0, -1.0, 5.0)))
    assert armed.tolist() == [1.0, 1.0]
    state.take_fills(fills(2, (0, -3.0, 5.0)))
    assert plain(armed) == [None, 1.0]
    assert plain(other) == [None, 2.0]
    state.take_fills(fills(3, (0, 4.0, 5.0)))
    assert plain(armed) == [None, 1.0]


# --- the state and its levels again, kept naively ---------------------------------------------------------------


@dataclass
class Naive:
    """One position by plain bookkeeping: its entries, the prices it has seen, and when it was opened."""

    units: float = 0.0
    average: float = NAN
    best: float = NAN
    opened: tuple[int, FillPoint] | None = None

    def fill(self, seq: int, point: FillPoint, quantity: float, price: float) -> None:
        if quantity < 0:
            self.units = max(0.0, self.units + quantity)
            if self.units < 1e-9:
                self.units, self.average, self.best, self.opened = 0.0, NAN, NAN, None
            return
        if self.opened is None:
            self.opened, self.average, self.best = (seq, point), price, price
        else:
            self.average = (self.average * self.units + price * quantity) / (self.units + quantity)
            self.best = max(self.best, price)
        self.units += quantity

    def end_of_bar(self, seq: int, high: float) -> None:
        if self.opened is not None and high == high and self.opened != (seq, FillPoint.CLOSE):
            self.best = max(self.best, high)


@dataclass
class Barrier:
    """A bar for each asset (its high; None where there is none) and what filled at which point of it."""

    highs: list[float | None]
    fills: dict[FillPoint, list[Fill]] = field(default_factory=dict)


ASSETS = 2
PRICES = st.integers(8, 60).map(lambda k: k / 4)


@st.composite
def histories(draw: st.DrawFn) -> list[Barrier]:
    """Entries at the open or all at the close; exits anywhere, of parts or all of what is held."""
    entry = draw(st.sampled_from([FillPoint.OPEN, FillPoint.CLOSE]))
    held = [0.0] * ASSETS
    barriers = []
    for _ in range(draw(st.integers(1, 8))):
        barrier = Barrier([draw(st.one_of(PRICES, st.none())) for _ in range(ASSETS)])
        for point in FillPoint:
            rows: list[Fill] = []
            for asset in range(ASSETS):
                if held[asset] and draw(st.integers(0, 4)) == 0:
                    part = draw(st.sampled_from([1.0, 0.5, 0.25])) * held[asset]
                    rows.append((asset, -part, draw(PRICES)))
                    held[asset] -= part
                if point is entry and draw(st.integers(0, 2)) == 0:
                    rows.append((asset, draw(st.integers(1, 8)) / 2, draw(PRICES)))
                    held[asset] += rows[-1][1]
            if rows:
                barrier.fills[point] = rows
        barriers.append(barrier)
    return barriers


@given(histories())
def test_any_history_gives_the_state_and_levels_of_plain_bookkeeping(history: list[Barrier]) -> None:
    spy = Says()
    guard = Guard(StopLoss(0.1), TakeProfit(0.25), TrailingStop(0.2), spy, declared=universe(["AA", "BB"]))
    books = [Naive() for _ in range(ASSETS)]
    known: list[list[float | None]] = [[None] * ASSETS, [None] * ASSETS]
    for seq, barrier in enumerate(history):
        highs = [high if high is not None else NAN for high in barrier.highs]
        messages = guard.deliver(batch(seq, highs, high=highs))
        for point in FillPoint:
            if point in barrier.fills:
                messages += guard.deliver(fills(seq, *barrier.fills[point], point=point))
                for asset, quantity, price in barrier.fills[point]:
                    books[asset].fill(seq, point, quantity, price)
        messages += guard.deliver(phase(Phase.GUARD, seq))
        for book, high in zip(books, highs, strict=True):
            book.end_of_bar(seq, high)
        state = spy.seen[-1].positions
        assert state.quantity.tolist() == [book.units for book in books]
        assert plain(state.average_price) == plain(tuple(book.average for book in books))
        assert plain(state.water_mark) == plain(tuple(book.best for book in books))
        assert state.opened.tolist() == [-1 if book.opened is None else book.opened[0] for book in books]
        for message in messages:
            known = [plain(getattr(message, name)) for name in ("stop", "take")]
        stops = [max(book.average * 0.9, book.best * 0.8) if book.units else None for book in books]
        assert known == [stops, [book.average * 1.25 if book.units else None for book in books]]
