"""Bars with finer bars behind them: the engine equals a naive broker, and equals itself where they say nothing new."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.oracle.naive_finer import NaiveFinerBroker, Row
from tests.oracle.naive_markets import DAY_NS, STEP, Barrier, barriers, grid, rules, shaped
from tests.oracle.naive_orders import NAN, Bar, Event, Rules
from tests.property.mixed_orders import MixedOrders, Plan
from tests.property.test_conditional_orders import Pair, events_of

from tidegate import Session, StopLoss, TakeProfit
from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.data.panel import ArraySource
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.messages.market import FinerBars, MarketBatch

NONE = freeze(np.empty((0, 0)))
MINUTE_NS = 60_000_000_000
MOMENTS = 6
"""Finer bars of a bar at most."""
Four = tuple[int, int, int, int]


class Way(NamedTuple):
    """How the bar of one asset came about: a finer bar for each moment; `joined` where the first opens as the bar."""

    bars: list[Four | None]
    open: int
    close: int
    joined: bool


ways = st.builds(
    Way,
    bars=st.lists(st.none() | st.tuples(grid, grid, grid, grid), max_size=4),
    open=grid,
    close=grid,
    joined=st.booleans(),
)
course_of_days = st.lists(st.tuples(barriers, st.tuples(ways, ways, ways)), min_size=4, max_size=10)


def market(barrier: Barrier, found: Sequence[Way]) -> tuple[list[Bar | None], list[Row]]:
    """The bars of a barrier, which hold all of their finer bars, and the finer bars moment by moment."""
    columns: list[list[Bar | None]] = []
    bars: list[Bar | None] = []
    for prices, way in zip(barrier.bars, found, strict=False):
        if prices is None:
            bars.append(None)
            columns.append([None] * MOMENTS)
            continue
        inside = [shaped(four) if four else None for four in way.bars]
        there = [bar for bar in inside if bar is not None]
        if there:
            start = there[0].open if way.joined else way.open * STEP
            last = way.close * STEP
            high = max(start, last, *(bar.high for bar in there))
            low = min(start, last, *(bar.low for bar in there))
            bars.append(Bar(start, high, low, last))
        else:
            bars.append(shaped(prices))
        columns.append(inside + [None] * (MOMENTS - len(inside)))
    return bars, list(zip(*columns, strict=True))


def column(bar: Bar | None) -> list[float]:
    return [NAN] * 5 if bar is None else [bar.open, bar.high, bar.low, bar.close, 1.0]


def block(bars: Sequence[Bar | None]) -> FloatArray:
    return freeze(np.ascontiguousarray(np.array([column(bar) for bar in bars]).T))


def batch(seq: int, bars: Sequence[Bar | None]) -> MarketBatch:
    none = freeze(np.empty((0, len(bars))))
    return MarketBatch(seq, (seq + 1) * DAY_NS, block(bars), none, none, freeze(np.empty(0)))


def finer(seq: int, moments: Sequence[Row], assets: int) -> FinerBars:
    times = seq * DAY_NS + np.arange(1, len(moments) + 1) * MINUTE_NS
    bars = np.array([block(row) for row in moments]).reshape(len(moments), 5, assets)
    return FinerBars(seq, freeze(times), freeze(np.ascontiguousarray(bars)))


class FinerPair(Pair):
    """The engine and the naive broker along finer bars."""

    def __init__(self, chosen: Rules, cash: int, assets: int, kernels: Kernels) -> None:
        super().__init__(chosen, cash, assets, kernels)
        self.naive: NaiveFinerBroker = NaiveFinerBroker(chosen, cash, assets)

    def live_through(self, seq: int, moments: Sequence[Row]) -> None:
        self.engine.take_finer(finer(seq, moments, self.assets))
        self.naive.live_through(moments)


def run(
    chosen: Rules, cash: int, assets: int, days: Sequence[tuple[Barrier, Sequence[Way]]], kernels: Kernels = INTERPRETED
) -> None:
    """Meets every bar as the broker does, with cancels and orders between the moments at which something fills."""
    pair = FinerPair(chosen, cash * 10**6, assets, kernels)
    closes = [NAN] * assets
    for seq, (barrier, found) in enumerate(days):
        ts_ns = (seq + 1) * DAY_NS
        bars, moments = market(barrier, found[:assets])
        note(f"{seq}: {bars} {moments}")
        pair.live_through(seq, moments)
        more, answers = pair.open_bar(batch(seq, bars), bars), 0
        while more:
            pair.cancel(barrier.canceled[0] if answers == 0 else barrier.canceled[1])
            pair.accept(barrier.answers if answers < 2 else [], 3, ts_ns)
            pair.compare(pair.engine.rest_of_bar(), pair.naive.rest_of_bar())
            assert pair.engine.stopped == pair.naive.stopped
            more, answers = pair.engine.stopped, answers + 1
        closes = [bar.close if bar else last for bar, last in zip(bars, closes, strict=True)]
        pair.mark(closes)
        pair.cancel(barrier.canceled[1])
        pair.accept(barrier.asked, barrier.sender, ts_ns)
        if chosen.timing == "same_close":
            wanted = pair.engine.has_orders()
            pair.compare(pair.engine.close_bar() if wanted else [], pair.naive.close_bar())
            if wanted:
                pair.mark(closes)
    pair.compare(pair.engine.expire(), pair.naive.expire())


@given(rules, st.sampled_from((20, 60, 150, 1000)), st.integers(1, 3), course_of_days)
@settings(max_examples=150)
def test_the_engine_equals_the_naive_broker(
    chosen: Rules, cash: int, assets: int, days: list[tuple[Barrier, tuple[Way, Way, Way]]]
) -> None:
    run(chosen, cash, assets, days)


@given(rules, st.sampled_from((60, 1000)), st.integers(1, 3), course_of_days)
@settings(max_examples=25)
def test_the_compiled_engine_equals_the_naive_broker(
    chosen: Rules, cash: int, assets: int, days: list[tuple[Barrier, tuple[Way, Way, Way]]]
) -> None:
    run(chosen, cash, assets, days, Kernels(compiled=True))


def told(chosen: Rules, cash: int, assets: int, days: Sequence[tuple[Barrier, Any]], spell: Any) -> list[list[Event]]:
    """What an engine says at each step when bars are spelled out as `spell` has it; None for no finer bars."""
    pair = Pair(chosen, cash * 10**6, assets, INTERPRETED)
    pair.compare = lambda messages, wanted: None  # type: ignore[method-assign]  # only the engine is asked
    said: list[list[Event]] = []
    for seq, (barrier, _) in enumerate(days):
        ts_ns = (seq + 1) * DAY_NS
        bars = [shaped(prices) if prices else None for prices in barrier.bars[:assets]]
        if spell is not None:
            pair.engine.take_finer(finer(seq, list(zip(*(spell(bar) for bar in bars), strict=True)), assets))
        messages, more = pair.engine.open_bar(batch(seq, bars))
        said.append(events_of(messages))
        while more:
            messages = pair.engine.rest_of_bar()
            said[-1] += events_of(messages)
            more = pair.engine.stopped
        pair.engine.mark()
        pair.accept([ask for ask in barrier.asked if spell is None or not ask.parent], barrier.sender, ts_ns)
        if chosen.timing == "same_close" and pair.engine.has_orders():
            said.append(events_of(pair.engine.close_bar()))
    return said


@given(rules, st.sampled_from((20, 60, 1000)), st.integers(1, 3), st.lists(st.tuples(barriers, st.none()), max_size=10))
def test_one_finer_bar_that_is_the_bar_changes_nothing(
    chosen: Rules, cash: int, assets: int, days: list[tuple[Barrier, None]]
) -> None:
    without = [(barrier._replace(asked=[ask._replace(parent=0) for ask in barrier.asked]), _) for barrier, _ in days]
    expected = told(chosen, cash, assets, without, None)
    assert told(chosen, cash, assets, without, lambda bar: [bar]) == expected
    # an early bar of nothing, and one that is only the open, are no news either
    assert told(chosen, cash, assets, without, lambda bar: [None, bar]) == expected


def legs(*, high_first: bool) -> Any:
    """A bar as the straight pieces of one way through it, each a bar."""

    def spelled(bar: Bar | None) -> list[Bar | None]:
        if bar is None:
            return [None] * 3
        high, low = bar.high, bar.low
        turns = [bar.open, high, low, bar.close] if high_first else [bar.open, low, high, bar.close]
        return [Bar(a, max(a, b), min(a, b), b) for a, b in pairwise(turns)]

    return spelled


def flat(said: Sequence[Sequence[Event]]) -> list[Any]:
    """Who filled at what price, and who was canceled, for each bar, whatever the moment."""
    return [
        sorted((event[0], *row[:4]) for event in events if event[0] in ("fills", "canceled") for row in rows_of(event))
        for events in said
    ]


def rows_of(event: Event) -> list[Any]:
    return [row for row in event[1:] if isinstance(row, tuple)]


@given(rules, st.integers(1, 3), st.lists(st.tuples(barriers, st.none()), max_size=10), st.booleans())
def test_a_way_spelled_out_in_legs_is_the_policy_of_that_way(
    chosen: Rules, assets: int, days: list[tuple[Barrier, None]], high_first: bool
) -> None:
    """With money enough; and every leg is a bar that goes one way only, as the nearest extreme first has it."""
    buys = [(b._replace(asked=[a._replace(parent=0, sells=False) for a in b.asked]), _) for b, _ in days]
    way = Rules(timing=chosen.timing, through=chosen.through, path="high_first" if high_first else "low_first")
    nearest = Rules(timing=chosen.timing, through=chosen.through, path="nearest_to_open")
    expected = told(way, 10**6, assets, buys, None)
    assert flat(told(nearest, 10**6, assets, buys, legs(high_first=high_first))) == flat(expected)


def panel(seed: int, assets: int, days: int, minutes: int) -> tuple[IntArray, FloatArray, IntArray, FloatArray]:
    """Times and bars of days that are made of minutes; some minutes, and some days' minutes, are missing."""
    random = np.random.Generator(np.random.PCG64(seed))
    steps = random.integers(-2, 3, (days, minutes, 4, assets)) / 2.0
    price = 100.0 + np.cumsum(steps.reshape(-1, assets), axis=0).reshape(days, minutes, 4, assets)
    price = np.clip(price, 20.0, None)
    fine = np.stack(
        [price[:, :, 0], price.max(axis=2), price.min(axis=2), price[:, :, 3], np.ones_like(price[:, :, 0])], 2
    )
    bars = np.stack(
        [fine[:, 0, 0], fine[:, :, 1].max(axis=1), fine[:, :, 2].min(axis=1), fine[:, -1, 3], np.ones((days, assets))],
        1,
    )
    gone = random.random((days, minutes, assets)) < 0.2
    gone |= (random.random((days, assets)) < 0.1)[:, None]
    fine.transpose(0, 1, 3, 2)[gone] = np.nan
    ends = np.arange(1, days + 1) * DAY_NS
    times = (ends[:, None] - DAY_NS + np.arange(1, minutes + 1) * MINUTE_NS).reshape(-1)
    return ends, bars, times, fine.reshape(-1, 5, assets)


@given(st.integers(0, 10**6), st.sampled_from(("next_open", "same_close", "next_close")), st.integers(1, 9))
@settings(max_examples=12, deadline=None)
def test_schedules_chunks_and_order_of_assets_do_not_matter(seed: int, fill: str, chunk_rows: int) -> None:
    names = ("AA", "BB", "CC", "DD")
    ends, bars, times, fine = panel(seed, len(names), 14, 6)
    plan = Plan(seed, names, tick=1.0, lot=1.0, rebalances=(3, 8))
    config = {
        "execution": {"fill": fill, "commission": {"bps": 5.0}, "path": "pessimistic"},
        "account": {"cash": 6000},
        "run": {"kernels": "interpreted"},
    }

    def digest(order: Sequence[int], shuffle: int | None = None, rows: int | None = None) -> tuple[str, int]:
        source = ArraySource(
            [names[k] for k in order], ends, bars[:, :, order], finer=(times, fine[:, :, order]), chunk_rows=rows
        )
        risk = [StopLoss(0.03), TakeProfit(0.05)]
        session = Session(
            MixedOrders(plan), config=config, source=source, risk=risk, progress=False, shuffle_seed=shuffle
        )
        result = session.run()
        return result.digest, int((result.record.ints("fills", "finer_ts_ns") >= 0).sum())

    expected = digest(range(4))
    assert digest(range(4), shuffle=seed) == expected
    assert digest((2, 0, 3, 1), rows=chunk_rows) == expected
