"""The engine and the naive broker side by side."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
from hypothesis import note
from tests.oracle.whole.changes import Change
from tests.oracle.whole.finer import NaiveFinerBroker
from tests.oracle.whole.markets import Barrier, World
from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import DAY_NS, NAN, Action, Bar, Event, News, Row
from tests.oracle.whole.tickets import Ticket, Wish, change_of, order_of
from tests.property.invariants import Books
from tests.property.told import account_of, announced, approved, engine_of, events_of, replaces

from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.ids import FIRST_STRATEGY_SENDER, order_id, split_order_id
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import FinerBars, MarketBatch

ORDER = ("DIVIDEND", "SPLIT", "SYMBOL_CHANGE", "MERGER_STOCK", "MERGER_CASH", "DELISTING", "HALT", "RESUME")
HOUR_NS, MINUTE_NS = 3_600_000_000_000, 60_000_000_000
NONE = freeze(np.empty((0, 0)))


def same(found: list[Any], wanted: list[Any]) -> None:
    """Says where the two part."""
    for k, (one, other) in enumerate(zip_longest(found, wanted)):
        if one != other:
            raise AssertionError(
                f"at {k} of {len(wanted)}:\n  engine {one}\n  naive  {other}\nengine {found}\nnaive  {wanted}"
            )


class Pair:
    """The engine and the naive broker, told the same and compared at once.

    Attributes:
        steps: orders, changes, cancellations, bars and corporate actions so far; the bars of one time count once.
    """

    def __init__(self, world: World, kernels: Kernels) -> None:
        self.world, self.rules, self.assets = world, world.rules, len(world.instruments)
        self.engine = engine_of(world, kernels)
        self.naive = NaiveFinerBroker(world.rules, world.instruments, world.cash * 10**6)
        self.books = Books(world)
        self.asked: list[Order] = []
        self.numbers = 0
        self.steps = 0

    def compare(self, messages: Sequence[Message], wanted: list[Event]) -> None:
        """Message by message; and what must hold whatever the rules are."""
        same(events_of(messages), [("account", vars(row[1])) if row[0] == "account" else row for row in wanted])
        for message in messages:
            self.books.see(message)

    def live_through(self, finer: FinerBars, rows: Sequence[Row]) -> None:
        """The finer bars of the bar that comes next."""
        self.engine.take_finer(finer)
        self.naive.live_through(rows)

    def open_bar(self, batch: MarketBatch, news: News) -> bool:
        self.steps += 1 + len(news.actions)
        if news.actions:
            note("\n".join(f"  {action}" for action in news.actions))
            self.engine.events.announce(announced(news))
        messages, more = self.engine.open_bar(batch)
        wanted, naive_more = self.naive.open_bar(news)
        self.compare(messages, wanted)
        assert more == naive_more
        return more

    def rest_of_bar(self) -> bool:
        """What follows, at most up to a finer bar that fills something; whether others are left."""
        self.compare(self.engine.rest_of_bar(), self.naive.rest_of_bar())
        assert self.engine.stopped == self.naive.stopped
        return self.engine.stopped

    def possible(self, drawn: list[Action], ts_ns: int) -> tuple[Action, ...]:
        """Those that a market can have, in the order in which they take effect."""
        kinds, ended, found = self.world.instruments, self.naive.actions.ended, []
        for action in drawn:
            a, b = action.asset, action.into
            gone = {a, b} & ended and action.kind != "RESUME"
            if a >= self.assets or b >= self.assets or a == b or gone:
                continue
            if b >= 0 and (kinds[a] != kinds[b] or kinds[a].future or math.isnan(self.naive.books.marks[a])):
                continue
            pay_ns = ts_ns + action.pay_ns * DAY_NS if action.pay_ns > 0 else action.pay_ns
            found.append(replace(action, pay_ns=pay_ns))
        return tuple(sorted(found, key=lambda action: (ORDER.index(action.kind), action.asset)))

    def accept(self, asked: list[Ticket], sender: int, ts_ns: int) -> None:
        """Orders of one message."""
        if not asked:
            return
        self.steps += len(asked)
        orders: list[Order] = []
        for ticket in asked:
            before = [*self.asked, *orders]
            order_id = self.number(sender)
            orders.append(order_of(ticket, order_id, before, self.assets, ts_ns, fractional=self.rules.fractional))
        note("\n".join(f"  {order}" for order in orders))
        self.asked += orders
        self.books.ask(orders)
        self.compare(self.engine.accept(approved(orders)), self.naive.accept(orders))

    def number(self, sender: int) -> int:
        """A fresh number of a sender's."""
        self.numbers += 1
        return order_id(FIRST_STRATEGY_SENDER + sender, self.numbers)

    def cancel(self, numbers: list[int]) -> None:
        """Cancellations of one message."""
        ids = [self.asked[number].order_id for number in numbers if number < len(self.asked)]
        self.steps += len(ids)
        self.compare(self.engine.cancel(freeze(np.array(ids, np.int64))), self.naive.cancel(ids))

    def replace(self, wishes: list[Wish]) -> None:
        """Changes of one message."""
        changes: list[Change] = []
        for wish in wishes:
            if wish.order < len(self.asked):
                order = self.asked[wish.order]
                place = self.number(split_order_id(order.order_id)[0] - FIRST_STRATEGY_SENDER)
                changes.append(change_of(wish, order, place, fractional=self.rules.fractional))
        if changes:
            note("\n".join(f"  {change}" for change in changes))
            self.steps += len(changes)
            self.compare(self.engine.replace(replaces(changes)), self.naive.replace(changes))

    def mark(self) -> None:
        """The same account, whose books close; and whether there is margin enough."""
        *messages, snapshot = self.engine.mark_and_call()
        assert isinstance(snapshot, AccountSnapshot)
        self.naive.mark()
        self.compare(messages, self.naive.call())
        self.account(snapshot)

    def account(self, snapshot: AccountSnapshot) -> None:
        """Every figure of the account, whose books close."""
        same(list(account_of(snapshot).items()), list(vars(self.naive.account()).items()))
        self.books.close(snapshot)

    def live(self, course: Sequence[Barrier]) -> None:
        """Meets every bar as the broker does, with orders before, between and after the fills."""
        before = ts_ns = 0
        foreign = max(instrument.currency for instrument in self.world.instruments)
        for seq, barrier in enumerate(course):
            before, ts_ns = ts_ns, ts_ns + barrier.hours * HOUR_NS
            bars = barrier.bars[: self.assets]
            note(f"{seq} at {ts_ns / HOUR_NS:.0f} h: {bars} {barrier.rates} {barrier.news}")
            if barrier.moments is not None:
                rows = [row[: self.assets] for row in barrier.moments]
                note("\n".join(f"  {row}" for row in rows))
                self.live_through(finer(seq, before, rows, self.assets), rows)
            # Features are rates and what can be borrowed.
            features = freeze(np.repeat(np.array(barrier.news)[:, None], self.assets, axis=1))
            news = News(
                seq,
                ts_ns,
                bars,
                barrier.rates[:foreign],
                self.possible(barrier.actions, ts_ns),
                (barrier.news[0],) * self.assets,
                (barrier.news[1],) * self.assets,
            )
            self.meet(
                MarketBatch(seq, ts_ns, block(bars), NONE, features, freeze(np.array(barrier.rates))), news, barrier
            )
        self.compare(self.engine.expire(), self.naive.expire())

    def meet(self, batch: MarketBatch, news: News, barrier: Barrier) -> None:
        """One bar, and what is asked for."""
        ts_ns, more = news.ts_ns, self.open_bar(batch, news)
        while more:
            self.cancel(barrier.canceled[0])
            self.replace(barrier.changed[0])
            self.accept(barrier.answers, 3, ts_ns)
            more = self.rest_of_bar()
        self.mark()
        self.cancel(barrier.canceled[1])
        self.replace(barrier.changed[1])
        self.accept(barrier.asked, barrier.sender, ts_ns)
        if self.rules.timing == "same_close":
            wanted = self.engine.has_orders()
            self.compare(self.engine.close_bar() if wanted else [], self.naive.close_bar())
            if wanted:
                self.account(self.engine.mark())
            self.accept(barrier.answers, 3, ts_ns)


def block(bars: Sequence[Bar | None]) -> FloatArray:
    """Bars as the engine has them, (5, n_assets)."""
    prices = [[bar.open, bar.high, bar.low, bar.close, bar.volume] if bar else [NAN] * 5 for bar in bars]
    return freeze(np.ascontiguousarray(np.array(prices).T))


def finer(seq: int, after_ns: int, rows: Sequence[Row], assets: int) -> FinerBars:
    """Finer bars, a minute each, from a time on."""
    times = after_ns + np.arange(1, len(rows) + 1) * MINUTE_NS
    bars = np.array([block(row) for row in rows]).reshape(len(rows), 5, assets)
    return FinerBars(seq, freeze(times), freeze(np.ascontiguousarray(bars)))


def run(world: World, course: Sequence[Barrier], kernels: Kernels = INTERPRETED) -> int:
    """A course in a world; returns the steps."""
    pair = Pair(world, kernels)
    pair.live(course)
    return pair.steps
