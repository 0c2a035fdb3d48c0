"""Micro-tapes: a whole market and all that is asked in it, written in one line each.

Bars: `A 100 110/115/105/112 - ; B 50 50 50 50`: for each asset its bars, `open/high/low/close` or one number for all
four, `-` for none. Asks: `0 A+5, 1 A-3, 2 A~.04, 2 A$500, 2 =A:.5 B:.5, 3 cancel 0, 3 cancel all`: barrier, then a
market order, a target percent, a target value, target weights (all others to zero), or the order to cancel by its
count from 0.
Fills: `1o A+5@110, 2b A-5@90 stop_loss`: barrier, point (open, bar, close), asset, signed units, price, and the rule.
Refused: `trimmed 0 A+5 MAX_WEIGHT`: what happened, barrier, asset, signed units, reason. Trades: `A4 pnl 31.6`.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tests.oracle.records import FIRST_STRATEGY, SENDER, Floats, Request

FIELDS = ("open", "high", "low", "close")
POINTS = "obc"
RULES = ("stop_loss", "take_profit", "trailing_stop")


@dataclass(frozen=True)
class Case:
    """One row of a table. What is None is not compared; `cash` and `equity` are in currency units."""

    name: str
    bars: str
    asks: str
    settings: dict[str, Any]
    fills: str
    cash: float
    equity: str
    refused: str = ""
    trades: str | None = None
    waiting: str | None = None
    stale: str | None = None
    ambiguous: int = 0
    commission: float | None = None
    slippage: float | None = None
    positions: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What one run of a case gave, in the words of its row."""

    fills: list[tuple[int, str, str, float, float, str]]
    refused: list[tuple[str, int, str, float, str]]
    cash: int
    equity: list[int]
    trades: list[tuple[str, float, int]]
    waiting: list[int]
    stale: list[int]
    ambiguous: int
    commission: int
    slippage: int
    positions: dict[str, float] = field(default_factory=dict)


def parse_bars(text: str) -> tuple[tuple[str, ...], dict[str, Floats]]:
    """Names in order and (T, N) arrays by field."""
    columns: dict[str, list[tuple[float, ...]]] = {}
    for part in text.split(";"):
        name, *bars = part.split()
        columns[name] = [parse_bar(bar) for bar in bars]
    names = tuple(sorted(columns))
    table = np.array([columns[name] for name in names])
    return names, {field: np.ascontiguousarray(table[:, :, row].T) for row, field in enumerate(FIELDS)}


def parse_bar(text: str) -> tuple[float, ...]:
    """(open, high, low, close)."""
    if text == "-":
        return (np.nan,) * 4
    numbers = tuple(float(number) for number in text.split("/"))
    return numbers * 4 if len(numbers) == 1 else numbers


def parse_asks(text: str, names: tuple[str, ...]) -> dict[int, list[Request]]:
    """Requests by barrier, in the order in which they are written."""
    asks: dict[int, list[Request]] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        barrier, ask = part.split(" ", 1)
        asks.setdefault(int(barrier), []).append(parse_ask(ask, names))
    return asks


def parse_ask(text: str, names: tuple[str, ...]) -> Request:
    """One request."""
    if text == "cancel all":
        return ("cancel_all",)
    if text.startswith("cancel "):
        return ("cancel", FIRST_STRATEGY * SENDER + int(text.removeprefix("cancel ")))
    if text.startswith("="):
        pairs = (pair.split(":") for pair in text[1:].split())
        return ("weights", {names.index(name): float(weight) for name, weight in pairs})
    name, sign, number = re.fullmatch(r"(\w+?)([~$+-])([\d.e-]+)", text).groups()  # type: ignore[union-attr]  # a row that does not match is a mistake in the table
    if sign == "~":
        return ("percent", names.index(name), float(number))
    if sign == "$":
        return ("value", names.index(name), float(number))
    return ("order", names.index(name), float(sign + number))


def parse_fills(text: str) -> list[tuple[int, str, str, float, float, str]]:
    """(barrier, point, asset, units, price, tag)."""
    fills = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = re.fullmatch(r"(\d+)([obc]) ([A-Z]+)([+-][\d.]+)@([\d.e-]+)(?: (\w+))?", part)
        assert match, part
        barrier, point, asset, units, price, tag = match.groups()
        fills.append((int(barrier), point, asset, float(units), float(price), tag or ""))
    return fills


def parse_refused(text: str) -> list[tuple[str, int, str, float, str]]:
    """(kind, barrier, asset, units, reason)."""
    refused = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = re.fullmatch(r"(\w+) (\d+) ([A-Z]+)([+-][\d.]+) (\w+)", part)
        assert match, part
        kind, barrier, asset, units, reason = match.groups()
        refused.append((kind, int(barrier), asset, float(units), reason))
    return refused


def parse_trades(text: str) -> list[tuple[str, float, int]]:
    """(asset, units, profit in micro-units)."""
    trades = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = re.fullmatch(r"([A-Z]+)([\d.]+) pnl (-?[\d.]+)", part)
        assert match, part
        asset, units, pnl = match.groups()
        trades.append((asset, float(units), round(float(pnl) * 1e6)))
    return trades


def rule(tag: str) -> str:
    """The rule behind a fill, as a row names it: nothing for an order of the strategy's own."""
    return tag if tag in RULES else ""
