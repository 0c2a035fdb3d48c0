"""Whether the quantities and prices of orders are such as their assets are traded in.

An order is a multiple of its asset's lot and not below its minimum, unless it closes all that is held. Limit and stop
prices are multiples of the tick; an order between ticks is refused, or its prices are rounded to the less aggressive
side: limits away from the market, so that they pay less or get more; stops so that they are reached later. Distances of
trailing stops, and where their levels come to lie, are not looked at.

That is asked once, as an order is accepted, before whether it can be sold; what cash or volume leave of one later is
cut to whole lots, and may be below the minimum. Prices of fills are not rounded to ticks. A change of an open order is
held to the same, as far as it makes the order another: what a split or a part that filled has left of an order, or of
its prices, may stay as it is.

Where this is unrealistic: ticks and lots are the same at all prices and times.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.enums import OrderKind, Reason
from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.book import approved
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
Misfit = tuple[Reason, float, float]
"""Why a size or price is refused: the reason, what was measured, and the limit."""


def off_grid(values: FloatArray, step: FloatArray) -> BoolArray:
    """(n,) True where a value is no multiple of its step but for rounding; never where the step is 0."""
    steps = np.divide(values, step, out=np.zeros(len(values)), where=step > 0.0)
    off: BoolArray = np.abs(steps - np.rint(steps)) > _TOLERANCE * np.maximum(1.0, np.abs(steps))
    return off


def _on_tick(price: FloatArray, tick: FloatArray, down: BoolArray) -> FloatArray:
    steps = np.where(down, np.floor(price / tick), np.ceil(price / tick))
    on_tick: FloatArray = steps * tick
    return on_tick


def _closes(held: float, quantity: float, coming: float) -> bool:
    """Whether an order takes all that is held, or what others leave of it."""
    after = held + quantity
    return held * quantity < 0.0 and min(abs(after), abs(after + coming)) <= DUST


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
        self.looks = np.count_nonzero(self._lot) + np.count_nonzero(self._tick) + np.count_nonzero(self._least) > 0

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
        return (approved(orders, good) if len(good) else None), [refused, *trims]

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
            if (odd[k] or small[k]) and not _closes(held[a], quantity[k], moved[a]):
                reason[k] = Reason.LOT_SIZE if odd[k] else Reason.MINIMUM_SIZE
                measured[k], limit[k] = size[k], lot[k] if odd[k] else least[k]
                continue
            if sure[k]:
                moved[a] += quantity[k]

    def misfit(self, asset: int, quantity: float, held: float, coming: float) -> Misfit | None:
        """Why an open order cannot come to have a size, None where it can.

        Args:
            held: units of the asset.
            coming: net units of the asset's other open orders that are sure to go.
        """
        size, lot, least = np.array((abs(quantity),)), self._lot[[asset]], float(self._least[asset])
        odd = bool(off_grid(size, lot)[0])
        if not (odd or size[0] < least) or _closes(held, quantity, coming):
            return None
        return (Reason.LOT_SIZE, float(size[0]), float(lot[0])) if odd else (Reason.MINIMUM_SIZE, float(size[0]), least)

    def off_tick(self, asset: int, kind: int, name: str, price: float) -> Misfit | None:
        """Why an order of some kind cannot come to have a price, by name; None where it can."""
        priced = kind in _PRICED.get(name, ()) and math.isfinite(price)
        tick = self._tick[[asset]]
        if not priced or not off_grid(np.array((price,)), tick)[0]:
            return None
        return Reason.TICK_SIZE, price, float(tick[0])

    def rounded(self, asset: int, name: str, price: float, *, buys: bool) -> float:
        """Such a price on its tick, where prices are rounded, and there is one above 0; else as it is."""
        now = float(_on_tick(np.array((price,)), self._tick[[asset]], np.array((buys == (name == "limit"),)))[0])
        return now if self._rounds and now > 0.0 else price

    def _look_at_prices(
        self, orders: OrdersApproved, terms: OrderTerms, said: tuple[IntArray, FloatArray, FloatArray]
    ) -> tuple[OrdersApproved, list[Message]]:
        reason, measured, limit = said
        tick, buys, changed = self._tick[orders.asset], orders.quantity > 0.0, dict[str, FloatArray]()
        rounded: list[tuple[int, float, float]] = []
        for name, kinds in _PRICED.items():
            price: FloatArray = getattr(terms, name)
            off = np.flatnonzero(np.isin(terms.kind, kinds) & off_grid(price, tick) & (reason == 0))
            now = _on_tick(price[off], tick[off], (buys == (name == "limit"))[off])
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
        told = sorted(rounded, key=lambda row: row[0])
        return orders, trimmed([(int(orders.order_id[k]), int(orders.asset[k]), was, now) for k, was, now in told])


def trimmed(rounded: Sequence[tuple[int, int, float, float]]) -> list[Message]:
    """The message that prices were rounded: id and asset of each order, what was asked, and what it is now."""
    if not rounded:
        return []
    order_id, asset, asked, now = (np.array(column) for column in zip(*rounded, strict=True))
    columns = freeze(order_id), freeze(asset), freeze(np.zeros(len(rounded)))
    reason = freeze(np.full(len(rounded), int(Reason.TICK_SIZE)))
    return [OrdersTrimmed(*columns, reason, freeze(asked), freeze(now), ("",) * len(rounded))]
