"""Assets that have ended (delisted, merged, or under another name), and the orders that ended with them.

Orders for such an asset are rejected, and so are changes of orders that ended with it: an asset that trades no more is
the reason why, not the order. An asset that resumes is there again; the orders that ended with it are not.
"""

import numpy as np

from tidegate.core.arrays import IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.kernels.book import approved
from tidegate.messages.orders import OrdersApproved, OrdersRejected
from tidegate.messages.state import Stateful, keeps


class Gone(Stateful):
    """What has ended.

    Attributes:
        why: by asset, in words.
    """

    KEEPS = keeps(why=dict[int, str], _orders=dict[int, int])

    def __init__(self) -> None:
        self.why: dict[int, str] = {}
        self._orders: dict[int, int] = {}

    def end(self, asset: int, why: str) -> None:
        """An asset has ended."""
        self.why[asset] = f"the asset {why}"

    def take_along(self, asset: int, orders: IntArray) -> None:
        """These orders end with their asset."""
        self._orders.update(dict.fromkeys(orders.tolist(), asset))

    def resume(self, asset: int) -> None:
        """An asset is there again."""
        if self.why.pop(asset, None) is not None:
            self._orders = {order: column for order, column in self._orders.items() if column != asset}

    def asset_of(self, order: int) -> int:
        """The asset with which an order has ended, -1 for none."""
        return self._orders.get(order, -1) if self.why else -1

    def refuse(self, orders: OrdersApproved) -> tuple[list[OrdersRejected], OrdersApproved]:
        """Rejects the orders for assets that have ended; returns the others, too."""
        if not self.why:
            return [], orders
        gone = np.isin(orders.asset, np.array(list(self.why), np.int64))
        if not gone.any():
            return [], orders
        rows = np.flatnonzero(gone)
        none = freeze(np.full(len(rows), np.nan))
        rejected = OrdersRejected(
            freeze(orders.order_id[rows]), freeze(orders.asset[rows]), freeze(orders.quantity[rows]),
            freeze(np.full(len(rows), int(Reason.DELISTED))), none, none,
            tuple([self.why[asset] for asset in orders.asset[rows].tolist()]),
        )  # fmt: skip
        return [rejected], approved(orders, np.flatnonzero(~gone))
