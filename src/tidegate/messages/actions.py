"""Corporate actions and events of the universe: what the feed announces, and what came of it in the account."""

import msgspec
import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.enums import ActionKind
from tidegate.messages.base import Message
from tidegate.messages.blocks import BlockColumns, FloatRow, IntRow
from tidegate.messages.orders import OrderColumns

AT_ONCE_NS = -(2**63)
"""Pay time of what is paid on its ex date."""


class CorporateActions(BlockColumns, frozen=True):
    """What takes effect before the bars of this barrier, in the order in which it does; sent before its batch.

    Attributes:
        kind: int64, see `core.enums.ActionKind`.
        asset: int64 columns of the universe.
        into: int64 column of what it becomes, -1 for nothing.
        ex_ns, pay_ns: int64, effective at the first barrier at or after; `AT_ONCE_NS` for a dividend without pay date.
        value: new shares for an old one, cash for a share, or shares of `into` for a share; else NaN.
        price: what a share is settled at, or brings in cash; NaN where nothing is said.
    """

    seq: int
    ts_ns: int

    kind, asset, into, ex_ns, pay_ns = IntRow(0), IntRow(1), IntRow(2), IntRow(3), IntRow(4)
    value, price = FloatRow(0), FloatRow(1)


def closed_by(actions: CorporateActions, closed: BoolArray) -> BoolArray:
    """(n_assets,) which assets do not trade after these actions, being halted or ended, where these did not before."""
    closed = closed.copy()
    for kind, asset in zip(actions.kind.tolist(), actions.asset.tolist(), strict=True):
        if kind not in (ActionKind.DIVIDEND, ActionKind.SPLIT):
            closed[asset] = kind != ActionKind.RESUME
    return closed


class ActionsApplied(BlockColumns, frozen=True):
    """What became of positions and cash: a row for each payment that was due and for each action, in order.

    Attributes:
        kind: int64, see `core.enums.ActionKind`.
        asset, into: int64 columns, `into` -1 for nothing.
        orders: int64, how many open orders were changed or canceled.
        cash_micros: int64, what came in.
        receivable_micros: int64, what will come in later, or has come and is no longer to come.
        value: as announced.
        price: at which shares, or fractions of shares, became cash; NaN where none did.
        divisor: what prices of the position are divided by, NaN where they stay.
        quantity_before, quantity: signed units of `asset`, before and after.
        into_quantity: signed units that came into `into`.
    """

    seq: int
    ts_ns: int

    kind, asset, into, orders = IntRow(0), IntRow(1), IntRow(2), IntRow(3)
    cash_micros, receivable_micros = IntRow(4), IntRow(5)
    value, price, divisor = FloatRow(0), FloatRow(1), FloatRow(2)
    quantity_before, quantity, into_quantity = FloatRow(3), FloatRow(4), FloatRow(5)


class OrdersAdjusted(Message, frozen=True):
    """Open orders that mean something else after a corporate action; columns, by id.

    Attributes:
        order_id, asset, quantity: what they are from here on.
        limit, stop, trail: their prices and distances now, see `messages.orders.OrderTerms`; `stop` of a trailing stop
            is where it has trailed to. NaN where there is none.
        kind: int64, the action, see `core.enums.ActionKind`.
    """

    order_id: IntArray
    asset: IntArray
    quantity: FloatArray
    limit: FloatArray
    stop: FloatArray
    trail: FloatArray
    kind: IntArray

    def told_anew(self, orders: OrderColumns) -> OrderColumns:
        """Orders of another message with the assets and quantities that they have now."""
        rows = np.flatnonzero(np.isin(orders.order_id, self.order_id))
        if len(rows) == 0:
            return orders
        at = np.searchsorted(self.order_id, orders.order_id[rows])
        asset, quantity = orders.asset.copy(), orders.quantity.copy()
        asset[rows], quantity[rows] = self.asset[at], self.quantity[at]
        return msgspec.structs.replace(orders, asset=freeze(asset), quantity=freeze(quantity))
