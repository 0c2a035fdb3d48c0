"""Target weights worked out into orders; and what cannot be, or is not worth an order, put into messages."""

import numpy as np

from tidegate.core.arrays import FloatArray, IntArray, freeze
from tidegate.core.enums import Reason
from tidegate.core.words import repeated
from tidegate.kernels.kernel import Kernels
from tidegate.kernels.sizing import ORDER_ASSET, ORDER_PRIORITY, ORDER_QUANTITY, orders_to_targets
from tidegate.kernels.terms import SizingTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.orders import OrderTargets, TargetsSkipped
from tidegate.strategy.noted import Noted, OrderSlab
from tidegate.strategy.noted import unpriced as unpriced_targets
from tidegate.strategy.terms import DeskTerms


class TargetSizer:
    """Works targets out.

    Where the account may be short, a target on the other side of zero makes two orders; one that is sized at the fill
    makes one, which then knows what is held.

    Args:
        terms: of the desk.
        lot: (n_assets,) step of quantities, 0 for none.
        kernels: how kernels run.
    """

    def __init__(self, terms: DeskTerms, lot: FloatArray, kernels: Kernels) -> None:
        self._fractional, self._lot = terms.fractional, lot
        self._shorts = terms.shorts and not terms.sizing.at_fill
        self._size = kernels(orders_to_targets)
        self._slab = OrderSlab(len(lot))
        self._unpriced = np.empty(len(lot), np.int64)
        self.size_by(terms.sizing)

    def size_by(self, terms: SizingTerms) -> None:
        """Takes other terms, of the same moment."""
        self._terms = terms
        self._may_skip = terms.least_value > 0.0 or terms.least_weight > 0.0

    def size(
        self,
        weights: FloatArray,
        value: float,
        snapshot: AccountSnapshot,
        asked: FloatArray,
        *,
        close_others: bool,
        first: int,
        tag: str,
    ) -> tuple[Noted, int, list[Message]]:
        """The orders that take assets to their target weights.

        Args:
            weights: (n_assets,) fraction of equity, NaN for assets not named.
            value: what the one weight was made of, in currency units; NaN where weights are meant.
            asked: (n_assets,) units asked for since the mark; what is ordered here is added.
            first: the sender's first number that is free.

        Returns:
            the orders, how many numbers were used, and what is said of targets that make none.
        """
        terms, n = self._terms, len(weights)
        equity = snapshot.equity_micros / 1e6
        least = terms.least(equity) if self._may_skip else 0.0
        slab = self._slab = self._slab.with_room(2 * n)
        at = slab.used
        count, unpriced, skipped = self._size(
            weights, equity * terms.share, least, snapshot.mark, snapshot.unit, self._lot, snapshot.quantity,
            snapshot.pending, asked, close_others, self._fractional, self._shorts, first, at, slab.ints, slab.floats,
            self._unpriced,
        )  # fmt: skip
        refused: list[Message] = []
        if unpriced:
            refused.append(unpriced_targets(first, self._unpriced[:unpriced].copy(), snapshot.mark))
        if skipped:
            rows = np.arange(at + 2 * n - 1, at + 2 * n - 1 - skipped, -1)
            refused.append(_skipped(first + unpriced + count, slab, rows, least))
        noted = slab.noted(count, tag)
        if terms.at_fill:
            noted = noted._replace(targets=_targets(weights, value, noted.asset))
        return noted, unpriced + count + skipped, refused


def _targets(weights: FloatArray, value: float, asset: IntArray) -> OrderTargets:
    """What orders for these assets are to reach; what was not named goes to zero."""
    none = freeze(np.full(len(asset), np.nan))
    if value == value:
        return OrderTargets(none, freeze(np.full(len(asset), value)))
    weight = weights[asset]
    weight[np.isnan(weight)] = 0.0
    return OrderTargets(freeze(weight), none)


def _skipped(first: int, slab: OrderSlab, rows: IntArray, least: float) -> TargetsSkipped:
    n = len(rows)
    return TargetsSkipped(
        freeze(np.arange(first, first + n)),
        freeze(slab.ints[ORDER_ASSET, rows]),
        freeze(slab.floats[ORDER_QUANTITY, rows]),
        freeze(np.full(n, int(Reason.BELOW_THRESHOLD))),
        freeze(slab.floats[ORDER_PRIORITY, rows]),
        freeze(np.full(n, least)),
        repeated("", n),
    )
