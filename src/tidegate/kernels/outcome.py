"""The rows that one price point wrote, and the messages they become."""

from collections.abc import Iterator, Sequence

import numpy as np

from tidegate.core.arrays import IntArray, freeze
from tidegate.core.enums import PostingKind
from tidegate.kernels import ledger as books
from tidegate.kernels import matching
from tidegate.kernels.book import OrderBook
from tidegate.kernels.ledger import Rows
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import Fills, OrdersAccepted, OrdersCanceled


class Outcome:
    """Scratch rows that grow with the book; what leaves it is copied and read-only.

    Attributes:
        rows: what booking kernels append to.
        done: scratch for `matching.fill_orders`.
    """

    __slots__ = ("_assets", "_no_claim", "_room", "done", "rows")

    def __init__(self, assets: int) -> None:
        self._assets = assets
        self._room = -1
        self._no_claim = freeze(np.full(assets, -np.inf))
        self.reserve(0)

    def reserve(self, orders: int) -> None:
        """Makes room for what so many orders, and an exit of every asset, can write; drops what was there."""
        if orders <= self._room:
            return
        self._room = 2 * orders + 64
        n = self._room + self._assets
        ints = np.int64
        self.rows = Rows(
            np.empty((3, n)), np.empty((7, n), ints), np.empty((5, n)), np.empty((9, n), ints),
            np.empty((4, 2 * n), ints), np.empty((3, n)), np.empty((4, n), ints), np.empty(self._assets, ints),
            np.empty((4, self._room)), np.empty((4, self._room), ints),
        )  # fmt: skip
        self.done: IntArray = np.empty(self._room, ints)

    def messages(
        self, batch: MarketBatch, point: int, totals: Sequence[int], book: OrderBook, rules: Sequence[str]
    ) -> Iterator[Message]:
        """What was written, as messages: exits made at levels, fills, postings, closed trades, cancellations.

        Args:
            totals: see `ledger`.
            book: the orders that were met.
            rules: names behind the sources of exits.
        """
        filled, canceled = totals[books.N_FILLS], totals[books.N_CANCELS]
        exits = self._exits(filled, canceled, rules) if rules else None
        if exits is not None:
            yield exits
        if filled:
            word = book.common_tag() if exits is None else None
            source = self.rows.fills_i[books.FILL_SOURCE, :filled]
            tags = (word,) * filled if word is not None else _tags(source, book.tags, rules)
            at = batch.seq, batch.ts_ns
            yield self._fills(at, point, filled, tags)
            yield CashPosted(*at, *freeze(self.rows.postings[:, : totals[books.N_POSTINGS]].copy()))
            if totals[books.N_TRADES]:
                yield self._trades(at, totals[books.N_TRADES], tags)
        if canceled:
            yield self._canceled(canceled)

    def _fills(self, at: tuple[int, int], point: int, count: int, tags: tuple[str, ...]) -> Fills:
        ints = freeze(self.rows.fills_i[: books.FILL_SOURCE, :count].copy())
        floats = freeze(self.rows.fills_f[:, :count].copy())
        number, order, asset, cash, commission, slippage = ints
        quantity, price, reference = floats
        return Fills(*at, point, number, order, asset, quantity, price, reference, cash, commission, slippage, tags)

    def _exits(self, filled: int, canceled: int, rules: Sequence[str]) -> OrdersAccepted | None:
        """The orders that levels made, in the order of their making; None where there were none."""
        rows = self.rows
        order, asset = rows.fills_i[books.FILL_ORDER, :filled], rows.fills_i[books.FILL_ASSET, :filled]
        source, quantity = rows.fills_i[books.FILL_SOURCE, :filled], rows.fills_f[books.FILL_QUANTITY, :filled]
        if canceled:
            order = np.concatenate((order, rows.cancels_i[matching.CANCEL_ORDER, :canceled]))
            asset = np.concatenate((asset, rows.cancels_i[matching.CANCEL_ASSET, :canceled]))
            source = np.concatenate((source, rows.cancels_i[matching.CANCEL_SOURCE, :canceled]))
            quantity = np.concatenate((quantity, rows.cancels_f[matching.CANCEL_QUANTITY, :canceled]))
        made = (source < 0).nonzero()[0]
        if len(made) == 0:
            return None
        if canceled:
            made = made[np.argsort(order[made])]
        columns = freeze(order.take(made)), freeze(asset.take(made)), freeze(quantity.take(made))
        return OrdersAccepted(*columns, self._no_claim[: len(made)], _tags(source.take(made), (), rules))

    def _trades(self, at: tuple[int, int], count: int, tags: Sequence[str]) -> TradesClosed:
        ints = freeze(self.rows.trades_i[:, :count].copy())
        floats = freeze(self.rows.trades_f[:, :count].copy())
        fill, asset, entry_seq, cost, proceeds, commission, pnl, bars_held, fill_row = ints
        quantity, entry_price, exit_price, mae, mfe = floats
        return TradesClosed(
            *at, fill, asset, quantity, entry_seq, entry_price, exit_price, cost, proceeds, commission, pnl, mae, mfe,
            bars_held, tuple([tags[row] for row in fill_row.tolist()]),
        )  # fmt: skip

    def _canceled(self, count: int) -> OrdersCanceled:
        floats = freeze(self.rows.cancels_f[:, :count].copy())
        ints = freeze(self.rows.cancels_i[:, :count].copy())
        quantity, measured, limit = floats
        order, asset, reason, _ = ints
        return OrdersCanceled(order, asset, quantity, reason, measured, limit, ("",) * count)


def _tags(source: IntArray, orders: Sequence[str], rules: Sequence[str]) -> tuple[str, ...]:
    """The words of orders, and of rules where the source is negative."""
    return tuple([orders[row] if row >= 0 else rules[-1 - row] for row in source.tolist()])


def deposit(batch: MarketBatch, amount_micros: int) -> CashPosted:
    """The ledger's first entry."""
    none = freeze(np.array((-1,)))
    kind = freeze(np.array((int(PostingKind.DEPOSIT),)))
    return CashPosted(batch.seq, batch.ts_ns, kind, none, none, freeze(np.array((amount_micros,))))
