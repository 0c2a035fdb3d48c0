"""Orders of the naive broker, with the state that they carry from bar to bar."""

import math
from dataclasses import dataclass, fields

from tests.oracle.whole.rules import NAN, Event

TRAILING = ("TRAILING_STOP", "TRAILING_STOP_LIMIT")
WITH_STOP = ("STOP", "STOP_LIMIT", *TRAILING)
WITH_LIMIT = ("LIMIT", "STOP_LIMIT", "TRAILING_STOP_LIMIT")


@dataclass(eq=False, repr=False)
class Order:
    """One order as it was asked for, and from `since` on what became of it."""

    order_id: int
    asset: int
    quantity: float
    priority: float = 0.0
    kind: str = "MARKET"
    tif: str = "GTC"
    limit: float = NAN
    stop: float = NAN
    trail: float = NAN
    trail_pct: float = NAN
    expire_ns: int = 0
    group: int = 0
    parent: int = 0
    """Id of the order that must fill first."""
    reduces_only: bool = False
    """Whether it never opens or adds to a position."""
    is_house: bool = False
    """Whether it is the broker's own."""
    place: int = -1
    """Who goes first: its id, or later where a change has cost it its place."""
    asked: float = 0.0
    """Size that a child is for, at most, before its parent has filled."""
    given: float = math.inf
    """What its parent has filled."""
    filled: float = 0.0
    """What it has filled itself, in units of today."""
    is_late: bool = False
    """Whether it is a stop that was reached and held back by volume: it goes at the next open."""
    since: int = -1
    """Barrier after which it can be met."""
    asleep: bool = False
    """Whether its parent has not filled yet."""
    level: float = NAN
    """The price that triggers it, at present."""
    triggered: bool = False
    """Whether a stop with a limit has become a limit order."""
    bound: float = NAN
    """What it never pays more, or gets less, than; NaN where there is no such price, or not yet."""

    def __repr__(self) -> str:
        """What is not as it is by default, for the reader of a failure."""
        shown = [(field.name, getattr(self, field.name), field.default) for field in fields(self)]
        return f"Order({', '.join(f'{name}={value}' for name, value, usual in shown if value not in (usual, NAN))})"

    @property
    def is_buy(self) -> bool:
        return self.quantity > 0

    @property
    def is_plain(self) -> bool:
        return self.kind == "MARKET" and self.tif == "GTC" and self.group == 0 and self.is_sure

    @property
    def is_sure(self) -> bool:
        """Whether it will go, as far as the account allows."""
        return self.kind == "MARKET" and (self.is_house or not self.reduces_only)

    @property
    def sells_surely(self) -> bool:
        """Whether it is a sell that must be covered when it comes, and then keeps others from selling the same."""
        return self.is_sure and not self.is_buy

    @property
    def awaits_trigger(self) -> bool:
        return self.kind in WITH_STOP and not self.triggered

    @property
    def is_exit(self) -> bool:
        """Whether it lives only as long as there is something for it to reduce."""
        return self.reduces_only and self.parent > 0 and not self.asleep

    def begin(self, seq: int, mark: float, before: float = 0.0) -> None:
        """Accepted; a trailing level comes from the last known close, or later from what the parent paid or got.

        What the parent has filled `before` is reason enough not to sleep.
        """
        self.since = seq
        self.place, self.asked = self.order_id, abs(self.quantity)
        self.level = self.stop
        self.asleep = self.parent > 0
        if self.kind in ("LIMIT", "STOP_LIMIT"):
            self.bound = self.limit
        if self.asleep and before:
            self.wake(seq, before, mark)
        elif not self.asleep:
            self.trail_from(mark)

    def wake(self, since: int, size: float, price: float) -> None:
        """The parent has filled so much: this is for no more than that."""
        self.asleep, self.since, self.given = False, since, size
        self.quantity = math.copysign(min(self.asked, size), self.quantity)
        self.trail_from(price)

    def grow(self, size: float) -> None:
        """The parent has filled so much more."""
        more = min(self.asked, self.given + size) - min(self.asked, self.given)
        self.given += size
        self.quantity += math.copysign(more, self.quantity)

    def trail_from(self, price: float) -> None:
        """The first level of a trailing stop."""
        if self.kind in TRAILING:
            self.level = math.inf if self.is_buy else -math.inf
            self.follow(price)

    def follow(self, price: float) -> None:
        """A trailing level comes after a price that moved in the owner's favour, and never goes back."""
        if self.kind not in TRAILING or self.triggered:
            return
        distance = self.trail if math.isnan(self.trail_pct) else price * self.trail_pct
        if self.is_buy:
            self.level = min(self.level, price + distance)
        else:
            self.level = max(self.level, price - distance)

    def split(self, size: float, ratio: float) -> None:
        """So many units now, at prices that make up for it."""
        self.quantity = math.copysign(size, self.quantity)
        for name in ("limit", "stop", "trail", "level", "bound"):
            setattr(self, name, getattr(self, name) / ratio)

    def as_adjusted(self, kind: str) -> Event:
        """What it is after a corporate action, with where its stop has trailed to; None for what it has not."""
        stop = self.level if self.kind in TRAILING else self.stop
        shown = [None if math.isnan(price) else price for price in (self.limit, stop, self.trail)]
        return (self.order_id, self.asset, self.quantity, *shown, kind)

    def trigger(self) -> None:
        """A stop with a limit is a limit order from here on; one without goes, or is tested anew at the next bar."""
        if self.kind not in WITH_LIMIT:
            return
        self.triggered = True
        if self.kind == "TRAILING_STOP_LIMIT":
            self.bound = self.level + self.limit if self.is_buy else self.level - self.limit

    def is_reached(self, price: float) -> bool:
        """Whether a price triggers it."""
        return price >= self.level if self.is_buy else price <= self.level

    def is_within(self, price: float, *, through: bool) -> bool:
        """Whether its limit allows a price; `through` wants the price to be better than the limit."""
        if self.kind not in WITH_LIMIT:
            return True
        if through:
            return price < self.bound if self.is_buy else price > self.bound
        return price <= self.bound if self.is_buy else price >= self.bound
