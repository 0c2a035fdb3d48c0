"""Open market orders as columns, ascending by place (see `queue`); conditional ones are in `resting`."""

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.kernels import conditions as rows
from tidegate.messages.orders import OrderColumns, OrdersAccepted, OrdersApproved, OrderTargets
from tidegate.messages.state import Stateful, keeps


class OrderBook(Stateful):
    """The orders that rest with the broker; entry k of every column speaks of the same order, columns are read-only.

    `targets` is None where all are orders of units.
    """

    __slots__ = ("asset", "order_id", "place", "priority", "quantity", "tags", "targets")
    KEEPS = keeps(
        asset=IntArray, order_id=IntArray, place=IntArray, priority=FloatArray, quantity=FloatArray,
        tags=tuple[str, ...], targets=OrderTargets | None,
    )  # fmt: skip

    def __init__(self) -> None:
        self.clear()

    def __len__(self) -> int:
        return len(self.tags)

    def clear(self) -> None:
        """Drops all orders."""
        self.order_id: IntArray = _NO_INTS
        self.place: IntArray = _NO_INTS
        self.asset: IntArray = _NO_INTS
        self.quantity: FloatArray = _NO_FLOATS
        self.priority: FloatArray = _NO_FLOATS
        self.tags: tuple[str, ...] = ()
        self.targets: OrderTargets | None = None

    def common_tag(self) -> str | None:
        """The word that all orders carry; None where there is no such word."""
        if not self.tags or self.tags.count(self.tags[0]) != len(self.tags):
            return None
        return self.tags[0]

    def add(self, orders: OrdersAccepted) -> None:
        """Takes orders in; those of one message ascend by id."""
        if not self.tags:
            self.order_id = self.place = orders.order_id
            self.asset, self.quantity = orders.asset, orders.quantity
            self.priority, self.tags = orders.priority, orders.tags
            self.targets = orders.targets
            return
        last = self.place[-1]
        if self.targets is not None or orders.targets is not None:
            mine, more = self.aims(), orders.targets or OrderTargets.none(len(orders.tags))
            weight, value = np.concatenate((mine.weight, more.weight)), np.concatenate((mine.value, more.value))
            self.targets = OrderTargets(freeze(weight), freeze(value))
        self.place = freeze(np.concatenate((self.place, orders.order_id)))
        self.order_id = freeze(np.concatenate((self.order_id, orders.order_id)))
        self.asset = freeze(np.concatenate((self.asset, orders.asset)))
        self.quantity = freeze(np.concatenate((self.quantity, orders.quantity)))
        self.priority = freeze(np.concatenate((self.priority, orders.priority)))
        self.tags += orders.tags
        if orders.order_id[0] < last:
            self.keep(np.argsort(self.place, kind="stable"))

    def hold_back(self, at: IntArray, rest: FloatArray) -> None:
        """What is left of orders that went in part."""
        quantity = self.quantity.copy()
        quantity[at] = rest
        self.quantity = freeze(quantity)

    def keep(self, at: IntArray) -> None:
        """Keeps the orders at these rows, in their order."""
        self.order_id, self.place = freeze(self.order_id[at]), freeze(self.place[at])
        self.asset = freeze(self.asset[at])
        self.quantity, self.priority = freeze(self.quantity[at]), freeze(self.priority[at])
        self.tags = tuple([self.tags[row] for row in at.tolist()])
        if self.targets is not None:
            self.targets = self.targets.rows(at) if len(at) else None

    def drop(self, at: IntArray) -> None:
        """Lets go of the orders at these rows."""
        self.keep(np.delete(np.arange(len(self.tags)), at))

    def table(self) -> tuple[IntArray, FloatArray]:
        """Copies of what the orders are, as `conditions` has it of conditional ones."""
        n = len(self.tags)
        ints, floats = np.zeros((rows.INT_ROWS, n), np.int64), np.full((rows.FLOAT_ROWS, n), np.nan)
        ints[rows.ORDER], ints[rows.ASSET], floats[rows.QUANTITY] = self.order_id, self.asset, self.quantity
        return ints, floats

    def restate(self, ints: IntArray, floats: FloatArray) -> None:
        """Takes over the assets and quantities of such a table."""
        self.asset, self.quantity = freeze(ints[rows.ASSET].copy()), freeze(floats[rows.QUANTITY].copy())

    def change(self, k: int, quantity: float, place: int) -> None:
        """Gives order `k` another quantity and place; what was a target is an order of units then."""
        if self.targets is not None:
            weight, value = self.targets.weight.copy(), self.targets.value.copy()
            weight[k] = value[k] = np.nan
            self.targets = OrderTargets(freeze(weight), freeze(value))
        quantities, places = self.quantity.copy(), self.place.copy()
        quantities[k], places[k] = quantity, place
        moves = places[k] != self.place[k]
        self.quantity, self.place = freeze(quantities), freeze(places)
        if moves:
            self.keep(np.argsort(places, kind="stable"))

    def aims(self) -> OrderTargets:
        """What the orders are to reach, whether any of them has a target or not."""
        return self.targets or OrderTargets.none(len(self.tags))

    def become(self, quantity: FloatArray, sized: BoolArray, kept: IntArray) -> None:
        """Gives orders the quantities that their targets make, and keeps some.

        Args:
            quantity: (n_orders,) of all orders.
            sized: which of them had targets, and have them no more.
            kept: rows of those that stay.
        """
        targets = self.aims()
        weight, value = np.where(sized, np.nan, targets.weight), np.where(sized, np.nan, targets.value)
        wait = bool(np.isfinite(weight).any() or np.isfinite(value).any())
        self.quantity, self.targets = quantity, OrderTargets(freeze(weight), freeze(value)) if wait else None
        if len(kept) < len(self.tags):
            self.keep(kept)


def accepted(orders: OrderColumns | OrderBook, rows: IntArray) -> OrdersAccepted:
    """Some of the orders of a message, or of the book."""
    return OrdersAccepted(
        freeze(orders.order_id[rows]),
        freeze(orders.asset[rows]),
        freeze(orders.quantity[rows]),
        freeze(orders.priority[rows]),
        tuple([orders.tags[row] for row in rows.tolist()]),
        None if isinstance(orders, OrderBook) or orders.terms is None else orders.terms.rows(rows),
        None if orders.targets is None else orders.targets.rows(rows),
    )


def approved(orders: OrdersApproved, rows: IntArray) -> OrdersApproved:
    """Some of the orders of a message, still as they came."""
    some = accepted(orders, rows)
    columns = some.order_id, some.asset, some.quantity, some.priority, some.tags
    return OrdersApproved(*columns, some.terms, some.targets)


_NO_INTS = freeze(np.empty(0, np.int64))
_NO_FLOATS = freeze(np.empty(0))
