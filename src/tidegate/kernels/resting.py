"""The conditional orders of an account: those that wait for a price, a price point or the end of their time."""

from collections.abc import Sequence

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.kernels import conditions as rows
from tidegate.kernels.book import OrderBook
from tidegate.kernels.conditions import meet_bar, meet_close, meet_open, stir, time_is_over
from tidegate.kernels.due import Due
from tidegate.kernels.finer import row_moving_orders
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.paths import LIMIT, MARKET, STOP_LIMIT, TRAILING_STOP_LIMIT, WALK_PRICE, WALK_SIZE
from tidegate.kernels.queue import OrderQueue
from tidegate.kernels.terms import Clashes
from tidegate.messages.market import OPEN, MarketBatch


class Resting(OrderQueue):
    """The orders, and what a bar does to them; what they wait for is found out by the kernels of `conditions`.

    Args:
        path: see `terms.path_code`.
        through: whether a limit must be passed, not only touched.
        kernels: how kernels run.
        margin: whether the account may be short.
    """

    def __init__(self, path: int, *, through: bool, kernels: Kernels, margin: bool = False) -> None:
        self._path, self._through, self._margin = path, through, margin
        self._stir = kernels(stir)
        self._meet_open, self._meet_bar = kernels(meet_open), kernels(meet_bar)
        self._meet_close, self._time_is_over = kernels(meet_close), kernels(time_is_over)
        self._row_moving = kernels(row_moving_orders)
        self._moved, self._stirred = 0, -1
        super().__init__()

    def _grown(self, capacity: int) -> None:
        self._found, self._scratch, self._rows = np.empty(capacity), *np.empty((2, capacity), np.int64)
        self._walks, self._winners = np.empty((capacity, 2 * WALK_SIZE)), np.empty((3, capacity), np.int64)
        self._stirred = -1

    def _changed(self) -> None:
        self._stirred = -1

    @property
    def _at(self) -> FloatArray:
        """(size,) the price at which each goes at the point of the bar that was met last."""
        return self._found[: self.size]

    def sure_before(self, before: int) -> tuple[IntArray, IntArray, FloatArray]:
        """Places, assets and quantities of orders that are sure to go and were accepted before a barrier."""
        at = self.sure[self._ints[rows.SINCE, self.sure] < before]
        return self._ints[rows.PLACE, at], self._ints[rows.ASSET, at], self._floats[rows.QUANTITY, at]

    def awaits_close(self, *, market: bool) -> bool:
        """Whether any order may go at the next close."""
        kind, tif = self._ints[rows.KIND, : self.size], self._ints[rows.TIF, : self.size]
        return bool(((tif == rows.ON_CLOSE) | (market & (kind == MARKET) & (tif != rows.ON_OPEN))).any())

    def _find_moved(self, batch: MarketBatch) -> int:
        """Which orders the bar could move, once for each bar and each change of the orders; how many."""
        if self._stirred != batch.seq:
            n = self.size
            self._moved = self._stir(
                batch.bars, self._ints[rows.ASSET, :n], self._below[:n], self._above[:n], self._rows
            )
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

    def go_inside(self, batch: MarketBatch, held: FloatArray, bars: FloatArray | None = None) -> tuple[int, Clashes]:
        """Finds who goes after the open; with `bars`, only in those of the batch that are among them.

        Args:
            held: (n_assets,) units, as the open has left them.

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
        clashes = self.clashes(self._scratch[:ambiguous].tolist(), batch.seq, held)
        return int(np.count_nonzero(self._at == self._at)), clashes

    def go_along(
        self, batch: MarketBatch, begin: int, end: int, finer: FloatArray, first: IntArray
    ) -> tuple[int, int, list[int]]:
        """Goes through finer bars, up to the first in which anybody goes or could have gone.

        Returns:
            Its row, or `end`; how many go there; and which units may be ambiguous, see `clashes`.
        """
        moved = self._find_moved(batch) if self.count else 0
        if not moved:
            return end, 0, []
        found, some, n = np.empty(1, np.int64), np.empty(moved, np.int64), self.size
        ambiguous = self._row_moving(
            batch.seq, begin, end, finer, first, batch.bars[OPEN], self._path, self._through, self._ints,
            self._floats, self._below[:n], self._above[:n], self._rows, moved, some, self._at, self._walks,
            self._winners, self._scratch, found,
        )  # fmt: skip
        return int(found[0]), int(np.count_nonzero(self._at == self._at)), self._scratch[:ambiguous].tolist()

    def clashes(self, units: Sequence[int], seq: int, held: FloatArray) -> Clashes:
        """Asset and prices, low first and high first, of some units, by the lowest places that the bar meets inside.

        Units of which neither winner could fill are left out: whatever way the bar went, nothing came of it.

        Args:
            held: (n_assets,) units, as what went before has left them.
        """
        if not units:
            return []
        ints = self._ints[:, : self.size]
        inside = (ints[rows.KIND] != MARKET) & (ints[rows.TIF] < rows.IOC) & (ints[rows.SINCE] < seq)
        unit_of = np.where(inside, ints[rows.UNIT], -1)
        found = []
        for first, unit in sorted((int(np.argmax(unit_of == unit)), unit) for unit in units):
            high, low = self._winners[:2, unit].tolist()
            if not any(one >= 0 and self._could_fill(one, held) for one in (high, low)):
                continue
            prices = [
                float(self._walks[one, way * WALK_SIZE + WALK_PRICE]) if one >= 0 else np.nan
                for way, one in enumerate((high, low))
            ]
            found.append((int(self.asset[first]), prices[1], prices[0]))
        return found

    def _could_fill(self, k: int, held: FloatArray) -> bool:
        """Whether an order finds something to reduce, or may open a position."""
        quantity = self._floats[rows.QUANTITY, k]
        enters = (quantity > 0.0 or self._margin) and not self._ints[rows.REDUCE_ONLY, k]
        return bool(enters or held[self._ints[rows.ASSET, k]] * quantity < 0.0)

    def go_at_close(self, batch: MarketBatch, before: int, *, market: bool) -> int:
        """Finds who goes at the close of those accepted before a barrier; says how many do."""
        if not (self._timed or self._at_market):
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
        zero = np.zeros(len(at_plain), np.int64)
        old = plain if plain is not None else both
        place = np.concatenate((old.place[at_plain], self._ints[rows.PLACE, going]))
        order = np.argsort(place, kind="stable")
        both.place = freeze(place[order])
        both.order_id = freeze(np.concatenate((old.order_id[at_plain], self.order_id[going]))[order])
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
            whole=freeze(np.concatenate((zero, whole))[order]),
            reduce_only=freeze(np.concatenate((zero, self._ints[rows.REDUCE_ONLY, going]))[order]),
            plain=np.concatenate((at_plain, none[1]))[order],
            resting=np.concatenate((none[0], going))[order],
        )

    def past(self, batch: MarketBatch) -> IntArray:
        """The rows of orders whose time was over before this bar ended, sleeping ones among them."""
        if not self._timed:
            return np.empty(0, np.int64)
        ints = self._ints[:, : self.size]
        return np.flatnonzero((ints[rows.TIF] == rows.GTD) & (ints[rows.EXPIRE_NS] < batch.ts_ns))

    def over(self, batch: MarketBatch) -> IntArray:
        """The rows of orders whose time ends with this bar."""
        if not self._timed:
            return np.empty(0, np.int64)
        marked = self._scratch[: self.size]
        count = self._time_is_over(batch.seq, batch.ts_ns, self._ints, marked)
        return np.flatnonzero(marked) if count else np.empty(0, np.int64)
