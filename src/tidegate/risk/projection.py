"""What positions will be when everything that was approved has been done: what limits and exits are measured at."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray
from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.limits import AT_MARKET, CONDITIONAL, LEAST, MOST, SURE
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.actions import OrdersAdjusted
from tidegate.messages.orders import OrderColumns, OrdersHeldBack
from tidegate.messages.state import ARRAY, Stateful, keeps, made
from tidegate.risk.validation import natures

SELLS, BUYS = range(2)
Orders = dict[int, tuple[int, float]]
"""Asset and quantity of orders, by id."""


class Projection(Stateful):
    """Positions as held, with market orders as sure to go and conditional entries as orders that may.

    Args:
        shorts: whether the account may sell what it does not hold.

    Attributes:
        rows: (3, n_assets), see `kernels.limits.SURE`. In a cash account the last two are alike: nothing is sold short.
        conditional: conditional entries by id, in the order of their approval: asset and quantity.
    """

    KEEPS = keeps(
        rows=ARRAY, _held=FloatArray, _moving=ARRAY, conditional=Orders, _market=Orders,
        **made("_shorts _filled"),
    )  # fmt: skip

    def __init__(self, n_assets: int, *, shorts: bool) -> None:
        self.rows: FloatArray = np.zeros((3, n_assets))
        self.conditional: Orders = {}
        self._shorts = shorts
        self._held: FloatArray = np.zeros(n_assets)
        self._moving = np.zeros((2, n_assets))
        self._market: Orders = {}
        self._filled: dict[int, str] = {}  # and which of these they were among

    def restart(self, snapshot: AccountSnapshot) -> None:
        """The account as marked; what was approved since the last mark is in it."""
        self._held = snapshot.quantity
        np.add(snapshot.quantity, snapshot.pending, out=self.rows)
        for asset, quantity in self.conditional.values():
            self._reserve(asset, quantity)
        self._moving[:] = 0.0
        for asset, quantity in self._market.values():
            self._move(asset, quantity)

    def expect(self, orders: OrderColumns) -> None:
        """Approved orders; market sells that a cash account will reject are left out."""
        columns = orders.order_id.tolist(), orders.asset.tolist(), orders.quantity.tolist(), natures(orders).tolist()
        for order, asset, quantity, nature in zip(*columns, strict=True):
            if nature == CONDITIONAL and self._enters(asset, quantity):
                self.conditional[order] = asset, quantity
                self._reserve(asset, quantity)
            if nature != AT_MARKET or (quantity < 0.0 and not self._sellable(asset, -quantity)):
                continue
            self._market[order] = asset, quantity
            self.rows[:, asset] += quantity
            self._move(asset, quantity)

    def change(self, order: int, quantity: float) -> None:
        """An order that is for another quantity now, as far as it is counted."""
        if order in self._market:
            asset, before = self._market[order]
            self.rows[:, asset] += quantity - before
            self._move(asset, before, -1.0)
            self._move(asset, quantity)
            self._market[order] = asset, quantity
        if order in self.conditional:
            asset, before = self.conditional[order]
            self._reserve(asset, before, -1.0)
            self._reserve(asset, quantity)
            self.conditional[order] = asset, quantity

    def forget(self, order: int) -> None:
        """An order that was refused or taken back."""
        asset, quantity = self._market.pop(order, (0, 0.0))
        if quantity:
            self.rows[:, asset] -= quantity
            self._move(asset, quantity, -1.0)
        asset, quantity = self.conditional.pop(order, (0, 0.0))
        if quantity:
            self._reserve(asset, quantity, -1.0)

    def forget_filled(self, orders: IntArray) -> None:
        """Orders that filled are not open any more; the next mark has what they did."""
        if self._market or self.conditional:
            self._filled = {}
            for order in orders.tolist():
                for name in ("_market", "conditional"):
                    if getattr(self, name).pop(order, None) is not None:
                        self._filled[order] = name

    def hold_back(self, held_back: OrdersHeldBack) -> None:
        """Orders that volume left open: those that just filled in part are open for what is left."""
        columns = held_back.order_id.tolist(), held_back.asset.tolist(), held_back.quantity.tolist()
        for order, asset, rest in zip(*columns, strict=True):
            if order in self._filled:
                getattr(self, self._filled[order])[order] = asset, rest

    def adjust(self, adjusted: OrdersAdjusted) -> None:
        """Orders that a corporate action has changed; the mark that follows has positions and market orders as well."""
        rows = adjusted.order_id.tolist(), adjusted.asset.tolist(), adjusted.quantity.tolist()
        for order, asset, quantity in zip(*rows, strict=True):
            for known in (self._market, self.conditional):
                if order in known:
                    known[order] = asset, quantity

    def sellable(self, snapshot: AccountSnapshot | None) -> FloatArray:
        """(n_assets,) what is held less what is being sold; a new array."""
        left: FloatArray = self._moving[SELLS] + (0.0 if snapshot is None else snapshot.quantity)
        return left

    def unreduced(self, held: FloatArray) -> FloatArray:
        """(n_assets,) what is left of positions once the market orders that close them have gone."""
        longs, shorts = np.fmax(held + self._moving[SELLS], 0.0), np.fmin(held + self._moving[BUYS], 0.0)
        left: FloatArray = np.where(held > 0.0, longs, shorts)
        return left

    def _sellable(self, asset: int, units: float) -> bool:
        return self._shorts or units <= self._held[asset] + self._moving[SELLS, asset] + DUST

    def _move(self, asset: int, quantity: float, times: float = 1.0) -> None:
        self._moving[BUYS if quantity > 0.0 else SELLS, asset] += times * quantity

    def _reserve(self, asset: int, quantity: float, times: float = 1.0) -> None:
        if quantity > 0.0 or not self._shorts:
            self.rows[MOST, asset] += times * quantity
        if quantity < 0.0 or not self._shorts:
            self.rows[LEAST, asset] += times * quantity

    def _enters(self, asset: int, quantity: float) -> bool:
        """Whether a conditional order takes the position further from zero, or past it."""
        if not self._shorts:
            return quantity > 0.0
        sure = float(self.rows[SURE, asset])
        return sure * quantity >= 0.0 or abs(quantity) - abs(sure) >= DUST
