"""The ledger: books one fill into cash, cost basis and the trade row of every closed part.

A position has two bases in micro-units: what its units cost and what commissions their entries took; of a short, what
its units brought. Closing r of h units releases the fraction r/h of both, rounded once, half to even; closing all
releases all that is left. A future costs nothing to hold: what it has gained on its cost is paid day by day
(`accruals`), and when it is closed what of that is still missing; with the rate of its currency its cost changes as
what it stands at since it was last paid does, so that the rate converts its gains and is none (`account`). So at every
moment, exactly, with s the sign of a position and `paid` the part of a future's gain that is in cash already:

    equity = cash + sum(worth) over shares + sum(worth - s cost - paid) over futures
           = deposits + sum(trade pnl) + sum(worth - s cost - fees) + carry

Cash is kept in the account's currency. What is quoted in another is converted when it is booked, at the rate of the
moment: three postings, of which two cancel out in that currency.

Where this is unrealistic: conversion costs nothing, and nobody asks how the cash was raised.
"""

import numpy as np

from tidegate.kernels.arithmetic import DUST, micros
from tidegate.kernels.books import (
    CASH,
    COST,
    ENTRY_FILL,
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
    HIGHEST,
    LOCAL,
    LOWEST,
    N_FILLS,
    N_TRADES,
    PAID_COMMISSION,
    PAID_SLIPPAGE,
    POSTED_COMMISSION,
    POSTED_CONVERSION,
    POSTED_TRADE,
    POSTED_VARIATION,
    QUANTITY,
    REALIZED,
    SETTLED,
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
    UNSETTLED,
    Books,
    Rows,
    post,
)  # fmt: skip
from tidegate.kernels.costs import charge, money
from tidegate.kernels.instruments import FUTURE, MULTIPLIER
from tidegate.kernels.kernel import inlined, kernel


@kernel
def book_order(
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
    """Books a fill of signed `quantity`, see `book_fill`; one that crosses zero as two, the closing one first."""
    held = books.positions[QUANTITY, asset]
    if held * quantity < 0.0 and abs(quantity) - abs(held) >= DUST:
        book_fill(seq, order, source, asset, -held, price, reference, books, rows)
        book_fill(seq, order, source, asset, quantity + held, price, reference, books, rows)
    else:
        book_fill(seq, order, source, asset, quantity, price, reference, books, rows)


@inlined
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
    books.room[asset] -= size
    value = money(asset, size, price, books)
    slippage = money(asset, size, abs(price - reference), books)
    fee = charge(order, source, asset, quantity, price, value, slippage, books, rows)
    number = totals[FILLS_BOOKED]
    row = totals[N_FILLS]
    held = positions[QUANTITY, asset]
    future = books.instruments[FUTURE, asset] != 0.0
    local = local_value(asset, size, price, value, books)
    if held * quantity < 0.0:
        paid = close_part(seq, asset, size, price, value, fee, number, row, books, rows)
    else:
        paid = 0
        if held == 0.0:
            basis[ENTRY_SEQ, asset] = seq
            basis[ENTRY_FILL, asset] = number
            positions[LOWEST, asset] = price
            positions[HIGHEST, asset] = price
        positions[LOWEST, asset] = min(positions[LOWEST, asset], price)
        positions[HIGHEST, asset] = max(positions[HIGHEST, asset], price)
        positions[QUANTITY, asset] = held + quantity
        basis[COST, asset] += value
        basis[FEES, asset] += fee
        basis[LOCAL, asset] += local
    flow = paid if future else (-value if quantity > 0.0 else value)
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
    post_flow(asset, number, flow, -local if quantity > 0.0 else local, books, rows)
    if fee != 0:
        post(POSTED_COMMISSION, 0, asset, number, -fee, totals, books.foreign, rows.postings)
    if len(books.settling) > 0 and flow > fee:
        books.settling[-1] += flow - fee
        totals[UNSETTLED] += flow - fee


@kernel
def local_value(asset: int, size: float, price: float, value: int, books: Books) -> int:
    """What `value` is in the currency of the price, in micro-units."""
    return value if books.currency[asset] == 0 else micros(size * price * books.instruments[MULTIPLIER, asset])


@kernel
def post_flow(asset: int, fill: int, flow: int, abroad: int, books: Books, rows: Rows) -> None:
    """Posts the cash of a trade; where it is quoted in another currency, `abroad` there, and its conversion."""
    totals = books.totals
    if books.instruments[FUTURE, asset] != 0.0:
        if flow != 0:
            post(POSTED_VARIATION, 0, asset, fill, flow, totals, books.foreign, rows.postings)
    elif books.currency[asset] == 0:
        post(POSTED_TRADE, 0, asset, fill, flow, totals, books.foreign, rows.postings)
    else:
        post(POSTED_TRADE, books.currency[asset], asset, fill, abroad, totals, books.foreign, rows.postings)
        post(POSTED_CONVERSION, books.currency[asset], asset, fill, -abroad, totals, books.foreign, rows.postings)
        post(POSTED_CONVERSION, 0, asset, fill, flow, totals, books.foreign, rows.postings)


@kernel
def close_part(
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
) -> int:
    """Takes `size` units out of a position and appends the trade row; all of it where only dust would be left.

    Args:
        fill, fill_row: number and row of the fill, -1 where a corporate action closes the part.

    Returns:
        what a future's gain still brings in cash, in micro-units.
    """
    positions, basis, totals = books.positions, books.basis, books.totals
    held = abs(positions[QUANTITY, asset])
    long = positions[QUANTITY, asset] > 0.0
    cost, fees, settled, local = basis[COST, asset], basis[FEES, asset], basis[SETTLED, asset], basis[LOCAL, asset]
    average = local / (held * books.instruments[MULTIPLIER, asset] * 1e6)
    left = held - size
    if left < DUST:
        left = 0.0
        books.overdue[asset] = 0
    else:
        cost = int(np.rint(cost * (size / held)))
        fees = int(np.rint(fees * (size / held)))
        settled = int(np.rint(settled * (size / held)))
        local = int(np.rint(local * (size / held)))
    lowest = min(positions[LOWEST, asset], price)
    highest = max(positions[HIGHEST, asset], price)
    gross = value - cost if long else cost - value
    profit = gross - fees - fee
    adverse, favorable = 0.0, 0.0
    if average > 0.0:
        adverse = lowest / average - 1.0 if long else 1.0 - highest / average
        favorable = highest / average - 1.0 if long else 1.0 - lowest / average
    row = totals[N_TRADES]
    rows.trades_f[TRADE_QUANTITY, row] = size if long else -size
    rows.trades_f[TRADE_ENTRY_PRICE, row] = average
    rows.trades_f[TRADE_EXIT_PRICE, row] = price
    rows.trades_f[TRADE_MAE, row] = min(0.0, adverse)
    rows.trades_f[TRADE_MFE, row] = max(0.0, favorable)
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
    positions[QUANTITY, asset] = left if long else 0.0 - left
    basis[COST, asset] -= cost
    basis[FEES, asset] -= fees
    basis[SETTLED, asset] -= settled
    basis[LOCAL, asset] -= local
    return int(gross - settled)
