"""The life of orders, as columns: entry k of every array in a message speaks of the same order.

An order is *submitted* by a strategy; the risk manager *denies* it, *trims* it or *approves* it; the broker *rejects*
or *accepts* it; it is then *filled*, *canceled* or *expired*. Only `OrdersApproved` reaches the broker, so an order
that nobody checked cannot be passed on by mistake.
"""

from typing import ClassVar

import msgspec
import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.enums import OrderKind
from tidegate.messages.base import Message
from tidegate.messages.blocks import BlockColumns, FloatRow, IntColumns, IntRow

_MARKET = int(OrderKind.MARKET)  # to look up a member of an enum costs more than to compare


class OrderTerms(msgspec.Struct, frozen=True, gc=False, eq=False):
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

    def rows(self, rows: IntArray) -> "OrderTerms":
        """Those of some of the orders."""
        return OrderTerms(*(freeze(getattr(self, name)[rows]) for name in self.__struct_fields__))


def at_market(terms: OrderTerms | None, n: int) -> BoolArray:
    """Which of `n` orders are market orders, and therefore sure to go."""
    market: BoolArray = np.ones(n, np.bool_) if terms is None else terms.kind == _MARKET
    return market


class OrderColumns(Message, frozen=True):
    """What describes orders.

    Attributes:
        order_id: int64, see `core.ids`.
        asset: int64 columns of the universe.
        quantity: signed units, buys positive; never 0 or NaN.
        priority: who goes first when cash is short, higher first; -inf for no claim.
        tags: a word each, for the reader of the results.
        terms: None where all are market orders that are good till canceled.
    """

    order_id: IntArray
    asset: IntArray
    quantity: FloatArray
    priority: FloatArray
    tags: tuple[str, ...]
    terms: OrderTerms | None = None


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


class OrdersDenied(RefusalColumns, frozen=True):
    """Our own risk check refuses these orders whole."""


class OrdersTrimmed(RefusalColumns, frozen=True):
    """Our own risk check refuses these parts; the rest is approved."""


class OrdersRejected(RefusalColumns, frozen=True):
    """The broker refuses these orders whole, on arrival."""


class OrdersCanceled(RefusalColumns, frozen=True):
    """These remainders are withdrawn: on request, for want of cash or position, or for another order of their group."""


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
