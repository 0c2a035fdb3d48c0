"""What the naive broker is asked for: orders, changes, cancellations. What may be taken is; the rest is refused."""

import math
from collections.abc import Iterable, Sequence

from tests.oracle.whole.actions import NaiveActions
from tests.oracle.whole.books import NaiveBooks
from tests.oracle.whole.changes import Change, apply, is_larger, loses_place, makes_sense, rounded, told, unfit
from tests.oracle.whole.orders import TRAILING, Order
from tests.oracle.whole.point import NaivePoint
from tests.oracle.whole.rules import DUST, NAN, Bar, Event, Instrument, News, Rules
from tests.oracle.whole.sessions import NaiveSessions
from tests.oracle.whole.volume import is_worthless, misfit, off_tick, on_tick

AT_ONE_POINT = ("IOC", "FOK", "ON_OPEN", "ON_CLOSE")
"""Times in force of orders that meet no more than one point of a bar."""
ENDING_WITH_THE_BAR = ("DAY", *AT_ONE_POINT)


class NaiveDesk:
    """An account and its open orders, ascending by id."""

    def __init__(self, rules: Rules, instruments: Sequence[Instrument], cash: int) -> None:
        self.rules = rules
        self.books = NaiveBooks(rules, instruments, cash)
        self.house = NaiveSessions(self.books)
        self.actions = NaiveActions(self.books, self.house.available)
        self.point = NaivePoint(self.books, self.house.available)
        self.news = News(-1, 0, ())
        self.bars: list[Bar | None] = []
        """Those of the day, without what is halted or has ended."""
        self.known = [NAN] * len(instruments)
        self.orders: list[Order] = []
        self.gone: dict[int, int] = {}
        """The asset with which each order has ended."""
        self.waiting = 0
        self.midway = False
        """Whether the rest of a bar is still to come."""

    def accept(self, orders: Iterable[Order]) -> list[Event]:
        """Takes orders in, ascending by id, or says why not."""
        rejected: list[Event] = []
        accepted: list[Order] = []
        orders = list(orders)
        ended = [order for order in orders if order.asset in self.actions.ended]
        events = self.refuse(ended, "DELISTED")
        misfits = self.misfits([order for order in orders if order not in ended])
        events += [("rejected", *misfits.values())] if misfits else []
        events += self.to_ticks([order for order in orders if order not in ended and order.order_id not in misfits])
        selling = [0.0] * len(self.known)
        for order in self.orders:
            if order.sells_surely:
                selling[order.asset] += order.quantity
        for order in orders:
            if order in ended or order.order_id in misfits:
                continue
            held = self.books.held(order.asset)
            over = held + selling[order.asset] + order.quantity < -DUST
            if order.sells_surely and over and not self.rules.margin:
                row = order.order_id, order.asset, order.quantity, "SHORT_NOT_ALLOWED", -order.quantity, held
                rejected.append(row)
                continue
            if why := self.refusal(order):
                rejected.append((order.order_id, order.asset, order.quantity, why, None, None))
                continue
            parent = next((o for o in (*self.orders, *accepted) if o.order_id == order.parent), None)
            if order.parent and not parent:
                rejected.append((order.order_id, order.asset, order.quantity, "PARENT_ENDED", None, None))
                continue
            if order.sells_surely:
                selling[order.asset] += order.quantity
            order.begin(self.news.seq, self.known[order.asset], parent.filled if parent else 0.0)
            accepted.append(order)
        self.orders = sorted([*self.orders, *accepted], key=lambda order: order.order_id)
        events += [("rejected", *rejected)] if rejected else []
        return [*events, ("accepted", *(order.order_id for order in accepted))] if accepted else events

    def misfits(self, orders: list[Order]) -> dict[int, Event]:
        """Orders of no size or price that trades."""
        rows: dict[int, Event] = {}
        coming = [0.0] * len(self.known)
        for order in self.orders:
            coming[order.asset] += order.quantity if order.is_sure else 0.0
        for order in orders:
            instrument, asset = self.books.instruments[order.asset], order.asset
            held, after = self.books.held(asset), self.books.held(asset) + order.quantity
            closes = held * order.quantity < 0 and (abs(after) <= DUST or abs(after + coming[asset]) <= DUST)
            why = misfit(order, instrument, closes=closes)
            names = off_tick(order, instrument.tick)
            if not why and (not self.rules.rounds_ticks or is_worthless(order, instrument.tick)):
                why = ("TICK_SIZE", getattr(order, names[0]), instrument.tick) if names else None
            if why:
                rows[order.order_id] = (order.order_id, asset, order.quantity, *why)
            elif order.is_sure:
                coming[asset] += order.quantity
        return rows

    def to_ticks(self, orders: list[Order]) -> list[Event]:
        """Moves the prices of orders to ticks, where that is the rule."""
        rows: list[Event] = []
        for order in orders:
            tick = self.books.instruments[order.asset].tick
            for name in off_tick(order, tick):
                asked, price = getattr(order, name), on_tick(order, name, tick)
                setattr(order, name, price)
                rows.append((order.order_id, order.asset, 0.0, "TICK_SIZE", asked, price))
        return [("trimmed", *rows)] if rows else []

    def refuse(self, orders: list[Order], reason: str) -> list[Event]:
        """Orders that are not taken, whatever they are."""
        rows = [(order.order_id, order.asset, order.quantity, reason, None, None) for order in orders]
        return [("rejected", *rows)] if rows else []

    def refusal(self, order: Order) -> str:
        """Why an order is not taken, whatever is held."""
        if self.house.is_ruined:
            return "NEGATIVE_EQUITY"
        if math.isnan(self.books.unit(order.asset)):
            return "NO_PRICE"
        if not order.parent and order.kind in TRAILING and math.isnan(self.known[order.asset]):
            return "NO_PRICE"
        return ""

    def cancel(self, ids: Iterable[int]) -> list[Event]:
        """Withdraws what is open of these."""
        wanted = set(ids)
        events = self.end("canceled", [order for order in self.orders if order.order_id in wanted], "CANCEL_REQUESTED")
        return events + self.end_orphans() if events else []

    def replace(self, changes: Iterable[Change]) -> list[Event]:
        """Changes open orders, one after the other."""
        refused: list[Event] = []
        moved: list[Event] = []
        done: list[Event] = []
        for change in changes:
            order = next((order for order in self.orders if order.order_id == change.order_id), None)
            if order is None:
                gone = self.gone.get(change.order_id)
                why = (-1, 0.0, "CANNOT_REPLACE") if gone is None else (gone, 0.0, "DELISTED")
                refused.append((change.order_id, *why, None, None))
                continue
            before, asked, instrument = order.quantity, change, self.books.instruments[order.asset]
            if self.rules.rounds_ticks:
                change = rounded(order, asked, instrument.tick)
            more = 0.0 if math.isnan(change.quantity) else change.quantity - before
            coming = sum(o.quantity for o in self.orders if o.asset == order.asset and o.is_sure and o is not order)
            unfits = unfit(order, change, instrument, self.books.held(order.asset), coming)
            if not self.may_change(order, change):
                refused.append((order.order_id, order.asset, more, "CANNOT_REPLACE", None, None))
            elif unfits:
                refused.append((order.order_id, order.asset, more, *unfits))
            elif not self.covers(order, change):
                size, held = -change.quantity, self.books.held(order.asset)
                refused.append((order.order_id, order.asset, more, "SHORT_NOT_ALLOWED", size, held))
            else:
                apply(order, change, self.news.seq, self.known[order.asset])
                done.append(told(order, order.quantity - before if order.is_sure else 0.0))
                for name in ("limit", "stop"):
                    was, now = getattr(asked, name), getattr(change, name)
                    if not math.isnan(was) and was != now:
                        moved.append((order.order_id, order.asset, 0.0, "TICK_SIZE", was, now))
        events: list[Event] = [("not replaced", *refused)] if refused else []
        events += [("trimmed", *moved)] if moved else []
        return [*events, ("replaced", *done)] if done else events

    def may_change(self, order: Order, change: Change) -> bool:
        """Whether a change makes sense, and now."""
        if not makes_sense(order, change, fractional=self.rules.fractional):
            return False
        # A new order would not meet what is left of this bar either.
        return not (self.midway and self.is_over(order) and loses_place(order, change))

    def covers(self, order: Order, change: Change) -> bool:
        """Whether a sure sell of more than before is held, beside what others sell."""
        if self.rules.margin or not order.sells_surely or not is_larger(order, change):
            return True
        others = [o for o in self.orders if o.asset == order.asset and o.sells_surely and o is not order]
        selling = sum(o.quantity for o in others)
        return self.books.held(order.asset) + selling + change.quantity >= -DUST

    def expire(self) -> list[Event]:
        """Ends everything."""
        return self.end("expired", list(self.orders), "END_OF_DATA")

    def end(self, name: str, orders: list[Order], reason: str) -> list[Event]:
        """Drops open orders, whole, with one message."""
        self.orders = [order for order in self.orders if order not in orders]
        bounds = [(abs(order.quantity), 0.0) if reason == "REDUCE_ONLY" else (None, None) for order in orders]
        rows = [
            (order.order_id, order.asset, order.quantity, reason, *bound)
            for order, bound in zip(orders, bounds, strict=True)
        ]
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
        cut = self.cut_short()
        return cut + self.end("canceled", [order for order in self.orders if order not in staying], "PARENT_ENDED")

    def cut_short(self) -> list[Event]:
        """Tells of orders that are for less than they asked, and stay so, because their parents have ended."""
        ids = [order.order_id for order in self.orders]
        cut = [o for o in self.orders if o.parent and not o.asleep and o.parent not in ids and o.given < o.asked]
        rows = [
            (o.order_id, o.asset, math.copysign(o.asked - o.given, o.quantity), "PARENT_ENDED", o.asked, o.given)
            for o in cut
        ]
        for order in cut:
            order.asked = order.given
        return [("trimmed", *rows)] if rows else []

    def is_over(self, order: Order) -> bool:
        """Whether an order's time ends with this bar."""
        if order.asleep or order.since >= self.news.seq:
            return False
        return order.tif in ENDING_WITH_THE_BAR or (order.tif == "GTD" and order.expire_ns <= self.news.ts_ns)
