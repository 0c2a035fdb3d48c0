"""An account on which to try a rule of orders, and what happens on it in a row's words."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from tests.scenario.rules import NAN, Action, Asked, Bar, Met, Rule, told_in_order
from tests.unit.kernels.made import declared

from tidegate.core.arrays import freeze
from tidegate.core.enums import FillTiming, OrderKind, PathPolicy, Reason, TimeInForce
from tidegate.kernels.execution import Execution
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import (
    Fills,
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

DAY_NS = 86_400_000_000_000
PLACES = ("at open", "in bar", "at close")


class Account:
    """A broker's account of one asset, driven as the broker drives it, which tells what happens in a row's words."""

    def __init__(self, rule: Rule, policy: PathPolicy) -> None:
        under = rule.under
        terms = ExecutionTerms(
            timing=under.timing,
            commission_bps=0.0,
            per_share=0.0,
            minimum=under.fee,
            slippage_bps=under.slip * 1e4,
            shortage=under.shortage,
            fractional=under.fractional,
            path=policy,
            through=under.through,
        )
        held = most_sold(rule.orders) if under.hold is None else under.hold
        paid = held * 100.0 * (1.0 + under.slip) + under.fee if held else 0.0
        self.execution = Execution(declared(1), round((under.cash + paid) * 1e6), terms, INTERPRETED)
        self.messages: list[Message] = []
        self.phrases: list[str] = []
        self._same_close = under.timing is FillTiming.SAME_CLOSE
        self._seq, self._accepted_at, self._issued = -1, 0, 0
        if held:
            self.bar(Met((100.0,) * 4))
            self.accept((Asked(held, OrderKind.MARKET, TimeInForce.GTC, {}, 0.0, 0),), first_id=0)
            self.decide()
            self.bar(Met((100.0,) * 4))
            self.decide()
        self.phrases.clear()
        self.messages.clear()

    def bar(self, met: Met) -> AccountSnapshot:
        """FILL and MARK."""
        if self.open(met.bar):
            for action in met.within:
                self.act(action)
            self.rest()
        else:
            assert not met.within, "nothing filled at the open, so nobody can answer before the rest"
        return self.execution.mark()

    def act(self, action: Action) -> None:
        """Something asked for, whenever that is."""
        if action.verb == "order":
            bar = self._accepted_at
            self.accept(action.orders, first_id=self._issued + 1)
            self._accepted_at = bar
        elif action.verb == "cancel":
            self._tell(self.execution.cancel(freeze(np.array((action.number,)))))
        else:
            self._issued += 1
            self._tell(self.execution.replace(self._change(action)))

    def _change(self, action: Action) -> ReplacesApproved:
        values = dict(action.values)

        def one(name: str) -> Any:
            return freeze(np.array((values.pop(name, NAN),)))

        number, place = np.array((action.number,)), np.array((self._issued,))
        names = {"quantity": "qty", "limit_offset": "offset"}
        fields = ("quantity", "limit", "stop", "trail", "trail_pct", "limit_offset")
        prices = {name: one(names.get(name, name)) for name in fields}
        change = ReplacesApproved(order_id=freeze(number), place=freeze(place), **prices)
        assert not values, f"replace: unknown words {values}"
        return change

    def open(self, bar: Bar) -> bool:
        """The first step of FILL; whether a second must follow, before which somebody may answer."""
        self._seq += 1
        block = freeze(np.array([[*bar, NAN if np.isnan(bar[0]) else 1.0]]).T.copy())
        none = freeze(np.empty((0, 1)))
        batch = MarketBatch(self._seq, self._time(self._seq), block, none, none, freeze(np.empty(0)))
        messages, more = self.execution.open_bar(batch)
        self._tell(messages)
        return more

    def rest(self) -> None:
        """The second step of FILL."""
        self._tell(self.execution.rest_of_bar())

    def accept(self, orders: Sequence[Asked], first_id: int = 1) -> None:
        """What arrives in DECIDE."""
        self._accepted_at = self._seq
        n = len(orders)
        self._issued = first_id + n - 1
        ids, quantity = np.arange(first_id, first_id + n), np.array([order.quantity for order in orders])
        columns = freeze(ids), freeze(np.zeros(n, np.int64)), freeze(quantity), freeze(np.zeros(n))
        terms = None if all(order.plain for order in orders) else self._terms(orders)
        self._tell(self.execution.accept(OrdersApproved(*columns, ("",) * n, terms)))

    def decide(self) -> None:
        """The end of DECIDE, in which orders may meet the close."""
        if self._same_close and self.execution.has_orders():
            self._tell(self.execution.close_bar())
            self.execution.mark()

    def end(self) -> None:
        """No bar follows."""
        self._tell(self.execution.expire())

    def _terms(self, orders: Sequence[Asked]) -> OrderTerms:
        def price(name: str) -> Any:
            return freeze(np.array([order.prices.get(name, NAN) for order in orders]))

        def number(values: Iterator[int]) -> Any:
            return freeze(np.array(list(values), np.int64))

        return OrderTerms(
            kind=number(int(order.kind) for order in orders),
            tif=number(int(order.tif) for order in orders),
            limit=price("limit"),
            stop=price("stop"),
            trail=price("trail"),
            trail_pct=price("trail_pct"),
            expire_ns=number(
                self._time(self._seq + order.until) if order.tif is TimeInForce.GTD else 0 for order in orders
            ),
            group=number(order.group for order in orders),
            parent=number(order.parent for order in orders),
            reduce_only=number(int(order.reduce_only) for order in orders),
        )

    def _time(self, seq: float) -> int:
        return int((seq + 1) * DAY_NS)

    def _tell(self, messages: Sequence[Message]) -> None:
        self.messages += messages
        bar = self._seq - self._accepted_at
        for message in messages:
            self.phrases += phrases_of(message, bar)


def phrases_of(message: Message, bar: int) -> Iterator[str]:
    """A message of bar `bar` in a row's words."""
    if isinstance(message, Fills):
        for order, quantity, price in zip(message.order_id, message.quantity, message.price, strict=True):
            yield f"#{order} filled {abs(quantity):g} at {price:.10g} {PLACES[message.point]} {bar}"
    elif isinstance(message, AmbiguousBars):
        for low_first, high_first in zip(message.stop, message.take, strict=True):
            yield f"ambiguous {low_first:.10g}/{high_first:.10g} in bar {bar}".replace("nan", "-")
    elif isinstance(message, OrdersReplaced):
        for order, place in zip(message.order_id, message.place, strict=True):
            yield f"#{order} {'replaced' if place == order else 'requeued'}"
    elif isinstance(message, OrdersRejected | OrdersCanceled | OrdersExpired | OrdersTrimmed | ReplacesRejected):
        for order, quantity, code in zip(message.order_id, message.quantity, message.reason, strict=True):
            yield f"#{order} {ending(message, abs(quantity), Reason(code), bar)}"


def ending(message: Message, quantity: float, reason: Reason, bar: int) -> str:
    if isinstance(message, OrdersRejected):
        return f"rejected {reason.name}"
    if isinstance(message, ReplacesRejected):
        return f"not replaced {reason.name}"
    if isinstance(message, OrdersTrimmed):
        return f"trimmed {quantity:g} {reason.name} in bar {bar}"
    if isinstance(message, OrdersCanceled):
        return f"canceled {quantity:g} {reason.name} in bar {bar}"
    return {Reason.END_OF_DATA: "rests", Reason.TIME_IN_FORCE: f"expired in bar {bar}"}[reason]


def most_sold(orders: Sequence[Asked]) -> float:
    """Units that the orders may sell together without an entry before; of a group only one goes."""
    sells = [order for order in orders if order.quantity < 0 and not order.parent]
    groups = {order.group: -order.quantity for order in sorted(sells, key=lambda sell: -sell.quantity) if order.group}
    return sum(-order.quantity for order in sells if not order.group) + sum(groups.values())


def play(rule: Rule, policy: PathPolicy) -> Account:
    """The account after a row's bars."""
    account = Account(rule, policy)
    for bar in rule.before[:-1]:
        account.bar(Met(bar))
        account.decide()
    account.bar(Met(rule.before[-1]))
    account.accept(rule.orders)
    for step in rule.bars:
        if isinstance(step, Action):
            account.act(step)
        else:
            account.decide()
            account.bar(step)
    account.decide()
    account.end()
    return account


def happens(rule: Rule, policy: PathPolicy) -> tuple[str, ...]:
    """What a row's last column says, as the engine has it."""
    return tuple(told_in_order(play(rule, policy).phrases))
