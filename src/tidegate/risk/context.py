"""What a rule of the user's is given: lazy, so that a rule pays only for what it looks at."""

from datetime import datetime
from functools import cached_property

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray
from tidegate.core.time import to_datetime
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.market import MarketBatch
from tidegate.messages.views import Batch, Labels
from tidegate.risk.state import PositionTradeState


class RiskContext:
    """The book and the market at one barrier, for rules.

    Attributes:
        positions: the trade state; arrays over assets, not to be changed.
    """

    def __init__(
        self, labels: Labels, batch: MarketBatch, snapshot: AccountSnapshot | None, positions: PositionTradeState
    ) -> None:
        self._labels = labels
        self._message = batch
        self._snapshot = snapshot
        self.positions = positions

    @property
    def barrier(self) -> int:
        """Number of the barrier, from 0."""
        return self._message.seq

    @property
    def time(self) -> datetime:
        """When the bars closed, UTC."""
        return to_datetime(self._message.ts_ns)

    @property
    def names(self) -> tuple[str, ...]:
        """The assets, by column."""
        return self._labels.universe.names

    @cached_property
    def batch(self) -> Batch:
        """This barrier's data."""
        return Batch(self._labels, self._message)

    @property
    def equity(self) -> float:
        """Marked equity in currency units; NaN before the first mark."""
        return self._snapshot.equity_micros / 1e6 if self._snapshot is not None else float("nan")

    @property
    def cash(self) -> float:
        """Cash in currency units; NaN before the first mark."""
        return self._snapshot.cash_micros / 1e6 if self._snapshot is not None else float("nan")

    @cached_property
    def held(self) -> BoolArray:
        """(n_assets,) which assets are held."""
        held: BoolArray = self.positions.opened >= 0
        return held

    @cached_property
    def gain(self) -> FloatArray:
        """(n_assets,) last mark over average entry price, less 1, its negative for shorts; NaN while flat."""
        mark = self._snapshot.mark if self._snapshot is not None else self._message.close
        gain: FloatArray = mark / self.positions.average_price - 1.0
        return np.where(self.positions.quantity < 0.0, -gain, gain)

    @cached_property
    def bars_held(self) -> FloatArray:
        """(n_assets,) barriers since the position was opened; NaN while flat."""
        held: FloatArray = self._message.seq - self.positions.opened + self.positions.average_price * 0.0
        return held

    def memory(self, name: str) -> FloatArray:
        """A column over assets for the rule's own use; NaN wherever there is no position."""
        return self.positions.memory(name)
