"""Whether the quantities and prices of orders are such as their assets are traded in.

An order is a multiple of its asset's lot and not below its minimum, unless it closes all that is held. Limit and stop
prices are multiples of the tick; an order between ticks is refused, or its prices are rounded to the less aggressive
side: limits away from the market, so that they pay less or get more; stops so that they are reached later. Distances of
trailing stops, and where their levels come to lie, are not looked at.

That is asked once, as an order is accepted, before whether it can be sold; what cash or volume leave of one later is
cut to whole lots, and may be below the minimum. Prices of fills are not rounded to ticks.

Where this is unrealistic: ticks and lots are the same at all prices and times.
"""

import msgspec
import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.enums import OrderKind, Reason
from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.book import accepted
from tidegate.kernels.books import QUANTITY
from tidegate.kernels.instruments import LEAST, LOT, TICK
from tidegate.messages.base import Message
from tidegate.messages.orders import OrderColumns, OrdersApproved, OrdersRejected, OrdersTrimmed, OrderTerms, at_market

_TOLERANCE = 1e-9
_PRICED = {
    "limit": (OrderKind.LIMIT, OrderKind.STOP_LIMIT),
    "stop": (OrderKind.STOP, OrderKind.STOP_LIMIT),
}
"""Prices that lie on ticks, by the kinds of order that have them."""


def off_grid(values: FloatArray, step: FloatArray) -> BoolArray:
    """(n,) True where a value is no multiple of its step but for rounding; never where the step is 0."""
    steps = np.divide(values, step, out=np.zeros(len(values)), where=step > 0.0)
    off: BoolArray = np.abs(steps - np.rint(steps)) > _TOLERANCE * np.maximum(1.0, np.abs(steps))
    return off


class Admission:
    """Looks at the orders that arrive.

    Args:
        instruments: see `kernels.instruments`.
        rounds: whether prices are rounded to ticks.

    Attributes:
        looks: whether anything is asked of any asset.
    """

    def __init__(self, instruments: FloatArray, *, rounds: bool) -> None:
        self._lot, self._tick, self._least = instruments[LOT], instruments[TICK], instruments[LEAST]
        self._rounds = rounds
        self.looks = bool(self._lot.any() or self._tick.any() or self._least.any())

    def admit(
        self, orders: OrdersApproved, positions: FloatArray, pending: FloatArray
    ) -> tuple[OrdersApproved | None, list[Message]]:
        """Parts orders into those that go on and what is said of the others.

        Args:
            positions: see `books`.
            pending: (n_assets,) net units of open orders that are sure to go.
        Returns:
            the orders, with prices on ticks, None where none is left; and refusals and changes.
        """
        n = len(orders.order_id)
        reason, measured, limit = np.zeros(n, np.int64), np.full(n, np.nan), np.full(n, np.nan)
        self._look_at_sizes(orders, positions[QUANTITY], pending, (reason, measured, limit))
        trims: list[Message] = []
        if orders.terms is not None:
            orders, trims = self._look_at_prices(orders, orders.terms, (reason, measured, limit))
        bad, good = np.flatnonzero(reason), np.flatnonzero(reason == 0)
        if len(bad) == 0:
            return orders, trims
        said = freeze(reason[bad]), freeze(measured[bad]), freeze(limit[bad])
        columns = freeze(orders.order_id[bad]), freeze(orders.asset[bad]), freeze(orders.quantity[bad])
        refused = OrdersRejected(*columns, *said, ("",) * len(bad))
        return (_kept(orders, good) if len(good) else None), [refused, *trims]

    def _look_at_sizes(
        self, orders: OrderColumns, held: FloatArray, pending: FloatArray, said: tuple[IntArray, FloatArray, FloatArray]
    ) -> None:
        reason, measured, limit = said
        asset, quantity = orders.asset, orders.quantity
        size = np.abs(quantity)
        lot, least = self._lot[asset], self._least[asset]
        odd, small = off_grid(size, lot), size < least
        sure, moved = at_market(orders.terms, len(asset)), pending.copy()
        for k in range(len(asset)):
            a = asset[k]
            if odd[k] or small[k]:
                after = held[a] + quantity[k]
                closes = held[a] * quantity[k] < 0.0 and min(abs(after), abs(after + moved[a])) <= DUST
                if not closes:
                    reason[k] = Reason.LOT_SIZE if odd[k] else Reason.MINIMUM_SIZE
                    measured[k], limit[k] = size[k], lot[k] if odd[k] else least[k]
                    continue
            if sure[k]:
                moved[a] += quantity[k]

    def _look_at_prices(
        self, orders: OrdersApproved, terms: OrderTerms, said: tuple[IntArray, FloatArray, FloatArray]
    ) -> tuple[OrdersApproved, list[Message]]:
        reason, measured, limit = said
        tick, buys, changed = self._tick[orders.asset], orders.quantity > 0.0, dict[str, FloatArray]()
        rounded: list[tuple[int, float, float]] = []
        for name, kinds in _PRICED.items():
            price: FloatArray = getattr(terms, name)
            off = np.flatnonzero(np.isin(terms.kind, kinds) & off_grid(price, tick) & (reason == 0))
            down = buys == (name == "limit")
            steps = np.where(down[off], np.floor(price[off] / tick[off]), np.ceil(price[off] / tick[off]))
            now = steps * tick[off]
            bad = off if not self._rounds else off[now <= 0.0]
            reason[bad], measured[bad], limit[bad] = Reason.TICK_SIZE, price[bad], tick[bad]
            if self._rounds and len(off):
                changed[name] = price.copy()
                changed[name][off] = now
                rounded += zip(off.tolist(), price[off].tolist(), now.tolist(), strict=True)
        if not changed:
            return orders, []
        frozen = {name: freeze(values) for name, values in changed.items()}
        orders = msgspec.structs.replace(orders, terms=msgspec.structs.replace(terms, **frozen))
        rounded = [row for row in rounded if reason[row[0]] == 0]
        return orders, _trimmed(orders, sorted(rounded, key=lambda row: row[0]))


def _trimmed(orders: OrderColumns, rounded: list[tuple[int, float, float]]) -> list[Message]:
    """The message that prices were rounded: rows of orders, what was asked, and what it is now."""
    if not rounded:
        return []
    rows = np.array([row for row, _, _ in rounded], np.int64)
    columns = freeze(orders.order_id[rows]), freeze(orders.asset[rows]), freeze(np.zeros(len(rows)))
    reason = freeze(np.full(len(rows), int(Reason.TICK_SIZE)))
    asked, now = (freeze(np.array(column)) for column in list(zip(*rounded, strict=True))[1:])
    return [OrdersTrimmed(*columns, reason, asked, now, ("",) * len(rows))]


def _kept(orders: OrdersApproved, rows: IntArray) -> OrdersApproved:
    some = accepted(orders, rows)
    return OrdersApproved(some.order_id, some.asset, some.quantity, some.priority, some.tags, some.terms)
