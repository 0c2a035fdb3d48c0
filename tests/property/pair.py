"""The engine and the naive broker side by side."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
from hypothesis import note
from tests.oracle.whole.broker import NaiveBroker
from tests.oracle.whole.changes import Change
from tests.oracle.whole.markets import Barrier, Ticket, Wish, World, change_of, order_of
from tests.oracle.whole.orders import Order
from tests.oracle.whole.rules import DAY_NS, NAN, Action, Event, News
from tests.property.invariants import Books
from tests.property.told import account_of, announced, approved, engine_of, events_of, replaces

from tidegate.core.arrays import freeze
from tidegate.core.ids import FIRST_STRATEGY_SENDER, order_id, split_order_id
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch

ORDER = ("DIVIDEND", "SPLIT", "SYMBOL_CHANGE", "MERGER_STOCK", "MERGER_CASH", "DELISTING", "HALT", "RESUME")
HOUR_NS = 3_600_000_000_000


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
        self.naive = NaiveBroker(world.rules, world.instruments, world.cash * 10**6)
        self.books = Books(world)
        self.asked: list[Order] = []
        self.numbers = 0
        self.steps = 0

    def compare(self, messages: Sequence[Message], wanted: list[Event]) -> None:
        """Message by message; and what must hold whatever the rules are."""
        same(events_of(messages), [("account", vars(row[1])) if row[0] == "account" else row for row in wanted])
        for message in messages:
            self.books.see(message)

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


def run(world: World, course: list[Barrier], kernels: Kernels = INTERPRETED) -> int:
    """Meets every bar as the broker does, with orders before, between and after the fills; returns the steps."""
    pair, assets = Pair(world, kernels), len(world.instruments)
    foreign = max(instrument.currency for instrument in world.instruments)
    features = np.full((2, assets), np.nan)
    none, ts_ns = freeze(np.empty((0, assets))), 0
    for seq, barrier in enumerate(course):
        ts_ns += barrier.hours * HOUR_NS
        bars = barrier.bars[:assets]
        note(f"{seq} at {ts_ns / HOUR_NS:.0f} h: {bars} {barrier.rates} {barrier.news}")
        prices = [[bar.open, bar.high, bar.low, bar.close, bar.volume] if bar else [NAN] * 5 for bar in bars]
        block = freeze(np.ascontiguousarray(np.array(prices).T))
        features[0], features[1] = barrier.news  # rates and what can be borrowed
        batch = MarketBatch(seq, ts_ns, block, none, freeze(features.copy()), freeze(np.array(barrier.rates)))
        news = News(
            seq,
            ts_ns,
            bars,
            barrier.rates[:foreign],
            pair.possible(barrier.actions, ts_ns),
            (barrier.news[0],) * assets,
            (barrier.news[1],) * assets,
        )
        if pair.open_bar(batch, news):
            pair.cancel(barrier.canceled[0])
            pair.replace(barrier.changed[0])
            pair.accept(barrier.answers, 3, ts_ns)
            pair.compare(pair.engine.rest_of_bar(), pair.naive.rest_of_bar())
        pair.mark()
        pair.cancel(barrier.canceled[1])
        pair.replace(barrier.changed[1])
        pair.accept(barrier.asked, barrier.sender, ts_ns)
        if world.rules.timing == "same_close":
            wanted = pair.engine.has_orders()
            pair.compare(pair.engine.close_bar() if wanted else [], pair.naive.close_bar())
            if wanted:
                pair.account(pair.engine.mark())
            pair.accept(barrier.answers, 3, ts_ns)
    pair.compare(pair.engine.expire(), pair.naive.expire())
    return pair.steps
