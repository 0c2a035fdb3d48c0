"""The yardstick: the top-n rotation as a researcher writes it by hand, one numpy loop over the panel and no engine.

It makes the equity curve and the list of fills, rounding each cash flow to micro-units half to even, so both can be
compared with the engine's to the last unit. Assets may come and go: an order waits for its asset's next bar, a holding
keeps its last price. It knows only what the workload needs: market orders at the next open, one commission rate, cash
shared by one factor when it is short. It makes no order or trade rows, no cost basis, realized profit or postings,
keeps no log, checks no limit, and does not check the data that it is given.
"""

from dataclasses import dataclass

import numpy as np

from tidegate.cli.bench.workloads import CASH, Rotation
from tidegate.core.arrays import FloatArray, IntArray

DUST = 1e-9
OPEN, HIGH, LOW, CLOSE = range(4)


@dataclass(frozen=True, slots=True)
class Tape:
    """What is compared.

    Attributes:
        equity_micros: (T,) after each barrier's mark.
        barrier, asset, quantity, price: (F,) fills in the order in which they were booked.
    """

    equity_micros: IntArray
    barrier: IntArray
    asset: IntArray
    quantity: FloatArray
    price: FloatArray


class Fills:
    """Fills as they come; joined at the end.

    Attributes:
        parts: barrier, assets, signed quantities (all buys or all sells) and prices of each step.
    """

    def __init__(self) -> None:
        self.parts: list[tuple[int, IntArray, FloatArray, FloatArray]] = []

    def add(self, barrier: int, asset: IntArray, quantity: FloatArray, price: FloatArray) -> None:
        """Appends the fills of one step of one bar."""
        self.parts.append((barrier, asset, quantity, price))

    def tape(self, equity: IntArray) -> Tape:
        """All of them in one."""
        if not self.parts:
            none = np.empty(0)
            return Tape(equity, none.astype(np.int64), none.astype(np.int64), none, none)
        barriers, assets, quantities, prices = zip(*self.parts, strict=True)
        barrier = np.repeat(np.array(barriers), [len(part) for part in assets])
        return Tape(equity, barrier, np.concatenate(assets), np.concatenate(quantities), np.concatenate(prices))


def micros(amount: FloatArray) -> IntArray:
    """Whole micro-units, half to even."""
    return np.rint(amount * 1e6).astype(np.int64)


def cost(quantity: FloatArray, price: FloatArray, rate: float) -> int:
    """Micro-units that buys take, commission included."""
    value = quantity * price
    return int(micros(value).sum() + micros(value * rate).sum())


def proceeds(quantity: FloatArray, price: FloatArray, rate: float) -> int:
    """Micro-units that sells bring, less commission; quantities are not signed."""
    value = quantity * price
    return int(micros(value).sum() - micros(value * rate).sum())


def affordable(quantity: FloatArray, price: FloatArray, rate: float, cash: int) -> FloatArray:
    """The buys, all cut by the largest factor j / 2**32 that `cash` micro-units pay for."""
    if cost(quantity, price, rate) <= cash:
        return quantity
    low, high = 0, 2**32
    while high - low > 1:
        middle = (low + high) // 2
        if cost(quantity * (middle / 2**32), price, rate) <= cash:
            low = middle
        else:
            high = middle
    return quantity * (low / 2**32)


def fill_orders(
    barrier: int, opens: FloatArray, orders: FloatArray, held: FloatArray, cash: int, rate: float, fills: Fills
) -> int:
    """Fills what has a bar at its open, reductions first; takes it out of `orders` and into `held`.

    Args:
        barrier: number of the bar.
        opens: (N,) prices, NaN where there is no bar.
        orders: (N,) signed quantities, 0 for none.
        held: (N,) quantities.
        cash: micro-units.
        rate: commission as a fraction.
        fills: gets the fills.

    Returns:
        The cash left.
    """
    asset = np.flatnonzero((orders != 0.0) & (opens == opens))
    wanted, price = orders[asset], opens[asset]
    orders[asset] = 0.0
    sell = (wanted < 0) & (held[asset] > 0)
    if sell.any():
        sold, at = asset[sell], price[sell]
        left = held[sold] + wanted[sell]
        left[left < DUST] = 0.0
        quantity = np.where(left == 0.0, held[sold], -wanted[sell])
        cash += proceeds(quantity, at, rate)
        held[sold] = left
        fills.add(barrier, sold, -quantity, at)
    buy = wanted > 0
    if buy.any():
        bought, at = asset[buy], price[buy]
        quantity = affordable(wanted[buy], at, rate, cash)
        cash -= cost(quantity, at, rate)
        held[bought] += quantity
        fills.add(barrier, bought, quantity, at)
    return cash


def decide(
    score: FloatArray, mark: FloatArray, held: FloatArray, pending: FloatArray, equity: int, rotation: Rotation
) -> FloatArray:
    """Orders (N,) that bring the n best scores to equal weight and the rest to nothing; ties go by column."""
    ranked = np.argsort(-score, kind="stable")[: min(rotation.n, int(np.isfinite(score).sum()))]
    target = np.zeros_like(held)
    target[ranked] = rotation.gross / rotation.n * (equity / 1e6) / mark[ranked]
    orders = target - (held + pending)
    orders[np.abs(orders) <= DUST] = 0.0
    return pending + orders


def rotate(bars: FloatArray, scores: FloatArray, rotation: Rotation) -> Tape:
    """Runs the rotation without exits.

    Args:
        bars: (T, 5, N) open, high, low, close, volume; NaN where there is no bar.
        scores: (T, N), NaN where there is none.
        rotation: what to trade; its exit rules are not looked at.
    """
    length, _, assets = bars.shape
    rate = rotation.fee_bps * 1e-4
    cash = round(CASH * 1e6)
    held, orders, mark = np.zeros(assets), np.zeros(assets), np.full(assets, np.nan)
    equity = np.empty(length, dtype=np.int64)
    fills = Fills()
    for t in range(length):
        opens, close = bars[t, OPEN], bars[t, CLOSE]
        if orders.any():
            cash = fill_orders(t, opens, orders, held, cash, rate, fills)
        mark = np.where(close == close, close, mark)
        owned = np.flatnonzero(held)
        equity[t] = cash + micros(held[owned] * mark[owned]).sum()
        if t % rotation.every == 0:
            orders = decide(scores[t], mark, held, orders, int(equity[t]), rotation)
    return fills.tape(equity)


def stand_still(length: int) -> Tape:
    """What comes of doing nothing for `length` barriers."""
    return Fills().tape(np.full(length, round(CASH * 1e6)))
