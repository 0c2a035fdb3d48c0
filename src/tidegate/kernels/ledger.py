"""The ledger: books one fill into cash, cost basis and the trade row of every closed part.

A position has two bases in micro-units: what its units cost and what commissions their entries took. Closing r of
h units releases the fraction r/h of both, rounded once, half to even; closing all releases all that is left. So at
every moment, exactly:

    cash + sum(value) = equity,   sum(trade pnl) + sum(value - cost - fees) = equity - deposits
"""

import numpy as np

from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.books import (
    BEST,
    CASH,
    COST,
    ENTRY_SEQ,
    FEES,
    FILL_ASSET,
    FILL_CASH,
    FILL_COMMISSION,
    FILL_NUMBER,
    FILL_ORDER,
    FILL_PRICE,
    FILL_QUANTITY,
    FILL_REFERENCE,
    FILL_SLIPPAGE,
    FILL_SOURCE,
    FILLS_BOOKED,
    N_FILLS,
    N_POSTINGS,
    N_TRADES,
    PAID_COMMISSION,
    PAID_SLIPPAGE,
    POSTED_COMMISSION,
    POSTED_TRADE,
    POSTING_AMOUNT,
    POSTING_ASSET,
    POSTING_FILL,
    POSTING_KIND,
    QUANTITY,
    REALIZED,
    TRADE_ASSET,
    TRADE_BARS,
    TRADE_COMMISSION,
    TRADE_COST,
    TRADE_ENTRY_PRICE,
    TRADE_ENTRY_SEQ,
    TRADE_EXIT_PRICE,
    TRADE_FILL,
    TRADE_FILL_ROW,
    TRADE_MAE,
    TRADE_MFE,
    TRADE_PNL,
    TRADE_PROCEEDS,
    TRADE_QUANTITY,
    WORST,
    Books,
    Rows,
)  # fmt: skip
from tidegate.kernels.costs import charge, money
from tidegate.kernels.instruments import UNIT
from tidegate.kernels.kernel import IntRows, Ints, kernel


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
    value = money(asset, size, price, books)
    slippage = money(asset, size, abs(price - reference), books)
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
    fee = charge(row, order, source, asset, quantity, price, value, slippage, books, rows)
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
    average = cost / (held * books.instruments[UNIT, asset] * 1e6)
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
