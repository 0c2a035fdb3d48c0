"""The rows that price points write, and the messages they become.

Fills, trades and postings are appended to the columns of a slab, and messages are read-only views of it: nothing is
copied. A slab that is full is left to the messages that look into it, and a new one is begun.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import PostingKind
from tidegate.core.words import repeated
from tidegate.kernels import books
from tidegate.kernels.book import OrderBook
from tidegate.kernels.books import Rows
from tidegate.kernels.entries import CANCEL_QUANTITY, CANCEL_SOURCE
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import FillCosts, Fills, OrdersAccepted, OrdersCanceled
from tidegate.messages.state import Stateful, made

SLAB_FILLS = 16_424
"""Fills that a slab holds. Its columns together are just over 4 MiB, from where numpy asks for huge pages: fresh memory
then costs two faults and not a thousand. No multiple of 512, lest all columns compete for the same lines of the cache.
"""
_FILLS_F, _TRADES_F, _FILLS_I, _TRADES_I, _POSTINGS = 3, 5, 7, 9, 5
"""How many columns each of `Rows` has."""
_PARTS = 7
"""How many more columns of fills there are where they are told in parts."""


class Outcome(Stateful):
    """Where booking kernels write.

    Args:
        assets: size of the universe.
        margin: whether an order may cross zero, and then fill twice.
        foreign: whether a fill may make four postings, for what is converted; else it makes up to two.
        in_parts: whether fills are told in parts.

    Attributes:
        rows: what they append to.
        done: scratch for `matching.fill_orders`.
        stuck: see `Rows`.
        finer_ts_ns: end of the finer bar that is being met, ns UTC; -1 for none.
    """

    # What is stuck is so for one barrier; counts of rows that are in the books begin anew, see `Account.kept`.
    KEEPS = made(
        "_assets _fills_each _postings_each _fill_rows _no_claim _capacity _room finer_ts_ns _first _last rows _read"
        " done stuck _dirty"
    )

    def __init__(self, assets: int, *, margin: bool = False, foreign: bool = False, in_parts: bool = False) -> None:
        self._assets = assets
        self._fills_each, self._postings_each = 2 if margin else 1, 4 if foreign else 2
        self._fill_rows = _FILLS_I + _PARTS if in_parts else _FILLS_I
        self._no_claim = freeze(np.full(assets, -np.inf))
        self.stuck = np.full(assets, -1)
        self._capacity = self._room = 0
        self._dirty = False
        self.finer_ts_ns = -1
        self._first = self._last = [0, 0, 0]

    def restore(self, state: Any) -> None:
        """As `Stateful.restore`; what comes next is written into a new slab."""
        super().restore(state)
        self._capacity = self._room = 0

    @property
    def in_finer(self) -> bool:
        """Whether a finer bar is being met."""
        return self.finer_ts_ns >= 0

    def begin(self, orders: int, totals: IntArray) -> None:
        """Makes room for what so many orders, and an exit of every asset, can write at one price point.

        Args:
            totals: see `books`; its counts of rows are set to where this price point begins.
        """
        need = self._fills_each * orders + self._assets
        if self._last[0] + need > self._capacity:
            self._make_slab(max(SLAB_FILLS, 4 * need + 8))
            totals[books.N_FILLS : books.N_CANCELS] = 0
            self._last = [0, 0, 0]
        if need > self._room:
            self._make_scratch(2 * need)
        if self._dirty:
            totals[books.N_CANCELS :] = 0
        self._first = self._last

    def _make_slab(self, capacity: int) -> None:
        fills, postings = self._fill_rows, self._postings_each * _POSTINGS
        slab = np.empty((_FILLS_F + _TRADES_F + fills + _TRADES_I + postings, capacity))
        self._capacity, self._room = capacity, 0
        self.rows, self._read = _rows(slab, fills, self.stuck), _rows(freeze(slab[:]), fills, self.stuck)

    def _make_scratch(self, room: int) -> None:
        self._room = room
        ints = np.int64
        self.rows = self.rows._replace(
            cancels_f=np.empty((3, room)), cancels_i=np.empty((4, room), ints), clashes=np.empty(self._assets, ints),
            entries_f=np.full((10, room), -1.0), entries_i=np.empty((9, room), ints),
        )  # fmt: skip
        self.done: IntArray = np.empty(room, ints)

    def messages(
        self, batch: MarketBatch, point: int, totals: list[int], book: OrderBook, rules: tuple[str, ...], exits: int
    ) -> list[Message]:
        """What was written since `begin`, as messages: exits made at levels, fills, postings, trades, cancellations.

        Args:
            totals: see `books`.
            book: the orders that were met.
            rules: names behind the sources of exits.
            exits: how many fills are exits; they come first.
        """
        made: list[Message] = []
        at = batch.seq, batch.ts_ns
        canceled = totals[books.N_CANCELS]
        self._last = totals[books.N_FILLS : books.N_CANCELS]
        self._dirty = canceled > 0 or totals[books.N_CLASHES] > 0
        word = None if exits else book.common_tag()
        fills = self._fills(at, point, word, book, rules, exits) if self._last[0] > self._first[0] else None
        stuck = bool(canceled) and bool((self.rows.cancels_i[CANCEL_SOURCE, :canceled] < 0).any())
        if exits or stuck:
            made.append(self._exits(fills, exits, canceled if stuck else 0, rules))
        if fills is not None:
            made.append(fills)
            if self._fill_rows > _FILLS_I:
                made.append(FillCosts(self._read.fills_i[_FILLS_I:, self._first[0] : self._last[0]], *at))
            if self._last[2] > self._first[2]:  # opening a future costs nothing
                made.append(CashPosted(self._read.postings[:, self._first[2] : self._last[2]], *at))
            if self._last[1] > self._first[1]:
                made.append(self._trades(at, word, fills.tags))
        if canceled:
            made.append(self._canceled(canceled))
        return made

    @property
    def filled(self) -> int:
        """How many fills the last price point made."""
        return self._last[0] - self._first[0]

    def filled_sources(self) -> IntArray:
        """The sources of the fills that the last price point made, see `books.FILL_SOURCE`."""
        sources: IntArray = self._read.fills_i[books.FILL_SOURCE, self._first[0] : self._last[0]]
        return sources

    def last_assets(self) -> IntArray:
        """The asset of each fill that the last price point made."""
        assets: IntArray = self._read.fills_i[books.FILL_ASSET, self._first[0] : self._last[0]]
        return assets

    def opened(self, entry_fill: IntArray) -> IntArray:
        """Whose positions the last price point opened, given the fill that opened each, see `books.ENTRY_FILL`."""
        assets = self.last_assets()
        opened: IntArray = assets[entry_fill[assets] >= self._read.fills_i[books.FILL_NUMBER, self._first[0]]]
        return opened

    def last_fills(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Order, quantity and price of each fill that the last price point made."""
        first, last = self._first[0], self._last[0]
        quantity, price = self._read.fills_f[:2, first:last]
        return self._read.fills_i[books.FILL_ORDER, first:last], quantity, price

    def _fills(
        self, at: tuple[int, int], point: int, word: str | None, book: OrderBook, rules: tuple[str, ...], exits: int
    ) -> Fills:
        """`word` is what all fills are tagged with, None where they differ."""
        first, last = self._first[0], self._last[0]
        ints, floats = self._read.fills_i, self._read.fills_f
        if word is None:
            tags = _tags(ints[books.FILL_SOURCE, first:last], book.tags, rules)
        else:
            tags = repeated(word, last - first)
        return Fills(ints[: books.FILL_SOURCE, first:last], floats[:, first:last], *at, point, tags, self.finer_ts_ns)

    def _exits(self, fills: Fills | None, filled: int, canceled: int, rules: tuple[str, ...]) -> OrdersAccepted:
        """The orders that levels made, in the order of their making."""
        if fills is not None and not canceled:
            if filled == len(fills.tags):
                order, asset, quantity = fills.order_id, fills.asset, fills.quantity
            else:
                order, asset, quantity = fills.order_id[:filled], fills.asset[:filled], fills.quantity[:filled]
            return OrdersAccepted(order, asset, quantity, self._no_claim[:filled], fills.tags[:filled], None)
        order, asset, _, source = self.rows.cancels_i[:, :canceled]
        quantity = self.rows.cancels_f[CANCEL_QUANTITY, :canceled]
        rows = np.flatnonzero(source < 0)
        order, asset, source, quantity = order[rows], asset[rows], source[rows], quantity[rows]
        if fills is not None:
            first = self._first[0]
            order = np.concatenate((fills.order_id[:filled], order))
            asset = np.concatenate((fills.asset[:filled], asset))
            source = np.concatenate((self.rows.fills_i[books.FILL_SOURCE, first : first + filled], source))
            quantity = np.concatenate((fills.quantity[:filled], quantity))
        # An exit that volume held back in part is among both.
        order, rows, where = np.unique(order, return_index=True, return_inverse=True)
        whole = np.zeros(len(order))
        np.add.at(whole, where, quantity)
        columns = freeze(order), freeze(asset[rows]), freeze(whole)
        return OrdersAccepted(*columns, self._no_claim[: len(rows)], _tags(source[rows], (), rules), None)

    def _trades(self, at: tuple[int, int], word: str | None, tags: tuple[str, ...]) -> TradesClosed:
        first, last = self._first[1], self._last[1]
        ints, floats = self._read.trades_i, self._read.trades_f
        if word is not None:
            tags = repeated(word, last - first)
        elif last - first < len(tags):  # otherwise every fill closed something
            start = self._first[0]
            tags = tuple([tags[row - start] for row in ints[books.TRADE_FILL_ROW, first:last].tolist()])
        return TradesClosed(ints[: books.TRADE_FILL_ROW, first:last], floats[:, first:last], *at, tags)

    def _canceled(self, count: int) -> OrdersCanceled:
        floats = freeze(self.rows.cancels_f[:, :count].copy())
        ints = freeze(self.rows.cancels_i[:, :count].copy())
        quantity, measured, limit = floats
        order, asset, reason, _ = ints
        return OrdersCanceled(order, asset, quantity, reason, measured, limit, ("",) * count)


def _rows(slab: FloatArray, fills: int, stuck: IntArray) -> Rows:
    """The columns of a slab, so many of them for the whole numbers of fills; scratch is made later, see `Outcome`."""
    floats = _FILLS_F + _TRADES_F
    ints = slab[floats:].view(np.int64)
    return Rows(
        fills_f=slab[:_FILLS_F],
        trades_f=slab[_FILLS_F:floats],
        fills_i=ints[:fills],
        trades_i=ints[fills : fills + _TRADES_I],
        postings=ints[fills + _TRADES_I :].reshape(_POSTINGS, -1),
        cancels_f=_NO_FLOATS,
        cancels_i=_NO_INTS,
        clashes=_NO_INTS[0],
        entries_f=_NO_FLOATS,
        entries_i=_NO_INTS,
        stuck=stuck,
    )


def rows_for(events: int) -> Rows:
    """Rows by themselves, with room for so many trades and four times as many postings."""
    columns = _FILLS_F + _TRADES_F + _FILLS_I + _TRADES_I + 4 * _POSTINGS
    return _rows(np.empty((columns, events)), _FILLS_I, _NO_INTS[0])


def _tags(source: IntArray, orders: tuple[str, ...], rules: tuple[str, ...]) -> tuple[str, ...]:
    """The words of orders, and of rules where the source is negative."""
    if not orders:
        return _rule_tags(source.tobytes(), rules)
    return tuple([orders[row] if row >= 0 else rules[-1 - row] for row in source.tolist()])


@lru_cache(maxsize=1024)
def _rule_tags(source: bytes, rules: tuple[str, ...]) -> tuple[str, ...]:
    """The words of rules; the few ways in which a few levels are reached come again and again."""
    return tuple([rules[-1 - row] for row in np.frombuffer(source, np.int64).tolist()])


def deposit(batch: MarketBatch, amount_micros: int) -> CashPosted:
    """The ledger's first entry."""
    entry = {"kind": PostingKind.DEPOSIT, "asset": -1, "fill_id": -1, "amount_micros": amount_micros, "currency": 0}
    columns = {name: (int(value),) for name, value in entry.items()}
    return CashPosted.of(columns, seq=batch.seq, ts_ns=batch.ts_ns)


_NO_FLOATS = np.empty((1, 0))
_NO_INTS = np.empty((1, 0), np.int64)
