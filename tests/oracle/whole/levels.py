"""The naive broker along finer bars, of an account whose positions have a stop, a profit level and a stop that trails.

The rules, and what of a bar a position sees, are those of the module docstrings of `exits`, `levels` and `following`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.oracle.whole.broker import Account
from tests.oracle.whole.charges import Priced
from tests.oracle.whole.finer import NaiveFinerBroker
from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import NAN, Bar, Event, Instrument, News, Rules
from tests.oracle.whole.volume import in_lots


@dataclass(frozen=True)
class Guards:
    """The fraction of each rule, NaN where it is off."""

    loss: float = NAN
    profit: float = NAN
    trail: float = NAN


@dataclass(eq=False)
class Guarded:
    """What the levels of a position come from."""

    size: float
    """Below 0 for a short."""
    average: float
    """Of its entries."""
    best: float
    """What its stop trails."""
    after_open: bool
    """Whether it was opened after the open of the bar at hand."""

    @property
    def is_long(self) -> bool:
        return self.size > 0

    def add(self, quantity: float, price: float) -> None:
        """Another entry."""
        self.average = (self.average * self.size + price * quantity) / (self.size + quantity)
        self.size += quantity
        self.see(price)

    def see(self, price: float) -> None:
        self.best = max(self.best, price) if self.is_long else min(self.best, price)

    def see_bar(self, bar: Bar) -> None:
        self.see(bar.high if self.is_long else bar.low)

    def stop(self, guards: Guards) -> tuple[float, str]:
        """The nearer of two, the first on a tie; NaN for none."""
        side = -1 if self.is_long else 1
        loss, trail = self.average * (1 + side * guards.loss), self.best * (1 + side * guards.trail)
        nearer = trail > loss if self.is_long else trail < loss
        return (trail, "trailing_stop") if nearer or math.isnan(loss) else (loss, "stop_loss")

    def take(self, guards: Guards) -> float:
        return self.average * (1 + guards.profit if self.is_long else 1 - guards.profit)


class NaiveGuardedBroker(NaiveFinerBroker):
    """Its exits are orders of the broker's own; `exits_made` says what rule made which."""

    def __init__(self, rules: Rules, guards: Guards, instruments: Sequence[Instrument], cash: int) -> None:
        super().__init__(rules, instruments, cash)
        self.guards = guards
        self.guarded: dict[int, Guarded] = {}
        self.tried: set[int] = set()
        """Whose exit could not be paid for in this bar, or was held back by volume."""
        self.overdue: dict[int, str] = {}
        """Rules of stops that were held back: they go at the next open."""
        self.accepted: list[int] = []
        self.clashes: list[Event] = []
        self.exits_made: dict[int, str] = {}

    # --- exits

    def exit_all(self, bars: Sequence[Bar | None], *, at_open: bool) -> None:
        """Closes what has reached a level, at the opens of bars or after them."""
        for asset, bar in enumerate(bars):
            guarded = self.guarded.get(asset)
            if bar is None or guarded is None or not self.books.held(asset) or asset in self.tried:
                continue
            low, high = (bar.open, bar.open) if at_open else (bar.low, bar.high)
            worse, better = (low, high) if guarded.is_long else (high, low)
            (stop, rule), take = guarded.stop(self.guards), guarded.take(self.guards)
            stopped = worse <= stop if guarded.is_long else worse >= stop
            taken = better >= take if guarded.is_long else better <= take
            if at_open and asset in self.overdue:
                self.leave(asset, bar.open, self.overdue[asset])
                continue
            if stopped and taken and not at_open:
                self.clashes.append((asset, stop, take))
                stopped = not self.takes_first(guarded, bar)
            further = min if guarded.is_long == stopped else max
            if stopped:
                self.leave(asset, further(stop, bar.open), rule)
            elif taken:
                self.leave(asset, further(take, bar.open), "take_profit", makes=not at_open)

    def takes_first(self, guarded: Guarded, bar: Bar) -> bool:
        """Whether a bar that touches both levels reaches that of the profit first."""
        if self.rules.path == "nearest_to_open":
            return (bar.high - bar.open < bar.open - bar.low) == guarded.is_long
        return self.rules.path in ("optimistic", "high_first" if guarded.is_long else "low_first")

    def leave(self, asset: int, reference: float, rule: str, *, makes: bool = False) -> None:
        """Closes a position, as far as volume lets it and if its commission can be paid."""
        held, room, costs = self.books.held(asset), self.point.volume.room[asset], self.point.costs
        order = Order(self.house.own_orders, asset, -held, bound=reference if makes else NAN)
        self.house.own_orders += 1
        self.accepted.append(order.order_id)
        self.exits_made[order.order_id] = rule
        size = abs(held)
        if size > room:
            lot = self.books.instruments[asset].lot
            size = max(in_lots(room, lot, fractional=self.rules.fractional), 0.0)
        takes_profit = rule == "take_profit"
        at = Priced(reference, reference, slips=False) if takes_profit else costs.priced(order, reference, size)
        flow = self.books.money(asset, size, at.price) - costs.dearest(asset, size, at.price)
        after = self.books.settled + flow
        if size and after < 0 and not self.rules.margin:
            self.tried.add(asset)
            self.point.withhold(order, abs(held), "CASH_SHORTAGE", after / 1e6, 0.0)
            return
        if size:
            self.point.book(order, size, at)
        if size < abs(held):
            self.tried.add(asset)
            self.point.withhold(order, abs(held) - size, "VOLUME_LIMIT", abs(held), size)
            if not takes_profit:
                self.overdue[asset] = rule

    def announced(self) -> list[Event]:
        """What is told of exits first."""
        events: list[Event] = [("ambiguous", *self.clashes)] if self.clashes else []
        events += [("accepted", *self.accepted)] if self.accepted else []
        self.clashes, self.accepted = [], []
        return events

    def told(self) -> list[Event]:
        """Every fill is taken into account when it is told."""
        for row in self.books.fills:
            self.learn(row[1], row[2], row[3])
        return super().told()

    def learn(self, asset: int, quantity: float, price: float) -> None:
        """What a fill makes of the position; none goes through zero."""
        guarded = self.guarded.get(asset)
        if guarded is None:
            self.guarded[asset] = Guarded(quantity, price, price, self.point.point != "OPEN")
        elif guarded.size * quantity > 0:
            guarded.add(quantity, price)
        elif abs(guarded.size + quantity) < 1e-9:
            del self.guarded[asset]
            self.overdue.pop(asset, None)
        else:
            guarded.size += quantity

    # --- the bar

    def open_bar(self, news: News) -> tuple[list[Event], bool]:
        self.tried = set()
        for guarded in self.guarded.values():
            guarded.after_open = False
        return super().open_bar(news)

    def go_first(self) -> list[Event]:
        """At the open exits go first, and bring the orders their cash."""
        if self.point.point == "OPEN":
            self.exit_all(self.bars, at_open=True)
        return self.announced()

    def meet_moment(self) -> list[Event]:
        there = list(self.guarded.values())
        events = super().meet_moment()
        for asset, bar in enumerate(self.bars):
            guarded = self.guarded.get(asset)
            if bar is not None and guarded in there:
                guarded.see_bar(bar)
        return events

    def inside(self) -> list[Event]:
        """Exits come first; in a finer bar by the gap before it, and with stops that its open has moved."""
        self.point.begin("BAR")
        if self.walking:
            gaps = [None if bar and self.joins(asset, bar) else bar for asset, bar in enumerate(self.bars)]
            self.exit_all(gaps, at_open=True)
            for asset, guarded in self.guarded.items():
                bar = self.bars[asset]
                if bar is not None:
                    guarded.see(bar.open)
        self.exit_all(self.bars, at_open=False)
        events = self.announced() + self.told()
        closed = bool(self.point.filled)
        if self.walking:
            # Exits of orders for which nothing is left end after those that go in the same moment.
            return events + super().inside() + (self.end_exits() if closed else [])
        return events + (self.end_exits() if closed else []) + super().inside()

    def mark(self) -> Account:
        """What was held since the open, or longer, has seen the whole bar."""
        for asset, guarded in self.guarded.items():
            bar = self.bars[asset]
            if bar is not None and not guarded.after_open:
                guarded.see_bar(bar)
        return super().mark()
