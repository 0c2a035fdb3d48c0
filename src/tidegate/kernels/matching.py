"""Market orders and protective levels against one bar.

A batch is one decision. At a price point of the bar, reductions go first, in the order of their ids, because they
bring the cash; then all entries together, under the shortage rule. Fills are booked in the order of ids within each.
An order whose asset has no bar waits. A long position with a stop and a profit level is closed at the open where the
open is already beyond one of them, and else at the level that the rest of the bar touches; when both are touched the
path is not known, the stop is taken, and the clash is reported.

Where this is unrealistic: any quantity fills at the one price, and a touched level always fills in full.
"""

from tidegate.kernels.arithmetic import COST_BUY, COST_SELL, DUST, commission, micros
from tidegate.kernels.kernel import FloatRows, Floats, Ints, ReadFloatRows, ReadFloats, ReadInts, kernel
from tidegate.kernels.ledger import CASH, EXITS_MADE, N_CANCELS, N_CLASHES, N_FILLS, QUANTITY, Books, Rows, book_fill
from tidegate.kernels.shortage import allot

CANCEL_QUANTITY, CANCEL_MEASURED, CANCEL_LIMIT = range(3)
CANCEL_ORDER, CANCEL_ASSET, CANCEL_REASON, CANCEL_SOURCE = range(4)
"""Rows of `Rows.cancels_f` and `Rows.cancels_i`; the source is as in `ledger.FILL_SOURCE`."""
ENTRY_QUANTITY, ENTRY_PRIORITY, ENTRY_PRICE, ENTRY_GRANTED = range(4)
ENTRY_SOURCE, ENTRY_ORDER, ENTRY_ASSET, ENTRY_SERVING = range(4)
"""Rows of `Rows.entries_f` and `Rows.entries_i`, scratch for the entries of one price point."""
SHORT_NOT_ALLOWED, NO_POSITION, CASH_SHORTAGE = 2, 3, 4
"""Values of `core.enums.Reason`, as plain numbers for compiled code."""
NOTHING_REACHED, REACHED_AT_OPEN, REACHED_LATER = range(3)


@kernel
def fill_orders(
    seq: int,
    reference: ReadFloats,
    order_id: ReadInts,
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
        order_id, asset, quantity, priority: (n_orders,) the book, by ascending id.
        rule: SCALE, RANK or REJECT of `shortage`.
        fractional: whether a cut quantity may have a fraction.
        done: result, (n_orders,), 1 for orders that filled or were canceled, 0 for those that wait.
        books, rows: changed in place, see `ledger`.
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
        _fill_reduction(seq, k, order_id[k], asset[k], -quantity[k], at, books, rows)
    if entries > 0:
        _fill_entries(seq, reference, order_id, asset, quantity, priority, rule, fractional, books, rows)
    return entries + reduced


@kernel
def _cancel(
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
    seq: int, source: int, order: int, asset: int, wanted: float, at: float, books: Books, rows: Rows
) -> None:
    """Sells out of what is held, as far as it reaches; the rest is canceled, for a cash account has no shorts."""
    held = books.positions[QUANTITY, asset]
    size = min(wanted, held)
    if abs(held - wanted) < DUST:
        size = held
    price = at * books.costs[COST_SELL]
    if size <= 0.0:
        _cancel(order, source, asset, NO_POSITION, -wanted, wanted, held, books, rows)
        return
    after = books.totals[CASH] + micros(size * price) - commission(size, price, books.costs)
    if after < 0:
        _cancel(order, source, asset, CASH_SHORTAGE, -wanted, after / 1e6, 0.0, books, rows)
        return
    book_fill(seq, order, source, asset, -size, price, at, books, rows)
    if wanted - size >= DUST:
        _cancel(order, source, asset, NO_POSITION, size - wanted, wanted, held, books, rows)


@kernel
def _fill_entries(
    seq: int,
    reference: ReadFloats,
    order_id: ReadInts,
    asset: ReadInts,
    quantity: ReadFloats,
    priority: ReadFloats,
    rule: int,
    fractional: bool,
    books: Books,
    rows: Rows,
) -> None:
    """Buys, cut by the shortage rule where cash does not reach."""
    source, e_order, e_asset = rows.entries_i[ENTRY_SOURCE], rows.entries_i[ENTRY_ORDER], rows.entries_i[ENTRY_ASSET]
    e_quantity, e_priority = rows.entries_f[ENTRY_QUANTITY], rows.entries_f[ENTRY_PRIORITY]
    e_price, granted = rows.entries_f[ENTRY_PRICE], rows.entries_f[ENTRY_GRANTED]
    n = 0
    for k in range(len(asset)):
        at = reference[asset[k]]
        if at != at or quantity[k] < 0.0:
            continue
        source[n], e_order[n], e_asset[n] = k, order_id[k], asset[k]
        e_quantity[n], e_priority[n], e_price[n] = quantity[k], priority[k], at * books.costs[COST_BUY]
        n += 1
    cash = books.totals[CASH]
    need = allot(
        rule, n, e_order, e_asset, e_quantity, e_priority, e_price, cash, fractional, books.costs,
        rows.entries_i[ENTRY_SERVING], granted,
    )  # fmt: skip
    for e in range(n):
        if granted[e] > 0.0:
            at = reference[e_asset[e]]
            book_fill(seq, e_order[e], source[e], e_asset[e], granted[e], e_price[e], at, books, rows)
        if granted[e] < e_quantity[e]:
            rest = e_quantity[e] - granted[e]
            _cancel(e_order[e], source[e], e_asset[e], CASH_SHORTAGE, rest, need / 1e6, cash / 1e6, books, rows)


@kernel
def levels_reached(bars: ReadFloatRows, stop: ReadFloats, take: ReadFloats, positions: FloatRows) -> int:
    """Whether any held position's level is reached at the open, only later in the bar, or not at all.

    Args:
        bars: (5, n_assets) open, high, low, close, volume.
        stop, take: (n_assets,) levels, NaN where there is none.
        positions: see `ledger`.
    """
    later = False
    for a in range(len(stop)):
        if positions[QUANTITY, a] > 0.0:
            if bars[0, a] <= stop[a] or bars[0, a] >= take[a]:
                return REACHED_AT_OPEN
            if bars[2, a] <= stop[a] or bars[1, a] >= take[a]:
                later = True
    return REACHED_LATER if later else NOTHING_REACHED


@kernel
def exit_at_levels(
    seq: int,
    at_open: bool,
    bars: ReadFloatRows,
    stop: ReadFloats,
    take: ReadFloats,
    stop_rule: ReadInts,
    take_rule: ReadInts,
    books: Books,
    rows: Rows,
) -> int:
    """Closes the long positions whose level is reached, in column order; returns how many.

    A position that cannot pay its commission stays, and its exit is canceled; it is tried once a bar.

    Args:
        seq: barrier.
        at_open: whether only the open is looked at, or the whole bar after it.
        bars, stop, take: as for `levels_reached`.
        stop_rule, take_rule: (n_assets,) rule of each level; a fill's source is -1 - rule.
        books, rows: changed in place; assets whose bar touched both levels are appended to `rows.clashes`, and
            `rows.stuck` holds the barrier at which an asset's exit was canceled.
    """
    totals = books.totals
    before = totals[N_FILLS]
    for a in range(len(stop)):
        held = books.positions[QUANTITY, a]
        first = bars[0, a]
        if held <= 0.0 or first != first or rows.stuck[a] == seq:
            continue
        low = first if at_open else bars[2, a]
        high = first if at_open else bars[1, a]
        stopped, taken = low <= stop[a], high >= take[a]
        if not (stopped or taken):
            continue
        if stopped and taken and not at_open:
            rows.clashes[totals[N_CLASHES]] = a
            totals[N_CLASHES] += 1
        if stopped:
            reference = min(stop[a], first)
            price, source = reference * books.costs[COST_SELL], -1 - stop_rule[a]
        else:
            reference = max(take[a], first)
            price, source = reference, -1 - take_rule[a]
        order = totals[EXITS_MADE]
        totals[EXITS_MADE] = order + 1
        after = totals[CASH] + micros(held * price) - commission(held, price, books.costs)
        if after < 0:
            rows.stuck[a] = seq
            _cancel(order, source, a, CASH_SHORTAGE, -held, after / 1e6, 0.0, books, rows)
        else:
            book_fill(seq, order, source, a, -held, price, reference, books, rows)
    return int(totals[N_FILLS] - before)


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
        positions: see `ledger`.
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
