"""The messages that orders are refused, or have ended unfilled."""

from typing import TypeVar

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.kernels.books import QUANTITY, Books
from tidegate.messages.orders import OrdersApproved, OrdersCanceled, OrdersExpired, OrdersRejected

Ended = TypeVar("Ended", OrdersCanceled, OrdersExpired)


def rejected(orders: OrdersApproved, rows: IntArray, reasons: IntArray, books: Books) -> OrdersRejected:
    """The message that some of the orders that came are refused.

    Args:
        rows: of these orders.
        reasons: of all orders.
        books: of the account.
    """
    asset, quantity = orders.asset[rows], orders.quantity[rows]
    too_much = reasons[rows] == Reason.SHORT_NOT_ALLOWED
    return OrdersRejected(
        freeze(orders.order_id[rows]),
        freeze(asset),
        freeze(quantity),
        freeze(reasons[rows]),
        freeze(np.where(too_much, -quantity, np.nan)),
        freeze(np.where(too_much, books.positions[QUANTITY][asset], np.nan)),
        ("",) * len(rows),
    )


def ended(kind: type[Ended], reason: Reason, *parts: tuple[IntArray, IntArray, FloatArray]) -> Ended:
    """The message that orders, given as ids, assets and quantities, ended unfilled; by ascending id."""
    order_id, asset, quantity = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    rows = np.argsort(order_id, kind="stable")
    none = freeze(np.full(len(rows), np.nan))
    why = freeze(np.full(len(rows), int(reason)))
    return kind(freeze(order_id[rows]), freeze(asset[rows]), freeze(quantity[rows]), why, none, none, ("",) * len(rows))
