"""What a naive broker makes of a wish to change an order: one order, one wish, step by step."""

import math
from dataclasses import dataclass, replace

from tests.oracle.naive_orders import NAN, TRAILING, Order

NO_SECOND_DAY = ("DAY", "IOC", "FOK", "ON_OPEN", "ON_CLOSE")
PRICED = {
    "limit": ("LIMIT", "STOP_LIMIT"),
    "stop": ("STOP", "STOP_LIMIT"),
    "trail": TRAILING,
    "trail_pct": TRAILING,
    "limit_offset": ("TRAILING_STOP_LIMIT",),
}


@dataclass(frozen=True)
class Wish:
    """What an order is to become; NaN for what stays."""

    order_id: int
    place: int
    quantity: float = NAN
    limit: float = NAN
    stop: float = NAN
    trail: float = NAN
    trail_pct: float = NAN
    limit_offset: float = NAN

    def given(self) -> dict[str, float]:
        """The prices among it."""
        return {name: getattr(self, name) for name in PRICED if not math.isnan(getattr(self, name))}


def makes_sense(order: Order, wish: Wish, *, fractional: bool) -> bool:
    """Whether an order can become that at all."""
    given = wish.given()
    if math.isnan(wish.quantity) and not given:
        return False
    if not math.isnan(wish.quantity):
        if math.isinf(wish.quantity) or wish.quantity == 0 or (wish.quantity > 0) != order.is_buy:
            return False
        if not fractional and wish.quantity != int(wish.quantity):
            return False
    for name, price in given.items():
        least = price >= 0 if name == "limit_offset" else price > 0
        if order.kind not in PRICED[name] or not least or math.isinf(price) or (name == "trail_pct" and price >= 1):
            return False
    if "trail" in given and "trail_pct" in given:
        return False
    if wish.place <= order.place:
        return False
    return not (order.triggered and ("stop" in given or "trail" in given or "trail_pct" in given))


def prices_of(order: Order) -> dict[str, float]:
    """Its prices by the names of a wish."""
    return {
        "limit": order.limit if order.kind in PRICED["limit"] else NAN,
        "stop": order.stop if order.kind in PRICED["stop"] else NAN,
        "trail": order.trail,
        "trail_pct": order.trail_pct,
        "limit_offset": order.limit if order.kind in PRICED["limit_offset"] else NAN,
    }


def new_prices(order: Order, wish: Wish) -> dict[str, float]:
    """Its prices when it has become that."""
    given = wish.given()
    if "trail" in given:
        given["trail_pct"] = NAN
    elif "trail_pct" in given:
        given["trail"] = NAN
    return prices_of(order) | given


def goes_to_the_back(order: Order, wish: Wish) -> bool:
    """Whether a venue would treat it as a new order."""
    before, after = prices_of(order), new_prices(order, wish)
    moved = any(before[name] != after[name] and not math.isnan(before[name] + after[name]) for name in before)
    other_distance = math.isnan(before["trail"]) != math.isnan(after["trail"])
    return moved or other_distance or abs(wish.quantity) > abs(order.quantity)


def ends_today(order: Order, ts_ns: int) -> bool:
    """Whether no other bar will be its own."""
    return order.tif in NO_SECOND_DAY or (order.tif == "GTD" and order.expire_ns <= ts_ns)


def become(order: Order, wish: Wish, seq: int, price: float) -> None:
    """Changes the order; a trailing stop with another distance starts anew from `price`."""
    back, after, before = goes_to_the_back(order, wish), new_prices(order, wish), replace(order)
    if not math.isnan(wish.quantity):
        order.quantity = wish.quantity
    order.trail, order.trail_pct = after["trail"], after["trail_pct"]
    if order.kind in PRICED["stop"]:
        order.stop = order.level = after["stop"]
    if order.kind in PRICED["limit"]:
        order.limit = order.bound = after["limit"]
    if order.kind in PRICED["limit_offset"]:
        order.limit = after["limit_offset"]
        if order.triggered:
            order.trigger()
    distances = [(before.trail, order.trail), (before.trail_pct, order.trail_pct)]
    if not order.asleep and any(old != new and not (math.isnan(old) and math.isnan(new)) for old, new in distances):
        order.trail_from(price)
    if back:
        order.place = wish.place
        if not order.asleep:
            order.since = seq
