"""Values the positions at a barrier's close."""

from tidegate.kernels.arithmetic import MICROS_MAX, micros
from tidegate.kernels.books import BEST, COST, FEES, MARK, QUANTITY, WORST
from tidegate.kernels.instruments import UNIT
from tidegate.kernels.kernel import FloatRows, IntRows, Ints, ReadFloatRows, kernel

VALUE, GROSS, UNREALIZED, STALE, ABSENT = range(5)
"""Entries of `marked`."""
MARKED_SIZE = 5


@kernel
def mark_positions(
    seq: int,
    unseen: Ints,
    bars: ReadFloatRows,
    instruments: FloatRows,
    positions: FloatRows,
    basis: IntRows,
    marked: Ints,
) -> None:
    """Takes over the closes, widens the price range of held positions, and sums their values.

    Args:
        seq: barrier.
        unseen: (n_assets,) barrier of the bar within which, or at whose close, the position was opened: its range is
            none of the position's.
        bars: (5, n_assets) open, high, low, close, volume; NaN where an asset has no bar: its last close stays.
        instruments, positions, basis: see `Books`; MARK, WORST and BEST change.
        marked: result: value, gross value and unrealized profit in micro-units (gross is 2**60 at most, and the others
            hold only below that), how many held assets had no bar, how many assets at all had none.
    """
    value = 0
    gross = 0
    cost = 0
    stale = 0
    absent = 0
    for a in range(positions.shape[1]):
        close = bars[3, a]
        has_bar = close == close
        if has_bar:
            positions[MARK, a] = close
        else:
            absent += 1
        held = positions[QUANTITY, a]
        if held == 0.0:
            continue
        worth = micros(held * positions[MARK, a] * instruments[UNIT, a])
        value += worth
        gross = min(gross + abs(worth), MICROS_MAX)
        cost += basis[COST, a] + basis[FEES, a]
        if not has_bar:
            stale += 1
        elif unseen[a] != seq:
            positions[WORST, a] = min(positions[WORST, a], bars[2, a])
            positions[BEST, a] = max(positions[BEST, a], bars[1, a])
    marked[VALUE] = value
    marked[GROSS] = gross
    marked[UNREALIZED] = value - cost
    marked[STALE] = stale
    marked[ABSENT] = absent
