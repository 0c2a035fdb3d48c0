"""Rules of orders, one row each, and an account on which to try them.

A row has four parts: `orders | bars | under | what happens`.

Orders: `buy 10`, `sell 10 limit 105 day`, `sell 10 stop 95 limit 94`, `sell 10 trail 5`, `sell 10 trail 10% limit 1`;
`;` between orders on their own, `or` between those that cancel one another. `gtd 2` lives until bar 2; `after 1` sleeps
until the first order of the row fills; `reduce` may only reduce a position.
Bars: `100 101 94 97 , - , 96`: open high low close of bar 1, no bar 2, and a bar 3 of one price. The bars before are in
brackets; the orders are accepted at the last of them, bar 0, which is `[100]` where a row does not say. Between bars,
and after `&` between the fills at a bar's open and its rest, orders are changed and asked for: `replace 1 limit 96 qty
-5`, `order buy 5 limit 95`, `cancel 1`.
Under: the path policies for which the row holds, or `any`; then what is not as usual: `through`, `next_close`,
`same_close`, `slip 1%`, `fee 1`, `cash 500`, `rank`, `reject`, `fractional`, `hold 10`: units held at acceptance, which
are as many as the orders sell where a row does not say.
What happens: `#2 filled 10 at 95 in bar 1` (`at open 1`, `at close 1`), `#1 canceled 10 NO_POSITION in bar 1`,
`expired in bar 1`, `rejected NO_PRICE`, `rests` when the bars are over, and `ambiguous 95/105 in bar 1` with the price
on the path that falls first, then that on the other; `#1 replaced` where it keeps its place, `#1 requeued` where it
loses it, `#1 not replaced CANNOT_REPLACE`, `#2 trimmed 5 PARENT_ENDED in bar 1`. A single order needs no number.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tests.unit.kernels.made import declared

from tidegate.core.arrays import freeze
from tidegate.core.enums import FillTiming, OrderKind, PathPolicy, Reason, TimeInForce
from tidegate.kernels.execution import Execution
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.shortage import RANK, REJECT, SCALE
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
NAN = float("nan")
Bar = tuple[float, ...]
POLICIES = {policy.value: policy for policy in PathPolicy} | {"nearest": PathPolicy.NEAREST_TO_OPEN}
TIMINGS = {timing.value: timing for timing in FillTiming}
SHARING = {"scale": SCALE, "rank": RANK, "reject": REJECT}
LIVES = {tif.name.lower(): tif for tif in TimeInForce}
KINDS = {
    frozenset[str](): OrderKind.MARKET,
    frozenset({"limit"}): OrderKind.LIMIT,
    frozenset({"stop"}): OrderKind.STOP,
    frozenset({"stop", "limit"}): OrderKind.STOP_LIMIT,
    frozenset({"trail"}): OrderKind.TRAILING_STOP,
    frozenset({"trail", "limit"}): OrderKind.TRAILING_STOP_LIMIT,
}
ACTIONS = ("order", "replace", "cancel")
PLACES = ("at open", "in bar", "at close")


@dataclass(frozen=True)
class Asked:
    """One order of a row; `until` is the bar of `gtd`, `parent` the number of the order that must fill first."""

    quantity: float
    kind: OrderKind
    tif: TimeInForce
    prices: dict[str, float]
    until: float
    group: int
    parent: int = 0
    reduce_only: bool = False

    @property
    def plain(self) -> bool:
        found = self.kind, self.tif, self.group, self.reduce_only
        return found == (OrderKind.MARKET, TimeInForce.GTC, 0, False)


@dataclass(frozen=True)
class Action:
    """Something asked for: `order` with orders, `cancel` and `replace` with the number of one, and its new values."""

    verb: str
    number: int = 0
    values: tuple[tuple[str, float], ...] = ()
    orders: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Met:
    """A bar, and what is asked for between the fills at its open and its rest."""

    bar: Bar
    within: tuple[Action, ...] = ()


Step = Met | Action


@dataclass(frozen=True)
class Under:
    """What a row holds for."""

    policies: tuple[PathPolicy, ...]
    timing: FillTiming = FillTiming.NEXT_OPEN
    shortage: int = SCALE
    through: bool = False
    fractional: bool = False
    slip: float = 0.0
    fee: float = 0.0
    cash: float = 1e6
    hold: float | None = None


@dataclass(frozen=True)
class Rule:
    """One row."""

    text: str
    orders: tuple[Asked, ...]
    before: tuple[Bar, ...]
    bars: tuple[Step, ...]
    under: Under
    happens: tuple[str, ...] = field(compare=False)


def parse_table(table: str) -> list[Rule]:
    """The rows of a table; a line that begins with `#` is a heading."""
    lines = (line.strip() for line in table.splitlines())
    return [parse_rule(line) for line in lines if line and not line.startswith("# ")]


def parse_rule(text: str) -> Rule:
    orders, bars, under, happens = (part.strip() for part in text.split("|"))
    before, after = re.fullmatch(r"(?:\[(.*?)\])?(.*)", bars).groups()  # type: ignore[union-attr]  # matches anything
    asked = tuple(parse_orders(orders))
    phrases = (" ".join(phrase.split()) for phrase in happens.split(","))
    numbered = [phrase if phrase.startswith(("#", "ambiguous")) else f"#1 {phrase}" for phrase in phrases]
    return Rule(
        " | ".join(" ".join(part.split()) for part in (orders, bars, under)),
        asked,
        parse_bars(before or "100"),
        parse_steps(after),
        parse_under(under),
        tuple(told_in_order(numbered)),
    )


def parse_orders(text: str) -> Iterator[Asked]:
    groups = 0
    for unit in text.split(";"):
        members = re.split(r"\bor\b", unit)
        groups += len(members) > 1
        yield from (parse_order(member, groups if len(members) > 1 else 0) for member in members)


def parse_order(text: str, group: int) -> Asked:
    side, number, *rest = text.split()
    words, prices, tif, until, parent = iter(rest), dict[str, float](), TimeInForce.GTC, 0.0, 0
    reduce_only = False
    for word in words:
        if word == "after":
            parent = int(next(words))
        elif word == "reduce":
            reduce_only = True
        elif word in LIVES:
            tif = LIVES[word]
            until = float(next(words)) if tif is TimeInForce.GTD else 0.0
        else:
            price = next(words)
            prices[word + "_pct" if price.endswith("%") else word] = parse_share(price)
    kind = KINDS[frozenset(name.removesuffix("_pct") for name in prices)]
    return Asked({"buy": 1, "sell": -1}[side] * float(number), kind, tif, prices, until, group, parent, reduce_only)


def parse_share(text: str) -> float:
    """`5` as it is, `10%` as 0.1."""
    return float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)


def parse_bars(text: str) -> tuple[Bar, ...]:
    return tuple(parse_bar(bar.split()) for bar in text.split(",") if bar.strip())


def parse_steps(text: str) -> tuple[Step, ...]:
    """Bars, with what is asked for before and within them."""
    return tuple(step for item in text.split(",") if item.strip() for step in parse_step(item.strip()))


def parse_step(text: str) -> Iterator[Step]:
    first, *within = (part.strip() for part in text.split("&"))
    if first.split()[0] in ACTIONS:
        yield parse_action(first)
    else:
        yield Met(parse_bar(first.split()), tuple(map(parse_action, within)))


def parse_action(text: str) -> Action:
    verb, rest = text.split(maxsplit=1)
    if verb == "order":
        return Action(verb, orders=tuple(parse_orders(rest)))
    number, *words = rest.split()
    values = zip(words[::2], words[1::2], strict=True)
    named = {name + "_pct" if value.endswith("%") else name: parse_share(value) for name, value in values}
    return Action(verb, int(number), tuple(named.items()))


def parse_bar(words: Sequence[str]) -> Bar:
    if words == ["-"]:
        return (NAN,) * 4
    bar = tuple(float(word) for word in words) * (4 if len(words) == 1 else 1)
    start, high, low, close = bar
    assert low <= min(start, close) <= max(start, close) <= high, f"no bar: {words}"
    return bar


def parse_under(text: str) -> Under:
    words, policies, found = iter(text.split()), list[PathPolicy](), dict[str, Any]()
    for word in words:
        if word == "any":
            policies += PathPolicy
        elif word in POLICIES:
            policies.append(POLICIES[word])
        elif word in TIMINGS:
            found["timing"] = TIMINGS[word]
        elif word in SHARING:
            found["shortage"] = SHARING[word]
        elif word in ("through", "fractional"):
            found[word] = True
        else:
            found[word] = parse_share(next(words))
    assert policies, f"no path policy: {text}"
    return Under(tuple(policies), **found)


def told_in_order(phrases: Sequence[str]) -> list[str]:
    """Doubts last: where among its bar's other messages one is told is no part of a rule."""
    return sorted(phrases, key=lambda phrase: phrase.startswith("ambiguous"))


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
