"""The engine equals a naive broker on orders of every kind: in every message, number and row of the account."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.oracle.naive_broker import Account, NaiveBroker
from tests.oracle.naive_changes import Wish
from tests.oracle.naive_markets import DAY_NS, Barrier, Draft, Ticket, barriers, order_of, rules, shaped, wish_of
from tests.oracle.naive_orders import NAN, Bar, Event, Order, Rules
from tests.unit.kernels.made import declared

from tidegate.core.arrays import freeze
from tidegate.core.enums import FillPoint, FillTiming, OrderKind, PathPolicy, Reason, ShortageRule, TimeInForce
from tidegate.kernels.execution import Execution
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import (
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersExpired,
    OrdersRejected,
    OrdersReplaced,
    OrdersTrimmed,
    OrderTerms,
    ReplacesApproved,
    ReplacesRejected,
)
from tidegate.messages.risk import AmbiguousBars

SENDER = 1000
REFUSALS = {
    OrdersRejected: "rejected",
    OrdersCanceled: "canceled",
    OrdersExpired: "expired",
    OrdersTrimmed: "trimmed",
    ReplacesRejected: "not replaced",
}
SHORTAGE = [rule.value for rule in ShortageRule]


def approved(orders: Sequence[Order]) -> OrdersApproved:
    """The same orders for the engine; without terms where all are plain."""
    whole, real = np.int64, np.float64

    def column(values: list[Any], kind: type) -> Any:
        return freeze(np.array(values, kind))

    terms = OrderTerms(
        column([OrderKind[order.kind] for order in orders], whole),
        column([TimeInForce[order.tif] for order in orders], whole),
        column([order.limit for order in orders], real),
        column([order.stop for order in orders], real),
        column([order.trail for order in orders], real),
        column([order.trail_pct for order in orders], real),
        column([order.expire_ns for order in orders], whole),
        column([order.group for order in orders], whole),
        column([order.parent for order in orders], whole),
        column([int(order.reduce_only) for order in orders], whole),
    )
    return OrdersApproved(
        column([order.order_id for order in orders], whole),
        column([order.asset for order in orders], whole),
        column([order.quantity for order in orders], real),
        column([order.priority for order in orders], real),
        tuple(order.kind for order in orders),
        None if all(order.is_plain for order in orders) else terms,
    )


def changes(wishes: Sequence[Wish]) -> ReplacesApproved:
    """The same wishes for the engine."""

    def column(name: str, kind: type) -> Any:
        return freeze(np.array([getattr(wish, name) for wish in wishes], kind))

    names = ("quantity", "limit", "stop", "trail", "trail_pct", "limit_offset")
    prices = {name: column(name, np.float64) for name in names}
    return ReplacesApproved(order_id=column("order_id", np.int64), place=column("place", np.int64), **prices)


def rows(*columns: Any) -> list[tuple[Any, ...]]:
    """Columns as rows of plain values, None for NaN."""
    found = zip(*(np.asarray(column).tolist() for column in columns), strict=True)
    return [tuple(None if value != value else value for value in row) for row in found]


def events_of(messages: Sequence[Message]) -> list[Event]:
    """The messages that the naive broker knows too, as it tells them."""
    events: list[Event] = []
    for m in messages:
        match m:
            case OrdersAccepted():
                events.append(("accepted", *m.order_id.tolist()))
            case Fills():
                parts = m.cash_micros, m.commission_micros, m.slippage_micros
                found = rows(m.order_id, m.asset, m.quantity, m.price, m.reference, *parts)
                events.append(("fills", FillPoint(m.point).name, *found))
            case AmbiguousBars():
                events.append(("ambiguous", *rows(m.asset, m.stop, m.take)))
            case OrdersReplaced():
                prices = m.limit, m.stop, m.trail, m.trail_pct, m.limit_offset
                events.append(("replaced", *rows(m.order_id, m.asset, m.quantity, m.pending, *prices, m.place)))
            case OrdersRejected() | OrdersCanceled() | OrdersExpired() | OrdersTrimmed() | ReplacesRejected():
                reasons = [Reason(reason).name for reason in m.reason.tolist()]
                found = rows(m.order_id, m.asset, m.quantity, reasons, m.measured, m.limit)
                events.append((REFUSALS[type(m)], *found))
            case _:
                pass
    return events


def account_of(snapshot: AccountSnapshot) -> Account:
    """What the naive broker tells of the account."""
    quantity, pending = snapshot.quantity.tolist(), snapshot.pending.tolist()
    return Account(snapshot.cash_micros, snapshot.equity_micros, quantity, pending, snapshot.waiting)


class Pair:
    """The engine and the naive broker, told the same and compared at once."""

    def __init__(self, chosen: Rules, cash: int, assets: int, kernels: Kernels) -> None:
        terms = ExecutionTerms(
            timing=FillTiming(chosen.timing),
            commission_bps=chosen.commission_bps,
            per_trade=chosen.per_trade,
            cap_bps=chosen.cap_bps,
            slippage_fixed=chosen.slippage_fixed,
            per_share=chosen.per_share,
            minimum=chosen.minimum,
            slippage_bps=chosen.slippage_bps,
            shortage=SHORTAGE.index(chosen.shortage),
            fractional=chosen.fractional,
            path=PathPolicy(chosen.path),
            through=chosen.through,
        )
        self.rules, self.assets = chosen, assets
        self.engine = Execution(declared(assets), cash, terms, kernels)
        self.naive = NaiveBroker(chosen, cash, assets)
        self.asked: list[Order] = []
        self.left: dict[int, float] = {}
        self.issued = 0

    def compare(self, messages: Sequence[Message], wanted: list[Event]) -> None:
        """Message by message; and no order fills beyond its quantity, or against its sign."""
        assert events_of(messages) == wanted
        for fills in messages:
            if isinstance(fills, Fills):
                for order_id, quantity in rows(fills.order_id, fills.quantity):
                    left = self.left[order_id] - quantity
                    assert left * quantity >= 0 or abs(left) < 1e-9, f"order {order_id} filled beyond its quantity"
                    self.left[order_id] = left

    def open_bar(self, batch: MarketBatch, bars: Sequence[Bar | None]) -> bool:
        messages, more = self.engine.open_bar(batch)
        wanted, naive_more = self.naive.open_bar(batch.seq, batch.ts_ns, bars)
        self.compare(messages, wanted)
        assert more == naive_more
        return more

    def accept(self, asked: list[Ticket], sender: int, ts_ns: int) -> None:
        if not asked:
            return
        first = sender * SENDER + self.issued
        self.issued += len(asked)
        orders: list[Order] = []
        for k, ticket in enumerate(asked):
            before = [*self.asked, *orders]
            order = order_of(ticket, first + k, before, self.assets, ts_ns, fractional=self.rules.fractional)
            orders.append(order)
        note("\n".join(f"  {order}" for order in orders))
        self.asked += orders
        self.left |= {order.order_id: order.quantity for order in orders}
        self.compare(self.engine.accept(approved(orders)), self.naive.accept(orders))

    def cancel(self, numbers: list[int]) -> None:
        ids = [self.asked[number].order_id for number in numbers if number < len(self.asked)]
        self.compare(self.engine.cancel(freeze(np.array(ids, np.int64))), self.naive.cancel(ids))

    def replace(self, drafts: list[Draft], sender: int, *, inside: bool) -> None:
        """Changes of orders that were asked for, open or not; each issues a number of its own."""
        wishes = []
        for draft in drafts:
            if draft.number < len(self.asked):
                self.issued += 1
                order, place = self.asked[draft.number], sender * SENDER + self.issued
                wishes.append(wish_of(draft, order, place, fractional=self.rules.fractional))
        if wishes:
            note("\n".join(f"  {wish}" for wish in wishes))
            told = self.engine.replace(changes(wishes))
            self.compare(told, self.naive.replace(wishes, inside=inside))
            for message in told:
                if isinstance(message, OrdersReplaced):
                    self.left |= dict(zip(message.order_id.tolist(), message.quantity.tolist(), strict=True))

    def mark(self, closes: list[float]) -> None:
        """The same account, whose books close."""
        snapshot, wanted = self.engine.mark(), self.naive.mark()
        assert account_of(snapshot) == wanted
        held = zip(snapshot.quantity.tolist(), closes, strict=True)
        value = sum(round(quantity * close * 1e6) for quantity, close in held if quantity)
        assert snapshot.cash_micros >= 0
        assert snapshot.equity_micros == snapshot.cash_micros + value


def run(chosen: Rules, cash: int, assets: int, course: list[Barrier], kernels: Kernels = INTERPRETED) -> None:
    """Meets every bar as the broker does, with orders before, between and after the fills."""
    pair = Pair(chosen, cash * 10**6, assets, kernels)
    none = freeze(np.empty((0, assets)))
    closes = [NAN] * assets
    for seq, barrier in enumerate(course):
        ts_ns = (seq + 1) * DAY_NS
        bars = [shaped(prices) if prices else None for prices in barrier.bars[:assets]]
        note(f"{seq}: {bars}")
        prices = [[bar.open, bar.high, bar.low, bar.close, 1.0] if bar else [NAN] * 5 for bar in bars]
        block = freeze(np.ascontiguousarray(np.array(prices).T))
        if pair.open_bar(MarketBatch(seq, ts_ns, block, none, none, freeze(np.empty(0))), bars):
            pair.cancel(barrier.canceled[0])
            pair.replace(barrier.changed[0], 3, inside=True)
            pair.accept(barrier.answers, 3, ts_ns)
            pair.compare(pair.engine.rest_of_bar(), pair.naive.rest_of_bar())
        closes = [bar.close if bar else last for bar, last in zip(bars, closes, strict=True)]
        pair.mark(closes)
        pair.cancel(barrier.canceled[1])
        pair.replace(barrier.changed[1], barrier.sender, inside=False)
        pair.accept(barrier.asked, barrier.sender, ts_ns)
        if chosen.timing == "same_close":
            wanted = pair.engine.has_orders()
            pair.compare(pair.engine.close_bar() if wanted else [], pair.naive.close_bar())
            if wanted:
                pair.mark(closes)
            pair.accept(barrier.answers, 3, ts_ns)
    pair.compare(pair.engine.expire(), pair.naive.expire())


@given(
    chosen=rules,
    cash=st.sampled_from((20, 60, 150, 1000)),
    assets=st.integers(1, 3),
    course=st.lists(barriers, min_size=6, max_size=15),
)
@settings(max_examples=settings().max_examples * 3)
def test_orders_of_every_kind_meet_any_market(chosen: Rules, cash: int, assets: int, course: list[Barrier]) -> None:
    run(chosen, cash, assets, course)
