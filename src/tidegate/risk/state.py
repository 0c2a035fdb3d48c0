"""PositionTradeState: what rules need to know of every position, kept in one place."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import FillPoint
from tidegate.kernels import levels
from tidegate.kernels.kernel import Kernels
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import Fills


class PositionTradeState:
    """The trade state of every position, as columns over assets.

    Attributes:
        quantity: units held, negative when short.
        average_price: average entry price, slippage included, NaN while flat.
        water_mark: best price since the position was opened, NaN while flat; see `kernels.levels`.
        opened: int64 barrier at which the position was opened from flat, -1 while flat.
    """

    def __init__(self, n_assets: int, kernels: Kernels) -> None:
        self._rows = np.full((3, n_assets), np.nan)
        self._rows[levels.HELD] = 0.0
        self.opened: IntArray = np.full(n_assets, -1)
        self.quantity: FloatArray = self._rows[levels.HELD]
        self.average_price: FloatArray = self._rows[levels.AVERAGE]
        self.water_mark: FloatArray = self._rows[levels.WATER_MARK]
        self._memories: dict[str, FloatArray] = {}
        self._unseen: IntArray = np.full(n_assets, -1)
        self._record = kernels(levels.record_fills)
        self._no_bar = freeze(np.full(n_assets, np.nan))
        self._levels = kernels(levels.protective_levels)

    def take_fills(self, fills: Fills) -> bool:
        """Takes executions in, in booking order; columns of closed positions are cleared.

        Returns:
            whether any of them was an entry.
        """
        entered = self._record(
            len(fills.tags), fills.asset, fills.quantity, fills.price, fills.seq, fills.point != FillPoint.OPEN,
            self._rows, self.opened, self._unseen,
        )  # fmt: skip
        for memory in self._memories.values():
            memory[self.opened < 0] = np.nan
        return entered

    def write_levels(
        self, batch: MarketBatch | None, rules: FloatArray, stop: FloatArray, take: FloatArray, stop_rule: IntArray
    ) -> bool:
        """Moves the water marks by a bar that has ended, if one is given, and writes the protective levels.

        Returns:
            whether a level has changed; see `kernels.levels.protective_levels`.
        """
        if batch is None:
            return self._levels(self._no_bar, self._no_bar, -2, self._unseen, rules, self._rows, stop, take, stop_rule)
        return self._levels(batch.high, batch.low, batch.seq, self._unseen, rules, self._rows, stop, take, stop_rule)

    def memory(self, name: str) -> FloatArray:
        """A column for a rule's own use, (n_assets,), NaN wherever there is no position."""
        return self._memories.setdefault(name, np.full(len(self.opened), np.nan))
