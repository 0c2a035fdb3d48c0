"""The ledger: books one fill into cash, cost basis and the trade row of every closed part.

A position has two bases in micro-units: what its units cost and what commissions their entries took. Closing r of
h units releases the fraction r/h of both, rounded once, half to even; closing all releases all that is left. So at
every moment, exactly:

    cash + sum(value) = equity,   sum(trade pnl) + sum(value - cost - fees) = equity - deposits
"""

from typing import NamedTuple

import numpy as np

from tidegate.kernels.arithmetic import DUST, commission, micros
from tidegate.kernels.kernel import FloatRows, Floats, IntRows, Ints, kernel

QUANTITY, WORST, BEST, MARK = range(4)
"""Rows of `positions` (4, n_assets): units, lowest and highest price while held, last known close."""
COST, FEES, ENTRY_SEQ = range(3)
"""Rows of `basis` (3, n_assets)."""
CASH, REALIZED, PAID_COMMISSION, PAID_SLIPPAGE, FILLS_BOOKED, EXITS_MADE = range(6)
N_FILLS, N_TRADES, N_POSTINGS, N_CANCELS, N_CLASHES = range(6, 11)
"""Entries of `totals`: amounts, fills and protective exits since the start; rows in use of each of `Rows`."""
TOTALS_SIZE = 11

FILL_QUANTITY, FILL_PRICE, FILL_REFERENCE = range(3)
FILL_NUMBER, FILL_ORDER, FILL_ASSET, FILL_CASH, FILL_COMMISSION, FILL_SLIPPAGE, FILL_SOURCE = range(7)
"""Rows of `fills_f` and `fills_i`; the source is the order's row among those that were met, or
-1 - rule for a protective exit."""
TRADE_QUANTITY, TRADE_ENTRY_PRICE, TRADE_EXIT_PRICE, TRADE_MAE, TRADE_MFE = range(5)
TRADE_FILL, TRADE_ASSET, TRADE_ENTRY_SEQ, TRADE_COST, TRADE_PROCEEDS, TRADE_COMMISSION, TRADE_PNL = range(7)
TRADE_BARS, TRADE_FILL_ROW = range(7, 9)
"""Rows of `trades_f` and `trades_i`; the last is the fill's column in `fills_f`."""
POSTING_KIND, POSTING_ASSET, POSTING_FILL, POSTING_AMOUNT = range(4)
"""Rows of `postings`."""
POSTED_TRADE, POSTED_COMMISSION = 1, 2
"""Values of `core.enums.PostingKind`, as plain numbers for compiled code."""


class Books(NamedTuple):
    """The state of an account, which kernels change in place.

    Attributes:
        costs: see `arithmetic`; not changed.
        positions: (4, n_assets), basis: (3, n_assets), totals: (11,): see the rows and entries above.
    """

    costs: Floats
    positions: FloatRows
    basis: IntRows
    totals: Ints


class Rows(NamedTuple):
    """What one price point writes, appended at the counts in `Books.totals`; from cancels on, see `matching`."""

    fills_f: FloatRows
    fills_i: IntRows
    trades_f: FloatRows
    trades_i: IntRows
    postings: IntRows
    cancels_f: FloatRows
    cancels_i: IntRows
    clashes: Ints
    entries_f: FloatRows
    entries_i: IntRows
    stuck: Ints


@kernel
def book_fill(
    seq: int,
    order: int,
    source: int,
    asset: int,
    quantity: float,
    price: float,
    reference: float,
    books: Books,
    rows: Rows,
) -> None:
    """Books a fill of signed `quantity` at `price` and appends its rows; a fill never crosses zero.

    Args:
        seq: barrier.
        order, source: see FILL_ORDER and FILL_SOURCE.
        reference: price before slippage.
    """
    positions, basis, totals = books.positions, books.basis, books.totals
    size = abs(quantity)
    value = micros(size * price)
    fee = commission(size, price, books.costs)
    slippage = micros(size * abs(price - reference))
    flow = -value if quantity > 0.0 else value
    number = totals[FILLS_BOOKED]
    row = totals[N_FILLS]
    rows.fills_f[FILL_QUANTITY, row] = quantity
    rows.fills_f[FILL_PRICE, row] = price
    rows.fills_f[FILL_REFERENCE, row] = reference
    rows.fills_i[FILL_NUMBER, row] = number
    rows.fills_i[FILL_ORDER, row] = order
    rows.fills_i[FILL_ASSET, row] = asset
    rows.fills_i[FILL_CASH, row] = flow
    rows.fills_i[FILL_COMMISSION, row] = fee
    rows.fills_i[FILL_SLIPPAGE, row] = slippage
    rows.fills_i[FILL_SOURCE, row] = source
    totals[N_FILLS] = row + 1
    totals[FILLS_BOOKED] = number + 1
    totals[CASH] += flow - fee
    totals[PAID_COMMISSION] += fee
    totals[PAID_SLIPPAGE] += slippage
    _post(POSTED_TRADE, asset, number, flow, totals, rows.postings)
    if fee != 0:
        _post(POSTED_COMMISSION, asset, number, -fee, totals, rows.postings)
    held = positions[QUANTITY, asset]
    if held * quantity < 0.0:
        _close_part(seq, asset, size, price, value, fee, number, row, books, rows)
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
    seq: int,
    asset: int,
    size: float,
    price: float,
    value: int,
    fee: int,
    fill: int,
    fill_row: int,
    books: Books,
    rows: Rows,
) -> None:
    """Takes `size` units out of a long position and appends the trade row; all of it where only dust would be left."""
    positions, basis, totals = books.positions, books.basis, books.totals
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
    profit = value - cost - fees - fee
    row = totals[N_TRADES]
    rows.trades_f[TRADE_QUANTITY, row] = size
    rows.trades_f[TRADE_ENTRY_PRICE, row] = average
    rows.trades_f[TRADE_EXIT_PRICE, row] = price
    rows.trades_f[TRADE_MAE, row] = min(0.0, worst / average - 1.0) if average > 0.0 else 0.0
    rows.trades_f[TRADE_MFE, row] = max(0.0, best / average - 1.0) if average > 0.0 else 0.0
    rows.trades_i[TRADE_FILL, row] = fill
    rows.trades_i[TRADE_FILL_ROW, row] = fill_row
    rows.trades_i[TRADE_ASSET, row] = asset
    rows.trades_i[TRADE_ENTRY_SEQ, row] = basis[ENTRY_SEQ, asset]
    rows.trades_i[TRADE_BARS, row] = seq - basis[ENTRY_SEQ, asset]
    rows.trades_i[TRADE_COST, row] = cost
    rows.trades_i[TRADE_PROCEEDS, row] = value
    rows.trades_i[TRADE_COMMISSION, row] = fees + fee
    rows.trades_i[TRADE_PNL, row] = profit
    totals[N_TRADES] = row + 1
    totals[REALIZED] += profit
    positions[QUANTITY, asset] = left
    basis[COST, asset] -= cost
    basis[FEES, asset] -= fees


@kernel
def _post(kind: int, asset: int, fill: int, amount: int, totals: Ints, postings: IntRows) -> None:
    row = totals[N_POSTINGS]
    postings[POSTING_KIND, row] = kind
    postings[POSTING_ASSET, row] = asset
    postings[POSTING_FILL, row] = fill
    postings[POSTING_AMOUNT, row] = amount
    totals[N_POSTINGS] = row + 1
