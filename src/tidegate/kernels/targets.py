"""Targets sized at the fill: what an order that carries a weight is of when it goes.

At a price point at which market orders go, after the exits at levels that were made there and before anything else
fills, all targets whose assets have a bar are sized on one equity: cash, and positions at that point's prices (an
asset without a bar at its last mark), before slippage.

    T = weight x equity / (price x unit), or value / (price x unit), truncated toward zero to lots or whole units
    quantity = T less what is held, less what open market orders that come before it in the queue will make of that

A weight of no equity is nothing. Of several targets for one asset the last one holds, and one that waited for a bar is
not added to. What an exit at a level took out of the position in this bar is taken for held where that makes the order
smaller: a target neither buys back what a stop has just sold, nor sells it once more. (Not with `same_close`, where the
decision has seen that.)

An order keeps its side, for as a buy or as a sell it was approved: one that would have to turn round, has nothing left
to do, or is worth less than a change must be is canceled with BELOW_THRESHOLD. A target of nothing is never too small.
An order is sized once: from then on it is of so many units.

Where this is unrealistic: the open that sizes an order is the one that it fills at, and all are sized at one moment.
"""

from typing import Any

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import FillPoint, FillTiming, Reason
from tidegate.kernels.arithmetic import DUST, in_lots
from tidegate.kernels.books import (
    CASH,
    FILL_ASSET,
    FILL_QUANTITY,
    N_FILLS,
    QUANTITY,
    RECEIVABLE,
    RESERVED,
    SETTLED,
    Books,
    Rows,
)
from tidegate.kernels.costs import money
from tidegate.kernels.funds import gained, worth
from tidegate.kernels.instruments import FUTURE, LOT, UNIT
from tidegate.kernels.kernel import Floats, Kernels, ReadFloats, ReadInts, kernel
from tidegate.kernels.open_orders import OpenOrders
from tidegate.kernels.sizing import target_quantity
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import CLOSE, OPEN, MarketBatch
from tidegate.messages.orders import OrdersCanceled, OrdersSized
from tidegate.messages.state import Stateful, made


@kernel
def equity_at(prices: ReadFloats, books: Books) -> int:
    """Cash, dividends to come and positions at these prices in micro-units; where one is NaN, at the last mark."""
    equity = int(books.totals[CASH] + books.totals[RECEIVABLE])
    for a in range(len(prices)):
        held = books.positions[QUANTITY, a]
        if held != 0.0:
            value = money(a, held, prices[a], books) if prices[a] == prices[a] else worth(a, books)
            if books.instruments[FUTURE, a] != 0.0:
                value = gained(a, value, books) - int(books.basis[SETTLED, a])
            equity += value
    return equity


@kernel
def size_targets(
    prices: ReadFloats,
    asset: ReadInts,
    quantity: ReadFloats,
    weight: ReadFloats,
    value: ReadFloats,
    exited: Floats,
    equity: float,
    least: float,
    fractional: bool,
    books: Books,
    expected: Floats,
    sized: Floats,
    value_of: Floats,
) -> None:
    """Works out of how many units orders are; the rule is that of the module.

    Args:
        prices: (n_assets,) of the point, NaN where the asset has no bar.
        asset, quantity, weight, value: (n_orders,) open market orders by ascending place; see `OrderTargets`.
        exited: (n_assets,) units that exits at levels took out in this bar, signed as the positions were.
        equity: currency units that weights are fractions of.
        least: currency units that a change must be worth, unless the target is nothing.
        expected: scratch, (n_assets,).
        sized: result, (n_orders,): units, 0 for an order that does not go; of those that are none of these, as before.
        value_of: result, (n_orders,): what the change is worth on the order's side; NaN for all but targets that meet a
            price.
    """
    for k in range(len(asset)):
        expected[asset[k]] = books.positions[QUANTITY, asset[k]]
    for k in range(len(asset)):
        a = asset[k]
        sized[k] = quantity[k]
        value_of[k] = np.nan
        if prices[a] != prices[a]:
            continue
        by_value = value[k] == value[k]
        if not by_value and weight[k] != weight[k]:
            expected[a] += quantity[k]
            continue
        unit, lot = books.instruments[UNIT, a], books.instruments[LOT, a]
        if by_value:
            target = target_quantity(value[k], 1.0, prices[a], unit, lot, fractional)
        else:
            target = target_quantity(weight[k], equity, prices[a], unit, lot, fractional)
        side = 1.0 if quantity[k] > 0.0 else -1.0
        forward = min((target - expected[a]) * side, (target - (expected[a] + exited[a])) * side)
        if lot != 0.0 and target != 0.0:
            forward = in_lots(forward, lot, fractional)
        value_of[k] = forward * (prices[a] * unit)
        if forward <= DUST or (abs(target) > DUST and value_of[k] < least):
            sized[k] = 0.0
        else:
            sized[k] = forward * side
            expected[a] += sized[k]


class Targets(Stateful):
    """What an account keeps free; and its orders that carry targets, sized where they go.

    Args:
        n_assets: size of the universe.
        terms: of the execution.
        books: of the account.
        kernels: how kernels run.

    Attributes:
        keeps_floor: whether entries leave anything alone.
        notes_exits: whether what exits took out of positions is looked at again in the bar.
    """

    # What has left at levels counts for the rest of its bar.
    KEEPS = made(
        "_terms _fractional _books _answers keeps_floor notes_exits _exited _exited_at _expected _equity_at"
        " _size_targets"
    )

    def __init__(self, n_assets: int, terms: ExecutionTerms, books: Books, kernels: Kernels) -> None:
        self._terms, self._fractional, self._books = terms.sizing, terms.fractional, books
        # With same_close, what was accepted at this barrier goes at its close.
        self._answers = int(terms.timing is FillTiming.SAME_CLOSE)
        self.keeps_floor = terms.sizing.floor > 0.0
        self.notes_exits = terms.sizing.at_fill and not self._answers
        self._exited, self._expected = np.zeros(n_assets), np.empty(n_assets)
        self._exited_at = -1
        # What they get is the package's own; see `Kernels.unchecked`.
        self._equity_at, self._size_targets = kernels.unchecked(equity_at), kernels.unchecked(size_targets)
        books.totals[RESERVED] = self._terms.reserve_micros(int(books.totals[CASH]))

    def restore(self, state: Any) -> None:
        """As `Stateful.restore`, once the books have taken theirs over: they may stand as another floor left them."""
        super().restore(state)
        unpriced = np.full(len(self._exited), np.nan)
        equity = int(self._equity_at(unpriced, self._books)) if self.keeps_floor else 0
        self._books.totals[RESERVED] = self._terms.reserve_micros(equity)

    def take_mark(self, snapshot: AccountSnapshot) -> None:
        """Works out what entries leave alone until the next mark."""
        self._books.totals[RESERVED] = self._terms.reserve_micros(snapshot.equity_micros)

    def note_exits(self, seq: int, count: int, rows: Rows) -> None:
        """Remembers the last `count` fills, which are exits at levels, for the rest of the bar."""
        self._begin(seq)
        last = int(self._books.totals[N_FILLS])
        made = slice(last - count, last)
        np.subtract.at(self._exited, rows.fills_i[FILL_ASSET, made], rows.fills_f[FILL_QUANTITY, made])

    def _begin(self, seq: int) -> None:
        if self._exited_at != seq:
            self._exited[:] = 0.0
            self._exited_at = seq

    def size(self, orders: OpenOrders, batch: MarketBatch, point: FillPoint) -> list[Message]:
        """Sizes the targets that go at the open or the close, and takes out those that do not; what became of them."""
        book = orders.book
        if book.targets is None:
            return []
        self._begin(batch.seq)
        prices = batch.bars[CLOSE if point == FillPoint.CLOSE else OPEN]
        micros = int(self._equity_at(prices, self._books))
        equity = micros / 1e6
        least = self._terms.least(equity)
        asset, quantity, weight, value, at = _open_market(orders, batch.seq + self._answers)
        sized, worth_of = np.empty(len(asset)), np.empty(len(asset))
        self._size_targets(
            prices, asset, quantity, weight, value, self._exited, equity * self._terms.share, least,
            self._fractional, self._books, self._expected, sized, worth_of,
        )  # fmt: skip
        sized, worth_of = sized[at], worth_of[at]
        met, goes = worth_of == worth_of, sized != 0.0
        gone, made = np.flatnonzero(met & ~goes), np.flatnonzero(met & goes)
        messages: list[Message] = []
        if len(made):
            columns = freeze(book.order_id[made]), freeze(book.asset[made]), freeze(sized[made])
            estimated, at_price = freeze(book.quantity[made]), freeze(prices[book.asset[made]])
            messages.append(OrdersSized(batch.seq, batch.ts_ns, int(point), micros, *columns, estimated, at_price))
        if len(gone):
            messages.append(
                _too_small(book.order_id[gone], book.asset[gone], book.quantity[gone], worth_of[gone], least)
            )
        book.become(freeze(sized), met, np.flatnonzero(~met | goes))
        return messages


def _open_market(orders: OpenOrders, before: int) -> tuple[IntArray, FloatArray, FloatArray, FloatArray, IntArray]:
    """Open orders that are sure to go, by place: assets, quantities, weights, values; and where those of the book are.

    Args:
        before: orders that rest count if they were accepted before this barrier.
    """
    book, aims = orders.book, orders.book.aims()
    columns = book.place, book.asset, book.quantity, aims.weight, aims.value
    place, asset, quantity = orders.resting.sure_before(before)
    if len(place) == 0:
        return *columns[1:], np.arange(len(book))
    none = np.full(len(place), np.nan)
    more = place, asset, quantity, none, none
    places, *all_of_them = (np.concatenate(both) for both in zip(columns, more, strict=True))
    order = np.argsort(places, kind="stable")
    asset, quantity, weight, value = (freeze(column[order]) for column in all_of_them)
    return asset, quantity, weight, value, np.argsort(order, kind="stable")[: len(book)]


def _too_small(ids: IntArray, asset: IntArray, quantity: FloatArray, worth: FloatArray, least: float) -> OrdersCanceled:
    n = len(ids)
    why, limit = np.full(n, int(Reason.BELOW_THRESHOLD)), np.full(n, least)
    return OrdersCanceled(
        freeze(ids), freeze(asset), freeze(quantity), freeze(why), freeze(worth), freeze(limit), ("",) * n
    )
