"""How bars came about: the finer bars behind them, drawn by Hypothesis."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st
from tests.oracle.whole.markets import Barrier, bar_of, barriers, few
from tests.oracle.whole.rules import Bar, Row
from tests.oracle.whole.tickets import FIRST, LEVELS, STEP, Reader

MOMENTS = 6
"""Finer bars of a bar at most."""


class Way(NamedTuple):
    """How the bar of one asset came about: a finer bar for each moment; `joined` where the first opens as the bar."""

    bars: list[Bar | None]
    open: float
    close: float
    joined: bool


def way_of(numbers: list[int], ends: int) -> Way:
    """Reads a way off its numbers."""
    read = Reader(ends)
    joined, first, last = read.digit(2) == 0, read.digit(LEVELS), read.digit(LEVELS)
    return Way([bar_of(number) for number in numbers], (FIRST + first) * STEP, (FIRST + last) * STEP, joined)


def along(barrier: Barrier, ways: Sequence[Way]) -> Barrier:
    """The same barrier, whose bars hold all of their finer bars."""
    columns: list[list[Bar | None]] = []
    bars: list[Bar | None] = []
    for bar, way in zip(barrier.bars, ways, strict=True):
        there = [one for one in way.bars if one is not None and bar is not None]
        columns.append([one if bar else None for one in way.bars] + [None] * (MOMENTS - len(way.bars)))
        if bar is not None and there:
            start = there[0].open if way.joined else way.open
            high = max(start, way.close, *(one.high for one in there))
            low = min(start, way.close, *(one.low for one in there))
            bar = Bar(start, high, low, way.close, bar.volume)
        bars.append(bar)
    moments: list[Row] = list(zip(*columns, strict=True))
    return barrier._replace(bars=tuple(bars), moments=moments)


ways = st.builds(way_of, st.lists(few, max_size=4), few)
days = st.lists(st.builds(along, barriers, st.tuples(ways, ways, ways)), min_size=4, max_size=10)
