"""What the naive broker is told: its rules, and orders with the state that they carry from bar to bar."""

import math
from dataclasses import dataclass
from typing import Any

NAN = math.nan
TRAILING = ("TRAILING_STOP", "TRAILING_STOP_LIMIT")
WITH_STOP = ("STOP", "STOP_LIMIT", *TRAILING)
WITH_LIMIT = ("LIMIT", "STOP_LIMIT", "TRAILING_STOP_LIMIT")

Event = tuple[Any, ...]
"""The name of a message, then its rows; `fills` have their price point between."""


@dataclass(frozen=True)
class Rules:
    """What holds for all orders; `timing`, `path` and `shortage` are named as the settings of the engine are."""

    timing: str = "next_open"
    path: str = "pessimistic"
    through: bool = False
    shortage: str = "scale"
    fractional: bool = False
    slippage_bps: float = 0.0
    slippage_fixed: float = 0.0
    commission_bps: float = 0.0
    per_share: float = 0.0
    per_trade: float = 0.0
    minimum: float = 0.0
    cap_bps: float = math.inf


@dataclass(frozen=True)
class Bar:
    """The prices of one asset."""

    open: float
    high: float
    low: float
    close: float


@dataclass(eq=False)
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
    reduce_only: bool = False
    place: int = -1
    """Where it stands among others; its id, unless it was replaced."""
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

    @property
    def is_buy(self) -> bool:
        return self.quantity > 0

    @property
    def is_plain(self) -> bool:
        return self.is_sure and self.tif == "GTC" and self.group == 0

    @property
    def is_sure(self) -> bool:
        """Whether it will go, whatever happens."""
        return self.kind == "MARKET" and not self.reduce_only

    @property
    def sells_surely(self) -> bool:
        """Whether it is a sell that must be covered when it comes, and then keeps others from selling the same."""
        return self.is_sure and not self.is_buy

    @property
    def is_exit(self) -> bool:
        """Whether it came to life with an entry, to end it."""
        return self.reduce_only and self.parent > 0 and not self.asleep

    @property
    def awaits_trigger(self) -> bool:
        return self.kind in WITH_STOP and not self.triggered

    def begin(self, seq: int, mark: float) -> None:
        """Accepted; a trailing level comes from the last known close, or later from what the parent paid or got."""
        self.since = seq
        self.place = self.order_id
        self.level = self.stop
        self.asleep = self.parent > 0
        if self.kind in ("LIMIT", "STOP_LIMIT"):
            self.bound = self.limit
        if not self.asleep:
            self.trail_from(mark)

    def wake(self, since: int, size: float, price: float) -> None:
        """The parent has filled so much: this is for no more than that."""
        self.asleep, self.since = False, since
        self.quantity = math.copysign(min(abs(self.quantity), size), self.quantity)
        self.trail_from(price)

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
