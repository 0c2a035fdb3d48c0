"""One price point of the naive broker: what goes there, out of what is held, can be borrowed, and is there to spend.

1. Reductions, by place, because they bring the cash.
2. Short entries, by place, as far as there is something to borrow.
3. All entries together under the shortage rule; then they are booked, by place.
"""

import math

from tests.oracle.whole.books import Execution, NaiveBooks
from tests.oracle.whole.charges import NaiveCharges, Priced
from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import DUST, Event
from tests.oracle.whole.shortage import Entry, NaiveShortage
from tests.oracle.whole.volume import Going, NaiveVolume


class NaivePoint:
    """Fills what goes at one point of a bar; `cancels` and `filled` speak of the last one."""

    def __init__(self, books: NaiveBooks, available: list[float]) -> None:
        self.books, self.rules = books, books.rules
        self.available = available
        self.costs = NaiveCharges(books.rules, books)
        self.shortage = NaiveShortage(self.costs)
        self.volume = NaiveVolume(books.rules, books)
        self.point = ""
        self.cancels: list[Event] = []
        self.filled: dict[int, tuple[float, float]] = {}
        """By order, how much filled and at what price."""
        self.held_back: list[tuple[Order, Event]] = []
        """Orders of which a rest stays open, and what is told of each."""

    def begin(self, point: str) -> None:
        """Nothing has gone yet."""
        self.point, self.cancels, self.filled, self.held_back = point, [], {}, []

    def settle(self, going: list[Going]) -> None:
        """The orders that go here, ascending by place."""
        kept, out = self.volume.share(going)
        for order, room in sorted(out, key=lambda one: one[0].place):
            self.withhold(order, abs(order.quantity), "VOLUME_LIMIT", abs(order.quantity), room)
        entries = [entry for one in kept if (entry := self.reduce(one))]
        self.enter(self.borrow(entries))
        self.keep(kept)

    def keep(self, going: list[Going]) -> None:
        """Of what volume held back, the rest stays open, unless what went was refused in part or the order is over."""
        over: list[tuple[Order, float, float]] = []
        for one in sorted(going, key=lambda one: one.order.order_id):
            order, asked = one.order, abs(one.order.quantity)
            rest = asked - one.size
            if rest <= 0:
                continue
            rows = [row for row, canceled in enumerate(self.cancels) if canceled[0] == order.order_id]
            if rows:
                number, asset, quantity, *why = self.cancels[rows[0]]
                self.cancels[rows[0]] = (number, asset, quantity + math.copysign(rest, order.quantity), *why)
            elif self.rules.cancels_rest or order.tif in ("IOC", "ON_OPEN", "ON_CLOSE"):
                over.append((order, rest, one.size))
            else:
                order.quantity = math.copysign(rest, order.quantity)
                order.is_late = order.kind in ("STOP", "TRAILING_STOP")
                row = order.order_id, order.asset, order.quantity, "VOLUME_LIMIT", asked, one.size
                self.held_back.append((order, row))
        for order, rest, size in sorted(over, key=lambda one: one[0].place):
            self.withhold(order, rest, "VOLUME_LIMIT", abs(order.quantity), size)

    def reduce(self, going: Going) -> Entry | None:
        """Closes what the order is against, and returns what is left of it as an entry."""
        order = going.order
        held, wanted = self.books.held(order.asset), going.size
        if not wanted:
            return None
        against = abs(held) if held * order.quantity < 0 else 0.0
        only_reduces = order.reduces_only or (not self.rules.margin and not order.is_buy)
        at = self.costs.priced(order, going.reference, min(wanted, against) if only_reduces else wanted)
        size = against if abs(against - wanted) < DUST else min(against, wanted)
        reason = "REDUCE_ONLY" if order.reduces_only else "NO_POSITION"
        left = wanted - size if wanted - size >= DUST or not size else 0.0
        if only_reduces and (size <= 0 or (order.tif == "FOK" and left)):
            self.withhold(order, wanted, reason, wanted, against)
            return None
        if size > 0:
            if not self.rules.margin:
                # Its commission may be more than it brings and than there is.
                flow = self.books.money(order.asset, size, at.price) - self.costs.dearest(order.asset, size, at.price)
                after = self.books.settled + flow
                if after < 0:
                    self.withhold(order, wanted, "CASH_SHORTAGE", after / 1e6, 0.0)
                    return None
            self.book(order, size, at)
        if left and only_reduces:
            self.withhold(order, left, reason, wanted, against)
            return None
        return Entry(order, at, left) if left else None

    def borrow(self, entries: list[Entry]) -> list[Entry]:
        """Short entries are cut to what can be borrowed; contracts need not be."""
        sold: dict[int, float] = {}
        for entry in entries:
            order, asset = entry.order, entry.order.asset
            if order.is_buy or self.books.is_future(asset):
                continue
            short = max(-self.books.held(asset), 0.0)
            room = max(0.0, self.available[asset] - short - sold.get(asset, 0.0))
            room = room if self.rules.fractional or math.isinf(room) else float(math.floor(room))
            room = room if room >= DUST else 0.0
            if entry.size > room:
                size = 0.0 if order.tif == "FOK" else room
                self.withhold(order, entry.size - size, "BORROW_UNAVAILABLE", entry.size, room)
                entry.size = size
            sold[asset] = sold.get(asset, 0.0) + entry.size
        return [entry for entry in entries if entry.size > 0]

    def enter(self, entries: list[Entry]) -> None:
        """Entries, as far as there is enough."""
        there_is = max(self.books.free, 0)
        reason = "MARGIN_SHORTAGE" if self.rules.margin else "CASH_SHORTAGE"
        verdict = self.shortage.share(entries, there_is)
        for entry, need in verdict.out:
            self.withhold(entry.order, entry.size, reason, need / 1e6, there_is / 1e6)
        for entry in entries:
            if entry in [out for out, _ in verdict.out]:
                continue
            if entry.granted > 0:
                self.book(entry.order, entry.granted, entry.at)
            if entry.granted < entry.size:
                left = entry.size - entry.granted
                self.withhold(entry.order, left, reason, verdict.need / 1e6, there_is / 1e6)

    def book(self, order: Order, size: float, at: Priced) -> None:
        """One fill, or two where it goes through zero: first what closes, then what opens."""
        held = self.books.held(order.asset)
        against = abs(held) if held * order.quantity < 0 else 0.0
        parts = [against, size - against] if against > 0 and size - against >= DUST else [size]
        for part in parts:
            # Who waits with a limit inside a bar makes the market; all others take.
            maker = self.point == "BAR" and at.reference == order.bound
            fee, venue = self.costs.commission(order.asset, part, at.price, maker=maker)
            quantity = part if order.is_buy else -part
            row = order.order_id, order.asset, quantity, at.price, at.reference
            self.costs.note(self.books.count, order.asset, quantity, at, venue, maker=maker)
            self.books.book(Execution(*row, fee, self.point))
        self.volume.room[order.asset] -= size
        filled, _ = self.filled.get(order.order_id, (0.0, 0.0))
        self.filled[order.order_id] = filled + size, at.price

    def withhold(self, order: Order, size: float, reason: str, measured: float, limit: float) -> None:
        """One order, or what is left of it; what is withheld once more adds to that, for the reason that came first."""
        quantity = size if order.is_buy else -size
        for row, (number, asset, before, *why) in enumerate(self.cancels):
            if number == order.order_id:
                self.cancels[row] = (number, asset, before + quantity, *why)
                return
        self.cancels.append((order.order_id, order.asset, quantity, reason, measured, limit))
