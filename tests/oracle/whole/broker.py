"""A broker as plain as can be: one order at a time, no arrays.

accept, cancel           between bars, or after the fills at an open
open_bar, rest_of_bar    a new bar: what a new session brings and its open; then what comes after the open, once those
                         fills have been answered
close_bar                the close once more, after the decision, where orders fill at the close they were made at
mark                     the account
expire                   no bar will come
"""

import math
from dataclasses import dataclass

from tests.oracle.whole.actions import ENDS, RESHAPES, rows_of
from tests.oracle.whole.desk import AT_ONE_POINT, NaiveDesk
from tests.oracle.whole.orders import Order
from tests.oracle.whole.paths import judge
from tests.oracle.whole.rules import NAN, Bar, Event, News
from tests.oracle.whole.volume import Going


@dataclass(frozen=True)
class Account:
    """The account at the close."""

    cash: int
    equity: int
    gross: int
    realized: int
    unrealized: int
    commission: int
    slippage: int
    quantity: list[float]
    cost: list[int]
    pending: list[float]
    mark: list[float | None]
    stale: int
    waiting: int
    receivable: int
    settled: int
    initial: int
    maintenance: int
    carry: int
    free: int


class NaiveBroker(NaiveDesk):
    """An account; everything it does is returned as events, message by message."""

    # --- what the market says

    def open_bar(self, news: News) -> tuple[list[Event], bool]:
        """The open, and the rest of the bar unless something filled: then `rest_of_bar` must follow."""
        costs = self.point.costs
        costs.estimates.learn(self.bars)
        costs.begin(news.ts_ns, [NAN if bar is None else bar.volume for bar in news.bars])
        self.news, self.waiting, self.books.seq = news, 0, news.seq
        self.bars = [None] * len(news.bars)
        self.house.begin(news)
        events = self.booked() + self.take_in(self.house.recall(news.seq, self.orders)) + self.act()
        silent = self.actions.ended | self.actions.halted
        self.bars = [None if asset in silent else bar for asset, bar in enumerate(news.bars)]
        self.point.volume.begin(self.bars)
        self.known = [
            price if bar is None else bar.open for price, bar in zip(self.books.marks, self.bars, strict=True)
        ]
        past = [order for order in self.orders if order.tif == "GTD" and order.expire_ns < news.ts_ns]
        events += self.end("expired", past, "TIME_IN_FORCE")
        going = [Going.whole(order, bar.open) for order, bar in self.met() if self.goes_at_open(order, bar.open)]
        events += self.fill("OPEN", going)
        if self.point.filled:
            self.midway = True
            return events, True
        return events + self.rest_of_bar(), False

    def act(self) -> list[Event]:
        """Payments due, then corporate actions in order, on what is held and on what is open."""
        applied = self.actions.pay(self.news.ts_ns)
        adjusted: dict[int, str] = {}
        ended: list[Event] = []
        for action in self.news.actions:
            applied.append(self.actions.apply(action, self.news.ts_ns))
            touched = [order for order in self.orders if order.asset == action.asset]
            if action.kind == "RESUME":
                self.gone = {order: asset for order, asset in self.gone.items() if asset != action.asset}
            if action.kind == "SPLIT":
                self.point.costs.estimates.split(action.asset, action.value)
                for order in touched:
                    order.filled *= action.value
                    size = self.actions.units(abs(order.quantity), action.value)
                    if size:
                        order.split(size, action.value)
                        order.asked = self.actions.units(order.asked, action.value)
                        order.given *= action.value
                        adjusted[order.order_id] = action.kind
                    else:
                        bound = abs(order.quantity) * action.value, 1.0
                        ended.append((order.order_id, order.asset, order.quantity, "CORPORATE_ACTION", *bound))
                applied[-1].orders = len(touched)
            elif action.kind == "SYMBOL_CHANGE":
                self.point.costs.rename(action.asset, action.into)
                for order in touched:
                    order.asset = action.into
                    adjusted[order.order_id] = action.kind
                applied[-1].orders = len(touched)
            elif action.kind in ENDS:
                reason = "DELISTED" if action.kind == "DELISTING" else "CORPORATE_ACTION"
                ended += [(o.order_id, o.asset, o.quantity, reason, None, None) for o in touched]
                self.gone |= {order.order_id: action.asset for order in touched}
                applied[-1].orders = len(touched)
            gone = [row[0] for row in ended]
            self.orders = [order for order in self.orders if order.order_id not in gone]
        changed = [o.as_adjusted(adjusted[o.order_id]) for o in self.orders if o.order_id in adjusted]
        events = rows_of(applied)
        events += [("adjusted", *changed)] if changed else []
        events += [("canceled", *sorted(ended))] if ended else []
        if ended:
            events += self.end_orphans()
        events += self.booked()
        if any(action.kind in RESHAPES for action in self.news.actions):
            events.append(("account", self.account()))
        return events

    def take_in(self, own: list[Order]) -> list[Event]:
        """Orders of the broker's own."""
        self.orders = sorted([*self.orders, *own], key=lambda order: order.order_id)
        return [("accepted", *(order.order_id for order in own))] if own else []

    def booked(self) -> list[Event]:
        """What was written into the books since this was last asked."""
        _, postings, trades = self.books.take()
        events: list[Event] = [("posted", *postings)] if postings else []
        return events + ([("trades", *trades)] if trades else [])

    def rest_of_bar(self) -> list[Event]:
        """What comes after the open; then the day ends for orders that last no longer."""
        self.midway = False
        events = self.fill_on_the_way()
        if self.rules.timing != "same_close":
            events += self.fill_at_close()
        events += self.end("expired", [order for order in self.orders if self.is_over(order)], "TIME_IN_FORCE")
        events += self.end_orphans()
        self.waiting = sum(order.is_plain and order.since < self.news.seq for order in self.orders)
        return events

    def close_bar(self) -> list[Event]:
        """The close after the decision."""
        events = self.fill_at_close() + self.end_orphans()
        self.waiting = sum(order.is_plain for order in self.orders)
        return events

    def mark(self) -> Account:
        """Values what is held at the last known close."""
        news, books = self.news, self.books
        self.house.learn(news)
        for asset, bar in enumerate(self.bars):
            if bar is not None:
                books.marks[asset] = self.known[asset] = bar.close
        for asset, position in books.ascending():
            # What was opened after the open has seen nothing of the bar but its own price.
            bar = self.bars[asset]
            if bar is not None and (position.point == "OPEN" or position.opened < news.seq):
                position.see(bar.low, bar.high)
        return self.account()

    def account(self) -> Account:
        """The account as it stands."""
        books, assets = self.books, range(len(self.known))
        pending = [0.0 for _ in assets]
        # Sums of parts that are not round depend on the order: plain ones first, then the others, each by place.
        for order in sorted(self.orders, key=lambda order: (not order.is_plain, order.place)):
            if order.is_sure:
                pending[order.asset] += order.quantity
        return Account(
            books.cash,
            books.equity,
            books.gross,
            books.realized,
            books.unrealized,
            books.commissions,
            books.slippage,
            [books.held(asset) for asset in assets],
            [books.positions[asset].cost if asset in books.positions else 0 for asset in assets],
            pending,
            [None if math.isnan(mark) else mark for mark in books.marks],
            len([asset for asset in books.positions if self.bars[asset] is None]),
            self.waiting,
            books.receivable,
            books.settled,
            books.initial if self.rules.margin else 0,
            books.maintenance if self.rules.margin else 0,
            books.carry,
            max(books.free, 0),
        )

    def call(self) -> list[Event]:
        """Whether there is margin enough; to be asked after `mark`."""
        events, own = self.house.call(self.news.seq, self.orders)
        if events and self.house.is_ruined:
            theirs = [order for order in self.orders if not order.is_house]
            events = [*events, *self.end("canceled", theirs, "NEGATIVE_EQUITY")]
        return events + self.take_in(own)

    # --- the points of a bar

    def met(self, *, with_new: bool = False) -> list[tuple[Order, Bar]]:
        """Open orders whose asset has a bar, but as a rule not those which came during this bar."""
        due = [order for order in self.orders if with_new or order.since < self.news.seq]
        found = [(order, self.bars[order.asset]) for order in due]
        met = [(order, bar) for order, bar in found if bar is not None and not order.asleep]
        return sorted(met, key=lambda one: one[0].place)

    def goes_at_open(self, order: Order, price: float) -> bool:
        """Whether an order goes at the open; triggers it and moves its level."""
        if order.is_late:
            return True
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
            if order.kind != "MARKET" and order.tif not in AT_ONE_POINT and not order.is_late:
                unit = ("group", order.group) if order.group else ("order", order.order_id)
                units.setdefault(unit, []).append((order, bar))
        going: list[Going] = []
        ambiguous: list[Event] = []
        for members in units.values():
            bar = members[0][1]
            verdict = judge(self.rules, bar, [order for order, _ in members])
            if verdict.ambiguous and any(self.could_fill(winner) for winner in verdict.winners):
                ambiguous.append((members[0][0].asset, verdict.low_first, verdict.high_first))
            if verdict.goes is not None and verdict.price is not None:
                going.append(Going.whole(verdict.goes, verdict.price))
        events: list[Event] = [("ambiguous", *ambiguous)] if ambiguous else []
        return events + self.fill("BAR", sorted(going, key=lambda one: one.order.place))

    def could_fill(self, order: Order) -> bool:
        """Whether the holdings let an order fill; money is not looked at."""
        held = self.books.held(order.asset)
        if order.reduces_only or not (order.is_buy or self.rules.margin):
            return held * order.quantity < 0
        return True

    def fill_at_close(self) -> list[Event]:
        """The close."""
        same = self.rules.timing == "same_close"
        found = [(order, bar.close) for order, bar in self.met(with_new=same)]
        return self.fill(
            "CLOSE", [Going.whole(order, price) for order, price in found if self.goes_at_close(order, price)]
        )

    def goes_at_close(self, order: Order, price: float) -> bool:
        """Whether an order goes at the close."""
        if order.kind == "MARKET":
            return order.tif == "ON_CLOSE" or (order.tif != "ON_OPEN" and self.rules.timing != "next_open")
        return order.tif == "ON_CLOSE" and order.is_within(price, through=self.rules.through)

    def fill(self, point: str, going: list[Going]) -> list[Event]:
        """Fills what goes, the lowest id of each group; ends the others of groups that filled, then wakes children."""
        groups: set[int] = set()
        chosen = []
        for one in going:
            if one.order.group == 0 or one.order.group not in groups:
                chosen.append(one)
                groups.add(one.order.group)
        self.point.begin(point)
        events = self.go_first()
        self.point.settle(chosen)
        events += self.told()
        staying = [order for order, _ in self.point.held_back]
        gone = [one.order for one in chosen if one.order not in staying]
        self.orders = [order for order in self.orders if order not in gone]
        back = [row for _, row in self.point.held_back]
        events += [("held back", *back)] if back else []
        filled = [one.order for one in chosen if one.order.order_id in self.point.filled]
        for order in filled:
            order.filled += self.point.filled[order.order_id][0]
        others = self.others_of(filled)
        events += self.end("canceled", others, "ONE_CANCELS_OTHER") + self.end_short(filled, staying)
        return events + self.wake(point) + self.end_exits() if self.point.filled else events

    def end_short(self, filled: list[Order], staying: list[Order]) -> list[Event]:
        """Children that filled all that their parents gave are over, and what else they asked for is canceled."""
        cut = [canceled[0] for canceled in self.point.cancels]
        over = [o for o in filled if o not in staying and o.order_id not in cut and o.given < o.asked]
        rows = [
            (o.order_id, o.asset, math.copysign(o.asked - o.given, o.quantity), "PARENT_ENDED", o.asked, o.given)
            for o in sorted(over, key=lambda order: order.order_id)
        ]
        return [("canceled", *rows)] if rows else []

    def go_first(self) -> list[Event]:
        """What goes before any order does: nothing here."""
        return []

    def told(self) -> list[Event]:
        """What is told of one price point first."""
        rows = list(self.books.fills)
        events: list[Event] = [("fills", self.point.point, *rows)] if rows else []
        if self.rules.models.tells_parts and self.point.costs.parts:
            events.append(("parts", *self.point.costs.parts))
        self.point.costs.parts = []
        events += self.booked()
        events += [("canceled", *self.point.cancels)] if self.point.cancels else []
        if not math.isnan(self.rules.participation):
            unknown = {row[1] for row in rows if math.isnan(self.point.costs.volumes[row[1]])}
            events += [("volume unknown", *sorted(unknown))] if unknown else []
        return events

    def others_of(self, filled: list[Order]) -> list[Order]:
        """What ends because these have filled: the others of their groups, and parents whose exit has begun."""
        groups = {order.group for order in filled if order.group}
        parents = {order.parent for order in filled if order.parent}
        others = [order for order in self.orders if order.group in groups and order not in filled]
        return [order for order in self.orders if order in others or order.order_id in parents]

    def wake(self, point: str) -> list[Event]:
        """Children of what has filled come alive, for no more than that; later they grow with it."""
        # What wakes at the open still has most of this bar before it.
        since = self.news.seq - 1 if point == "OPEN" else self.news.seq
        for order in self.orders:
            if not order.parent or order.parent not in self.point.filled:
                continue
            filled, price = self.point.filled[order.parent]
            if order.asleep:
                order.wake(since, filled, price)
            else:
                order.grow(filled)
        return self.cut_short()

    def end_exits(self) -> list[Event]:
        """Exits for which nothing is left."""
        over = [o for o in self.orders if o.is_exit and self.books.held(o.asset) * o.quantity >= 0]
        return self.end("canceled", over, "REDUCE_ONLY")
