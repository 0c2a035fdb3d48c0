"""Courses of bars and orders for the naive broker and the engine, drawn by Hypothesis."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st
from tests.oracle.naive_changes import PRICED, Wish
from tests.oracle.naive_orders import NAN, TRAILING, WITH_LIMIT, Bar, Order, Rules

DAY_NS = 86_400_000_000_000
STEP = 0.5
"""Prices lie on a coarse grid, so that they touch one another's levels and tie all the time."""
KINDS = ("MARKET", "LIMIT", "STOP", "STOP_LIMIT", "TRAILING_STOP", "TRAILING_STOP_LIMIT", "LIMIT", "LIMIT", "MARKET")
TIFS = ("GTC", "DAY", "GTD", "IOC", "FOK", "ON_OPEN", "ON_CLOSE", "GTC", "GTC", "GTC")
"""What is interesting, or bears others, comes more often."""


class Ticket(NamedTuple):
    """The numbers of which an order is made."""

    asset: int
    size: float
    sells: bool
    kind: int
    tif: int
    limit: int
    stop: int
    trail: int
    pct: float
    days: int
    group: int
    priority: int
    parent: int
    """How many orders ago its parent was asked for, 0 for none."""
    reduce_only: bool


class Draft(NamedTuple):
    """The numbers of which a wish to change an order is made; 0 for what stays."""

    number: int
    size: float
    limit: int
    stop: int
    trail: int
    pct: float
    offset: int
    strange: bool
    """Whether it may ask for prices that the order has not, and for another sign."""


class Barrier(NamedTuple):
    """A bar of every asset (None where there is none), and what is asked for.

    `answers` come after the fills of the open, and after those of the close where orders fill at it; `canceled` are
    numbers of orders, counted over the run, to cancel after the open and after the close; so are those of `changed`.
    """

    bars: tuple[tuple[int, int, int, int] | None, ...]
    answers: list[Ticket]
    asked: list[Ticket]
    canceled: tuple[list[int], list[int]]
    changed: tuple[list[Draft], list[Draft]]
    sender: int


grid = st.integers(16, 24)
tickets = st.builds(
    Ticket,
    asset=st.integers(0, 2),
    # Sums of these are exact in any order; what cash cuts is not so round.
    size=st.sampled_from((1.0, 2.0, 3.0, 5.0, 10.0, 0.75, 2.25)),
    sells=st.sampled_from((False, False, True)),
    kind=st.integers(0, len(KINDS) - 1),
    tif=st.integers(0, len(TIFS) - 1),
    limit=grid,
    stop=grid,
    trail=st.integers(0, 3),
    pct=st.sampled_from((0.0625, 0.1, 0.2)),
    days=st.integers(0, 3),
    group=st.sampled_from((0, 0, 0, 1, 2, 3)),
    priority=st.integers(0, 2),
    parent=st.sampled_from((0, 0, 0, 1, 2, 3)),
    reduce_only=st.sampled_from((False, False, True)),
)
drafts = st.builds(
    Draft,
    number=st.integers(0, 20),
    size=st.sampled_from((0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 1.5)),
    limit=st.just(0) | grid,
    stop=st.just(0) | grid,
    trail=st.integers(0, 3),
    pct=st.sampled_from((0.0, 0.0, 0.1, 0.2)),
    offset=st.integers(0, 3),
    strange=st.sampled_from((False, False, False, False, True)),
)
numbers = st.lists(st.integers(0, 20), max_size=2)
barriers = st.builds(
    Barrier,
    bars=st.tuples(*[st.none() | st.tuples(grid, grid, grid, grid)] * 3),
    answers=st.lists(tickets, max_size=1),
    asked=st.lists(tickets, max_size=4),
    canceled=st.tuples(numbers, numbers),
    changed=st.tuples(st.lists(drafts, max_size=2), st.lists(drafts, max_size=3)),
    sender=st.integers(1, 2),
)
rules = st.builds(
    Rules,
    timing=st.sampled_from(("next_open", "next_close", "same_close")),
    path=st.sampled_from(("pessimistic", "optimistic", "high_first", "low_first", "nearest_to_open")),
    through=st.booleans(),
    shortage=st.sampled_from(("scale", "rank", "reject")),
    fractional=st.booleans(),
    slippage_bps=st.sampled_from((0.0, 0.0, 7.0, 300.0)),
    commission_bps=st.sampled_from((0.0, 0.0, 25.0)),
    per_share=st.sampled_from((0.0, 0.005)),
    minimum=st.sampled_from((0.0, 0.0, 1.0)),
    per_trade=st.sampled_from((0.0, 0.0, 0.35)),
    cap_bps=st.sampled_from((math.inf, math.inf, 50.0)),
    slippage_fixed=st.sampled_from((0.0, 0.0, 0.01)),
)


def shaped(prices: tuple[int, int, int, int]) -> Bar:
    """A bar of four prices of the grid in any order."""
    first, close = prices[0], prices[3]
    return Bar(first * STEP, max(prices) * STEP, min(prices) * STEP, close * STEP)


def order_of(
    ticket: Ticket, order_id: int, before: Sequence[Order], assets: int, ts_ns: int, *, fractional: bool
) -> Order:
    """What a ticket means: each kind has its own prices, and a group one asset.

    Args:
        before: all orders that were asked for so far.
    """
    size = ticket.size if fractional else max(1.0, ticket.size // 1)
    kind, tif = KINDS[ticket.kind], TIFS[ticket.tif]
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
        reduce_only=ticket.reduce_only,
    )


def wish_of(draft: Draft, order: Order, place: int, *, fractional: bool) -> Wish:
    """What a draft asks of an order; as a rule only what its kind has."""
    size = draft.size if fractional or draft.strange else float(int(draft.size))
    sign = 1.0 if order.is_buy != (draft.strange and draft.number % 2 == 0) else -1.0
    found = {
        "limit": draft.limit * STEP, "stop": draft.stop * STEP, "trail": draft.trail * STEP,
        "trail_pct": 0.0 if draft.trail and not draft.strange else draft.pct, "limit_offset": draft.offset * STEP,
    }  # fmt: skip
    prices = {n: v for n, v in found.items() if v and (draft.strange or order.kind in PRICED[n])}
    return Wish(order.order_id, place, sign * size if size else NAN, **prices)
