"""A strategy's own orders that rest with the broker, as its desk knows them."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.kernels.sizing import target_quantity
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.actions import OrdersAdjusted
from tidegate.messages.orders import Fills, OrderColumns, OrdersHeldBack, at_market
from tidegate.messages.state import Stateful, made, typed
from tidegate.strategy.noted import columns_at, same_ids, without


class OwnOrders(Stateful):
    """Ids of open orders; of those that are sure to go also what they are, for it is pending."""

    KEEPS = made("_settled _unsettled _sure _prune_at")  # as ids, and columns of those that are sure to go

    def __init__(self) -> None:
        self._settled: set[int] = set()
        self._unsettled: list[OrderColumns] = []
        self._sure: list[OrderColumns] = []  # some of these may be open
        self._prune_at = 8

    def kept(self) -> list[Any]:
        """Ids of what is open; order, asset and quantity of what is sure to go."""
        open_ids = self._settled.union(*(orders.order_id.tolist() for orders in self._unsettled))
        rows = [row for orders in self._sure for row in _rows_among(orders, open_ids)]
        return [sorted(open_ids), *([row[part] for row in rows] for part in range(3))]

    def restore(self, state: Any) -> None:
        """Takes over what `kept` told."""
        ids, order, asset, quantity = typed(tuple[set[int], list[int], list[int], list[float]], state)
        self._settled, self._unsettled, self._sure = ids, [], []
        if order:
            columns = freeze(np.array(order)), freeze(np.array(asset)), freeze(np.array(quantity))
            self._sure = [OrderColumns(*columns, freeze(np.zeros(len(order))), ("",) * len(order), None)]

    def take(self, orders: OrderColumns) -> None:
        """Orders that now rest with the broker."""
        self._unsettled.append(orders)
        if orders.terms is None:
            self._sure.append(orders)
            return
        rows = np.flatnonzero(at_market(orders.terms, len(orders.asset)))
        if len(rows):
            self._sure.append(columns_at(orders, rows))

    def fill(self, fills: Fills) -> bool:
        """Orders that filled are not open any more; whether any were."""
        sure, unsettled = self._sure, self._unsettled
        only = len(sure) == len(unsettled) == 1 and sure[0] is unsettled[0]
        if only and same_ids(sure[0].order_id, fills.order_id):  # as a rule all fill at once
            sure.clear()
            unsettled.clear()
        if not (self._sure or self._unsettled or self._settled):
            return False
        self.end(fills.order_id)
        return True

    def hold_back(self, held_back: OrdersHeldBack, ids: list[int], sure: IntArray) -> None:
        """Orders that volume left open, some after they filled in part.

        Args:
            ids: of those that are ours.
            sure: rows of those of them that are sure to go.
        """
        self.ids().update(ids)
        self._sure = [one for one in (without(one, ids) for one in self._sure) if one.tags]
        if len(sure):
            self._sure.append(columns_at(held_back, sure))

    def tell_anew(self, adjusted: OrdersAdjusted) -> None:
        """Orders that mean something else after a corporate action."""
        self._sure = [adjusted.told_anew(orders) for orders in self._sure]

    def end(self, orders: IntArray) -> None:
        """These are not open any more."""
        still = self.ids()
        still.difference_update(orders.tolist())
        if not still:
            self._sure.clear()
        elif len(self._sure) > self._prune_at:  # now and then, so that it costs little
            self._sure = [one for one in self._sure if not still.isdisjoint(one.order_id.tolist())]
            self._prune_at = 2 * len(self._sure) + 8

    def ids(self) -> set[int]:
        """Those that are open; settled only when somebody asks."""
        for accepted in self._unsettled:
            self._settled.update(accepted.order_id.tolist())
        self._unsettled.clear()
        return self._settled

    @property
    def any_sure(self) -> bool:
        """Whether any may be open that are sure to go."""
        return bool(self._sure)

    def sure(self) -> Iterator[tuple[int, int, float]]:
        """Order, asset and quantity of those that are open and sure to go."""
        still = self.ids()
        for orders in self._sure:
            yield from _rows_among(orders, still)

    def coming(self, orders: Sequence[int]) -> tuple[IntArray, FloatArray]:
        """Assets and quantities of those of these orders that are open and sure to go."""
        chosen = set(orders)
        found = [(asset, quantity) for order, asset, quantity in self.sure() if order in chosen]
        return np.array([asset for asset, _ in found], np.int64), np.array([quantity for _, quantity in found])

    def find_sure(self, order: int) -> tuple[int, float] | None:
        """Asset and quantity of an order that is open and sure to go; None where it is not."""
        for orders in self._sure:
            if order in orders.order_id and order in self.ids():
                row = int(np.flatnonzero(orders.order_id == order)[0])
                return int(orders.asset[row]), float(orders.quantity[row])
        return None

    def resize(self, order: int, quantity: float) -> None:
        """One that is sure to go has another quantity now."""
        for place, orders in enumerate(self._sure):
            if order in orders.order_id:
                quantities = np.where(orders.order_id == order, quantity, orders.quantity)
                columns = orders.order_id, orders.asset, freeze(quantities), orders.priority
                self._sure[place] = OrderColumns(*columns, orders.tags, None)


def _rows_among(orders: OrderColumns, ids: set[int]) -> Iterator[tuple[int, int, float]]:
    """Order, asset and quantity of those that are among some."""
    columns = orders.order_id.tolist(), orders.asset.tolist(), orders.quantity.tolist()
    return (row for row in zip(*columns, strict=True) if row[0] in ids)


def overshooting(
    own: OwnOrders,
    weights: FloatArray,
    snapshot: AccountSnapshot,
    equity: float,
    pending: FloatArray,
    lot: FloatArray,
    *,
    others: bool,
    parts: bool,
) -> list[int]:
    """Open orders that a target would have to undo: more is on its way than it wants.

    Unless these are canceled, a buy that waits for an asset's next bar would be answered by a sell of what is not held.

    Args:
        weights: (n_assets,) fraction of equity, NaN for assets not named.
        equity: of which weights are fractions.
        pending: (n_assets,) net units on their way.
        lot: (n_assets,) steps of quantities.
        others: whether assets that are not named are to be closed.
        parts: whether targets may have a fraction.
    """
    found: list[int] = []
    for order, asset, quantity in own.sure():
        weight = float(weights[asset])
        if math.isnan(weight) and not others:
            continue
        weight = 0.0 if math.isnan(weight) else weight
        mark, unit = float(snapshot.mark[asset]), float(snapshot.unit[asset])
        target = target_quantity(weight, equity, mark, unit, float(lot[asset]), parts)
        if (target - snapshot.quantity[asset] - pending[asset]) * quantity < 0.0:
            found.append(order)
    return found
