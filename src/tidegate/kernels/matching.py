"""Orders that go at one price point of a bar, and what cash and positions allow of them.

A batch is one decision. At a price point of the bar, reductions go first, in the order of their places (which are
their ids, unless they were replaced, see `queue`), because they bring the cash; then all entries together, under the
shortage rule. Fills are booked in the order of places within each. A market order whose asset has no bar waits.
An order that may only reduce is cut to what there is to reduce.

Where this is unrealistic: any quantity fills at the one price.
"""

from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.books import CASH, N_CANCELS, QUANTITY, Books, Rows
from tidegate.kernels.costs import buy_price, commission, money, sell_price
from tidegate.kernels.kernel import FloatRows, Floats, IntRows, Ints, ReadFloats, ReadInts, kernel
from tidegate.kernels.ledger import book_fill
from tidegate.kernels.shortage import SCALE, allot, last_cut_whole

CANCEL_QUANTITY, CANCEL_MEASURED, CANCEL_LIMIT = range(3)
CANCEL_ORDER, CANCEL_ASSET, CANCEL_REASON, CANCEL_SOURCE = range(4)
"""Rows of `Rows.cancels_f` and `Rows.cancels_i`; the source is as in `books.FILL_SOURCE`."""
ENTRY_QUANTITY, ENTRY_PRIORITY, ENTRY_PRICE, ENTRY_REFERENCE, ENTRY_GRANTED = range(5)
ENTRY_SOURCE, ENTRY_ORDER, ENTRY_ASSET, ENTRY_WHOLE, ENTRY_PLACE, ENTRY_SERVING = range(6)
"""Rows of `Rows.entries_f` and `Rows.entries_i`, scratch for the entries of one price point."""
SHORT_NOT_ALLOWED, NO_POSITION, CASH_SHORTAGE, REDUCE_ONLY = 2, 3, 4, 14
"""Values of `core.enums.Reason`, as plain numbers for compiled code."""


@kernel
def fill_orders(
    seq: int,
    reference: ReadFloats,
    order_id: ReadInts,
    place: ReadInts,
    asset: ReadInts,
    quantity: ReadFloats,
    priority: ReadFloats,
    rule: int,
    fractional: bool,
    done: Ints,
    books: Books,
    rows: Rows,
) -> int:
    """Fills what can be filled at one price point; returns how many orders are done with.

    Args:
        seq: barrier.
        reference: (n_assets,) price of this point of the bar, NaN where the asset has no bar.
        order_id, place, asset, quantity, priority: (n_orders,) the book, by ascending place.
        rule: SCALE, RANK or REJECT of `shortage`.
        fractional: whether a cut quantity may have a fraction.
        done: result, (n_orders,), 1 for orders that filled or were canceled, 0 for those that wait.
        books, rows: changed in place, see `books`.
    """
    entries = 0
    reduced = 0
    for k in range(len(asset)):
        at = reference[asset[k]]
        done[k] = 0
        if at != at:
            continue
        done[k] = 1
        if quantity[k] > 0.0:
            entries += 1
            continue
        reduced += 1
        price = sell_price(asset[k], -quantity[k], at, books)
        _fill_reduction(seq, k, order_id[k], asset[k], -quantity[k], price, at, False, NO_POSITION, books, rows)
    if entries > 0:
        n = 0
        for k in range(len(asset)):
            at = reference[asset[k]]
            if at == at and quantity[k] > 0.0:
                price = buy_price(asset[k], quantity[k], at, books)
                _note_entry(
                    n, k, order_id[k], place[k], asset[k], quantity[k], priority[k], price, at, False, rows.entries_i,
                    rows.entries_f,
                )  # fmt: skip
                n += 1
        _fill_entries(seq, n, rule, fractional, books, rows)
    return entries + reduced


@kernel
def fill_due(
    seq: int,
    order_id: ReadInts,
    place: ReadInts,
    asset: ReadInts,
    quantity: ReadFloats,
    priority: ReadFloats,
    at: ReadFloats,
    limit: ReadFloats,
    whole: ReadInts,
    reduce_only: ReadInts,
    rule: int,
    fractional: bool,
    books: Books,
    rows: Rows,
) -> None:
    """Fills orders that each have a price of their own; all of them are done with.

    Args:
        order_id, place, asset, quantity, priority: (n_orders,) by ascending place.
        at: (n_orders,) the price at which each goes, before slippage.
        limit: (n_orders,) what slippage cannot take it past, NaN for none.
        whole: (n_orders,) 1 for those that fill whole or not at all.
        reduce_only: (n_orders,) 1 for those that may only reduce a position; a buy finds none, for a cash account has
            no shorts.
        seq, rule, fractional, books, rows: as for `fill_orders`.
    """
    entries = 0
    for k in range(len(asset)):
        if quantity[k] > 0.0 and reduce_only[k] == 1:
            note_cancel(order_id[k], k, asset[k], REDUCE_ONLY, quantity[k], quantity[k], 0.0, books, rows)
        elif quantity[k] > 0.0:
            price = buy_price(asset[k], quantity[k], at[k], books)
            if limit[k] == limit[k]:
                price = min(price, limit[k])
            only_whole = whole[k] == 1
            _note_entry(
                entries, k, order_id[k], place[k], asset[k], quantity[k], priority[k], price, at[k], only_whole,
                rows.entries_i, rows.entries_f,
            )  # fmt: skip
            entries += 1
        else:
            price = sell_price(asset[k], -quantity[k], at[k], books)
            if limit[k] == limit[k]:
                price = max(price, limit[k])
            why = REDUCE_ONLY if reduce_only[k] == 1 else NO_POSITION
            _fill_reduction(seq, k, order_id[k], asset[k], -quantity[k], price, at[k], whole[k] == 1, why, books, rows)
    if entries > 0:
        _fill_entries(seq, entries, rule, fractional, books, rows)


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


@kernel
def _fill_reduction(
    seq: int,
    source: int,
    order: int,
    asset: int,
    wanted: float,
    price: float,
    at: float,
    whole: bool,
    why: int,
    books: Books,
    rows: Rows,
) -> None:
    """Sells out of what is held, as far as it reaches; the rest is canceled, for reason `why`."""
    held = books.positions[QUANTITY, asset]
    size = min(wanted, held)
    if abs(held - wanted) < DUST:
        size = held
    if size <= 0.0 or (whole and wanted - size >= DUST):
        note_cancel(order, source, asset, why, -wanted, wanted, held, books, rows)
        return
    after = books.totals[CASH] + money(asset, size, price, books) - commission(asset, size, price, books)
    if after < 0:
        note_cancel(order, source, asset, CASH_SHORTAGE, -wanted, after / 1e6, 0.0, books, rows)
        return
    book_fill(seq, order, source, asset, -size, price, at, books, rows)
    if wanted - size >= DUST:
        note_cancel(order, source, asset, why, size - wanted, wanted, held, books, rows)


@kernel
def _note_entry(
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
    ints: IntRows,
    floats: FloatRows,
) -> None:
    """Writes entry `n` of this price point into `Rows.entries_i` and `entries_f`."""
    ints[ENTRY_SOURCE, n] = source
    ints[ENTRY_ORDER, n] = order
    ints[ENTRY_ASSET, n] = asset
    ints[ENTRY_WHOLE, n] = int(whole)
    ints[ENTRY_PLACE, n] = place
    floats[ENTRY_QUANTITY, n] = quantity
    floats[ENTRY_PRIORITY, n] = priority
    floats[ENTRY_PRICE, n] = price
    floats[ENTRY_REFERENCE, n] = at


@kernel
def _fill_entries(seq: int, n: int, rule: int, fractional: bool, books: Books, rows: Rows) -> None:
    """Buys the `n` entries noted in `rows`, cut by the shortage rule where cash does not reach."""
    source, e_order, e_asset = rows.entries_i[ENTRY_SOURCE], rows.entries_i[ENTRY_ORDER], rows.entries_i[ENTRY_ASSET]
    e_quantity, e_priority = rows.entries_f[ENTRY_QUANTITY], rows.entries_f[ENTRY_PRIORITY]
    e_price, granted = rows.entries_f[ENTRY_PRICE], rows.entries_f[ENTRY_GRANTED]
    whole, place = rows.entries_i[ENTRY_WHOLE], rows.entries_i[ENTRY_PLACE]
    cash = books.totals[CASH]
    while True:
        need = allot(
            rule, n, place, e_asset, e_quantity, e_priority, e_price, whole, cash, fractional, books,
            rows.entries_i[ENTRY_SERVING], granted,
        )  # fmt: skip
        if need <= cash or rule != SCALE:
            break
        left_out = last_cut_whole(n, place, e_asset, e_quantity, e_priority, whole, granted)
        if left_out < 0:
            break
        _leave_out(left_out, n, need, cash, books, rows)
        n -= 1
    for e in range(n):
        if granted[e] > 0.0:
            at = rows.entries_f[ENTRY_REFERENCE, e]
            book_fill(seq, e_order[e], source[e], e_asset[e], granted[e], e_price[e], at, books, rows)
        if granted[e] < e_quantity[e]:
            rest = e_quantity[e] - granted[e]
            note_cancel(e_order[e], source[e], e_asset[e], CASH_SHORTAGE, rest, need / 1e6, cash / 1e6, books, rows)


@kernel
def _leave_out(out: int, n: int, need: int, cash: int, books: Books, rows: Rows) -> None:
    """Cancels one of `n` entries whole, and moves those after it up."""
    ints, floats = rows.entries_i, rows.entries_f
    note_cancel(
        ints[ENTRY_ORDER, out], ints[ENTRY_SOURCE, out], ints[ENTRY_ASSET, out], CASH_SHORTAGE,
        floats[ENTRY_QUANTITY, out], need / 1e6, cash / 1e6, books, rows,
    )  # fmt: skip
    for e in range(out + 1, n):
        for row in range(ENTRY_SERVING):
            ints[row, e - 1] = ints[row, e]
        for row in range(ENTRY_GRANTED):
            floats[row, e - 1] = floats[row, e]


@kernel
def check_sells(
    asset: ReadInts,
    quantity: ReadFloats,
    open_asset: ReadInts,
    open_quantity: ReadFloats,
    positions: FloatRows,
    sells: Floats,
    reasons: Ints,
) -> int:
    """Marks the sells that exceed what is held less what is being sold already; returns how many.

    Args:
        asset, quantity: (n_orders,) the orders that arrive.
        open_asset, open_quantity: (n_open,) the orders that rest.
        positions: see `books`.
        sells: scratch, (n_assets,).
        reasons: result, (n_orders,) SHORT_NOT_ALLOWED or 0.
    """
    for k in range(len(asset)):
        sells[asset[k]] = 0.0
    for k in range(len(open_asset)):
        if open_quantity[k] < 0.0:
            sells[open_asset[k]] += open_quantity[k]
    refused = 0
    for k in range(len(asset)):
        reasons[k] = 0
        if quantity[k] > 0.0:
            continue
        a = asset[k]
        if positions[QUANTITY, a] + sells[a] + quantity[k] < -DUST:
            reasons[k] = SHORT_NOT_ALLOWED
            refused += 1
        else:
            sells[a] += quantity[k]
    return refused


@kernel
def sum_pending(asset: ReadInts, quantity: ReadFloats, net: Floats) -> None:
    """Writes the net quantity of open orders by asset into `net`."""
    net[:] = 0.0
    for k in range(len(asset)):
        net[asset[k]] += quantity[k]
