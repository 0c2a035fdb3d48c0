"""The entries of one price point: all of them are one decision, and share what funds there are.

Buys, and on margin short sales as well. First each short sale is cut to what can be borrowed, in the order of places
(futures apart, which nobody lends); then all entries together get what the shortage rule grants them (`shortage`),
booked in the order of places. What is left of an order is canceled, and the reason says for want of what.

Where this is unrealistic: nobody pays more because others want to borrow the same.
"""

import numpy as np

from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.books import BROKEN, MARGIN, N_CANCELS, QUANTITY, Books, Rows
from tidegate.kernels.funds import available
from tidegate.kernels.instruments import AVAILABLE, FUTURE
from tidegate.kernels.kernel import inlined, kernel
from tidegate.kernels.ledger import book_fill, book_order
from tidegate.kernels.shortage import SCALE, allot, last_cut_whole

CANCEL_QUANTITY, CANCEL_MEASURED, CANCEL_LIMIT = range(3)
CANCEL_ORDER, CANCEL_ASSET, CANCEL_REASON, CANCEL_SOURCE = range(4)
"""Rows of `Rows.cancels_f` and `Rows.cancels_i`; the source is as in `books.FILL_SOURCE`."""
ENTRY_QUANTITY, ENTRY_PRIORITY, ENTRY_PRICE, ENTRY_REFERENCE, ENTRY_GRANTED = range(5)
ENTRY_SOURCE, ENTRY_ORDER, ENTRY_ASSET, ENTRY_WHOLE, ENTRY_SIDE, ENTRY_PLACE, ENTRY_SERVING = range(7)
"""Rows of `Rows.entries_f` and `Rows.entries_i`, scratch for the entries of one price point; quantities are not signed,
the side is 1 for buys and -1 for short sales."""
CASH_SHORTAGE, MARGIN_SHORTAGE, BORROW_UNAVAILABLE = 4, 21, 24
"""Values of `core.enums.Reason`, as plain numbers for compiled code."""


@kernel
def note_cancel(
    order: int,
    source: int,
    asset: int,
    reason: int,
    quantity: float,
    measured: float,
    limit: float,
    books: Books,
    rows: Rows,
) -> None:
    """Appends the row of an order, or the rest of one, that does not fill."""
    row = books.totals[N_CANCELS]
    rows.cancels_f[CANCEL_QUANTITY, row] = quantity
    rows.cancels_f[CANCEL_MEASURED, row] = measured
    rows.cancels_f[CANCEL_LIMIT, row] = limit
    rows.cancels_i[CANCEL_ORDER, row] = order
    rows.cancels_i[CANCEL_ASSET, row] = asset
    rows.cancels_i[CANCEL_SOURCE, row] = source
    rows.cancels_i[CANCEL_REASON, row] = reason
    books.totals[N_CANCELS] = row + 1


@inlined
def note_entry(
    n: int,
    source: int,
    order: int,
    place: int,
    asset: int,
    quantity: float,
    priority: float,
    price: float,
    at: float,
    whole: bool,
    rows: Rows,
) -> int:
    """Writes entry `n` of this price point; returns how many there are."""
    ints, floats = rows.entries_i, rows.entries_f
    ints[ENTRY_SOURCE, n] = source
    ints[ENTRY_ORDER, n] = order
    ints[ENTRY_ASSET, n] = asset
    ints[ENTRY_WHOLE, n] = int(whole)
    ints[ENTRY_PLACE, n] = place
    ints[ENTRY_SIDE, n] = 1 if quantity > 0.0 else -1
    floats[ENTRY_QUANTITY, n] = abs(quantity)
    floats[ENTRY_PRIORITY, n] = priority
    floats[ENTRY_PRICE, n] = price
    floats[ENTRY_REFERENCE, n] = at
    return n + 1


@kernel
def _limit_borrowing(n: int, fractional: bool, books: Books, rows: Rows) -> int:
    """Cuts short sales to what can be borrowed, in order; returns how many of `n` entries are left."""
    ints, floats = rows.entries_i, rows.entries_f
    left = 0
    for e in range(n):
        asset = ints[ENTRY_ASSET, e]
        size = floats[ENTRY_QUANTITY, e]
        there = books.instruments[AVAILABLE, asset]
        if ints[ENTRY_SIDE, e] < 0 and there < np.inf and books.instruments[FUTURE, asset] == 0.0:
            room = _room_to_borrow(left, asset, there, fractional, books, rows)
            if size > room:
                granted = 0.0 if ints[ENTRY_WHOLE, e] == 1 else room
                order, source = ints[ENTRY_ORDER, e], ints[ENTRY_SOURCE, e]
                note_cancel(order, source, asset, BORROW_UNAVAILABLE, granted - size, size, room, books, rows)
                floats[ENTRY_QUANTITY, e] = granted
        if floats[ENTRY_QUANTITY, e] > 0.0:
            for row in range(ENTRY_SERVING):
                ints[row, left] = ints[row, e]
            for row in range(ENTRY_GRANTED):
                floats[row, left] = floats[row, e]
            left += 1
    return left


@kernel
def _room_to_borrow(n: int, asset: int, there: float, fractional: bool, books: Books, rows: Rows) -> float:
    """How many units can still be sold short after the first `n` entries."""
    room = there + min(books.positions[QUANTITY, asset], 0.0)
    for e in range(n):
        if rows.entries_i[ENTRY_ASSET, e] == asset and rows.entries_i[ENTRY_SIDE, e] < 0:
            room -= rows.entries_f[ENTRY_QUANTITY, e]
    if not fractional:
        room = float(np.floor(room))
    return room if room >= DUST else 0.0


@kernel
def fill_entries(seq: int, n: int, rule: int, fractional: bool, books: Books, rows: Rows) -> None:
    """Fills the `n` entries noted in `rows`, cut by the shortage rule where funds do not reach."""
    source, e_order, e_asset = rows.entries_i[ENTRY_SOURCE], rows.entries_i[ENTRY_ORDER], rows.entries_i[ENTRY_ASSET]
    e_quantity, e_priority = rows.entries_f[ENTRY_QUANTITY], rows.entries_f[ENTRY_PRIORITY]
    e_price, granted = rows.entries_f[ENTRY_PRICE], rows.entries_f[ENTRY_GRANTED]
    whole, side, place = rows.entries_i[ENTRY_WHOLE], rows.entries_i[ENTRY_SIDE], rows.entries_i[ENTRY_PLACE]
    on_margin = books.kind[MARGIN] != 0
    short_of = MARGIN_SHORTAGE if on_margin else CASH_SHORTAGE
    if on_margin:
        n = _limit_borrowing(n, fractional, books, rows)
    funds = available(books)
    while True:
        need = allot(
            rule, n, place, e_asset, e_quantity, e_priority, e_price, whole, funds, fractional, books,
            rows.entries_i[ENTRY_SERVING], granted,
        )  # fmt: skip
        if need <= funds or rule != SCALE:
            break
        left_out = last_cut_whole(n, place, e_asset, e_quantity, e_priority, whole, granted)
        if left_out < 0:
            break
        _leave_out(left_out, n, short_of, need, funds, books, rows)
        n -= 1
    for e in range(n):
        if granted[e] > 0.0:
            at = rows.entries_f[ENTRY_REFERENCE, e]
            if granted[e] > e_quantity[e]:
                books.totals[BROKEN] += 1
            if on_margin:
                book_order(seq, e_order[e], source[e], e_asset[e], side[e] * granted[e], e_price[e], at, books, rows)
            else:
                book_fill(seq, e_order[e], source[e], e_asset[e], granted[e], e_price[e], at, books, rows)
        if granted[e] < e_quantity[e]:
            rest = side[e] * (e_quantity[e] - granted[e])
            note_cancel(e_order[e], source[e], e_asset[e], short_of, rest, need / 1e6, funds / 1e6, books, rows)


@kernel
def _leave_out(out: int, n: int, short_of: int, need: int, funds: int, books: Books, rows: Rows) -> None:
    """Cancels one of `n` entries whole, and moves those after it up."""
    ints, floats = rows.entries_i, rows.entries_f
    note_cancel(
        ints[ENTRY_ORDER, out], ints[ENTRY_SOURCE, out], ints[ENTRY_ASSET, out], short_of,
        ints[ENTRY_SIDE, out] * floats[ENTRY_QUANTITY, out], need / 1e6, funds / 1e6, books, rows,
    )  # fmt: skip
    for e in range(out + 1, n):
        for row in range(ENTRY_SERVING):
            ints[row, e - 1] = ints[row, e]
        for row in range(ENTRY_GRANTED):
            floats[row, e - 1] = floats[row, e]
