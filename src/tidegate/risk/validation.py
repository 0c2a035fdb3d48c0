"""Order requests against the limits: what is denied, what is trimmed, and what may go on."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.kernels import limits
from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.kernel import Kernels
from tidegate.messages.base import Message
from tidegate.messages.orders import (
    OrderColumns,
    OrdersApproved,
    OrdersDenied,
    OrdersTrimmed,
    RefusalColumns,
    SubmitOrders,
    at_market,
)
from tidegate.risk.rules import MaxGross, MaxWeight


class Request:
    """One batch of orders on its way through the checks.

    Args:
        orders: as requested.
        denied, trimmed: messages for what is refused whole, and in part.

    Attributes:
        orders: as requested.
        quantity: what may still go on; the checks bring it nearer to zero.
        refusals: messages for what was taken away.
    """

    def __init__(
        self,
        orders: OrderColumns,
        denied: type[RefusalColumns] = OrdersDenied,
        trimmed: type[RefusalColumns] = OrdersTrimmed,
    ) -> None:
        self.orders, self._denied, self._trimmed = orders, denied, trimmed
        self.asset: IntArray = orders.asset.copy()
        self.quantity: FloatArray = orders.quantity.copy()
        self.refusals: list[Message] = []

    def refuse(self, before: FloatArray, reason: Reason, measured: FloatArray, limit: float, text: str = "") -> None:
        """Notes what the last check took away: whole orders are denied, parts are trimmed."""
        cut = before != self.quantity
        none_left = self.quantity == 0.0
        for kind, rows in (
            (self._denied, np.flatnonzero(cut & none_left)),
            (self._trimmed, np.flatnonzero(cut & ~none_left)),
        ):
            if len(rows):
                self.refusals.append(
                    kind(
                        freeze(self.orders.order_id[rows]),
                        freeze(self.orders.asset[rows]),
                        freeze((before - self.quantity)[rows]),
                        freeze(np.full(len(rows), int(reason))),
                        freeze(measured[rows]),
                        freeze(np.full(len(rows), limit)),
                        (text,) * len(rows),
                    )
                )

    def remaining(self) -> SubmitOrders:
        """The request as it stands, for a rule to look at; orders that are denied already have quantity 0."""
        orders = self.orders
        quantity = freeze(self.quantity.copy())
        return SubmitOrders(orders.order_id, orders.asset, quantity, orders.priority, orders.tags, orders.terms)

    def approved(self) -> OrdersApproved | None:
        """What is left of the request; None where nothing is."""
        orders = self.orders
        rows = np.flatnonzero(self.quantity)
        if len(rows) == 0:
            return None
        return OrdersApproved(
            freeze(orders.order_id[rows]),
            freeze(orders.asset[rows]),
            freeze(self.quantity[rows]),
            freeze(orders.priority[rows]),
            tuple(orders.tags[row] for row in rows),
            None if orders.terms is None else orders.terms.rows(rows),
        )


class Limits:
    """Position weight and gross exposure; of several limits of one kind each is applied in turn.

    Args:
        weights, gross: the limits.
        fractional: whether a trimmed quantity may have a fraction.
        kernels: how kernels run.
    """

    def __init__(
        self, weights: tuple[MaxWeight, ...], gross: tuple[MaxGross, ...], *, fractional: bool, kernels: Kernels
    ) -> None:
        self._weights = weights
        self._gross = gross
        self._fractional = fractional
        self._limit_weights = kernels(limits.limit_weights)
        self._limit_gross = kernels(limits.limit_gross)

    def __bool__(self) -> bool:
        return bool(self._weights or self._gross)

    def check(
        self, request: Request, expected: FloatArray, sellable: FloatArray, mark: FloatArray, equity: float
    ) -> None:
        """Cuts a request's entries to the limits.

        Args:
            expected: (n_assets,) held plus pending before this request.
            mark: (n_assets,) last close.
            equity: currency units.
        """
        asset, quantity, n = request.asset, request.quantity, len(request.asset)
        if not (quantity > 0.0).any():
            return
        unpriced = (quantity > 0.0) & np.isnan(mark[asset])
        if unpriced.any():
            before = quantity.copy()
            quantity[unpriced] = 0.0
            request.refuse(before, Reason.NO_PRICE, np.full(n, np.nan), np.nan, "a limit cannot value it yet")
        base, left = expected.copy(), sellable.copy()
        # A conditional sell may never go, so it makes no room.
        for k in np.flatnonzero((quantity < 0.0) & at_market(request.orders.terms, n)).tolist():
            if -quantity[k] <= left[asset[k]] + DUST:
                left[asset[k]] += quantity[k]
                base[asset[k]] += quantity[k]
        fractional = self._fractional
        for weight in self._weights:
            before, measured = quantity.copy(), np.empty(n)
            action = _action(weight.action)
            self._limit_weights(n, asset, quantity, base.copy(), mark, equity, weight.pct, action, fractional, measured)
            request.refuse(before, Reason.MAX_WEIGHT, measured, weight.pct)
        for gross in self._gross:
            before = quantity.copy()
            order, priority = request.orders.order_id.copy(), request.orders.priority.copy()
            asked = self._limit_gross(
                n, order, asset, quantity, priority, base, mark, equity, gross.pct, _action(gross.action), fractional,
                np.empty(n, np.int64),
            )  # fmt: skip
            request.refuse(before, Reason.MAX_GROSS, np.full(n, asked), gross.pct)


def _action(action: str) -> int:
    return limits.TRIM if action == "trim" else limits.DENY
