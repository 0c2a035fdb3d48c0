"""Position weight and gross exposure at validation: how much of each entry may go on.

Only entries are limited: what takes a position further from zero. An order that crosses zero is a reduction and an
entry, and the reduction always goes on. The book is projected as if everything pending and this batch's reductions had
been done, at the marks of the decision. Orders that wait for a price may go or not, so there are three projections:

    sure     held, and market orders
    most     that, and conditional buys that are entries
    least    that, and conditional sells that are entries

A buy is measured at the most, a sell at the least, gross exposure at whichever is further from zero. A conditional
order that only reduces is neither limited nor makes room. In a cash account every buy is an entry and no sell is.

Where this is unrealistic: what passes is not asked again, so a gap before the fill may take a position beyond.
"""

import numpy as np

from tidegate.kernels.arithmetic import DUST, FACTOR_ONE, MICROS_MAX, cut, in_lots, micros
from tidegate.kernels.kernel import FloatRows, Floats, Ints, ReadFloats, kernel
from tidegate.kernels.shortage import serving_order

TRIM, DENY = range(2)
AT_MARKET, CONDITIONAL, REDUCES = range(3)
"""What an order is: sure to go, or not; one that can only reduce is no entry, whatever its quantity."""
FREE, ENTRY = range(2)
"""Rows of `parts` (2, n_orders): the signed parts of an order that are not limited, and that are."""
SURE, MOST, LEAST = range(3)
"""Rows of `book` (3, n_assets): units projected, see above."""


@kernel
def part_orders(
    count: int,
    asset: Ints,
    quantity: Floats,
    nature: Ints,
    shorts: bool,
    sellable: Floats,
    book: FloatRows,
    parts: FloatRows,
) -> int:
    """Tells the entries of a batch from its reductions, in its order, and projects these; returns how many enter.

    Args:
        count, asset, quantity: the orders; quantity is signed.
        nature: of each, see AT_MARKET.
        shorts: whether the account may sell what it does not hold.
        sellable: (n_assets,) what is held less what is being sold, where it may not; a sell beyond it will be rejected
            and makes no room. Reductions are taken off.
        book, parts: changed in place, and result; see the rows above.
    """
    entries = 0
    for k in range(count):
        a = asset[k]
        asked = quantity[k]
        certain = nature[k] == AT_MARKET
        free = 0.0
        if not shorts:
            if asked < 0.0:
                free = asked
                if certain and -asked <= sellable[a] + DUST:
                    sellable[a] += asked
                    book[SURE, a] += asked
                    book[MOST, a] += asked
                    book[LEAST, a] += asked
        elif book[SURE, a] * asked < 0.0:
            free = asked
            if abs(asked) - abs(book[SURE, a]) >= DUST:
                free = -book[SURE, a]
            if certain:
                book[SURE, a] += free
                book[MOST, a] += free
                book[LEAST, a] += free
        if nature[k] == REDUCES:
            free = asked
        parts[FREE, k] = free
        parts[ENTRY, k] = asked - free
        if free != asked:
            entries += 1
    return entries


@kernel
def limit_weights(
    count: int,
    asset: Ints,
    nature: Ints,
    book: FloatRows,
    mark: ReadFloats,
    unit: ReadFloats,
    lot: ReadFloats,
    equity: float,
    pct: float,
    action: int,
    fractional: bool,
    parts: FloatRows,
    measured: Floats,
) -> int:
    """Cuts entries so that no position is worth more than `pct` of equity; returns how many were cut.

    Args:
        count, asset, nature: the orders, in the order in which they count.
        book: the projection with the reductions of the batch; what is let through is added.
        mark: (n_assets,) price; an entry without one is left alone, for it cannot be valued yet.
        unit: (n_assets,) money of one unit at a price of 1.
        lot: (n_assets,) step of quantities, 0 for whole units, or any where they may have a fraction.
        parts: entries are changed in place to what may go on, 0 for nothing.
        measured: result, the weight each entry asked for, long or short.
    """
    broken = 0
    for k in range(count):
        a = asset[k]
        entry = parts[ENTRY, k]
        measured[k] = np.nan
        if entry == 0.0 or mark[a] != mark[a]:
            continue
        side = 1.0 if entry > 0.0 else -1.0
        row = MOST if entry > 0.0 else LEAST
        lead = parts[FREE, k] if nature[k] == CONDITIONAL else 0.0
        start = side * (book[row, a] + lead)
        wanted = start + side * entry
        if wanted > 0.0:
            price = mark[a] * unit[a]
            measured[k] = wanted * price / equity if equity > 0.0 else np.inf
            room = in_lots(pct * equity / price, lot[a], fractional) - start
            if abs(entry) > room:
                broken += 1
                room = in_lots(room, lot[a], True) if lot[a] != 0.0 else room  # what is held may be no whole lots
                entry = side * max(0.0, min(room, abs(entry))) if action == TRIM else 0.0
                parts[ENTRY, k] = entry
        if nature[k] == AT_MARKET:
            book[MOST, a] += entry
            book[LEAST, a] += entry
        elif entry != 0.0:
            book[row, a] += lead + entry
    return broken


@kernel
def _entries_value(
    count: int,
    asset: Ints,
    parts: FloatRows,
    mark: ReadFloats,
    unit: ReadFloats,
    lot: ReadFloats,
    factor: int,
    fractional: bool,
) -> int:
    total = 0
    for k in range(count):
        a = asset[k]
        if parts[ENTRY, k] != 0.0 and mark[a] == mark[a]:
            total += micros(cut(abs(parts[ENTRY, k]), factor, lot[a], fractional) * mark[a] * unit[a])
            if total > MICROS_MAX:
                return MICROS_MAX
    return total


@kernel
def limit_gross(
    count: int,
    order_id: Ints,
    asset: Ints,
    priority: Floats,
    book: FloatRows,
    mark: ReadFloats,
    unit: ReadFloats,
    lot: ReadFloats,
    equity: float,
    pct: float,
    action: int,
    fractional: bool,
    parts: FloatRows,
    serving: Ints,
) -> float:
    """Cuts entries so that all positions together are worth at most `pct` of equity; returns the gross asked for.

    TRIM scales all entries by one factor j / 2**32, the largest that fits. DENY drops whole entries that do not fit,
    highest priority served first. Arguments as for `limit_weights`, but `book` holds no entry of the batch; `serving`
    is scratch, (n_orders,).
    """
    room = micros(pct * max(0.0, equity))
    for a in range(book.shape[1]):
        furthest = max(abs(book[MOST, a]), abs(book[LEAST, a]))
        if furthest != 0.0 and mark[a] == mark[a]:
            room = max(room - micros(furthest * mark[a] * unit[a]), -MICROS_MAX)
    asked = _entries_value(count, asset, parts, mark, unit, lot, FACTOR_ONE, fractional)
    gross = np.inf
    if equity > 0.0:
        gross = pct + (asked - room) / 1e6 / equity
    if asked <= room:
        return gross
    if action == TRIM:
        low, high = 0, FACTOR_ONE
        while high - low > 1:
            middle = (low + high) // 2
            if _entries_value(count, asset, parts, mark, unit, lot, middle, fractional) <= room:
                low = middle
            else:
                high = middle
        for k in range(count):
            if parts[ENTRY, k] != 0.0 and mark[asset[k]] == mark[asset[k]]:
                parts[ENTRY, k] = cut(parts[ENTRY, k], low, lot[asset[k]], fractional)
        return gross
    serving_order(count, priority, asset, order_id, serving)
    for place in range(count):
        k = serving[place]
        if parts[ENTRY, k] == 0.0 or mark[asset[k]] != mark[asset[k]]:
            continue
        value = micros(abs(parts[ENTRY, k]) * mark[asset[k]] * unit[asset[k]])
        if value <= room:
            room -= value
        else:
            parts[ENTRY, k] = 0.0
    return gross
