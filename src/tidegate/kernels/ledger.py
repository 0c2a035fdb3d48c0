"""The ledger: books one fill into cash, cost basis and the trade row of every closed part.

A position has two bases in micro-units: what its units cost and what commissions their entries took. Closing r of
h units releases the fraction r/h of both, rounded once, half to even; closing all releases all that is left. So at
every moment, exactly:

    cash + sum(value) = equity,   sum(trade pnl) + sum(value - cost - fees) = equity - deposits
"""

import numpy as np

from tidegate.kernels.arithmetic import DUST, commission, micros
from tidegate.kernels.kernel import FloatRows, Floats, IntRows, Ints, kernel

QUANTITY, WORST, BEST, MARK = range(4)
"""Rows of `positions` (4, n_assets): units, lowest and highest price while held, last known close."""
COST, FEES, ENTRY_SEQ = range(3)
"""Rows of `basis` (3, n_assets)."""
CASH, REALIZED, PAID_COMMISSION, PAID_SLIPPAGE, N_FILLS, N_TRADES, N_CANCELS, N_CLASHES, EXITS_MADE = range(9)
"""Entries of `totals`: amounts since the start; how many rows the last call wrote; protective exits so far."""
TOTALS_SIZE = 9

FILL_QUANTITY, FILL_PRICE, FILL_REFERENCE = range(3)
FILL_ORDER, FILL_ASSET, FILL_CASH, FILL_COMMISSION, FILL_SLIPPAGE, FILL_SOURCE = range(6)
"""Rows of `fills_f` and `fills_i`; the source is the order's row in the book, or -1 - rule for a protective exit."""
TRADE_QUANTITY, TRADE_ENTRY_PRICE, TRADE_EXIT_PRICE, TRADE_MAE, TRADE_MFE = range(5)
TRADE_FILL, TRADE_ASSET, TRADE_ENTRY_SEQ, TRADE_COST, TRADE_PROCEEDS, TRADE_COMMISSION, TRADE_PNL = range(7)
"""Rows of `trades_f` and `trades_i`; the fill is its column in the fills of the same call."""


@kernel
def book_fill(
    seq: int,
    order: int,
    source: int,
    asset: int,
    quantity: float,
    price: float,
    reference: float,
    costs: Floats,
    positions: FloatRows,
    basis: IntRows,
    totals: Ints,
    fills_f: FloatRows,
    fills_i: IntRows,
    trades_f: FloatRows,
    trades_i: IntRows,
) -> None:
    """Books a fill of signed `quantity` at `price` and appends its rows; a fill never crosses zero.

    Args:
        seq: barrier.
        order, source: see FILL_ORDER and FILL_SOURCE.
        reference: price before slippage.
        costs: see `arithmetic`.
        positions, basis, totals: the books, changed in place.
        fills_f, fills_i, trades_f, trades_i: rows are appended at totals[N_FILLS] and totals[N_TRADES].
    """
    size = abs(quantity)
    value = micros(size * price)
    fee = commission(size, price, costs)
    slippage = micros(size * abs(price - reference))
    flow = -value if quantity > 0.0 else value
    row = totals[N_FILLS]
    fills_f[FILL_QUANTITY, row] = quantity
    fills_f[FILL_PRICE, row] = price
    fills_f[FILL_REFERENCE, row] = reference
    fills_i[FILL_ORDER, row] = order
    fills_i[FILL_ASSET, row] = asset
    fills_i[FILL_CASH, row] = flow
    fills_i[FILL_COMMISSION, row] = fee
    fills_i[FILL_SLIPPAGE, row] = slippage
    fills_i[FILL_SOURCE, row] = source
    totals[N_FILLS] = row + 1
    totals[CASH] += flow - fee
    totals[PAID_COMMISSION] += fee
    totals[PAID_SLIPPAGE] += slippage
    held = positions[QUANTITY, asset]
    if held * quantity < 0.0:
        _close_part(asset, size, price, value, fee, row, positions, basis, totals, trades_f, trades_i)
        return
    if held == 0.0:
        basis[ENTRY_SEQ, asset] = seq
        positions[WORST, asset] = price
        positions[BEST, asset] = price
    positions[WORST, asset] = min(positions[WORST, asset], price)
    positions[BEST, asset] = max(positions[BEST, asset], price)
    positions[QUANTITY, asset] = held + quantity
    basis[COST, asset] += value
    basis[FEES, asset] += fee


@kernel
def _close_part(
    asset: int,
    size: float,
    price: float,
    value: int,
    fee: int,
    fill: int,
    positions: FloatRows,
    basis: IntRows,
    totals: Ints,
    trades_f: FloatRows,
    trades_i: IntRows,
) -> None:
    """Takes `size` units out of a long position and appends the trade row; all of it where only dust would be left."""
    held = positions[QUANTITY, asset]
    cost, fees = basis[COST, asset], basis[FEES, asset]
    average = cost / (held * 1e6)
    left = held - size
    if left < DUST:
        left = 0.0
    else:
        cost = int(np.rint(cost * (size / held)))
        fees = int(np.rint(fees * (size / held)))
    worst = min(positions[WORST, asset], price)
    best = max(positions[BEST, asset], price)
    row = totals[N_TRADES]
    trades_f[TRADE_QUANTITY, row] = size
    trades_f[TRADE_ENTRY_PRICE, row] = average
    trades_f[TRADE_EXIT_PRICE, row] = price
    trades_f[TRADE_MAE, row] = min(0.0, worst / average - 1.0)
    trades_f[TRADE_MFE, row] = max(0.0, best / average - 1.0)
    trades_i[TRADE_FILL, row] = fill
    trades_i[TRADE_ASSET, row] = asset
    trades_i[TRADE_ENTRY_SEQ, row] = basis[ENTRY_SEQ, asset]
    trades_i[TRADE_COST, row] = cost
    trades_i[TRADE_PROCEEDS, row] = value
    trades_i[TRADE_COMMISSION, row] = fees + fee
    trades_i[TRADE_PNL, row] = value - cost - fees - fee
    totals[N_TRADES] = row + 1
    totals[REALIZED] += value - cost - fees - fee
    positions[QUANTITY, asset] = left
    basis[COST, asset] -= cost
    basis[FEES, asset] -= fees
