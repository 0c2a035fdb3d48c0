"""What stands between a request and the order book: the limits of risk, then the broker's acceptance."""

import math

from tests.oracle.books import STEPS, Books, micros
from tests.oracle.records import Order


class Checks(Books):
    """Books that refuse orders."""

    def limited(self, t: int, orders: list[Order], equity: int) -> list[Order]:
        """What the risk manager lets through: limits bind entries only."""
        s = self.settings
        asked = {order.order_id: order.quantity for order in orders}
        if s.halt_from is not None and t >= s.halt_from:
            for order in orders:
                if order.quantity > 0:
                    self.refuse(t, "denied", order, order.quantity, "TRADING_HALTED")
            orders = [order for order in orders if order.quantity < 0]
        if s.max_weight is not None:
            orders = self.within_weight(t, orders, s.max_weight, equity)
        if s.max_gross is not None:
            orders = self.within_gross(t, orders, s.max_gross, equity)
        for order in orders:
            if order.quantity != asked[order.order_id]:
                self.lower_target(order, asked[order.order_id] - order.quantity, equity)
        return orders

    def lower_target(self, order: Order, refused: float, equity: int) -> None:
        """ "T' = T - r, weight' = T' * mark / invest * (1 + 2**-50), value' = T' * mark * (1 + 2**-50)"."""
        mark, invest, up = float(self.mark[order.asset]), self.invest(equity), 1 + 2**-50
        if order.value is not None:
            order.value = (self.whole(order.value / mark) - refused) * mark * up
        elif order.weight is not None:
            left = self.whole(order.weight * invest / mark) - refused
            order.weight = left * mark / invest * up if invest > 0 else 0.0

    def planned(self, orders: list[Order]) -> dict[int, float]:
        """Units of each asset after the open orders and the sells among `orders`.

        A sell that the broker will reject sells nothing, so it makes no room for an entry.
        """
        units = self.pending()
        for asset, position in self.held.items():
            units[asset] = units.get(asset, 0.0) + position.quantity
        sells = self.open_sells()
        for order in orders:
            if order.quantity < 0 and self.can_sell(order, sells):
                units[order.asset] = units.get(order.asset, 0.0) + order.quantity
                sells[order.asset] = sells.get(order.asset, 0.0) + order.quantity
        return units

    def open_sells(self) -> dict[int, float]:
        """Units of each asset that are being sold, negative."""
        sells: dict[int, float] = {}
        for order in self.in_id_order():
            if order.quantity < 0:
                sells[order.asset] = sells.get(order.asset, 0.0) + order.quantity
        return sells

    def can_sell(self, order: Order, sells: dict[int, float]) -> bool:
        """ "A sell whose quantity exceeds held + pending sells in a cash account is rejected"."""
        return -order.quantity <= self.quantity(order.asset) + sells.get(order.asset, 0.0) + self.dust()

    def within_weight(self, t: int, orders: list[Order], limit: float, equity: int) -> list[Order]:
        """ "max_weight trims to trunc(pct*equity/mark) or denies"."""
        units = self.planned(orders)
        kept = []
        for order in orders:
            if order.quantity > 0:
                mark = float(self.mark[order.asset])
                if math.isnan(mark):
                    self.refuse(t, "denied", order, order.quantity, "NO_PRICE")
                    continue
                most = self.whole(limit * (equity / 1e6) / mark)
                room = max(0.0, most - units.get(order.asset, 0.0))
                allowed = min(order.quantity, room)
                if allowed < order.quantity and self.settings.max_weight_action == "deny":
                    allowed = 0.0
                self.trim(t, order, allowed, "MAX_WEIGHT")
                if allowed == 0.0:
                    continue
                units[order.asset] = units.get(order.asset, 0.0) + allowed
            kept.append(order)
        return kept

    def trim(self, t: int, order: Order, allowed: float, reason: str) -> None:
        """Shrinks an order to what a limit allows and says so."""
        if allowed < order.quantity:
            kind = "trimmed" if allowed > 0 else "denied"
            self.refuse(t, kind, order, order.quantity - allowed, reason)
            order.quantity = allowed

    def within_gross(self, t: int, orders: list[Order], limit: float, equity: int) -> list[Order]:
        """ "Reductions of the batch applied first, then entries scaled by one factor or denied in rank order"."""
        units = self.planned(orders)
        unpriced = [order for order in orders if order.quantity > 0 and math.isnan(self.mark[order.asset])]
        for order in unpriced:
            self.refuse(t, "denied", order, order.quantity, "NO_PRICE")
        orders = [order for order in orders if order not in unpriced]
        entries = [order for order in orders if order.quantity > 0]
        priced = {asset: q for asset, q in units.items() if not math.isnan(self.mark[asset])}
        gross = sum(abs(micros(q * float(self.mark[asset]))) for asset, q in priced.items())
        left = micros(limit * (equity / 1e6)) - gross

        def value(order: Order, quantity: float) -> int:
            return micros(quantity * float(self.mark[order.asset]))

        if sum(value(order, order.quantity) for order in entries) <= left:
            return orders
        if self.settings.max_gross_action == "trim":
            fits, too_much = 0, STEPS
            while too_much - fits > 1:
                middle = (fits + too_much) // 2
                if sum(value(order, self.cut(order.quantity, middle)) for order in entries) <= left:
                    fits = middle
                else:
                    too_much = middle
            for order in entries:
                self.trim(t, order, self.cut(order.quantity, fits), "MAX_GROSS")
        else:
            for order in sorted(entries, key=lambda o: (-o.priority, o.asset, o.order_id)):
                needed = value(order, order.quantity)
                if needed <= left:
                    left -= needed
                else:
                    self.trim(t, order, 0.0, "MAX_GROSS")
        return [order for order in orders if order.quantity != 0.0]

    def accept(self, t: int, orders: list[Order]) -> None:
        """ "A sell whose quantity exceeds held + pending sells in a cash account is rejected SHORT_NOT_ALLOWED"."""
        sells = self.open_sells()
        for order in orders:
            if order.quantity < 0:
                if not self.can_sell(order, sells):
                    self.refuse(t, "rejected", order, order.quantity, "SHORT_NOT_ALLOWED")
                    continue
                sells[order.asset] = sells.get(order.asset, 0.0) + order.quantity
            self.orders[order.order_id] = order
