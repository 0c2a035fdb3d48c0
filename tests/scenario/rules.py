"""Rules of orders, one row each.

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

from tidegate.core.enums import FillTiming, OrderKind, PathPolicy, TimeInForce
from tidegate.kernels.shortage import RANK, REJECT, SCALE

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
