"""Orders that a hook has asked for and that are not sent yet."""

from typing import NamedTuple

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.words import repeated
from tidegate.messages.orders import SubmitOrders

SLAB_ORDERS = 16_424
"""Orders that one slab holds; no power of two, lest its columns compete for the same lines of the cache."""


class Noted(NamedTuple):
    """Orders of one request; the arrays are read-only."""

    ids: IntArray
    asset: IntArray
    quantity: FloatArray
    priority: FloatArray
    tag: str


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


def submission(noted: list[Noted]) -> SubmitOrders:
    """The orders of one hook in one message, in the order in which they were noted."""
    ids, asset, quantity, priority, tag = noted[0]
    if len(noted) == 1:
        return SubmitOrders(ids, asset, quantity, priority, repeated(tag, len(ids)))
    return SubmitOrders(
        freeze(np.concatenate([part.ids for part in noted])),
        freeze(np.concatenate([part.asset for part in noted])),
        freeze(np.concatenate([part.quantity for part in noted])),
        freeze(np.concatenate([part.priority for part in noted])),
        tuple(part.tag for part in noted for _ in range(len(part.ids))),
    )
