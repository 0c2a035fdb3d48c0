# ruff: noqa: ERA001  (rules quoted in the comments read like code)
"""The oracle's books: cash, positions, costs, and what every execution does to them."""

import math

import numpy as np
from tests.oracle.records import (
    CLOSE,
    SENDER,
    Account,
    Fill,
    Order,
    Position,
    Refusal,
    Settings,
    Trade,
)

STEPS = 2**32
DUST = 1e-9
"""What is left of a fractional position below this counts as nothing."""


def micros(amount: float) -> int:
    """ "R(x) = round-half-even(x * 1e6) as int." Python's round of a float is half to even."""
    return round(amount * 1e6)


class Books:
    """What is held and owed; `log` keeps everything that happened."""

    def __init__(self, settings: Settings, assets: int) -> None:
        self.settings = settings
        self.log = Account()
        self.cash = micros(settings.cash)
        self.initial = self.cash
        self.held: dict[int, Position] = {}
        self.orders: dict[int, Order] = {}
        self.counts: dict[int, int] = {}
        self.mark = np.full(assets, np.nan)
        self.paid_commission = 0
        self.paid_slippage = 0
        self.reserve = self.kept(self.cash)
        """Cash that entries leave alone."""
        self.realized = 0

    def quantity(self, asset: int) -> float:
        """Units held."""
        position = self.held.get(asset)
        return position.quantity if position else 0.0

    def in_id_order(self) -> list[Order]:
        """Open orders."""
        return [self.orders[order_id] for order_id in sorted(self.orders)]

    def pending(self) -> dict[int, float]:
        """Net units of open orders."""
        total: dict[int, float] = {}
        for order in self.in_id_order():
            total[order.asset] = total.get(order.asset, 0.0) + order.quantity
        return total

    def next_id(self, sender: int) -> int:
        """Ids count up for each sender."""
        count = self.counts.get(sender, 0)
        self.counts[sender] = count + 1
        return sender * SENDER + count

    def refuse(self, t: int, kind: str, order: Order, quantity: float, reason: str) -> None:
        """Nothing is silent."""
        self.log.refusals.append(Refusal(t, kind, order.order_id, order.asset, quantity, reason))

    def commission(self, quantity: float, price: float) -> int:
        """ "fee(q) = min(cap * q * p, max(minimum, per_trade + q * per_share + q * p * rate)), rate = bps * 1e-4." """
        s = self.settings
        q = abs(quantity)
        fee = max(s.minimum, s.per_trade + q * s.per_share + q * price * (s.bps * 1e-4))
        return micros(fee if s.cap_bps is None else min(fee, q * price * (s.cap_bps * 1e-4)))

    def cost(self, quantity: float, price: float) -> int:
        """ "cost(q) = R(q*p) + R(fee(q)); cut quantity 0 costs 0." """
        if quantity == 0.0:
            return 0
        return micros(quantity * price) + self.commission(quantity, price)

    def slipped(self, price: float, sign: float) -> float:
        """ "p = o*(1 + s) + f for buys with s = slippage_bps*1e-4 (sells: o*(1 - s) - f, at least 0)." """
        s, f = self.settings.slippage_bps * 1e-4, self.settings.slippage_fixed
        return price * (1 + s) + f if sign > 0 else max(price * (1 - s) - f, 0.0)

    def whole(self, quantity: float) -> float:
        """ "Truncated toward zero to whole units unless fractional." """
        return quantity if self.settings.fractional else float(math.trunc(quantity))

    def dust(self) -> float:
        """What is too little to be an order or a holding: below 1e-9 of a unit where there are fractions."""
        return DUST if self.settings.fractional else 0.0

    def cut(self, quantity: float, j: int) -> float:
        """ "cut(q, j) = q * (j / 2**32)." """
        return self.whole(quantity * (j / STEPS))

    def book(self, t: int, point: int, order: Order, quantity: float, price: float, reference: float) -> None:
        """One execution: cash, position, and a trade row where it closes something."""
        # "cash flow: buy -R(q*p), sell +R(|q|*p)"
        value = micros(abs(quantity) * price)
        flow = -value if quantity > 0 else value
        commission = self.commission(quantity, price)
        # "slippage_micros = R(|q| * |p - reference|)"
        slippage = micros(abs(quantity) * abs(price - reference))
        self.log.fills.append(
            Fill(
                order.order_id, t, point, order.asset, quantity, price, reference, flow, commission, slippage, order.tag
            )
        )  # fmt: skip
        self.cash += flow - commission
        self.paid_commission += commission
        self.paid_slippage += slippage
        if quantity > 0:
            self.add(t, point, order.asset, quantity, price, value, commission)
        else:
            self.release(t, order, -quantity, price, value, commission)

    def add(self, t: int, point: int, asset: int, quantity: float, price: float, value: int, commission: int) -> None:
        """An entry."""
        position = self.held.get(asset)
        if position is None:
            # "high_water = entry fill price at opening from flat"
            position = self.held[asset] = Position(average=price, high_water=price, entry_barrier=t)
            position.opened_at_close_of = t if point == CLOSE else -1
        # "avg = (avg*q + p*dq)/(q + dq) over entries"; the fill price itself where it opens the position
        held = position.quantity
        if held:
            position.average = (position.average * held + price * quantity) / (held + quantity)
        # "high_water = max(high_water, fill price)"
        position.high_water = max(position.high_water, price)
        position.worst, position.best = min(position.worst, price), max(position.best, price)
        position.quantity = held + quantity
        # "buy adds R(q*p)"; "entry commissions are a second basis released the same way"
        position.basis += value
        position.fees += commission

    def release(self, t: int, order: Order, quantity: float, price: float, proceeds: int, commission: int) -> None:
        """A reduction and its trade row."""
        position = self.held[order.asset]
        held = position.quantity
        left = held - quantity
        if left < self.dust():
            # "residual below 1e-9 after a reduction counts as flat (snap to 0)"
            left = 0.0
        # What each held unit cost, for the reader of the trade.
        entry = position.basis / 1e6 / held
        # "worst and best price seen while held, as a fraction of the average entry price (mae <= 0 <= mfe)"
        worst, best = min(position.worst, price), max(position.best, price)
        mae, mfe = (min(0.0, worst / entry - 1), max(0.0, best / entry - 1)) if entry else (0.0, 0.0)
        if left == 0.0:
            # "all of it when r == h"
            cost, fees = position.basis, position.fees
        else:
            # "rint(basis * (r / h))"
            cost, fees = round(position.basis * (quantity / held)), round(position.fees * (quantity / held))
        pnl = proceeds - cost - (commission + fees)
        self.log.trades.append(
            Trade(
                len(self.log.fills) - 1, t, order.asset, quantity, position.entry_barrier, entry, price,
                cost, proceeds, commission + fees, pnl, t - position.entry_barrier, order.tag,
                mae, mfe,
            )
        )  # fmt: skip
        self.realized += pnl
        position.quantity = left
        position.basis -= cost
        position.fees -= fees
        if left == 0.0:
            del self.held[order.asset]

    def values(self) -> dict[int, int]:
        """ "value_i = R(q_i * mark_i)"."""
        return {asset: micros(position.quantity * float(self.mark[asset])) for asset, position in self.held.items()}

    def invest(self, equity: int) -> float:
        """ "invest = E * (1 - targets)": what weights are fractions of."""
        return equity / 1e6 * (1.0 - self.settings.kept_free)

    def least(self, equity: int) -> float:
        """ "least = max(min_trade.value, min_trade.weight * E)"."""
        return max(self.settings.least_value, self.settings.least_weight * (equity / 1e6))

    def kept(self, equity: int) -> int:
        """ "reserve = micros(floor * max(0, E))"."""
        return micros(self.settings.floor * (max(0, equity) / 1e6))

    def equity(self) -> int:
        """ "equity = cash + sum(values) (ints)"."""
        return self.cash + sum(self.values().values())
