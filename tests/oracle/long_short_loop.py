"""A long-short rotation in an account on margin, worked through by hand: plain Python, one asset at a time.

Imports nothing of the package. It knows what the rotation needs and no more: orders decided at a close meet the next
open, whole units, commission and slippage, one margin for all, what a night costs and brings, and the exit levels.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEPS = 2**32


def micros(amount: float) -> int:
    """Micro-units, half to even."""
    return round(amount * 1e6)


@dataclass(frozen=True)
class Terms:
    """The account and the rotation; rates are fractions, those of a night a year's."""

    cash: float = 1_000_000.0
    n: int = 10
    every: int = 5
    gross: float = 0.95
    commission: float = 1e-4
    minimum: float = 0.0
    slip: float = 0.0
    initial: float = 0.5
    borrow: float = 0.0
    credit: float = 0.0
    debit: float = 0.0
    locked: bool = True
    stop_loss: float = math.nan
    take_profit: float = math.nan
    trailing: float = math.nan


@dataclass
class Position:
    """Units, what they cost in micro-units, and what levels are worked out from."""

    units: float
    cost: int
    average: float
    water: float


@dataclass
class Order:
    """A change that waits for the next bar of its asset."""

    asset: int
    units: float


@dataclass
class Log:
    """What happened: fills as (barrier, asset, units, price), and cash, equity and positions at every barrier."""

    fills: list[tuple[int, int, float, float]] = field(default_factory=list)
    cash: list[int] = field(default_factory=list)
    equity: list[int] = field(default_factory=list)
    held: list[dict[int, float]] = field(default_factory=list)
    cut: int = 0
    """How often margin was short."""
    withdrawn: int = 0
    exits: int = 0


class Loop:
    """Works through one market."""

    def __init__(self, prices: Mapping[str, Floats], scores: Floats, terms: Terms) -> None:
        self.bars = {name: prices[name] for name in ("open", "high", "low", "close")}
        self.scores, self.terms, self.log = scores, terms, Log()
        self.cash = micros(terms.cash)
        self.held: dict[int, Position] = {}
        self.orders: list[Order] = []
        self.mark: dict[int, float] = {}

    def run(self) -> Log:
        """Every barrier in turn."""
        for t in range(len(self.scores)):
            if t:
                self.night()
            self.exits(t, at_open=True)
            self.meet_open(t)
            self.exits(t, at_open=False)
            closes = self.bars["close"][t].tolist()
            self.mark |= {asset: close for asset, close in enumerate(closes) if close == close}
            for asset, position in self.held.items():
                self.move_water(t, asset, position)
            self.note()
            if t % self.terms.every == 0:
                self.decide(t)
        return self.log

    def night(self) -> None:
        """One day: what is borrowed is paid for, then interest on what cash there is, or is owed."""
        days = 1.0 / 365.0
        owed = 0
        for asset in sorted(self.held):
            position = self.held[asset]
            if position.units < 0.0:
                self.cash -= micros(((-position.units * self.mark[asset]) * self.terms.borrow) * days)
                owed += position.cost
        base = self.cash - owed if self.terms.locked else self.cash
        if base > 0:
            self.cash += micros((base / 1e6) * self.terms.credit * days)
        elif base < 0:
            self.cash -= micros((-base / 1e6) * self.terms.debit * days)

    def levels(self, position: Position) -> tuple[float, float]:
        """Stop and profit level of a position, NaN for none."""
        side, terms = math.copysign(1.0, position.units), self.terms
        stops = [position.average * (1.0 - side * terms.stop_loss), position.water * (1.0 - side * terms.trailing)]
        stops = [stop for stop in stops if stop == stop]
        stop = math.nan if not stops else max(stops) if side > 0 else min(stops)
        return stop, position.average * (1.0 + side * terms.take_profit)

    def exits(self, t: int, *, at_open: bool) -> None:
        """Closes what has reached a level: stops at the worse of level and open, profits at the better."""
        for asset in sorted(self.held):
            first, high, low = (float(self.bars[name][t, asset]) for name in ("open", "high", "low"))
            if first != first:
                continue
            position = self.held[asset]
            if at_open:
                high = low = first
            stop, take = self.levels(position)
            if position.units > 0.0:
                stopped, taken = low <= stop, high >= take
                price = min(stop, first) * (1.0 - self.terms.slip) if stopped else max(take, first)
            else:
                stopped, taken = high >= stop, low <= take
                price = max(stop, first) * (1.0 + self.terms.slip) if stopped else min(take, first)
            if stopped or taken:
                self.log.exits += 1
                self.book(t, asset, -position.units, price)

    def meet_open(self, t: int) -> None:
        """Reductions first, in the order of their asking; then the entries share what margin is left."""
        entries: list[tuple[Order, float]] = []
        waiting: list[Order] = []
        for order in self.orders:
            first = float(self.bars["open"][t, order.asset])
            if first != first:
                waiting.append(order)
                continue
            price = first * (1.0 + self.terms.slip if order.units > 0.0 else 1.0 - self.terms.slip)
            held = self.held[order.asset].units if order.asset in self.held else 0.0
            rest = order.units
            if held * rest < 0.0:
                part = math.copysign(min(abs(rest), abs(held)), rest)
                self.book(t, order.asset, part, price)
                rest -= part
            if rest:  # what it was to close may be gone: an exit came first
                entries.append((order, price))
                order.units = rest
        self.orders = waiting
        self.enter(t, entries)

    def enter(self, t: int, entries: list[tuple[Order, float]]) -> None:
        """All entries are cut by one factor where margin is short."""
        free = self.cash
        for asset, position in self.held.items():
            # What was entered before it had a mark counts at its cost; here everything that is held has one.
            free += micros(position.units * self.mark[asset])
            free -= micros(abs(position.units) * self.mark[asset] * self.terms.initial)
        free = max(free, 0)

        def need(step: int) -> int:
            return sum(self.need(cut(abs(order.units), step), price) for order, price in entries)

        step = STEPS
        if need(STEPS) > free:
            self.log.cut += 1
            fits, step = 0, STEPS
            while step - fits > 1:
                middle = (fits + step) // 2
                fits, step = (middle, step) if need(middle) <= free else (fits, middle)
            step = fits
        for order, price in entries:
            units = math.copysign(cut(abs(order.units), step), order.units)
            if units:
                self.book(t, order.asset, units, price)

    def need(self, units: float, price: float) -> int:
        """What an entry takes of the margin."""
        return micros(units * price * self.terms.initial) + self.fee(units, price) if units else 0

    def fee(self, units: float, price: float) -> int:
        """Commission of a fill."""
        return micros(max(self.terms.minimum, units * price * self.terms.commission))

    def book(self, t: int, asset: int, units: float, price: float) -> None:
        """One fill, which never crosses zero."""
        value = micros(abs(units) * price)
        self.cash += (-value if units > 0.0 else value) - self.fee(abs(units), price)
        self.log.fills.append((t, asset, units, price))
        position = self.held.get(asset)
        if position is None:
            self.held[asset] = Position(units, value, price, price)
        elif position.units * units > 0.0:
            both = position.units + units
            position.average = (position.average * position.units + price * units) / both
            position.water = (max if units > 0.0 else min)(position.water, price)
            position.units, position.cost = both, position.cost + value
        elif abs(units) == abs(position.units):
            del self.held[asset]
        else:
            position.cost -= round(position.cost * (abs(units) / abs(position.units)))
            position.units += units

    def move_water(self, t: int, asset: int, position: Position) -> None:
        """The best price that a position saw."""
        high, low = float(self.bars["high"][t, asset]), float(self.bars["low"][t, asset])
        if high == high:
            position.water = max(position.water, high) if position.units > 0.0 else min(position.water, low)

    def note(self) -> None:
        """The row of a barrier; a short is a debt."""
        self.log.cash.append(self.cash)
        self.log.equity.append(self.cash + sum(micros(p.units * self.mark[a]) for a, p in self.held.items()))
        self.log.held.append({asset: self.held[asset].units for asset in sorted(self.held)})

    def decide(self, t: int) -> None:
        """The n best, and the n worst of the rest, at equal weight; what is on its way counts."""
        terms, score = self.terms, self.scores[t]
        ranked = sorted((a for a in range(len(score)) if score[a] == score[a]), key=lambda a: (-score[a], a))
        each = min(terms.n, len(ranked) // 2)
        weights = dict.fromkeys(ranked[:each], terms.gross / (2 * terms.n))
        worst = sorted(ranked[each:], key=lambda a: (score[a], a))[:each]
        weights |= dict.fromkeys(worst, -(terms.gross / (2 * terms.n)))
        equity = self.log.equity[-1] / 1e6

        def missing(asset: int) -> float | None:
            weight = weights.get(asset, 0.0)
            if weight and asset not in self.mark:
                return None
            target = float(math.trunc(weight * equity / self.mark[asset])) if weight and equity > 0.0 else 0.0
            coming = sum(order.units for order in self.orders if order.asset == asset)
            return target - (self.held[asset].units if asset in self.held else 0.0) - coming

        too_much = [order for order in self.orders if (missing(order.asset) or 0.0) * order.units < 0.0]
        self.log.withdrawn += len(too_much)
        self.orders = [order for order in self.orders if order not in too_much]
        reductions: list[Order] = []
        entries: list[Order] = []
        for asset in range(len(score)):
            change = missing(asset)
            if not change:
                continue
            held = self.held[asset].units if asset in self.held else 0.0
            now = held + sum(order.units for order in self.orders if order.asset == asset)
            closes = 0.0
            if held * change < 0.0 < held * now:
                closes = math.copysign(min(abs(change), abs(held), abs(now)), change)
                reductions.append(Order(asset, closes))
            if change != closes:
                entries.append(Order(asset, change - closes))
        self.orders += reductions + entries


def cut(units: float, step: int) -> float:
    """Whole units of a part."""
    return float(math.trunc(units * (step / STEPS)))
