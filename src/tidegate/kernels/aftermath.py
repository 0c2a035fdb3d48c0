"""What becomes of orders when they or others have filled or ended, or their time is over.

An order that sleeps ends with the parent that ends unfilled, and in turn what waits for it. One that lives, because its
parent has filled in part, is told when it will have no more; where it fills before, what else it asked for is canceled,
for its parent ends with that. An exit, which lives because an entry has filled and may
only reduce a position, ends when there is none to reduce any more, whatever has closed it.
"""

from collections.abc import Callable

import msgspec
import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.book import OrderBook
from tidegate.kernels.conditions import ASKED, ASSET, GIVEN, ORDER, QUANTITY
from tidegate.kernels.due import Due
from tidegate.kernels.endings import ended
from tidegate.kernels.liquidity import LetThrough, held_back
from tidegate.kernels.queue import OrderQueue
from tidegate.messages.base import Message
from tidegate.messages.orders import OrdersApproved, OrdersCanceled, OrdersExpired, OrdersTrimmed, OrderTerms

Filled = tuple[IntArray, FloatArray, FloatArray]
"""Orders, quantities and prices of fills."""
_NONE = np.empty(0, np.int64)


def settle(
    book: OrderBook,
    queue: OrderQueue,
    due: Due,
    sources: IntArray,
    shared: LetThrough | None,
    fills: Callable[[], Filled],
) -> list[Message]:
    """Drops the orders that went at a price point, and cancels the others in the groups of those that filled.

    An exit that fills before all of its entry has cancels the rest of the entry.

    Args:
        book, queue: the open orders.
        sources: of the fills, see `books.FILL_SOURCE`.
        shared: where volume held orders back, what stays open of them.
        fills: what filled.
    """
    filled = due.resting[sources[sources >= 0]]
    filled = filled[filled >= 0]
    if shared is not None:
        _hold_back(book, queue, shared)
        due = shared.asked.part(np.flatnonzero(shared.rest == 0.0), shared.rest[shared.rest == 0.0])
    others, parents = queue.companions(filled), queue.parents(filled)
    plain = due.plain[due.plain >= 0]
    left = np.flatnonzero(np.isin(book.order_id, parents)) if len(parents) else _NONE
    if len(parents):
        others = np.union1d(others, np.flatnonzero(np.isin(queue.order_id, parents)))
    left, others = np.setdiff1d(left, plain), np.setdiff1d(others, due.resting)
    messages = [] if shared is None else held_back(shared)
    if len(others) + len(left):
        columns = book.order_id[left], book.asset[left], book.quantity[left]
        messages.append(ended(OrdersCanceled, Reason.ONE_CANCELS_OTHER, columns, queue.columns(others)))
    if queue.growing:
        messages += _filled_short(queue, np.intersect1d(filled, due.resting), fills())
    queue.drop(np.union1d(due.resting[due.resting >= 0], others))
    if len(plain) + len(left):
        book.keep(np.delete(np.arange(len(book.tags)), np.concatenate((plain, left))))
    return messages


def _filled_short(queue: OrderQueue, at: IntArray, fills: Filled) -> list[Message]:
    """Cancels the rest of orders that have filled all that their parents had filled, and asked for more."""
    orders, sizes = fills[0], np.abs(fills[1])
    ints, floats = queue.table()
    ids, quantity = ints[ORDER, at], floats[QUANTITY, at]
    asked, given = floats[ASKED, at], floats[GIVEN, at]
    filled = np.array([sizes[orders == order].sum() for order in ids.tolist()])
    short = np.flatnonzero((given < asked) & (np.abs(quantity) - filled < DUST))
    if len(short) == 0:
        return []
    rest = freeze(np.copysign(asked - given, quantity)[short])
    over = ended(OrdersCanceled, Reason.PARENT_ENDED, (ids[short], ints[ASSET, at[short]], rest))
    order = np.argsort(ids[short], kind="stable")
    return [msgspec.structs.replace(over, measured=freeze(asked[short][order]), limit=freeze(given[short][order]))]


def _hold_back(book: OrderBook, queue: OrderQueue, shared: LetThrough) -> None:
    """Leaves open what volume held back."""
    asked, rest = shared.asked, shared.rest
    stays = rest != 0.0
    plain, resting = stays & (asked.plain >= 0), stays & (asked.resting >= 0)
    if plain.any():
        book.hold_back(asked.plain[plain], rest[plain])
    if resting.any():
        queue.hold_back(asked.resting[resting], rest[resting], shared.paused)


def end_in_time(queue: OrderQueue, rows: IntArray) -> list[Message]:
    """Ends the orders at these rows, for their time is over."""
    if len(rows) == 0:
        return []
    over = ended(OrdersExpired, Reason.TIME_IN_FORCE, queue.columns(rows))
    queue.drop(rows)
    return [over]


def end_orphans(queue: OrderQueue, others: IntArray) -> list[Message]:
    """Ends the orders whose parents are neither open here nor among the `others`, and have not filled."""
    rows = queue.orphans(others)
    if len(rows) == 0:
        return []
    over = ended(OrdersCanceled, Reason.PARENT_ENDED, queue.columns(rows))
    queue.drop(rows)
    return [over]


def cut_short(queue: OrderQueue, others: IntArray) -> list[Message]:
    """Tells of orders that live for less than they asked, because their parents will fill no more."""
    rows, asked, given = queue.cut_short(others)
    if len(rows) == 0:
        return []
    order_id, asset, quantity = queue.columns(rows)
    why, cut = freeze(np.full(len(rows), int(Reason.PARENT_ENDED))), freeze(np.copysign(asked - given, quantity))
    return [OrdersTrimmed(order_id, asset, cut, why, freeze(asked), freeze(given), ("",) * len(rows))]


def end_idle_exits(queue: OrderQueue, held: FloatArray) -> list[Message]:
    """Ends exits that came to life with an entry and have nothing to reduce any more.

    Args:
        held: (n_assets,) units.
    """
    rows = queue.idle_exits(held)
    if len(rows) == 0:
        return []
    over = ended(OrdersCanceled, Reason.REDUCE_ONLY, queue.columns(rows))
    queue.drop(rows)
    return [msgspec.structs.replace(over, measured=freeze(np.abs(over.quantity)), limit=freeze(np.zeros(len(rows))))]


def refuse_orphans(orders: OrdersApproved, terms: OrderTerms, reasons: IntArray, there: IntArray) -> None:
    """Marks in `reasons` the orders that come whose parent is neither open, among these ids, nor being accepted."""
    while True:
        known = np.concatenate((there, orders.order_id[reasons == 0]))
        alone = (reasons == 0) & (terms.parent > 0) & ~np.isin(terms.parent, known)
        if not alone.any():
            return
        reasons[alone] = Reason.PARENT_ENDED
