"""The conditional orders of an account: those that wait for a price, a price point or the end of their time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.enums import PathPolicy
from tidegate.kernels import conditions as rows
from tidegate.kernels.book import OrderBook
from tidegate.kernels.conditions import meet_bar, meet_close, meet_open, time_is_over
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.paths import (
    LIMIT,
    MARKET,
    STOP_LIMIT,
    TRAILING_STOP,
    TRAILING_STOP_LIMIT,
    WALK_PRICE,
    WALK_SIZE,
    trailed,
)
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import OrderColumns, OrderTerms

_POLICIES = tuple(PathPolicy)


def path_code(policy: PathPolicy) -> int:
    """The kernels' number of a path policy."""
    return _POLICIES.index(policy)


def is_plain(terms: OrderTerms) -> BoolArray:
    """Which orders are market orders that are good till canceled and alone."""
    plain: BoolArray = (terms.kind == MARKET) & (terms.tif == rows.GTC) & (terms.group == 0)
    return plain


@dataclass(frozen=True, slots=True)
class Due:
    """Orders that go at one price point, plain ones among them.

    Attributes:
        book: the orders, by ascending id.
        at: (n,) price at which each goes, before slippage.
        limit: (n,) price that slippage cannot take it past, NaN for none.
        whole: (n,) 1 for fill or kill.
        plain: (n,) row of the plain order in its book, -1 for a conditional one.
        resting: (n,) row of the conditional order, -1 for a plain one.
    """

    book: OrderBook
    at: FloatArray
    limit: FloatArray
    whole: IntArray
    plain: IntArray
    resting: IntArray


class Resting:
    """The orders, by ascending id; what they wait for is found out by the kernels of `conditions`.

    Args:
        path: see `path_code`.
        through: whether a limit must be passed, not only touched.
        kernels: how kernels run.

    Attributes:
        tags: a word each.
    """

    def __init__(self, path: int, *, through: bool, kernels: Kernels) -> None:
        self._path, self._through = path, through
        self._meet_open, self._meet_bar = kernels(meet_open), kernels(meet_bar)
        self._meet_close, self._time_is_over = kernels(meet_close), kernels(time_is_over)
        self._set(np.empty((rows.INT_ROWS, 0), np.int64), np.empty((rows.FLOAT_ROWS, 0)), ())

    def __len__(self) -> int:
        return len(self.tags)

    def _set(self, ints: IntArray, floats: FloatArray, tags: tuple[str, ...]) -> None:
        """Takes these orders for its own; numbers the units anew."""
        n = len(tags)
        self.tags = tags
        self._ints, self._floats = np.ascontiguousarray(ints), np.ascontiguousarray(floats)
        group = self._ints[rows.GROUP]
        alone = -1 - np.arange(n)
        self._ints[rows.UNIT] = np.unique(np.where(group > 0, group, alone), return_inverse=True)[1]
        self._at, self._taken = np.empty(n), np.empty(n, np.int64)
        self._walks, self._winners = np.empty((n, 2 * WALK_SIZE)), np.empty((3, n), np.int64)

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
        return np.flatnonzero(self._ints[rows.KIND] == MARKET)

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
        ints, floats = np.zeros((rows.INT_ROWS, len(at)), np.int64), np.empty((rows.FLOAT_ROWS, len(at)))
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
            _start(k, ints, floats, float(mark[ints[rows.ASSET, k]]))
        ints, floats = np.concatenate((self._ints, ints), axis=1), np.concatenate((self._floats, floats), axis=1)
        tags = (*self.tags, *(orders.tags[row] for row in at.tolist()))
        order = np.argsort(ints[rows.ORDER], kind="stable")
        self._set(ints[:, order], floats[:, order], tuple([tags[row] for row in order.tolist()]))

    def wake(self, orders: IntArray, quantity: FloatArray, price: FloatArray, since: int) -> None:
        """Brings orders to life whose parents have filled, for as much as that is.

        Args:
            orders, quantity, price: of the fills.
            since: barrier after which they are met.
        """
        filled = {order: place for place, order in enumerate(orders.tolist())}
        for k in np.flatnonzero(self._ints[rows.SINCE] == rows.ASLEEP).tolist():
            place = filled.get(int(self._ints[rows.PARENT, k]))
            if place is not None:
                wanted = self._floats[rows.QUANTITY, k]
                self._floats[rows.QUANTITY, k] = np.copysign(min(abs(wanted), abs(quantity[place])), wanted)
                self._ints[rows.SINCE, k] = since
                _start(k, self._ints, self._floats, float(price[place]))

    def orphans(self, others: IntArray) -> IntArray:
        """The rows of orders that will never live: their parents are neither open here nor among the `others`."""
        asleep = self._ints[rows.SINCE] == rows.ASLEEP
        gone = np.zeros(len(self.tags), np.bool_)
        if not asleep.any():
            return np.flatnonzero(gone)
        while True:
            there = np.concatenate((others, self.order_id[~gone]))
            more = asleep & ~np.isin(self._ints[rows.PARENT], there)
            if (more == gone).all():
                return np.flatnonzero(gone)
            gone = more

    def drop(self, at: IntArray) -> None:
        """Lets go of the orders at these rows."""
        if len(at):
            kept = np.delete(np.arange(len(self)), at)
            tags = tuple([self.tags[row] for row in kept.tolist()])
            self._set(self._ints[:, kept], self._floats[:, kept], tags)

    def columns(self, at: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Ids, assets and quantities of the orders at these rows."""
        return freeze(self.order_id[at]), freeze(self.asset[at]), freeze(self.quantity[at])

    def go_at_open(self, batch: MarketBatch, *, market: bool) -> bool:
        """Finds who goes at the open; says whether anybody does."""
        going = self._meet_open(
            batch.seq, batch.bars, market, self._through, self._ints, self._floats, self._at, self._taken
        )
        return going > 0

    def go_inside(self, batch: MarketBatch) -> tuple[bool, list[tuple[int, float, float]]]:
        """Finds who goes after the open.

        Returns:
            Whether anybody does; and of the ambiguous units asset and price on the way low first and high first.
        """
        ambiguous = self._meet_bar(
            batch.seq, batch.bars, self._path, self._through, self._ints, self._floats, self._at, self._walks,
            self._winners, self._taken,
        )  # fmt: skip
        return bool((self._at == self._at).any()), self._clashes(self._taken[:ambiguous].tolist())

    def _clashes(self, units: Sequence[int]) -> list[tuple[int, float, float]]:
        found = []
        for unit in units:
            high, low = self._winners[:2, unit].tolist()
            member = high if high >= 0 else low
            prices = [
                float(self._walks[one, way * WALK_SIZE + WALK_PRICE]) if one >= 0 else np.nan
                for way, one in enumerate((high, low))
            ]
            found.append((int(self.asset[member]), prices[1], prices[0]))
        return found

    def go_at_close(self, batch: MarketBatch, before: int, *, market: bool) -> bool:
        """Finds who goes at the close of those accepted before a barrier; says whether anybody does."""
        going = self._meet_close(
            before, batch.bars, market, self._through, self._ints, self._floats, self._at, self._taken
        )
        return going > 0

    def due(self, plain: OrderBook | None, reference: FloatArray) -> Due:
        """Those who were just found to go, together with the plain orders whose assets have a price.

        Args:
            plain: the plain orders that go as well, None for none.
            reference: (n_assets,) price of this point of the bar, for the plain ones.
        """
        going = np.flatnonzero(self._at == self._at)
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
        tags = [*(old.tags[row] for row in at_plain.tolist()), *(self.tags[row] for row in going.tolist())]
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

    def over(self, batch: MarketBatch) -> IntArray:
        """The rows of orders whose time ends with this bar."""
        count = self._time_is_over(batch.seq, batch.ts_ns, self._ints, self._taken)
        return np.flatnonzero(self._taken) if count else np.empty(0, np.int64)


def _start(k: int, ints: IntArray, floats: FloatArray, price: float) -> None:
    """Puts the level of a trailing stop where it begins."""
    if ints[rows.KIND, k] in (TRAILING_STOP, TRAILING_STOP_LIMIT):
        buy = bool(floats[rows.QUANTITY, k] > 0.0)
        distances = float(floats[rows.TRAIL, k]), float(floats[rows.TRAIL_PCT, k])
        floats[rows.LEVEL, k] = trailed(buy, np.inf if buy else -np.inf, price, *distances)
