"""Messages made by hand: short columns, and what a case does not speak of left at something harmless."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.ids import order_id
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.actions import ActionsApplied, OrdersAdjusted
from tidegate.messages.orders import FillCosts, Fills, OrderColumns, OrdersReplaced, OrderTerms, RefusalColumns
from tidegate.results.record import Table

MINUTE_NS = 60_000_000_000


def ts_of(barrier: int) -> int:
    """When a barrier was."""
    return 1_000 + barrier * MINUTE_NS


def equity(barriers: int) -> Table:
    """What of the table of equity says when barriers were."""
    return {"barrier": ints(range(barriers)), "ts_ns": ints(ts_of(barrier) for barrier in range(barriers))}


def ints(values: Any) -> IntArray:
    return np.array(list(values), np.int64)


def floats(values: Any) -> FloatArray:
    return np.array(list(values), np.float64)


def orders(
    kind: type[OrderColumns],
    *rows: tuple[int, float],
    asset: int = 0,
    tag: str = "target",
    terms: OrderTerms | None = None,
) -> Any:
    """A message about orders: (order id, quantity) each."""
    n = len(rows)
    return kind(
        ints(number for number, _ in rows),
        ints(asset + k for k in range(n)),
        floats(quantity for _, quantity in rows),
        np.full(n, -np.inf),
        (tag,) * n,
        terms,
    )


def stops(*prices: float) -> OrderTerms:
    """Stop orders of a day, with these stops."""
    n = len(prices)
    none, zero = np.full(n, np.nan), np.zeros(n, np.int64)
    return OrderTerms(zero + 2, zero + 1, none, floats(prices), none, none, zero, zero, zero, zero)


def replaced(*rows: tuple[int, float], price: float = np.nan) -> OrdersReplaced:
    """Orders that were replaced: (order id, units open) each, at columns of their own, all with this stop."""
    n = len(rows)
    order, quantity = ints(number for number, _ in rows), floats(units for _, units in rows)
    none, stop = np.full(n, np.nan), np.full(n, price)
    return OrdersReplaced(order, np.arange(n), quantity, quantity, none, stop, none, none, none, order + 1)


def refusal(
    kind: type[RefusalColumns],
    *rows: tuple[int, float],
    reason: int = 4,
    measured: float = np.nan,
    limit: float = np.nan,
    text: str = "",
    asset: int = 0,
) -> Any:
    """A message about orders that did not go through: (order id, quantity) each."""
    n = len(rows)
    return kind(
        ints(number for number, _ in rows),
        ints(asset + k for k in range(n)),
        floats(quantity for _, quantity in rows),
        np.full(n, reason, np.int64),
        np.full(n, measured),
        np.full(n, limit),
        (text,) * n,
    )


def fills(
    *rows: tuple[int, float], barrier: int = 0, first: int = 0, point: int = 0, tag: str = "target", finer: int = -1
) -> Fills:
    """Fills of (order id, quantity) each, at prices and amounts that tell rows and columns apart."""
    n = len(rows)
    number = np.arange(first, first + n)
    columns: dict[str, ArrayLike] = {
        "fill_id": number, "order_id": [order for order, _ in rows], "asset": number % 3,
        "cash_micros": number * 1_000 + 1, "commission_micros": number * 1_000 + 2,
        "slippage_micros": number * 1_000 + 3, "quantity": [quantity for _, quantity in rows], "price": number + 0.25,
        "reference": number + 0.5,
    }  # fmt: skip
    return Fills.of(columns, seq=barrier, ts_ns=ts_of(barrier), point=point, tags=(tag,) * n, finer_ts_ns=finer)


def trades(*rows: tuple[int, int], barrier: int = 0, tag: str = "target") -> TradesClosed:
    """Trades of (closing fill, barrier of the entry) each."""
    number, entry = ints(fill for fill, _ in rows), ints(opened for _, opened in rows)
    columns = {
        "fill_id": number, "asset": number % 3, "entry_seq": entry, "cost_micros": number * 100 + 1,
        "proceeds_micros": number * 100 + 2, "commission_micros": number * 100 + 3, "pnl_micros": number * 100 + 4,
        "bars_held": barrier - entry, "quantity": number + 0.125, "entry_price": number + 0.25,
        "exit_price": number + 0.5, "mae": -number - 0.75, "mfe": number + 0.75,
    }  # fmt: skip
    return TradesClosed.of(columns, seq=barrier, ts_ns=ts_of(barrier), tags=(tag,) * len(rows))


def postings(*amounts: int, barrier: int = 0, fill: int = -1) -> CashPosted:
    """Entries of the ledger."""
    n = len(amounts)
    columns = {"kind": [1] * n, "asset": [2] * n, "fill_id": range(fill, fill + n), "amount_micros": amounts}
    columns["currency"] = [0] * n
    return CashPosted.of(columns, seq=barrier, ts_ns=ts_of(barrier))


def parts(*fills: int, barrier: int = 0) -> FillCosts:
    """What the costs of these fills are made of."""
    columns = {
        "fill_id": fills, "asset": [1] * len(fills), "spread_micros": fills, "impact_micros": [5] * len(fills),
        "venue_micros": [-2] * len(fills), "maker": [1] * len(fills), "unmeasured": [4] * len(fills),
    }  # fmt: skip
    return FillCosts.of(columns, seq=barrier, ts_ns=ts_of(barrier))


def strategy_order(count: int, sender: int = 2) -> int:
    """The number of a strategy's order."""
    return order_id(sender, count)


def applied(*cash: int, barrier: int = 0) -> ActionsApplied:
    """Corporate actions that brought so much cash each."""
    n = len(cash)
    columns: dict[str, Any] = {name: range(n) for name in (*ActionsApplied.int_rows(), *ActionsApplied.float_rows())}
    return ActionsApplied.of(columns | {"cash_micros": cash}, seq=barrier, ts_ns=ts_of(barrier))


def adjusted(*rows: tuple[int, float]) -> OrdersAdjusted:
    """Orders that a split has changed: (order id, quantity) each."""
    n = len(rows)
    none = np.full(n, np.nan)
    columns = ints(number for number, _ in rows), ints(range(n)), floats(quantity for _, quantity in rows)
    return OrdersAdjusted(*columns, none, none, none, np.ones(n, np.int64))
