"""From the messages of a run to its raw tables."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.core.enums import Reason
from tidegate.core.ids import ORDERS_PER_SENDER, PROTECTIVE_SENDER, RISK_SENDER
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.base import Message
from tidegate.messages.control import LogWritten
from tidegate.messages.orders import (
    Fills,
    OrderColumns,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersRejected,
    OrdersTrimmed,
    RefusalColumns,
    SubmitOrders,
)
from tidegate.messages.risk import AmbiguousBars, TradingHalted
from tidegate.results.joined import Delivered, Joined, Moment, Room, Stacked
from tidegate.results.order_table import REFUSED, OrderTable, sent_by, unsized
from tidegate.results.record import SCHEMA, Kind, Table, empty_table
from tidegate.results.risk_table import Risks, RiskTable

__all__ = ["Moment", "order_table", "risk_table", "run_tables", "taped_tables"]

_FIELDS = {"entry_barrier": "entry_seq"}
"""Columns that are called otherwise in their message."""
_NO_FIELDS = ("barrier", "ts_ns", "entry_ts_ns", "point")
"""Columns of numbers that are no columns of a message."""


def run_tables(moments: Sequence[Moment], equity: Table) -> tuple[dict[str, Table], dict[str, int]]:
    """The tables orders, fills, trades, risk, postings and log, and how many rows of each kind the table risk has.

    Args:
        moments: of the barriers that had any messages, in order.
        equity: that table, which says when each barrier was.
    """
    told = Delivered(moments)
    fills, trades, postings = told.of(Fills), told.of(TradesClosed), told.of(CashPosted)
    exits, approved = told.of(OrdersAccepted, where=sent_by(PROTECTIVE_SENDER)), told.of(OrdersApproved)
    risks = Risks(told.of(*REFUSED), exits, told.of(AmbiguousBars), told.of(TradingHalted))
    sources = Stacked(
        told.of(SubmitOrders),
        exits,
        told.of(OrdersApproved, where=sent_by(RISK_SENDER)),
        told.of(OrdersDenied, where=unsized),
    )
    rows = {
        "orders": sources.rows, "fills": fills.rows, "trades": trades.rows, "postings": postings.rows,
        "risk": Stacked(*risks).rows,
    }  # fmt: skip
    room = Room(sum(len(_numbers(name)) * n for name, n in rows.items()))  # tidy: sum - of integers
    tables = {
        "fills": _columns("fills", fills, room),
        "trades": _columns("trades", trades, room),
        "postings": _columns("postings", postings, room),
        "log": _log(told.of(LogWritten)),
    }
    orders = OrderTable(sources, [approved, exits], risks.refusals, room)
    risk = RiskTable(risks, room)
    told.join()
    tables["fills"] |= {"point": _points(fills, room), "tag": fills.texts("tags")}
    opened = _opened(tables["trades"], equity, room)
    tables["trades"] |= {"entry_ts_ns": opened, "tag": trades.texts("tags")}
    tables["orders"] = orders.filled_in(fills, tables["fills"])
    tables["risk"], counts = risk.filled_in()
    return tables, counts


def _numbers(name: str) -> dict[str, Kind]:
    return {column: kind for column, kind in SCHEMA[name].items() if kind is not Kind.TEXT}


def _columns(name: str, messages: Joined, room: Room) -> Table:
    """When the rows were, and the columns that are fields of the messages, which are wanted."""
    n = messages.rows
    columns = {
        column: room.floats(n) if kind is Kind.FLOAT else room.ints(n)
        for column, kind in _numbers(name).items()
        if column not in _NO_FIELDS
    }
    messages.want({_FIELDS.get(column, column): values for column, values in columns.items()})
    return {**Stacked(messages).when(room), **columns}


def _points(fills: Joined, room: Room) -> IntArray:
    points: IntArray = np.array([message.point for message in fills.messages], np.int64)
    return room.copied(fills.each(points))


def _opened(trades: Table, equity: Table, room: Room) -> IntArray:
    """When the barriers were at which the positions of trades were opened."""
    rows = np.searchsorted(np.asarray(equity["barrier"]), np.asarray(trades["entry_barrier"]))
    return room.copied(np.asarray(equity["ts_ns"])[rows])


def _log(remarks: Joined) -> Table:
    return {
        "barrier": remarks.barrier,
        "ts_ns": remarks.ts_ns,
        "source": [message.source for message in remarks.messages],
        "text": [message.text for message in remarks.messages],
    }


Found = list[tuple[int, int, Any]]
"""(barrier, ts_ns, message)."""

_COLUMNS: dict[str, tuple[type[Message], dict[str, str]]] = {
    "fills": (Fills, {name: name for name in (
        "fill_id", "order_id", "asset", "quantity", "price", "reference", "cash_micros", "commission_micros",
        "slippage_micros",
    )}),
    "trades": (TradesClosed, {"entry_barrier": "entry_seq"} | {name: name for name in (
        "fill_id", "asset", "quantity", "entry_price", "exit_price", "cost_micros", "proceeds_micros",
        "commission_micros", "pnl_micros", "mae", "mfe", "bars_held",
    )}),
    "postings": (CashPosted, {name: name for name in ("kind", "asset", "fill_id", "amount_micros")}),
}  # fmt: skip
"""Tables that are messages' columns joined: the message type, and its field for each column."""

_STATUS: dict[type[Message], str] = {
    OrdersDenied: "denied",
    OrdersTrimmed: "trimmed",
    OrdersRejected: "rejected",
    OrdersCanceled: "canceled",
    OrdersExpired: "expired",
}


def _find(moments: Sequence[Moment], kind: type[Message]) -> Found:
    return [(m.barrier, m.ts_ns, message) for m in moments for message in m.messages if isinstance(message, kind)]


def _join(found: Found, field: str, dtype: type) -> NDArray[Any]:
    return np.concatenate([getattr(message, field) for _, _, message in found]) if found else np.empty(0, dtype)


def _when(found: Found, sizes: Sequence[int]) -> Table:
    return {
        "barrier": np.repeat(np.array([barrier for barrier, _, _ in found], np.int64), sizes),
        "ts_ns": np.repeat(np.array([ts_ns for _, ts_ns, _ in found], np.int64), sizes),
    }


def taped_tables(moments: Sequence[Moment]) -> dict[str, Table]:
    """The tables fills, trades (without entry times), postings and log."""
    tables: dict[str, Table] = {}
    for name, (kind, fields) in _COLUMNS.items():
        found = _find(moments, kind)
        empty = empty_table(name)
        sizes = [len(message.asset) for _, _, message in found]
        table = _when(found, sizes)
        for column, field in fields.items():
            table[column] = _join(found, field, np.asarray(empty[column]).dtype.type)
        if "tag" in empty:
            table["tag"] = [tag for _, _, message in found for tag in message.tags]
        tables[name] = table
    fills = _find(moments, Fills)
    points = np.array([message.point for _, _, message in fills], np.int64)
    tables["fills"]["point"] = np.repeat(points, [len(message.tags) for _, _, message in fills])
    log = _find(moments, LogWritten)
    tables["log"] = {
        **_when(log, [1] * len(log)),
        "source": [message.source for _, _, message in log],
        "text": [message.text for _, _, message in log],
    }
    return tables


class _Orders:
    """Rows by order id, in the order in which orders first appear."""

    def __init__(self, sources: Found) -> None:
        self.ids: IntArray = _join(sources, "order_id", np.int64).astype(np.int64)
        self._sorted = np.argsort(self.ids, kind="stable")

    def rows(self, ids: IntArray) -> IntArray:
        """The rows of orders that are all known."""
        places: IntArray = self._sorted[np.searchsorted(self.ids, ids, sorter=self._sorted)]
        return places


def order_table(moments: Sequence[Moment]) -> Table:
    """One row for each order: where it came from, what became of it, and why."""
    sources = list(_sources(moments))
    orders = _Orders(sources)
    n = len(orders.ids)
    table: Table = {
        **_when(sources, [len(message.order_id) for _, _, message in sources]),
        "order_id": orders.ids,
        "asset": _join(sources, "asset", np.int64).astype(np.int64),
        "requested": _join(sources, "quantity", np.float64).astype(np.float64),
        "tag": [tag for _, _, message in sources for tag in _tags(message)],
    }
    approved, filled = np.zeros(n), np.zeros(n)
    reason, measured, limit = np.zeros(n, np.int64), np.full(n, np.nan), np.full(n, np.nan)
    status, text = ["open"] * n, [""] * n
    for moment in moments:
        for message in moment.messages:
            if isinstance(message, OrdersApproved) or (isinstance(message, OrdersAccepted) and _is_protective(message)):
                approved[orders.rows(message.order_id)] = message.quantity
            elif isinstance(message, Fills):
                rows = orders.rows(message.order_id)
                np.add.at(filled, rows, message.quantity)
                for row in rows.tolist():
                    status[row] = "filled"
            elif isinstance(message, RefusalColumns):
                rows = orders.rows(message.order_id)
                reason[rows], measured[rows], limit[rows] = message.reason, message.measured, message.limit
                word = _STATUS[type(message)]
                for row, said in zip(rows.tolist(), message.texts, strict=True):
                    text[row] = said
                    if word != "trimmed":
                        status[row] = word
    columns = {"approved": approved, "filled": filled, "reason": reason, "measured": measured, "limit": limit}
    return {**table, **columns, "status": status, "text": text}


def _sources(moments: Sequence[Moment]) -> Iterator[tuple[int, int, Any]]:
    """The messages in which orders first appear, each with its barrier."""
    for moment in moments:
        for message in moment.messages:
            if _is_source(message):
                yield moment.barrier, moment.ts_ns, message


def _is_source(message: Message) -> bool:
    """Requests of strategies, exits of rules, exits at levels, and what could not be sized and was never sent."""
    if isinstance(message, OrdersApproved):
        return _sender(message) == RISK_SENDER
    if isinstance(message, OrdersAccepted):
        return _is_protective(message)
    if isinstance(message, OrdersDenied):
        return bool((message.quantity == 0.0).all())
    return isinstance(message, SubmitOrders)


def _sender(message: OrderColumns) -> int:
    return int(message.order_id[0]) // ORDERS_PER_SENDER


def _is_protective(message: OrderColumns) -> bool:
    return _sender(message) == PROTECTIVE_SENDER


def _tags(message: Any) -> tuple[str, ...]:
    return message.tags if isinstance(message, OrderColumns) else ("target",) * len(message.order_id)


def risk_table(moments: Sequence[Moment]) -> tuple[Table, dict[str, int]]:
    """Refusals, protective exits, ambiguous bars and halts, with how many of each there were."""
    parts: list[tuple[int, int, str, IntArray, IntArray, FloatArray, IntArray, FloatArray, FloatArray, Any]] = []
    for moment in moments:
        for message in moment.messages:
            part = _risk_part(message)
            if part is not None:
                parts.append((moment.barrier, moment.ts_ns, *part))
    sizes = [len(part[3]) for part in parts]
    kinds = [part[2] for part in parts for _ in range(len(part[3]))]
    table: Table = {
        "barrier": np.repeat(np.array([part[0] for part in parts], np.int64), sizes),
        "ts_ns": np.repeat(np.array([part[1] for part in parts], np.int64), sizes),
        "kind": kinds,
        "text": [text for part in parts for text in part[9]],
    }
    names = ("asset", "order_id", "quantity", "reason", "measured", "limit")
    for place, name in enumerate(names, 3):
        dtype = np.float64 if name in ("quantity", "measured", "limit") else np.int64
        values = [part[place] for part in parts]
        table[name] = np.concatenate(values).astype(dtype) if values else np.empty(0, dtype)
    counted = Counter(kinds)
    counts = {f"orders.{word}": counted.get(word, 0) for word in _STATUS.values()}
    counts["exits.protective"] = counted.get("exit", 0)
    counts["bars.ambiguous"] = counted.get("ambiguous", 0)
    counts["trading.halted"] = counted.get("halted", 0)
    return table, counts


def _risk_part(message: Message) -> tuple[Any, ...] | None:
    """(kind, asset, order_id, quantity, reason, measured, limit, texts) of what belongs into the risk table."""
    if isinstance(message, RefusalColumns):
        return (
            _STATUS[type(message)], message.asset, message.order_id, message.quantity, message.reason,
            message.measured, message.limit, message.texts,
        )  # fmt: skip
    if isinstance(message, OrdersAccepted) and _is_protective(message):
        n = len(message.tags)
        none = np.full(n, np.nan)
        return (
            "exit",
            message.asset,
            message.order_id,
            message.quantity,
            np.zeros(n, np.int64),
            none,
            none,
            message.tags,
        )
    if isinstance(message, AmbiguousBars):
        n = len(message.asset)
        no_order, no_reason = np.full(n, -1), np.zeros(n, np.int64)
        nothing = np.full(n, np.nan)
        return "ambiguous", message.asset, no_order, nothing, no_reason, message.stop, message.take, ("",) * n
    if isinstance(message, TradingHalted):
        none_int, none = np.array((-1,)), np.array((np.nan,))
        return (
            "halted", none_int, none_int, none, np.array((int(Reason.TRADING_HALTED),)), none, none,
            (f"{message.rule}: {message.text}",),
        )  # fmt: skip
    return None
