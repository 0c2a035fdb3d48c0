"""Conditional orders as columns, by place: memory that grows, and rows that orders leave behind when they go.

The place of an order is its id, until it is replaced in a way that sends it to where a newly issued order would stand.
An order that goes leaves its row: no bar moves it, and no question finds it. Rows are moved only when most of them are
such, or when an order comes that belongs between others: a few of many thousand orders cost what those few cost.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.kernels import conditions as rows
from tidegate.kernels.keeping import KeepsQueue
from tidegate.kernels.paths import LIMIT, MARKET, STOP, TRAILING_STOP, TRAILING_STOP_LIMIT
from tidegate.kernels.reach import reach, start_level
from tidegate.kernels.standing import Standing, rewrite, standing_of
from tidegate.kernels.waking import awaken, grow
from tidegate.messages.orders import OrderColumns, OrderTerms

_ROOM = 64
"""Rows that there are at least; so many may also be left behind before any are moved."""


class OrderQueue(KeepsQueue):
    """The orders, by ascending place.

    Attributes:
        count, size: how many there are, and rows in use, those that orders have left among them.
        growing: whether any may live for less than it asked.
    """

    def __init__(self) -> None:
        self.count = self.size = 0
        self._ints, self._floats, self._tags, self._below, self._above = _columns(0)
        self._make(_ROOM)
        self._timed = self._asleep = self._at_market = self._exits = 0
        self.growing = False
        self._sure: IntArray | None = None

    def _make(self, capacity: int) -> None:
        """New memory, with the rows in use at its start."""
        before, used = (self._ints, self._floats, self._tags, self._below, self._above), self.size
        self._ints, self._floats, self._tags, self._below, self._above = _columns(capacity)
        for old, new in zip(before, (self._ints, self._floats, self._tags, self._below, self._above), strict=True):
            new[..., :used] = old[..., :used]
        self._grown(capacity)

    def _grown(self, capacity: int) -> None:
        """Called when there is room for so many orders."""

    def _changed(self) -> None:
        """Called when orders have come, or have become others."""

    @property
    def order_id(self) -> IntArray:
        """(size,) their ids, -1 in the rows that orders have left."""
        ids: IntArray = self._ints[rows.ORDER, : self.size]
        return ids

    @property
    def asset(self) -> IntArray:
        """(size,) their columns of the universe."""
        asset: IntArray = self._ints[rows.ASSET, : self.size]
        return asset

    @property
    def quantity(self) -> FloatArray:
        """(size,) their signed quantities, 0 in the rows that orders have left."""
        quantity: FloatArray = self._floats[rows.QUANTITY, : self.size]
        return quantity

    @property
    def sure(self) -> IntArray:
        """The rows of orders that are sure to go: market orders that need nothing to reduce."""
        if self._sure is None:
            market = self._ints[rows.KIND, : self.size] == MARKET if self._at_market else np.zeros(self.size, np.bool_)
            self._sure = np.flatnonzero(market & (self._ints[rows.REDUCE_ONLY, : self.size] == 0))
        return self._sure

    def open_rows(self) -> IntArray:
        """The rows of all orders."""
        return np.flatnonzero(self.order_id >= 0)

    def find(self, order: int) -> int:
        """The row of an order, -1 where it is not open here."""
        found = np.flatnonzero(self.order_id == max(order, 0))
        return int(found[0]) if len(found) else -1

    def columns(self, at: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Ids, assets and quantities of the orders at these rows."""
        return freeze(self.order_id[at]), freeze(self.asset[at]), freeze(self.quantity[at])

    def add(self, orders: OrderColumns, terms: OrderTerms, at: IntArray, seq: int, mark: FloatArray) -> None:
        """Takes orders in.

        Args:
            at: which of the orders.
            seq: barrier; they are met from the next one on.
            mark: (n_assets,) last known closes, from which trailing stops start.
        """
        ints, floats = np.zeros((rows.INT_ROWS, len(at)), np.int64), np.zeros((rows.FLOAT_ROWS, len(at)))
        ints[rows.ORDER] = ints[rows.PLACE] = orders.order_id[at]
        ints[rows.ASSET] = orders.asset[at]
        kind = ints[rows.KIND] = terms.kind[at]
        ints[rows.TIF], ints[rows.EXPIRE_NS], ints[rows.GROUP] = terms.tif[at], terms.expire_ns[at], terms.group[at]
        ints[rows.PARENT], ints[rows.REDUCE_ONLY] = terms.parent[at], terms.reduce_only[at]
        ints[rows.SINCE] = np.where(ints[rows.PARENT] > 0, rows.ASLEEP, seq)
        floats[rows.QUANTITY], floats[rows.PRIORITY] = orders.quantity[at], orders.priority[at]
        floats[rows.TRAIL], floats[rows.TRAIL_PCT] = terms.trail[at], terms.trail_pct[at]
        offset = kind == TRAILING_STOP_LIMIT
        floats[rows.LIMIT_PRICE] = np.where(offset, np.nan, terms.limit[at])
        floats[rows.OFFSET] = np.where(offset, terms.limit[at], np.nan)
        floats[rows.LEVEL] = terms.stop[at]
        for k in np.flatnonzero(ints[rows.PARENT] == 0).tolist():
            start_level(k, ints, floats, float(mark[ints[rows.ASSET, k]]))
        self._append(ints, floats, np.array([orders.tags[row] for row in at.tolist()], object))

    def _append(self, ints: IntArray, floats: FloatArray, tags: NDArray[Any]) -> None:
        """Takes rows in, ascending by place."""
        first, n = self.size, len(tags)
        if first + n > self._ints.shape[1]:
            self._make(2 * (first + n))
        end = self.size = first + n
        self.count += n
        self._ints[:, first:end], self._floats[:, first:end], self._tags[first:end] = ints, floats, tags
        self._below[first:end], self._above[first:end] = reach(ints, floats)
        self._ints[rows.UNIT, first:end] = np.arange(first, end)
        self._tally(ints, 1)
        places = self._ints[rows.PLACE, max(first - 1, 0) : end]
        if (places[1:] < places[:-1]).any():
            self._move(np.argsort(self._ints[rows.PLACE, :end], kind="stable"))
        else:
            self._unite(ints[rows.GROUP])
        self._changed()

    def _tally(self, ints: IntArray, sign: int) -> None:
        """Counts what orders that come or go are."""
        self._timed += sign * int(np.count_nonzero(ints[rows.TIF] != rows.GTC))
        self._asleep += sign * int(np.count_nonzero(ints[rows.SINCE] == rows.ASLEEP))
        market = int(np.count_nonzero(ints[rows.KIND] == MARKET))
        self._at_market += sign * market
        self._exits += sign * int(np.count_nonzero(ints[rows.REDUCE_ONLY] * ints[rows.PARENT]))
        if market:
            self._sure = None

    def _unite(self, groups: IntArray) -> None:
        """Makes units of the orders in these groups: they are called by the first row of one of them."""
        groups = groups[groups > 0]
        if len(groups):
            at = np.flatnonzero(np.isin(self._ints[rows.GROUP, : self.size], groups))
            _, first, of = np.unique(self._ints[rows.GROUP, at], return_index=True, return_inverse=True)
            self._ints[rows.UNIT, at] = at[first][of]

    def _move(self, order: IntArray) -> None:
        """Puts rows into this order, and leaves out those that orders have left."""
        kept = order[self._ints[rows.ORDER, order] >= 0]
        n = self.size = len(kept)
        self._ints[:, :n], self._floats[:, :n] = self._ints[:, kept], self._floats[:, kept]
        self._tags[:n], self._below[:n], self._above[:n] = self._tags[kept], self._below[kept], self._above[kept]
        self._ints[rows.UNIT, :n] = np.arange(n)
        self._unite(self._ints[rows.GROUP, :n])
        self._sure = None
        self._changed()

    def drop(self, at: IntArray) -> None:
        """Lets go of the orders at these rows."""
        if len(at) == 0:
            return
        self._tally(self._ints[:, at], -1)
        self.count -= len(at)
        self._tags[at] = None
        if self.count == 0:
            self.size = 0
            self._changed()
            return
        ints = self._ints
        ints[rows.ORDER, at], ints[rows.KIND, at], ints[rows.TIF, at] = -1, LIMIT, rows.GTC
        ints[rows.GROUP, at] = ints[rows.PARENT, at] = ints[rows.REDUCE_ONLY, at] = 0
        ints[rows.SINCE, at] = rows.GONE
        self._floats[rows.QUANTITY, at] = self._floats[rows.ASKED, at] = self._floats[rows.GIVEN, at] = 0.0
        self._below[at], self._above[at] = -np.inf, np.inf
        if self.size - self.count > max(self.count, _ROOM):
            self._move(np.arange(self.size))

    def table(self) -> tuple[IntArray, FloatArray]:
        """Copies of the orders' columns, see `conditions`; of no asset (-1) in the rows that orders have left."""
        ints, floats = self._ints[:, : self.size].copy(), self._floats[:, : self.size].copy()
        ints[rows.ASSET, self.order_id < 0] = -1
        return ints, floats

    def restate(self, ints: IntArray, floats: FloatArray) -> None:
        """Takes over what such a table says."""
        at = self.open_rows()
        self._ints[:, at], self._floats[:, at] = ints[:, at], floats[:, at]
        self._below[at], self._above[at] = reach(self._ints[:, at], self._floats[:, at])
        self._changed()

    def standing(self, k: int, seq: int, over_ns: int | None) -> Standing:
        """The order at a row, see `standing_of`."""
        return standing_of(self._ints[:, k].tolist(), self._floats[:, k].tolist(), seq, over_ns)

    def become(self, k: int, order: Standing, since: int, price: float) -> None:
        """Makes the order at row `k` what a change has made of it.

        Args:
            since: barrier after which it is met where it loses its place and does not sleep.
            price: last known, from which a trailing stop starts anew.
        """
        ints, floats, tags = self._ints[:, [k]], self._floats[:, [k]], self._tags[[k]]
        rewrite(ints, floats, order, price)
        if order.place == ints[rows.PLACE, 0]:
            self._floats[:, [k]] = floats  # less of it, or nothing new: it is moved by what moved it before
            return
        ints[rows.PLACE] = order.place
        if ints[rows.SINCE, 0] != rows.ASLEEP:
            ints[rows.SINCE] = since
        self.drop(np.array((k,)))
        self._append(ints, floats, tags)

    def wake(
        self, orders: IntArray, quantity: FloatArray, price: FloatArray, since: int, goes_on: BoolArray | None = None
    ) -> None:
        """Brings orders to life whose parents have filled, for as much as that is.

        Args:
            orders, quantity, price: of the fills.
            since: barrier after which they are met.
            goes_on: of the fills, whether they are met by what is left of this barrier's bar, where that is known.

        One that lives already, and whose parent has filled again, grows by as much.
        """
        if not (self._asleep or self.growing):
            return
        filled: dict[int, tuple[float, float]] = {}
        for order, size, at in zip(orders.tolist(), np.abs(quantity).tolist(), price.tolist(), strict=True):
            filled[order] = filled.get(order, (0.0, 0.0))[0] + size, at
        if self.growing:
            self._grow(filled)
        self.rouse(filled, since, () if goes_on is None else orders[goes_on].tolist())

    def rouse(self, filled: Mapping[int, tuple[float, float]], since: int, later: Collection[int] = ()) -> None:
        """Brings those to life that sleep until one of these orders has filled.

        Args:
            filled: by order, how much it has filled and the price from which trailing stops start.
            later: those whose children are met one barrier earlier, for more of this bar is to come.
        """
        asleep = np.flatnonzero(self._ints[rows.SINCE, : self.size] == rows.ASLEEP)
        waking = asleep[np.isin(self._ints[rows.PARENT, asleep], list(filled))]
        for k in waking.tolist():
            parent = int(self._ints[rows.PARENT, k])
            self.growing |= awaken(k, self._ints, self._floats, *filled[parent])
            self._ints[rows.SINCE, k] = since - int(parent in later)
        self._asleep -= len(waking)
        self._changed()

    def _grow(self, filled: dict[int, tuple[float, float]]) -> None:
        """Orders that live already, and whose parents have filled again, are for as much more."""
        for k in self._short_of(self._ints[rows.PARENT, : self.size], list(filled)).tolist():
            grow(k, self._floats, filled[int(self._ints[rows.PARENT, k])][0])

    def _short_of(self, parent: IntArray, parents: Sequence[int] | IntArray, *, not_of: bool = False) -> IntArray:
        """The rows of orders that live for less than they asked, whose parents are, or are not, among these."""
        floats, among = self._floats[:, : self.size], np.isin(parent, parents)
        return np.flatnonzero((floats[rows.GIVEN] < floats[rows.ASKED]) & (among != not_of) & (self.order_id >= 0))

    def cut_short(self, others: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Orders that live for less than they asked, and will have no more: their parents are open no longer.

        Args:
            others: ids of orders that are open elsewhere.

        Returns:
            Their rows by id, what they asked for and what their parents have filled; they are told once.
        """
        if not self.growing:
            return _NONE, self.quantity[:0], self.quantity[:0]
        there = np.concatenate((others, self.order_id))
        at = self._short_of(self._ints[rows.PARENT, : self.size], there, not_of=True)
        at = at[np.argsort(self.order_id[at], kind="stable")]
        asked, given = self._floats[rows.ASKED, at], self._floats[rows.GIVEN, at]
        self._floats[rows.ASKED, at] = given
        self.growing = bool((self._floats[rows.GIVEN, : self.size] < self._floats[rows.ASKED, : self.size]).any())
        return at, asked, given

    def hold_back(self, at: IntArray, rest: FloatArray, paused: int) -> None:
        """What is left of orders that went in part; a stop stays reached, and goes at the next open it meets."""
        self._floats[rows.QUANTITY, at], self._ints[rows.PAUSED, at] = rest, paused
        kind = self._ints[rows.KIND, at]
        self._ints[rows.TRIGGERED, at[(kind == STOP) | (kind == TRAILING_STOP)]] = 1
        self._below[at], self._above[at] = reach(self._ints[:, at], self._floats[:, at])
        self._changed()

    def times_in_force(self, at: IntArray) -> IntArray:
        """Of the orders at these rows; good till canceled where the row is -1."""
        return np.where(at >= 0, self._ints[rows.TIF, at], rows.GTC)

    def parents(self, at: IntArray) -> IntArray:
        """Ids of the orders that had to fill before these."""
        parents: IntArray = self._ints[rows.PARENT, at]
        return parents[parents > 0]

    def orphans(self, others: IntArray) -> IntArray:
        """The rows of orders that will never live: their parents are neither open here nor among the `others`."""
        if not self._asleep:
            return _NONE
        asleep, gone = self._ints[rows.SINCE, : self.size] == rows.ASLEEP, np.zeros(self.size, np.bool_)
        while True:
            there = np.concatenate((others, self.order_id[~gone]))
            more = asleep & ~np.isin(self._ints[rows.PARENT, : self.size], there)
            if (more == gone).all():
                return np.flatnonzero(gone)
            gone = more

    def companions(self, at: IntArray) -> IntArray:
        """The rows of the other orders in the groups of these."""
        group = self._ints[rows.GROUP, : self.size]
        others = np.isin(group, group[at][group[at] > 0])
        others[at] = False
        return np.flatnonzero(others)

    def idle_exits(self, held: FloatArray) -> IntArray:
        """The rows of orders whose parents have filled, and that have nothing to reduce of `held`, (n_assets,)."""
        if not self._exits:
            return _NONE
        ints = self._ints[:, : self.size]
        at = np.flatnonzero((ints[rows.REDUCE_ONLY] * ints[rows.PARENT] > 0) & (ints[rows.SINCE] != rows.ASLEEP))
        idle: IntArray = at[held[ints[rows.ASSET, at]] * self.quantity[at] >= 0.0]
        return idle

    def group_elsewhere(self, group: IntArray, asset: IntArray) -> int:
        """A group, of these of new orders, whose open orders are for another asset; 0 where there is none."""
        at = np.flatnonzero(np.isin(self._ints[rows.GROUP, : self.size], group[group > 0]))
        assets = dict(zip(self._ints[rows.GROUP, at].tolist(), self.asset[at].tolist(), strict=True))
        for number, column in zip(group.tolist(), asset.tolist(), strict=True):
            if assets.get(number, column) != column:
                return int(number)
        return 0


def _columns(n: int) -> tuple[IntArray, FloatArray, NDArray[Any], FloatArray, FloatArray]:
    """Rows of whole and of real numbers, tags, and reach, for so many orders."""
    ints, floats = np.zeros((rows.INT_ROWS, n), np.int64), np.empty((rows.FLOAT_ROWS, n))
    return ints, floats, np.empty(n, object), *np.empty((2, n))


_NONE = freeze(np.empty(0, np.int64))
