"""What the naive broker does where an owner changes an open order."""

import math
from dataclasses import dataclass, replace
from typing import Any

from tests.oracle.whole.orders import TRAILING, Order
from tests.oracle.whole.rules import DUST, NAN, Event, Instrument
from tests.oracle.whole.volume import is_multiple, misfit, on_tick

PRICES = ("limit", "stop", "trail", "trail_pct", "limit_offset")
HAS = {
    "limit": ("LIMIT", "STOP_LIMIT"),
    "stop": ("STOP", "STOP_LIMIT"),
    "trail": TRAILING,
    "trail_pct": TRAILING,
    "limit_offset": ("TRAILING_STOP_LIMIT",),
}
"""Kinds of order that have a price."""


@dataclass(frozen=True)
class Change:
    """What an order is to become; NaN leaves a number as it was. `place` is a fresh number of the owner's."""

    order_id: int
    place: int
    quantity: float = NAN
    limit: float = NAN
    stop: float = NAN
    trail: float = NAN
    trail_pct: float = NAN
    limit_offset: float = NAN

    def given(self) -> dict[str, float]:
        """Prices that are given."""
        return {name: getattr(self, name) for name in PRICES if not math.isnan(getattr(self, name))}


def price_of(order: Order, name: str) -> float:
    """A price as the order has it; the `limit` of a trailing stop with a limit is a distance."""
    if name == "limit_offset":
        return order.limit if order.kind == "TRAILING_STOP_LIMIT" else NAN
    if name == "limit" and order.kind == "TRAILING_STOP_LIMIT":
        return NAN
    return float(getattr(order, name))


def makes_sense(order: Order, change: Change, *, fractional: bool) -> bool:
    """Whether an order can become this."""
    given, quantity = change.given(), change.quantity
    if not given and math.isnan(quantity):
        return False
    if not math.isnan(quantity):
        whole = fractional or quantity == math.floor(quantity)
        if not math.isfinite(quantity) or quantity * order.quantity <= 0 or not whole:
            return False
    for name, price in given.items():
        least = 0.0 if name == "limit_offset" else math.nextafter(0.0, 1.0)
        if order.kind not in HAS[name] or not math.isfinite(price) or price < least:
            return False
    if given.get("trail_pct", 0.0) >= 1 or ("trail" in given and "trail_pct" in given):
        return False
    if change.place <= order.place:
        return False
    return not ((order.triggered or order.is_late) and {"stop", "trail", "trail_pct"} & set(given))


def differing(order: Order, change: Change) -> dict[str, float]:
    """Prices that are other than they were."""
    return {name: price for name, price in change.given().items() if price != price_of(order, name)}


def off_tick(order: Order, change: Change, tick: float) -> dict[str, float]:
    """Prices that are to be other ones, and lie between ticks."""
    prices = {name: price for name, price in differing(order, change).items() if name in ("limit", "stop")}
    mine = {name: price for name, price in prices.items() if order.kind in HAS[name] and math.isfinite(price)}
    return {name: price for name, price in mine.items() if tick and price > 0 and not is_multiple(price, tick)}


def rounded(order: Order, change: Change, tick: float) -> Change:
    """The same change with its prices on ticks; one that would be none stays."""
    prices: dict[str, Any] = off_tick(order, change, tick)
    moved: dict[str, Any] = {
        name: on_tick(replace(order, **{name: price}), name, tick) for name, price in prices.items()
    }
    return replace(change, **{name: price for name, price in moved.items() if price > 0})


def unfit(
    order: Order, change: Change, instrument: Instrument, held: float, coming: float
) -> tuple[str, float, float] | None:
    """Why an order cannot be of such a size or price: reason, measured, limit."""
    quantity = change.quantity
    if not math.isnan(quantity) and quantity != order.quantity:
        after = held + quantity
        closes = held * quantity < 0 and (abs(after) <= DUST or abs(after + coming) <= DUST)
        if why := misfit(replace(order, quantity=quantity), instrument, closes=closes):
            return why
    for price in off_tick(order, change, instrument.tick).values():
        return "TICK_SIZE", price, instrument.tick
    return None


def is_larger(order: Order, change: Change) -> bool:
    return abs(change.quantity) > abs(order.quantity)


def loses_place(order: Order, change: Change) -> bool:
    """A venue would put it behind what is there: another price, or more of it."""
    return bool(differing(order, change)) or is_larger(order, change)


def apply(order: Order, change: Change, seq: int, known: float) -> None:
    """Changes an order, all of it; `known` is the last known price."""
    prices = differing(order, change)
    if loses_place(order, change):
        order.place, order.since = change.place, seq
    if not math.isnan(change.quantity):
        order.quantity, order.asked = change.quantity, abs(change.quantity)
        if not order.asleep:
            # It is for so much from now on, whatever its parent fills.
            order.given = math.inf
    if "limit" in prices:
        order.limit = order.bound = prices["limit"]
    if "stop" in prices:
        order.stop = order.level = prices["stop"]
    if "limit_offset" in prices:
        order.limit = prices["limit_offset"]
        if order.triggered:
            order.bound = order.level + order.limit if order.is_buy else order.level - order.limit
    for name in {"trail", "trail_pct"} & set(prices):
        order.trail = order.trail_pct = NAN
        setattr(order, name, prices[name])
        if not order.asleep:
            order.trail_from(known)


def told(order: Order, pending: float) -> Event:
    """An order as it is now; None for what it has not."""
    prices = [price_of(order, name) for name in PRICES]
    shown = [None if math.isnan(price) else price for price in prices]
    return (order.order_id, order.asset, order.quantity, pending, *shown, order.place)
