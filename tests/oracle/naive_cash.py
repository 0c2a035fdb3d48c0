"""The naive broker's account: what goes at one price point is filled out of what is held and out of what cash allows.

Reductions go first, by id, because they bring the cash; then all entries together under the shortage rule.
"""

import math
from dataclasses import dataclass

from tests.oracle.naive_orders import Event, Order, Rules

STEPS = 2**32
DUST = 1e-9
"""What is left of a position below this counts as nothing."""


@dataclass(frozen=True)
class Going:
    """An order that goes at one price point, at the price before slippage."""

    order: Order
    reference: float


def served(going: Going) -> tuple[float, int, int]:
    """Who comes first where cash is short: by priority, then by asset, then by place."""
    return -going.order.priority, going.order.asset, going.order.place


def micros(amount: float) -> int:
    """Whole micro-units, half to even, which is how Python rounds a float."""
    return round(amount * 1e6)


class NaiveCash:
    """Cash, holdings, and the fills and cancellations of the price point at hand."""

    def __init__(self, rules: Rules, cash: int, assets: int) -> None:
        self.rules = rules
        self.cash = cash
        self.quantity = [0.0] * assets
        self.fills: list[Event] = []
        self.cancels: list[Event] = []
        self.filled: set[int] = set()

    def commission(self, size: float, price: float) -> int:
        """The larger of the minimum and what trade, units and value cost; the cap has the last word."""
        r = self.rules
        terms = r.per_trade + size * r.per_share + size * price * (r.commission_bps * 1e-4)
        fee = max(r.minimum, terms)
        return micros(fee if math.isinf(r.cap_bps) else min(fee, size * price * (r.cap_bps * 1e-4)))

    def cost(self, size: float, price: float) -> int:
        """Cash that a buy takes."""
        return micros(size * price) + self.commission(size, price) if size else 0

    def cut(self, size: float, factor: int) -> float:
        """A part of a quantity, in whole units unless there are fractions."""
        part = size * (factor / STEPS)
        return part if self.rules.fractional else float(math.trunc(part))

    def price(self, going: Going) -> float:
        """With slippage, but never beyond the order's limit."""
        slip, fixed, bound = self.rules.slippage_bps * 1e-4, self.rules.slippage_fixed, going.order.bound
        if going.order.is_buy:
            slipped = going.reference * (1 + slip) + fixed
            return slipped if math.isnan(bound) else min(slipped, bound)
        slipped = max(going.reference * (1 - slip) - fixed, 0.0)
        return slipped if math.isnan(bound) else max(slipped, bound)

    def settle(self, going: list[Going]) -> None:
        """Everything that goes at one price point, ascending by place."""
        self.fills, self.cancels, self.filled = [], [], set()
        for one in going:
            if not one.order.is_buy:
                self.reduce(one)
            elif one.order.reduce_only:
                self.withhold(one.order, one.order.quantity, "REDUCE_ONLY", one.order.quantity, 0.0)
        self.enter([one for one in going if one.order.is_buy and not one.order.reduce_only])

    def reduce(self, going: Going) -> None:
        """A sell, as far as the holding reaches."""
        order, price = going.order, self.price(going)
        why = "REDUCE_ONLY" if order.reduce_only else "NO_POSITION"
        held, wanted = self.quantity[order.asset], -order.quantity
        size = held if abs(held - wanted) < DUST else min(held, wanted)
        if size <= 0 or (order.tif == "FOK" and wanted - size >= DUST):
            self.withhold(order, order.quantity, why, wanted, held)
            return
        after = self.cash + micros(size * price) - self.commission(size, price)
        if after < 0:
            self.withhold(order, order.quantity, "CASH_SHORTAGE", after / 1e6, 0.0)
            return
        self.book(going, -size, price)
        if wanted - size >= DUST:
            self.withhold(order, -(wanted - size), why, wanted, held)

    def enter(self, entries: list[Going]) -> None:
        """Buys, as far as cash reaches; all-or-nothing orders that a common factor would cut make room for the rest."""
        cash = self.cash
        need, granted = self.share(entries)
        while self.rules.shortage == "scale":
            cut = [e for e in entries if e.order.tif == "FOK" and granted[e.order.order_id] < e.order.quantity]
            if not cut:
                break
            # One at a time, for without it the others may fit.
            out = max(cut, key=served)
            self.withhold(out.order, out.order.quantity, "CASH_SHORTAGE", need / 1e6, cash / 1e6)
            entries = [entry for entry in entries if entry is not out]
            need, granted = self.share(entries)
        for entry in entries:
            order, size = entry.order, granted[entry.order.order_id]
            if size > 0:
                self.book(entry, size, self.price(entry))
            if size < order.quantity:
                self.withhold(order, order.quantity - size, "CASH_SHORTAGE", need / 1e6, cash / 1e6)

    def share(self, entries: list[Going]) -> tuple[int, dict[int, float]]:
        """What all entries need, and what each is granted."""
        need = self.total(entries, STEPS)
        if need <= self.cash:
            return need, {entry.order.order_id: entry.order.quantity for entry in entries}
        if self.rules.shortage == "scale":
            factor = self.largest(entries, self.cash)
            return need, {entry.order.order_id: self.cut(entry.order.quantity, factor) for entry in entries}
        granted = {}
        left = self.cash
        for entry in sorted(entries, key=served):
            size, price = entry.order.quantity, self.price(entry)
            if self.cost(size, price) > left:
                in_part = self.rules.shortage == "rank" and entry.order.tif != "FOK"
                size = self.cut(size, self.largest([entry], left)) if in_part else 0.0
            left -= self.cost(size, price)
            granted[entry.order.order_id] = size
        return need, granted

    def total(self, entries: list[Going], factor: int) -> int:
        """What the entries cost, all cut by one factor."""
        return sum(self.cost(self.cut(entry.order.quantity, factor), self.price(entry)) for entry in entries)

    def largest(self, entries: list[Going], cash: int) -> int:
        """The largest factor, in steps of 2**-32, that cash pays for."""
        if self.total(entries, STEPS) <= cash:
            return STEPS
        enough, too_much = 0, STEPS
        while too_much - enough > 1:
            middle = (enough + too_much) // 2
            if self.total(entries, middle) <= cash:
                enough = middle
            else:
                too_much = middle
        return enough

    def book(self, going: Going, quantity: float, price: float) -> None:
        """One fill."""
        order, size = going.order, abs(quantity)
        value, fee = micros(size * price), self.commission(size, price)
        flow = -value if quantity > 0 else value
        slippage = micros(size * abs(price - going.reference))
        self.fills.append((order.order_id, order.asset, quantity, price, going.reference, flow, fee, slippage))
        self.filled.add(order.order_id)
        self.cash += flow - fee
        left = self.quantity[order.asset] + quantity
        self.quantity[order.asset] = 0.0 if quantity < 0 and left < DUST else left

    def withhold(self, order: Order, quantity: float, reason: str, measured: float, limit: float) -> None:
        """One order, or what is left of it."""
        self.cancels.append((order.order_id, order.asset, quantity, reason, measured, limit))
