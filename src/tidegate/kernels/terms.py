"""What an account's orders are filled on: when, at what cost, and how scarce cash is shared."""

from dataclasses import dataclass

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray
from tidegate.core.enums import FillTiming, PathPolicy
from tidegate.kernels.conditions import GTC
from tidegate.kernels.instruments import IN_CASH, AccountSays
from tidegate.kernels.paths import MARKET
from tidegate.messages.orders import OrderTerms

Clashes = list[tuple[int, float, float]]
"""Of units for which a bar is ambiguous, the asset and the prices on the way low first and high first."""
_POLICIES = tuple(PathPolicy)


def path_code(policy: PathPolicy) -> int:
    """The kernels' number of a path policy."""
    return _POLICIES.index(policy)


def is_plain(terms: OrderTerms) -> BoolArray:
    """Which orders are market orders that are good till canceled, alone, and free to open a position."""
    plain: BoolArray = (terms.kind == MARKET) & (terms.tif == GTC) & (terms.group == 0) & (terms.reduce_only == 0)
    return plain


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """What kind of account it is.

    Attributes:
        margin: whether positions are held on margin, long or short, or paid in full, and long alone.
        currency: its own.
        says: what it says of assets of which nothing else is said.
        locked: whether what short sales bring earns no interest and pays no debt.
        settlement: sessions until what a sale brings can be spent; in a cash account alone.
        credit, debit: interest a year on cash, and on cash that is lent, as fractions.
        others: the other currencies that have rates, in alphabetical order.
        rates: context rows that hold their rates.
        borrow_rate_row, borrow_available_row: feature rows that tell a year's price of borrowed shares and how many
            there are, -1 for none.
    """

    margin: bool = False
    currency: str = ""
    says: AccountSays = IN_CASH
    locked: bool = True
    settlement: int = 0
    credit: float = 0.0
    debit: float = 0.0
    others: tuple[str, ...] = ()
    rates: tuple[int, ...] = ()
    borrow_rate_row: int = -1
    borrow_available_row: int = -1

    @property
    def accrues(self) -> bool:
        """Whether a night changes anything even without futures and borrowed shares."""
        return self.settlement > 0 or self.credit != 0.0 or self.debit != 0.0 or self.borrow_rate_row >= 0

    @property
    def follows(self) -> bool:
        """Whether instruments change with what the feed says."""
        return bool(self.rates) or self.borrow_rate_row >= 0 or self.borrow_available_row >= 0


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
        account: what kind of account it is.
        participation: fraction of a bar's volume that all fills of an asset may make up, NaN for no limit.
        cancels_rest: whether what volume holds back is canceled, and does not stay open.
        zero_fills: whether a bar of volume 0 is met as if its volume were not known.
        rounds_ticks: whether prices between ticks are rounded, and their orders not refused.
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
    account: AccountTerms = AccountTerms()
    participation: float = np.nan
    cancels_rest: bool = False
    zero_fills: bool = False
    rounds_ticks: bool = False

    def costs(self) -> FloatArray:
        """The `costs` array of the kernels."""
        slip, rate, cap = self.slippage_bps * 1e-4, self.commission_bps * 1e-4, self.cap_bps * 1e-4
        prices = 1.0 + slip, 1.0 - slip, self.slippage_fixed
        return np.array([*prices, rate, self.per_share, self.per_trade, self.minimum, cap])
