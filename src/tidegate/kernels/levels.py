"""Exit levels of positions, long and short, from their trade state.

The state of a position is its quantity, negative when short, its average entry price (over entries, slippage included)
and the best price since it was opened: the highest for a long, the lowest for a short. That water mark starts at the
entry's fill price and is moved at GUARD by the bar that has just ended, so a level is never tested against the bar that
moved it; a position that was opened after the open of a bar is not moved by that bar. Where there are finer bars it is
moved by those that the position has seen as well, and the stop inside the bar with it: see `following`.

                long                        short
    stop loss   average x (1 - pct)         average x (1 + pct)
    profit      average x (1 + pct)         average x (1 - pct)
    trailing    water mark x (1 - pct)      water mark x (1 + pct)
    stop        the higher of the two       the lower of the two

When and at what price a level fills is in `exits`.

Where this is unrealistic: inside a bar the trailing level stands still, also along its finer bars.
"""

import numpy as np

from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.kernel import FloatRows, Floats, Ints, ReadFloatRows, ReadFloats, ReadInts, kernel

HELD, AVERAGE, WATER_MARK = range(3)
"""Rows of `state` (3, n_assets)."""
STOP_LOSS, TAKE_PROFIT, TRAILING = range(3)
"""Entries of `rules`: the fraction of each rule, NaN where it is off."""


@kernel
def record_fills(
    count: int,
    asset: ReadInts,
    quantity: ReadFloats,
    price: ReadFloats,
    seq: int,
    after_open: bool,
    state: FloatRows,
    opened: Ints,
    unseen: Ints,
) -> bool:
    """Takes fills into the trade state; says whether any of them was an entry.

    Args:
        count, asset, quantity, price: the fills, in booking order.
        after_open: whether they happened after the open of the barrier's bar.
        state: see the rows above; AVERAGE and WATER_MARK are NaN while flat.
        opened: (n_assets,) barrier at which the position was opened from flat, -1 while flat.
        unseen: (n_assets,) barrier of the bar after whose open the position was opened from flat; what of that bar came
            before is none of the position's. -1 for none.
    """
    entered = False
    for k in range(count):
        a = asset[k]
        held = state[HELD, a]
        added = quantity[k]
        if held * added < 0.0:
            left = held + added
            if abs(left) >= DUST and left * held > 0.0:
                state[HELD, a] = left
                continue
            held = 0.0
            added = left
            state[HELD, a] = 0.0
            state[AVERAGE, a] = np.nan
            state[WATER_MARK, a] = np.nan
            opened[a] = -1
            if abs(left) < DUST:
                continue
        entered = True
        if held == 0.0:
            state[AVERAGE, a] = price[k]
            state[WATER_MARK, a] = price[k]
            opened[a] = seq
            unseen[a] = seq if after_open else -1
        else:
            state[AVERAGE, a] = (state[AVERAGE, a] * held + price[k] * added) / (held + added)
            if held > 0.0:
                state[WATER_MARK, a] = max(state[WATER_MARK, a], price[k])
            else:
                state[WATER_MARK, a] = min(state[WATER_MARK, a], price[k])
        state[HELD, a] = held + added
    return entered


@kernel
def protective_levels(
    bars: ReadFloatRows,
    seq: int,
    unseen: Ints,
    rules: Floats,
    state: FloatRows,
    stop: Floats,
    take: Floats,
    stop_rule: Ints,
) -> bool:
    """Moves the water marks, writes the levels of all positions; whether any level, or its rule, has changed.

    Args:
        bars: (5, n_assets) open, high, low, close, volume of the bar that has ended, or of none (NaN).
        seq: its barrier.
        unseen: see `record_fills`.
        rules: the fraction of each built-in rule, NaN where it is off.
        state: see the rows above.
        stop, take: (n_assets,) levels, NaN where there is none.
        stop_rule: (n_assets,) STOP_LOSS or TRAILING; the stop loss wins a tie.
    """
    changed = False
    for a in range(len(stop)):
        new_stop = np.nan
        new_take = np.nan
        rule = STOP_LOSS
        if state[HELD, a] > 0.0:
            if bars[1, a] > state[WATER_MARK, a] and unseen[a] != seq:
                state[WATER_MARK, a] = bars[1, a]
            new_stop = state[AVERAGE, a] * (1.0 - rules[STOP_LOSS])
            new_take = state[AVERAGE, a] * (1.0 + rules[TAKE_PROFIT])
            trailing = state[WATER_MARK, a] * (1.0 - rules[TRAILING])
            if trailing > new_stop or (trailing == trailing and new_stop != new_stop):
                new_stop = trailing
                rule = TRAILING
        elif state[HELD, a] < 0.0:
            if bars[2, a] < state[WATER_MARK, a] and unseen[a] != seq:
                state[WATER_MARK, a] = bars[2, a]
            new_stop = state[AVERAGE, a] * (1.0 + rules[STOP_LOSS])
            new_take = state[AVERAGE, a] * (1.0 - rules[TAKE_PROFIT])
            trailing = state[WATER_MARK, a] * (1.0 + rules[TRAILING])
            if trailing < new_stop or (trailing == trailing and new_stop != new_stop):
                new_stop = trailing
                rule = TRAILING
        if new_stop != stop[a] and (new_stop == new_stop or stop[a] == stop[a]):
            changed = True
        if new_stop == new_stop and rule != stop_rule[a]:
            changed = True
        if new_take != take[a] and (new_take == new_take or take[a] == take[a]):
            changed = True
        stop[a] = new_stop
        take[a] = new_take
        stop_rule[a] = rule
    return changed
