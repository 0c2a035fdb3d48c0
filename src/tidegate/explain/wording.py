"""Numbers, money, times and orders as a person reads them."""

import math
from collections.abc import Sequence
from enum import IntEnum

from tidegate.core.enums import OrderKind, Reason, TimeInForce
from tidegate.core.money import format_micros
from tidegate.core.time import format_ts
from tidegate.messages.orders import OrderColumns, OrderTargets, OrderTerms

LISTED = 3
"""So many of several things are named, the rest is counted."""


def figure(value: float) -> str:
    """`1,234.5`: at most six decimals, `-` for NaN."""
    if math.isnan(value):
        return "-"
    if value and abs(value) < 1e-6:
        return f"{value:.3g}"
    text = f"{value:,.6f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(micros: int, decimals: int = 2) -> str:
    """Micro-units as `1,234.57`."""
    return format_micros(micros, decimals)


def when(ts_ns: int) -> str:
    """A time; see `format_ts`."""
    return format_ts(ts_ns)


def member(kind: type[IntEnum], number: int) -> str:
    """`max_weight` for a number of an enum; the number itself where the enum has none such."""
    try:
        return kind(number).name.lower()
    except ValueError:
        return str(number)


def asset_name(universe: Sequence[str], column: int) -> str:
    """The asset's name, or its column where it has none."""
    return universe[column] if 0 <= column < len(universe) else f"asset {column}"


def side(quantity: float) -> str:
    """`buy 120` or `sell 120`."""
    return f"{'sell' if quantity < 0 else 'buy'} {figure(abs(quantity))}"


def listed(parts: Sequence[str], limit: int = LISTED, between: str = ", ") -> str:
    """The first few, and how many more there are."""
    more = len(parts) - limit
    return between.join(parts[:limit]) + (f" and {more:,} more" if more > 0 else "")


def counted(count: int, one: str, many: str = "") -> str:
    """`1 order`, `2 orders`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def order_text(orders: OrderColumns, row: int, universe: Sequence[str]) -> str:
    """`buy 120 A03 limit 99.5 gtc`: one of several orders."""
    words = [side(float(orders.quantity[row])), asset_name(universe, int(orders.asset[row]))]
    if orders.terms is not None:
        words.append(terms_text(orders.terms, row))
    return " ".join(filter(None, words))


def terms_text(terms: OrderTerms, row: int) -> str:
    """`stop_limit 99.5 / 101 day`: what makes an order more than a plain market order; empty where nothing does."""
    kind, tif = int(terms.kind[row]), int(terms.tif[row])
    prices = [float(column[row]) for column in (terms.limit, terms.stop, terms.trail)]
    words = [] if kind == OrderKind.MARKET else [member(OrderKind, kind)]
    words += [" / ".join(figure(price) for price in prices if not math.isnan(price))]
    if not math.isnan(pct := float(terms.trail_pct[row])):
        words.append(f"{pct:.4%}")
    if tif != TimeInForce.GTC:
        words.append(member(TimeInForce, tif))
    if terms.reduce_only[row]:
        words.append("reduce only")
    return " ".join(filter(None, words))


def target_text(targets: OrderTargets | None, row: int) -> str:
    """`4 % of equity` or `10,000 of money`: what a targeting order is to reach; empty for an order of units."""
    if targets is None:
        return ""
    weight, value = float(targets.weight[row]), float(targets.value[row])
    if not math.isnan(weight):
        return f"{figure(weight * 100)} % of equity"
    return "" if math.isnan(value) else f"a value of {figure(value)}"


def reason_text(reason: int, measured: float, limit: float, text: str) -> str:
    """`max_weight: measured 0.12, limit 0.1 (text of the rule)`."""
    words = member(Reason, reason)
    numbers = [
        f"{name} {figure(value)}" for name, value in (("measured", measured), ("limit", limit)) if value == value
    ]
    return words + (f": {', '.join(numbers)}" if numbers else "") + (f" ({text})" if text else "")
