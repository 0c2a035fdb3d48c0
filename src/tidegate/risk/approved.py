"""Orders that the risk manager let through and that may still be open: what it must know to judge changes of them."""

import math
from typing import Any, NamedTuple

import msgspec
import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.messages.orders import (
    ChangeColumns,
    OrderColumns,
    OrdersHeldBack,
    OrdersReplaced,
    OrderTerms,
    RefusalColumns,
    ReplacesApproved,
    SubmitOrders,
    at_market,
)
from tidegate.messages.state import Stateful, made, typed


class Approved(NamedTuple):
    """One order: `row` of a message, but of this quantity, and of other terms where it was replaced."""

    message: OrderColumns
    row: int
    quantity: float
    terms: OrderTerms | None = None

    @property
    def asset(self) -> int:
        """Its column of the universe."""
        return int(self.message.asset[self.row])

    @property
    def sure(self) -> bool:
        """Whether it is sure to go."""
        return bool(at_market(self.message.terms, len(self.message.tags))[self.row])

    def its_terms(self) -> OrderTerms:
        """Its terms, whatever it is."""
        if self.terms is not None:
            return self.terms
        terms = self.message.terms
        return OrderTerms.plain(1) if terms is None else terms.rows(np.array((self.row,)))


class ApprovedOrders(Stateful):
    """The orders by id."""

    KEEPS = made("_orders _filled")  # as one message of all

    def __init__(self) -> None:
        self._orders: dict[int, Approved] = {}
        self._filled: dict[int, Approved] = {}

    def kept(self) -> list[Any]:
        """The orders, as one message; none of those that just filled is open."""
        return [_joined(list(self._orders.items())) if self._orders else None]

    def restore(self, state: Any) -> None:
        """Takes over what `kept` told.

        Raises:
            ValueError: it is the state of something else.
        """
        (message,) = typed(tuple[OrderColumns | None], state)
        self._orders, self._filled = {}, {}
        if message is not None:
            self.add(message)

    def add(self, orders: OrderColumns) -> None:
        """Orders that were let through."""
        for row, (order, quantity) in enumerate(zip(orders.order_id.tolist(), orders.quantity.tolist(), strict=True)):
            self._orders[order] = Approved(orders, row, quantity)

    def forget(self, order: int) -> None:
        """One that is not open any more."""
        self._orders.pop(order, None)

    def forget_filled(self, orders: IntArray) -> None:
        """Orders that filled are not open any more."""
        if self._orders:
            self._filled = {order: gone for order in orders.tolist() if (gone := self._orders.pop(order, None))}

    def hold_back(self, held_back: OrdersHeldBack) -> None:
        """Orders that volume left open: those that just filled in part are open for what is left."""
        for order, rest in zip(held_back.order_id.tolist(), held_back.quantity.tolist(), strict=True):
            known = self._orders.get(order) or self._filled.get(order)
            if known is not None:
                self._orders[order] = known._replace(quantity=rest)

    def get(self, order: int) -> Approved | None:
        """The order, None where it is not known to be open."""
        return self._orders.get(order)

    def cut(self, trimmed: RefusalColumns) -> list[tuple[int, float]]:
        """Orders of which the broker keeps less; returns their ids and what is left of them."""
        left = []
        for order, quantity in zip(trimmed.order_id.tolist(), trimmed.quantity.tolist(), strict=True):
            known = self._orders.get(order)
            if known is not None:
                self._orders[order] = known._replace(quantity=known.quantity - quantity)
                left.append((order, known.quantity - quantity))
        return left

    def replace(self, replaced: OrdersReplaced) -> None:
        """Orders that are others now."""
        for row, (order, quantity) in enumerate(
            zip(replaced.order_id.tolist(), replaced.quantity.tolist(), strict=True)
        ):
            known = self._orders.get(order)
            if known is not None:
                at = np.array((row,))
                limit, offset = replaced.limit[at], replaced.limit_offset[at]
                terms = msgspec.structs.replace(
                    known.its_terms(),
                    limit=freeze(np.where(np.isnan(offset), limit, offset)),
                    stop=freeze(replaced.stop[at]),
                    trail=freeze(replaced.trail[at]),
                    trail_pct=freeze(replaced.trail_pct[at]),
                )
                self._orders[order] = known._replace(quantity=quantity, terms=terms)

    def differences(self, changes: ChangeColumns) -> tuple[IntArray, SubmitOrders | None]:
        """What changes ask for more of, as an order for the difference each.

        Returns:
            The rows of the changes, of several that concern one order the last; and the orders, None where there are
            none.
        """
        last = {order: row for row, order in enumerate(changes.order_id.tolist())}
        rows: list[int] = []
        found: list[Approved] = []
        for order, row in last.items():
            known, quantity = self._orders.get(order), float(changes.quantity[row])
            if known is not None and math.isfinite(quantity) and raises(known.quantity, quantity):
                rows.append(row)
                found.append(known)
        at = np.array(rows, np.int64)
        if not rows:
            return at, None
        parts = [_changed(known.its_terms(), changes, row) for known, row in zip(found, rows, strict=True)]
        names = OrderTerms.__struct_fields__
        terms = OrderTerms(*(freeze(np.concatenate([getattr(part, name) for part in parts])) for name in names))
        before = np.array([known.quantity for known in found])
        return at, SubmitOrders(
            freeze(changes.order_id[at]),
            freeze(np.array([known.asset for known in found], np.int64)),
            freeze(changes.quantity[at] - before),
            freeze(np.array([known.message.priority[known.row] for known in found])),
            tuple([known.message.tags[known.row] for known in found]),
            terms,
        )


def _joined(known: list[tuple[int, Approved]]) -> OrderColumns:
    """Orders of several messages as one, each with the terms that it has by now."""
    orders = [one for _, one in known]
    terms = None
    if any(one.terms is not None or one.message.terms is not None for one in orders):
        parts = [one.its_terms() for one in orders]
        names = OrderTerms.__struct_fields__
        terms = OrderTerms(*(freeze(np.concatenate([getattr(part, name) for part in parts])) for name in names))
    return OrderColumns(
        freeze(np.array([order for order, _ in known], np.int64)),
        freeze(np.array([one.asset for one in orders], np.int64)),
        freeze(np.array([one.quantity for one in orders], np.float64)),
        freeze(np.array([one.message.priority[one.row] for one in orders], np.float64)),
        tuple([one.message.tags[one.row] for one in orders]),
        terms,
    )


def approved_changes(changes: ChangeColumns, quantity: FloatArray) -> ReplacesApproved:
    """Changes, with other quantities, as they go on to the broker."""
    columns = {name: getattr(changes, name) for name in changes.__struct_fields__}
    return ReplacesApproved(**columns | {"quantity": freeze(quantity)})


def raises(before: float, after: float) -> bool:
    """Whether an order is to be for more than before, on the same side."""
    return before * after > 0.0 and abs(after) > abs(before)


def _changed(terms: OrderTerms, changes: ChangeColumns, row: int) -> OrderTerms:
    """The terms of an order as they are to be."""

    def given(name: str, old: FloatArray) -> FloatArray:
        value = float(getattr(changes, name)[row])
        return old if value != value else freeze(np.array((value,)))

    trail, trail_pct = given("trail", terms.trail), given("trail_pct", terms.trail_pct)
    none = freeze(np.array((math.nan,)))
    if trail is not terms.trail:
        trail_pct = none
    elif trail_pct is not terms.trail_pct:
        trail = none
    limit = given("limit_offset", given("limit", terms.limit))
    return msgspec.structs.replace(terms, limit=limit, stop=given("stop", terms.stop), trail=trail, trail_pct=trail_pct)
