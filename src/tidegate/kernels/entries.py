"""The entries of one price point: all of them are one decision, and share what funds there are.

Buys, and on margin short sales as well. First each short sale is cut to what can be borrowed, in the order of places
(futures apart, which nobody lends); then all entries together get what the shortage rule grants them (`shortage`),
booked in the order of places. What is left of an order is canceled, and the reason says for want of what: of that which
came first, where it is cut twice.

Where this is unrealistic: nobody pays more because others want to borrow the same.
"""

import numpy as np

from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.books import BROKEN, MARGIN, N_CANCELS, QUANTITY, RESERVED, Books, Rows
from tidegate.kernels.funds import available
from tidegate.kernels.instruments import AVAILABLE, FUTURE
from tidegate.kernels.kernel import inlined, kernel
from tidegate.kernels.ledger import book_fill, book_order
from tidegate.kernels.shortage import allot

CANCEL_QUANTITY, CANCEL_MEASURED, CANCEL_LIMIT = range(3)
CANCEL_ORDER, CANCEL_ASSET, CANCEL_REASON, CANCEL_SOURCE = range(4)
"""Rows of `Rows.cancels_f` and `Rows.cancels_i`; the source is as in `books.FILL_SOURCE`."""
ENTRY_QUANTITY, ENTRY_PRIORITY, ENTRY_PRICE, ENTRY_REFERENCE, ENTRY_GRANTED = range(5)
ENTRY_SOURCE, ENTRY_ORDER, ENTRY_ASSET, ENTRY_WHOLE, ENTRY_SIDE, ENTRY_PLACE = range(6)
ENTRY_SERVING, ENTRY_LEFT, ENTRY_NEED = range(6, 9)
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
    """Fills the `n` entries noted in `rows`, as far as the shortage rule lets them."""
    source, order, asset = rows.entries_i[ENTRY_SOURCE], rows.entries_i[ENTRY_ORDER], rows.entries_i[ENTRY_ASSET]
    quantity, priority = rows.entries_f[ENTRY_QUANTITY], rows.entries_f[ENTRY_PRIORITY]
    price, granted = rows.entries_f[ENTRY_PRICE], rows.entries_f[ENTRY_GRANTED]
    whole, side, place = rows.entries_i[ENTRY_WHOLE], rows.entries_i[ENTRY_SIDE], rows.entries_i[ENTRY_PLACE]
    left, need = rows.entries_i[ENTRY_LEFT], rows.entries_i[ENTRY_NEED]
    on_margin = books.kind[MARGIN] != 0
    if on_margin:
        n = _limit_borrowing(n, fractional, books, rows)
    funds = max(0, available(books) - books.totals[RESERVED])
    rounds = allot(
        rule, n, place, asset, quantity, priority, price, whole, funds, fractional, books,
        rows.entries_i[ENTRY_SERVING], left, need, granted,
    )  # fmt: skip
    for k in range(1, rounds + 1):
        for e in range(n):
            if left[e] == k:
                _note_shortage(e, quantity[e], funds, books, rows)
    for e in range(n):
        if granted[e] > 0.0:
            at = rows.entries_f[ENTRY_REFERENCE, e]
            if granted[e] > quantity[e]:
                books.totals[BROKEN] += 1
            if on_margin:
                book_order(seq, order[e], source[e], asset[e], side[e] * granted[e], price[e], at, books, rows)
            else:
                book_fill(seq, order[e], source[e], asset[e], granted[e], price[e], at, books, rows)
        if left[e] == 0 and granted[e] < quantity[e]:
            _note_shortage(e, quantity[e] - granted[e], funds, books, rows)


@kernel
def _note_shortage(e: int, rest: float, funds: int, books: Books, rows: Rows) -> None:
    """Cancels what the shortage rule left over of an entry, along with what could not be borrowed of it."""
    ints = rows.entries_i
    if ints[ENTRY_SIDE, e] < 0 and books.instruments[AVAILABLE, ints[ENTRY_ASSET, e]] < np.inf:
        for row in range(books.totals[N_CANCELS]):
            same = rows.cancels_i[CANCEL_ORDER, row] == ints[ENTRY_ORDER, e]
            if same and rows.cancels_i[CANCEL_REASON, row] == BORROW_UNAVAILABLE:
                rows.cancels_f[CANCEL_QUANTITY, row] -= rest
                return
    short_of = MARGIN_SHORTAGE if books.kind[MARGIN] != 0 else CASH_SHORTAGE
    note_cancel(
        ints[ENTRY_ORDER, e], ints[ENTRY_SOURCE, e], ints[ENTRY_ASSET, e], short_of, ints[ENTRY_SIDE, e] * rest,
        ints[ENTRY_NEED, e] / 1e6, funds / 1e6, books, rows,
    )  # fmt: skip
