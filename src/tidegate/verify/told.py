"""What is said of orders in a stretch, as columns: one row for each order that a message speaks of."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.actions import OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.orders import (
    Fills,
    OrderColumns,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersHeldBack,
    OrdersRejected,
    OrdersReplaced,
    OrdersSized,
    OrdersTrimmed,
    SubmitOrders,
    TargetsSkipped,
)
from tidegate.verify.stretch import NO_FLOATS, NO_INTS, Stretch, column, joined


class Event(IntEnum):
    """What can be said of an order."""

    SUBMIT = 0
    TRIM = 1
    DENY = 2
    APPROVE = 3
    REJECT = 4
    ACCEPT = 5
    HOLD_BACK = 6
    REPLACE = 7
    SIZE = 8
    FILL = 9
    CANCEL = 10
    EXPIRE = 11
    SKIP = 12
    ADJUST = 13


SAYS: dict[type[Message], Event] = {
    SubmitOrders: Event.SUBMIT,
    OrdersTrimmed: Event.TRIM,
    OrdersDenied: Event.DENY,
    OrdersApproved: Event.APPROVE,
    OrdersRejected: Event.REJECT,
    OrdersAccepted: Event.ACCEPT,
    OrdersHeldBack: Event.HOLD_BACK,
    OrdersReplaced: Event.REPLACE,
    OrdersSized: Event.SIZE,
    Fills: Event.FILL,
    OrdersCanceled: Event.CANCEL,
    OrdersExpired: Event.EXPIRE,
    TargetsSkipped: Event.SKIP,
    OrdersAdjusted: Event.ADJUST,
}
"""What each message says of the orders in it."""
INTS = ("kind", "tif", "parent", "reduce_only")
FLOATS = ("limit", "stop")
"""Of the terms of orders, what is kept."""


@dataclass(slots=True)
class Told:
    """What is said of orders; n rows in order of delivery.

    Attributes:
        row: of the message in the stretch.
        event: see `Event`.
        order, asset: int64; the asset is -1 where the message has none.
        quantity: signed.
        kind, tif, parent, reduce_only, place: int64, of orders that are accepted or replaced; else 0.
        limit, stop: of orders that are accepted, replaced or adjusted; else NaN.
    """

    row: IntArray
    event: IntArray
    order: IntArray
    asset: IntArray
    quantity: FloatArray
    ints: dict[str, IntArray]
    floats: dict[str, FloatArray]


def told_of(stretch: Stretch) -> Told:
    """What a stretch says of orders."""
    rows = np.concatenate([stretch.rows(kind) for kind in SAYS])
    order = np.argsort(rows, kind="stable")
    kinds = np.repeat(column(list(SAYS.values())), [len(stretch.rows(kind)) for kind in SAYS])[order]
    every: list[Any] = [message for kind in SAYS for message in stretch.of(kind)]
    messages = [every[at] for at in order.tolist()]
    orders = [message.order_id for message in messages]
    lengths = column([len(ids) for ids in orders])
    event = np.repeat(kinds, lengths)
    n = len(event)
    told = Told(
        np.repeat(rows[order], lengths),
        event,
        joined(orders, NO_INTS),
        joined([message.asset for message in messages], NO_INTS),
        joined([message.quantity for message in messages], NO_FLOATS),
        {name: np.zeros(n, np.int64) for name in (*INTS, "place")},
        {name: np.full(n, np.nan) for name in FLOATS},
    )
    for message, last, length in zip(messages, np.cumsum(lengths).tolist(), lengths.tolist(), strict=True):
        if isinstance(message, OrdersReplaced | OrdersAdjusted) or getattr(message, "terms", None) is not None:
            _terms(told, message, slice(last - length, last))
    return told


def _terms(told: Told, message: Any, at: slice) -> None:
    """What makes an order more than one at the market."""
    if isinstance(message, OrderColumns) and message.terms is not None:
        for name in INTS:
            told.ints[name][at] = getattr(message.terms, name)
        for name in FLOATS:
            told.floats[name][at] = getattr(message.terms, name)
    elif isinstance(message, OrdersReplaced | OrdersAdjusted):
        told.floats["limit"][at], told.floats["stop"][at] = message.limit, message.stop
        if isinstance(message, OrdersReplaced):
            told.ints["place"][at] = message.place
