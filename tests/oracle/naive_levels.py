"""The naive broker along finer bars, of an account whose longs have a stop, a profit level and a stop that trails.

The rules, and what of a bar a position sees, are those of the module docstrings of `exits`, `levels` and `following`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.oracle.naive_broker import Account
from tests.oracle.naive_cash import Going, micros
from tests.oracle.naive_finer import NaiveFinerBroker
from tests.oracle.naive_orders import NAN, Bar, Event, Order, Rules


@dataclass(frozen=True)
class Guards:
    """The fraction of each rule, NaN where it is off."""

    loss: float = NAN
    profit: float = NAN
    trail: float = NAN


@dataclass
class Position:
    """What is known of a position since it was opened."""

    average: float
    """Average of its entries."""
    best: float
    """What its stop trails."""
    lowest: float
    highest: float
    cost: int
    new: bool
    """Whether it was opened after the open of the bar at hand."""
    fresh: bool = True
    """Whether it was opened at the price point, or in the finer bar, at hand."""


@dataclass(frozen=True)
class Fill:
    """An execution; `rule` is that of an exit at a level."""

    asset: int
    quantity: float
    price: float
    rule: str


@dataclass(frozen=True)
class Trade:
    """What a fill closed, with the worst and the best of the price until then."""

    asset: int
    quantity: float
    price: float
    worst: float
    best: float


class NaiveGuardedBroker(NaiveFinerBroker):
    """Collects what filled and what was closed."""

    def __init__(self, rules: Rules, guards: Guards, cash: int, assets: int) -> None:
        super().__init__(rules, cash, assets)
        self.guards = guards
        self.held: dict[int, Position] = {}
        self.tried: set[int] = set()
        """Whose exit could not be paid for in this bar."""
        self.made: list[Fill] = []
        self.closed: list[Trade] = []
        self.point = ""
        self.rule = ""
        self.walking = False

    # --- the levels of the moment

    def stop(self, position: Position) -> tuple[float, str]:
        """The nearer of two, the first on a tie; minus infinity for none."""
        loss, trail = position.average * (1 - self.guards.loss), position.best * (1 - self.guards.trail)
        if trail > loss or (math.isnan(loss) and not math.isnan(trail)):
            return trail, "trailing_stop"
        return (-math.inf if math.isnan(loss) else loss), "stop_loss"

    def take(self, position: Position) -> float:
        level = position.average * (1 + self.guards.profit)
        return math.inf if math.isnan(level) else level

    # --- exits

    def settle(self, going: list[Going]) -> None:
        """At the open, exits go before the orders and bring them their cash."""
        self.fills, self.cancels, self.filled = [], [], set()
        if self.point == "OPEN":
            self.exit_by_gaps([(asset, bar.open) for asset, bar in enumerate(self.bars) if bar is not None])
        for one in going:
            if not one.order.is_buy:
                self.reduce(one)
        self.enter([one for one in going if one.order.is_buy])

    def exit_by_gaps(self, opens: Sequence[tuple[int, float]]) -> None:
        for asset, price in opens:
            position = self.held.get(asset)
            if position is not None:
                stop, rule = self.stop(position)
                if price <= stop:
                    self.leave(asset, price, rule, slips=True)
                elif price >= self.take(position):
                    self.leave(asset, price, "take_profit", slips=False)

    def exit_inside(self) -> None:
        """What the bars at hand reach after their opens."""
        for asset, bar in enumerate(self.bars):
            position = self.held.get(asset)
            if bar is None or position is None:
                continue
            (stop, rule), take = self.stop(position), self.take(position)
            stopped, taken = bar.low <= stop, bar.high >= take
            if stopped and taken:
                stopped = not self.profit_first(bar)
            if stopped:
                self.leave(asset, min(stop, bar.open), rule, slips=True)
            elif taken:
                self.leave(asset, max(take, bar.open), "take_profit", slips=False)

    def profit_first(self, bar: Bar) -> bool:
        if self.rules.path == "nearest_to_open":
            return bar.high - bar.open < bar.open - bar.low
        return self.rules.path in ("optimistic", "high_first")

    def leave(self, asset: int, reference: float, rule: str, *, slips: bool) -> None:
        """Closes a position, once a bar, if its commission can be paid."""
        going = Going(Order(-1 - asset, asset, -self.quantity[asset]), reference)
        size, price = self.quantity[asset], self.price(going) if slips else reference
        if asset in self.tried:
            return
        if self.cash + micros(size * price) - self.commission(size, price) < 0:
            self.tried.add(asset)
            return
        self.rule = rule
        self.book(going, -size, price)
        self.rule = ""

    def book(self, going: Going, quantity: float, price: float) -> None:
        asset, before = going.order.asset, self.quantity[going.order.asset]
        super().book(going, quantity, price)
        self.made.append(Fill(asset, quantity, price, self.rule))
        value, after = micros(abs(quantity) * price), self.quantity[asset]
        position = self.held.get(asset)
        if quantity > 0 and position is None:
            self.held[asset] = Position(price, price, price, price, value, self.point != "OPEN")
        elif position is not None and quantity > 0:
            position.average = (position.average * before + price * quantity) / (before + quantity)
            position.best = max(position.best, price)
            position.cost += value
            self.see(position, price, price)
        elif position is not None:
            entry = position.cost / (before * 1e6)
            low, high = min(position.lowest, price), max(position.highest, price)
            worst, best = (min(0.0, low / entry - 1), max(0.0, high / entry - 1)) if entry else (0.0, 0.0)
            self.closed.append(Trade(asset, -quantity if after else before, price, worst, best))
            position.cost -= round(position.cost * (-quantity / before)) if after else position.cost
            if not after:
                del self.held[asset]

    def see(self, position: Position, low: float, high: float) -> None:
        position.lowest, position.highest = min(position.lowest, low), max(position.highest, high)

    # --- the bar

    def open_bar(self, seq: int, ts_ns: int, bars: Sequence[Bar | None]) -> tuple[list[Event], bool]:
        self.tried = set()
        for position in self.held.values():
            position.new = False
        return super().open_bar(seq, ts_ns, bars)

    def on_the_way(self) -> list[Event]:
        self.walking = True
        events = super().on_the_way()
        self.walking = False
        return events

    def fill(self, point: str, going: list[Going]) -> list[Event]:
        """In a bar, exits at levels come first; in a finer one by its gap, and with stops that its open has moved."""
        self.point = point
        if point != "BAR":
            return super().fill(point, going)
        self.fills, self.filled = [], set()
        for position in self.held.values():
            position.fresh = False
        if self.walking:
            self.exit_by_gaps([(a, bar.open) for a, bar in enumerate(self.bars) if bar and not self.joins(a, bar)])
            for _, bar, position in self.seeing():
                position.best = max(position.best, bar.open)
        self.exit_inside()
        exited = set(self.filled)
        events = super().fill(point, going)
        self.filled |= exited
        if self.walking:
            self.end_of_bar()
        return events

    def joins(self, asset: int, bar: Bar) -> bool:
        """Whether it is the asset's first finer bar, and opens as the whole bar, which has been met."""
        whole = self.whole[asset]
        first = all(row[asset] is None for row in self.rows[: self.begun - 1])
        return first and whole is not None and whole.open == bar.open

    def seeing(self) -> list[tuple[int, Bar, Position]]:
        """Positions whose asset has a bar here, but for those that were opened in it."""
        bars = [(asset, self.bars[asset], position) for asset, position in self.held.items() if not position.fresh]
        return [(asset, bar, position) for asset, bar, position in bars if bar is not None]

    def end_of_bar(self) -> None:
        """What is held has seen all of it."""
        for _, bar, position in self.seeing():
            position.best = max(position.best, bar.high)
            self.see(position, bar.low, bar.high)

    def mark(self) -> Account:
        """After the mark, what was held since the open or longer has seen the whole bar."""
        found = super().mark()
        for position in self.held.values():
            position.fresh = position.new
        self.end_of_bar()
        return found
