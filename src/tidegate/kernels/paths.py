"""One conditional order against one bar: whether it goes, at which price, and what becomes of its levels.

A bar tells four prices and not the way between them. It is walked in three legs, either *high first* (open, high, low,
close) or *low first* (open, low, high, close); an order goes at the first moment of the way at which it can:

LIMIT                 where the price reaches the limit (with `through`: goes beyond it), at the limit
STOP                  where the price reaches the stop, at the stop
STOP_LIMIT            from where the price reaches the stop it is a limit order: it goes there and then if the stop is
                      within the limit, else where a later part of the way reaches the limit
TRAILING_STOP         as STOP; before that its level follows the price, see `trailed`
TRAILING_STOP_LIMIT   likewise; the limit lies at a distance beyond the level that was reached

What the open is already beyond goes at the open (`meets_open`).

Where this is unrealistic: real prices turn more than twice in a bar, so an order may trail or come back to its limit in
ways that no leg shows; a limit that was touched always fills, and whole; a stop fills at its level without a gap.
"""

from tidegate.kernels.kernel import Floats, kernel

MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING_STOP, TRAILING_STOP_LIMIT = range(6)
"""Values of `core.enums.OrderKind`, as plain numbers for compiled code."""
WALK_MOMENT, WALK_PRICE, WALK_LEVEL, WALK_LIMIT, WALK_TRIGGERED = range(5)
"""Entries of a walk's result: length of way from the open and price at which the order goes, NaN where it does not;
then its level, its limit, and whether (1.0) a stop-limit's level has been reached."""
WALK_SIZE = 5
NAN = float("nan")


@kernel
def within(buy: bool, price: float, limit: float, through: bool) -> bool:
    """Whether a limit order can go at `price`."""
    if price == limit:
        return not through
    return price < limit if buy else price > limit


@kernel
def reaches(buy: bool, price: float, level: float) -> bool:
    """Whether `price` triggers a stop."""
    return price >= level if buy else price <= level


@kernel
def trailed(buy: bool, level: float, price: float, trail: float, trail_pct: float) -> float:
    """The level of a trailing stop after the price has been at `price`: it only ever moves toward the price.

    Args:
        trail, trail_pct: distance in price, or as a fraction of it; the other is NaN.
    """
    distance = trail if trail == trail else price * trail_pct
    return min(level, price + distance) if buy else max(level, price - distance)


@kernel
def walk(
    kind: int,
    buy: bool,
    triggered: bool,
    limit: float,
    level: float,
    trail: float,
    trail_pct: float,
    offset: float,
    first: float,
    second: float,
    third: float,
    last: float,
    through: bool,
    out: Floats,
) -> None:
    """Walks one way through a bar after its open.

    Args:
        triggered: whether a stop-limit's stop has been reached before; a stop then waits for the next open.
        limit, level: prices, NaN where the kind has none yet.
        trail, trail_pct, offset: distances of trailing stops, and of their limit.
        first, second, third, last: the prices between which the way goes.
        through: whether a limit must be passed, not only touched.
        out: result, see WALK_MOMENT.
    """
    stopped = triggered or kind == LIMIT
    trails = kind in (TRAILING_STOP, TRAILING_STOP_LIMIT)
    moment, price = NAN, NAN
    at = first
    walked = 0.0
    for leg in range(3):
        end = second if leg == 0 else (third if leg == 1 else last)
        if not stopped and (reaches(buy, at, level) or reaches(buy, end, level)):
            stopped = True
            reached = max(level, at) if buy else min(level, at)
            if kind == TRAILING_STOP_LIMIT:
                limit = level + offset if buy else level - offset
            if kind in (STOP, TRAILING_STOP) or within(buy, reached, limit, through):
                moment, price = walked + abs(reached - at), reached
                break
        elif stopped and (within(buy, at, limit, through) or within(buy, end, limit, through)):
            price = min(limit, at) if buy else max(limit, at)
            moment = walked + abs(price - at)
            break
        if trails and not stopped:
            level = trailed(buy, level, end, trail, trail_pct)
        walked += abs(end - at)
        at = end
    out[WALK_MOMENT] = moment
    out[WALK_PRICE] = price
    out[WALK_LEVEL] = level
    out[WALK_LIMIT] = limit
    out[WALK_TRIGGERED] = 1.0 if triggered or (stopped and kind in (STOP_LIMIT, TRAILING_STOP_LIMIT)) else 0.0
