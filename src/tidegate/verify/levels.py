"""Exits at levels: whether there was a level when the bar was met, and whether the price reached it.

Levels that come while a bar is being filled hold for the rest of it, those that come later from the next bar on; so a
fill can only be that of levels that were delivered before it. What a corporate action does to levels nobody tells, nor
how far a stop has trailed along finer bars; and what volume held back of a stop goes at the next open, wherever that
is. Of such exits only that there was a level is asked.
"""

from typing import TypeVar

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.core.enums import Reason
from tidegate.core.ids import ORDERS_PER_SENDER
from tidegate.messages.actions import ActionsApplied
from tidegate.messages.orders import OrdersAccepted, OrdersCanceled
from tidegate.messages.risk import ProtectiveLevels, TrailingStops
from tidegate.verify.books import FillRows
from tidegate.verify.findings import Findings, Rule
from tidegate.verify.stretch import NO_INTS, Stretch, joined

Spoken = TypeVar("Spoken", OrdersAccepted, OrdersCanceled)
CALLED = ("margin call", "recall")
"""What the broker's own orders at the market are tagged with."""


class Levels:
    """Follows the levels of positions.

    Args:
        findings: takes what is wrong.
        assets: how many.
    """

    def __init__(self, findings: Findings, assets: int) -> None:
        self._findings = findings
        self._last: ProtectiveLevels | None = None
        self._trails = False
        self._moved = np.full(assets, -1)  # number of the record in which an action last moved an asset's levels
        self._set_at = -1  # number of the record of the last levels
        self._held = np.zeros(assets, np.bool_)
        self._called: dict[int, bool] = {}

    def check(self, stretch: Stretch, fills: FillRows) -> None:
        """The exits of the next barriers."""
        rows, told = stretch.rows(ProtectiveLevels), stretch.of(ProtectiveLevels)
        self._trails = self._trails or bool(stretch.of(TrailingStops))
        self._note(stretch)
        exits = np.flatnonzero(fills.order_id < ORDERS_PER_SENDER)
        exits = exits[[not self._called.get(order, False) for order in fills.order_id[exits].tolist()]]
        if len(exits):
            self._look(stretch, fills, exits, rows, told)
        if told:
            self._last, self._set_at = told[-1], int(stretch.number[rows[-1]])
        self._act(stretch)

    def _note(self, stretch: Stretch) -> None:
        """Which of the broker's own orders are no exits at levels, and what volume has held back of those that are."""
        for accepted in _broker_s(stretch.of(OrdersAccepted)):
            own = np.flatnonzero(accepted.order_id < ORDERS_PER_SENDER)
            for k in own.tolist():
                if accepted.tags[k] in CALLED:
                    self._called[int(accepted.order_id[k])] = True
        for canceled in _broker_s(stretch.of(OrdersCanceled)):
            stuck = (canceled.order_id < ORDERS_PER_SENDER) & (canceled.reason == Reason.VOLUME_LIMIT)
            self._held[canceled.asset[stuck]] = True

    def _act(self, stretch: Stretch) -> None:
        for row, applied in zip(stretch.rows(ActionsApplied).tolist(), stretch.of(ActionsApplied), strict=True):
            for column_of in (applied.asset, applied.into):
                self._moved[column_of[column_of >= 0]] = stretch.number[row]

    def _look(
        self, stretch: Stretch, fills: FillRows, exits: IntArray, rows: IntArray, told: list[ProtectiveLevels]
    ) -> None:
        """Each exit beside the levels that were delivered last before it."""
        n = len(exits)
        asset, row = fills.asset[exits], fills.row[exits]
        known = [self._last, *told]
        at = np.searchsorted(rows, row)
        stop, take = np.full(n, np.nan), np.full(n, np.nan)
        for place in np.unique(at).tolist():
            levels, mine = known[place], at == place
            if levels is not None:
                stop[mine], take[mine] = levels.stop[asset[mine]], levels.take[asset[mine]]
        acted = self._acted(stretch, fills, exits, rows)
        there = ~(np.isnan(stop) & np.isnan(take)) | acted
        reached = self._reached(fills, exits, stop, take)
        loose = acted | self._held[asset] | (self._trails & (fills.finer_ns[exits] >= 0))
        self._findings.expect(
            Rule.LEVELS, stretch, row, there & (reached | loose),
            lambda k: (
                f"an exit of asset {asset[k]} at {fills.reference[exits[k]].item()!r}",
                f"a stop at {stop[k].item()!r} or a profit level at {take[k].item()!r} that is reached",
            ),
        )  # fmt: skip

    def _acted(self, stretch: Stretch, fills: FillRows, exits: IntArray, rows: IntArray) -> BoolArray:
        """(n_exits,) whether an action has moved the asset's levels since they were told."""
        numbers = stretch.number[rows]
        set_at = np.append(self._set_at, numbers)[np.searchsorted(rows, fills.row[exits])]
        asset = fills.asset[exits]
        acted: BoolArray = self._moved[asset] > set_at
        for row, applied in zip(stretch.rows(ActionsApplied).tolist(), stretch.of(ActionsApplied), strict=True):
            number = stretch.number[row]
            concerned = np.isin(asset, np.concatenate((applied.asset, applied.into)))
            acted |= concerned & (number > set_at) & (fills.row[exits] > row)
        return acted

    @staticmethod
    def _reached(fills: FillRows, exits: IntArray, stop: FloatArray, take: FloatArray) -> BoolArray:
        """(n_exits,) whether the reference is at a level, or at an open beyond it."""
        reference, sells = fills.reference[exits], fills.quantity[exits] < 0.0
        below, above = np.where(sells, stop, take), np.where(sells, take, stop)
        beyond: BoolArray = (reference <= below) | (reference >= above)
        return beyond


def _broker_s(told: list[Spoken]) -> list[Spoken]:
    """Messages that speak of orders of the broker's own."""
    orders = joined([one.order_id for one in told], NO_INTS)
    return told if bool((orders < ORDERS_PER_SENDER).any()) else []
