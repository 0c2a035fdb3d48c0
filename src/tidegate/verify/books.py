"""Columns of what was booked in a stretch: fills, trades, postings, corporate actions."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.messages.account import CashPosted, TradesClosed
from tidegate.messages.actions import ActionsApplied
from tidegate.messages.blocks import BlockColumns
from tidegate.messages.orders import Fills
from tidegate.verify.stretch import Stretch, column, joined, spread

MICROS_MAX = 2**60
"""Largest amount that books hold."""


def micros(amount: FloatArray) -> IntArray:
    """(n,) currency units to micro-units, half to even; what cannot be said is 0 and what is too large the largest."""
    scaled = np.rint(amount * 1e6)
    bounded = np.clip(np.where(np.isnan(scaled), 0.0, scaled), -MICROS_MAX, MICROS_MAX)
    found: IntArray = bounded.astype(np.int64)
    return found


@dataclass(frozen=True, slots=True)
class FillRows:
    """All fills of a stretch, in order.

    Attributes:
        row: of the message in the stretch.
        seq, point, finer_ns: of the message.
        price, reference: as told; `size` is not signed.
    """

    row: IntArray
    seq: IntArray
    point: IntArray
    finer_ns: IntArray
    fill_id: IntArray
    order_id: IntArray
    asset: IntArray
    cash: IntArray
    commission: IntArray
    slippage: IntArray
    quantity: FloatArray
    price: FloatArray
    reference: FloatArray

    @property
    def size(self) -> FloatArray:
        """Units, not signed."""
        return np.abs(self.quantity)

    def part(self, at: IntArray) -> "FillRows":
        """Some of them."""
        return FillRows(*(getattr(self, one.name)[at] for one in fields(self)))


def fills_of(stretch: Stretch) -> FillRows:
    """The fills of a stretch."""
    rows, told = stretch.rows(Fills), stretch.of(Fills)
    ints, floats = _blocks(told, Fills)
    lengths = column([one.ints.shape[1] for one in told])
    head = column([number for one in told for number in (one.seq, one.point, one.finer_ts_ns)]).reshape(-1, 3)
    seq, point, finer = np.repeat(head, lengths, axis=0).T
    return FillRows(np.repeat(rows, lengths), seq, point, finer, *ints, *floats)


@dataclass(frozen=True, slots=True)
class TradeRows:
    """All trades of a stretch."""

    row: IntArray
    seq: IntArray
    fill_id: IntArray
    asset: IntArray
    entry_seq: IntArray
    cost: IntArray
    proceeds: IntArray
    commission: IntArray
    pnl: IntArray
    bars: IntArray
    quantity: FloatArray
    exit_price: FloatArray

    @property
    def gross(self) -> IntArray:
        """Profits before commissions."""
        return self.pnl + self.commission


def trades_of(stretch: Stretch) -> TradeRows:
    """The trades of a stretch."""
    rows, told = stretch.rows(TradesClosed), stretch.of(TradesClosed)
    ints, floats = _blocks(told, TradesClosed)
    lengths = column([one.ints.shape[1] for one in told])
    seq = np.repeat(column([one.seq for one in told]), lengths)
    fill_id, asset, entry_seq, cost, proceeds, commission, pnl, bars = ints
    return TradeRows(
        np.repeat(rows, lengths), seq, fill_id, asset, entry_seq, cost, proceeds, commission, pnl, bars,
        floats[0], floats[2],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostingRows:
    """All postings of a stretch."""

    row: IntArray
    kind: IntArray
    asset: IntArray
    fill_id: IntArray
    amount: IntArray
    currency: IntArray


def postings_of(stretch: Stretch) -> PostingRows:
    """The postings of a stretch."""
    rows, told = stretch.rows(CashPosted), stretch.of(CashPosted)
    ints = joined([one.ints for one in told], np.empty((len(CashPosted.int_rows()), 0), np.int64))
    return PostingRows(spread(rows, (one.ints.shape[1] for one in told)), *ints)


@dataclass(frozen=True, slots=True)
class ActionRows:
    """What corporate actions did in a stretch."""

    row: IntArray
    kind: IntArray
    asset: IntArray
    into: IntArray
    cash: IntArray
    receivable: IntArray
    value: FloatArray
    before: FloatArray
    after: FloatArray
    came: FloatArray


def actions_of(stretch: Stretch) -> ActionRows:
    """The corporate actions of a stretch."""
    rows, told = stretch.rows(ActionsApplied), stretch.of(ActionsApplied)
    ints, floats = _blocks(told, ActionsApplied)
    kind, asset, into, _, cash, receivable = ints
    value, _, _, before, after, came = floats
    row = spread(rows, (one.ints.shape[1] for one in told))
    return ActionRows(row, kind, asset, into, cash, receivable, value, before, after, came)


def _blocks(told: Sequence[BlockColumns], kind: type[BlockColumns]) -> tuple[IntArray, FloatArray]:
    ints = joined([one.ints for one in told], np.empty((len(kind.int_rows()), 0), np.int64))
    floats = joined([one.floats for one in told], np.empty((len(kind.float_rows()), 0)))
    return ints, floats
