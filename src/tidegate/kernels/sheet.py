"""What the corporate actions of one barrier did to an account, while it is worked out and when it is told."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import ActionKind, Reason
from tidegate.kernels import books as ledger
from tidegate.kernels import conditions as columns
from tidegate.kernels.book import OrderBook
from tidegate.kernels.open_orders import OpenOrders
from tidegate.kernels.paths import TRAILING_STOP_LIMIT
from tidegate.kernels.resting import Resting
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.actions import ActionsApplied, CorporateActions, OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.orders import OrdersCanceled
from tidegate.messages.risk import ProtectiveLevels, TrailingStops

Open = OrderBook | Resting


@dataclass(frozen=True, slots=True)
class Action:
    """One row of `CorporateActions`."""

    kind: ActionKind
    asset: int
    into: int
    pay_ns: int
    value: float
    price: float


@dataclass(slots=True)
class Effect:
    """What one action did, as `ActionsApplied` tells it."""

    cash: int = 0
    receivable: int = 0
    orders: int = 0
    price: float = np.nan
    divisor: float = np.nan
    into_quantity: float = 0.0


@dataclass(frozen=True, slots=True)
class Cancels:
    """Orders that a corporate action ends."""

    order_id: IntArray
    asset: IntArray
    quantity: FloatArray
    reason: Reason
    measured: FloatArray
    limit: float


@dataclass(slots=True)
class Sheet:
    """What one barrier's actions did so far.

    Attributes:
        effects: rows of `ActionsApplied`.
        trades: the tag of each trade.
        adjusted: orders that were changed, with the last action that did.
        canceled: those that were ended.
    """

    seq: int
    ts_ns: int
    rows: ledger.Rows
    levels: ProtectiveLevels | None
    trailing: TrailingStops | None = None
    effects: list[tuple[Action, Effect, float, float]] = field(default_factory=list)
    trades: list[str] = field(default_factory=list)
    adjusted: dict[int, ActionKind] = field(default_factory=dict)
    canceled: list[Cancels] = field(default_factory=list)

    def end(self, orders: Open, at: IntArray, reason: Reason, measured: FloatArray, limit: float) -> None:
        """Ends the orders at these rows; `measured` and `limit` say why."""
        ints, floats = orders.table()
        ended = ints[columns.ORDER, at], ints[columns.ASSET, at], floats[columns.QUANTITY, at]
        self.canceled.append(Cancels(*ended, reason, measured, limit))
        orders.drop(at)

    def divide_levels(self, asset: int, into: int, divisor: float) -> None:
        """Gives the levels of an asset, divided, to another, or to itself."""
        levels = self.levels
        if levels is None:
            return
        stop, take = levels.stop.copy(), levels.take.copy()
        stop_rule, take_rule = levels.stop_rule.copy(), levels.take_rule.copy()
        for column in (stop, take):
            price, column[asset] = column[asset] / divisor, np.nan
            column[into] = price
        for rule in (stop_rule, take_rule):
            rule[into] = rule[asset]
        self.levels = ProtectiveLevels(freeze(stop), freeze(take), freeze(stop_rule), freeze(take_rule), levels.rules)
        if self.trailing is not None:
            best = self.trailing.best.copy()
            price, best[asset] = best[asset] / divisor, np.nan
            best[into] = price
            self.trailing = msgspec.structs.replace(self.trailing, best=freeze(best))

    def messages(self, totals: IntArray, open_orders: OpenOrders) -> Iterator[Message]:
        """All of it, in the order in which it is told.

        Args:
            totals: see `books`, whose counts of rows are those of `rows`.
            open_orders: what is still open.
        """
        at = self.seq, self.ts_ns
        if self.effects:
            yield _applied(self)
        if self.adjusted:
            yield from _adjusted(self.adjusted, open_orders)
        if self.canceled:
            yield _canceled(self.canceled)
            yield from open_orders.end_orphans()
        posted, closed = int(totals[ledger.N_POSTINGS]), int(totals[ledger.N_TRADES])
        if posted:
            yield CashPosted(freeze(self.rows.postings[:, :posted].copy()), *at)
        if closed:
            ints = freeze(self.rows.trades_i[: ledger.TRADE_FILL_ROW, :closed].copy())
            yield TradesClosed(ints, freeze(self.rows.trades_f[:, :closed].copy()), *at, tuple(self.trades))


def each(actions: CorporateActions) -> Iterator[Action]:
    """The actions, one after the other."""
    kinds, assets, into, _, pay_ns = actions.ints.tolist()
    for row in zip(map(ActionKind, kinds), assets, into, pay_ns, *actions.floats.tolist(), strict=True):
        yield Action(*row)


def _adjusted(kinds: dict[int, ActionKind], open_orders: OpenOrders) -> Iterator[OrdersAdjusted]:
    """The orders that were changed and are open still, as they are now."""
    tables = [orders.table() for orders in (open_orders.book, open_orders.resting)]
    ints = np.concatenate([table[0] for table in tables], axis=1)
    floats = np.concatenate([table[1] for table in tables], axis=1)
    rows = np.flatnonzero(np.isin(ints[columns.ORDER], list(kinds)))
    if len(rows) == 0:
        return
    rows = rows[np.argsort(ints[columns.ORDER, rows], kind="stable")]
    ints, floats = ints[:, rows], floats[:, rows]
    offset = ints[columns.KIND] == TRAILING_STOP_LIMIT
    yield OrdersAdjusted(
        freeze(ints[columns.ORDER].copy()),
        freeze(ints[columns.ASSET].copy()),
        freeze(floats[columns.QUANTITY].copy()),
        freeze(np.where(offset, floats[columns.OFFSET], floats[columns.LIMIT_PRICE])),
        freeze(floats[columns.LEVEL].copy()),
        freeze(floats[columns.TRAIL].copy()),
        freeze(np.array([int(kinds[order]) for order in ints[columns.ORDER].tolist()], np.int64)),
    )


def _canceled(parts: list[Cancels]) -> OrdersCanceled:
    """All that was ended, by id."""
    order_id = np.concatenate([part.order_id for part in parts])
    rows = np.argsort(order_id, kind="stable")
    reason = np.repeat([int(part.reason) for part in parts], [len(part.order_id) for part in parts])
    limit = np.repeat([part.limit for part in parts], [len(part.order_id) for part in parts])
    return OrdersCanceled(
        freeze(order_id[rows]),
        freeze(np.concatenate([part.asset for part in parts])[rows]),
        freeze(np.concatenate([part.quantity for part in parts])[rows]),
        freeze(reason[rows]),
        freeze(np.concatenate([part.measured for part in parts])[rows]),
        freeze(limit[rows]),
        ("",) * len(rows),
    )


def _applied(sheet: Sheet) -> ActionsApplied:
    actions = [action for action, *_ in sheet.effects]
    effects = [effect for _, effect, _, _ in sheet.effects]
    told: dict[str, list[int] | list[float]] = {
        "kind": [int(action.kind) for action in actions],
        "asset": [action.asset for action in actions],
        "into": [action.into for action in actions],
        "orders": [effect.orders for effect in effects],
        "cash_micros": [effect.cash for effect in effects],
        "receivable_micros": [effect.receivable for effect in effects],
        "value": [action.value for action in actions],
        "price": [effect.price for effect in effects],
        "divisor": [effect.divisor for effect in effects],
        "quantity_before": [before for _, _, before, _ in sheet.effects],
        "quantity": [after for _, _, _, after in sheet.effects],
        "into_quantity": [effect.into_quantity for effect in effects],
    }
    return ActionsApplied.of(told, seq=sheet.seq, ts_ns=sheet.ts_ns)
