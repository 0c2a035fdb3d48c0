"""How much the volume of a bar lets through, and whether the naive broker takes an order of such a size and price."""

import math
from dataclasses import dataclass

from tests.oracle.whole.books import NaiveBooks
from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import Bar, Instrument, Rules


@dataclass(frozen=True)
class Going:
    """An order that goes at one price point, at the price before slippage, and how much of it."""

    order: Order
    reference: float
    size: float

    @classmethod
    def whole(cls, order: Order, reference: float) -> "Going":
        """All of an order."""
        return cls(order, reference, abs(order.quantity))


def in_lots(size: float, lot: float, *, fractional: bool) -> float:
    """So many whole lots, or whole units where there are none; what is a hair away from a lot is one."""
    if not lot:
        return size if fractional else float(math.trunc(size))
    lots = size / lot
    nearest = float(round(lots))
    if abs(lots - nearest) > 1e-12 * max(1.0, abs(nearest)):
        nearest = float(math.trunc(lots))
    return nearest * lot


def is_multiple(value: float, step: float) -> bool:
    """Whether a number is so many steps, but for a hair."""
    steps = value / step
    return abs(steps - round(steps)) <= 1e-9 * max(1.0, abs(steps))


def misfit(order: Order, instrument: Instrument, *, closes: bool) -> tuple[str, float, float] | None:
    """Why an order is of no size that trades: reason, measured, limit."""
    size = abs(order.quantity)
    if instrument.lot and not closes and not is_multiple(size, instrument.lot):
        return "LOT_SIZE", size, instrument.lot
    if not closes and size < instrument.least:
        return "MINIMUM_SIZE", size, instrument.least
    return None


def off_tick(order: Order, tick: float) -> list[str]:
    """Prices of an order, by name, that are no multiples of the tick."""
    priced = [("limit", ("LIMIT", "STOP_LIMIT")), ("stop", ("STOP", "STOP_LIMIT"))]
    names = [name for name, kinds in priced if order.kind in kinds]
    return [name for name in names if tick and not is_multiple(getattr(order, name), tick)]


def is_worthless(order: Order, tick: float) -> bool:
    """Whether a price, moved to a tick, would be none."""
    return any(on_tick(order, name, tick) <= 0 for name in off_tick(order, tick))


def on_tick(order: Order, name: str, tick: float) -> float:
    """A price moved to the next tick that serves the owner: nothing fills, or triggers, that would not have."""
    down = order.is_buy if name == "limit" else not order.is_buy
    steps = float(getattr(order, name)) / tick
    return (math.floor(steps) if down else math.ceil(steps)) * tick


class NaiveVolume:
    """What is left of each asset's share of the bar."""

    def __init__(self, rules: Rules, books: NaiveBooks) -> None:
        self.rules, self.books = rules, books
        self.room = [math.inf] * len(books.instruments)

    def begin(self, bars: list[Bar | None]) -> None:
        """A new bar."""
        self.room = [self.of(bar) for bar in bars]

    def of(self, bar: Bar | None) -> float:
        """What volume lets through of one asset."""
        if bar is None or math.isnan(bar.volume):
            return math.inf
        if bar.volume == 0:
            return math.inf if self.rules.zero_fills else 0.0
        if math.isnan(self.rules.participation):
            return math.inf
        room = self.rules.participation * bar.volume
        nearest = float(round(room))
        return nearest if abs(room - nearest) <= 1e-9 * max(1.0, nearest) else room

    def share(self, going: list[Going]) -> tuple[list[Going], list[tuple[Order, float]]]:
        """What of each order goes; and all-or-nothing orders that are held back, each with what could have gone."""
        sizes: dict[int, float] = {}
        out: list[tuple[Order, float]] = []
        for asset in sorted({one.order.asset for one in going}):
            here = [one for one in going if one.order.asset == asset]
            if not math.isinf(self.room[asset]):
                out += self.share_asset(asset, here, sizes)
        kept = [Going(one.order, one.reference, sizes.get(one.order.order_id, one.size)) for one in going]
        gone = [order for order, _ in out]
        return [one for one in kept if one.order not in gone], out

    def share_asset(self, asset: int, going: list[Going], sizes: dict[int, float]) -> list[tuple[Order, float]]:
        """One asset: first what reduces, by place, then the others by priority."""
        held, room, out = self.books.held(asset), self.room[asset], []
        left = abs(held)
        first = [one for one in going if one.order.quantity * held < 0]
        others = [one for one in going if one.order.quantity * held >= 0]
        first.sort(key=lambda one: one.order.place)
        others.sort(key=lambda one: (-one.order.priority, one.order.place))
        for one in [*first, *others]:
            order, reduces = one.order, one in first
            want = one.size
            if order.reduces_only or not (order.is_buy or self.rules.margin):
                want = min(want, left) if reduces else 0.0
            if want <= 0:
                continue
            goes = want
            if want > room:
                lot = self.books.instruments[asset].lot
                goes = min(max(in_lots(room, lot, fractional=self.rules.fractional), 0.0), want)
                if order.tif == "FOK":
                    out.append((order, goes))
                    continue
                sizes[order.order_id] = goes
            room -= goes
            left -= min(goes, left) if reduces else 0.0
        return out
