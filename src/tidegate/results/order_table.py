"""The table of orders: one row for each order's whole life.

What an order's messages make of it follows `messages.lifecycle`: here it is told from the last of them, for the engine
keeps to the table. Prices, group and parent are as the order had them last; `replaced` counts how often they, or its
quantity, were changed. `approved` is what the order was let through for, or what it was for after it was last replaced.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.core.enums import OrderKind
from tidegate.core.errors import KernelBug
from tidegate.core.ids import ORDERS_PER_SENDER, order_label
from tidegate.messages.base import Message
from tidegate.messages.lifecycle import OrderState, end_by
from tidegate.messages.orders import (
    OrderColumns,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersHeldBack,
    OrdersRejected,
    OrdersTrimmed,
    TargetsSkipped,
)
from tidegate.results.joined import Joined, Room, Stacked
from tidegate.results.record import Table

REFUSED: dict[type[Message], str] = {
    OrdersDenied: "denied",
    OrdersTrimmed: "trimmed",
    OrdersRejected: "rejected",
    OrdersCanceled: "canceled",
    OrdersExpired: "expired",
    OrdersHeldBack: "held_back",
    TargetsSkipped: "skipped",
}
"""The types of refusals, and the word for each."""
_INT_TERMS = {"type": "kind", "tif": "tif", "group": "group", "parent": "parent", "reduce_only": "reduce_only"}
_FLOAT_TERMS = {"limit_price": "limit", "stop_price": "stop", "trail": "trail", "trail_pct": "trail_pct"}
"""Columns of the table, and the fields of `OrderTerms` that they come from."""
_REPLACED = {
    "limit_price": "limit", "stop_price": "stop", "trail": "trail", "trail_pct": "trail_pct",
    "limit_offset": "limit_offset",
}  # fmt: skip
"""Columns of the table, and the fields of `OrdersReplaced` that they come from later."""
_NUMBERED = ("group", "parent")
"""Columns in which -1 means none."""
_STATES = tuple(OrderState)
_STATUS = np.array([state.value for state in _STATES], object)
_OPEN, _FILLED = _STATES.index(OrderState.OPEN), _STATES.index(OrderState.FILLED)
_CODES = {kind: _STATES.index(end) if (end := end_by(kind)) else -1 for kind in REFUSED}
_CODES[OrdersHeldBack] = _OPEN  # though it may just have filled in part
"""The state in which each type of refusal leaves an order, -1 where it says nothing of that."""


def sent_by(sender: int) -> Callable[[Sequence[OrderColumns]], BoolArray]:
    """Which messages speak of orders of this sender; those of one message have one sender."""

    def chosen(messages: Sequence[OrderColumns]) -> BoolArray:
        first = np.fromiter((message.order_id.item(0) for message in messages), np.int64, len(messages))
        mask: BoolArray = first // ORDERS_PER_SENDER == sender
        return mask

    return chosen


def unsized(messages: Sequence[OrdersDenied]) -> BoolArray:
    """Which messages speak of targets that could not be made into orders, and were therefore never sent."""
    return np.array([not message.quantity.any() for message in messages], np.bool_)


class OrderTable:
    """The table: what it needs is wanted when it is made; once that is joined, it can be filled in.

    Args:
        sources: the messages in which orders first appear; a row for each order.
        approved: messages that say with which quantity orders went to the broker.
        sized: messages that say which quantity orders came to have when they went.
        adjusted: messages that say what corporate actions made of orders.
        refusals: messages of the types `REFUSED`.
        replaced: messages that say what became of orders that were replaced.
        room: for the columns.
    """

    def __init__(
        self,
        sources: Stacked,
        approved: Sequence[Joined],
        sized: Joined,
        adjusted: Joined,
        refusals: Joined,
        replaced: Joined,
        room: Room,
    ) -> None:
        n = sources.rows
        self._sources, self._refusals = sources, refusals
        self._when = sources.when(room)
        self._order_id, self._asset, self._requested = room.ints(n), room.ints(n), room.floats(n)
        for messages, rows in sources.parts():
            messages.want({
                "order_id": self._order_id[rows], "asset": self._asset[rows], "quantity": self._requested[rows],
            })  # fmt: skip
        self._approvals = [_wanted(messages, ints=("order_id",), floats=("quantity",)) for messages in approved]
        self._resized = _wanted(sized, ints=("order_id",), floats=("quantity",))
        self._adjustment = _wanted(adjusted, ints=("order_id",), floats=("quantity",))
        self._adjusted = room.floats(n, np.nan)
        self._refused = _wanted(refusals, ints=("order_id", "reason"), floats=("measured", "limit"))
        self._approved, self._filled = room.floats(n, 0.0), room.floats(n, 0.0)
        self._sized = room.floats(n, np.nan)
        self._reason, self._measured, self._limit = room.ints(n, 0), room.floats(n, np.nan), room.floats(n, np.nan)
        self._status, self._text = np.full(n, _OPEN, np.int8), [""] * n
        self._replaced, self._times = replaced, room.ints(n, 0)
        self._changes = _wanted(replaced, ints=("order_id",), floats=("quantity", *_REPLACED.values()))
        self._terms = _terms(sources, room)

    def filled_in(self, fills: Joined, filled: Table) -> Table:
        """The table, when everything is joined.

        Args:
            fills: the messages.
            filled: the table of fills.
        """
        columns = self._when.values(), self._terms.values(), (self._order_id, self._asset, self._requested)
        self._sources.sort(chain.from_iterable(columns))
        self._by_id = np.argsort(self._order_id, kind="stable")
        self._ids = self._order_id[self._by_id]
        for approval in self._approvals:
            self._approved[self._rows(approval["order_id"])] = approval["quantity"]
        self._sized[self._rows(self._resized["order_id"])] = self._resized["quantity"]
        if len(self._adjustment["order_id"]):  # where an order comes twice, numpy assigns what stands last
            self._adjusted[self._rows(self._adjustment["order_id"])] = self._adjustment["quantity"]
        rows = self._rows(np.asarray(filled["order_id"]))
        np.add.at(self._filled, rows, np.asarray(filled["quantity"]))
        self._status[rows] = _FILLED
        if self._refusals.rows:
            last_fill = np.full(self._sources.rows, -1)
            last_fill[rows] = fills.each(fills.places)
            self._refuse(last_fill)
        if self._replaced.rows:
            self._replace(fills, rows, np.asarray(filled["quantity"]))
        tags = list(
            chain.from_iterable(_tags(message) for part, _ in self._sources.parts() for message in part.messages)
        )
        return {
            **self._when, "order_id": self._order_id, "asset": self._asset, **self._terms, "replaced": self._times,
            "requested": self._requested, "approved": self._approved, "sized": self._sized, "adjusted": self._adjusted,
            "filled": self._filled, "status": _STATUS[self._status].tolist(), "reason": self._reason,
            "measured": self._measured, "limit": self._limit, "text": self._text,
            "tag": self._sources.sorted_texts(tags),
        }  # fmt: skip

    def _refuse(self, last_fill: IntArray) -> None:
        """Of an order's refusals the last one counts, and makes its status, if nothing of it was filled later.

        To be trimmed is no status: the rest of the order goes on. What volume held back is open.
        """
        refusals, refused = self._refusals, self._refused
        rows = self._rows(refused["order_id"])
        # Where a row comes twice, numpy assigns what stands last.
        self._reason[rows] = refused["reason"]
        self._measured[rows], self._limit[rows] = refused["measured"], refused["limit"]
        codes = refusals.each(np.array([_CODES[type(message)] for message in refusals.messages], np.int8))
        ends = (codes >= 0) & (refusals.each(refusals.places) > last_fill[rows])
        self._status[rows[ends]] = codes[ends]
        texts = refusals.texts("texts")
        if any(texts):
            for row, text in zip(rows.tolist(), texts, strict=True):
                self._text[row] = text

    def _replace(self, fills: Joined, filled_rows: IntArray, filled: FloatArray) -> None:
        """What an order is after it was last replaced, and how much of it had filled by then."""
        rows = self._rows(self._changes["order_id"])
        np.add.at(self._times, rows, 1)
        for column, name in _REPLACED.items():
            self._terms[column][rows] = self._changes[name]  # what stands last is assigned last
        self._approved[rows] = self._changes["quantity"]
        at = np.full(self._sources.rows, -1)
        at[rows] = self._replaced.each(self._replaced.places)
        before = fills.each(fills.places) < at[filled_rows]
        np.add.at(self._approved, filled_rows[before], filled[before])

    def _rows(self, order_id: IntArray) -> IntArray:
        """The rows of orders.

        Raises:
            KernelBug: an order that appeared nowhere.
        """
        if np.array_equal(order_id, self._ids):
            return self._by_id
        at = np.searchsorted(self._ids, order_id)
        strange = order_id[self._ids.take(at, mode="clip") != order_id] if len(self._ids) else order_id
        if len(strange):
            raise KernelBug(
                f"order {order_label(int(strange[0]))} was filled, approved or refused, but never submitted"
            )
        return self._by_id[at]


def _terms(sources: Stacked, room: Room) -> dict[str, NDArray[Any]]:
    """What makes orders conditional, in the parts' order; market orders that are good till canceled have none of it."""
    n = sources.rows
    columns: dict[str, NDArray[Any]] = {column: room.ints(n, -1 if column in _NUMBERED else 0) for column in _INT_TERMS}
    columns |= {column: room.floats(n, np.nan) for column in (*_FLOAT_TERMS, "limit_offset")}
    names = _INT_TERMS | _FLOAT_TERMS
    for part, rows in sources.parts():
        first = rows.start
        for message in part.messages:
            end = first + len(message.order_id)
            terms = getattr(message, "terms", None)
            if terms is not None:
                for column, name in names.items():
                    columns[column][first:end] = getattr(terms, name)
                for column in _NUMBERED:
                    columns[column][first:end][columns[column][first:end] == 0] = -1
                offset = terms.kind == OrderKind.TRAILING_STOP_LIMIT
                columns["limit_offset"][first:end][offset] = terms.limit[offset]
                columns["limit_price"][first:end][offset] = np.nan
            first = end
    return columns


def _wanted(messages: Joined, ints: Sequence[str], floats: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Columns of their own for some fields."""
    columns: dict[str, NDArray[Any]] = {name: np.empty(messages.rows, np.int64) for name in ints}
    columns |= {name: np.empty(messages.rows) for name in floats}
    messages.want(columns)
    return columns


def _tags(message: Any) -> tuple[str, ...]:
    """What could not be sized was a target."""
    return message.tags if isinstance(message, OrderColumns) else ("target",) * len(message.order_id)
