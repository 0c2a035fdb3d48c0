# ruff: noqa: ERA001  (rules quoted in the comments read like code)
"""What a strategy sees and asks for, and the orders that its targets become."""

import math
from dataclasses import dataclass, field

from tests.oracle.books import DUST
from tests.oracle.checks import Checks
from tests.oracle.records import FIRST_STRATEGY, SENDER, Decision, Order, View


@dataclass
class Pending:
    """Units on their way, as one decision sees them: the open orders at the mark, and what it asked or took back since.

    The two are added up apart, which for fractions of a unit decides the last bit.
    """

    marked: dict[int, float]
    since: dict[int, float] = field(default_factory=dict)

    def of(self, asset: int) -> float:
        """Net units of one asset."""
        return self.marked.get(asset, 0.0) + self.since.get(asset, 0.0)

    def add(self, asset: int, quantity: float) -> None:
        """Counts an order, or one that was taken back."""
        self.since[asset] = self.since.get(asset, 0.0) + quantity


class Asking(Checks):
    """Books that strategies look at, and ask something of."""

    def ask(self, t: int, number: int, decision: Decision, equity: int) -> tuple[list[Order], list[int]]:
        """What one strategy asks for: its new orders and the ids it cancels."""
        pending = Pending(self.pending())
        quantity = {asset: position.quantity for asset, position in self.held.items()}
        ours = tuple(order for order in sorted(self.orders) if order // SENDER == FIRST_STRATEGY + number)
        view = View(t, quantity, dict(pending.marked), equity / 1e6, self.cash / 1e6, self.mark, ours)
        orders: list[Order] = []
        canceled: list[int] = []
        for request in decision(view):
            match request:
                case ("cancel", _) | ("cancel_all",):
                    # A request to cancel: what it takes back is pending no more; what has ended stays as it is. What
                    # was asked for in the same breath is not sent at all.
                    unsent = [order for order in orders if request in (("cancel_all",), ("cancel", order.order_id))]
                    for order in unsent:
                        orders.remove(order)
                        pending.add(order.asset, -order.quantity)
                    wanted = ours if request[0] == "cancel_all" else (request[1],)
                    for order_id in wanted:
                        if order_id in ours and order_id not in canceled:
                            canceled.append(order_id)
                            pending.add(self.orders[order_id].asset, -self.orders[order_id].quantity)
                case ("order", asset, size, *rest):
                    priority = rest[0] if rest else 0.0
                    orders.append(Order(self.next_id(FIRST_STRATEGY + number), asset, size, priority, "order"))
                    pending.add(asset, size)
                case ("percent", asset, weight):
                    canceled += self.withdrawn({asset: weight}, ours, canceled, pending, equity)
                    orders += self.toward(t, number, {asset: weight}, pending, equity)
                case ("value", asset, value):
                    # "order_target_value(v): weight = v / invest"
                    weight = value / self.invest(equity) if value and equity > 0 else 0.0
                    canceled += self.withdrawn({asset: weight}, ours, canceled, pending, equity)
                    orders += self.toward(t, number, {asset: weight}, pending, equity, value)
                case ("weights", weights, *rest):
                    targets = dict(weights)
                    if not rest or rest[0] == "close":
                        # "every asset not named: target 0 (others="close")"
                        targets = dict.fromkeys(range(len(self.mark)), 0.0) | targets
                    canceled += self.withdrawn(targets, ours, canceled, pending, equity)
                    orders += self.toward(t, number, targets, pending, equity)
                case _:
                    raise ValueError(request)
        return orders, canceled

    def target(self, weight: float, asset: int, equity: int) -> float:
        """ "target_i = trunc(w_i * invest / mark_i) toward zero (float64, `w * invest / mark`)"."""
        none = weight == 0.0 or equity <= 0  # "0 for weight 0, and where invest <= 0"
        return 0.0 if none else self.whole(weight * self.invest(equity) / float(self.mark[asset]))

    def withdrawn(
        self,
        targets: dict[int, float],
        ours: tuple[int, ...],
        canceled: list[int],
        pending: Pending,
        equity: int,
    ) -> list[int]:
        """Ids of waiting orders that a target would have to undo.

        "Targets first cancel every open order of the same strategy whose sign is opposite to the change the target
        needs (target - held - pending); then the target is sized against what is then pending."
        """
        found = []
        for order_id in ours:
            order = self.orders[order_id]
            if order_id in canceled or order.asset not in targets:
                continue
            if math.isnan(self.mark[order.asset]) and targets[order.asset] != 0.0:
                continue  # What never traded cannot be sized; a target of 0 needs no price.
            target = self.target(targets[order.asset], order.asset, equity)
            change = target - self.quantity(order.asset) - pending.of(order.asset)
            if change * order.quantity < 0:
                found.append(order_id)
        for order_id in found:
            pending.add(self.orders[order_id].asset, -self.orders[order_id].quantity)
        return found

    def toward(
        self,
        t: int,
        number: int,
        targets: dict[int, float],
        pending: Pending,
        equity: int,
        value: float | None = None,
    ) -> list[Order]:
        """The orders that take the book to the target weights; `pending` counts them from then on."""
        deltas: dict[int, float] = {}
        small: set[int] = set()
        for asset in sorted(targets):
            weight, mark = targets[asset], float(self.mark[asset])
            if math.isnan(mark) and weight != 0.0:
                # "Sizing with a mark that is NaN (never traded): request refused with NO_PRICE."
                order = Order(self.next_id(FIRST_STRATEGY + number), asset, 0.0, weight, "target")
                self.refuse(t, "denied", order, 0.0, "NO_PRICE")
                continue
            # "delta = target - (quantity + pending)"
            delta = self.target(weight, asset, equity) - (self.quantity(asset) + pending.of(asset))
            # "Orders only where delta != 0 (fractional: |delta| > 1e-9)"
            if abs(delta) > self.dust():
                deltas[asset] = delta
                # "|T| > 1e-9 and |change| * mark < least: no order"
                if abs(self.target(weight, asset, equity)) > DUST and abs(delta) * mark < self.least(equity):
                    small.add(asset)
        # "emitted reductions first (delta against the sign of the holding), then entries, each in column order"
        reductions = [asset for asset in deltas if deltas[asset] < 0 < self.quantity(asset)]
        ordered = [*reductions, *(asset for asset in deltas if asset not in reductions)]
        orders = []
        for asset in ordered:
            if asset in small:
                continue
            # "priority of a target order = its weight"
            order = Order(self.next_id(FIRST_STRATEGY + number), asset, deltas[asset], targets[asset], "target")
            if self.settings.sizing == "fill":
                order.weight, order.value = (targets[asset], None) if value is None else (None, value)
            orders.append(order)
            pending.add(asset, deltas[asset])
        # "of one request first the unpriced take numbers, then the orders, then the skipped"
        for asset in ordered:
            if asset in small:
                order = Order(self.next_id(FIRST_STRATEGY + number), asset, deltas[asset], targets[asset], "target")
                self.refuse(t, "skipped", order, deltas[asset], "BELOW_THRESHOLD")
        return orders
