"""Orders that a hook has asked for and that are not sent yet."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.core.errors import RequestError
from tidegate.core.words import repeated
from tidegate.messages.orders import (
    OrderColumns,
    OrdersDenied,
    OrderTargets,
    OrderTerms,
    RefusalColumns,
    SubmitOrders,
)

SLAB_ORDERS = 16_424
"""Orders that one slab holds; no power of two, lest its columns compete for the same lines of the cache."""


class Noted(NamedTuple):
    """Orders of one request; the arrays are read-only, `terms` None for market orders that are good till canceled.

    `targets` is None for orders of units.
    """

    ids: IntArray
    asset: IntArray
    quantity: FloatArray
    priority: FloatArray
    tag: str
    terms: OrderTerms | None = None
    targets: OrderTargets | None = None

    def kept(self, rows: IntArray) -> "Noted":
        """Those at these rows."""
        return Noted(
            freeze(self.ids[rows]),
            freeze(self.asset[rows]),
            freeze(self.quantity[rows]),
            freeze(self.priority[rows]),
            self.tag,
            None if self.terms is None else self.terms.rows(rows),
            None if self.targets is None else self.targets.rows(rows),
        )

    def in_group(self, group: int) -> "Noted":
        """The same, canceled by what fills in a group; a target among them is what it was estimated at."""
        n = len(self.ids)
        terms = OrderTerms.plain(n) if self.terms is None else self.terms
        return self._replace(terms=msgspec.structs.replace(terms, group=freeze(np.full(n, group))), targets=None)


class OrderSlab:
    """Memory into which a kernel writes orders; messages look into it, and nothing in it is written twice.

    Args:
        room: how many orders one request may have.

    Attributes:
        used: columns in use.
        ints, floats: (2, capacity), see `kernels.sizing`.
    """

    def __init__(self, room: int) -> None:
        capacity = max(SLAB_ORDERS, 4 * room)
        self.used = 0
        self.ints: IntArray = np.empty((2, capacity), np.int64)
        self.floats: FloatArray = np.empty((2, capacity))
        self._columns = *freeze(self.ints[:]), *freeze(self.floats[:])

    def with_room(self, room: int) -> "OrderSlab":
        """This slab, or a new one where so many orders have no room in it any more."""
        return self if self.used + room <= self.ints.shape[1] else OrderSlab(room)

    def noted(self, count: int, tag: str) -> Noted:
        """Takes the columns that were just written into use, as orders of one tag."""
        new = slice(self.used, self.used + count)
        self.used += count
        ids, asset, quantity, priority = self._columns
        return Noted(ids[new], asset[new], quantity[new], priority[new], tag)


class Requests:
    """What one hook has asked for so far; single orders among it are found by their ids.

    Attributes:
        noted: in the order in which it was asked for.
    """

    def __init__(self) -> None:
        self.noted: list[Noted] = []
        self._places: dict[int, int] = {}

    def add(self, noted: Noted) -> None:
        """Notes orders of one request."""
        if len(noted.ids) == 1:
            self._places[int(noted.ids[0])] = len(self.noted)
        self.noted.append(noted)

    def has(self, order: int, asset: IntArray) -> bool:
        """Whether a single order of this hook is for an asset."""
        place = self._places.get(order)
        return place is not None and len(self.noted[place].ids) > 0 and bool(self.noted[place].asset[0] == asset[0])

    def link(self, orders: Sequence[int]) -> None:
        """Makes single orders cancel one another.

        Raises:
            RequestError: they are not two or more single orders for one asset, in no group yet.
        """
        places = [place for place in map(self._places.get, orders) if place is not None and len(self.noted[place].ids)]
        found = [self.noted[place] for place in places]
        free = [one for one in found if one.terms is None or not one.terms.group[0]]
        if not len(free) == len(orders) == len(set(orders)) > 1:
            raise RequestError(
                f"one_cancels_other: {list(orders)} must be two or more orders of this hook, each in one group only"
            )
        if len({int(one.asset[0]) for one in free}) > 1:
            raise RequestError("one_cancels_other: the orders must be for one asset")
        for place in places:
            self.noted[place] = self.noted[place].in_group(min(orders))

    def change(self, order: int, make: Callable[["Noted"], "Noted"]) -> tuple["Noted", "Noted"] | None:
        """Makes something else of an order that this hook has asked for.

        Returns:
            What it was and what it is; None where there is no such order.
        """
        for place, noted in enumerate(self.noted):
            row = np.flatnonzero(noted.ids == order)
            if len(row):
                before = noted.kept(row)
                after = make(before)
                at = int(row[0])
                parts = noted.kept(np.arange(at)), after, noted.kept(np.arange(at + 1, len(noted.ids)))
                self.noted[place : place + 1] = parts
                for moved, one in enumerate(self.noted[place:], place):
                    if len(one.ids) == 1:
                        self._places[int(one.ids[0])] = moved
                return before, after
        return None

    def take_back(self, order: int) -> Noted | None:
        """Leaves out an order that this hook has asked for, and returns it; None where there is no such order."""
        for place, noted in enumerate(self.noted):
            if order in noted.ids:
                self.noted[place] = noted.kept(np.flatnonzero(noted.ids != order))
                return noted.kept(np.flatnonzero(noted.ids == order))
        return None

    def drain(self) -> list[Noted]:
        """All that is left of the requests, which are then forgotten."""
        noted, self.noted = [one for one in self.noted if len(one.ids)], []
        self._places.clear()
        return noted


def submission(noted: list[Noted]) -> SubmitOrders:
    """The orders of one hook in one message, in the order in which they were noted."""
    if len(noted) == 1:
        ids, asset, quantity, priority, tag, terms, targets = noted[0]
        return SubmitOrders(ids, asset, quantity, priority, repeated(tag, len(ids)), terms, targets)
    terms, targets = None, None
    if any(part.terms is not None for part in noted):
        parts = [part.terms or OrderTerms.plain(len(part.ids)) for part in noted]
        names = OrderTerms.__struct_fields__
        terms = OrderTerms(*(freeze(np.concatenate([getattr(part, name) for part in parts])) for name in names))
    if any(part.targets is not None for part in noted):
        aims = [part.targets or OrderTargets.none(len(part.ids)) for part in noted]
        weight, value = zip(*((aim.weight, aim.value) for aim in aims), strict=True)
        targets = OrderTargets(freeze(np.concatenate(weight)), freeze(np.concatenate(value)))
    return SubmitOrders(
        freeze(np.concatenate([part.ids for part in noted])),
        freeze(np.concatenate([part.asset for part in noted])),
        freeze(np.concatenate([part.quantity for part in noted])),
        freeze(np.concatenate([part.priority for part in noted])),
        tuple(part.tag for part in noted for _ in range(len(part.ids))),
        terms,
        targets,
    )


def unpriced(first: int, asset: IntArray, mark: FloatArray) -> OrdersDenied:
    """Targets that could not be made into orders, for their assets have no price, or their currencies no rate.

    Args:
        first: id of the first of them.
        mark: (n_assets,) last close.
    """
    n = len(asset)
    none, reason = freeze(np.full(n, np.nan)), freeze(np.full(n, int(Reason.NO_PRICE)))
    ids, traded = freeze(np.arange(first, first + n)), (mark[asset] == mark[asset]).tolist()
    texts = tuple("its currency has no rate yet" if known else "the asset has not traded yet" for known in traded)
    return OrdersDenied(ids, freeze(asset), freeze(np.zeros(n)), reason, none, none, texts)


def columns_at(orders: OrderColumns | RefusalColumns, rows: IntArray) -> OrderColumns:
    """Some rows of a message, as market orders without tags or claims."""
    columns = freeze(orders.order_id[rows]), freeze(orders.asset[rows]), freeze(orders.quantity[rows])
    return OrderColumns(*columns, freeze(np.zeros(len(rows))), ("",) * len(rows), None)


def without(orders: OrderColumns, ids: Sequence[int]) -> OrderColumns:
    """A message without some of its orders."""
    kept = np.flatnonzero(~np.isin(orders.order_id, ids))
    return orders if len(kept) == len(orders.tags) else columns_at(orders, kept)


def same_ids(left: IntArray, right: IntArray) -> bool:
    """Whether two short arrays are equal; as bytes, for numpy's comparison costs several times as much."""
    return left.tobytes() == right.tobytes()
