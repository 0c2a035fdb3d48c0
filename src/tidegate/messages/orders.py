"""The life of orders, as columns: entry k of every array in a message speaks of the same order.

An order is *submitted* by a strategy; the risk manager *denies* it, *trims* it or *approves* it; the broker *rejects*
or *accepts* it; it is then *filled*, *canceled* or *expired*, and may be *replaced* before. Only `OrdersApproved` and
`ReplacesApproved` reach the broker, so what nobody checked cannot be passed on by mistake. `lifecycle` has the table of
what may follow what.
"""

from typing import ClassVar, Self

import msgspec
import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.enums import OrderKind
from tidegate.messages.base import Message
from tidegate.messages.blocks import BlockColumns, FloatRow, IntColumns, IntRow

_MARKET = int(OrderKind.MARKET)  # to look up a member of an enum costs more than to compare


class OrderTerms(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False, eq=False):
    """What makes orders more than market orders that are good till canceled.

    Attributes:
        kind: int64, see `core.enums.OrderKind`.
        tif: int64, see `core.enums.TimeInForce`.
        limit: price of LIMIT and STOP_LIMIT; distance from the stop of TRAILING_STOP_LIMIT; else NaN.
        stop: price of STOP and STOP_LIMIT; else NaN.
        trail, trail_pct: distance of a trailing stop, in price or as a fraction of it, one of the two; else NaN.
        expire_ns: last moment of GTD, ns UTC; else 0.
        group: int64, orders of one number above 0 cancel one another, 0 for none.
        parent: int64, id of the order that must fill first, 0 for none; as much of it as fills is alive then.
        reduce_only: int64, 1 for orders that may only reduce a position, 0 for others.
    """

    kind: IntArray
    tif: IntArray
    limit: FloatArray
    stop: FloatArray
    trail: FloatArray
    trail_pct: FloatArray
    expire_ns: IntArray
    group: IntArray
    parent: IntArray
    reduce_only: IntArray

    @classmethod
    def plain(cls, n: int) -> "OrderTerms":
        """The terms of market orders that are good till canceled."""
        zero, none = freeze(np.zeros(n, np.int64)), freeze(np.full(n, np.nan))
        return cls(zero, zero, none, none, none, none, zero, zero, zero, zero)

    def rows(self, rows: IntArray) -> "OrderTerms":
        """Those of some of the orders."""
        return OrderTerms(*(freeze(getattr(self, name)[rows]) for name in self.__struct_fields__))


class OrderTargets(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False, eq=False):
    """What orders are to reach whose quantity is worked out when they go; until then it is an estimate.

    Attributes:
        weight: float64, signed fraction of equity; NaN where `value` says it, or for an order of units.
        value: float64, signed currency units; NaN where `weight` says it, or for an order of units.
    """

    weight: FloatArray
    value: FloatArray

    @classmethod
    def none(cls, n: int) -> "OrderTargets":
        """Those of orders of units."""
        nothing = freeze(np.full(n, np.nan))
        return cls(nothing, nothing)

    def rows(self, rows: IntArray) -> "OrderTargets":
        """Those of some of the orders."""
        return OrderTargets(freeze(self.weight[rows]), freeze(self.value[rows]))


def at_market(terms: OrderTerms | None, n: int) -> BoolArray:
    """Which of `n` orders are sure to go: market orders, unless there may be nothing for them to reduce."""
    if terms is None:
        return np.ones(n, np.bool_)
    sure: BoolArray = (terms.kind == _MARKET) & (terms.reduce_only == 0)
    return sure


class OrderColumns(Message, frozen=True):
    """What describes orders.

    Attributes:
        order_id: int64, see `core.ids`.
        asset: int64 columns of the universe.
        quantity: signed units, buys positive; never 0 or NaN.
        priority: who goes first when cash is short, higher first; -inf for no claim.
        tags: a word each, for the reader of the results.
        terms: None where all are market orders that are good till canceled. It has no default: who passes orders on
            must say it, lest a stop become a market order.
        targets: None where all are orders of units; none but market orders that are good till canceled have a target.
    """

    order_id: IntArray
    asset: IntArray
    quantity: FloatArray
    priority: FloatArray
    tags: tuple[str, ...]
    terms: OrderTerms | None
    targets: OrderTargets | None = None


class SubmitOrders(OrderColumns, frozen=True):
    """A strategy asks for these orders; those of one decision come in one message."""


class OrdersApproved(OrderColumns, frozen=True):
    """The risk manager lets these through, at the quantity it allows."""


class OrdersAccepted(OrderColumns, frozen=True):
    """The broker holds these; also sent for the exits it makes itself when a protective level is hit."""


class CancelOrders(Message, frozen=True):
    """A request to cancel open orders; delivered before new orders of the same superstep."""

    precedence: ClassVar[int] = 0

    order_id: IntArray


class ChangeColumns(Message, frozen=True):
    """What describes changes of open orders; NaN leaves a thing as it is.

    Attributes:
        order_id: int64, see `core.ids`.
        quantity: signed units that are to be open.
        limit, stop, trail, trail_pct, limit_offset: as far as the kind of an order has them.
        place: int64, a fresh number of the sender: where an order that loses its place in the queue stands then.
    """

    precedence: ClassVar[int] = 0

    order_id: IntArray
    quantity: FloatArray
    limit: FloatArray
    stop: FloatArray
    trail: FloatArray
    trail_pct: FloatArray
    limit_offset: FloatArray
    place: IntArray

    def rows(self, rows: IntArray) -> Self:
        """Some of the changes."""
        return type(self)(*(freeze(getattr(self, name)[rows]) for name in self.__struct_fields__))


class ReplaceOrders(ChangeColumns, frozen=True):
    """A strategy asks to change open orders of its own; delivered before new orders of the same superstep."""


class ReplacesApproved(ChangeColumns, frozen=True):
    """The risk manager lets these changes through, at the quantity it allows."""


class OrdersReplaced(Message, frozen=True):
    """The broker has changed these orders, which are now as the columns say.

    Attributes:
        quantity: signed units that are open.
        pending: by how many units what is sure to go has changed; 0 for orders that may never go.
        limit, stop, trail, trail_pct: prices and distances; NaN where the order has none.
        limit_offset: distance of a trailing stop's limit.
        place: int64, where it stands among orders that go at one price point; its id where it has not lost that place.
    """

    order_id: IntArray
    asset: IntArray
    quantity: FloatArray
    pending: FloatArray
    limit: FloatArray
    stop: FloatArray
    trail: FloatArray
    trail_pct: FloatArray
    limit_offset: FloatArray
    place: IntArray


class RefusalColumns(Message, frozen=True):
    """What describes orders, or parts of them, that did not go through.

    Attributes:
        quantity: the refused part of each order, signed.
        reason: int64, see `core.enums.Reason`.
        measured, limit: the value found and the bound it broke, in the reason's unit; NaN where there is none.
        texts: what a rule said in words, or the empty string.
    """

    order_id: IntArray
    asset: IntArray
    quantity: FloatArray
    reason: IntArray
    measured: FloatArray
    limit: FloatArray
    texts: tuple[str, ...]


class TargetsSkipped(RefusalColumns, frozen=True):
    """Changes that are too small to be worth a trade: a strategy's targets that make no order.

    `quantity` is the change, `measured` what it is worth, `limit` what it would have to be.
    """


class OrdersDenied(RefusalColumns, frozen=True):
    """Our own risk check refuses these orders whole."""


class OrdersTrimmed(RefusalColumns, frozen=True):
    """These parts are refused, the rest goes on: by our own risk check, or by the broker where a parent filled less.

    A quantity of 0 tells of a price that the broker has rounded to a tick: `measured` was asked, it is `limit` now.
    """


class OrdersRejected(RefusalColumns, frozen=True):
    """The broker refuses these orders whole, on arrival."""


class OrdersCanceled(RefusalColumns, frozen=True):
    """These remainders are withdrawn: on request, for want of cash or position, or for another order of their group.

    An order is named once. Of one that has filled all that its parent had, the remainder is what else it asked for.
    """


class OrdersHeldBack(RefusalColumns, frozen=True):
    """These would have gone, but for the volume of the bar: what is told as their quantity stays open, all that is.

    Attributes:
        measured, limit: units that would have gone, and those that volume let through.
    """


class VolumeUnknown(Message, frozen=True):
    """Bars without a volume, of which all could be taken though only a part may be.

    Attributes:
        asset: int64 columns.
    """

    seq: int
    asset: IntArray


class OrdersExpired(RefusalColumns, frozen=True):
    """These are over unfilled: their time in force has passed, or the run has ended."""


class ReplacesDenied(RefusalColumns, frozen=True):
    """Our own risk check refuses these changes whole, and the orders stay as they are; `quantity` is that refused."""


class ReplacesTrimmed(RefusalColumns, frozen=True):
    """Our own risk check refuses these parts of raised quantities; the rest of each change is approved."""


class ReplacesRejected(RefusalColumns, frozen=True):
    """The broker refuses these changes whole, and the orders stay as they are.

    `quantity` is the change refused, 0 where none was asked; `asset` is -1 for what is not open, unless it ended with
    its asset.
    """


class OrdersSized(Message, frozen=True):
    """Orders that have a target are of so many units from here on, worked out at the price at which they go.

    Attributes:
        seq, ts_ns: the barrier whose bar they meet.
        point: see `core.enums.FillPoint`.
        equity_micros: cash and positions at that point's prices, of which weights are fractions.
        quantity, estimated: signed units, and those that they take the place of.
        price: float64, before slippage.
    """

    seq: int
    ts_ns: int
    point: int
    equity_micros: int
    order_id: IntArray
    asset: IntArray
    quantity: FloatArray
    estimated: FloatArray
    price: FloatArray


class Fills(BlockColumns, frozen=True):
    """Executions at one point of one bar, in the order in which they were booked.

    Attributes:
        seq, ts_ns: the barrier whose bar filled them.
        point: see `core.enums.FillPoint`.
        tags: a word each, of the order.
        finer_ts_ns: end of the finer bar in which they happened, ns UTC; -1 where none said more than the bar.
        fill_id: int64, counts from 0 over the run.
        order_id: int64, see `core.ids`.
        asset: int64 columns of the universe.
        cash_micros: effect on cash without commission; negative for buys.
        commission_micros: a cost; negative where the venue's rebate is more than the rest.
        slippage_micros: quantity times the distance from `reference`, already inside `cash_micros`.
        quantity: signed units.
        price: what was paid, slippage included.
        reference: the price before slippage.
    """

    seq: int
    ts_ns: int
    point: int
    tags: tuple[str, ...]
    finer_ts_ns: int = -1

    fill_id, order_id, asset = IntRow(0), IntRow(1), IntRow(2)
    cash_micros, commission_micros, slippage_micros = IntRow(3), IntRow(4), IntRow(5)
    quantity, price, reference = FloatRow(0), FloatRow(1), FloatRow(2)


class FillCosts(IntColumns, frozen=True):
    """What the costs of fills are made of, in the order of the `Fills` before it; sent where models say so.

    What is left of a fill's slippage is that of other models, and what is left of its commission the broker's.

    Attributes:
        seq, ts_ns: of the fills.
        fill_id, asset: int64, likewise.
        spread_micros, impact_micros: parts of `slippage_micros`.
        venue_micros: part of `commission_micros`, negative for a rebate.
        maker: int64, 1 for a fill that made the spread, 0 for one that took it.
        unmeasured: int64, bits of what the models wanted and was not measured: 1 the half-spread, 2 the bar's volume,
            4 sigma, 8 the average volume.
    """

    seq: int
    ts_ns: int

    fill_id, asset = IntRow(0), IntRow(1)
    spread_micros, impact_micros, venue_micros = IntRow(2), IntRow(3), IntRow(4)
    maker, unmeasured = IntRow(5), IntRow(6)
