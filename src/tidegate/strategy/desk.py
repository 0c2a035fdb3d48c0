"""What a strategy's actor knows, and what its strategy has asked for since the last hook.

The desk takes messages in and gives messages out; the context that hooks see is a view of it. What is pending is the
account's open market orders as of the last mark, plus everything that was asked, accepted, refused or canceled since;
limit, stop and trailing orders may never go, and are not counted.
"""

import math
from collections.abc import Sequence

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.core.errors import RequestError
from tidegate.core.ids import ORDERS_PER_SENDER, PROTECTIVE_SENDER, order_id, order_label
from tidegate.core.universe import Universe
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.selection import best_columns, spread_weights
from tidegate.kernels.sizing import take_off_refused
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.actions import OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.control import LogWritten
from tidegate.messages.market import MarketBatch, UniverseDeclared
from tidegate.messages.orders import (
    CancelOrders,
    Fills,
    OrderColumns,
    OrdersHeldBack,
    OrdersReplaced,
    OrdersSized,
    OrderTerms,
    RefusalColumns,
    at_market,
)  # fmt: skip
from tidegate.messages.views import Labels
from tidegate.strategy.changes import Changes, Wish
from tidegate.strategy.instrument import Reference
from tidegate.strategy.keeping import KeepsDesk
from tidegate.strategy.noted import Noted, Requests, submission
from tidegate.strategy.own import OwnOrders, overshooting
from tidegate.strategy.past import Past
from tidegate.strategy.sizing import TargetSizer
from tidegate.strategy.terms import DeskTerms


class Desk(KeepsDesk):
    """State of one strategy's actor.

    Attributes:
        labels: names behind columns and rows.
        instruments: what the assets are.
        batch, snapshot: the latest, None before the first.
        past: batches kept for history.
    """

    def __init__(self, terms: DeskTerms, universe: UniverseDeclared, kernels: Kernels) -> None:
        self.terms = terms
        self.labels = Labels(Universe(universe.assets), universe.signals, universe.features, universe.context)
        self.instruments = Reference(universe.assets, universe.instruments, terms.currency)
        self.batch: MarketBatch | None = None
        self.snapshot: AccountSnapshot | None = None
        self.past = Past(terms.history, self.labels)
        self._spread = kernels(spread_weights)
        self._take_off = kernels(take_off_refused)
        kernels(best_columns)  # loads it for `top`
        n = len(self.labels.universe)
        self._sizer = TargetSizer(terms, self.instruments.lot, kernels)
        self._weights, self._since_mark = np.empty(n), np.zeros(n)
        self._since_mark_used = False
        self._issued = 0
        self._conditional: set[int] = set()
        self._own, self._were_conditional = OwnOrders(), set[int]()
        self._requests, self._changes = Requests(), Changes()
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
            self._own.take(orders)
        elif sender != PROTECTIVE_SENDER:
            market = at_market(orders.terms, len(orders.asset))
            self._add_pending(orders.asset[market], orders.quantity[market])

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

    def take_sized(self, sized: OrdersSized) -> None:
        """Orders that became of another quantity than they were estimated at; whose ever they are, they are pending."""
        self._add_pending(sized.asset, sized.quantity - sized.estimated)

    def take_fills(self, fills: Fills) -> None:
        """Orders that filled are not open any more."""
        if self._own.fill(fills) and (self._conditional or self._were_conditional):
            ended = fills.order_id.tolist()
            self._were_conditional = self._conditional.intersection(ended)
            self._conditional.difference_update(ended)

    def take_replaced(self, replaced: OrdersReplaced) -> None:
        """Orders that are others now; what is pending of ours was counted when it was asked for."""
        columns = replaced.order_id.tolist(), replaced.asset.tolist(), replaced.quantity.tolist()
        for order, asset, quantity, change in zip(*columns, replaced.pending.tolist(), strict=True):
            _, counted = self._changes.counted.pop(order, (asset, 0.0))
            self._add_pending(np.array((asset,)), np.array((change - counted,)))
            self._own.resize(order, quantity)

    def take_unreplaced(self, refused: RefusalColumns) -> None:
        """Changes that were refused: what was asked for is not pending after all."""
        for order in refused.order_id.tolist():
            if order in self._changes.counted:
                asset, counted = self._changes.counted.pop(order)
                self._add_pending(np.array((asset,)), np.array((-counted,)))

    def take_adjusted(self, adjusted: OrdersAdjusted) -> None:
        """Open orders that mean something else after a corporate action."""
        self._own.tell_anew(adjusted)

    def take_held_back(self, held_back: OrdersHeldBack) -> None:
        """Orders that volume left open, some after they filled in part: those of ours are open, for what is left."""
        ours = np.flatnonzero(held_back.order_id // ORDERS_PER_SENDER == self.terms.sender)
        ids = held_back.order_id[ours].tolist()
        self._conditional |= self._were_conditional.intersection(ids)
        self._own.hold_back(held_back, ids, ours[[number not in self._conditional for number in ids]])

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

    def order_targets(self, weights: FloatArray, *, close_others: bool, tag: str, value: float = math.nan) -> int:
        """Notes the orders that take assets to their target weights; returns how many there are.

        Args:
            weights: (n_assets,) fraction of equity, NaN for assets not named.
            value: what the one weight was made of, in currency units.
        """
        snapshot = self.account()
        if self._own.any_sure:
            parts, lot, invest = self.terms.fractional, self.instruments.lot, self.to_invest()
            too_much = overshooting(
                self._own, weights, snapshot, invest, self.pending(), lot, others=close_others, parts=parts
            )
            if too_much:
                self._cancel(too_much)
        first = order_id(self.terms.sender, self._issued)
        noted, used, refused = self._sizer.size(
            weights, value, snapshot, self._since_mark, close_others=close_others, first=first, tag=tag
        )
        self._since_mark_used = True
        self._issued += used
        self._outgoing += refused
        if len(noted.ids):
            self._requests.add(noted)
        return len(noted.ids)

    def to_invest(self) -> float:
        """Marked equity less what is kept free, in currency units: weights are fractions of it."""
        return self.account().equity_micros / 1e6 * self.terms.sizing.share

    def cancel(self, order: int) -> None:
        """Notes the cancellation of an order of ours; one that has ended already is left as it is.

        Raises:
            RequestError: no such order was ever sent by this strategy.
        """
        self._check_own("cancel", order)
        self._take_back(order)
        self._changes.drop(order)
        if order in self._own.ids():
            self._cancel([order])

    def replace(self, order: int, wish: Wish) -> None:
        """Notes a change of an order of ours; one of this hook is changed before it is sent.

        Raises:
            RequestError: no such order was ever sent by this strategy, or what it is to be makes no sense.
        """
        self._check_own("replace", order)
        wish.check(order_label(order), fractional=self.terms.fractional)
        changed = self._requests.change(order, lambda noted: wish.applied(noted, order_label(order)))
        if changed is not None:
            before, after = changed
            if at_market(before.terms, 1)[0]:
                self._add_pending(before.asset, after.quantity - before.quantity)
            return
        place = order_id(self.terms.sender, self._issued)  # where a new order would stand
        self._issued += 1
        quantity, sure = self._changes.add(order, wish, place).quantity, self._own.find_sure(order)
        if quantity is not None and sure is not None:
            asset, counted = self._changes.counted.get(order, (sure[0], 0.0))
            change = quantity - sure[1]
            self._add_pending(np.array((asset,)), np.array((change - counted,)))
            self._changes.counted[order] = asset, change

    def _check_own(self, action: str, order: int) -> None:
        if not 0 <= order - order_id(self.terms.sender, 0) < self._issued:
            raise RequestError(f"{action}: '{self.terms.name}' has sent no order {order} ({order_label(order)})")

    def cancel_all(self) -> None:
        """Notes the cancellation of all open orders of ours; what this hook has asked for is not sent at all."""
        for noted in self._requests.drain():
            self._count(noted, -1.0)
        self._changes.wishes.clear()
        if self._own.ids():
            self._cancel(sorted(self._own.ids()))

    def open_orders(self) -> tuple[int, ...]:
        """Ids of our orders that rest with the broker, ascending."""
        return tuple(sorted(self._own.ids()))

    def log(self, text: str) -> None:
        """Notes a remark."""
        self._outgoing.append(LogWritten(self.seq(), self.terms.name, text))

    @property
    def asked(self) -> bool:
        """Whether anything was asked for since `outgoing`."""
        return bool(self._requests.noted or self._outgoing or self._changes.wishes)

    def outgoing(self) -> list[Message]:
        """What the last hook asked for, as messages; the orders of one hook are one batch."""
        messages, self._outgoing = self._outgoing, []
        if self._changes.wishes:
            messages.append(self._changes.drain())
        if self._requests.noted and (noted := self._requests.drain()):
            messages.append(submission(noted))
        return messages

    def _take_back(self, order: int) -> None:
        """Leaves out an order that this hook has asked for."""
        noted = self._requests.take_back(order)
        if noted is not None:
            self._count(noted, -1.0)

    def _cancel(self, orders: list[int]) -> None:
        canceled = freeze(np.array(orders, np.int64))
        self._outgoing.append(CancelOrders(canceled))
        asset, coming = self._own.coming(orders)
        self._add_pending(asset, -coming)
        for order in orders:
            if order in self._changes.counted:
                column, counted = self._changes.counted.pop(order)
                self._add_pending(np.array((column,)), np.array((-counted,)))
        self._end(canceled)

    def _count(self, noted: Noted, sign: float) -> None:
        """Counts what is sure to go among what was asked for, or takes it back."""
        market = at_market(noted.terms, len(noted.ids))
        self._conditional.difference_update(noted.ids[~market].tolist())
        self._add_pending(noted.asset[market], sign * noted.quantity[market])

    def _add_pending(self, asset: IntArray, quantity: FloatArray) -> None:
        np.add.at(self._since_mark, asset, quantity)
        self._since_mark_used = True

    def _end(self, orders: IntArray) -> None:
        self._own.end(orders)
        if self._conditional:
            self._conditional.difference_update(orders.tolist())
