"""Protective levels of positions against one bar.

A position with a stop and a profit level is closed at the open where the open is already beyond one of them, and else
at the level that the rest of the bar touches; when both are touched the path is not known: the path policy says which
is taken (the stop, unless told otherwise), and the clash is reported. The stop of a long lies below the price and its
profit level above; those of a short lie the other way round, and its exit buys.

Where this is unrealistic: a touched level always fills, as far as volume lets it; and levels are tested before the
orders that the same bar could move (`conditions`), whichever of them the price reached first.
"""

import numpy as np

from tidegate.kernels.arithmetic import in_lots
from tidegate.kernels.books import EXITS_MADE, MARGIN, N_CLASHES, N_FILLS, QUANTITY, Books, Rows
from tidegate.kernels.conditions import HIGH_FIRST, LOW_FIRST, NEAREST_TO_OPEN, OPTIMISTIC
from tidegate.kernels.costs import COST_SPLIT, commission, money, note_priced, order_price
from tidegate.kernels.entries import CASH_SHORTAGE, note_cancel
from tidegate.kernels.funds import available
from tidegate.kernels.instruments import LOT
from tidegate.kernels.kernel import FloatRows, ReadFloatRows, ReadFloats, ReadInts, kernel
from tidegate.kernels.ledger import book_fill
from tidegate.kernels.matching import VOLUME_LIMIT
from tidegate.kernels.paths import NAN

NOTHING_REACHED, REACHED_AT_OPEN, REACHED_LATER = range(3)


@kernel
def levels_reached(bars: ReadFloatRows, stop: ReadFloats, take: ReadFloats, positions: FloatRows) -> int:
    """Whether any held position's level is reached at the open, only later in the bar, or not at all.

    Args:
        bars: (5, n_assets) open, high, low, close, volume.
        stop, take: (n_assets,) levels, NaN where there is none.
        positions: see `books`.
    """
    later = False
    for a in range(len(stop)):
        if positions[QUANTITY, a] > 0.0:
            if bars[0, a] <= stop[a] or bars[0, a] >= take[a]:
                return REACHED_AT_OPEN
            if bars[2, a] <= stop[a] or bars[1, a] >= take[a]:
                later = True
        elif positions[QUANTITY, a] < 0.0:
            if bars[0, a] >= stop[a] or bars[0, a] <= take[a]:
                return REACHED_AT_OPEN
            if bars[1, a] >= stop[a] or bars[2, a] <= take[a]:
                later = True
    return REACHED_LATER if later else NOTHING_REACHED


@kernel
def exit_at_levels(
    seq: int,
    at_open: bool,
    bars: ReadFloatRows,
    stop: ReadFloats,
    take: ReadFloats,
    stop_rule: ReadInts,
    take_rule: ReadInts,
    policy: int,
    fractional: bool,
    books: Books,
    rows: Rows,
) -> int:
    """Closes the positions whose level is reached, in column order; returns how many.

    In a cash account a position that cannot pay its commission stays, and its exit is canceled; it is tried once a bar.
    What volume holds back is canceled likewise; of a stop it is due at the next open, wherever the price is by then.

    Args:
        seq: barrier.
        at_open: whether only the open is looked at, or the whole bar after it.
        bars, stop, take: as for `levels_reached`.
        stop_rule, take_rule: (n_assets,) rule of each level; a fill's source is -1 - rule.
        policy: which of two levels in one bar is taken, see `core.enums.PathPolicy`.
        fractional: whether quantities may have a fraction.
        books, rows: changed in place; assets whose bar touched both levels are appended to `rows.clashes`, and
            `rows.stuck` holds the barrier at which an asset's exit was canceled.
    """
    totals = books.totals
    before = totals[N_FILLS]
    for a in range(len(stop)):
        held = books.positions[QUANTITY, a]
        first = bars[0, a]
        if held == 0.0 or first != first or rows.stuck[a] == seq:
            continue
        late = at_open and books.overdue[a] != 0
        low = first if at_open else bars[2, a]
        high = first if at_open else bars[1, a]
        short = held < 0.0
        stopped = high >= stop[a] if short else low <= stop[a]
        taken = low <= take[a] if short else high >= take[a]
        stopped = stopped or late
        if not (stopped or taken):
            continue
        if stopped and taken and not at_open:
            rows.clashes[totals[N_CLASHES]] = a
            totals[N_CLASHES] += 1
            stopped = not _take_first(policy, short, first, high, low)
        source = -1 - (stop_rule[a] if stopped else take_rule[a])
        size = abs(held)
        if size > books.room[a]:
            size = max(in_lots(books.room[a], books.instruments[LOT, a], fractional), 0.0)
        order = totals[EXITS_MADE]
        totals[EXITS_MADE] = order + 1
        if late:
            source = books.overdue[a]
            reference = first
        elif stopped:
            reference = max(stop[a], first) if short else min(stop[a], first)
        else:
            reference = min(take[a], first) if short else max(take[a], first)
        if stopped:
            price = order_price(0, order, a, -held, size, reference, NAN, False, books, rows)
        else:
            price = reference
            if books.costs[COST_SPLIT] != 0.0:
                note_priced(0, order, a, size, short, reference, not at_open, False, books, rows)
        after = 0
        if books.kind[MARGIN] == 0 and size > 0.0:
            after = available(books) + money(a, size, price, books) - commission(a, size, price, books)
        if after < 0:
            rows.stuck[a] = seq
            note_cancel(order, source, a, CASH_SHORTAGE, -held, after / 1e6, 0.0, books, rows)
            continue
        if size > 0.0:
            book_fill(seq, order, source, a, np.copysign(size, -held), price, reference, books, rows)
        if size < abs(held):
            rows.stuck[a] = seq
            rest = np.copysign(abs(held) - size, -held)
            note_cancel(order, source, a, VOLUME_LIMIT, rest, abs(held), size, books, rows)
            if stopped:
                books.overdue[a] = source
    return int(totals[N_FILLS] - before)


@kernel
def _take_first(policy: int, short: bool, first: float, high: float, low: float) -> bool:
    """Whether a position reaches its profit level before its stop in a bar that touches both."""
    if policy == OPTIMISTIC:
        return True
    if policy == NEAREST_TO_OPEN:
        return (high - first < first - low) != short
    return policy == (LOW_FIRST if short else HIGH_FIRST)
