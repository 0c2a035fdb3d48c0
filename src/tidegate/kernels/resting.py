"""The conditional orders of an account: those that wait for a price, a price point or the end of their time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.kernels import conditions as rows
from tidegate.kernels.book import OrderBook
from tidegate.kernels.conditions import meet_bar, meet_close, meet_open, stir, time_is_over
from tidegate.kernels.due import Due
from tidegate.kernels.finer import row_moving_orders
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.paths import (
    LIMIT,
    MARKET,
    STOP,
    STOP_LIMIT,
    TRAILING_STOP,
    TRAILING_STOP_LIMIT,
    WALK_PRICE,
    WALK_SIZE,
)
from tidegate.kernels.reach import reach, start_level
from tidegate.kernels.terms import Clashes
from tidegate.messages.market import OPEN, MarketBatch
from tidegate.messages.orders import OrderColumns, OrderTerms


class Resting:
    """The orders, by ascending id; what they wait for is found out by the kernels of `conditions`.

    Args:
        path: see `terms.path_code`.
        through: whether a limit must be passed, not only touched.
        kernels: how kernels run.

    Attributes:
        count: how many there are.
    """

    def __init__(self, path: int, *, through: bool, kernels: Kernels) -> None:
        self._path, self._through = path, through
        self._stir = kernels(stir)
        self._meet_open, self._meet_bar = kernels(meet_open), kernels(meet_bar)
        self._meet_close, self._time_is_over = kernels(meet_close), kernels(time_is_over)
        self._row_moving = kernels(row_moving_orders)
        self._set(np.empty((rows.INT_ROWS, 0), np.int64), np.empty((rows.FLOAT_ROWS, 0)), np.empty(0, object))

    def _set(self, ints: IntArray, floats: FloatArray, tags: NDArray[Any]) -> None:
        """Takes these orders for its own, and works out what stays true of them until others come or some go."""
        n = self.count = len(tags)
        self._ints, self._floats, self._tags = np.ascontiguousarray(ints), np.ascontiguousarray(floats), tags
        group = self._ints[rows.GROUP]
        units = np.arange(n)
        if (group > 0).any():
            units = np.unique(np.where(group > 0, group, -1 - units), return_inverse=True)[1]
        self._ints[rows.UNIT] = units
        self._at_market = np.flatnonzero(self._ints[rows.KIND] == MARKET)
        self._timed = bool((self._ints[rows.TIF] != rows.GTC).any())
        self._asleep = bool((self._ints[rows.SINCE] == rows.ASLEEP).any())
        self._growing = bool((self._floats[rows.GIVEN] < self._floats[rows.ASKED]).any())
        self._below, self._above = reach(self._ints, self._floats)
        self._at, self._scratch, self._rows = np.empty(n), np.empty(n, np.int64), np.empty(n, np.int64)
        self._walks, self._winners = np.empty((n, 2 * WALK_SIZE)), np.empty((3, n), np.int64)
        self._moved, self._stirred = 0, -1

    @property
    def order_id(self) -> IntArray:
        """Their ids."""
        ids: IntArray = self._ints[rows.ORDER]
        return ids

    @property
    def asset(self) -> IntArray:
        """Their columns of the universe."""
        asset: IntArray = self._ints[rows.ASSET]
        return asset

    @property
    def quantity(self) -> FloatArray:
        """Their signed quantities."""
        quantity: FloatArray = self._floats[rows.QUANTITY]
        return quantity

    @property
    def at_market(self) -> IntArray:
        """The rows of market orders, which are sure to go."""
        return self._at_market

    def awaits_close(self, *, market: bool) -> bool:
        """Whether any order may go at the next close."""
        kind, tif = self._ints[rows.KIND], self._ints[rows.TIF]
        return bool(((tif == rows.ON_CLOSE) | (market & (kind == MARKET) & (tif != rows.ON_OPEN))).any())

    def add(self, orders: OrderColumns, terms: OrderTerms, at: IntArray, seq: int, mark: FloatArray) -> None:
        """Takes orders in.

        Args:
            at: which of the orders.
            seq: barrier; they are met from the next one on.
            mark: (n_assets,) last known closes, from which trailing stops start.
        """
        ints, floats = np.zeros((rows.INT_ROWS, len(at)), np.int64), np.zeros((rows.FLOAT_ROWS, len(at)))
        ints[rows.ORDER], ints[rows.ASSET] = orders.order_id[at], orders.asset[at]
        kind = ints[rows.KIND] = terms.kind[at]
        ints[rows.TIF], ints[rows.EXPIRE_NS], ints[rows.GROUP] = terms.tif[at], terms.expire_ns[at], terms.group[at]
        ints[rows.PARENT] = terms.parent[at]
        ints[rows.SINCE] = np.where(ints[rows.PARENT] > 0, rows.ASLEEP, seq)
        floats[rows.QUANTITY], floats[rows.PRIORITY] = orders.quantity[at], orders.priority[at]
        floats[rows.TRAIL], floats[rows.TRAIL_PCT] = terms.trail[at], terms.trail_pct[at]
        offset = kind == TRAILING_STOP_LIMIT
        floats[rows.LIMIT_PRICE] = np.where(offset, np.nan, terms.limit[at])
        floats[rows.OFFSET] = np.where(offset, terms.limit[at], np.nan)
        floats[rows.LEVEL] = terms.stop[at]
        for k in np.flatnonzero(ints[rows.PARENT] == 0).tolist():
            start_level(k, ints, floats, float(mark[ints[rows.ASSET, k]]))
        ints, floats = np.concatenate((self._ints, ints), axis=1), np.concatenate((self._floats, floats), axis=1)
        tags = np.concatenate((self._tags, np.array([orders.tags[row] for row in at.tolist()], object)))
        order = np.argsort(ints[rows.ORDER], kind="stable")
        self._set(ints[:, order], floats[:, order], tags[order])

    def wake(
        self, orders: IntArray, quantity: FloatArray, price: FloatArray, since: int, goes_on: BoolArray | None = None
    ) -> None:
        """Brings orders to life whose parents have filled, for as much as that is.

        Args:
            orders, quantity, price: of the fills.
            since: barrier after which they are met.
            goes_on: of the fills, whether they are met by what is left of this barrier's bar, where that is known.
        """
        if not (self._asleep or self._growing):
            return
        self._stirred = -1
        self._grow(orders, quantity)
        asleep = np.flatnonzero(self._ints[rows.SINCE] == rows.ASLEEP)
        parents = self._ints[rows.PARENT, asleep]
        places = {order: place for place, order in enumerate(orders.tolist())}
        for k in asleep[np.isin(parents, orders)].tolist():
            place = places[int(self._ints[rows.PARENT, k])]
            wanted = self._floats[rows.QUANTITY, k]
            self._floats[rows.ASKED, k], self._floats[rows.GIVEN, k] = abs(wanted), abs(quantity[place])
            self._growing |= bool(abs(wanted) > abs(quantity[place]))
            self._floats[rows.QUANTITY, k] = np.copysign(min(abs(wanted), abs(quantity[place])), wanted)
            self._ints[rows.SINCE, k] = since - int(goes_on is not None and goes_on[place])
            start_level(k, self._ints, self._floats, float(price[place]))
        self._asleep = bool((self._ints[rows.SINCE] == rows.ASLEEP).any())

    def _grow(self, orders: IntArray, quantity: FloatArray) -> None:
        """Orders that live already, and whose parents have filled again, are for as much more."""
        if not self._growing:
            return
        ints, floats = self._ints, self._floats
        for order, size in zip(orders.tolist(), np.abs(quantity).tolist(), strict=True):
            for k in np.flatnonzero((ints[rows.PARENT] == order) & (ints[rows.SINCE] != rows.ASLEEP)).tolist():
                asked, given = float(floats[rows.ASKED, k]), float(floats[rows.GIVEN, k])
                more = min(asked, given + size) - min(asked, given)
                floats[rows.QUANTITY, k] += np.copysign(more, floats[rows.QUANTITY, k])
                floats[rows.GIVEN, k] = given + size

    def orphans(self, others: IntArray) -> IntArray:
        """The rows of orders that will never live: their parents are neither open here nor among the `others`."""
        gone = np.zeros(self.count, np.bool_)
        if not self._asleep:
            return np.flatnonzero(gone)
        asleep = self._ints[rows.SINCE] == rows.ASLEEP
        while True:
            there = np.concatenate((others, self.order_id[~gone]))
            more = asleep & ~np.isin(self._ints[rows.PARENT], there)
            if (more == gone).all():
                return np.flatnonzero(gone)
            gone = more

    def drop(self, at: IntArray) -> None:
        """Lets go of the orders at these rows."""
        if len(at):
            kept = np.delete(np.arange(self.count), at)
            self._set(self._ints[:, kept], self._floats[:, kept], self._tags[kept])

    def hold_back(self, at: IntArray, rest: FloatArray) -> None:
        """What is left of orders that went in part; a stop stays reached, and goes at the next open it meets."""
        self._floats[rows.QUANTITY, at] = rest
        kind = self._ints[rows.KIND, at]
        self._ints[rows.TRIGGERED, at[(kind == STOP) | (kind == TRAILING_STOP)]] = 1
        self._below, self._above = reach(self._ints, self._floats)
        self._stirred = -1

    def times_in_force(self, at: IntArray) -> IntArray:
        """Of the orders at these rows; good till canceled where the row is -1."""
        return np.where(at >= 0, self._ints[rows.TIF, at] if self.count else 0, rows.GTC)

    def parents(self, at: IntArray) -> IntArray:
        """Ids of the orders that had to fill before these."""
        parents: IntArray = self._ints[rows.PARENT, at]
        return parents[parents > 0]

    def columns(self, at: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Ids, assets and quantities of the orders at these rows."""
        return freeze(self.order_id[at]), freeze(self.asset[at]), freeze(self.quantity[at])

    def _find_moved(self, batch: MarketBatch) -> int:
        """Which orders the bar could move, once for each bar and each change of the orders; how many."""
        if self._stirred != batch.seq:
            self._moved = self._stir(batch.bars, self._ints[rows.ASSET], self._below, self._above, self._rows)
            self._stirred = batch.seq
        return self._moved

    def go_at_open(self, batch: MarketBatch, *, market: bool) -> int:
        """Finds who goes at the open; says how many do."""
        moved = self._find_moved(batch)
        if not moved:
            return 0
        return self._meet_open(
            batch.seq, batch.bars, market, self._through, self._ints, self._floats, self._rows, moved, self._at,
            self._scratch,
        )  # fmt: skip

    def go_inside(self, batch: MarketBatch, bars: FloatArray | None = None) -> tuple[int, Clashes]:
        """Finds who goes after the open; with `bars`, only in those of the batch that are among them.

        Returns:
            How many do; and which units are ambiguous.
        """
        moved = self._find_moved(batch)
        if not moved:
            return 0, []
        ambiguous = self._meet_bar(
            batch.seq, batch.bars if bars is None else bars, self._path, self._through, self._ints, self._floats,
            self._rows, moved, self._at, self._walks, self._winners, self._scratch,
        )  # fmt: skip
        return int(np.count_nonzero(self._at == self._at)), self._clashes(self._scratch[:ambiguous].tolist(), batch.seq)

    def go_along(
        self, batch: MarketBatch, begin: int, end: int, finer: FloatArray, first: IntArray
    ) -> tuple[int, int, Clashes]:
        """Goes through finer bars, up to the first in which anybody goes or could have gone.

        Returns:
            Its row, or `end`; and, as `go_inside`, what it brings.
        """
        moved = self._find_moved(batch) if self.count else 0
        if not moved:
            return end, 0, []
        found, some = np.empty(1, np.int64), np.empty(moved, np.int64)
        ambiguous = self._row_moving(
            batch.seq, begin, end, finer, first, batch.bars[OPEN], self._path, self._through, self._ints,
            self._floats, self._below, self._above, self._rows, moved, some, self._at, self._walks, self._winners,
            self._scratch, found,
        )  # fmt: skip
        clashes = self._clashes(self._scratch[:ambiguous].tolist(), batch.seq)
        return int(found[0]), int(np.count_nonzero(self._at == self._at)), clashes

    def _clashes(self, units: Sequence[int], seq: int) -> Clashes:
        """Asset and prices, low first and high first, of some units, by the lowest ids that the bar meets inside."""
        if not units:
            return []
        inside = (self._ints[rows.KIND] != MARKET) & (self._ints[rows.TIF] < rows.IOC) & (self._ints[rows.SINCE] < seq)
        unit_of = np.where(inside, self._ints[rows.UNIT], -1)
        found = []
        for first, unit in sorted((int(np.argmax(unit_of == unit)), unit) for unit in units):
            high, low = self._winners[:2, unit].tolist()
            prices = [
                float(self._walks[one, way * WALK_SIZE + WALK_PRICE]) if one >= 0 else np.nan
                for way, one in enumerate((high, low))
            ]
            found.append((int(self.asset[first]), prices[1], prices[0]))
        return found

    def go_at_close(self, batch: MarketBatch, before: int, *, market: bool) -> int:
        """Finds who goes at the close of those accepted before a barrier; says how many do."""
        if not (self._timed or len(self._at_market)):
            return 0
        moved = self._find_moved(batch)
        if not moved:
            return 0
        return self._meet_close(
            before, batch.bars, market, self._through, self._ints, self._floats, self._rows, moved, self._at,
            self._scratch,
        )  # fmt: skip

    def due(self, plain: OrderBook | None, reference: FloatArray, *, found: bool = True) -> Due:
        """Those who were just found to go, together with the plain orders whose assets have a price.

        Args:
            plain: the plain orders that go as well, None for none.
            reference: (n_assets,) price of this point of the bar, for the plain ones.
            found: whether anybody was found to go.
        """
        going = np.flatnonzero(self._at == self._at) if found else np.empty(0, np.int64)
        both = OrderBook()
        at_plain = np.empty(0, np.int64) if plain is None else np.flatnonzero(reference[plain.asset] > 0.0)
        none = np.full(len(at_plain), -1), np.full(len(going), -1)
        kind = self._ints[rows.KIND, going]
        limited = (kind == LIMIT) | (kind == STOP_LIMIT) | (kind == TRAILING_STOP_LIMIT)
        limit = np.where(limited, self._floats[rows.LIMIT_PRICE, going], np.nan)
        whole = (self._ints[rows.TIF, going] == rows.FOK).astype(np.int64)
        old = plain if plain is not None else both
        ids = np.concatenate((old.order_id[at_plain], self.order_id[going]))
        order = np.argsort(ids, kind="stable")
        both.order_id = freeze(ids[order])
        both.asset = freeze(np.concatenate((old.asset[at_plain], self.asset[going]))[order])
        both.quantity = freeze(np.concatenate((old.quantity[at_plain], self.quantity[going]))[order])
        priority = np.concatenate((old.priority[at_plain], self._floats[rows.PRIORITY, going]))
        both.priority = freeze(priority[order])
        tags = [*(old.tags[row] for row in at_plain.tolist()), *self._tags[going]]
        both.tags = tuple([tags[row] for row in order.tolist()])
        return Due(
            book=both,
            at=freeze(np.concatenate((reference[old.asset[at_plain]], self._at[going]))[order]),
            limit=freeze(np.concatenate((np.full(len(at_plain), np.nan), limit))[order]),
            whole=freeze(np.concatenate((np.zeros(len(at_plain), np.int64), whole))[order]),
            plain=np.concatenate((at_plain, none[1]))[order],
            resting=np.concatenate((none[0], going))[order],
        )

    def companions(self, at: IntArray) -> IntArray:
        """The rows of the other orders in the groups of these."""
        group = self._ints[rows.GROUP]
        others = np.isin(group, group[at][group[at] > 0])
        others[at] = False
        return np.flatnonzero(others)

    def past(self, batch: MarketBatch) -> IntArray:
        """The rows of orders whose time was over before this bar ended, sleeping ones among them."""
        if not self._timed:
            return np.empty(0, np.int64)
        return np.flatnonzero((self._ints[rows.TIF] == rows.GTD) & (self._ints[rows.EXPIRE_NS] < batch.ts_ns))

    def over(self, batch: MarketBatch) -> IntArray:
        """The rows of orders whose time ends with this bar."""
        if not self._timed:
            return np.empty(0, np.int64)
        count = self._time_is_over(batch.seq, batch.ts_ns, self._ints, self._scratch)
        return np.flatnonzero(self._scratch) if count else np.empty(0, np.int64)
