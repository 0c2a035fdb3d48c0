# ruff: noqa: E501  (one case to a row, as wide as it is)
"""One corruption for each thing that a rule asks: the finding names the very record that was altered."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.unit.verify.altered import column, field, replaced
from tests.unit.verify.planted import Planted, expect

from tidegate.core.arrays import freeze
from tidegate.core.enums import FillPoint, PostingKind, Reason
from tidegate.core.ids import ORDERS_PER_SENDER
from tidegate.messages.account import AccountSnapshot, CashPosted, MarginCalled, TradesClosed
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, RunFinished
from tidegate.messages.market import FinerBars, MarketBatch
from tidegate.messages.orders import (
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersExpired,
    OrdersHeldBack,
    OrdersRejected,
    OrdersReplaced,
    OrdersSized,
    SubmitOrders,
)
from tidegate.messages.risk import ProtectiveLevels
from tidegate.verify import Rule

Where = Callable[[Any], bool]


def plus(step: float) -> Callable[[Any], Any]:
    return lambda value: value + step


def at_point(point: FillPoint, exits: bool = False) -> Where:
    """Fills at a point of the bar: of orders that were asked for, or exits at levels."""
    return lambda fills: fills.point == point and bool((fills.order_id[0] < ORDERS_PER_SENDER) == exits)


def posted(*kinds: PostingKind) -> Where:
    return lambda message: int(message.kind[0]) in kinds


def of_strategy(message: Any) -> bool:
    return bool(message.order_id[0] >= ORDERS_PER_SENDER)


def holds(message: Any) -> bool:
    return bool(message.quantity.any())


def settles(account: Any) -> bool:
    return bool(account.settled_micros < account.cash_micros)


def held(name: str, step: float) -> Callable[[Any], Any]:
    """Alters a column of an account where something is held."""
    return lambda message: column(name, plus(step), int(np.flatnonzero(message.quantity)[0]))(message)


def amounts(*names: str) -> Callable[[Any], Any]:
    return lambda message: replaced(
        message, **{f"{one}_micros": getattr(message, f"{one}_micros") + 1 for one in names}
    )


def twice(message: OrdersCanceled) -> Message:
    """Its first row comes again."""
    rows = np.append(0, np.arange(len(message.texts)))
    names = ("order_id", "asset", "quantity", "reason", "measured", "limit")
    columns = {name: freeze(getattr(message, name)[rows]) for name in names}
    return replaced(message, **columns, texts=("", *message.texts))


Case = tuple[Any, ...]
BOOKS: dict[str, Case] = {
    # what is altered            run          rule             message          how                                            which of them
    "cash of an account":       ("cash",      Rule.CASH,      AccountSnapshot, amounts("cash")),
    "settled cash":             ("cash",      Rule.CASH,      AccountSnapshot, amounts("settled")),
    "settled beyond cash":      ("settling",  Rule.CASH,      AccountSnapshot, field("settled_micros", plus(10**12))),
    "settled cash, a bit":      ("settling",  Rule.CASH,      AccountSnapshot, amounts("settled", "free"), settles),
    "all settled at once":      ("settling",  Rule.CASH,      AccountSnapshot, lambda m: replaced(m, settled_micros=m.cash_micros, free_micros=m.cash_micros), settles),
    "settled the same day":     ("settling_hours", Rule.CASH, AccountSnapshot, lambda m: replaced(m, settled_micros=m.cash_micros, free_micros=m.cash_micros), settles),
    "not settled in days":      ("settling_actions", Rule.CASH, AccountSnapshot, amounts("settled", "free"), lambda m: not settles(m)),
    "equity":                   ("cash",      Rule.EQUITY,    AccountSnapshot, amounts("equity")),
    "equity with futures":      ("futures",   Rule.EQUITY,    AccountSnapshot, amounts("equity"), holds),
    "gross value":              ("margin",    Rule.EQUITY,    AccountSnapshot, amounts("gross"), holds),
    "dividends to come":        ("actions",   Rule.EQUITY,    AccountSnapshot, amounts("receivable"), holds),
    "realized profit":          ("cash",      Rule.PROFITS,   AccountSnapshot, amounts("realized")),
    "unrealized profit":        ("futures",   Rule.PROFITS,   AccountSnapshot, amounts("unrealized"), holds),
    "carry":                    ("margin",    Rule.PROFITS,   AccountSnapshot, amounts("carry")),
    "commission so far":        ("cash",      Rule.PROFITS,   AccountSnapshot, amounts("commission")),
    "slippage so far":          ("cash",      Rule.PROFITS,   AccountSnapshot, amounts("slippage")),
    "initial margin":           ("margin",    Rule.MARGIN,    AccountSnapshot, amounts("initial"), holds),
    "maintenance margin":       ("futures",   Rule.MARGIN,    AccountSnapshot, amounts("maintenance"), holds),
    "free funds":               ("margin",    Rule.MARGIN,    AccountSnapshot, amounts("free")),
    "a margin call":            ("called",    Rule.MARGIN,    MarginCalled,    amounts("required")),
    "units held":               ("cash",      Rule.POSITIONS, AccountSnapshot, held("quantity", 1.0), holds),
    "cost of what is held":     ("cash",      Rule.POSITIONS, AccountSnapshot, held("cost_micros", 1), holds),
    "a mark":                   ("cash",      Rule.MARKS,     AccountSnapshot, held("mark", 0.01), holds),
    "held without a bar":       ("cash",      Rule.MARKS,     AccountSnapshot, field("stale", plus(1))),
    "cash of a fill":           ("cash",      Rule.POSTINGS,  Fills,           column("cash_micros", plus(1))),
    "commission of a fill":     ("cash",      Rule.POSTINGS,  Fills,           column("commission_micros", plus(1))),
    "number of a fill":         ("cash",      Rule.POSTINGS,  Fills,           column("fill_id", plus(1))),
    "what was posted":          ("cash",      Rule.POSTINGS,  CashPosted,      column("asset", lambda a: (a + 1) % 5), posted(PostingKind.TRADE)),
    "for which fill":           ("cash",      Rule.POSTINGS,  CashPosted,      column("fill_id", plus(9_000)), posted(PostingKind.TRADE)),
    "profit of a trade":        ("cash",      Rule.POSTINGS,  TradesClosed,    column("pnl_micros", plus(1))),
    "price of a trade":         ("cash",      Rule.POSTINGS,  TradesClosed,    column("exit_price", plus(0.01))),
    "units of a trade":         ("cash",      Rule.POSTINGS,  TradesClosed,    column("quantity", plus(1.0))),
    "bars of a trade":          ("cash",      Rule.POSTINGS,  TradesClosed,    column("bars_held", plus(1))),
    "fill of a trade":          ("cash",      Rule.POSTINGS,  TradesClosed,    column("fill_id", plus(9_000))),
    "slippage of a fill":       ("cash",      Rule.COSTS,     Fills,           column("slippage_micros", plus(1))),
}  # fmt: skip
ORDERS: dict[str, Case] = {
    # what is altered            run          rule              message          how                                            which of them
    "approved but not asked for": ("cash",      Rule.LIVES,      OrdersApproved,  column("order_id", plus(100_000)), of_strategy),
    "a fill of nobody's order": ("cash",      Rule.LIVES,      Fills,           column("order_id", plus(100_000)), at_point(FillPoint.OPEN)),
    "another order rejected":   ("cash",      Rule.LIVES,      OrdersRejected,  column("order_id", lambda _: 2 * ORDERS_PER_SENDER)),
    "another order canceled":   ("cash",      Rule.LIVES,      OrdersCanceled,  column("order_id", lambda _: 2 * ORDERS_PER_SENDER)),
    "an order canceled twice":  ("next_close", Rule.LIVES,     OrdersCanceled,  twice, lambda m: of_strategy(m) and m.reason[0] == Reason.CANCEL_REQUESTED),
    "another order expired":    ("cash",      Rule.LIVES,      OrdersExpired,   column("order_id", lambda _: 2 * ORDERS_PER_SENDER)),
    "an unknown one replaced":  ("volume",    Rule.LIVES,      OrdersReplaced,  column("order_id", plus(100_000))),
    "an unknown one held back": ("volume",    Rule.LIVES,      OrdersHeldBack,  column("order_id", plus(100_000)), of_strategy),
    "filled beyond its size":   ("cash",      Rule.QUANTITIES, Fills,           column("quantity", lambda q: 50.0 * q), at_point(FillPoint.BAR)),
    "filled against its side":  ("cash",      Rule.QUANTITIES, Fills,           column("quantity", lambda q: -q), at_point(FillPoint.OPEN)),
    "approved for more":        ("cash",      Rule.QUANTITIES, OrdersApproved,  column("quantity", lambda q: 2.0 * q), of_strategy),
    "accepted for more":        ("cash",      Rule.QUANTITIES, OrdersAccepted,  column("quantity", lambda q: 2.0 * q), of_strategy),
    "canceled for more":        ("next_close", Rule.QUANTITIES, OrdersCanceled, column("quantity", lambda q: 2.0 * q), lambda m: of_strategy(m) and m.reason[0] == Reason.CANCEL_REQUESTED),
    "expired for more":         ("cash",      Rule.QUANTITIES, OrdersExpired,   column("quantity", lambda q: 2.0 * q)),
    "held back for more":       ("volume",    Rule.QUANTITIES, OrdersHeldBack,  column("quantity", lambda q: 2.0 * q), of_strategy),
    "a target that turns":      ("sized",     Rule.QUANTITIES, OrdersSized,     column("quantity", lambda q: -q)),
    "a replaced one turns":     ("volume",    Rule.QUANTITIES, OrdersReplaced,  column("quantity", lambda q: -q)),
}  # fmt: skip
MARKET: dict[str, Case] = {
    # what is altered            run          rule           message          how                                            which of them
    "not at the open":          ("cash",      Rule.PRICES,  Fills,           column("reference", plus(0.01)), at_point(FillPoint.OPEN)),
    "not at the close":         ("next_close", Rule.PRICES, Fills,           column("reference", plus(0.01)), at_point(FillPoint.CLOSE)),
    "out of the bar":           ("cash",      Rule.PRICES,  Fills,           column("reference", lambda p: 2.0 * p), at_point(FillPoint.BAR)),
    "out of the finer bar":     ("finer",     Rule.PRICES,  Fills,           column("reference", lambda p: 2.0 * p), lambda m: m.finer_ts_ns >= 0),
    "no such finer bar":        ("finer",     Rule.PRICES,  Fills,           field("finer_ts_ns", plus(1)), lambda m: m.finer_ts_ns >= 0),
    "better than the market":   ("cash",      Rule.PRICES,  Fills,           lambda m: column("price", lambda p: p * (0.9 if m.quantity[0] > 0 else 1.1))(m), at_point(FillPoint.OPEN)),
    "the price of a target":    ("sized",     Rule.PRICES,  OrdersSized,     column("price", plus(0.01))),
    "more slippage":            ("cash",      Rule.COSTS,   Fills,           lambda m: column("price", plus(0.05 * np.sign(m.quantity[0])))(m), at_point(FillPoint.OPEN)),
    "more commission":          ("cash",      Rule.COSTS,   Fills,           column("commission_micros", plus(10))),
    "more than the volume":     ("volume",    Rule.VOLUME,  Fills,           column("quantity", lambda q: 50.0 * q)),
    "at another barrier":       ("cash",      Rule.BATCHES, Fills,           field("seq", plus(1))),
    "at another time":          ("cash",      Rule.BATCHES, AccountSnapshot, field("ts_ns", plus(1))),
    "another batch":            ("cash",      Rule.BATCHES, MarketBatch,     field("seq", plus(1))),
    "a time that goes back":    ("cash",      Rule.BATCHES, MarketBatch,     field("ts_ns", lambda _: 0)),
    "at another point":         ("cash",      Rule.TIMING,  Fills,           field("point", lambda _: 2), at_point(FillPoint.OPEN)),
    "no level":                 ("cash",      Rule.LEVELS,  Fills,           column("reference", lambda p: 1.0001 * p), at_point(FillPoint.BAR, exits=True)),
    "another phase":            ("cash",      Rule.BARRIERS, PhaseOpened,    field("seq", plus(1))),
    "another end":              ("cash",      Rule.BARRIERS, RunFinished,    field("seq", plus(1))),
    "columns that do not fit":  ("cash",      Rule.RECORDS, SubmitOrders,    field("priority", lambda p: p[:-1])),
    "an asset that is not":     ("cash",      Rule.RECORDS, Fills,           column("asset", plus(100))),
    "levels of other assets":   ("cash",      Rule.RECORDS, ProtectiveLevels, field("stop", lambda p: p[:-1])),
    "units of other assets":    ("cash",      Rule.RECORDS, AccountSnapshot, field("pending", lambda p: p[:-1])),
    "a mark for an asset less": ("cash",      Rule.RECORDS, AccountSnapshot, field("mark", lambda p: p[:-1])),
    "whole numbers for prices": ("cash",      Rule.RECORDS, ProtectiveLevels, field("take", lambda p: np.zeros(len(p), np.int64))),
    "real numbers for assets":  ("cash",      Rule.RECORDS, SubmitOrders,    field("asset", lambda a: a.astype(np.float64))),
    "a row of fills less":      ("cash",      Rule.RECORDS, Fills,           field("floats", lambda f: f[:-1])),
    "terms of fewer orders":    ("cash",      Rule.RECORDS, OrdersAccepted,  lambda m: field("terms", lambda t: t.rows(np.arange(len(m.order_id) - 1)))(m), lambda m: m.terms is not None),
    "a tag less for orders":    ("cash",      Rule.RECORDS, OrdersAccepted,  field("tags", lambda tags: tags[:-1])),
    "a tag more for fills":     ("cash",      Rule.RECORDS, Fills,           field("tags", lambda tags: (*tags, "x"))),
    "bars of other assets":     ("cash",      Rule.RECORDS, MarketBatch,     field("bars", lambda b: b[:, :-1])),
    "finer bars of others":     ("finer",     Rule.RECORDS, FinerBars,       field("bars", lambda b: b[:-1])),
}  # fmt: skip
ALL = {**BOOKS, **ORDERS, **MARKET}


@pytest.mark.parametrize("block_bytes", [None, 5_000])
@pytest.mark.parametrize("what", list(ALL))
def test_what_was_altered_is_named(what: str, block_bytes: int | None) -> None:
    run, rule, kind, change, *where = ALL[what]
    planted = Planted(run, rule, kind, change, *where)
    number, report = planted.report(block_bytes)
    expect(report, rule, number)
