"""Refuses what compiled kernels, which look at nothing, could not take: arrays of another type, length or order.

What comes from the package's own actors is always right; this is for feeds, risk managers and strategies of others.
"""

import numpy as np

from tidegate.core.errors import DataError, RequestError
from tidegate.kernels.kernel import Kernels, ReadFloats, ReadInts, kernel
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import OrdersApproved
from tidegate.messages.risk import ProtectiveLevels

_FLOAT64 = np.dtype(np.float64)


@kernel
def are_orders(order_id: ReadInts, asset: ReadInts, quantity: ReadFloats, priority: ReadFloats, n_assets: int) -> bool:
    """Whether these are columns of orders: of one length, for assets that exist."""
    n = len(order_id)
    strange = 0
    for k in range(len(asset)):
        if asset[k] < 0 or asset[k] >= n_assets:
            strange += 1
    return strange == 0 and len(asset) == n and len(quantity) == n and len(priority) == n


@kernel
def are_levels(stop: ReadFloats, take: ReadFloats, stop_rule: ReadInts, take_rule: ReadInts, n_assets: int) -> bool:
    """Whether these are columns of protective levels: an entry for every asset."""
    return len(stop) == n_assets and len(take) == n_assets and len(stop_rule) == n_assets and len(take_rule) == n_assets


class Arrivals:
    """Looks at messages as they come.

    Compiled, the kernels above take arrays of the annotated types alone, and numba raises a TypeError for others.

    Args:
        n_assets: size of the universe.
        kernels: how kernels run.
    """

    def __init__(self, n_assets: int, kernels: Kernels) -> None:
        self._n_assets = n_assets
        self._bars = (5, n_assets)
        self._are_orders = kernels(are_orders)
        self._are_levels = kernels(are_levels)

    def check_orders(self, orders: OrdersApproved) -> None:
        """Refuses what are no columns of orders.

        Raises:
            RequestError: with what is wanted.
        """
        fit = self._are_orders(orders.order_id, orders.asset, orders.quantity, orders.priority, self._n_assets)
        if not fit or len(orders.tags) != len(orders.order_id):
            raise RequestError(
                "OrdersApproved: order_id, asset, quantity, priority and tags must be of one length, and asset between"
                f" 0 and {self._n_assets - 1}"
            )

    def check_levels(self, levels: ProtectiveLevels) -> None:
        """Refuses what are no columns of levels.

        Raises:
            RequestError: with what is wanted.
        """
        if not self._are_levels(levels.stop, levels.take, levels.stop_rule, levels.take_rule, self._n_assets):
            raise RequestError(f"ProtectiveLevels: each of its arrays must have shape ({self._n_assets},)")

    def check_bars(self, batch: MarketBatch) -> None:
        """Refuses bars that are not those of the universe.

        Raises:
            DataError: they have another shape or type, or lie in another order.
        """
        bars = batch.bars
        if bars.shape != self._bars:
            raise DataError(f"barrier {batch.seq}: the feed's bars have shape {bars.shape}, want {self._bars}")
        if bars.dtype != _FLOAT64 or not bars.flags.c_contiguous:
            order = "C" if bars.flags.c_contiguous else "another"
            raise DataError(
                f"barrier {batch.seq}: the feed's bars are {bars.dtype} in {order} order, want float64 in C order"
            )
