"""The raw tables made the slow way: message by message, row by row, in plain Python."""

from collections.abc import Iterator, Sequence
from typing import Any

from tidegate.core.enums import OrderKind, Reason
from tidegate.core.ids import PROTECTIVE_SENDER, RISK_SENDER, split_order_id
from tidegate.core.time import format_ts
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.actions import ActionsApplied, OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.blocks import IntColumns
from tidegate.messages.control import LogWritten
from tidegate.messages.orders import (
    FillCosts,
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersRejected,
    OrdersReplaced,
    OrdersSized,
    OrdersTrimmed,
    ReplacesDenied,
    ReplacesRejected,
    ReplacesTrimmed,
    SubmitOrders,
    TargetsSkipped,
)
from tidegate.messages.risk import AmbiguousBars, TradingHalted
from tidegate.results.joined import Moment

NAN = float("nan")
WORDS: dict[type[Message], str] = {
    OrdersDenied: "denied",
    OrdersTrimmed: "trimmed",
    OrdersRejected: "rejected",
    OrdersCanceled: "canceled",
    OrdersExpired: "expired",
    TargetsSkipped: "skipped",
}
CHANGES: dict[type[Message], str] = {
    ReplacesDenied: "change denied",
    ReplacesTrimmed: "change trimmed",
    ReplacesRejected: "change rejected",
}
TABLES = ("orders", "fills", "fill_costs", "trades", "postings", "actions", "risk", "log")
Row = dict[str, Any]
NO_COLUMNS = ("finer_ts_ns", "seq", "ts_ns", "point", "equity_micros", "tags", "texts", "terms", "targets")


def rows(moments: Sequence[Moment], opened: dict[int, int]) -> dict[str, list[Row]]:
    """The tables, a dict for each row. `opened`: when each barrier was."""
    made: dict[str, list[Row]] = {name: [] for name in TABLES}
    for moment in moments:
        for message in moment.messages:
            at = {"barrier": moment.barrier, "ts_ns": moment.ts_ns}
            made["orders"] += [at | row for row in appearing(message)]
            made["risk"] += [at | row for row in risks(message)]
            match message:
                case Fills():
                    same = {"point": message.point, "finer_ts_ns": message.finer_ts_ns}
                    made["fills"] += [at | same | row for row in columns(message)]
                case FillCosts():
                    made["fill_costs"] += [at | row for row in columns(message)]
                case TradesClosed():
                    for row in columns(message):
                        entry = row.pop("entry_seq")
                        made["trades"].append(at | row | {"entry_barrier": entry, "entry_ts_ns": opened[entry]})
                case ActionsApplied():
                    made["actions"] += [at | row for row in columns(message)]
                case CashPosted():
                    made["postings"] += [at | row for row in columns(message)]
                case LogWritten():
                    made["log"].append(at | {"source": message.source, "text": message.text})
    live(made["orders"], moments)
    return made


def columns(message: Any) -> Iterator[Row]:
    """Each entry of the message's arrays, and its tag."""
    if isinstance(message, IntColumns):
        names = [*message.int_rows(), *message.float_rows()]
    else:
        names = [name for name in message.__struct_fields__ if name not in NO_COLUMNS]
    for k in range(len(message.asset)):
        row = {name: getattr(message, name)[k].item() for name in names}
        if hasattr(message, "tags"):
            row["tag"] = message.tags[k]
        if hasattr(message, "texts"):
            row["text"] = message.texts[k]
        yield row


def appearing(message: Message) -> Iterator[Row]:
    """The orders that nobody spoke of before."""
    match message:
        case SubmitOrders():
            known = True
        case OrdersApproved():
            known = split_order_id(int(message.order_id[0]))[0] == RISK_SENDER
        case OrdersAccepted():
            known = split_order_id(int(message.order_id[0]))[0] == PROTECTIVE_SENDER
        case OrdersDenied():
            known = all(quantity == 0 for quantity in message.quantity)
        case TargetsSkipped():
            known = True
        case _:
            known = False
    terms = getattr(message, "terms", None)
    for k, row in enumerate(columns(message) if known else ()):
        conditions = {
            "type": 0, "tif": 0, "limit_price": NAN, "stop_price": NAN, "trail": NAN, "trail_pct": NAN,
            "limit_offset": NAN, "group": -1, "parent": -1, "reduce_only": 0, "replaced": 0,
        }  # fmt: skip
        if terms is not None:
            offset = terms.kind[k] == OrderKind.TRAILING_STOP_LIMIT
            conditions |= {
                "type": terms.kind[k], "tif": terms.tif[k], "limit_price": NAN if offset else terms.limit[k],
                "limit_offset": terms.limit[k] if offset else NAN, "stop_price": terms.stop[k],
                "trail": terms.trail[k], "trail_pct": terms.trail_pct[k], "group": terms.group[k] or -1,
                "parent": terms.parent[k] or -1, "reduce_only": terms.reduce_only[k],
            }  # fmt: skip
        yield conditions | {
            "order_id": row["order_id"], "asset": row["asset"], "requested": row["quantity"],
            "tag": row.get("tag", "target"), "approved": 0.0, "sized": NAN, "adjusted": NAN, "filled": 0.0,
            "status": "open", "reason": 0, "measured": NAN, "limit": NAN, "text": "",
        }  # fmt: skip


def happen(message: Message, order: Row, row: Row) -> None:
    """Tells what a row of a message makes of an order's figures."""
    match message:
        case OrdersApproved() if not order["replaced"]:  # no order is let through after it was replaced
            order["approved"] = row["quantity"]
        case OrdersAccepted() if split_order_id(row["order_id"])[0] == PROTECTIVE_SENDER and not order["replaced"]:
            order["approved"] = row["quantity"]
        case OrdersReplaced():
            order["replaced"] += 1
            order["approved"] = row["quantity"] + order["filled"]
            order |= {"limit_price": row["limit"], "stop_price": row["stop"]}
            order |= {name: row[name] for name in ("trail", "trail_pct", "limit_offset")}
        case OrdersSized():
            order["sized"] = row["quantity"]
        case OrdersAdjusted():
            order["adjusted"] = row["quantity"]
        case Fills():
            order["filled"] += row["quantity"]
            order["status"] = "filled"


def live(orders: list[Row], moments: Sequence[Moment]) -> None:
    """Tells the orders' lives."""
    of = {order["order_id"]: order for order in orders}
    for moment in moments:
        for message in moment.messages:
            if type(message) in CHANGES:
                continue
            for row in columns(message) if hasattr(message, "order_id") else ():
                order = of[row["order_id"]]
                happen(message, order, row)
                if type(message) in WORDS:
                    order |= {name: row[name] for name in ("reason", "measured", "limit", "text")}
                    if not isinstance(message, OrdersTrimmed):
                        order["status"] = WORDS[type(message)]


def risks(message: Message) -> Iterator[Row]:
    """What belongs into the table of risk."""
    none = {"asset": -1, "order_id": -1, "quantity": NAN, "reason": 0, "measured": NAN, "limit": NAN, "text": ""}
    words = WORDS | CHANGES
    if type(message) in words:
        for row in columns(message):
            yield none | row | {"kind": words[type(message)]}
    match message:
        case OrdersReplaced():
            for row in columns(message):
                kept = {name: row[name] for name in ("asset", "order_id", "quantity")}
                yield none | kept | {"kind": "replaced", "reason": int(Reason.REPLACED)}
        case OrdersAccepted():
            for row in columns(message):
                if split_order_id(row["order_id"])[0] == PROTECTIVE_SENDER:
                    kept = {name: row[name] for name in ("asset", "order_id", "quantity")}
                    yield none | kept | {"text": row["tag"], "kind": "exit"}
        case AmbiguousBars():
            for row in columns(message):
                text = f"finer bar {format_ts(message.finer_ts_ns)}" if message.finer_ts_ns >= 0 else ""
                levels = {"measured": row["stop"], "limit": row["take"]}
                yield none | {"asset": row["asset"], "kind": "ambiguous", "text": text} | levels
        case TradingHalted():
            yield none | {
                "kind": "halted",
                "reason": int(Reason.TRADING_HALTED),
                "text": f"{message.rule}: {message.text}",
            }
