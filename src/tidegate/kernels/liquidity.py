"""What a bar's volume lets through.

All orders of an asset, and its exits at levels, share a part of what was traded in a bar, over all of its price points
and finer bars.
At each of these, exits at levels have gone before; then reductions take by place, then the others as the shortage rule
serves them. What is let through meets positions and cash as if it were all of the order; what is held back stays open,
unless a part of what went was canceled, or the order was for this point alone.

Nothing fills in a bar in which nothing was traded. Where the volume is not known nothing is held back.

Where this is unrealistic: the volume of the whole bar is known at its open; and whoever takes a part of it moves the
price as the slippage says, not by being there.
"""

from dataclasses import dataclass

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.core.ids import ORDERS_PER_SENDER
from tidegate.kernels import conditions
from tidegate.kernels.arithmetic import in_lots
from tidegate.kernels.books import N_CANCELS, QUANTITY, Books, Rows
from tidegate.kernels.due import Due
from tidegate.kernels.entries import CANCEL_QUANTITY, CANCEL_SOURCE, note_cancel
from tidegate.kernels.instruments import LOT
from tidegate.kernels.kernel import Floats, Ints, Kernels, ReadFloatRows, ReadFloats, ReadInts, kernel
from tidegate.kernels.matching import VOLUME_LIMIT
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages.base import Message
from tidegate.messages.market import VOLUME, MarketBatch
from tidegate.messages.orders import OrdersHeldBack, VolumeUnknown
from tidegate.messages.state import Stateful, keeps, made

_ROUNDING = 1e-9


@kernel
def count_untraded(bars: ReadFloatRows) -> int:
    """How many assets have a bar, (5, n_assets), of volume 0."""
    found = 0
    for a in range(bars.shape[1]):
        found += int(bars[4, a] == 0.0)
    return found


@kernel
def open_room(bars: ReadFloatRows, pct: float, zero_fills: bool, room: Floats) -> int:
    """Writes into `room` the units that a bar lets through; returns of how many assets it holds anything back.

    Args:
        bars: (5, n_assets) open, high, low, close, volume.
        pct: fraction of a bar's volume, NaN for all.
        zero_fills: whether a volume of 0 is as good as none known.
        room: (n_assets,) result, inf for no limit.
    """
    limited = 0
    for a in range(len(room)):
        volume = bars[4, a]
        room[a] = np.inf
        if volume != volume or (volume == 0.0 and zero_fills):
            continue
        if volume == 0.0:
            room[a] = 0.0
        elif pct == pct:
            share = pct * volume
            nearest = np.rint(share)
            room[a] = nearest if abs(share - nearest) <= _ROUNDING * max(1.0, nearest) else share
        if room[a] < np.inf:
            limited += 1
    return limited


@kernel
def let_through(
    order_id: ReadInts,
    place_of: ReadInts,
    asset: ReadInts,
    quantity: ReadFloats,
    priority: ReadFloats,
    whole: ReadInts,
    closing: ReadInts,
    fractional: bool,
    serving: Ints,
    room: Floats,
    left: Floats,
    granted: Floats,
    books: Books,
    rows: Rows,
) -> int:
    """Writes into `granted` how many units of each order go; returns how many orders are held back in part or whole.

    Args:
        order_id, place_of, asset, quantity, priority: (n_orders,) the orders of one price point, in the order of their
            filling.
        whole: (n_orders,) 1 for fill or kill: canceled, and noted in `rows`, where it does not go whole.
        closing: (n_orders,) 1 for orders that can only close what is held.
        fractional: whether quantities may have a fraction.
        serving: scratch, (n_orders,).
        room, left: scratch, (n_assets,).
        granted: result, (n_orders,) not signed.
        books: `room` is what the bar still lets through.
    """
    n = len(asset)
    for k in range(n):
        a = asset[k]
        room[a] = books.room[a]
        left[a] = abs(books.positions[QUANTITY, a])
        granted[k] = -1.0
    for k in range(n):
        if books.positions[QUANTITY, asset[k]] * quantity[k] < 0.0:
            _take(k, asset[k], quantity[k], whole[k] == 1, closing[k] == 1, fractional, room, left, granted, books)
    _serve(place_of, asset, priority, serving)
    for place in range(n):
        k = serving[place]
        if granted[k] < 0.0:
            _take(k, asset[k], quantity[k], whole[k] == 1, closing[k] == 1, fractional, room, left, granted, books)
    held_back = 0
    for k in range(n):
        size = abs(quantity[k])
        if granted[k] < size:
            held_back += 1
            if whole[k] == 1:
                note_cancel(order_id[k], k, asset[k], VOLUME_LIMIT, quantity[k], size, granted[k], books, rows)
                granted[k] = 0.0
    return held_back


@kernel
def _serve(place_of: ReadInts, asset: ReadInts, priority: ReadFloats, serving: Ints) -> None:
    """Where the orders stand in the shortage rule's order: higher priority first, then asset name, then place."""
    for k in range(len(asset)):
        place = k
        while place > 0:
            other = serving[place - 1]
            if priority[k] != priority[other]:
                before = priority[k] > priority[other]
            elif asset[k] != asset[other]:
                before = asset[k] < asset[other]
            else:
                before = place_of[k] < place_of[other]
            if not before:
                break
            serving[place] = other
            place -= 1
        serving[place] = k


@kernel
def _take(
    k: int,
    a: int,
    quantity: float,
    whole: bool,
    closing: bool,
    fractional: bool,
    room: Floats,
    left: Floats,
    granted: Floats,
    books: Books,
) -> None:
    """Writes what is let through of one order; of one that is all or nothing, what could have been.

    An order that can only close what is held wants no more than that, and is canceled for the rest by other rules.
    """
    size = abs(quantity)
    wanted = size
    if closing:
        wanted = min(size, left[a]) if books.positions[QUANTITY, a] * quantity < 0.0 else 0.0
    granted[k] = size
    if wanted > room[a]:
        wanted = min(max(in_lots(room[a], books.instruments[LOT, a], fractional), 0.0), wanted)
        granted[k] = wanted
        if whole:
            return
    room[a] -= wanted
    if books.positions[QUANTITY, a] * quantity < 0.0:
        left[a] -= min(wanted, left[a])


@kernel
def end_rests(
    sources: ReadInts,
    order_id: ReadInts,
    asset: ReadInts,
    quantity: ReadFloats,
    granted: ReadFloats,
    at_once: ReadInts,
    first: int,
    known: int,
    rest: Floats,
    books: Books,
    rows: Rows,
) -> int:
    """Ends what cannot stay open of the orders that were held back; returns how many stay.

    Args:
        sources: (n_going,) which of the orders each of those is that went, as the sources of cancellations count them.
        order_id, asset, quantity, granted: (n_orders,) as they were let through.
        at_once: (n_orders,) 1 for orders of which nothing stays open.
        first, known: rows of cancellations between which those are of fill or kill orders that were held back.
        rest: (n_orders,) result, units of each order that stay open, signed.
        books, rows: a rest whose order was canceled in part is added to that; others are appended.
    """
    stay = 0
    for k in range(len(rest)):
        rest[k] = np.copysign(abs(quantity[k]) - granted[k], quantity[k])
    for row in range(books.totals[N_CANCELS]):
        source = rows.cancels_i[CANCEL_SOURCE, row]
        if row < first:
            continue  # an exit at a level
        if row < known:
            rest[source] = 0.0
        else:
            k = sources[source]
            rows.cancels_f[CANCEL_QUANTITY, row] += rest[k]
            rest[k] = 0.0
    for k in range(len(rest)):
        if rest[k] == 0.0:
            continue
        if at_once[k] == 1:
            size = abs(quantity[k])
            note_cancel(order_id[k], k, asset[k], VOLUME_LIMIT, rest[k], size, granted[k], books, rows)
            rest[k] = 0.0
        else:
            stay += 1
    return stay


@dataclass(slots=True)
class LetThrough:
    """What volume made of the orders that would go at one price point.

    Attributes:
        asked: all of them.
        due: those that go, as far as they do.
        granted: (n_asked,) units that go of each, not signed.
        going: (n_due,) which of those asked each is that goes.
        rest: (n_asked,) signed units that stay open; known once those that go have met positions and cash.
        paused: see `conditions.PAUSED`; 0 outside finer bars.
    """

    asked: Due
    due: Due
    granted: FloatArray
    going: IntArray
    rest: FloatArray
    paused: int


class Liquidity(Stateful):
    """Shares a bar's volume among orders.

    Args:
        n_assets: size of the universe.
        terms: what part of it may be taken, and what becomes of the rest.
        kernels: how kernels run.

    Attributes:
        ever: whether anything may have been held back before.
        capped: whether only a part of a bar's volume may be taken.
    """

    KEEPS = keeps(
        ever=bool, _limited=bool, **made("capped _terms _seq _room _left _first _known _waits"),
        **made("_count_untraded _open_room _let_through _end_rests"),
    )  # fmt: skip

    def __init__(self, n_assets: int, terms: ExecutionTerms, kernels: Kernels) -> None:
        self.ever, self.capped = False, terms.participation > 0.0
        self._terms = terms
        self._seq = -1
        self._limited = False
        self._room, self._left = np.empty(n_assets), np.empty(n_assets)
        self._first = self._known = 0
        self._waits, self._count_untraded = not terms.zero_fills, kernels.unchecked(count_untraded)
        self._open_room, self._let_through = kernels.unchecked(open_room), kernels.unchecked(let_through)
        self._end_rests = kernels.unchecked(end_rests)

    def limits(self, batch: MarketBatch, books: Books) -> bool:
        """Whether the volume of this bar holds anything back; worked out when it is first asked."""
        if batch.seq != self._seq:
            self._seq = batch.seq
            # As a rule there is nothing to hold back, and nothing was before.
            if self.capped or self._limited or (self._waits and self._count_untraded(batch.bars)):
                terms = self._terms
                self._limited = self._open_room(batch.bars, terms.participation, terms.zero_fills, books.room) > 0
                self.ever = self.ever or self._limited
        return self._limited

    def unknown(self, batch: MarketBatch, filled: IntArray) -> list[Message]:
        """Says of which of the assets that just filled the volume is not known, though only a part may be taken."""
        assets = np.unique(filled[np.isnan(batch.bars[VOLUME, filled])])
        return [VolumeUnknown(batch.seq, freeze(assets))] if len(assets) else []

    def share(self, due: Due, books: Books, rows: Rows, *, finer: bool) -> LetThrough:
        """Lets orders through, before they meet positions and cash; what fills or is killed for it is noted.

        Args:
            finer: whether it is in a finer bar.
        """
        book, n = due.book, len(due.book)
        granted = np.empty(n)
        own = book.order_id < ORDERS_PER_SENDER if self._terms.account.margin else book.quantity < 0.0
        only_closes = own | (due.reduce_only == 1)
        closing = freeze(only_closes.astype(np.int64))
        self._first = int(books.totals[N_CANCELS])
        self._let_through(
            book.order_id, book.place, book.asset, book.quantity, book.priority, due.whole, closing,
            self._terms.fractional, np.empty(n, np.int64), self._room, self._left, granted, books, rows,
        )  # fmt: skip
        self._known = int(books.totals[N_CANCELS])
        going = freeze(np.flatnonzero(granted > 0.0))
        part = due.part(going, np.copysign(granted, book.quantity)[going])
        return LetThrough(due, part, freeze(granted), going, np.zeros(n), self._seq + 1 if finer else 0)

    def settle(self, shared: LetThrough, tif: IntArray, books: Books, rows: Rows) -> None:
        """Says what stays open, now that those that went have met positions and cash.

        Args:
            tif: (n_asked,) times in force, see `conditions.GTC`.
        """
        book = shared.asked.book
        at_once = np.isin(tif, _AT_ONCE) | self._terms.cancels_rest
        self._end_rests(
            shared.going, book.order_id, book.asset, book.quantity, shared.granted,
            freeze(at_once.astype(np.int64)), self._first, self._known, shared.rest, books, rows,
        )  # fmt: skip


_AT_ONCE = (conditions.IOC, conditions.FOK, conditions.ON_OPEN, conditions.ON_CLOSE)
"""Times in force of which nothing stays open after the price point."""


def held_back(shared: LetThrough) -> list[Message]:
    """What stays open though it would have gone, by id."""
    book, rows = shared.asked.book, np.flatnonzero(shared.rest)
    if len(rows) == 0:
        return []
    rows = rows[np.argsort(book.order_id[rows], kind="stable")]
    reason = freeze(np.full(len(rows), int(Reason.VOLUME_LIMIT)))
    columns = freeze(book.order_id[rows]), freeze(book.asset[rows]), freeze(shared.rest[rows]), reason
    measured, limit = freeze(np.abs(book.quantity[rows])), freeze(shared.granted[rows])
    return [OrdersHeldBack(*columns, measured, limit, ("",) * len(rows))]
