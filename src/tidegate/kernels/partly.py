"""What open orders have filled so far: of those of which volume held something back, for all others have ended.

Whoever comes when the order it waits for has filled in part is alive at once, for as much as that is.
"""

from collections.abc import Mapping

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.state import Stateful, keeps

_MANY = 64
"""Orders that are noted before those are looked for that are open no longer."""


class Partly(Stateful):
    """Units that orders have filled, by id."""

    KEEPS = keeps(_filled=dict[int, float])

    def __init__(self) -> None:
        self._filled: dict[int, float] = {}

    def note(self, fills: tuple[IntArray, FloatArray, FloatArray], staying: IntArray) -> None:
        """Takes the fills of orders that stay open; `staying` are those that a price point has left so.

        Args:
            fills: orders, quantities and prices.
        """
        ids = set(staying.tolist())
        for order, quantity in zip(fills[0].tolist(), fills[1].tolist(), strict=True):
            if order in ids:
                self._filled[order] = self._filled.get(order, 0.0) + abs(quantity)

    def tidy(self, *there: IntArray) -> None:
        """Forgets what is not among these open orders, once that is much."""
        if len(self._filled) > 2 * sum(len(orders) for orders in there) + _MANY:
            ids = {order for orders in there for order in orders.tolist()}
            self._filled = {order: size for order, size in self._filled.items() if order in ids}

    def split(self, orders: IntArray, ratio: float) -> None:
        """These orders are for so many units for an old one."""
        for order in orders.tolist() if self._filled else ():
            if order in self._filled:
                self._filled[order] *= ratio

    def among(self, parents: IntArray, asset: IntArray, prices: FloatArray) -> Mapping[int, tuple[float, float]]:
        """What those of some orders have filled that are known here, and the price of their asset.

        Args:
            parents: (n,) ids, 0 for none.
            asset: (n,) columns, of those that wait for them.
            prices: (n_assets,) last known.
        """
        if not self._filled:
            return {}
        known = zip(parents.tolist(), asset.tolist(), strict=True)
        return {order: (self._filled[order], float(prices[column])) for order, column in known if order in self._filled}
