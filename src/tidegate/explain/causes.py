"""Why a fill or an order came about, as a chain that is walked backwards.

From the fill to the bar that it met; at a protective level, to the level and the position that it closed; else along
the order's life to the decision, and to what the decision was made on: the account and the values of its batch.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tidegate.core.enums import FillPoint
from tidegate.core.errors import UserError
from tidegate.core.ids import ORDERS_PER_SENDER, PROTECTIVE_SENDER, RISK_SENDER, order_id, order_label, split_order_id
from tidegate.core.time import format_ts
from tidegate.explain.chain import Chain, Link
from tidegate.explain.ledger import Event, cause_of, find_fill, in_barrier, life
from tidegate.explain.levels import level_links
from tidegate.explain.opening import Recorded
from tidegate.explain.seen import bar_link, seen_links
from tidegate.explain.summaries import fill_text, refusal_text, summary
from tidegate.explain.wording import asset_name, counted, figure, member, money, order_text, side, target_text
from tidegate.messages.account import MarginCalled, TradesClosed
from tidegate.messages.orders import FillCosts, Fills, OrderColumns, OrdersSized, RefusalColumns

_WORDS = {
    "SubmitOrders": "asked", "OrdersApproved": "approved", "OrdersAccepted": "accepted", "OrdersTrimmed": "trimmed",
    "OrdersDenied": "denied", "OrdersRejected": "rejected", "OrdersCanceled": "canceled", "OrdersExpired": "expired",
    "OrdersHeldBack": "held back", "OrdersSized": "sized", "OrdersReplaced": "replaced", "TargetsSkipped": "skipped",
    "OrdersAdjusted": "adjusted", "CancelOrders": "cancel asked", "ReplaceOrders": "change asked",
    "ReplacesApproved": "change approved", "ReplacesDenied": "change denied", "ReplacesTrimmed": "change trimmed",
    "ReplacesRejected": "change rejected", "Fills": "filled",
}  # fmt: skip
"""What happened to an order, by the type of the message that says so."""


def why_fill(recorded: Recorded, fill_id: int) -> Chain:
    """How a fill came about.

    Raises:
        UserError: there is no such fill.
    """
    fill = find_fill(recorded, fill_id)
    order, asset = int(fill.message.order_id[fill.row]), int(fill.message.asset[fill.row])
    events = life(recorded, order, fill.frame.barrier)
    links = [
        *_fill_links(recorded, fill, events),
        bar_link(recorded, fill.frame.barrier, asset, "bar"),
        *_order_links(recorded, [event for event in events if event.frame.number < fill.frame.number], fill),
    ]
    title = f"Fill {fill_id} of order {order_label(order)}: {fill_text(fill.message, fill.row, recorded.universe)}"
    return Chain(title, {"fill": fill_id, "order": order_label(order)}, tuple(links))


def why_order(recorded: Recorded, order: int) -> Chain:
    """What became of an order, and how it came about.

    Raises:
        UserError: nothing was said of such an order.
    """
    events = life(recorded, order)
    fills = [event for event in events if isinstance(event.message, Fills)]
    title = f"Order {order_label(order)}: {_subject(recorded, events)}, {counted(len(fills), 'fill')}"
    links = _order_links(recorded, events, fills[-1] if fills else None)
    return Chain(title, {"order": order_label(order), "fills": [_fill_id(event) for event in fills]}, tuple(links))


def parse_order(text: str) -> int:
    """The id behind `2-17`, or behind a plain number.

    Raises:
        UserError: it is neither.
    """
    sender, dash, count = text.partition("-")
    if dash and sender.isdecimal() and count.isdecimal() and int(count) < ORDERS_PER_SENDER:
        return order_id(int(sender), int(count))
    if not dash and text.isdecimal() and int(text) < 2**63:
        return int(text)
    raise UserError(f"--order '{text}': want sender and number as tables and logs name orders, such as 2-17")


def _fill_links(recorded: Recorded, fill: Event, events: list[Event]) -> Iterator[Link]:
    fills, row = fill.message, fill.row
    point = member(FillPoint, fills.point)
    finer = f", in the finer bar that ends {format_ts(fills.finer_ts_ns)}" if fills.finer_ts_ns >= 0 else ""
    slippage, commission = int(fills.slippage_micros[row]), int(fills.commission_micros[row])
    price, reference = float(fills.price[row]), float(fills.reference[row])
    paid = f"slippage {money(slippage)}, commission {money(commission)}"
    lines = [
        f"{fill_text(fills, row, recorded.universe)}, {_AT[fills.point]}{finer}",
        f"{figure(reference)} before slippage; {paid}, cash {money(int(fills.cash_micros[row]) - commission)}",
    ]
    values = {
        "quantity": float(fills.quantity[row]), "price": price, "reference": reference, "point": point,
        "slippage": slippage / 1e6, "commission": commission / 1e6, "tag": fills.tags[row],
    }  # fmt: skip
    for _, costs in in_barrier(recorded, FillCosts, fill.frame.barrier):
        for at in np.flatnonzero(costs.fill_id == fills.fill_id[row]).tolist():
            parts = {name: int(getattr(costs, f"{name}_micros")[at]) for name in ("spread", "impact", "venue")}
            lines.append("of these: " + ", ".join(f"{name} {money(micros)}" for name, micros in parts.items()))
            values |= {name: micros / 1e6 for name, micros in parts.items()}
    others = [event for event in events if isinstance(event.message, Fills) and _fill_id(event) != _fill_id(fill)]
    if others:
        lines.append("a part of its order; so were " + ", ".join(f"fill {_fill_id(event)}" for event in others))
    yield Link("fill", tuple(lines), fill.frame.number, fill.frame.barrier, fills.ts_ns, values)
    yield from _closed(recorded, fill)


def _closed(recorded: Recorded, fill: Event) -> Iterator[Link]:
    for frame, trades in in_barrier(recorded, TradesClosed, fill.frame.barrier):
        for row in np.flatnonzero(trades.fill_id == _fill_id(fill)).tolist():
            entry, pnl = float(trades.entry_price[row]), int(trades.pnl_micros[row])
            text = (
                f"closed {figure(abs(float(trades.quantity[row])))} of a position opened at barrier"
                f" {int(trades.entry_seq[row]):,} at {figure(entry)} on average: profit {money(pnl)} after commission,"
                f" held for {counted(int(trades.bars_held[row]), 'bar')}"
            )
            values = {"entry_barrier": int(trades.entry_seq[row]), "entry_price": entry, "profit": pnl / 1e6}
            yield Link("trade", (text,), frame.number, frame.barrier, trades.ts_ns, values)


def _order_links(recorded: Recorded, events: list[Event], fill: Event | None) -> Iterator[Link]:
    """The order's life, last things first, and what it began with."""
    for event in reversed(events):
        what = _WORDS.get(type(event.message).__name__, type(event.message).__name__)
        text, values = _said(recorded, event)
        who = recorded.sender(event.frame)
        ts_ns = recorded.time_ns(event.frame.barrier)
        yield Link(what, (f"by {who}: {text}",), event.frame.number, event.frame.barrier, ts_ns, values)
    if not events:
        return
    first = min(events, key=lambda event: event.frame.number)
    sender, _ = split_order_id(int(first.message.order_id[first.row]))
    yield from _margin(recorded, first)
    if sender == PROTECTIVE_SENDER and fill is not None:
        yield from level_links(recorded, fill)
        return
    yield _decision(recorded, first, by_rule=sender == RISK_SENDER)
    yield from seen_links(recorded, cause_of(first.frame), first.frame.barrier, _asset(first))


def _said(recorded: Recorded, event: Event) -> tuple[str, dict[str, Any]]:
    """What a message says of the order, in words and as values."""
    message, row, universe = event.message, event.row, recorded.universe
    if isinstance(message, Fills):
        return f"fill {_fill_id(event)}: {fill_text(message, row, universe)}", {"fill": _fill_id(event)}
    if isinstance(message, OrderColumns):
        target = target_text(message.targets, row)
        tag = message.tags[row]
        words = [order_text(message, row, universe), target and f"for {target}", tag and f"tag {tag}"]
        if np.isfinite(message.priority[row]):
            words.append(f"priority {figure(float(message.priority[row]))}")
        values = {"quantity": float(message.quantity[row]), "tag": tag, "target": target}
        return ", ".join(filter(None, words)), values
    if isinstance(message, RefusalColumns):
        return refusal_text(message, row, universe), {
            "quantity": float(message.quantity[row]), "measured": float(message.measured[row]),
            "limit": float(message.limit[row]), "reason": int(message.reason[row]),
        }  # fmt: skip
    if isinstance(message, OrdersSized):
        estimated, price = figure(abs(float(message.estimated[row]))), figure(float(message.price[row]))
        equity = money(message.equity_micros)
        return f"{side(float(message.quantity[row]))} at {price}, estimated {estimated}, with equity {equity}", {}
    return summary(message, universe), {}


def _decision(recorded: Recorded, first: Event, *, by_rule: bool) -> Link:
    cause = next((one for one in recorded.journal.frames(first.frame.barrier, first.frame.barrier)
                  if one.number in first.frame.causes), None)  # fmt: skip
    who, ts_ns = recorded.sender(first.frame), recorded.time_ns(first.frame.barrier)
    if cause is None:
        text = f"{who} sent it on its own account: not while it handled a message"
        return Link("decision", (text,), first.frame.number, first.frame.barrier, ts_ns, {"actor": who})
    said = summary(cause.message, recorded.universe)
    text = f"{who}, handling {cause.type}" + (f" ({said})" if said else "")
    if by_rule:
        text = f"rule {first.message.tags[first.row] or '?'} of {text}"
    return Link("decision", (text,), cause.number, cause.barrier, ts_ns, {"actor": who, "handling": cause.type})


def _margin(recorded: Recorded, first: Event) -> Iterator[Link]:
    """The margin call that an order may come from: of the same barrier, sent before it."""
    for frame, call in in_barrier(recorded, MarginCalled, first.frame.barrier):
        if frame.number < first.frame.number and recorded.sender(first.frame) == recorded.sender(frame):
            text = f"equity {money(call.equity_micros)} is below the {money(call.required_micros)} that it must be"
            yield Link("margin call", (text,), frame.number, frame.barrier, call.ts_ns, {})


def _subject(recorded: Recorded, events: list[Event]) -> str:
    for event in events:
        if isinstance(event.message, OrderColumns):
            return order_text(event.message, event.row, recorded.universe)
    return asset_name(recorded.universe, _asset(events[0]))


def _asset(event: Event) -> int:
    columns = getattr(event.message, "asset", None)
    return -1 if columns is None else int(columns[event.row])


def _fill_id(event: Event) -> int:
    return int(event.message.fill_id[event.row])


_AT = {FillPoint.OPEN: "at the open", FillPoint.BAR: "inside the bar", FillPoint.CLOSE: "at the close"}
