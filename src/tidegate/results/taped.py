"""From the messages of a run to its raw tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.core.arrays import IntArray
from tidegate.core.enums import ActionKind
from tidegate.core.ids import PROTECTIVE_SENDER, RISK_SENDER
from tidegate.messages.account import CashPosted, MarginCalled, TradesClosed
from tidegate.messages.actions import ActionsApplied, OrdersAdjusted
from tidegate.messages.blocks import IntColumns
from tidegate.messages.control import LogWritten
from tidegate.messages.orders import (
    FillCosts,
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersDenied,
    OrdersReplaced,
    OrdersSized,
    SubmitOrders,
    TargetsSkipped,
    VolumeUnknown,
)
from tidegate.messages.risk import AmbiguousBars, TradingHalted
from tidegate.results.joined import Delivered, Joined, Moment, Room, Stacked
from tidegate.results.order_table import REFUSED, OrderTable, sent_by, unsized
from tidegate.results.record import SCHEMA, Kind, Table
from tidegate.results.risk_table import CHANGES_REFUSED, Risks, RiskTable

_CALLED = {"entry_seq": "entry_barrier"}
"""Columns of messages that are called otherwise in their table."""


def run_tables(moments: Sequence[Moment], equity: Table) -> tuple[dict[str, Table], dict[str, int]]:
    """The tables that come from messages, and how many rows of each kind those of risk and of actions have.

    Args:
        moments: of the barriers that had any messages, in order.
        equity: that table, which says when each barrier was.
    """
    told = Delivered(moments)
    fills, trades, postings = told.of(Fills), told.of(TradesClosed), told.of(CashPosted)
    fill_costs = told.of(FillCosts)
    actions = told.of(ActionsApplied)
    exits, approved = told.of(OrdersAccepted, where=sent_by(PROTECTIVE_SENDER)), told.of(OrdersApproved)
    replaced = told.of(OrdersReplaced)
    risks = Risks(
        told.of(*REFUSED), told.of(*CHANGES_REFUSED), replaced, exits, told.of(AmbiguousBars), told.of(MarginCalled),
        told.of(TradingHalted),
    )  # fmt: skip
    unknown = told.of(VolumeUnknown)
    sources = Stacked(
        told.of(SubmitOrders),
        exits,
        told.of(OrdersApproved, where=sent_by(RISK_SENDER)),
        told.of(OrdersDenied, where=unsized),
        told.of(TargetsSkipped),
    )
    rows = {
        "orders": sources.rows, "fills": fills.rows, "fill_costs": fill_costs.rows, "trades": trades.rows,
        "postings": postings.rows, "actions": actions.rows, "risk": Stacked(*risks).rows,
    }  # fmt: skip
    room = Room(sum(len(_numbers(name)) * n for name, n in rows.items()))
    tables = {
        "fills": _columns(Fills, fills, room),
        "fill_costs": _columns(FillCosts, fill_costs, room),
        "trades": _columns(TradesClosed, trades, room),
        "postings": _columns(CashPosted, postings, room),
        "actions": _columns(ActionsApplied, actions, room),
        "log": _log(told.of(LogWritten)),
    }
    sized, adjusted = told.of(OrdersSized), told.of(OrdersAdjusted)
    orders = OrderTable(sources, [approved, exits], sized, adjusted, risks.refusals, replaced, room)
    risk = RiskTable(risks, room)
    told.join()
    tables["fills"] |= {name: _of_messages(fills, name, room) for name in ("point", "finer_ts_ns")}
    tables["fills"]["tag"] = fills.texts("tags")
    opened = _opened(tables["trades"], equity, room)
    tables["trades"] |= {"entry_ts_ns": opened, "tag": trades.texts("tags")}
    tables["orders"] = orders.filled_in(fills, tables["fills"])
    tables["risk"], counts = risk.filled_in()
    counts["volume.unknown"] = unknown.rows
    kinds = np.bincount(np.asarray(tables["actions"]["kind"]), minlength=len(ActionKind)).tolist()
    counts |= {f"actions.{kind.name.lower()}": kinds[kind] for kind in ActionKind if kinds[kind]}
    return tables, counts


def _numbers(name: str) -> dict[str, Kind]:
    return {column: kind for column, kind in SCHEMA[name].items() if kind is not Kind.TEXT}


def _columns(kind: type[IntColumns], messages: Joined, room: Room) -> Table:
    """When the rows were, and the columns of the messages, whose blocks are wanted."""
    ints, floats = kind.int_rows(), kind.float_rows()
    blocks: dict[str, NDArray[Any]] = {"ints": room.int_block(len(ints), messages.rows)}
    if floats:
        blocks["floats"] = room.float_block(len(floats), messages.rows)
    messages.want(blocks)
    columns = {name: blocks["ints"][row] for name, row in ints.items()}
    columns |= {name: blocks["floats"][row] for name, row in floats.items()}
    return Stacked(messages).when(room) | {_CALLED.get(name, name): column for name, column in columns.items()}


def _of_messages(fills: Joined, field: str, room: Room) -> IntArray:
    """A column of what messages say for all of their rows at once."""
    values: IntArray = np.array([getattr(message, field) for message in fills.messages], np.int64)
    return room.copied(fills.each(values))


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
