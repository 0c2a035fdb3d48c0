"""Changes of open orders: what is allowed, what comes of it, and who loses its place.

A change gives an order another open quantity, other prices, or both, as far as its kind has them; the order stays what
it is: id, tag, kind, group, parent, children and time. It is refused, and then changes nothing at all, where

    the order is not open, nothing is to be changed, or the place is not behind the order's own
    the quantity is not finite, is 0, has the other sign, or is not whole in an account without fractions
    a price is given that the kind has not, or that is none; or both distances of a trailing stop
    the stop or the distance of an order is to change whose stop has been reached: it is a limit order now
    it would lose its place while only the rest of a bar is left, with which its time ends: see below
    it would not be such as its asset is traded in: see `admission` (LOT_SIZE, MINIMUM_SIZE, TICK_SIZE)
    a sell that is sure to go would sell more than is held and not yet being sold, in a cash account (SHORT_NOT_ALLOWED)

and first of all where the asset has ended, and the order with it (DELISTED). Where prices are rounded to ticks, all of
this is said of the rounded ones.

As at a venue, an order loses its place where a price changes or its quantity grows; with less quantity it keeps it.
An order that loses its place stands where one would that its sender issued at this moment: behind all that the sender
issued before, and it is met from the next bar on. A trailing stop whose distance changes starts anew from the last
known price; one that sleeps starts, as ever, from what its parent pays. The limit of a trailing stop that was reached
lies at its new distance from the level at which that was. A sleeping order's quantity is what it asks for: it will
have no more than its parent fills.

Where this is unrealistic: a change always arrives before the next price, and costs nothing.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.kernels.admission import Admission, trimmed
from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.book import OrderBook
from tidegate.kernels.books import QUANTITY
from tidegate.kernels.gone import Gone
from tidegate.kernels.paths import LIMIT, MARKET, STOP, STOP_LIMIT, TRAILING_STOP, TRAILING_STOP_LIMIT
from tidegate.kernels.queue import OrderQueue
from tidegate.kernels.standing import Standing
from tidegate.messages.base import Message
from tidegate.messages.orders import OrdersReplaced, ReplacesApproved, ReplacesRejected

NAN = float("nan")
_HAVE = {
    "limit": (LIMIT, STOP_LIMIT),
    "stop": (STOP, STOP_LIMIT),
    "trail": (TRAILING_STOP, TRAILING_STOP_LIMIT),
    "trail_pct": (TRAILING_STOP, TRAILING_STOP_LIMIT),
    "limit_offset": (TRAILING_STOP_LIMIT,),
}
"""Which kinds have which price."""


class Change(NamedTuple):
    """One row of `ChangeColumns`; NaN leaves a thing as it is."""

    quantity: float
    limit: float
    stop: float
    trail: float
    trail_pct: float
    limit_offset: float
    place: int

    def prices(self) -> dict[str, float]:
        """The prices that are given, by name."""
        return {name: value for name in _HAVE if (value := getattr(self, name)) == value}


def problems(order: Standing, change: Change, *, fractional: bool, over: bool) -> Iterator[str]:
    """Why a change is refused, in words.

    Args:
        fractional: whether quantities may have a fraction.
        over: whether its time ends with the bar of which only the rest is left.
    """
    quantity, prices = change.quantity, change.prices()
    if quantity != quantity and not prices:
        yield "nothing is to be changed"
    if quantity == quantity:
        if not math.isfinite(quantity) or quantity * order.quantity <= 0.0:
            yield "the quantity must be finite and of the order's sign"
        elif not (fractional or float(quantity).is_integer()):
            yield "the quantity must be whole"
    for name, value in prices.items():
        if order.kind not in _HAVE[name]:
            yield f"its kind has no {name}"
        elif not (math.isfinite(value) and (value > 0.0 or (name == "limit_offset" and value == 0.0))):
            yield f"{name} must be finite and above 0"
        elif name == "trail_pct" and value >= 1.0:
            yield "trail_pct must be below 1"
    if {"trail", "trail_pct"} <= prices.keys():
        yield "trail and trail_pct are both given"
    if change.place <= order.place:
        yield "the place must be behind its own"
    if order.triggered and not prices.keys().isdisjoint(("stop", "trail", "trail_pct")):
        yield "its stop has been reached"
    if over and changed(order, change).place != order.place:
        yield "its time ends with this bar, which a new order would not meet"


def changed(order: Standing, change: Change) -> Standing:
    """What an order becomes by a change that is allowed."""
    prices: dict[str, Any] = change.prices()
    if "trail" in prices:
        prices["trail_pct"] = NAN
    elif "trail_pct" in prices:
        prices["trail"] = NAN
    after = order._replace(**prices)
    if change.quantity == change.quantity:
        after = after._replace(quantity=change.quantity)
    same = all(_same(getattr(order, name), getattr(after, name)) for name in _HAVE)
    if same and abs(after.quantity) <= abs(order.quantity):
        return after
    return after._replace(place=change.place)


def _same(left: float, right: float) -> bool:
    return left == right or (left != left and right != right)


class Refused(NamedTuple):
    """Why a change is refused, as `RefusalColumns` say it."""

    reason: Reason
    measured: float = NAN
    limit: float = NAN
    text: str = ""


class Replacing:
    """Changes the orders of an account.

    Args:
        book, resting: the open orders.
        admission: looks at sizes and prices.
        gone: assets that have ended.
        fractional: whether quantities may have a fraction.
        margin: whether the account may be short.
    """

    def __init__(
        self, book: OrderBook, resting: OrderQueue, admission: Admission, gone: Gone, *, fractional: bool, margin: bool
    ) -> None:
        self._book, self._resting, self._admission, self._gone = book, resting, admission, gone
        self._fractional, self._margin = fractional, margin

    def replace(
        self, changes: ReplacesApproved, seq: int, over_ns: int | None, positions: FloatArray, prices: FloatArray
    ) -> list[Message]:
        """Changes orders, row by row, each by itself.

        Args:
            seq: barrier.
            over_ns: when this bar ends, where only the rest of it is left; None where it is over.
            positions: see `books`.
            prices: (n_assets,) last known, from which trailing stops start anew.

        Returns:
            the refusals, then which prices were rounded, then the orders as they are now; only what there is.
        """
        refused: list[tuple[int, int, float, Refused]] = []
        rounded: list[tuple[int, int, float, float]] = []
        done: list[tuple[int, int, float, float, float, float, float, float, float, int]] = []
        columns = (getattr(changes, name).tolist() for name in ("order_id", *Change._fields))
        for order_id, *values in zip(*columns, strict=True):
            asked = Change(*values)
            plain, row = self._find(order_id)
            if row < 0:
                refused.append((order_id, self._gone.asset_of(order_id), 0.0, self._not_open(order_id)))
                continue
            order = self._plain(row) if plain else self._resting.standing(row, seq, over_ns)
            change = self._on_tick(order, asked) if self._admission.looks else asked
            problem = self._problem(order_id, order, change, float(positions[QUANTITY, order.asset]))
            if problem is not None:
                more = change.quantity - order.quantity if math.isfinite(change.quantity) else 0.0
                refused.append((order_id, order.asset, more, problem))
                continue
            after = changed(order, change)
            if plain:
                self._book.change(row, after.quantity, after.place)
            else:
                self._resting.become(row, after, seq, float(prices[order.asset]))
            pending = after.quantity - order.quantity if order.sure else 0.0
            shown = after.limit, after.stop, after.trail, after.trail_pct, after.limit_offset, after.place
            done.append((order_id, order.asset, after.quantity, pending, *shown))
            if change is not asked:
                pairs = (asked.limit, change.limit), (asked.stop, change.stop)
                rounded += [(order_id, order.asset, *pair) for pair in pairs if not _same(*pair)]
        messages: list[Message] = [_rejected(refused)] if refused else []
        return [*messages, *trimmed(rounded), _replaced(done)] if done else messages

    def _not_open(self, order_id: int) -> Refused:
        """Why an order cannot be changed that is not open."""
        asset = self._gone.asset_of(order_id)
        if asset >= 0:
            return Refused(Reason.DELISTED, text=self._gone.why[asset])
        return Refused(Reason.CANNOT_REPLACE, text="the order is not open")

    def _problem(self, order_id: int, order: Standing, change: Change, held: float) -> Refused | None:
        """Why an open order cannot be changed, None where it can."""
        if why := self._gone.why.get(order.asset):
            return Refused(Reason.DELISTED, text=why)
        text = next(problems(order, change, fractional=self._fractional, over=order.ends), "")
        if text:
            return Refused(Reason.CANNOT_REPLACE, text=text)
        if self._admission.looks:
            misfit = self._misfit(order_id, order, change, held)
            if misfit is not None:
                return misfit
        after = changed(order, change)
        if order.sure and after.quantity < order.quantity < 0.0 and not self._covers(order, after, held):
            return Refused(Reason.SHORT_NOT_ALLOWED, -after.quantity, held)
        return None

    def _on_tick(self, order: Standing, change: Change) -> Change:
        """A change with its prices rounded, where they are to be; the very same where none is."""
        now: dict[str, Any] = {
            name: self._admission.rounded(order.asset, name, price, buys=order.quantity > 0.0)
            for name, price in _new(order, change).items()
            if price > 0.0 and self._admission.off_tick(order.asset, order.kind, name, price)
        }
        now = {name: price for name, price in now.items() if price != getattr(change, name)}
        return change._replace(**now) if now else change

    def _misfit(self, order_id: int, order: Standing, change: Change, held: float) -> Refused | None:
        """What makes an order, as it is to be, one that its asset is not traded in; None where nothing does."""
        quantity = change.quantity
        if quantity == quantity and quantity != order.quantity:
            coming = self._coming(order.asset, but=order_id)
            found = self._admission.misfit(order.asset, quantity, held, coming)
            if found is not None:
                return Refused(*found)
        for name, price in _new(order, change).items():
            found = self._admission.off_tick(order.asset, order.kind, name, price)
            if found is not None:
                return Refused(*found)
        return None

    def _coming(self, asset: int, *, but: int) -> float:
        """Net units of the orders of an asset that are sure to go, but for one."""
        book, resting, net = self._book, self._resting, 0.0
        for orders, at in ((book, np.arange(len(book))), (resting, resting.sure)):
            at = at[(orders.asset[at] == asset) & (orders.order_id[at] != but)]
            for quantity in orders.quantity[at].tolist():
                net += quantity
        return net

    def _find(self, order_id: int) -> tuple[bool, int]:
        """Whether an order is in the book, and its row there or beside it; -1 where it is not open."""
        found = np.flatnonzero(self._book.order_id == order_id)
        if len(found):
            return True, int(found[0])
        return False, self._resting.find(order_id)

    def _plain(self, row: int) -> Standing:
        book = self._book
        asset, quantity, place = int(book.asset[row]), float(book.quantity[row]), int(book.place[row])
        return Standing(asset, quantity, MARKET, NAN, NAN, NAN, NAN, NAN, place)

    def _covers(self, order: Standing, after: Standing, held: float) -> bool:
        """Whether what is held is enough for a sell, beside the others that are sure to go; nobody asks on margin."""
        if self._margin:
            return True
        book, resting = self._book, self._resting
        selling = -order.quantity
        for asset, quantity in (
            (book.asset, book.quantity),
            (resting.asset[resting.sure], resting.quantity[resting.sure]),
        ):
            sells = quantity[(asset == order.asset) & (quantity < 0.0)]
            selling += float(sells.sum())
        return held + selling + after.quantity >= -DUST


def _new(order: Standing, change: Change) -> dict[str, float]:
    """The prices of a change that the order has not already, by name."""
    return {name: price for name, price in change.prices().items() if price != getattr(order, name)}


def _rejected(refused: list[tuple[int, int, float, Refused]]) -> ReplacesRejected:
    order_id, asset, quantity, why = zip(*refused, strict=True)
    reason, measured, limit, texts = zip(*why, strict=True)
    return ReplacesRejected(
        _ints(order_id), _ints(asset), _floats(quantity), _ints(reason), _floats(measured), _floats(limit), texts
    )


def _replaced(
    done: list[tuple[int, int, float, float, float, float, float, float, float, int]],
) -> OrdersReplaced:
    order_id, asset, quantity, pending, limit, stop, trail, trail_pct, limit_offset, place = zip(*done, strict=True)
    return OrdersReplaced(
        _ints(order_id), _ints(asset), _floats(quantity), _floats(pending), _floats(limit), _floats(stop),
        _floats(trail), _floats(trail_pct), _floats(limit_offset), _ints(place),
    )  # fmt: skip


def _ints(values: tuple[int, ...]) -> IntArray:
    return freeze(np.array(values, np.int64))


def _floats(values: tuple[float, ...]) -> FloatArray:
    return freeze(np.array(values, np.float64))
