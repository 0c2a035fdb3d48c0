"""A message in a line: what a person wants to see of it among many."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidegate.core.enums import ActionKind, FillPoint, PostingKind
from tidegate.core.ids import order_label
from tidegate.explain.wording import asset_name, counted, figure, listed, member, money, order_text, reason_text, side
from tidegate.explain.wording import when as moment
from tidegate.messages.account import AccountSnapshot, CashPosted, MarginCalled, TradesClosed
from tidegate.messages.actions import ActionsApplied, CorporateActions, OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended, PhaseOpened, RunFinished, StopRequested
from tidegate.messages.control import BarrierCommitted, LogWritten
from tidegate.messages.market import (
    EndOfData,
    FinerBars,
    FinerBarsReference,
    MarketBatch,
    MarketBatchReference,
    UniverseDeclared,
)
from tidegate.messages.orders import (
    CancelOrders,
    ChangeColumns,
    FillCosts,
    Fills,
    OrderColumns,
    OrdersReplaced,
    OrdersSized,
    RefusalColumns,
    VolumeUnknown,
)
from tidegate.messages.risk import AmbiguousBars, ProtectiveLevels, TradingHalted, TrailingStops

Universe = Sequence[str]


def summary(message: Message, universe: Universe) -> str:
    """What a message says, in short; empty where its type says it all, or is not known here."""
    for kind, say in _SAID.items():
        if isinstance(message, kind):
            try:
                return say(message, universe)
            except (IndexError, ValueError, TypeError, OverflowError):
                return "its columns do not fit together"  # no writer of ours, but a journal may come from anywhere
    return ""


def fill_text(fills: Fills, row: int, universe: Universe) -> str:
    """`buy 120 A03 at 101.25`."""
    what = side(float(fills.quantity[row]))
    return f"{what} {asset_name(universe, int(fills.asset[row]))} at {figure(float(fills.price[row]))}"


def refusal_text(refused: RefusalColumns, row: int, universe: Universe) -> str:
    """`sell 30 A03, max_weight: measured 0.12, limit 0.1`."""
    numbers = float(refused.measured[row]), float(refused.limit[row])
    why = reason_text(int(refused.reason[row]), *numbers, refused.texts[row])
    quantity = float(refused.quantity[row])
    return f"{side(quantity)} {asset_name(universe, int(refused.asset[row]))}, {why}"


def _universe(message: UniverseDeclared, _: Universe) -> str:
    values = [
        counted(len(names), one)
        for names, one in ((message.signals, "signal"), (message.features, "feature"), (message.context, "context"))
        if names
    ]
    come = [counted(message.barriers, "batch", "batches")] if message.barriers >= 0 else []
    return ", ".join([counted(len(message.assets), "asset"), *values, *come])


def _opened(message: PhaseOpened, _: Universe) -> str:
    return f"{message.phase.name} opens" + (f", step {message.step}" if message.step else "")


def _batch(message: MarketBatch, _: Universe) -> str:
    bars = f"{np.count_nonzero(message.has_bar):,} of {counted(message.bars.shape[1], 'asset')} have a bar"
    return f"{moment(message.ts_ns)}: {bars}"


def _orders(message: OrderColumns, universe: Universe) -> str:
    return listed([order_text(message, row, universe) for row in range(len(message.order_id))])


def _refused(message: RefusalColumns, universe: Universe) -> str:
    return listed([refusal_text(message, row, universe) for row in range(len(message.order_id))], between="; ")


def _labels(message: CancelOrders | ChangeColumns, _: Universe) -> str:
    return listed([f"order {order_label(order)}" for order in message.order_id.tolist()])


def _changed(message: OrdersReplaced | OrdersAdjusted, universe: Universe) -> str:
    return listed(
        [
            f"order {order_label(order)} is {side(quantity)} {asset_name(universe, asset)}"
            for order, quantity, asset in zip(
                message.order_id.tolist(), message.quantity.tolist(), message.asset.tolist(), strict=True
            )
        ]
    )


def _sized(message: OrdersSized, universe: Universe) -> str:
    rows = zip(message.quantity.tolist(), message.asset.tolist(), message.price.tolist(), strict=True)
    parts = [f"{side(quantity)} {asset_name(universe, asset)} at {figure(price)}" for quantity, asset, price in rows]
    return listed(parts)


def _fills(message: Fills, universe: Universe) -> str:
    parts = [fill_text(message, row, universe) for row in range(len(message.fill_id))]
    return f"{member(FillPoint, message.point)}: {listed(parts)}"


def _costs(message: FillCosts, _: Universe) -> str:
    spread, impact = int(message.spread_micros.sum()), int(message.impact_micros.sum())
    return f"spread {money(spread)}, impact {money(impact)}, venue {money(int(message.venue_micros.sum()))}"


def _snapshot(message: AccountSnapshot, _: Universe) -> str:
    held, pending = int(np.count_nonzero(message.quantity)), int(np.count_nonzero(message.pending))
    parts = [f"equity {money(message.equity_micros)}", f"cash {money(message.cash_micros)}", counted(held, "position")]
    return ", ".join(parts + ([f"{pending:,} pending"] if pending else []))


def _posted(message: CashPosted, _: Universe) -> str:
    kinds = sorted(set(message.kind.tolist()))
    sums = [int(message.amount_micros[message.kind == kind].sum()) for kind in kinds]
    told = zip(kinds, sums, strict=True)
    return listed([f"{member(PostingKind, kind)} {money(amount)}" for kind, amount in told], 6)


def _closed(message: TradesClosed, universe: Universe) -> str:
    rows = zip(message.asset.tolist(), message.pnl_micros.tolist(), message.tags, strict=True)
    return listed(
        [f"{asset_name(universe, asset)} {money(pnl)}" + (f" ({tag})" if tag else "") for asset, pnl, tag in rows]
    )


def _levels(message: ProtectiveLevels, _: Universe) -> str:
    sides = [("stop", message.stop), ("take", message.take)]
    return ", ".join(counted(int(np.count_nonzero(level == level)), name) for name, level in sides)


def _ambiguous(message: AmbiguousBars, universe: Universe) -> str:
    return listed([asset_name(universe, asset) for asset in message.asset.tolist()])


def _actions(message: CorporateActions | ActionsApplied, universe: Universe) -> str:
    rows = zip(message.kind.tolist(), message.asset.tolist(), strict=True)
    return listed([f"{member(ActionKind, kind)} of {asset_name(universe, asset)}" for kind, asset in rows])


def _unknown(message: VolumeUnknown, universe: Universe) -> str:
    return listed([asset_name(universe, asset) for asset in message.asset.tolist()])


_SAID: dict[type[Message], Callable[[Any, Universe], str]] = {
    PhaseOpened: _opened,
    PhaseExtended: lambda _, __: "once more",
    MarketBatchReference: lambda message, _: f"{moment(message.ts_ns)}, by reference",
    MarketBatch: _batch,
    FinerBars: lambda message, _: counted(len(message.ts_ns), "finer bar"),
    FinerBarsReference: lambda message, _: counted(message.count, "finer bar") + ", by reference",
    EndOfData: lambda _, __: "no batch is left",
    UniverseDeclared: _universe,
    CorporateActions: _actions,
    ActionsApplied: _actions,
    OrdersAdjusted: _changed,
    OrdersReplaced: _changed,
    OrderColumns: _orders,
    RefusalColumns: _refused,
    CancelOrders: _labels,
    ChangeColumns: _labels,
    OrdersSized: _sized,
    VolumeUnknown: _unknown,
    Fills: _fills,
    FillCosts: _costs,
    AccountSnapshot: _snapshot,
    CashPosted: _posted,
    TradesClosed: _closed,
    MarginCalled: lambda message, _: f"equity {money(message.equity_micros)} of {money(message.required_micros)}",
    ProtectiveLevels: _levels,
    TrailingStops: lambda message, _: f"{message.pct:.4%} behind the best price",
    AmbiguousBars: _ambiguous,
    TradingHalted: lambda message, _: f"{message.rule}: {message.text}",
    LogWritten: lambda message, _: message.text,
    BarrierCommitted: lambda message, _: f"barrier {message.seq:,}",
    StopRequested: lambda message, _: message.reason,
    RunFinished: lambda message, _: message.reason or "no barrier follows",
}
"""What is said of each type; the first that a message is a kind of speaks."""
