"""The yardstick along finer bars: the loop of `bare_exits`, its levels held against the minutes of each day in turn.

The stop loss and the profit level of a position stay where they are all day, for nothing is bought between the opens;
so for each holding the first minute that reaches either is looked for, and those minutes are gone through in order. In
a minute its open comes first. There is no trailing stop here.
"""

import numpy as np

from tidegate.cli.bench.bare import CLOSE, HIGH, LOW, OPEN, Fills, Tape, decide, fill_orders, micros
from tidegate.cli.bench.bare_exits import Levels, exit_positions
from tidegate.cli.bench.workloads import CASH, Rotation
from tidegate.core.arrays import FloatArray


def exit_along(
    barrier: int, minutes: FloatArray, levels: Levels, held: FloatArray, rate: float, fills: Fills
) -> int:  # fmt: skip
    """Closes positions in the order in which minutes (M, 5, N) reach their levels; returns the micro-units made."""
    owned = np.flatnonzero(held)
    reached = minutes[:, LOW, owned] <= levels.stop[owned]
    reached |= minutes[:, HIGH, owned] >= levels.take[owned]
    made = 0
    for row in np.unique(reached.argmax(axis=0)[reached.any(axis=0)]).tolist():
        opens = minutes[row, OPEN]
        made += exit_positions(barrier, opens, opens, opens, levels, held, rate, fills)
        made += exit_positions(barrier, opens, minutes[row, LOW], minutes[row, HIGH], levels, held, rate, fills)
    return made


def rotate_along(bars: FloatArray, finer: FloatArray, scores: FloatArray, rotation: Rotation) -> Tape:
    """Runs the rotation with its stop loss and profit level.

    Args:
        bars, scores, rotation: as for `bare.rotate`.
        finer: (T x M, 5, N) M finer bars for each bar; those of the first are not looked at.
    """
    length, _, assets = bars.shape
    days = finer.reshape(length, -1, 5, assets)
    rate = rotation.fee_bps * 1e-4
    cash = round(CASH * 1e6)
    held, orders, mark = np.zeros(assets), np.zeros(assets), np.full(assets, np.nan)
    levels = Levels(assets, rotation)
    equity = np.empty(length, dtype=np.int64)
    fills = Fills()
    for t in range(length):
        opens, close = bars[t, OPEN], bars[t, CLOSE]
        cash += exit_positions(t, opens, opens, opens, levels, held, rate, fills)
        if orders.any():
            cash = fill_orders(t, opens, orders, held, cash, rate, fills)
        levels.record(fills)
        if t:
            cash += exit_along(t, days[t], levels, held, rate, fills)
        levels.record(fills)
        mark = np.where(close == close, close, mark)
        owned = np.flatnonzero(held)
        equity[t] = cash + micros(held[owned] * mark[owned]).sum()
        if t % rotation.every == 0:
            orders = decide(scores[t], mark, held, orders, int(equity[t]), rotation)
    return fills.tape(equity)
