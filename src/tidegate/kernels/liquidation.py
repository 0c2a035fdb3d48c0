"""The orders that a broker makes on its own account's behalf: for margin calls, and for shares that are recalled."""

import numpy as np

from tidegate.core.arrays import FloatArray, freeze
from tidegate.kernels import books
from tidegate.kernels.account import Account
from tidegate.kernels.instruments import AVAILABLE
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.margin import liquidate, recall
from tidegate.kernels.open_orders import OpenOrders
from tidegate.messages.account import AccountSnapshot, MarginCalled
from tidegate.messages.base import Message
from tidegate.messages.orders import OrdersAccepted


class Liquidation:
    """Closes what an account on margin cannot hold any more; the rules are those of `margin`.

    Args:
        account, orders: from which it takes, and to which it adds orders.
        kernels: how kernels run.
        fractional: whether a part of a position may have a fraction.
    """

    def __init__(self, account: Account, orders: OpenOrders, kernels: Kernels, *, fractional: bool) -> None:
        self._books, self._orders, self._fractional = account.books, orders, fractional
        self._liquidate, self._recall = kernels.unchecked(liquidate), kernels.unchecked(recall)

    def call(self, snapshot: AccountSnapshot) -> list[Message]:
        """Says that there is too little, and makes the orders that mend it; nothing where there is enough."""
        missing = snapshot.maintenance_micros - snapshot.equity_micros
        ruined = snapshot.equity_micros <= 0
        if (missing <= 0 and not ruined) or not (snapshot.gross_micros or self._orders.any):
            return []
        called = snapshot.equity_micros, snapshot.maintenance_micros
        messages: list[Message] = [MarginCalled(snapshot.seq, snapshot.ts_ns, *called)]
        if ruined:
            messages += self._orders.close_down()
        closing = self._orders.own_quantities()
        need = np.empty(len(closing), np.int64)
        if self._liquidate(missing, ruined, self._fractional, closing, self._books, need):
            messages.append(self._take_in(closing, "margin call"))
        return messages

    def recall(self) -> list[Message]:
        """Buys back what cannot be borrowed any more."""
        closing = self._orders.own_quantities()
        if self._recall(self._books.instruments[AVAILABLE], self._fractional, closing, self._books):
            return [self._take_in(closing, "recall")]
        return []

    def _take_in(self, quantity: FloatArray, tag: str) -> OrdersAccepted:
        asset = np.flatnonzero(quantity)
        first = int(self._books.totals[books.EXITS_MADE])
        self._books.totals[books.EXITS_MADE] += len(asset)
        ids = freeze(np.arange(first, first + len(asset)))
        no_claim = freeze(np.full(len(asset), -np.inf))
        orders = OrdersAccepted(ids, freeze(asset), freeze(quantity[asset]), no_claim, (tag,) * len(asset), None)
        self._orders.book.add(orders)
        return orders
