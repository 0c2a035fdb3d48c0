"""Order requests against the limits: what is denied, what is trimmed, and what may go on."""

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.core.errors import RequestError
from tidegate.kernels import limits
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.limits import CONDITIONAL, ENTRY, FREE, REDUCES
from tidegate.messages.account import AccountSnapshot
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
from tidegate.risk.targets import approved_targets


def natures(orders: OrderColumns) -> IntArray:
    """What each order is, see `kernels.limits.AT_MARKET`.

    What waits for another order of its message to fill, on the other side, takes back what that does: it reduces.
    """
    n, terms = len(orders.asset), orders.terms
    nature = np.zeros(n, np.int64)
    if terms is None:
        return nature
    nature[~at_market(terms, n)] = CONDITIONAL
    nature[terms.reduce_only == 1] = REDUCES
    for k in np.flatnonzero(terms.parent).tolist():
        parent = np.flatnonzero(orders.order_id == terms.parent[k])
        if len(parent) and orders.quantity[parent[0]] * orders.quantity[k] < 0.0:
            nature[k] = REDUCES
    return nature


class Request:
    """One batch of orders on its way through the checks.

    Args:
        orders: as requested.
        denied, trimmed: messages for what is refused whole, and in part.

    Attributes:
        orders: as requested.
        nature: of each, see `kernels.limits.AT_MARKET`.
        quantity: what may still go on; the checks bring it nearer to zero.
        parts: of the quantities, see `kernels.limits.FREE`; the checks cut entries.
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
        self.nature = natures(orders)
        self.parts: FloatArray = np.zeros((2, len(self.asset)))
        self.refusals: list[Message] = []

    def entries(self) -> BoolArray:
        """Which orders, as far as they may go on, take a position further from zero."""
        entering: BoolArray = self.parts[ENTRY] != 0.0
        return entering

    def cut_entries(
        self, entries: FloatArray, reason: Reason, measured: FloatArray, limit: float, text: str = ""
    ) -> None:
        """Takes away what the last check has cut of the entries, which were these before."""
        before, cut = self.quantity.copy(), self.parts[ENTRY] != entries
        self.quantity[cut] = self.parts[FREE, cut] + self.parts[ENTRY, cut]
        self.refuse(before, reason, measured, limit, text)

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
        return SubmitOrders(
            orders.order_id, orders.asset, quantity, orders.priority, orders.tags, orders.terms, orders.targets
        )

    def approved(
        self, snapshot: AccountSnapshot | None, lot: FloatArray, share: float, fractional: bool
    ) -> OrdersApproved | None:
        """What is left of the request, with the targets that are left; None where nothing is.

        Args:
            snapshot, lot, share, fractional: see `targets.approved_targets`.
        """
        orders, targets = self.orders, self.orders.targets
        rows = np.flatnonzero(self.quantity)
        if len(rows) == 0:
            return None
        if targets is not None and snapshot is not None:
            targets = approved_targets(orders, targets, self.quantity, snapshot, lot, share, fractional)
        return OrdersApproved(
            freeze(orders.order_id[rows]),
            freeze(orders.asset[rows]),
            freeze(self.quantity[rows]),
            freeze(orders.priority[rows]),
            tuple(orders.tags[row] for row in rows),
            None if orders.terms is None else orders.terms.rows(rows),
            None if targets is None else targets.rows(rows),
        )

    def allow(self, name: str, text: str, given: FloatArray, *, fractional: bool) -> None:
        """Cuts entries to what a user's rule allows of the orders, (n_orders,) signed.

        Raises:
            RequestError: it allows what was not asked for, parts of units where there are none, or no numbers.
        """
        try:
            allowed = np.asarray(given, np.float64)
        except (TypeError, ValueError):
            raise RequestError(f"rule {name}: allowed is {given!r}, want a number for each order") from None
        if allowed.shape != self.quantity.shape:
            raise RequestError(f"rule {name}: allowed has shape {allowed.shape}, want {self.quantity.shape}")
        if not (np.isfinite(allowed) & (allowed * self.quantity >= 0.0) & (abs(allowed) <= abs(self.quantity))).all():
            raise RequestError(f"rule {name}: allowed must lie between 0 and each order's quantity")
        entries = self.entries()
        if not (fractional or (allowed[entries] == np.trunc(allowed[entries])).all()):
            raise RequestError(f"rule {name}: allowed must be whole units; set account.fractional to allow parts")
        before, parts = self.parts[limits.ENTRY].copy(), self.parts
        # What is allowed is of the whole order; of one that crosses zero its reduction goes on whatever that is.
        left = np.where(self.quantity > 0.0, np.fmax(allowed, parts[limits.FREE]), np.fmin(allowed, parts[limits.FREE]))
        cut = entries & (left != self.quantity)
        parts[limits.ENTRY, cut] = (left - parts[limits.FREE])[cut]
        said = f"{name}: {text}" if text else name
        self.cut_entries(before, Reason.RULE, np.full(len(before), np.nan), np.nan, said)


class Limits:
    """Position weight and gross exposure; of several limits of one kind each is applied in turn.

    Args:
        weights, gross: the limits.
        lot: (n_assets,) step of quantities, 0 for none.
        fractional: whether a trimmed quantity may have a fraction.
        kernels: how kernels run.
    """

    def __init__(
        self,
        weights: tuple[MaxWeight, ...],
        gross: tuple[MaxGross, ...],
        lot: FloatArray,
        *,
        fractional: bool,
        kernels: Kernels,
    ) -> None:
        self._lot = lot
        self._weights = weights
        self._gross = gross
        self._fractional = fractional
        self._limit_weights = kernels(limits.limit_weights)
        self._limit_gross = kernels(limits.limit_gross)

    def __bool__(self) -> bool:
        return bool(self._weights or self._gross)

    def check(self, request: Request, book: FloatArray, mark: FloatArray, unit: FloatArray, equity: float) -> None:
        """Cuts a request's entries to the limits.

        Args:
            book: projected with the request's reductions, see `kernels.limits.SURE`.
            mark: (n_assets,) last close.
            unit: (n_assets,) money of one unit at a price of 1, NaN where a currency has no rate yet.
            equity: currency units.
        """
        entering = request.entries()
        if not entering.any():
            return
        asset, parts, n = request.asset, request.parts, len(request.asset)
        unpriced = entering & np.isnan(mark[asset] * unit[asset])
        if unpriced.any():
            before = parts[ENTRY].copy()
            parts[ENTRY, unpriced] = 0.0
            none = np.full(n, np.nan)
            request.cut_entries(before, Reason.NO_PRICE, none, np.nan, "a limit cannot value it yet")
        fractional = self._fractional
        for weight in self._weights:
            before, measured = parts[ENTRY].copy(), np.empty(n)
            self._limit_weights(
                n, asset, request.nature, book.copy(), mark, unit, self._lot, equity, weight.pct,
                _action(weight.action), fractional, parts, measured,
            )  # fmt: skip
            request.cut_entries(before, Reason.MAX_WEIGHT, measured, weight.pct)
        for gross in self._gross:
            before = parts[ENTRY].copy()
            order, priority = request.orders.order_id.copy(), request.orders.priority.copy()
            asked = self._limit_gross(
                n, order, asset, priority, book, mark, unit, self._lot, equity, gross.pct, _action(gross.action),
                fractional, parts, np.empty(n, np.int64),
            )  # fmt: skip
            request.cut_entries(before, Reason.MAX_GROSS, np.full(n, asked), gross.pct)


def _action(action: str) -> int:
    return limits.TRIM if action == "trim" else limits.DENY


def unchanged(orders: SubmitOrders) -> OrdersApproved:
    """A request of which everything may go on."""
    return OrdersApproved(
        orders.order_id, orders.asset, orders.quantity, orders.priority, orders.tags, orders.terms, orders.targets
    )
