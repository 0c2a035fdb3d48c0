"""Courses of bars, orders, changes and corporate actions for the naive broker and the engine, drawn by Hypothesis.

Most numbers of a course are read off a few whole numbers, which costs a fraction of drawing them one by one; 0 stands
for what is simplest, so that a failure still shrinks.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from hypothesis import strategies as st
from tests.oracle.whole.changes import Change
from tests.oracle.whole.orders import TRAILING, WITH_LIMIT, Order
from tests.oracle.whole.rules import DAY_NS, NAN, Action, Bar, Estimate, Instrument, Models, Rules, Tier

T = TypeVar("T")
STEP = 0.5
"""Prices lie on a coarse grid, so that they touch one another's levels and tie all the time."""
FIRST, LEVELS = 16, 9
KINDS = ("MARKET", "LIMIT", "STOP", "STOP_LIMIT", "TRAILING_STOP", "TRAILING_STOP_LIMIT", "LIMIT", "LIMIT", "MARKET")
TIFS = ("GTC", "GTC", "GTC", "GTC", "DAY", "GTD", "IOC", "FOK", "ON_OPEN", "ON_CLOSE")
"""What is interesting, or bears others, comes more often."""
SIZES = (1.0, 2.0, 3.0, 5.0, 10.0, 0.75, 2.25)
"""Sums of these are exact in any order; what cash cuts is not so round."""
ACTIONS = (
    "DIVIDEND",
    "SPLIT",
    "DIVIDEND",
    "SYMBOL_CHANGE",
    "MERGER_STOCK",
    "MERGER_CASH",
    "DELISTING",
    "HALT",
    "RESUME",
)
RATES = (1.0, 1.25, 0.8, NAN, 1.0, 0.0)


class Reader:
    """Reads choices off a whole number, the first from its lowest digits."""

    def __init__(self, number: int) -> None:
        self.number = number

    def digit(self, base: int) -> int:
        """0 to base - 1."""
        self.number, digit = divmod(self.number, base)
        return digit

    def one_of(self, choices: Sequence[T]) -> T:
        """One of these."""
        return choices[self.digit(len(choices))]


class Ticket(NamedTuple):
    """The numbers of which an order is made."""

    asset: int
    size: float
    sells: bool
    kind: str
    tif: str
    limit: int
    stop: int
    trail: int
    pct: float
    days: int
    group: int
    priority: int
    parent: int
    """How many orders ago its parent was asked for, 0 for none."""
    reduces_only: bool


class Wish(NamedTuple):
    """The numbers of which a change is made: of which order, counted over the run, and what of it."""

    order: int
    size: float | None
    price: int | None
    name: str


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


def ticket_of(numbers: tuple[int, int]) -> Ticket:
    """Reads an order off two numbers."""
    one, other = Reader(numbers[0]), Reader(numbers[1])
    return Ticket(
        asset=one.digit(3),
        size=one.one_of(SIZES),
        sells=one.one_of((False, True, False)),
        kind=one.one_of(KINDS),
        tif=one.one_of(TIFS),
        limit=FIRST + one.digit(LEVELS),
        stop=FIRST + one.digit(LEVELS),
        priority=one.digit(3),
        trail=other.digit(4),
        pct=other.one_of((0.0625, 0.1, 0.2)),
        days=other.digit(4),
        group=other.one_of((0, 0, 0, 1, 2, 3)),
        parent=other.one_of((0, 0, 0, 1, 2, 3)),
        reduces_only=other.one_of((False, False, False, True)),
    )


def wish_of(number: int) -> Wish:
    """Reads a change off a number."""
    read = Reader(number)
    order = read.digit(21)
    size = read.one_of((None, *SIZES))
    price = read.one_of((None, None, *range(LEVELS)))
    return Wish(order, size, price, read.one_of(("any", "any", "trail", "trail_pct", "stop", "limit_offset")))


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
lists = st.tuples(st.lists(tickets, max_size=1), st.lists(tickets, max_size=4), st.lists(few.map(wish_of), max_size=1))
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


def order_of(
    ticket: Ticket, order_id: int, before: Sequence[Order], assets: int, ts_ns: int, *, fractional: bool
) -> Order:
    """What a ticket means: each kind has its own prices, and a group one asset.

    Args:
        before: all orders that were asked for so far.
    """
    size = ticket.size if fractional else max(1.0, ticket.size // 1)
    kind, tif = ticket.kind, ticket.tif
    if kind not in ("MARKET", "LIMIT") and tif not in ("GTC", "DAY", "GTD"):
        tif = "GTC"
    limit = NAN
    if kind in WITH_LIMIT:
        limit = (ticket.limit % 3 if kind == "TRAILING_STOP_LIMIT" else ticket.limit) * STEP
    group, asset = ticket.group, (ticket.group or ticket.asset) % assets
    parent = before[-ticket.parent] if kind != "MARKET" and 0 < ticket.parent <= len(before) else None
    if parent is not None:
        asset = parent.asset
        # A child that its parent cancels would be no use.
        group = 0 if group == parent.group or asset != group % assets else group
    return Order(
        order_id,
        asset=asset,
        quantity=-size if ticket.sells else size,
        priority=float(ticket.priority),
        kind=kind,
        tif=tif,
        limit=limit,
        stop=ticket.stop * STEP if kind in ("STOP", "STOP_LIMIT") else NAN,
        trail=ticket.trail * STEP if kind in TRAILING and ticket.trail else NAN,
        trail_pct=ticket.pct if kind in TRAILING and not ticket.trail else NAN,
        expire_ns=ts_ns + ticket.days * DAY_NS if tif == "GTD" else 0,
        group=group,
        parent=parent.order_id if parent else 0,
        reduces_only=ticket.reduces_only,
    )


def change_of(wish: Wish, order: Order, place: int, *, fractional: bool) -> Change:
    """What a wish means for an order: as a rule something that the order has."""
    quantity = NAN
    if wish.size is not None:
        size = wish.size if fractional else max(1.0, wish.size // 1)
        quantity = size if order.is_buy else -size
    if wish.price is None:
        return Change(order.order_id, place, quantity)
    price, name = (FIRST + wish.price) * STEP, wish.name
    if name == "any":
        name = "limit" if order.kind in ("LIMIT", "STOP_LIMIT") else "stop"
        name = "trail" if order.kind in TRAILING else name
    if name in ("trail", "limit_offset"):
        price = wish.price * STEP
    if name == "trail_pct":
        price = wish.price / 8
    return Change(order.order_id, place, quantity, **{name: price})
