"""Orders that a hook has asked for and that are not sent yet."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.errors import RequestError
from tidegate.core.words import repeated
from tidegate.messages.orders import OrderTerms, SubmitOrders

SLAB_ORDERS = 16_424
"""Orders that one slab holds; no power of two, lest its columns compete for the same lines of the cache."""


class Noted(NamedTuple):
    """Orders of one request; the arrays are read-only, `terms` None for market orders that are good till canceled."""

    ids: IntArray
    asset: IntArray
    quantity: FloatArray
    priority: FloatArray
    tag: str
    terms: OrderTerms | None = None

    def kept(self, rows: IntArray) -> "Noted":
        """Those at these rows."""
        return Noted(
            freeze(self.ids[rows]),
            freeze(self.asset[rows]),
            freeze(self.quantity[rows]),
            freeze(self.priority[rows]),
            self.tag,
            None if self.terms is None else self.terms.rows(rows),
        )

    def in_group(self, group: int) -> "Noted":
        """The same, canceled by what fills in a group."""
        n = len(self.ids)
        terms = plain_terms(n) if self.terms is None else self.terms
        return self._replace(terms=msgspec.structs.replace(terms, group=freeze(np.full(n, group))))


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
        self._read_ints, self._read_floats = freeze(self.ints[:]), freeze(self.floats[:])

    def with_room(self, room: int) -> "OrderSlab":
        """This slab, or a new one where so many orders have no room in it any more."""
        return self if self.used + room <= self.ints.shape[1] else OrderSlab(room)

    def noted(self, count: int, tag: str) -> Noted:
        """Takes the columns that were just written into use, as orders of one tag."""
        first, self.used = self.used, self.used + count
        ids, asset = self._read_ints[:, first : self.used]
        quantity, priority = self._read_floats[:, first : self.used]
        return Noted(ids, asset, quantity, priority, tag)


def plain_terms(n: int) -> OrderTerms:
    """The terms of market orders that are good till canceled."""
    zero, none = freeze(np.zeros(n, np.int64)), freeze(np.full(n, np.nan))
    return OrderTerms(zero, zero, none, none, none, none, zero, zero, zero)


def linked(noted: list[Noted], orders: Sequence[int]) -> list[Noted]:
    """The same requests, with some single orders among them made to cancel one another.

    Raises:
        RequestError: not all of them are single orders for one asset, in no group yet.
    """
    places = [place for place, one in enumerate(noted) if len(one.ids) and one.ids[0] in orders]
    found = [noted[place] for place in places]
    single = [one for one in found if len(one.ids) == 1 and (one.terms is None or not one.terms.group[0])]
    if len(single) != len(set(orders)) or len(single) < 2:
        raise RequestError(
            f"one_cancels_other: {list(orders)} must be two or more orders of this hook, each in one group only"
        )
    if len({int(one.asset[0]) for one in single}) > 1:
        raise RequestError("one_cancels_other: the orders must be for one asset")
    return [one.in_group(min(orders)) if place in places else one for place, one in enumerate(noted)]


def check_parent(noted: list[Noted], parent: int, asset: IntArray) -> None:
    """Sees that an order can wait for another.

    Raises:
        RequestError: that one is not among the requests, or is for another asset.
    """
    for one in noted:
        if parent in one.ids and one.asset[one.ids == parent] == asset:
            return
    raise RequestError(f"order after {parent}: want an order of this hook, for the same asset")


def submission(noted: list[Noted]) -> SubmitOrders:
    """The orders of one hook in one message, in the order in which they were noted."""
    if len(noted) == 1:
        ids, asset, quantity, priority, tag, terms = noted[0]
        return SubmitOrders(ids, asset, quantity, priority, repeated(tag, len(ids)), terms)
    terms = None
    if any(part.terms is not None for part in noted):
        parts = [part.terms or plain_terms(len(part.ids)) for part in noted]
        names = OrderTerms.__struct_fields__
        terms = OrderTerms(*(freeze(np.concatenate([getattr(part, name) for part in parts])) for name in names))
    return SubmitOrders(
        freeze(np.concatenate([part.ids for part in noted])),
        freeze(np.concatenate([part.asset for part in noted])),
        freeze(np.concatenate([part.quantity for part in noted])),
        freeze(np.concatenate([part.priority for part in noted])),
        tuple(part.tag for part in noted for _ in range(len(part.ids))),
        terms,
    )


def same_ids(left: IntArray, right: IntArray) -> bool:
    """Whether two short arrays are equal; as bytes, for numpy's comparison costs several times as much."""
    return left.tobytes() == right.tobytes()
