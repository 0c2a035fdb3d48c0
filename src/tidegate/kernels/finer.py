"""Finer bars inside a bar: they say which way the price went, where a bar by itself leaves that to be assumed.

The finer bars of a barrier are met one after the other in time, each as a whole bar is met after its open: protective
levels first (`exits`; stops that trail: `following`), then the orders that wait for a price (`conditions`); so what
comes first goes first, and what remains unknown is only the way through one finer bar, which the path policy decides.
What the market did between two of them is a gap: a level or limit that a finer bar's open is already beyond goes at
that open, a stop-limit is triggered by it, and a trailing stop takes it into account before its bar is walked. The
first finer bar of an asset has no gap before it where it opens at the price of the whole bar, which has been met.

An order that the whole bar could not move is passed over for all of its finer bars, for they do not go beyond it.

Where this is unrealistic: within one finer bar everything that `paths` and `exits` say of bars; and what goes in one
finer bar goes at one moment, for different assets too.
"""

from tidegate.kernels.conditions import (
    ASSET,
    KIND,
    LEVEL,
    LIMIT_PRICE,
    OFFSET,
    QUANTITY,
    SINCE,
    TRAIL,
    TRAIL_PCT,
    TRIGGERED,
    meet_moved,
)
from tidegate.kernels.kernel import (
    FloatRows,
    Floats,
    IntRows,
    Ints,
    ReadFloatBlocks,
    ReadFloatRows,
    ReadFloats,
    kernel,
)
from tidegate.kernels.paths import NAN, STOP, STOP_LIMIT, TRAILING_STOP, TRAILING_STOP_LIMIT, reaches, trailed


@kernel
def find_ends(finer: ReadFloatBlocks, first: Ints, last: Ints) -> int:
    """Writes the first and the last row at which each asset has a finer bar, -1 for none; how many assets have none.

    Args:
        finer: (n, 5, n_assets) finer bars, NaN where an asset has none.
        first, last: result, (n_assets,).
    """
    n = finer.shape[0]
    absent = 0
    for a in range(len(first)):
        first[a] = last[a] = -1
        row = 0
        while row < n and finer[row, 0, a] != finer[row, 0, a]:
            row += 1
        if row == n:
            absent += 1
            continue
        first[a] = row
        row = n - 1
        while finer[row, 0, a] != finer[row, 0, a]:
            row -= 1
        last[a] = row
    return absent


@kernel
def row_moving_orders(
    seq: int,
    begin: int,
    end: int,
    finer: ReadFloatBlocks,
    first: Ints,
    opened: ReadFloats,
    policy: int,
    through: bool,
    ints: IntRows,
    floats: FloatRows,
    below: ReadFloats,
    above: ReadFloats,
    rows: Ints,
    count: int,
    moved: Ints,
    at: Floats,
    walks: FloatRows,
    winners: IntRows,
    clashes: Ints,
    found: Ints,
) -> int:
    """Walks the orders through the finer bars of rows [begin, end) up to one at which any goes, or could have gone.

    Args:
        finer, first: see `find_ends`.
        opened: (n_assets,) opens of the whole bars.
        below, above: (n_orders,) what moves each order, see `conditions.stir`.
        rows, count: the orders that the whole bar could move.
        moved: scratch, (n_orders,).
        at: result, (n_orders,) price at which each order goes at that row, NaN where it does not.
        found: result, (1,) that row, or `end`.
        seq, policy, through, ints, floats, walks, winners, clashes: as for `conditions.meet_bar`.

    Returns:
        how many units are ambiguous at that row.
    """
    for k in range(len(at)):
        at[k] = NAN
    found[0] = end
    for row in range(begin, end):
        bars = finer[row]
        some = 0
        for i in range(count):
            k = rows[i]
            a = ints[ASSET, k]
            if (bars[2, a] <= below[k] or bars[1, a] >= above[k]) and _changes(k, bars, ints, floats):
                moved[some] = k
                some += 1
        if some == 0:
            continue
        for i in range(some):
            k = moved[i]
            a = ints[ASSET, k]
            if row != first[a] or bars[0, a] != opened[a]:
                _jump(k, seq, bars[0, a], ints, floats)
        ambiguous = meet_moved(seq, bars, policy, through, ints, floats, moved, some, at, walks, winners, clashes)
        going = False
        for i in range(some):
            if at[moved[i]] == at[moved[i]]:
                going = True
        if going or ambiguous > 0:
            found[0] = row
            return ambiguous
    return 0


@kernel
def _changes(k: int, bars: ReadFloatRows, ints: IntRows, floats: FloatRows) -> bool:
    """Whether a bar in reach does anything to an order: a trailing stop may neither follow it nor be reached by it."""
    if ints[KIND, k] not in (TRAILING_STOP, TRAILING_STOP_LIMIT) or ints[TRIGGERED, k] != 0:
        return True
    a = ints[ASSET, k]
    level = floats[LEVEL, k]
    if floats[QUANTITY, k] > 0.0:
        return bool(
            bars[1, a] >= level or trailed(True, level, bars[2, a], floats[TRAIL, k], floats[TRAIL_PCT, k]) < level
        )
    return bool(
        bars[2, a] <= level or trailed(False, level, bars[1, a], floats[TRAIL, k], floats[TRAIL_PCT, k]) > level
    )


@kernel
def _jump(k: int, seq: int, price: float, ints: IntRows, floats: FloatRows) -> None:
    """What becomes of a stop when the price jumps to `price`: triggered as by an open, or trailing after it."""
    kind = ints[KIND, k]
    if kind < STOP or ints[TRIGGERED, k] != 0 or ints[SINCE, k] >= seq or price != price:
        return
    buy = floats[QUANTITY, k] > 0.0
    level = floats[LEVEL, k]
    if not reaches(buy, price, level):
        if kind in (TRAILING_STOP, TRAILING_STOP_LIMIT):
            floats[LEVEL, k] = trailed(buy, level, price, floats[TRAIL, k], floats[TRAIL_PCT, k])
    elif kind in (STOP_LIMIT, TRAILING_STOP_LIMIT):
        ints[TRIGGERED, k] = 1
        if kind == TRAILING_STOP_LIMIT:
            floats[LIMIT_PRICE, k] = level + floats[OFFSET, k] if buy else level - floats[OFFSET, k]
