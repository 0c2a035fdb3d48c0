"""All conditional orders against one price point of a bar.

An order is met from the bar after the one at which it was accepted, and only where the bar could move it: of thousands
most wait far from the price, and `stir` passes over them quickly. Orders of one *unit* cancel one another, so at one
price point only one of them goes, and the others wait for the next even where that one has nothing to reduce; an order
without such company is a unit by itself. `paths` says when one order goes.
"""

from tidegate.kernels.kernel import (
    FloatRows,
    Floats,
    IntRows,
    Ints,
    ReadFloatRows,
    ReadFloats,
    ReadInts,
    kernel,
)
from tidegate.kernels.paths import (
    LIMIT,
    MARKET,
    NAN,
    STOP,
    TRAILING_STOP,
    TRAILING_STOP_LIMIT,
    WALK_LEVEL,
    WALK_LIMIT,
    WALK_MOMENT,
    WALK_PRICE,
    WALK_SIZE,
    WALK_TRIGGERED,
    reaches,
    trailed,
    walk,
    within,
)

ORDER, ASSET, KIND, TIF, EXPIRE_NS, GROUP, UNIT, SINCE, TRIGGERED, PARENT, PLACE, REDUCE_ONLY, PAUSED = range(13)
"""Rows of `ints`; columns ascend by place. UNIT is a number below that of the columns; SINCE is the barrier after which
the order is met; TRIGGERED is for stop-limits, and for stops of which volume held something back; PAUSED is 1 + the
barrier in whose finer bars volume held the order back, which it meets no more of them."""
INT_ROWS = 13
ASLEEP, GONE = 2**62, 2**62 + 1
"""SINCE of an order whose parent has not filled yet, and of a column that an order has left."""
QUANTITY, PRIORITY, LIMIT_PRICE, LEVEL, TRAIL, TRAIL_PCT, OFFSET, ASKED, GIVEN = range(9)
"""Rows of `floats`; LEVEL is the stop, wherever it has trailed to; OFFSET the distance of a trailing stop's limit;
ASKED and GIVEN, of an order that has woken, what it would be for, and what its parent has filled."""
FLOAT_ROWS = 9
GTC, DAY, GTD, IOC, FOK, ON_OPEN, ON_CLOSE = range(7)
"""Values of `core.enums.TimeInForce`."""
PESSIMISTIC, OPTIMISTIC, HIGH_FIRST, LOW_FIRST, NEAREST_TO_OPEN = range(5)
"""The members of `core.enums.PathPolicy`, in their order."""


@kernel
def stir(bars: ReadFloatRows, asset: ReadInts, below: ReadFloats, above: ReadFloats, rows: Ints) -> int:
    """Writes into `rows` the orders that this bar could move, ascending; returns how many.

    Args:
        bars: (5, n_assets) open, high, low, close, volume; NaN where an asset has no bar, and moves nothing.
        asset: (n_orders,) columns.
        below, above: (n_orders,) an order is moved by a low at or under the one, or a high at or over the other.
        rows: result, (n_orders,).
    """
    count = 0
    for k in range(len(asset)):
        if bars[2, asset[k]] <= below[k] or bars[1, asset[k]] >= above[k]:
            rows[count] = k
            count += 1
    return count


@kernel
def meet_open(
    seq: int,
    bars: ReadFloatRows,
    market: bool,
    through: bool,
    ints: IntRows,
    floats: FloatRows,
    rows: Ints,
    count: int,
    at: Floats,
    taken: Ints,
) -> int:
    """Writes into `at` the price at which each order goes at the open, NaN where it does not; returns how many go.

    Args:
        seq: barrier.
        bars: (5, n_assets) open, high, low, close, volume; NaN where an asset has no bar.
        market: whether market orders go at the open.
        through: whether a limit must be passed, not only touched.
        ints, floats: (13, n_orders or more), (9, as many) the orders; what is triggered and trails is changed.
        rows, count: those that `stir` found.
        at: result, (n_orders,).
        taken: scratch, (n_orders,).
    """
    going = 0
    for k in range(len(at)):
        at[k] = NAN
    for i in range(count):
        taken[ints[UNIT, rows[i]]] = 0
    for i in range(count):
        k = rows[i]
        price = bars[0, ints[ASSET, k]]
        kind, tif = ints[KIND, k], ints[TIF, k]
        if price != price or ints[SINCE, k] >= seq or tif == ON_CLOSE:
            continue
        if kind == MARKET:
            goes = market or tif == ON_OPEN
        else:
            goes = _goes_at(k, kind, price, through, ints, floats)
        if goes and taken[ints[UNIT, k]] == 0:
            taken[ints[UNIT, k]] = 1
            at[k] = price
            going += 1
    return going


@kernel
def _goes_at(k: int, kind: int, price: float, through: bool, ints: IntRows, floats: FloatRows) -> bool:
    """Whether an order that is no market order goes at the open; its level follows the open where it does not."""
    buy = floats[QUANTITY, k] > 0.0
    if kind in (STOP, TRAILING_STOP) and ints[TRIGGERED, k] != 0:
        return True
    if kind != LIMIT and ints[TRIGGERED, k] == 0:
        level = floats[LEVEL, k]
        if not reaches(buy, price, level):
            if kind in (TRAILING_STOP, TRAILING_STOP_LIMIT):
                floats[LEVEL, k] = trailed(buy, level, price, floats[TRAIL, k], floats[TRAIL_PCT, k])
            return False
        if kind in (STOP, TRAILING_STOP):
            return True
        ints[TRIGGERED, k] = 1
        if kind == TRAILING_STOP_LIMIT:
            floats[LIMIT_PRICE, k] = level + floats[OFFSET, k] if buy else level - floats[OFFSET, k]
    return within(buy, price, floats[LIMIT_PRICE, k], through)


@kernel
def meet_bar(
    seq: int,
    bars: ReadFloatRows,
    policy: int,
    through: bool,
    ints: IntRows,
    floats: FloatRows,
    rows: Ints,
    count: int,
    at: Floats,
    walks: FloatRows,
    winners: IntRows,
    clashes: Ints,
) -> int:
    """Writes into `at` the price at which each order goes inside the bar; returns how many units are ambiguous.

    Args:
        policy: which way the bar went, see `core.enums.PathPolicy`.
        at: result, (n_orders,) NaN where an order does not go.
        walks: (n_orders, 10) result: both walks of every order, high first and low first, see `paths`.
        winners: (3, n_orders) result: by unit, who goes on the way high first and low first, -1 for nobody; then
            whether it was judged.
        clashes: (n_orders,) result: the ambiguous units.
        seq, bars, through, ints, floats, rows, count: as for `meet_open`.
    """
    for k in range(len(at)):
        at[k] = NAN
    return meet_moved(seq, bars, policy, through, ints, floats, rows, count, at, walks, winners, clashes)


@kernel
def meet_moved(
    seq: int,
    bars: ReadFloatRows,
    policy: int,
    through: bool,
    ints: IntRows,
    floats: FloatRows,
    rows: Ints,
    count: int,
    at: Floats,
    walks: FloatRows,
    winners: IntRows,
    clashes: Ints,
) -> int:
    """`meet_bar` where `at` is NaN already for everybody."""
    for i in range(count):
        unit = ints[UNIT, rows[i]]
        winners[0, unit] = winners[1, unit] = -1
        winners[2, unit] = 0
    for i in range(count):
        k = rows[i]
        if _is_met(k, seq, bars, ints):
            _walk_both(k, bars, through, ints, floats, walks)
            unit = ints[UNIT, k]
            for way in range(2):
                entry = way * WALK_SIZE + WALK_MOMENT
                moment, leader = walks[k, entry], winners[way, unit]
                if moment == moment and (leader < 0 or moment < walks[leader, entry]):
                    winners[way, unit] = k
    ambiguous = 0
    for i in range(count):
        k = rows[i]
        if not _is_met(k, seq, bars, ints):
            continue
        unit = ints[UNIT, k]
        chosen = _choose(k, bars, policy, ints, floats, walks, winners)
        if winners[2, unit] == 0 and _differ(unit, walks, winners):
            clashes[ambiguous] = unit
            ambiguous += 1
        winners[2, unit] = 1
        entry = chosen * WALK_SIZE
        if winners[chosen, unit] == k:
            at[k] = walks[k, entry + WALK_PRICE]
        floats[LEVEL, k] = walks[k, entry + WALK_LEVEL]
        floats[LIMIT_PRICE, k] = walks[k, entry + WALK_LIMIT]
        ints[TRIGGERED, k] = int(walks[k, entry + WALK_TRIGGERED])
    return ambiguous


@kernel
def _is_met(k: int, seq: int, bars: ReadFloatRows, ints: IntRows) -> bool:
    """Whether an order can go after the open."""
    tif = ints[TIF, k]
    if ints[KIND, k] == MARKET or tif in (IOC, FOK, ON_OPEN, ON_CLOSE):
        return False
    first = bars[0, ints[ASSET, k]]
    return bool(ints[SINCE, k] < seq and first == first)


@kernel
def _walk_both(k: int, bars: ReadFloatRows, through: bool, ints: IntRows, floats: FloatRows, walks: FloatRows) -> None:
    asset = ints[ASSET, k]
    for way in range(2):
        second, third = (bars[1, asset], bars[2, asset]) if way == 0 else (bars[2, asset], bars[1, asset])
        walk(
            ints[KIND, k], floats[QUANTITY, k] > 0.0, ints[TRIGGERED, k] != 0, floats[LIMIT_PRICE, k], floats[LEVEL, k],
            floats[TRAIL, k], floats[TRAIL_PCT, k], floats[OFFSET, k], bars[0, asset], second, third, bars[3, asset],
            through, walks[k, way * WALK_SIZE : (way + 1) * WALK_SIZE],
        )  # fmt: skip


@kernel
def _differ(unit: int, walks: FloatRows, winners: IntRows) -> bool:
    """Whether the two ways end differently for a unit."""
    one, other = winners[0, unit], winners[1, unit]
    if one != other:
        return True
    return bool(one >= 0 and walks[one, WALK_PRICE] != walks[other, WALK_SIZE + WALK_PRICE])


@kernel
def _choose(
    k: int, bars: ReadFloatRows, policy: int, ints: IntRows, floats: FloatRows, walks: FloatRows, winners: IntRows
) -> int:
    """0 for the way high first, 1 for low first, as the policy has it for the unit of an order."""
    asset, unit = ints[ASSET, k], ints[UNIT, k]
    first, high, low, close = bars[0, asset], bars[1, asset], bars[2, asset], bars[3, asset]
    if policy == HIGH_FIRST:
        return 0
    if policy == LOW_FIRST:
        return 1
    if policy == NEAREST_TO_OPEN:
        return 0 if high - first < first - low else 1
    one, other = winners[0, unit], winners[1, unit]
    gain = _gain(one, walks[one, WALK_PRICE], close, floats) if one >= 0 else 0.0
    other_gain = _gain(other, walks[other, WALK_SIZE + WALK_PRICE], close, floats) if other >= 0 else 0.0
    if gain == other_gain:
        decisive = one if one >= 0 else (other if other >= 0 else k)
        return 0 if floats[QUANTITY, decisive] > 0.0 else 1
    better = 0 if gain > other_gain else 1
    return better if policy == OPTIMISTIC else 1 - better


@kernel
def _gain(k: int, price: float, close: float, floats: FloatRows) -> float:
    """What a unit of quantity is worth more at the close for having gone at `price`."""
    return close - price if floats[QUANTITY, k] > 0.0 else price - close


@kernel
def meet_close(
    seq: int,
    bars: ReadFloatRows,
    market: bool,
    through: bool,
    ints: IntRows,
    floats: FloatRows,
    rows: Ints,
    count: int,
    at: Floats,
    taken: Ints,
) -> int:
    """Writes into `at` the price at which each order goes at the close, NaN where it does not; returns how many go.

    Args:
        seq: orders accepted before this barrier are met.
        market: whether market orders go at the close; those that are ON_CLOSE always do.
        bars, through, ints, floats, rows, count, at, taken: as for `meet_open`.
    """
    going = 0
    for k in range(len(at)):
        at[k] = NAN
    for i in range(count):
        taken[ints[UNIT, rows[i]]] = 0
    for i in range(count):
        k = rows[i]
        price = bars[3, ints[ASSET, k]]
        kind, tif = ints[KIND, k], ints[TIF, k]
        if price != price or ints[SINCE, k] >= seq or taken[ints[UNIT, k]] != 0:
            continue
        if kind == MARKET:
            goes = tif == ON_CLOSE or (market and tif != ON_OPEN)
        else:
            goes = tif == ON_CLOSE and within(floats[QUANTITY, k] > 0.0, price, floats[LIMIT_PRICE, k], through)
        if goes:
            taken[ints[UNIT, k]] = 1
            at[k] = price
            going += 1
    return going


@kernel
def time_is_over(seq: int, ts_ns: int, ints: IntRows, over: Ints) -> int:
    """Marks with 1 the orders that end with this bar; returns how many.

    Args:
        over: result, (n_orders,).
        seq, ts_ns, ints: as for `meet_open`.
    """
    count = 0
    for k in range(len(over)):
        tif = ints[TIF, k]
        over[k] = 0
        if ints[SINCE, k] < seq and tif != GTC and (tif != GTD or ints[EXPIRE_NS, k] <= ts_ns):
            over[k] = 1
            count += 1
    return count
