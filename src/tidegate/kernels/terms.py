"""What an account's orders are filled on: when, at what cost, and how scarce cash is shared."""

from dataclasses import dataclass

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray
from tidegate.core.enums import FillTiming, PathPolicy
from tidegate.kernels.conditions import GTC
from tidegate.kernels.paths import MARKET
from tidegate.messages.orders import OrderTerms

Clashes = list[tuple[int, float, float]]
"""Of units for which a bar is ambiguous, the asset and the prices on the way low first and high first."""
_POLICIES = tuple(PathPolicy)


def path_code(policy: PathPolicy) -> int:
    """The kernels' number of a path policy."""
    return _POLICIES.index(policy)


def is_plain(terms: OrderTerms) -> BoolArray:
    """Which orders are market orders that are good till canceled and alone."""
    plain: BoolArray = (terms.kind == MARKET) & (terms.tif == GTC) & (terms.group == 0)
    return plain


@dataclass(frozen=True, slots=True)
class ExecutionTerms:
    """When orders fill, what that costs, and how scarce cash is shared.

    Attributes:
        timing: at which price point orders meet a bar.
        commission_bps, per_share, minimum, per_trade, cap_bps: commission of a fill, see `arithmetic.commission`.
        slippage_bps, slippage_fixed: what a buy pays above, and a sell gets below, the price of the bar: so many basis
            points of it, and so much on top.
        shortage: SCALE, RANK or REJECT of `shortage`.
        fractional: whether quantities may have a fraction.
        path: which way the price took through a bar.
        through: whether limit orders go only where the price passes their limit.
    """

    timing: FillTiming
    commission_bps: float
    per_share: float
    minimum: float
    slippage_bps: float
    shortage: int
    fractional: bool
    path: PathPolicy = PathPolicy.PESSIMISTIC
    through: bool = False
    per_trade: float = 0.0
    cap_bps: float = np.inf
    slippage_fixed: float = 0.0

    def costs(self) -> FloatArray:
        """The `costs` array of the kernels."""
        slip, rate, cap = self.slippage_bps * 1e-4, self.commission_bps * 1e-4, self.cap_bps * 1e-4
        prices = 1.0 + slip, 1.0 - slip, self.slippage_fixed
        return np.array([*prices, rate, self.per_share, self.per_trade, self.minimum, cap])
