"""The yardstick with exit rules: the loop of `bare` plus a stop loss, a profit target and a trailing stop.

Levels known before a bar are tested at its open, then, with the levels of what was just bought, inside it. When a bar
touches both levels the stop is taken. The trailing stop follows the highs of the bars that have ended.
"""

import numpy as np

from tidegate.cli.bench.bare import (
    CLOSE,
    DUST,
    HIGH,
    LOW,
    OPEN,
    Fills,
    Tape,
    decide,
    fill_orders,
    micros,
    proceeds,
)
from tidegate.cli.bench.workloads import CASH, Rotation
from tidegate.core.arrays import FloatArray


class Levels:
    """Average entry price, best price and exit levels by asset; NaN while flat.

    Args:
        assets: how many.
        rotation: has the rules; one that is off gives NaN levels, which nothing touches.
    """

    def __init__(self, assets: int, rotation: Rotation) -> None:
        self._keep = 1.0 - (rotation.stop_loss or np.nan)
        self._gain = 1.0 + (rotation.take_profit or np.nan)
        self._trail = 1.0 - (rotation.trailing_stop or np.nan)
        self._seen = 0
        self._held = np.zeros(assets)
        self._average, self._best = np.full(assets, np.nan), np.full(assets, np.nan)
        self.stop, self.take = np.full(assets, np.nan), np.full(assets, np.nan)

    def record(self, fills: Fills) -> None:
        """Takes over the fills that came since the last call."""
        for _, asset, quantity, price in fills.parts[self._seen :]:
            before = self._held[asset]
            after = before + quantity
            after[after < DUST] = 0.0
            self._held[asset] = after
            if quantity[0] > 0:
                average = (self._average[asset] * before + price * quantity) / after
                self._average[asset] = np.where(before == 0.0, price, average)
                self._best[asset] = np.fmax(self._best[asset], price)
            else:
                self._average[asset[after == 0.0]] = self._best[asset[after == 0.0]] = np.nan
        self._seen = len(fills.parts)
        self._set()

    def follow(self, highs: FloatArray) -> None:
        """Raises the trailing stops by a bar that has ended; NaN where there was none."""
        self._best = np.where(highs > self._best, highs, self._best)
        self._set()

    def _set(self) -> None:
        self.stop = np.fmax(self._average * self._keep, self._best * self._trail)
        self.take = self._average * self._gain


def exit_positions(
    barrier: int, opens: FloatArray, lows: FloatArray, highs: FloatArray, levels: Levels, held: FloatArray, rate: float,
    fills: Fills,
) -> int:  # fmt: skip
    """Closes the positions whose level lies outside `lows`..`highs`; changes `held`, returns the micro-units made."""
    stopped = lows <= levels.stop
    asset = np.flatnonzero((held > 0) & (stopped | (highs >= levels.take)))
    if not asset.size:
        return 0
    first = opens[asset]
    price = np.where(stopped[asset], np.minimum(levels.stop[asset], first), np.maximum(levels.take[asset], first))
    quantity = held[asset]
    held[asset] = 0.0
    fills.add(barrier, asset, -quantity, price)
    return proceeds(quantity, price, rate)


def rotate_with_exits(bars: FloatArray, scores: FloatArray, rotation: Rotation) -> Tape:
    """Runs the rotation with its exit rules; arguments as for `bare.rotate`."""
    length, _, assets = bars.shape
    rate = rotation.fee_bps * 1e-4
    cash = round(CASH * 1e6)
    held, orders, mark = np.zeros(assets), np.zeros(assets), np.full(assets, np.nan)
    levels = Levels(assets, rotation)
    equity = np.empty(length, dtype=np.int64)
    fills = Fills()
    for t in range(length):
        opens, highs, lows, close = bars[t, OPEN], bars[t, HIGH], bars[t, LOW], bars[t, CLOSE]
        cash += exit_positions(t, opens, opens, opens, levels, held, rate, fills)
        if orders.any():
            cash = fill_orders(t, opens, orders, held, cash, rate, fills)
        levels.record(fills)
        cash += exit_positions(t, opens, lows, highs, levels, held, rate, fills)
        levels.record(fills)
        levels.follow(highs)
        mark = np.where(close == close, close, mark)
        owned = np.flatnonzero(held)
        equity[t] = cash + micros(held[owned] * mark[owned]).sum()
        if t % rotation.every == 0:
            orders = decide(scores[t], mark, held, orders, int(equity[t]), rotation)
    return fills.tape(equity)
