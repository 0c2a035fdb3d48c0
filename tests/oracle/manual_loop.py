# ruff: noqa: ERA001  (rules quoted in the comments read like code)
"""The oracle: the same market, worked through by hand, one order at a time.

Plain Python and numpy; imports nothing of the package, so that the two can only agree by both being right. Written to
be read beside the statement of the rules (quoted at each step), not to be fast.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from tests.oracle.asking import Asking
from tests.oracle.books import DUST, STEPS, micros
from tests.oracle.records import (
    BAR,
    CLOSE,
    OPEN,
    Account,
    Decision,
    Floats,
    Order,
    Row,
    Settings,
)


class ManualLoop(Asking):
    """Works through one market; see `work_through`."""

    def __init__(self, prices: Mapping[str, Floats], settings: Settings, decisions: Sequence[Decision]) -> None:
        self.open, self.high, self.low, self.close = (prices[name] for name in ("open", "high", "low", "close"))
        super().__init__(settings, self.close.shape[1])
        self.decisions = decisions
        self.waiting = 0
        self.stuck: set[int] = set()
        """Holdings that could not pay for their exit at this bar's open."""
        self.exited: dict[int, float] = {}
        """Units that exits at levels took out in this bar."""

    def run(self) -> Account:
        """Every barrier in turn, then the end of the data."""
        barriers = len(self.close)
        for t in range(barriers):
            self.fill(t)
            self.remember_marks(t)
            self.guard(t)
            self.decide(t)
            self.record(t)
        # "After the last batch ... open orders expire (END_OF_DATA)."
        for order in self.in_id_order():
            self.refuse(barriers - 1, "expired", order, order.quantity, "END_OF_DATA")
        return self.log

    def has_bar(self, t: int, asset: int) -> bool:
        """An asset without a bar has NaN prices."""
        return not math.isnan(self.close[t, asset])

    def fill(self, t: int) -> None:
        """ "FILL": protective exits, then the orders at their price."""
        timing = self.settings.fill
        self.stuck.clear()
        self.exited.clear()
        self.exit_at_the_open(t)
        if timing == "next_open":
            # "step 0, all at the open price o of bar t", then "step 1: the rest of the bar".
            self.meet_orders(t, self.open, OPEN)
            self.exit_inside_the_bar(t)
        elif timing == "next_close":
            # "gap test at the open, rest of bar test, then orders (reductions, entries) at the close price".
            self.exit_inside_the_bar(t)
            self.meet_orders(t, self.close, CLOSE)
        else:
            # same_close: "FILL does protective tests only".
            self.exit_inside_the_bar(t)

    def levels(self, asset: int) -> tuple[float | None, str, float | None]:
        """Stop level, the stop's name and take level of a position.

        "stop_loss level avg*(1 - pct); take_profit avg*(1 + pct); trailing: high_water*(1 - pct). stop = max of the
        stop levels (stop_loss wins a tie)." They depend on the position alone, which changes only by fills and at
        GUARD, so they can be worked out when they are tested.
        """
        s = self.settings
        position = self.held[asset]
        stop, name = None, ""
        if s.stop_loss is not None:
            stop, name = position.average * (1 - s.stop_loss), "stop_loss"
        if s.trailing_stop is not None:
            level = position.high_water * (1 - s.trailing_stop)
            if stop is None or level > stop:
                stop, name = level, "trailing_stop"
        take = None if s.take_profit is None else position.average * (1 + s.take_profit)
        return stop, name, take

    def exit_at_the_open(self, t: int) -> None:
        """ "Protective exits by gap: o <= stop or o >= take: close at o; if both, stop. In column order." """
        for asset in sorted(self.held):
            if not self.has_bar(t, asset):
                continue
            stop, name, take = self.levels(asset)
            price = float(self.open[t, asset])
            if stop is not None and price <= stop:
                self.exit(t, OPEN, asset, price, name, slips=True)
            elif take is not None and price >= take:
                self.exit(t, OPEN, asset, price, "take_profit", slips=False)

    def exit_inside_the_bar(self, t: int) -> None:
        """ "Stop hit if low <= stop; take hit if high >= take. Both: ambiguous -> stop, counted." """
        for asset in sorted(self.held):
            if not self.has_bar(t, asset) or asset in self.stuck:
                continue
            stop, name, take = self.levels(asset)
            stopped = stop is not None and float(self.low[t, asset]) <= stop
            taken = take is not None and float(self.high[t, asset]) >= take
            price = float(self.open[t, asset])
            if stopped and taken:
                self.log.ambiguous.append((t, asset))
            if stopped and stop is not None:
                # "Stop fills at min(stop, open) * (1 - s)"
                self.exit(t, BAR, asset, min(stop, price), name, slips=True)
            elif taken and take is not None:
                # "take fills at max(take, open), no slippage"
                self.exit(t, BAR, asset, max(take, price), "take_profit", slips=False)

    def exit(self, t: int, point: int, asset: int, reference: float, tag: str, *, slips: bool) -> None:
        """Closes a whole position by an order of the broker's own."""
        price = self.slipped(reference, -1) if slips else reference
        order = Order(self.next_id(0), asset, -self.quantity(asset), 0.0, tag)
        if not self.can_pay(-order.quantity, price):
            # "an order is made and canceled with CASH_SHORTAGE, the level stays" for the next bar.
            self.stuck.add(asset)
            self.refuse(t, "canceled", order, order.quantity, "CASH_SHORTAGE")
            return
        self.exited[asset] = -order.quantity
        self.book(t, point, order, order.quantity, price, reference)

    def can_pay(self, quantity: float, price: float) -> bool:
        """Whether a reduction's commission would leave cash at 0 or more."""
        return self.cash + micros(quantity * price) - self.commission(quantity, price) >= 0

    def meet_orders(self, t: int, prices: Floats, point: int) -> None:
        """Orders whose asset has a bar meet it; "the others wait and are counted"."""
        due = [order for order in self.in_id_order() if self.has_bar(t, order.asset)]
        self.waiting = len(self.orders) - len(due)
        for order in due:
            del self.orders[order.order_id]
        due = self.sized(t, due, prices)
        # "reductions (order sign opposite to the current position) in order-id order"; a cash account sells only
        # what it holds, so every sell is one.
        for order in due:
            if order.quantity < 0:
                self.reduce(t, point, order, float(prices[t, order.asset]))
        self.enter(t, point, [order for order in due if order.quantity > 0], prices)

    def sized(self, t: int, due: list[Order], prices: Floats) -> list[Order]:
        """Targets become so many units: "q = T - now(a)", all on one equity, orders by ascending id."""
        if all(order.weight is None and order.value is None for order in due):
            return due
        worth = {
            asset: micros(position.quantity * float(prices[t, asset] if self.has_bar(t, asset) else self.mark[asset]))
            for asset, position in self.held.items()
        }
        equity = self.cash + sum(worth.values())
        invest, least = self.invest(equity), self.least(equity)
        # "units that exits at levels took out of a in this bar"; with same_close the decision has seen those.
        exited = {} if self.settings.fill == "same_close" else self.exited
        now = {order.asset: self.quantity(order.asset) for order in due}
        going = []
        for order in due:
            if order.weight is None and order.value is None:
                now[order.asset] += order.quantity
                going.append(order)
                continue
            price = float(prices[t, order.asset])
            share = order.value if order.value is not None else (order.weight or 0.0) * invest
            target = self.whole(share / price)
            # "the smaller, on the order's side, of T - now and T - (now + exited)"
            side = 1.0 if order.quantity > 0 else -1.0
            before = now[order.asset] + exited.get(order.asset, 0.0)
            forward = min((target - now[order.asset]) * side, (target - before) * side)
            if forward <= DUST or (abs(target) > DUST and forward * price < least):
                self.refuse(t, "canceled", order, order.quantity, "BELOW_THRESHOLD")
                continue
            order.quantity, order.weight, order.value = forward * side, None, None
            now[order.asset] += order.quantity
            going.append(order)
        return going

    def reduce(self, t: int, point: int, order: Order, reference: float) -> None:
        """ "Quantity clipped to what is held; the rest is canceled (NO_POSITION)." """
        held = self.quantity(order.asset)
        quantity = -min(-order.quantity, held)
        if abs(held + order.quantity) < self.dust():
            quantity = -held  # All but a speck of dust is all.
        if quantity - order.quantity > self.dust():
            self.refuse(t, "canceled", order, order.quantity - quantity, "NO_POSITION")
        if quantity == 0.0:
            return
        price = self.slipped(reference, -1)
        # "A reduction whose commission would take cash below 0 is canceled (CASH_SHORTAGE)."
        if not self.can_pay(-quantity, price):
            self.refuse(t, "canceled", order, quantity, "CASH_SHORTAGE")
            return
        self.book(t, point, order, quantity, price, reference)

    def enter(self, t: int, point: int, orders: list[Order], prices: Floats) -> None:
        """Entries against the cash there is; "fills are booked in order-id order in every case"."""
        price = {order.order_id: self.slipped(float(prices[t, order.asset]), 1) for order in orders}
        granted = self.share_cash(orders, price)
        for order in orders:
            quantity = granted[order.order_id]
            if quantity != 0.0:
                self.book(t, point, order, quantity, price[order.order_id], float(prices[t, order.asset]))
            if quantity != order.quantity:
                self.refuse(t, "canceled", order, order.quantity - quantity, "CASH_SHORTAGE")

    def share_cash(self, orders: list[Order], price: dict[int, float]) -> dict[int, float]:
        """The quantity of each order that the cash pays for.

        "there = max(0, cash - reserve). If the sum of costs <= there: all fill. Else the shortage rule."
        """
        there = max(0, self.cash - self.reserve)
        if sum(self.cost(order.quantity, price[order.order_id]) for order in orders) <= there:
            return {order.order_id: order.quantity for order in orders}
        if self.settings.shortage == "scale":
            # "largest j in [0, 2**32] with sum over entries of cost(cut(q, j)) <= cash"
            j = self.largest_step(orders, price, there)
            return {order.order_id: self.cut(order.quantity, j) for order in orders}
        granted: dict[int, float] = {}
        left = there
        # "rank: entries by (-priority, column, order id)"; reject: "same order".
        for order in sorted(orders, key=lambda o: (-o.priority, o.asset, o.order_id)):
            quantity = order.quantity
            if self.cost(quantity, price[order.order_id]) > left:
                # rank: "else cut by the same bisection against what is left"; reject: "all or nothing each".
                j = self.largest_step([order], price, left) if self.settings.shortage == "rank" else 0
                quantity = self.cut(quantity, j)
            granted[order.order_id] = quantity
            left -= self.cost(quantity, price[order.order_id])
        return granted

    def largest_step(self, orders: list[Order], price: dict[int, float], cash: int) -> int:
        """ "j found by bisection (cost is monotone)"; the caller knows that the whole does not fit."""
        fits, too_much = 0, STEPS
        while too_much - fits > 1:
            middle = (fits + too_much) // 2
            needed = sum(self.cost(self.cut(order.quantity, middle), price[order.order_id]) for order in orders)
            if needed <= cash:
                fits = middle
            else:
                too_much = middle
        return fits

    def remember_marks(self, t: int) -> None:
        """ "mark[i] = close where there is a bar, else last known"."""
        close = self.close[t]
        traded = ~np.isnan(close)
        self.mark[traded] = close[traded]
        self.reserve = self.kept(self.equity())
        # A position that orders entered at the close of a bar saw nothing of that bar.
        at_close = self.settings.fill != "next_open"
        for asset, position in self.held.items():
            if self.has_bar(t, asset) and not (at_close and position.entry_barrier == t):
                position.worst = min(position.worst, float(self.low[t, asset]))
                position.best = max(position.best, float(self.high[t, asset]))

    def guard(self, t: int) -> None:
        """ "At each GUARD max(high_water, bar high), not with the high of a bar at whose close it was opened"."""
        for asset, position in self.held.items():
            if self.has_bar(t, asset) and position.opened_at_close_of != t:
                position.high_water = max(position.high_water, float(self.high[t, asset]))

    def decide(self, t: int) -> None:
        """Every strategy decides on the same book; then risk, then the broker."""
        equity = self.equity()
        batches = [self.ask(t, number, decision, equity) for number, decision in enumerate(self.decisions)]
        for _, canceled in batches:
            for order_id in canceled:
                order = self.orders.pop(order_id)
                self.refuse(t, "canceled", order, order.quantity, "CANCEL_REQUESTED")
        for orders, _ in batches:
            self.accept(t, self.limited(t, orders, equity))
        if self.settings.fill == "same_close":
            # "orders accepted at DECIDE of t fill at close of t in DECIDE step 1, then the account is marked again"
            self.meet_orders(t, self.close, CLOSE)

    def record(self, t: int) -> None:
        """The row of this barrier, and the proof that the books close."""
        values = self.values()
        equity = self.cash + sum(values.values())
        unrealized = sum(values[asset] - position.basis - position.fees for asset, position in self.held.items())
        # "sum(trade pnl) + sum(value - basis - entry fees of open) == equity - initial cash, exactly"
        if self.realized + unrealized != equity - self.initial:
            raise AssertionError(f"barrier {t}: books are open by {self.realized + unrealized - equity + self.initial}")
        self.log.rows.append(
            Row(
                t, self.cash, equity, sum(abs(value) for value in values.values()), self.realized, unrealized,
                self.paid_commission, self.paid_slippage,
                sum(not self.has_bar(t, asset) for asset in self.held), self.waiting,
                tuple((asset, self.held[asset].quantity) for asset in sorted(self.held)),
            )
        )  # fmt: skip


def work_through(prices: Mapping[str, Floats], settings: Settings, *decisions: Decision) -> Account:
    """Runs a market by hand.

    Args:
        prices: `open`, `high`, `low`, `close`, each (T, N) with columns in name order, NaN where there is no bar.
        settings: costs, rules and the account.
        decisions: one function to a strategy, called at the end of every barrier.
    """
    return ManualLoop(prices, settings, decisions).run()
