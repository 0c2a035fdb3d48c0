"""Orders that go at one price point of a bar, and what funds and positions allow of them.

A batch is one decision. At a price point of the bar, reductions go first, in the order of their places (which are
their ids, unless they were replaced, see `queue`), because they bring the cash; then all entries together (`entries`).
Fills are booked in the order of places within each. What goes against a position reduces it as far as that reaches;
what is then left of a sell is canceled in a cash account, which has no shorts, and enters the other side in one on
margin. Of an order that may only reduce the rest is always canceled. A market order whose asset has no bar waits.

Where this is unrealistic: any quantity fills at the one price.
"""

from tidegate.core.ids import ORDERS_PER_SENDER
from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.books import MARGIN, QUANTITY, Books, Rows
from tidegate.kernels.costs import commission, money, order_price
from tidegate.kernels.entries import CASH_SHORTAGE, fill_entries, note_cancel, note_entry
from tidegate.kernels.funds import available
from tidegate.kernels.kernel import FloatRows, Floats, Ints, ReadFloats, ReadInts, inlined, kernel
from tidegate.kernels.ledger import book_fill
from tidegate.kernels.paths import NAN

SHORT_NOT_ALLOWED, NO_POSITION, REDUCE_ONLY, VOLUME_LIMIT = 2, 3, 14, 17
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
    met = 0
    for k in range(len(asset)):
        at = reference[asset[k]]
        done[k] = 0
        if at != at:
            continue
        done[k] = 1
        met += 1
        entries = _meet(
            seq, entries, k, order_id[k], place[k], asset[k], quantity[k], priority[k], at, NAN, False, False, False,
            books, rows,
        )  # fmt: skip
    if entries > 0:
        fill_entries(seq, entries, rule, fractional, books, rows)
    return met


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
    inside: bool,
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
        reduce_only: (n_orders,) 1 for those that may only reduce a position.
        inside: whether this is inside the bar, not at its open or close.
        seq, rule, fractional, books, rows: as for `fill_orders`.
    """
    entries = 0
    for k in range(len(asset)):
        entries = _meet(
            seq, entries, k, order_id[k], place[k], asset[k], quantity[k], priority[k], at[k], limit[k], whole[k] == 1,
            reduce_only[k] == 1, inside, books, rows,
        )  # fmt: skip
    if entries > 0:
        fill_entries(seq, entries, rule, fractional, books, rows)


@inlined
def _meet(
    seq: int,
    entries: int,
    source: int,
    order: int,
    place: int,
    asset: int,
    quantity: float,
    priority: float,
    at: float,
    limit: float,
    whole: bool,
    reduce_only: bool,
    inside: bool,
    books: Books,
    rows: Rows,
) -> int:
    """Fills what an order reduces, and notes the rest as an entry; returns how many entries are noted by then."""
    wanted = abs(quantity)
    on_margin = books.kind[MARGIN] != 0
    only_reduces = reduce_only or (on_margin and order < ORDERS_PER_SENDER)  # the latter are the broker's own
    reduces = only_reduces or (quantity < 0.0 and not on_margin)
    asked = min(wanted, abs(books.positions[QUANTITY, asset])) if reduces else wanted
    price = order_price(source, order, asset, quantity, asked, at, limit, inside, books, rows)
    left = wanted
    if quantity < 0.0 and not on_margin:
        why = REDUCE_ONLY if only_reduces else NO_POSITION
        _sell_held(seq, source, order, asset, wanted, price, at, whole, why, books, rows)
        return entries
    against = books.positions[QUANTITY, asset] * quantity < 0.0
    there = abs(books.positions[QUANTITY, asset]) if against else 0.0
    if only_reduces and whole and wanted - there >= DUST:
        note_cancel(order, source, asset, REDUCE_ONLY, quantity, wanted, there, books, rows)
        return entries
    if on_margin and against:
        left = _reduce(seq, source, order, asset, quantity, price, at, books, rows)
        if left == 0.0:
            return entries
    size = left if quantity > 0.0 else -left
    if only_reduces:
        note_cancel(order, source, asset, REDUCE_ONLY, size, wanted, there, books, rows)
        return entries
    return note_entry(entries, source, order, place, asset, size, priority, price, at, whole, rows)


@kernel
def _reduce(
    seq: int,
    source: int,
    order: int,
    asset: int,
    quantity: float,
    price: float,
    at: float,
    books: Books,
    rows: Rows,
) -> float:
    """Closes as much of a position as an order against it reaches; returns what is left of the order."""
    held, wanted = abs(books.positions[QUANTITY, asset]), abs(quantity)
    size = held if abs(held - wanted) < DUST else min(held, wanted)
    book_fill(seq, order, source, asset, size if quantity > 0.0 else -size, price, at, books, rows)
    left = wanted - size
    return left if left >= DUST else 0.0


@inlined
def _sell_held(
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
    proceeds = money(asset, size, price, books) - commission(asset, size, price, books)
    after = available(books) + proceeds
    if after < 0:
        note_cancel(order, source, asset, CASH_SHORTAGE, -wanted, after / 1e6, 0.0, books, rows)
        return
    book_fill(seq, order, source, asset, -size, price, at, books, rows)
    if wanted - size >= DUST:
        note_cancel(order, source, asset, why, size - wanted, wanted, held, books, rows)


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
