"""Values the positions at a barrier's close."""

from tidegate.kernels.arithmetic import MICROS_MAX, micros
from tidegate.kernels.books import COST, FEES, HIGHEST, LOWEST, MARGIN, MARK, QUANTITY, SETTLED, Books
from tidegate.kernels.funds import margin
from tidegate.kernels.instruments import FUTURE, INITIAL, MAINTENANCE, UNIT
from tidegate.kernels.kernel import Ints, ReadFloatRows, kernel

VALUE, GROSS, UNREALIZED, STALE, ABSENT, INITIAL_MARGIN, MAINTENANCE_MARGIN = range(7)
"""Entries of `marked`."""
MARKED_SIZE = 7


@kernel
def mark_positions(seq: int, unseen: Ints, bars: ReadFloatRows, books: Books, marked: Ints) -> None:
    """Takes over the closes, widens the price range of held positions, and sums their values.

    Args:
        seq: barrier.
        unseen: (n_assets,) barrier of the bar within which, or at whose close, the position was opened: its range is
            none of the position's.
        bars: (5, n_assets) open, high, low, close, volume; NaN where an asset has no bar: its last close stays.
        books: `positions` change: MARK, LOWEST and HIGHEST.
        marked: result: what positions add to equity (a short takes from it, a future adds what of its gain is not paid
            yet), gross value and unrealized profit in micro-units (gross is 2**60 at most, and the others hold only
            below that), how many held assets had no bar, how many assets at all had none; on margin, what positions
            take and need of it.
    """
    positions, basis, instruments = books.positions, books.basis, books.instruments
    value = 0
    gross = 0
    unrealized = 0
    stale = 0
    absent = 0
    initial = 0
    maintenance = 0
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
        gross = min(gross + abs(worth), MICROS_MAX)
        gain = worth - basis[COST, a] if held > 0.0 else worth + basis[COST, a]
        value += worth if instruments[FUTURE, a] == 0.0 else gain - basis[SETTLED, a]
        unrealized += gain - basis[FEES, a]
        if books.kind[MARGIN] != 0:
            initial = min(initial + margin(a, instruments[INITIAL, a], books), MICROS_MAX)
            maintenance = min(maintenance + margin(a, instruments[MAINTENANCE, a], books), MICROS_MAX)
        if not has_bar:
            stale += 1
        elif unseen[a] != seq:
            positions[LOWEST, a] = min(positions[LOWEST, a], bars[2, a])
            positions[HIGHEST, a] = max(positions[HIGHEST, a], bars[1, a])
    marked[VALUE] = value
    marked[GROSS] = gross
    marked[UNREALIZED] = unrealized
    marked[STALE] = stale
    marked[ABSENT] = absent
    marked[INITIAL_MARGIN] = initial
    marked[MAINTENANCE_MARGIN] = maintenance
