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

    __slots__ = ("_assets", "_room", "done", "rows")

    def __init__(self, assets: int) -> None:
        self._assets = assets
        self._room = -1
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
            np.empty((4, 2 * n), ints), np.empty((3, n)), np.empty((2, n), ints), np.empty(self._assets, ints),
        )  # fmt: skip
        self.done: IntArray = np.empty(self._room, ints)

    def booked(
        self, batch: MarketBatch, point: int, totals: Sequence[int], book: OrderBook, rules: Sequence[str]
    ) -> Iterator[Message]:
        """The messages of what was booked: exits made at levels, fills, postings, closed trades.

        Args:
            totals: see `ledger`; at least one fill was written.
            book: the orders that were met.
            rules: names behind the sources of exits.
        """
        ints = freeze(self.rows.fills_i[:, : totals[books.N_FILLS]].copy())
        floats = freeze(self.rows.fills_f[:, : totals[books.N_FILLS]].copy())
        number, order, asset, cash, commission, slippage, source = ints
        quantity, price, reference = floats
        tags = tuple([book.tags[row] if row >= 0 else rules[-1 - row] for row in source.tolist()])
        exits = np.flatnonzero(source < 0) if rules else ()
        if len(exits):
            priority = freeze(np.full(len(exits), -np.inf))
            columns = freeze(order[exits]), freeze(asset[exits]), freeze(quantity[exits])
            yield OrdersAccepted(*columns, priority, tuple([tags[row] for row in exits]))
        at = batch.seq, batch.ts_ns
        yield Fills(
            *at, point, number, order, asset, quantity, price, reference, cash, commission, slippage, tags
        )  # fmt: skip
        yield CashPosted(*at, *freeze(self.rows.postings[:, : totals[books.N_POSTINGS]].copy()))
        if totals[books.N_TRADES]:
            yield self._trades(at, totals[books.N_TRADES], tags)

    def _trades(self, at: tuple[int, int], count: int, tags: Sequence[str]) -> TradesClosed:
        ints = freeze(self.rows.trades_i[:, :count].copy())
        floats = freeze(self.rows.trades_f[:, :count].copy())
        fill, asset, entry_seq, cost, proceeds, commission, pnl, bars_held, fill_row = ints
        quantity, entry_price, exit_price, mae, mfe = floats
        return TradesClosed(
            *at, fill, asset, quantity, entry_seq, entry_price, exit_price, cost, proceeds, commission, pnl, mae, mfe,
            bars_held, tuple([tags[row] for row in fill_row.tolist()]),
        )  # fmt: skip

    def canceled(self, count: int, book: OrderBook) -> OrdersCanceled:
        """The remainders that did not go through."""
        floats = freeze(self.rows.cancels_f[:, :count].copy())
        ints = freeze(self.rows.cancels_i[:, :count].copy())
        row = ints[matching.CANCEL_SOURCE]
        return OrdersCanceled(
            freeze(book.order_id[row]),
            freeze(book.asset[row]),
            floats[matching.CANCEL_QUANTITY],
            ints[matching.CANCEL_REASON],
            floats[matching.CANCEL_MEASURED],
            floats[matching.CANCEL_LIMIT],
            ("",) * count,
        )


def deposit(batch: MarketBatch, amount_micros: int) -> CashPosted:
    """The ledger's first entry."""
    none = freeze(np.array((-1,)))
    kind = freeze(np.array((int(PostingKind.DEPOSIT),)))
    return CashPosted(batch.seq, batch.ts_ns, kind, none, none, freeze(np.array((amount_micros,))))
