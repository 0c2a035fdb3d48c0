"""A broker as plain as can be: one order at a time, no arrays, for one account that cannot be short.

accept, cancel, replace  between bars, or after the fills at an open
open_bar, rest_of_bar    a new bar: its open; then what comes after it, once those fills have been answered
close_bar                the close once more, after the decision, where orders fill at the close they were made at
mark                     the account
expire                   no bar will come
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.oracle.naive_cash import DUST, Going, NaiveCash, micros
from tests.oracle.naive_changes import (
    Wish,
    become,
    ends_today,
    goes_to_the_back,
    makes_sense,
    prices_of,
)
from tests.oracle.naive_orders import NAN, TRAILING, Bar, Event, Order, Rules
from tests.oracle.naive_paths import judge

AT_ONE_POINT = ("IOC", "FOK", "ON_OPEN", "ON_CLOSE")
"""Times in force of orders that meet no more than one point of a bar."""
ENDING_WITH_THE_BAR = ("DAY", *AT_ONE_POINT)


@dataclass(frozen=True)
class Account:
    """The account at the close."""

    cash: int
    equity: int
    quantity: list[float]
    pending: list[float]
    waiting: int


class NaiveBroker(NaiveCash):
    """An account and its open orders; everything it does is returned as events, message by message."""

    def __init__(self, rules: Rules, cash: int, assets: int) -> None:
        super().__init__(rules, cash, assets)
        self.seq = -1
        self.ts_ns = 0
        self.bars: list[Bar | None] = []
        self.marks = [NAN] * assets
        self.known = [NAN] * assets
        self.orders: list[Order] = []
        self.waiting = 0

    # --- what the owner says

    def accept(self, orders: Iterable[Order]) -> list[Event]:
        """Takes orders in, ascending by id, or says why not."""
        rejected: list[Event] = []
        accepted: list[Order] = []
        selling = [0.0] * len(self.marks)
        for order in self.orders:
            if order.sells_surely:
                selling[order.asset] += order.quantity
        for order in orders:
            held = self.quantity[order.asset]
            if order.parent and order.parent not in [o.order_id for o in (*self.orders, *accepted)]:
                rejected.append((order.order_id, order.asset, order.quantity, "PARENT_ENDED", None, None))
                continue
            if not order.parent and order.kind in TRAILING and math.isnan(self.known[order.asset]):
                rejected.append((order.order_id, order.asset, order.quantity, "NO_PRICE", None, None))
                continue
            if order.sells_surely:
                if held + selling[order.asset] + order.quantity < -DUST:
                    row = order.order_id, order.asset, order.quantity, "SHORT_NOT_ALLOWED", -order.quantity, held
                    rejected.append(row)
                    continue
                selling[order.asset] += order.quantity
            order.begin(self.seq, self.known[order.asset])
            accepted.append(order)
        self.orders = sorted([*self.orders, *accepted], key=lambda order: order.place)
        events: list[Event] = [("rejected", *rejected)] if rejected else []
        return [*events, ("accepted", *(order.order_id for order in accepted))] if accepted else events

    def cancel(self, ids: Iterable[int]) -> list[Event]:
        """Withdraws what is open of these."""
        wanted = set(ids)
        events = self.end("canceled", [order for order in self.orders if order.order_id in wanted], "CANCEL_REQUESTED")
        return events + self.end_orphans() if events else []

    def replace(self, wishes: Iterable[Wish], *, inside: bool) -> list[Event]:
        """Changes open orders, one after the other; `inside` a bar whose rest is still to come."""
        refused: list[Event] = []
        done: list[Event] = []
        for wish in wishes:
            order = next((o for o in self.orders if o.order_id == wish.order_id), None)
            if order is None:
                refused.append((wish.order_id, -1, 0.0, "CANNOT_REPLACE", None, None))
                continue
            more = wish.quantity - order.quantity if math.isfinite(wish.quantity) else 0.0
            late = inside and not order.asleep and order.since < self.seq and ends_today(order, self.ts_ns)
            if not makes_sense(order, wish, fractional=self.rules.fractional) or (
                late and goes_to_the_back(order, wish)
            ):
                refused.append((order.order_id, order.asset, more, "CANNOT_REPLACE", None, None))
                continue
            held, others = self.quantity[order.asset], 0.0
            for other in self.orders:
                if other is not order and other.sells_surely and other.asset == order.asset:
                    others += other.quantity
            if order.sells_surely and more < 0 and held + others + wish.quantity < -DUST:
                refused.append((order.order_id, order.asset, more, "SHORT_NOT_ALLOWED", -wish.quantity, held))
                continue
            become(order, wish, self.seq, self.known[order.asset])
            prices = [None if math.isnan(price) else price for price in prices_of(order).values()]
            change = more if order.is_sure else 0.0
            done.append((order.order_id, order.asset, order.quantity, change, *prices, order.place))
        self.orders.sort(key=lambda order: order.place)
        events: list[Event] = [("not replaced", *refused)] if refused else []
        return [*events, ("replaced", *done)] if done else events

    def expire(self) -> list[Event]:
        """Ends everything."""
        return self.end("expired", list(self.orders), "END_OF_DATA")

    def end(self, name: str, orders: list[Order], reason: str) -> list[Event]:
        """Drops open orders, whole, with one message."""
        self.orders = [order for order in self.orders if order not in orders]
        found = sorted(orders, key=lambda order: order.order_id)
        rows = [(order.order_id, order.asset, order.quantity, reason, None, None) for order in found]
        return [(name, *rows)] if rows else []

    def end_orphans(self) -> list[Event]:
        """Cancels what sleeps and whose parent has ended unfilled, and in turn what waits for that."""
        staying = [order for order in self.orders if not order.asleep]
        while more := [
            order
            for order in self.orders
            if order not in staying and order.parent in [parent.order_id for parent in staying]
        ]:
            staying += more
        return self.end("canceled", [order for order in self.orders if order not in staying], "PARENT_ENDED")

    # --- what the market says

    def open_bar(self, seq: int, ts_ns: int, bars: Sequence[Bar | None]) -> tuple[list[Event], bool]:
        """The open, and the rest of the bar unless something filled: then `rest_of_bar` must follow."""
        self.seq, self.ts_ns, self.bars, self.waiting = seq, ts_ns, list(bars), 0
        self.known = [price if bar is None else bar.open for price, bar in zip(self.marks, bars, strict=True)]
        past = [order for order in self.orders if order.tif == "GTD" and order.expire_ns < ts_ns]
        events = self.end("expired", past, "TIME_IN_FORCE")
        going = [Going(order, bar.open) for order, bar in self.met() if self.goes_at_open(order, bar.open)]
        events += self.fill("OPEN", going)
        if self.filled:
            return events, True
        return events + self.rest_of_bar(), False

    def rest_of_bar(self) -> list[Event]:
        """What comes after the open; then the day ends for orders that last no longer."""
        events = self.fill_on_the_way()
        if self.rules.timing != "same_close":
            events += self.fill_at_close()
        events += self.end("expired", [order for order in self.orders if self.is_over(order)], "TIME_IN_FORCE")
        events += self.end_orphans()
        self.waiting = sum(order.is_plain and order.since < self.seq for order in self.orders)
        return events

    def close_bar(self) -> list[Event]:
        """The close after the decision."""
        events = self.fill_at_close() + self.end_orphans()
        self.waiting = sum(order.is_plain for order in self.orders)
        return events

    def mark(self) -> Account:
        """Values what is held at the last known close."""
        for asset, bar in enumerate(self.bars):
            if bar is not None:
                self.marks[asset] = self.known[asset] = bar.close
        held = [asset for asset, quantity in enumerate(self.quantity) if quantity]
        value = sum(micros(self.quantity[asset] * self.marks[asset]) for asset in held)
        pending = [0.0] * len(self.marks)
        for order in self.orders:
            if order.is_sure:
                pending[order.asset] += order.quantity
        return Account(self.cash, self.cash + value, list(self.quantity), pending, self.waiting)

    # --- the points of a bar

    def met(self, *, with_new: bool = False) -> list[tuple[Order, Bar]]:
        """Open orders whose asset has a bar, but as a rule not those which came during this bar."""
        found = [(order, self.bars[order.asset]) for order in self.orders if with_new or order.since < self.seq]
        return [(order, bar) for order, bar in found if bar is not None and not order.asleep]

    def goes_at_open(self, order: Order, price: float) -> bool:
        """Whether an order goes at the open; triggers it and moves its level."""
        if order.kind == "MARKET":
            return order.tif == "ON_OPEN" or (order.tif != "ON_CLOSE" and self.rules.timing == "next_open")
        if order.tif == "ON_CLOSE":
            return False
        if order.awaits_trigger:
            if not order.is_reached(price):
                order.follow(price)
                return False
            order.trigger()
        return order.is_within(price, through=self.rules.through)

    def fill_on_the_way(self) -> list[Event]:
        """Between the open and the close: a group is judged as one, any other order by itself."""
        units: dict[tuple[str, int], list[tuple[Order, Bar]]] = {}
        for order, bar in self.met():
            if order.kind != "MARKET" and order.tif not in AT_ONE_POINT:
                unit = ("group", order.group) if order.group else ("order", order.order_id)
                units.setdefault(unit, []).append((order, bar))
        going: list[Going] = []
        ambiguous: list[Event] = []
        for members in units.values():
            bar = members[0][1]
            verdict = judge(self.rules, bar, [order for order, _ in members], self.quantity[members[0][0].asset])
            if verdict.ambiguous:
                ambiguous.append((members[0][0].asset, verdict.low_first, verdict.high_first))
            if verdict.goes is not None and verdict.price is not None:
                going.append(Going(verdict.goes, verdict.price))
        events: list[Event] = [("ambiguous", *ambiguous)] if ambiguous else []
        return events + self.fill("BAR", sorted(going, key=lambda one: one.order.place))

    def fill_at_close(self) -> list[Event]:
        """The close."""
        same = self.rules.timing == "same_close"
        found = [(order, bar.close) for order, bar in self.met(with_new=same)]
        return self.fill("CLOSE", [Going(order, price) for order, price in found if self.goes_at_close(order, price)])

    def goes_at_close(self, order: Order, price: float) -> bool:
        """Whether an order goes at the close."""
        if order.kind == "MARKET":
            return order.tif == "ON_CLOSE" or (order.tif != "ON_OPEN" and self.rules.timing != "next_open")
        return order.tif == "ON_CLOSE" and order.is_within(price, through=self.rules.through)

    def fill(self, point: str, going: list[Going]) -> list[Event]:
        """Fills what goes, the first of each group; ends the others of groups that filled, then wakes children."""
        groups: set[int] = set()
        chosen = []
        for one in going:
            if one.order.group == 0 or one.order.group not in groups:
                chosen.append(one)
                groups.add(one.order.group)
        self.settle(chosen)
        events: list[Event] = [("fills", point, *self.fills)] if self.fills else []
        events += [("canceled", *self.cancels)] if self.cancels else []
        gone = [one.order for one in chosen]
        self.orders = [order for order in self.orders if order not in gone]
        ended = {order.group for order in gone if order.group and order.order_id in self.filled}
        events += self.end("canceled", [o for o in self.orders if o.group in ended], "ONE_CANCELS_OTHER")
        trimmed: list[Event] = []
        for parent, _, quantity, price, *_ in self.fills:
            for order in self.orders:
                if order.asleep and order.parent == parent:
                    asked, size = order.quantity, abs(quantity)
                    # What wakes at the open still has most of this bar before it.
                    order.wake(self.seq - 1 if point == "OPEN" else self.seq, size, price)
                    if order.quantity != asked:
                        cut = asked - order.quantity
                        trimmed.append((order.order_id, order.asset, cut, "PARENT_ENDED", abs(asked), size))
        events += [("trimmed", *sorted(trimmed))] if trimmed else []
        return events + self.end_exits() if self.fills else events

    def end_exits(self) -> list[Event]:
        """Cancels exits whose position something else has closed."""
        over = [order for order in self.orders if order.is_exit and self.quantity[order.asset] * order.quantity >= 0]
        told = self.end("canceled", over, "REDUCE_ONLY")
        return [(name, *((*row[:4], abs(row[2]), 0.0) for row in rows)) for name, *rows in told]

    def is_over(self, order: Order) -> bool:
        """Whether an order's time ends with this bar."""
        if order.asleep or order.since >= self.seq:
            return False
        return order.tif in ENDING_WITH_THE_BAR or (order.tif == "GTD" and order.expire_ns <= self.ts_ns)
