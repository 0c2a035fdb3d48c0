"""All open orders of an account: market orders in a book, conditional ones beside it; commands in, messages out."""

from collections.abc import Callable

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.core.errors import RequestError
from tidegate.core.ids import ORDERS_PER_SENDER
from tidegate.kernels import matching
from tidegate.kernels.admission import Admission
from tidegate.kernels.aftermath import cut_short, end_idle_exits, end_in_time, end_orphans, refuse_orphans, settle
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.book import OrderBook, accepted
from tidegate.kernels.books import Books
from tidegate.kernels.due import Due
from tidegate.kernels.endings import ended, rejected
from tidegate.kernels.gone import Gone
from tidegate.kernels.instruments import UNIT
from tidegate.kernels.keeping import KeepsOrders
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.liquidity import LetThrough
from tidegate.kernels.partly import Partly
from tidegate.kernels.replacing import Replacing
from tidegate.kernels.resting import Resting
from tidegate.kernels.terms import is_plain
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import (
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersExpired,
    OrdersReplaced,
    OrderTerms,
    ReplacesApproved,
    at_market,
)


class OpenOrders(KeepsOrders):
    """The orders of one account.

    Args:
        n_assets: size of the universe.
        resting: where conditional orders go.
        arrivals: looks at what comes.
        admission: looks at its sizes and prices.
        kernels: how kernels run.
        fractional: whether a replaced quantity may have a fraction.
        margin: whether the account may be short.
        foreign: whether any asset is quoted in another currency, whose rate may not be known yet.

    Attributes:
        book: market orders that are good till canceled.
        resting: all others.
        gone: assets that have ended, and the orders that ended with them.
        partly: what open orders have filled so far.
    """

    def __init__(
        self,
        n_assets: int,
        resting: Resting,
        arrivals: Arrivals,
        admission: Admission,
        kernels: Kernels,
        *,
        fractional: bool,
        margin: bool = False,
        foreign: bool = False,
    ) -> None:
        self._admission = admission
        self.book, self.resting = OrderBook(), resting
        self.gone, self.partly = Gone(), Partly()
        self._margin, self._foreign, self._closed = margin, foreign, False
        self._none_pending = freeze(np.zeros(n_assets))
        self._sells = np.empty(n_assets)
        self._entitled: IntArray = self.book.order_id
        self._arrivals = arrivals
        self._replacing = Replacing(self.book, resting, admission, self.gone, fractional=fractional, margin=margin)
        # These look at nothing; what they get is looked at when it comes.
        self._check_sells = kernels.unchecked(matching.check_sells)
        self._sum_pending = kernels.unchecked(matching.sum_pending)

    def accept(self, orders: OrdersApproved, seq: int, books: Books, prices: FloatArray) -> list[Message]:
        """Takes orders in; in a cash account a market sell of more than is held and not yet being sold is rejected.

        A conditional sell reserves nothing: what is held is looked at when it goes.

        Args:
            seq: barrier.
            books: of the account.
            prices: (n_assets,) last known, from which trailing stops start.

        Raises:
            RequestError: they are not columns of orders, or a group of theirs has open orders for another asset.
        """
        self._arrivals.check_orders(orders)
        if not orders.tags:
            return []
        if not (self._admission.looks or self.gone.why):
            return self._take(orders, seq, books, prices)
        refused, orders = self.gone.refuse(orders)
        if not orders.tags:
            return [*refused]
        if not self._admission.looks:
            return [*refused, *self._take(orders, seq, books, prices)]
        admitted, messages = self._admission.admit(orders, books.positions, self.pending())
        taken = [] if admitted is None else self._take(admitted, seq, books, prices)
        return [*refused, *messages, *taken]

    def _take(self, orders: OrdersApproved, seq: int, books: Books, prices: FloatArray) -> list[Message]:
        """`accept` for orders of which nothing is wrong by itself."""
        if orders.terms is not None:
            return self._accept_conditional(orders, orders.terms, seq, books, prices)
        book, reasons = self.book, self._refusals(orders.asset, orders.quantity, books)
        if reasons is None:
            taken = OrdersAccepted(
                orders.order_id, orders.asset, orders.quantity, orders.priority, orders.tags, None, orders.targets
            )
            book.add(taken)
            return [taken]
        messages: list[Message] = [rejected(orders, np.flatnonzero(reasons), reasons, books)]
        rows = np.flatnonzero(reasons == 0)
        if len(rows):
            taken = accepted(orders, rows)
            book.add(taken)
            messages.append(taken)
        return messages

    def _accept_conditional(
        self, orders: OrdersApproved, terms: OrderTerms, seq: int, books: Books, prices: FloatArray
    ) -> list[Message]:
        """`accept` where there are conditional orders among these."""
        elsewhere = self.resting.group_elsewhere(terms.group, orders.asset)
        if elsewhere:
            raise RequestError(f"OrdersApproved.terms: group {elsewhere}: it has open orders for another asset")
        market, plain = at_market(terms, len(orders.tags)), is_plain(terms)
        rows, reasons = np.flatnonzero(market), np.zeros(len(orders.tags), np.int64)
        found = self._refusals(freeze(orders.asset[rows]), freeze(orders.quantity[rows]), books)
        if found is not None:
            reasons[rows] = found
        if self._foreign:
            reasons[(reasons == 0) & np.isnan(books.instruments[UNIT][orders.asset])] = Reason.NO_PRICE
        if self._closed:
            reasons[:] = Reason.NEGATIVE_EQUITY
        trails = (terms.trail == terms.trail) | (terms.trail_pct == terms.trail_pct)
        reasons[(reasons == 0) & trails & (terms.parent == 0) & np.isnan(prices[orders.asset])] = Reason.NO_PRICE
        refuse_orphans(orders, terms, reasons, np.concatenate((self.book.order_id, self.resting.order_id)))
        messages: list[Message] = []
        rows = np.flatnonzero(reasons)
        if len(rows):
            messages.append(rejected(orders, rows, reasons, books))
        rows = np.flatnonzero(reasons == 0)
        if len(rows):
            messages.append(accepted(orders, rows))
        rows = np.flatnonzero((reasons == 0) & plain)
        if len(rows):
            self.book.add(accepted(orders, rows))
        rows = np.flatnonzero((reasons == 0) & ~plain)
        if len(rows):
            self.resting.add(orders, terms, rows, seq, prices)
            if known := self.partly.among(terms.parent[rows], orders.asset[rows], prices):
                self.resting.rouse(known, seq)
        return messages

    def _refusals(self, asset: IntArray, quantity: FloatArray, books: Books) -> IntArray | None:
        """Why market orders are rejected, 0 for those that are not; None where none is."""
        reasons = np.empty(len(asset), np.int64)
        refused = 0
        if self._margin:
            reasons[:] = 0
        else:
            coming, sold = self._open_market()
            refused = self._check_sells(asset, quantity, coming, sold, books.positions, self._sells, reasons)
        if not (self._foreign or self._closed):
            return reasons if refused else None
        if self._foreign:
            reasons[(reasons == 0) & np.isnan(books.instruments[UNIT][asset])] = Reason.NO_PRICE
        if self._closed:
            reasons[:] = Reason.NEGATIVE_EQUITY
        return reasons if reasons.any() else None

    @property
    def any(self) -> bool:
        """Whether any order is open."""
        return bool(self.book.tags) or self.resting.count > 0

    def own_quantities(self) -> FloatArray:
        """(n_assets,) what the broker's own orders are about to change positions by."""
        own = np.zeros(len(self._sells))
        rows = np.flatnonzero(self.book.order_id < ORDERS_PER_SENDER)
        np.add.at(own, self.book.asset[rows], self.book.quantity[rows])
        return own

    def close_down(self) -> list[Message]:
        """Cancels all orders but the broker's own, and refuses all that come from now on."""
        self._closed = True
        return self._cancel(self.book.order_id >= ORDERS_PER_SENDER, self.resting.open_rows(), Reason.NEGATIVE_EQUITY)

    def _open_market(self) -> tuple[IntArray, FloatArray]:
        """Assets and quantities of all orders that are sure to go."""
        book, resting = self.book, self.resting
        if not resting.count or len(rows := resting.sure) == 0:
            return book.asset, book.quantity
        asset = np.concatenate((book.asset, resting.asset[rows]))
        return freeze(asset), freeze(np.concatenate((book.quantity, resting.quantity[rows])))

    def cancel(self, ids: IntArray) -> list[Message]:
        """Cancels open orders; an id that is not open is passed over, for it may just have filled."""
        ids = ids[ids >= 0]  # rows that orders have left have none
        gone, rest = np.isin(self.book.order_id, ids), np.flatnonzero(np.isin(self.resting.order_id, ids))
        messages = self._cancel(gone, rest, Reason.CANCEL_REQUESTED)
        return messages + self.end_orphans() if messages else messages

    def _cancel(self, gone: BoolArray, rest: IntArray, reason: Reason) -> list[Message]:
        """Cancels orders of the book, as a mask, and conditional ones, as rows."""
        book, resting = self.book, self.resting
        rows = np.flatnonzero(gone)
        if len(rows) + len(rest) == 0:
            return []
        columns = book.order_id[rows], book.asset[rows], book.quantity[rows]
        over = ended(OrdersCanceled, reason, columns, resting.columns(rest))
        book.keep(np.flatnonzero(~gone))
        resting.drop(rest)
        return [over]

    def expire(self) -> list[Message]:
        """Ends all open orders because no batch will come."""
        book, resting = self.book, self.resting
        if not (book.tags or resting.count):
            return []
        rest = resting.open_rows()
        columns = book.order_id, book.asset, book.quantity
        over = ended(OrdersExpired, Reason.END_OF_DATA, columns, resting.columns(rest))
        book.clear()
        resting.drop(rest)
        return [over]

    def end_over(self, batch: MarketBatch) -> list[Message]:
        """Ends the orders whose time is over with this bar, and those that waited in vain for another to fill."""
        if not self.resting.count:
            return []
        return end_in_time(self.resting, self.resting.over(batch)) + self.end_orphans()

    def end_past(self, batch: MarketBatch) -> list[Message]:
        """Ends the orders whose time was over before this bar ended: it is none of theirs."""
        return end_in_time(self.resting, self.resting.past(batch)) if self.resting.count else []

    def end_orphans(self) -> list[Message]:
        """Ends the orders whose parents have ended unfilled; those whose parents filled in part stay as they are."""
        ids = self.book.order_id
        return cut_short(self.resting, ids) + end_orphans(self.resting, ids)

    def follow_up(
        self, fills: tuple[IntArray, FloatArray, FloatArray], since: int, goes_on: BoolArray | None, held: FloatArray
    ) -> list[Message]:
        """Orders that waited for those that filled live now, see `OrderQueue.wake`; exits without a position end.

        Args:
            held: (n_assets,) units.
        """
        self.resting.wake(*fills, since, goes_on)
        return cut_short(self.resting, self.book.order_id) + end_idle_exits(self.resting, held)

    def replace(
        self, changes: ReplacesApproved, seq: int, over: int | None, positions: FloatArray, prices: FloatArray
    ) -> list[Message]:
        """Changes open orders, or says why not; see `replacing`.

        Args:
            seq: barrier.
            over: when this bar ends, ns UTC, where only the rest of it is left; None where it is over.
            positions: see `books`.
            prices: (n_assets,) last known, from which trailing stops start anew.

        Raises:
            RequestError: they are not columns of changes.
        """
        self._arrivals.check_changes(changes)
        messages = self._replacing.replace(changes, seq, over, positions, prices)
        for told in messages if over is not None else ():
            if isinstance(told, OrdersReplaced):  # what stands behind all others now is for the next bar
                moved = told.order_id[np.isin(told.place, changes.place)]
                self._entitled = self._entitled[~np.isin(self._entitled, moved)]
        return messages

    def await_close(self, *, market: bool) -> bool:
        """Whether any order may go at the next close; `market` where market orders do."""
        return bool(self.book.tags) or (bool(self.resting.count) and self.resting.awaits_close(market=market))

    def pending(self) -> FloatArray:
        """Net units of the orders that are sure to go, by asset."""
        if not (self.book.tags or (self.resting.count and len(self.resting.sure))):
            return self._none_pending
        asset, quantity = self._open_market()
        net = np.empty(len(self._sells))
        self._sum_pending(asset, quantity, net)
        return freeze(net)

    def entitle(self) -> None:
        """What is in the book now may meet the rest of the bar; what comes later answers its open."""
        self._entitled = self.book.order_id

    def set_late_aside(self) -> OrdersAccepted | None:
        """Takes out of the book what came since `entitle`."""
        book = self.book
        if book.order_id is self._entitled:
            return None
        known = np.isin(book.order_id, self._entitled)
        late = np.flatnonzero(~known)
        if len(late) == 0:
            return None
        taken = accepted(book, late)
        book.keep(np.flatnonzero(known))
        return taken

    def drop_done(self, handled: int, done: IntArray) -> None:
        """Drops the orders of the book that were filled or canceled, so many of them.

        Args:
            done: (n_orders or more,) 1 for each of those.
        """
        book = self.book
        if handled == len(book.tags):
            book.clear()
        elif handled:
            book.keep(np.flatnonzero(done[: len(book.tags)] == 0))

    def settle(
        self,
        due: Due,
        sources: IntArray,
        shared: LetThrough | None,
        fills: Callable[[], tuple[IntArray, FloatArray, FloatArray]],
    ) -> list[Message]:
        """Drops the orders that went, and ends those that others make needless, see `aftermath.settle`.

        Args:
            sources: of the fills, see `books.FILL_SOURCE`.
            shared: where volume held orders back, what stays open of them.
            fills: orders, quantities and prices of what filled.
        """
        messages = settle(self.book, self.resting, due, sources, shared, fills)
        if shared is not None:
            self.partly.tidy(self.book.order_id, self.resting.order_id)
            self.partly.note(fills(), shared.asked.book.order_id[shared.rest != 0.0])
        return messages
