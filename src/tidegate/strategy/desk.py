"""What a strategy's actor knows, and what its strategy has asked for since the last hook.

The desk takes messages in and gives messages out; the context that hooks see is a view of it. What is pending is the
account's open market orders as of the last mark, plus everything that was asked, accepted, refused or canceled since;
limit, stop and trailing orders may never go, and are not counted.
"""

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.core.errors import RequestError
from tidegate.core.ids import ORDERS_PER_SENDER, PROTECTIVE_SENDER, order_id, order_label
from tidegate.core.universe import Universe
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.selection import best_columns, spread_weights
from tidegate.kernels.sizing import orders_to_targets, take_off_refused, target_quantity
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.control import LogWritten
from tidegate.messages.market import MarketBatch, UniverseDeclared
from tidegate.messages.orders import (
    CancelOrders,
    Fills,
    OrderColumns,
    OrdersDenied,
    OrdersHeldBack,
    OrderTerms,
    RefusalColumns,
    at_market,
)
from tidegate.messages.views import Labels
from tidegate.strategy.instrument import Reference
from tidegate.strategy.noted import Noted, OrderSlab, Requests, columns_at, same_ids, submission, without
from tidegate.strategy.terms import DeskTerms


class Desk:
    """State of one strategy's actor.

    Attributes:
        labels: names behind columns and rows.
        instruments: what the assets are.
        batch, snapshot: the latest, None before the first.
        past: batches kept for history, oldest first, the latest included.
    """

    def __init__(self, terms: DeskTerms, universe: UniverseDeclared, kernels: Kernels) -> None:
        self.terms = terms
        self.labels = Labels(Universe(universe.assets), universe.signals, universe.features, universe.context)
        self.instruments = Reference(universe.assets, universe.instruments, terms.currency)
        self.batch: MarketBatch | None = None
        self.snapshot: AccountSnapshot | None = None
        self.past: deque[MarketBatch] = deque(maxlen=terms.history)
        self._size = kernels(orders_to_targets)
        self._spread = kernels(spread_weights)
        self._take_off = kernels(take_off_refused)
        kernels(best_columns)  # loads it for `top`
        n = len(self.labels.universe)
        self._slab = OrderSlab(n)
        self._unpriced = np.empty(n + 2, np.int64)
        self._weights, self._since_mark = np.empty(n), np.zeros(n)
        self._since_mark_used = False
        self._issued = 0
        self._conditional: set[int] = set()
        self._settled: set[int] = set()
        self._were_conditional: set[int] = set()
        self._unsettled: list[OrderColumns] = []
        self._accepted: list[OrderColumns] = []  # market orders, some of which may be open
        self._requests = Requests()
        self._prune_at = 8
        self._outgoing: list[Message] = []

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
            self._unsettled.append(orders)
            if orders.terms is None:
                self._accepted.append(orders)
            else:
                self._accept_market(orders)
        elif sender != PROTECTIVE_SENDER:
            market = at_market(orders.terms, len(orders.asset))
            self._add_pending(orders.asset[market], orders.quantity[market])

    def _accept_market(self, orders: OrderColumns) -> None:
        """Keeps what is sure to go of orders that are not all so: it is pending, and may have to be taken back."""
        rows = np.flatnonzero(at_market(orders.terms, len(orders.asset)))
        if len(rows):
            self._accepted.append(columns_at(orders, rows))

    def take_refused(self, refused: RefusalColumns, *, ends: bool) -> None:
        """Orders, or parts of them, that will not fill; `ends` when nothing of the order is left open.

        Raises:
            RequestError: they are not columns of refusals.
        """
        sender = self.terms.sender
        order, asset, quantity, reason = refused.order_id, refused.asset, refused.quantity, refused.reason
        if self._conditional and order.shape == asset.shape == quantity.shape == reason.shape:
            counted = np.array([number not in self._conditional for number in order.tolist()], np.bool_)
            order, asset, reason = freeze(order[counted]), freeze(asset[counted]), freeze(reason[counted])
            quantity = freeze(quantity[counted])
        found = self._take_off(
            order, asset, quantity, reason, order_id(sender, 0), order_id(sender + 1, 0),
            int(Reason.CANCEL_REQUESTED), self._since_mark,
        )  # fmt: skip
        if found < 0:
            raise RequestError(
                f"{type(refused).__name__}: order_id, asset, quantity and reason must be of one length, and asset"
                f" between 0 and {len(self._since_mark) - 1}"
            )
        self._since_mark_used |= found > 0
        if ends:
            self._end(refused.order_id)

    def take_fills(self, fills: Fills) -> None:
        """Orders that filled are not open any more."""
        accepted, unsettled = self._accepted, self._unsettled
        only = len(accepted) == len(unsettled) == 1 and accepted[0] is unsettled[0]
        if only and same_ids(accepted[0].order_id, fills.order_id):  # as a rule all fill at once
            accepted.clear()
            unsettled.clear()
        if self._accepted or self._unsettled or self._settled:
            if self._conditional or self._were_conditional:
                self._were_conditional = self._conditional.intersection(fills.order_id.tolist())
            self._end(fills.order_id)

    def take_held_back(self, held_back: OrdersHeldBack) -> None:
        """Orders that volume left open, some after they filled in part: those of ours are open, for what is left."""
        ours = np.flatnonzero(held_back.order_id // ORDERS_PER_SENDER == self.terms.sender)
        ids = held_back.order_id[ours].tolist()
        self._conditional |= self._were_conditional.intersection(ids)
        self._open().update(ids)
        self._accepted = [one for one in (without(one, ids) for one in self._accepted) if one.tags]
        sure = ours[[number not in self._conditional for number in ids]]
        if len(sure):
            self._accepted.append(columns_at(held_back, sure))

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

    def order(
        self, asset: IntArray, quantity: FloatArray, priority: FloatArray, tag: str, terms: OrderTerms | None = None
    ) -> int:
        """Notes an order, which is sent after the hook; returns its id.

        Raises:
            RequestError: the order after which it is to live is none of this hook, or for another asset.
        """
        parent = 0 if terms is None else int(terms.parent[0])
        if parent and not self._requests.has(parent, asset):
            raise RequestError(f"order after {parent}: want an order of this hook, for the same asset")
        number = order_id(self.terms.sender, self._issued)
        self._issued += 1
        ids = freeze(np.array((number,)))
        noted = Noted(ids, freeze(asset), freeze(quantity), freeze(priority), tag, terms)
        if at_market(terms, 1)[0]:
            self._add_pending(asset, quantity)
        else:
            self._conditional.add(number)
        self._requests.add(noted)
        return number

    def link(self, orders: Sequence[int]) -> None:
        """Makes orders of this hook cancel one another, see `Requests.link`."""
        self._requests.link(orders)

    def spread(self, columns: IntArray, values: FloatArray) -> tuple[FloatArray, int]:
        """Weights by column as (n_assets,) with NaN elsewhere, and how many columns or values cannot be used.

        The weights are good until the next call.
        """
        return self._weights, self._spread(columns, values, -math.inf if self.terms.shorts else 0.0, self._weights)

    def order_targets(self, weights: FloatArray, *, close_others: bool, tag: str) -> int:
        """Notes the orders that take assets to their target weights; returns how many there are.

        Args:
            weights: (n_assets,) fraction of equity, NaN for assets not named.
        """
        snapshot = self.account()
        if self._accepted:
            self._withdraw_overshooting(weights, snapshot, close_others=close_others)
        slab = self._slab = self._slab.with_room(2 * len(weights))
        count = self._size(
            weights, snapshot.equity_micros / 1e6, snapshot.mark, snapshot.unit, self.instruments.lot,
            snapshot.quantity, snapshot.pending, self._since_mark, close_others, self.terms.fractional,
            self.terms.shorts, order_id(self.terms.sender, self._issued), slab.used, slab.ints, slab.floats,
            self._unpriced,
        )  # fmt: skip
        self._since_mark_used = True
        if self._unpriced[0]:
            self._refuse_unpriced(self._unpriced[2 : 2 + self._unpriced[0]].copy())
        if count:
            self._issued += count
            self._requests.add(slab.noted(count, tag))
        return count

    def cancel(self, order: int) -> None:
        """Notes the cancellation of an order of ours; one that has ended already is left as it is.

        Raises:
            RequestError: no such order was ever sent by this strategy.
        """
        count = order - order_id(self.terms.sender, 0)
        if not 0 <= count < self._issued:
            raise RequestError(f"cancel: '{self.terms.name}' has sent no order {order} ({order_label(order)})")
        self._take_back(order)
        if order in self._open():
            self._cancel([order])

    def cancel_all(self) -> None:
        """Notes the cancellation of all open orders of ours; what this hook has asked for is not sent at all."""
        for noted in self._requests.drain():
            self._count(noted, -1.0)
        if self._open():
            self._cancel(sorted(self._open()))

    def open_orders(self) -> tuple[int, ...]:
        """Ids of our orders that rest with the broker, ascending."""
        return tuple(sorted(self._open()))

    def log(self, text: str) -> None:
        """Notes a remark."""
        self._outgoing.append(LogWritten(self.seq(), self.terms.name, text))

    @property
    def asked(self) -> bool:
        """Whether anything was asked for since `outgoing`."""
        return bool(self._requests or self._outgoing)

    def outgoing(self) -> list[Message]:
        """What the last hook asked for, as messages; the orders of one hook are one batch."""
        messages, self._outgoing = self._outgoing, []
        if self._requests and (noted := self._requests.drain()):
            messages.append(submission(noted))
        return messages

    def _take_back(self, order: int) -> None:
        """Leaves out an order that this hook has asked for."""
        noted = self._requests.take_back(order)
        if noted is not None:
            self._count(noted, -1.0)

    def _withdraw_overshooting(self, weights: FloatArray, snapshot: AccountSnapshot, *, close_others: bool) -> None:
        """Cancels open orders of ours that a target would have to undo: more is on its way than it wants.

        Without this, a buy that waits for an asset's next bar would be answered by a sell of what is not held.
        """
        equity, fractional = snapshot.equity_micros / 1e6, self.terms.fractional
        pending, open_orders = self.pending(), self._open()
        overshooting: list[int] = []
        for accepted in self._accepted:
            for order, asset, quantity in zip(
                accepted.order_id.tolist(), accepted.asset.tolist(), accepted.quantity.tolist(), strict=True
            ):
                weight = float(weights[asset])
                if order not in open_orders or (math.isnan(weight) and not close_others):
                    continue
                weight = 0.0 if math.isnan(weight) else weight
                mark, unit = float(snapshot.mark[asset]), float(snapshot.unit[asset])
                target = target_quantity(weight, equity, mark, unit, float(self.instruments.lot[asset]), fractional)
                if (target - snapshot.quantity[asset] - pending[asset]) * quantity < 0.0:
                    overshooting.append(order)
        if overshooting:
            self._cancel(overshooting)

    def _cancel(self, orders: list[int]) -> None:
        canceled = freeze(np.array(orders, np.int64))
        self._outgoing.append(CancelOrders(canceled))
        for accepted in self._accepted:
            rows = np.flatnonzero(np.isin(accepted.order_id, canceled))
            self._add_pending(accepted.asset[rows], -accepted.quantity[rows])
        self._end(canceled)

    def _refuse_unpriced(self, asset: IntArray) -> None:
        n = len(asset)
        first = order_id(self.terms.sender, self._issued)
        self._issued += n
        none, reason = freeze(np.full(n, np.nan)), freeze(np.full(n, int(Reason.NO_PRICE)))
        ids, text = freeze(np.arange(first, first + n)), ("the asset has not traded yet",) * n
        self._outgoing.append(OrdersDenied(ids, freeze(asset), freeze(np.zeros(n)), reason, none, none, text))

    def _count(self, noted: Noted, sign: float) -> None:
        """Counts what is sure to go among what was asked for, or takes it back."""
        market = at_market(noted.terms, len(noted.ids))
        self._conditional.difference_update(noted.ids[~market].tolist())
        self._add_pending(noted.asset[market], sign * noted.quantity[market])

    def _add_pending(self, asset: IntArray, quantity: FloatArray) -> None:
        np.add.at(self._since_mark, asset, quantity)
        self._since_mark_used = True

    def _end(self, orders: IntArray) -> None:
        open_orders, ended = self._open(), orders.tolist()
        open_orders.difference_update(ended)
        self._conditional.difference_update(ended)
        if not open_orders:
            self._accepted.clear()
        elif len(self._accepted) > self._prune_at:  # now and then, so that it costs little
            self._accepted = [one for one in self._accepted if not open_orders.isdisjoint(one.order_id.tolist())]
            self._prune_at = 2 * len(self._accepted) + 8

    def _open(self) -> set[int]:
        """Ids of our orders that rest with the broker; settled only when somebody asks."""
        for accepted in self._unsettled:
            self._settled.update(accepted.order_id.tolist())
        self._unsettled.clear()
        return self._settled
