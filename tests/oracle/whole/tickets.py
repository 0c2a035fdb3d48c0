"""Orders and changes of orders for the naive broker and the engine, each read off a few whole numbers.

Drawing a number costs a fraction of drawing all that it stands for; 0 stands for what is simplest, so that a failure
still shrinks.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from tests.oracle.whole.changes import Change
from tests.oracle.whole.orders import TRAILING, WITH_LIMIT, Order
from tests.oracle.whole.rules import DAY_NS, NAN

T = TypeVar("T")
STEP = 0.5
"""Prices lie on a coarse grid, so that they touch one another's levels and tie all the time."""
FIRST, LEVELS = 16, 9
KINDS = ("MARKET", "LIMIT", "STOP", "STOP_LIMIT", "TRAILING_STOP", "TRAILING_STOP_LIMIT", "LIMIT", "LIMIT", "MARKET")
TIFS = ("GTC", "GTC", "GTC", "GTC", "DAY", "GTD", "IOC", "FOK", "ON_OPEN", "ON_CLOSE")
"""What is interesting, or bears others, comes more often."""
SIZES = (1.0, 2.0, 3.0, 5.0, 10.0, 0.75, 2.25)
"""Sums of these are exact in any order; what cash cuts is not so round."""
CHANGED = ("any", "any", "trail", "trail_pct", "stop", "limit_offset", "limit")


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
    prices: tuple[tuple[str, int], ...]
    """Which and how much; `any` is one that the order has."""
    strange: bool
    """Whether the size may be no whole one, and of the other sign."""


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
    first, other = (read.one_of((None, None, *range(LEVELS))), read.one_of((None, None, None, *range(LEVELS))))
    drawn = (read.one_of(CHANGED), first), (read.one_of(CHANGED), other)
    return Wish(order, size, tuple((name, price) for name, price in drawn if price is not None), read.digit(6) == 5)


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
        size = wish.size if fractional or wish.strange else max(1.0, wish.size // 1)
        quantity = size if order.is_buy != (wish.strange and wish.order % 2 == 0) else -size
    prices: dict[str, float] = {}
    for named, number in wish.prices:
        name = named
        if name == "any":
            name = "limit" if order.kind in ("LIMIT", "STOP_LIMIT") else "stop"
            name = "trail" if order.kind in TRAILING else name
        if name in ("trail", "limit_offset"):
            prices[name] = number * STEP
        else:
            prices[name] = number / 8 if name == "trail_pct" else (FIRST + number) * STEP
    return Change(order.order_id, place, quantity, **prices)
