"""No look-ahead: when each fill happened, and when its order could first have filled.

An order is known from the barrier on at which the broker accepted it, or, where it was changed and lost its place, at
which that was. Its fill comes

at the market   at the next open, the next close, or the close of that barrier itself, as `execution.fill` says; ON_OPEN
                and ON_CLOSE at theirs; with same_close what answers the fills of a close waits for the next
for a price     at a later barrier; ON_CLOSE as at the market
for another     likewise, and after that other has filled; in the same bar only if it filled at its open, or before the
                end of the bar's finer bars
to save the account (margin calls, recalls)
                at the market; what is recalled, at the bar before which it is
at a level      at once, see `levels`
"""

import numpy as np

from tidegate.core.arrays import BoolArray, IntArray
from tidegate.core.enums import FillPoint, FillTiming, OrderKind, Phase, TimeInForce
from tidegate.core.ids import ORDERS_PER_SENDER
from tidegate.verify.books import FillRows
from tidegate.verify.findings import Findings, Rule
from tidegate.verify.register import UNSAID, AtFill
from tidegate.verify.stretch import Stretch
from tidegate.verify.terms import Terms

_POINT = {
    FillTiming.NEXT_OPEN: FillPoint.OPEN,
    FillTiming.NEXT_CLOSE: FillPoint.CLOSE,
    FillTiming.SAME_CLOSE: FillPoint.CLOSE,
}


def late(stretch: Stretch) -> IntArray:
    """(n,) 1 for messages that came in a later step of a DECIDE."""
    opened = stretch.opened
    second = (opened.phase == Phase.DECIDE) & (opened.step > 0)
    at = np.searchsorted(opened.row, np.arange(stretch.size), side="right")
    return np.append(False, second)[at].astype(np.int64)


class Timing:
    """Looks at when orders filled.

    Args:
        findings: takes what is wrong.
        terms: of the run.
    """

    def __init__(self, findings: Findings, terms: Terms) -> None:
        self._findings, self._terms = findings, terms

    def check(self, stretch: Stretch, fills: FillRows, orders: AtFill) -> None:
        """The fills of the next barriers."""
        asked = fills.order_id >= ORDERS_PER_SENDER
        self._points(stretch, fills, orders, asked)
        self._barriers(stretch, fills, orders, asked)
        self._parents(stretch, fills, orders)
        self._phases(stretch, fills)

    def _points(self, stretch: Stretch, fills: FillRows, orders: AtFill, asked: BoolArray) -> None:
        """Where in a bar an order of its kind and time in force can go."""
        market, tif = orders.kind == OrderKind.MARKET, orders.tif
        at_market = int(_POINT[self._terms.timing])
        wanted = np.where(market, at_market, -1)
        wanted[np.isin(tif, (TimeInForce.ON_OPEN,))] = FillPoint.OPEN
        wanted[~market & np.isin(tif, (TimeInForce.IOC, TimeInForce.FOK))] = FillPoint.OPEN
        wanted[tif == TimeInForce.ON_CLOSE] = FillPoint.CLOSE
        early = fills.point != FillPoint.CLOSE
        holds = np.where(wanted < 0, early, fills.point == wanted)
        known = asked & (orders.since > UNSAID)
        self._findings.expect(
            Rule.TIMING, stretch, fills.row, holds | ~known,
            lambda k: (
                f"a fill at point {int(fills.point[k])}",
                f"one at point {int(wanted[k])}" if wanted[k] >= 0 else "one at the open or inside",
            ),
        )  # fmt: skip

    def _barriers(self, stretch: Stretch, fills: FillRows, orders: AtFill, asked: BoolArray) -> None:
        """The first barrier at which an order can go."""
        same_close = self._terms.timing is FillTiming.SAME_CLOSE
        market = orders.kind == OrderKind.MARKET
        closes = np.where(market, orders.tif != TimeInForce.ON_OPEN, orders.tif == TimeInForce.ON_CLOSE)
        at_once = same_close & closes & (orders.late == 0)
        first = orders.since + np.where(at_once, 0, 1)
        first = np.where(asked, first, orders.since)
        self._findings.expect(
            Rule.TIMING, stretch, fills.row, fills.seq >= first,
            lambda k: (
                f"an order of barrier {orders.since[k]} fills at barrier {fills.seq[k]}",
                f"at barrier {first[k]} or later",
            ),
        )  # fmt: skip

    def _parents(self, stretch: Stretch, fills: FillRows, orders: AtFill) -> None:
        """An order that waits for another fills after it."""
        children = np.flatnonzero((orders.parent > 0) & (orders.since > UNSAID))
        numbers = stretch.number[fills.row[children]]
        before, barrier = orders.parent_row[children], orders.parent_at[children]
        holds = (before >= 0) & (before < numbers) & (barrier <= fills.seq[children])
        self._findings.expect(
            Rule.TIMING, stretch, fills.row[children], holds,
            lambda k: (
                "an order fills that waits for another",
                f"that one's fill before it, which is record {before[k]:,}" if before[k] >= 0 else "the other's fill",
            ),
        )  # fmt: skip

    def _phases(self, stretch: Stretch, fills: FillRows) -> None:
        """Fills happen in FILL, at the close of a decision in DECIDE."""
        same_close = self._terms.timing is FillTiming.SAME_CLOSE
        phase = stretch.phase[fills.row]
        at_close = (fills.point == FillPoint.CLOSE) & same_close
        holds = phase == np.where(at_close, Phase.DECIDE, Phase.FILL)
        self._findings.expect(
            Rule.TIMING, stretch, fills.row, holds,
            lambda k: (
                f"a fill at point {int(fills.point[k])}, in phase {phase[k]}",
                "one in DECIDE" if at_close[k] else "one in FILL",
            ),
        )  # fmt: skip
