"""Values an account at a barrier's close, and checks that its books close.

    equity  = cash + dividends to come + what positions add: their value (a short takes it away), of a future what of
              its gain is not paid yet
            = deposits + trades' profits + carry + dividends to come + unrealized profit

To the micro-unit; and postings add up to cash, in every other currency to nothing; a cash account has neither less than
nothing nor more settled cash than cash; no fill went beyond its order.
"""

from tidegate.kernels.arithmetic import MICROS_MAX, micros
from tidegate.kernels.books import (
    BROKEN,
    CARRY,
    CASH,
    COST,
    FEES,
    HIGHEST,
    LOWEST,
    MARGIN,
    MARK,
    PAID_COMMISSION,
    PAID_SLIPPAGE,
    POSTED,
    QUANTITY,
    REALIZED,
    RECEIVABLE,
    SETTLED,
    UNSETTLED,
    Books,
)
from tidegate.kernels.funds import margin
from tidegate.kernels.instruments import FUTURE, INITIAL, MAINTENANCE, UNIT
from tidegate.kernels.kernel import Ints, ReadFloatRows, kernel

(
    NOW_CASH, NOW_EQUITY, NOW_GROSS, NOW_REALIZED, NOW_UNREALIZED, NOW_CARRY, NOW_SETTLED, NOW_INITIAL, NOW_MAINTENANCE,
    NOW_FREE, NOW_COMMISSION, NOW_SLIPPAGE, NOW_RECEIVABLE, NOW_STALE, NOW_ABSENT,
) = range(15)  # fmt: skip
"""Entries of `marked`: amounts as in `AccountSnapshot`; how many held assets had no bar, how many assets at all."""
MARKED_SIZE = 15
CLOSED, TOO_MUCH, BROKEN_BOOKS = range(3)
"""What `mark_account` returns."""


@kernel
def mark_account(seq: int, deposited: int, unseen: Ints, bars: ReadFloatRows, books: Books, marked: Ints) -> int:
    """Takes over the closes, widens the price range of held positions, sums up the account and checks its books.

    Args:
        seq: barrier.
        deposited: in micro-units.
        unseen: (n_assets,) barrier of the bar within which, or at whose close, the position was opened: its range is
            none of the position's.
        bars: (5, n_assets) open, high, low, close, volume; NaN where an asset has no bar: its last close stays.
        books: `positions` change: MARK, LOWEST and HIGHEST.
        marked: result, see the entries above; as it was where the account is worth too much.

    Returns:
        CLOSED; TOO_MUCH where the account is worth more than its books can hold; BROKEN_BOOKS where they do not close.
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
    totals, on_margin = books.totals, books.kind[MARGIN] != 0
    cash, receivable = totals[CASH], totals[RECEIVABLE]
    if abs(cash) + gross >= MICROS_MAX:
        return TOO_MUCH
    equity, settled = cash + receivable + value, cash - totals[UNSETTLED]
    marked[NOW_CASH] = cash
    marked[NOW_EQUITY] = equity
    marked[NOW_GROSS] = gross
    marked[NOW_REALIZED] = totals[REALIZED]
    marked[NOW_UNREALIZED] = unrealized
    marked[NOW_CARRY] = totals[CARRY]
    marked[NOW_SETTLED] = settled
    marked[NOW_INITIAL] = initial
    marked[NOW_MAINTENANCE] = maintenance
    marked[NOW_FREE] = max(equity - initial, 0) if on_margin else settled
    marked[NOW_COMMISSION] = totals[PAID_COMMISSION]
    marked[NOW_SLIPPAGE] = totals[PAID_SLIPPAGE]
    marked[NOW_RECEIVABLE] = receivable
    marked[NOW_STALE] = stale
    marked[NOW_ABSENT] = absent
    for k in range(1, len(books.foreign)):
        if books.foreign[k] != 0:
            return BROKEN_BOOKS
    if equity != deposited + totals[REALIZED] + totals[CARRY] + unrealized + receivable:
        return BROKEN_BOOKS
    if cash != totals[POSTED] or totals[BROKEN] != 0 or not (on_margin or 0 <= settled <= cash):
        return BROKEN_BOOKS
    return CLOSED
