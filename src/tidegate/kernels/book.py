"""Open orders as columns, ascending by id."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.orders import OrderColumns


class OrderBook:
    """The orders that rest with the broker; entry k of every column speaks of the same order."""

    __slots__ = ("asset", "order_id", "priority", "quantity", "tags")

    def __init__(self) -> None:
        self.order_id: IntArray = np.empty(0, np.int64)
        self.asset: IntArray = np.empty(0, np.int64)
        self.quantity: FloatArray = np.empty(0)
        self.priority: FloatArray = np.empty(0)
        self.tags: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.tags)

    def add(self, orders: OrderColumns) -> None:
        """Takes orders in."""
        if not self.tags:
            self.order_id, self.asset = orders.order_id.copy(), orders.asset.copy()
            self.quantity, self.priority = orders.quantity.copy(), orders.priority.copy()
            self.tags = orders.tags
        else:
            self.order_id = np.concatenate((self.order_id, orders.order_id))
            self.asset = np.concatenate((self.asset, orders.asset))
            self.quantity = np.concatenate((self.quantity, orders.quantity))
            self.priority = np.concatenate((self.priority, orders.priority))
            self.tags += orders.tags
        if (self.order_id[1:] < self.order_id[:-1]).any():
            self._keep(np.argsort(self.order_id, kind="stable"))

    def remove(self, gone: IntArray) -> None:
        """Drops the orders whose entry is not zero."""
        kept = np.flatnonzero(gone == 0)
        if len(kept) < len(self.tags):
            self._keep(kept)

    def _keep(self, rows: IntArray) -> None:
        self.order_id, self.asset = self.order_id[rows], self.asset[rows]
        self.quantity, self.priority = self.quantity[rows], self.priority[rows]
        self.tags = tuple(self.tags[row] for row in rows)
