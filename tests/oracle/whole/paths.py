"""The two ways through a bar, what an order does on each, and which of them is believed.

high first    open -> high -> low -> close
low first     open -> low -> high -> close
"""

from dataclasses import dataclass, replace

from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import Bar, Rules


@dataclass(frozen=True)
class Leg:
    """One straight piece of a path."""

    rising: bool
    start: float
    end: float


@dataclass(frozen=True)
class Walk:
    """What becomes of an order on one path: where it goes and how far the price has walked by then, or neither."""

    price: float | None
    moment: float
    after: Order


@dataclass(frozen=True)
class Verdict:
    """What the rest of a bar does to orders of which only one can go.

    `high_first` and `low_first` are the prices at which one would go on each path.
    """

    goes: Order | None
    price: float | None
    high_first: float | None
    low_first: float | None
    ambiguous: bool
    winners: tuple[Order, ...]
    """Who would go on either path."""


def legs(bar: Bar, *, high_first: bool) -> list[Leg]:
    """The path, piece by piece."""
    if high_first:
        return [Leg(True, bar.open, bar.high), Leg(False, bar.high, bar.low), Leg(True, bar.low, bar.close)]
    return [Leg(False, bar.open, bar.low), Leg(True, bar.low, bar.high), Leg(False, bar.high, bar.close)]


def trigger_price(order: Order, leg: Leg) -> float | None:
    """Where a leg triggers a stop: at its level, on the way; at once where the price is beyond it already."""
    if order.is_reached(leg.start):
        return leg.start
    if leg.rising == order.is_buy and order.is_reached(leg.end):
        return order.level
    return None


def limit_price(order: Order, leg: Leg, *, through: bool) -> float | None:
    """Where a leg fills a limit order: at its limit, on the way; at once where the price is good already."""
    if order.is_within(leg.start, through=through):
        return leg.start
    if leg.rising != order.is_buy and order.is_within(leg.end, through=through):
        return order.bound
    return None


def price_on_leg(order: Order, leg: Leg, *, through: bool) -> float | None:
    """Where an order goes on a leg; what is only triggered there waits for a later one."""
    if not order.awaits_trigger:
        return limit_price(order, leg, through=through)
    price = trigger_price(order, leg)
    if price is None:
        return None
    order.trigger()
    return price if order.is_within(price, through=through) else None


def walk(order: Order, path: list[Leg], *, through: bool) -> Walk:
    """One order on one path; the order itself stays as it is."""
    after, walked = replace(order), 0.0
    for leg in path:
        price = price_on_leg(after, leg, through=through)
        if price is not None:
            return Walk(price, walked + abs(price - leg.start), after)
        walked += abs(leg.end - leg.start)
        # A level that protects a holding follows rises, one that waits to buy follows falls.
        if leg.rising != after.is_buy:
            after.follow(leg.end)
    return Walk(None, walked, after)


def first_to_go(walks: list[Walk]) -> Walk | None:
    """Equal moments go by place."""
    going = [w for w in walks if w.price is not None]
    return min(going, key=lambda w: (w.moment, w.after.place), default=None)


def worth(winner: Walk | None, close: float) -> float:
    """What a unit is better off at the close for having gone."""
    if winner is None or winner.price is None:
        return 0.0
    return close - winner.price if winner.after.is_buy else winner.price - close


def is_high_first(rules: Rules, bar: Bar, order: Order, high: Walk | None, low: Walk | None) -> bool:
    """Which path is believed: by what the winners are worth, so the same for all of a group that has any."""
    if rules.path == "high_first":
        return True
    if rules.path == "low_first":
        return False
    if rules.path == "nearest_to_open":
        return bar.high - bar.open < bar.open - bar.low
    on_high, on_low = worth(high, bar.close), worth(low, bar.close)
    if on_high == on_low:
        # First against the side of the order: up for what buys, down for what sells.
        winner = high or low
        return (winner.after if winner else order).is_buy
    if rules.path == "pessimistic":
        return on_high < on_low
    return on_high > on_low


def judge(rules: Rules, bar: Bar, members: list[Order]) -> Verdict:
    """One order, or a group, ascending by place, against the bar after its open; levels and triggers are taken over."""
    on_high = [walk(order, legs(bar, high_first=True), through=rules.through) for order in members]
    on_low = [walk(order, legs(bar, high_first=False), through=rules.through) for order in members]
    high, low = first_to_go(on_high), first_to_go(on_low)
    chosen = [
        one if is_high_first(rules, bar, order, high, low) else other
        for order, one, other in zip(members, on_high, on_low, strict=True)
    ]
    for order, walked in zip(members, chosen, strict=True):
        order.level, order.triggered = walked.after.level, walked.after.triggered
        order.bound = walked.after.bound
    winner = first_to_go(chosen)
    goes = members[chosen.index(winner)] if winner else None
    prices = high.price if high else None, low.price if low else None
    winners = tuple(one.after for one in (low, high) if one)
    who = high.after.order_id if high else None, low.after.order_id if low else None
    ambiguous = who[0] != who[1] or prices[0] != prices[1]
    return Verdict(goes, winner.price if winner else None, *prices, ambiguous, winners)
