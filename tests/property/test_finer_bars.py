"""Bars with finer bars behind them: the engine equals a naive broker, and equals itself where they say nothing new."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.whole.markets import Barrier, World, barriers, worlds
from tests.oracle.whole.rules import DAY_NS, Bar, Event, Instrument, Rules
from tests.oracle.whole.tickets import Ticket, ticket_of
from tests.oracle.whole.ways import days
from tests.property.mixed_orders import MixedOrders, Plan
from tests.property.pair import MINUTE_NS, Pair, run
from tests.property.told import events_of

from tidegate import Session, StopLoss, TakeProfit
from tidegate.core.arrays import FloatArray, IntArray
from tidegate.data.panel import ArraySource
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.messages.base import Message

Spelled = Callable[[Bar | None], list[Bar | None]]
courses = st.lists(barriers, min_size=4, max_size=10)


@given(worlds, days)
@settings(max_examples=250)
def test_the_engine_equals_the_naive_broker(world: World, course: list[Barrier]) -> None:
    run(world, course)


@given(worlds, days)
@settings(max_examples=25)
def test_the_compiled_engine_equals_the_naive_broker(world: World, course: list[Barrier]) -> None:
    run(world, course, Kernels(compiled=True))


class Alone(Pair):
    """The engine by itself: keeps what it says, bar by bar."""

    def __init__(self, world: World) -> None:
        super().__init__(world, INTERPRETED)
        self.said: list[list[Event]] = []

    def meet(self, batch: Any, news: Any, barrier: Barrier) -> None:
        self.said.append([])
        super().meet(batch, news, barrier)

    def compare(self, messages: Sequence[Message], wanted: list[Event]) -> None:
        self.said[-1] += events_of(messages)

    def account(self, snapshot: Any) -> None:
        self.said[-1] += events_of([snapshot])


def told(world: World, course: Sequence[Barrier], spell: Spelled | None) -> list[list[Event]]:
    """What an engine says of each bar when bars are spelled out as `spell` has it; None for no finer bars."""
    pair = Alone(world)
    if spell is not None:
        course = [b._replace(moments=list(zip(*map(spell, b.bars), strict=True))) for b in course]
    pair.live(course)
    return pair.said


def without_excursions(said: list[list[Event]]) -> list[list[Event]]:
    """Leaves the worst and best of trades out: one closed at a close has seen its finer bars, but not its whole bar."""
    return [[(event[0], *(r[:-2] for r in event[1:])) if event[0] == "trades" else event for event in e] for e in said]


@given(worlds, courses)
def test_one_finer_bar_that_is_the_bar_changes_nothing(world: World, course: list[Barrier]) -> None:
    expected = without_excursions(told(world, course, None))
    assert without_excursions(told(world, course, lambda bar: [bar])) == expected
    # an early bar of nothing is no news either
    assert without_excursions(told(world, course, lambda bar: [None, bar])) == expected


def day(bar: Bar, moments: list[Bar], *asked: Ticket) -> Barrier:
    """One asset's bar, the finer bars behind it, and what is asked for after it."""
    rows = [(one,) for one in moments]
    return Barrier((bar,), [], list(asked), ([], []), ([], []), 1, 24, (1.0, 1.0), (np.nan, np.nan), [], rows)


@given(st.sampled_from(((100.0, np.nan, []), (np.nan, 100.0, [("volume unknown", 0)]))))
def test_the_volume_that_counts_is_that_of_the_whole_bar(case: tuple[float, float, list[Event]]) -> None:
    whole, part, unknown = case
    bar = Bar(10.0, 10.0, 9.0, 10.0, whole)
    buy = ticket_of((0, 0))._replace(kind="LIMIT", limit=19)
    course = [day(bar, [], buy), day(bar, [replace(bar, volume=part)])]
    _, said = told(World(Rules(participation=0.5), 1000, (Instrument(),)), course, None)
    assert any(row[0] == "fills" for row in said)
    assert [row for row in said if row[0] == "volume unknown"] == unknown


def legs(*, high_first: bool) -> Spelled:
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
        sorted(
            (event[0], *row[:4])
            for event in events
            if event[0] in ("fills", "canceled")
            for row in event[1:]
            if isinstance(row, tuple)
        )
        for events in said
    ]


@given(worlds, courses, st.booleans())
def test_a_way_spelled_out_in_legs_is_the_policy_of_that_way(
    world: World, course: list[Barrier], high_first: bool
) -> None:
    """With money enough; and every leg is a bar that goes one way only, as the nearest extreme first has it.

    Of a group one order goes in a bar, whatever comes of it: one that finds nothing to reduce keeps the others back
    until the next bar, which a leg is as well.
    """
    buys = [
        barrier._replace(
            asked=[
                ask._replace(parent=0, sells=False, reduces_only=ask.reduces_only and not ask.group)
                for ask in barrier.asked
            ],
            answers=[],
            canceled=([], barrier.canceled[1]),
            changed=([], []),
            actions=[],
        )
        for barrier in course
    ]

    def bought(path: str, spell: Spelled | None) -> list[Any]:
        rules = Rules(world.rules.timing, path, world.rules.through, zero_fills=True)
        return flat(told(World(rules, 10**6, (Instrument(),) * len(world.instruments)), buys, spell))

    expected = bought("high_first" if high_first else "low_first", None)
    assert bought("nearest_to_open", legs(high_first=high_first)) == expected


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
