"""PositionTradeState: what rules need to know of every position, kept in one place."""

from typing import Any

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import FillPoint
from tidegate.kernels import levels
from tidegate.kernels.following import move_best
from tidegate.kernels.kernel import Kernels
from tidegate.messages.actions import ActionsApplied
from tidegate.messages.market import FinerBars, MarketBatch
from tidegate.messages.orders import Fills
from tidegate.messages.state import ARRAY, Stateful, keeps, made

_NOT_OPENED = -2


class PositionTradeState(Stateful):
    """The trade state of every position, as columns over assets.

    Attributes:
        quantity: units held, negative when short.
        average_price: average entry price, slippage included, NaN while flat.
        water_mark: best price since the position was opened, NaN while flat; see `kernels.levels`.
        opened: int64 barrier at which the position was opened from flat, -1 while flat.
    """

    KEEPS = keeps(
        _rows=ARRAY, opened=ARRAY, _prices=dict[str, None], _memories=dict[str, FloatArray],
        **made("quantity average_price water_mark _record _no_bars _levels _move_best"),
        **made("_unseen _finer _moved _since"),  # of the bar at hand
    )  # fmt: skip

    def __init__(self, n_assets: int, kernels: Kernels) -> None:
        self._rows = np.full((3, n_assets), np.nan)
        self._rows[levels.HELD] = 0.0
        self.opened: IntArray = np.full(n_assets, -1)
        self.quantity: FloatArray = self._rows[levels.HELD]
        self.average_price: FloatArray = self._rows[levels.AVERAGE]
        self.water_mark: FloatArray = self._rows[levels.WATER_MARK]
        self._memories: dict[str, FloatArray] = {}
        self._prices: dict[str, None] = {}
        self._unseen: IntArray = np.full(n_assets, -1)
        self._record = kernels(levels.record_fills)
        self._no_bars = freeze(np.full((5, n_assets), np.nan))
        self._levels, self._move_best = kernels(levels.protective_levels), kernels(move_best)
        self._finer: FinerBars | None = None
        self._moved, self._since = 0, np.zeros(n_assets, np.int64)

    def restore(self, state: Any) -> None:
        """As `Stateful.restore`; rules write into their memories."""
        super().restore(state)
        self._memories = {name: memory.copy() for name, memory in self._memories.items()}

    def take_fills(self, fills: Fills) -> bool:
        """Takes executions in, in booking order; columns of closed positions are cleared.

        Returns:
            whether any of them was an entry.
        """
        if self._finer is not None and fills.point != FillPoint.OPEN:
            return self._take_finer_fills(fills, self._finer)
        return self._take(fills, self._unseen)

    def _take_finer_fills(self, fills: Fills, finer: FinerBars) -> bool:
        """The same after the open, along finer bars: the positions that this opens see those after its own."""
        end = len(finer.ts_ns)
        if fills.finer_ts_ns >= 0:
            end = int(np.searchsorted(finer.ts_ns, fills.finer_ts_ns, side="right"))
        self._follow(finer, end)
        unseen = np.full(len(self.opened), _NOT_OPENED)
        entered = self._take(fills, unseen)
        opened = unseen != _NOT_OPENED
        self._unseen[opened], self._since[opened] = unseen[opened], end
        return entered

    def _take(self, fills: Fills, unseen: IntArray) -> bool:
        entered = self._record(
            len(fills.tags), fills.asset, fills.quantity, fills.price, fills.seq, fills.point != FillPoint.OPEN,
            self._rows, self.opened, unseen,
        )  # fmt: skip
        for memory in self._memories.values():
            memory[self.opened < 0] = np.nan
        return entered

    def begin_finer(self, finer: FinerBars) -> None:
        """Takes the finer bars of the barrier that begins; positions see those that have ended with the next fills."""
        self._finer, self._moved = finer, 0
        self._since[:] = 0

    def _follow(self, finer: FinerBars, end: int) -> None:
        """Moves the water marks by the finer bars before row `end`."""
        self._move_best(self._moved, end, finer.bars, self._since, self.quantity, self.water_mark)
        self._moved = max(self._moved, end)

    def follow(self, applied: ActionsApplied) -> None:
        """Takes over what corporate actions made of positions: in other units, of another asset, or nothing."""
        rows = applied.asset.tolist(), applied.into.tolist(), applied.divisor.tolist()
        sizes = applied.quantity.tolist(), applied.into_quantity.tolist()
        for asset, into, divisor, quantity, moved in zip(*rows, *sizes, strict=True):
            if divisor == divisor:
                for prices in (self.average_price, self.water_mark, *map(self._memories.__getitem__, self._prices)):
                    prices[asset] /= divisor
            if moved != 0.0:
                self._move(asset, into, moved)
            self.quantity[asset] = quantity
            if quantity == 0.0:
                self._clear(asset)

    def _move(self, asset: int, into: int, moved: float) -> None:
        """Adds to one asset's position units that another's has become; what opened it first counts."""
        held = self.quantity[into]
        if held == 0.0:
            for column in (self.average_price, self.water_mark, *self._memories.values()):
                column[into] = column[asset]
            self.opened[into] = self.opened[asset]
        else:
            average, size = self.average_price, abs(held)
            average[into] = (average[into] * size + average[asset] * abs(moved)) / (size + abs(moved))
            best = max if held > 0.0 else min
            self.water_mark[into] = best(self.water_mark[into], self.water_mark[asset])
        self.quantity[into] = held + moved

    def _clear(self, asset: int) -> None:
        for column in (self.average_price, self.water_mark, *self._memories.values()):
            column[asset] = np.nan
        self.opened[asset] = -1

    def write_levels(
        self, batch: MarketBatch | None, rules: FloatArray, stop: FloatArray, take: FloatArray, stop_rule: IntArray
    ) -> bool:
        """Moves the water marks by a bar that has ended, if one is given, and writes the protective levels.

        Returns:
            whether a level has changed; see `kernels.levels.protective_levels`.
        """
        if batch is None:
            return self._levels(self._no_bars, -2, self._unseen, rules, self._rows, stop, take, stop_rule)
        if self._finer is not None:
            self._follow(self._finer, len(self._finer.ts_ns))
        return self._levels(batch.bars, batch.seq, self._unseen, rules, self._rows, stop, take, stop_rule)

    def memory(self, name: str, *, prices: bool = False) -> FloatArray:
        """A column for a rule's own use, (n_assets,), NaN wherever there is no position.

        Args:
            prices: whether it holds prices, which splits divide.
        """
        if prices:
            self._prices[name] = None
        return self._memories.setdefault(name, np.full(len(self.opened), np.nan))


def restate_levels(
    applied: ActionsApplied, held: FloatArray, stop: FloatArray, take: FloatArray, stop_rule: IntArray
) -> None:
    """Makes of levels what corporate actions made of their positions: other prices, or levels of another asset.

    Args:
        held: (n_assets,) units before.
        stop, take, stop_rule: (n_assets,) levels, and what set them; changed in place.
    """
    rows = applied.asset.tolist(), applied.into.tolist(), applied.divisor.tolist(), applied.into_quantity.tolist()
    for asset, into, divisor, moved in zip(*rows, strict=True):
        if divisor == divisor and (moved == 0.0 or held[into] == 0.0):
            to = into if moved != 0.0 else asset
            for level in (stop, take):
                price, level[asset] = level[asset] / divisor, np.nan
                level[to] = price
            stop_rule[to] = stop_rule[asset]
