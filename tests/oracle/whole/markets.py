"""Courses of bars, orders, changes and corporate actions for the naive broker and the engine, drawn by Hypothesis.

Most of a course is read off a few whole numbers, see `tickets`.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st
from tests.oracle.whole.rules import NAN, Action, Bar, Estimate, Instrument, Models, Row, Rules, Tier
from tests.oracle.whole.tickets import FIRST, LEVELS, STEP, Reader, Ticket, Wish, ticket_of, wish_of

ACTIONS = (
    "DIVIDEND", "SPLIT", "DIVIDEND", "SYMBOL_CHANGE", "MERGER_STOCK", "MERGER_CASH", "DELISTING", "HALT", "RESUME",
)  # fmt: skip
RATES = (1.0, 1.25, 0.8, NAN, 1.0, 0.0)


class Barrier(NamedTuple):
    """A bar of every asset (None where there is none), and what is asked for.

    `answers` come after the fills of the open, and after those of the close where orders fill at it; `canceled` are
    numbers of orders, counted over the run, to cancel after the open and after the close; `changed` likewise.
    """

    bars: tuple[Bar | None, ...]
    answers: list[Ticket]
    asked: list[Ticket]
    canceled: tuple[list[int], list[int]]
    changed: tuple[list[Wish], list[Wish]]
    sender: int
    hours: int
    """Since the barrier before."""
    rates: tuple[float, ...]
    news: tuple[float, float]
    """What a short costs a year, and how much can be borrowed, of all assets."""
    actions: list[Action]
    moments: Sequence[Row] | None = None
    """The finer bars of one moment after the other; None where such are never told."""


def bar_of(number: int) -> Bar | None:
    """Four prices of the grid in any order, and a volume; or none."""
    read = Reader(number)
    if read.digit(5) == 0:
        return None
    prices = [(FIRST + read.digit(LEVELS)) * STEP for _ in range(4)]
    volume = read.one_of((NAN, 1000.0, 20.0, 8.0, 0.0))
    return Bar(prices[0], max(prices), min(prices), prices[3], volume)


def action_of(number: int) -> Action:
    """A corporate action; who owes whom what is seldom round."""
    read = Reader(number)
    kind, asset, other = read.one_of(ACTIONS), read.digit(3), read.digit(2)
    into, price, days = (asset + 1 + other) % 3, read.one_of((NAN, 1.5, 8.0, 0.3)), read.digit(3)
    value = {
        "DIVIDEND": read.one_of((0.5, 0.33, 2.0)),
        "SPLIT": read.one_of((2.0, 0.5, 1.5, 0.1, 7.0)),
        "MERGER_STOCK": read.one_of((1.0, 0.5, 1.5, 0.3)),
    }.get(kind, NAN)
    match kind:
        case "DIVIDEND":
            return Action(kind, asset, value, pay_ns=days)
        case "SYMBOL_CHANGE":
            return Action(kind, asset, into=into)
        case "MERGER_STOCK":
            return Action(kind, asset, value, into, price)
        case "MERGER_CASH":
            return Action(kind, asset, price=9.25 if math.isnan(price) else price)
        case "DELISTING":
            return Action(kind, asset, price=price)
    return Action(kind, asset, value)


def barrier_of(small: tuple[int, int, int, int, int], lists: tuple[list[Ticket], list[Ticket], list[Wish]]) -> Barrier:
    """Reads a barrier off its numbers."""
    answers, asked, wishes = lists
    read, acted = Reader(small[3]), Reader(small[4])
    changed = read.digit(2)
    cancels: list[list[int]] = [[], []]
    for _ in range(2):
        where, number = read.one_of((None, 0, 1, None)), read.digit(21)
        if where is not None:
            cancels[where].append(number)
    how_many = acted.one_of((0, 0, 0, 0, 0, 0, 1, 1, 2))
    actions = [action_of(small[k] * 31 + small[k + 1] * 7 + small[4]) for k in range(how_many)]
    return Barrier(
        bars=(bar_of(small[0]), bar_of(small[1]), bar_of(small[2])),
        answers=answers,
        asked=asked,
        canceled=(cancels[0], cancels[1]),
        changed=(wishes, []) if changed else ([], wishes),
        sender=1 + read.digit(2),
        hours=acted.one_of((24, 24, 6, 72)),
        rates=(acted.one_of(RATES), acted.one_of(RATES)),
        news=(acted.one_of((NAN, 0.1, 3.0)), acted.one_of((NAN, NAN, NAN, 5.0, 0.0, math.inf))),
        actions=actions,
    )


few = st.integers(0, 2**24 - 1)
"""Above this Hypothesis prefers small numbers."""
tickets = st.tuples(few, few).map(ticket_of)
lists = st.tuples(st.lists(tickets, max_size=1), st.lists(tickets, max_size=4), st.lists(few.map(wish_of), max_size=2))
barriers = st.builds(barrier_of, st.tuples(few, few, few, few, few), lists)
courses = st.lists(barriers, min_size=6, max_size=40)


def rules_of(numbers: tuple[int, int, int]) -> Rules:
    """Reads the rules off three numbers."""
    one, other = Reader(numbers[0]), Reader(numbers[1])
    margin = other.one_of((False, True, True))
    return Rules(
        timing=one.one_of(("next_open", "next_close", "same_close")),
        path=one.one_of(("pessimistic", "optimistic", "high_first", "low_first", "nearest_to_open")),
        through=one.one_of((False, True)),
        shortage=one.one_of(("scale", "rank", "reject")),
        fractional=one.one_of((False, True)),
        slippage_bps=one.one_of((0.0, 0.0, 7.0, 300.0)),
        commission_bps=one.one_of((0.0, 0.0, 25.0)),
        per_share=one.one_of((0.0, 0.005)),
        minimum=one.one_of((0.0, 0.0, 1.0)),
        per_trade=one.one_of((0.0, 0.0, 0.35)),
        cap_bps=one.one_of((math.inf, math.inf, 50.0)),
        slippage_fixed=one.one_of((0.0, 0.0, 0.01)),
        models=models_of(numbers[2]),
        participation=other.one_of((NAN, NAN, 0.1, 0.25)),
        cancels_rest=other.one_of((False, False, True)),
        zero_fills=other.one_of((False, True)),
        rounds_ticks=other.one_of((False, True)),
        margin=margin,
        settlement=0 if margin else other.digit(3),
        credited=margin and other.one_of((False, True)),
        credit=other.one_of((0.0, 0.04)),
        debit=other.one_of((0.0, 0.13)),
    )


def models_of(number: int) -> Models:
    """Reads models of costs off a number; none as often as any."""
    read = Reader(number)
    if read.digit(2) == 0:
        return Models()
    estimate = read.one_of((Estimate(3), Estimate(2, least=4), Estimate(decay=0.5), Estimate(4, default=0.02)))
    volume = read.one_of((Estimate(3), Estimate(decay=0.75, least=2), Estimate(4, default=50.0)))
    tiers = (Tier(0.0, bps=3.0), Tier(100.0, per_share=0.02), Tier(300.0, bps=1.0))
    return Models(
        half_spread_bps=read.one_of((0.0, 20.0)),
        volume_share=read.one_of((0.0, 0.0, 0.1)),
        volume_cap=read.one_of((1.0, 0.3)),
        square_root=read.one_of((0.0, 0.0, 0.5)),
        temporary=read.one_of((0.0, 0.0, 0.3)),
        permanent=read.one_of((0.0, 0.2)),
        volatility=read.one_of((0.0, 0.0, 0.05)),
        sigma=estimate,
        volume=volume,
        per_contract=read.one_of((NAN, 0.85)),
        tiers=read.one_of(((), tiers, ())),
        tiers_by_value=read.one_of((True, False)),
        maker_bps=read.one_of((0.0, 0.0, -2.0)),
        maker_per_share=read.one_of((0.0, 0.0, -0.01)),
        taker_bps=read.one_of((0.0, 0.0, 5.0)),
        taker_per_share=read.one_of((0.0, 0.003)),
    )


def instrument_of(number: int, *, margin: bool) -> Instrument:
    """Reads an instrument off a number."""
    read = Reader(number)
    multiplier, currency = read.one_of((1.0, 1.0, 10.0, 0.3)), read.one_of((0, 0, 1, 2))
    lot, tick = read.one_of((0.0, 0.0, 0.0, 2.0)), read.one_of((0.0, 0.0, 0.0, 0.75))
    least = read.one_of((0.0, 0.0, 2.0))
    if not margin:
        return Instrument(multiplier, currency, lot=lot, tick=tick, least=least)
    initial, maintenance = read.one_of(((0.5, 0.25), (1.0, 0.4), (0.1, 0.07), (0.3, 0.3)))
    return Instrument(
        multiplier,
        currency,
        future=read.one_of((False, True, False)),
        initial=initial,
        maintenance=maintenance,
        borrow_rate=read.one_of((0.0, 0.07)),
        available=read.one_of((math.inf, math.inf, 4.0, 0.0)),
        lot=lot,
        tick=tick,
        least=least,
    )


class World(NamedTuple):
    """All that a course happens in."""

    rules: Rules
    cash: int
    instruments: tuple[Instrument, ...]


def world_of(numbers: tuple[int, int, int, int, int], assets: int, cash: int) -> World:
    """Reads the rules and the instruments off numbers."""
    rules = rules_of((numbers[0], numbers[1], numbers[4]))
    kinds = [instrument_of(number, margin=rules.margin) for number in (numbers[2], numbers[3], numbers[2] * 5)]
    return World(rules, cash, tuple(kinds[:assets]))


worlds = st.builds(
    world_of, st.tuples(few, few, few, few, few), st.integers(1, 3), st.sampled_from((20, 60, 150, 1000))
)
