"""What a strategy's actor knows, and what its strategy has asked for since the last hook.

The desk takes messages in and gives messages out; the context that hooks see is a view of it. What is pending is the
account's open orders as of the last mark, plus everything that was asked, accepted, refused or canceled since.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.core.errors import RequestError
from tidegate.core.ids import ORDERS_PER_SENDER, PROTECTIVE_SENDER, order_id, order_label
from tidegate.core.universe import Universe
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.sizing import orders_to_targets
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.control import LogWritten
from tidegate.messages.market import MarketBatch, UniverseDeclared
from tidegate.messages.orders import CancelOrders, Fills, OrderColumns, OrdersDenied, RefusalColumns, SubmitOrders
from tidegate.messages.views import Labels


@dataclass(frozen=True, slots=True)
class DeskTerms:
    """What a desk must know of the run.

    Attributes:
        name: of the strategy's actor.
        sender: its number, see `core.ids`.
        fractional: whether targets may have a fraction.
        history: how many batches are kept.
    """

    name: str
    sender: int
    fractional: bool
    history: int


class Desk:
    """State of one strategy's actor.

    Attributes:
        labels: names behind columns and rows.
        batch, snapshot: the latest, None before the first.
        past: batches kept for history, oldest first, the latest included.
    """

    def __init__(self, terms: DeskTerms, universe: UniverseDeclared, kernels: Kernels) -> None:
        self.terms = terms
        self.labels = Labels(Universe(universe.assets), universe.signals, universe.features, universe.context)
        self.batch: MarketBatch | None = None
        self.snapshot: AccountSnapshot | None = None
        self.past: deque[MarketBatch] = deque(maxlen=terms.history)
        self._size = kernels(orders_to_targets)
        n = len(self.labels.universe)
        self._asset, self._quantity = np.empty(n, np.int64), np.empty(n)
        self._unpriced = np.empty(n + 1, np.int64)
        self._since_mark = np.zeros(n)
        self._since_mark_used = False
        self._issued = 0
        self._open: dict[int, OrderColumns] = {}
        self._batches: list[tuple[IntArray, FloatArray, FloatArray, str]] = []
        self._outgoing: list[Message] = []

    def take_batch(self, batch: MarketBatch) -> None:
        """A new barrier's data."""
        self.batch = batch
        self.past.append(batch)

    def take_snapshot(self, snapshot: AccountSnapshot) -> None:
        """The account as marked: what is pending counts from here."""
        self.snapshot = snapshot
        if self._since_mark_used:
            self._since_mark[:] = 0.0
            self._since_mark_used = False

    def take_accepted(self, orders: OrderColumns) -> None:
        """Orders that now rest with the broker: our own are open, others' are pending beside ours."""
        sender = int(orders.order_id[0]) // ORDERS_PER_SENDER
        if sender == self.terms.sender:
            self._open.update(dict.fromkeys(orders.order_id.tolist(), orders))
        elif sender != PROTECTIVE_SENDER:
            self._add_pending(orders.asset, orders.quantity)

    def take_refused(self, refused: RefusalColumns, *, ends: bool) -> None:
        """Orders, or parts of them, that will not fill; `ends` when nothing of the order is left open."""
        ours = refused.order_id // ORDERS_PER_SENDER == self.terms.sender
        ours &= refused.reason != Reason.CANCEL_REQUESTED  # taken off when we asked for it
        if ours.any():
            self._add_pending(refused.asset[ours], -refused.quantity[ours])
        if ends:
            self._end(refused.order_id)

    def take_fills(self, fills: Fills) -> None:
        """Orders that filled are not open any more."""
        if self._open:
            self._end(fills.order_id)

    def pending(self) -> FloatArray:
        """(n_assets,) net units on their way."""
        snapshot = self.account()
        if not self._since_mark_used:
            return snapshot.pending
        return freeze(snapshot.pending + self._since_mark)

    def account(self) -> AccountSnapshot:
        """The latest mark.

        Raises:
            RequestError: there is none yet.
        """
        if self.snapshot is None:
            raise RequestError("there is no account yet: it is first marked at barrier 0, before on_batch")
        return self.snapshot

    def market(self) -> MarketBatch:
        """The latest batch.

        Raises:
            RequestError: there is none yet.
        """
        if self.batch is None:
            raise RequestError("there is no data yet: the first batch comes at barrier 0, after on_start")
        return self.batch

    def seq(self) -> int:
        """The barrier, -1 before the first."""
        return -1 if self.batch is None else self.batch.seq

    def order(self, asset: IntArray, quantity: FloatArray, priority: FloatArray, tag: str) -> int:
        """Notes orders, which are sent after the hook; returns the id of the first."""
        first = order_id(self.terms.sender, self._issued)
        self._issued += len(asset)
        self._batches.append((asset, quantity, priority, tag))
        self._add_pending(asset, quantity)
        return first

    def order_targets(self, weights: FloatArray, *, close_others: bool, tag: str) -> int:
        """Notes the orders that take assets to their target weights; returns how many there are.

        Args:
            weights: (n_assets,) fraction of equity, NaN for assets not named.
        """
        snapshot = self.account()
        pending = snapshot.pending + self._since_mark
        count = self._size(
            weights, snapshot.equity_micros / 1e6, snapshot.mark, snapshot.quantity, pending,
            close_others, self.terms.fractional, self._asset, self._quantity, self._unpriced,
        )  # fmt: skip
        if self._unpriced[0]:
            self._refuse_unpriced(self._unpriced[1 : 1 + self._unpriced[0]].copy())
        if count:
            asset, quantity = self._asset[:count].copy(), self._quantity[:count].copy()
            wanted = weights[asset]
            priority = np.where(quantity > 0.0, np.where(np.isnan(wanted), 0.0, wanted), -np.inf)
            self.order(asset, quantity, priority, tag)
        return count

    def cancel(self, order: int) -> None:
        """Notes the cancellation of an order of ours; one that has ended already is left as it is.

        Raises:
            RequestError: no such order was ever sent by this strategy.
        """
        count = order - order_id(self.terms.sender, 0)
        if not 0 <= count < self._issued:
            raise RequestError(f"cancel: '{self.terms.name}' has sent no order {order} ({order_label(order)})")
        if order in self._open:
            self._cancel([order])

    def cancel_all(self) -> None:
        """Notes the cancellation of all open orders of ours."""
        if self._open:
            self._cancel(list(self._open))

    def open_orders(self) -> tuple[int, ...]:
        """Ids of our orders that rest with the broker, ascending."""
        return tuple(sorted(self._open))

    def log(self, text: str) -> None:
        """Notes a remark."""
        self._outgoing.append(LogWritten(self.seq(), self.terms.name, text))

    def outgoing(self) -> list[Message]:
        """What the last hook asked for, as messages; the orders of one hook are one batch."""
        messages, self._outgoing = self._outgoing, []
        if self._batches:
            batches, self._batches = self._batches, []
            messages.append(self._submit(batches))
        return messages

    def _submit(self, batches: list[tuple[IntArray, FloatArray, FloatArray, str]]) -> SubmitOrders:
        asset, quantity, priority, tag = batches[0]
        tags: tuple[str, ...] = (tag,) * len(asset)
        if len(batches) > 1:
            asset = np.concatenate([batch[0] for batch in batches])
            quantity = np.concatenate([batch[1] for batch in batches])
            priority = np.concatenate([batch[2] for batch in batches])
            tags = tuple(batch[3] for batch in batches for _ in range(len(batch[0])))
        last = order_id(self.terms.sender, self._issued)
        ids = freeze(np.arange(last - len(asset), last))
        return SubmitOrders(ids, freeze(asset), freeze(quantity), freeze(priority), tags)

    def _cancel(self, orders: list[int]) -> None:
        self._outgoing.append(CancelOrders(freeze(np.array(orders, np.int64))))
        for order in orders:
            columns = self._open.pop(order)
            row = np.flatnonzero(columns.order_id == order)
            self._add_pending(columns.asset[row], -columns.quantity[row])

    def _refuse_unpriced(self, asset: IntArray) -> None:
        n = len(asset)
        first = order_id(self.terms.sender, self._issued)
        self._issued += n
        none = freeze(np.full(n, np.nan))
        reason = freeze(np.full(n, int(Reason.NO_PRICE)))
        ids = freeze(np.arange(first, first + n))
        text = ("the asset has not traded yet",) * n
        self._outgoing.append(OrdersDenied(ids, freeze(asset), freeze(np.zeros(n)), reason, none, none, text))

    def _add_pending(self, asset: IntArray, quantity: FloatArray) -> None:
        np.add.at(self._since_mark, asset, quantity)
        self._since_mark_used = True

    def _end(self, orders: IntArray) -> None:
        for order in orders.tolist():
            self._open.pop(order, None)
