"""The rows that matching and booking append at one price point, and the messages they become."""

from collections.abc import Sequence

import numpy as np

from tidegate.core.arrays import IntArray, freeze
from tidegate.core.enums import PostingKind
from tidegate.kernels import ledger as books
from tidegate.kernels import matching
from tidegate.kernels.book import OrderBook
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import Fills, OrdersAccepted, OrdersCanceled


class Outcome:
    """Scratch rows that grow with the book; what leaves it is copied and read-only.

    Attributes:
        totals: see `ledger`; also counts the rows.
        columns: the arrays that booking kernels append to, as their last arguments.
        cancels: likewise, of orders that did not go through.
    """

    __slots__ = ("_rows", "cancels", "columns", "fills_booked", "totals")

    def __init__(self, rows: int, totals: IntArray) -> None:
        self.totals = totals
        self.fills_booked = 0
        self._rows = 0
        self.reserve(rows)

    def reserve(self, rows: int) -> None:
        """Makes room for at least so many rows of each kind; drops what was there."""
        if rows <= self._rows:
            return
        self._rows = 2 * rows
        ints, floats = np.int64, np.float64
        self.columns = (
            np.empty((3, self._rows), floats),
            np.empty((6, self._rows), ints),
            np.empty((5, self._rows), floats),
            np.empty((7, self._rows), ints),
        )
        self.cancels = np.empty((3, self._rows), floats), np.empty((2, self._rows), ints)

    def fills(self, batch: MarketBatch, point: int, book: OrderBook, rules: Sequence[str]) -> Fills:
        """The fills of the last price point, numbered on from those before."""
        count = int(self.totals[books.N_FILLS])
        floats, ints = freeze(self.columns[0][:, :count].copy()), self.columns[1][:, :count].copy()
        source = ints[books.FILL_SOURCE].tolist()
        tags = book.tags
        freeze(ints)
        number = freeze(np.arange(self.fills_booked, self.fills_booked + count))
        self.fills_booked += count
        return Fills(
            batch.seq,
            batch.ts_ns,
            point,
            number,
            ints[books.FILL_ORDER],
            ints[books.FILL_ASSET],
            floats[books.FILL_QUANTITY],
            floats[books.FILL_PRICE],
            floats[books.FILL_REFERENCE],
            ints[books.FILL_CASH],
            ints[books.FILL_COMMISSION],
            ints[books.FILL_SLIPPAGE],
            tuple([tags[row] if row >= 0 else rules[-1 - row] for row in source]),
        )

    def exits(self, fills: Fills) -> OrdersAccepted | None:
        """The orders that protective levels made and that filled at once; None where there were none."""
        source = self.columns[1][books.FILL_SOURCE, : len(fills.tags)]
        rows = np.flatnonzero(source < 0)
        if len(rows) == 0:
            return None
        priority = freeze(np.full(len(rows), -np.inf))
        tags = tuple(fills.tags[row] for row in rows)
        return OrdersAccepted(
            freeze(fills.order_id[rows]), freeze(fills.asset[rows]), freeze(fills.quantity[rows]), priority, tags
        )

    def trades(self, fills: Fills) -> TradesClosed | None:
        """The trade rows of the closed parts; None where nothing was closed."""
        count = int(self.totals[books.N_TRADES])
        if count == 0:
            return None
        floats = freeze(self.columns[2][:, :count].copy())
        ints = freeze(self.columns[3][:, :count].copy())
        at = ints[books.TRADE_FILL].tolist()
        tags = fills.tags
        return TradesClosed(
            fills.seq,
            fills.ts_ns,
            freeze(fills.fill_id[ints[books.TRADE_FILL]]),
            ints[books.TRADE_ASSET],
            floats[books.TRADE_QUANTITY],
            ints[books.TRADE_ENTRY_SEQ],
            floats[books.TRADE_ENTRY_PRICE],
            floats[books.TRADE_EXIT_PRICE],
            ints[books.TRADE_COST],
            ints[books.TRADE_PROCEEDS],
            ints[books.TRADE_COMMISSION],
            ints[books.TRADE_PNL],
            floats[books.TRADE_MAE],
            floats[books.TRADE_MFE],
            freeze(fills.seq - ints[books.TRADE_ENTRY_SEQ]),
            tuple([tags[row] for row in at]),
        )

    def canceled(self, book: OrderBook) -> OrdersCanceled | None:
        """The remainders that did not go through; None where all did."""
        count = int(self.totals[books.N_CANCELS])
        if count == 0:
            return None
        floats = freeze(self.cancels[0][:, :count].copy())
        ints = freeze(self.cancels[1][:, :count].copy())
        rows = ints[matching.CANCEL_SOURCE]
        return OrdersCanceled(
            freeze(book.order_id[rows]),
            freeze(book.asset[rows]),
            floats[matching.CANCEL_QUANTITY],
            ints[matching.CANCEL_REASON],
            floats[matching.CANCEL_MEASURED],
            floats[matching.CANCEL_LIMIT],
            ("",) * count,
        )


def postings(fills: Fills) -> CashPosted:
    """The ledger's entries for fills: each fill's trade, followed by its commission where it paid one."""
    count = len(fills.tags)
    amounts = np.empty((count, 2), np.int64)
    amounts[:, 0] = fills.cash_micros
    amounts[:, 1] = -fills.commission_micros
    kept = np.ones((count, 2), np.bool_)
    kept[:, 1] = amounts[:, 1] != 0
    kinds = np.broadcast_to(np.array((int(PostingKind.TRADE), int(PostingKind.COMMISSION))), (count, 2))
    assets = np.broadcast_to(fills.asset[:, None], (count, 2))
    numbers = np.broadcast_to(fills.fill_id[:, None], (count, 2))
    return CashPosted(
        fills.seq, fills.ts_ns, freeze(kinds[kept]), freeze(assets[kept]), freeze(numbers[kept]), freeze(amounts[kept])
    )


def deposit(batch: MarketBatch, amount_micros: int) -> CashPosted:
    """The ledger's first entry."""
    none = freeze(np.array((-1,)))
    kind = freeze(np.array((int(PostingKind.DEPOSIT),)))
    return CashPosted(batch.seq, batch.ts_ns, kind, none, none, freeze(np.array((amount_micros,))))
