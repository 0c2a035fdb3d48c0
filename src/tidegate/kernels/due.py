"""Orders that go at one price point of a bar."""

from dataclasses import dataclass

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.kernels.book import OrderBook


@dataclass(frozen=True, slots=True)
class Due:
    """Orders that go at one price point, plain ones among them.

    Attributes:
        book: the orders, by ascending place.
        at: (n,) price at which each goes, before slippage.
        limit: (n,) price that slippage cannot take it past, NaN for none.
        whole: (n,) 1 for fill or kill.
        reduce_only: (n,) 1 for those that may only reduce a position.
        plain: (n,) row of the plain order in its book, -1 for a conditional one.
        resting: (n,) row of the conditional order, -1 for a plain one.
    """

    book: OrderBook
    at: FloatArray
    limit: FloatArray
    whole: IntArray
    reduce_only: IntArray
    plain: IntArray
    resting: IntArray

    def part(self, rows: IntArray, quantity: FloatArray) -> "Due":
        """Those at these rows, of other quantities."""
        book = OrderBook()
        book.order_id, book.place = freeze(self.book.order_id[rows]), freeze(self.book.place[rows])
        book.asset = freeze(self.book.asset[rows])
        book.quantity, book.priority = freeze(quantity), freeze(self.book.priority[rows])
        book.tags = tuple([self.book.tags[row] for row in rows.tolist()])
        at, limit, whole = freeze(self.at[rows]), freeze(self.limit[rows]), freeze(self.whole[rows])
        return Due(book, at, limit, whole, freeze(self.reduce_only[rows]), self.plain[rows], self.resting[rows])
