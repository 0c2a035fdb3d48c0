"""What an account's orders are filled on: when, at what cost, and how scarce cash is shared."""

from dataclasses import dataclass

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray
from tidegate.core.enums import FillTiming, PathPolicy
from tidegate.kernels import costs, estimates
from tidegate.kernels.arithmetic import micros
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
class SizingTerms:
    """How targets become so many units.

    Attributes:
        at_fill: whether that is when the order goes, and not at the decision.
        least_value, least_weight: a change worth less than so much money, or so much of equity, makes no order.
        share: of equity that weights are shares of; the rest is kept free.
        floor: fraction of equity below which entries may not take cash.
    """

    at_fill: bool = False
    least_value: float = 0.0
    least_weight: float = 0.0
    share: float = 1.0
    floor: float = 0.0

    def least(self, equity: float) -> float:
        """What a change must be worth to make an order."""
        return max(self.least_value, self.least_weight * equity)

    def reserve_micros(self, equity_micros: int) -> int:
        """Cash that entries leave alone."""
        return micros(self.floor * (max(0, equity_micros) / 1e6))


PLAIN_SIZING = SizingTerms()
"""At the decision, with nothing held back and nothing too small."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How a figure of an asset is estimated, see `estimates`.

    Attributes:
        how: OFF, WINDOW, DECAY or FEATURE.
        window: how many values it is made from.
        decay: by what factor a value weighs less than the next.
        least: how many values it wants before it counts.
        default: what stands for it until then, NaN for nothing.
        feature: row of the features, -1 for none.
    """

    how: int = estimates.OFF
    window: int = 1
    decay: float = 0.0
    least: int = 1
    default: float = np.nan
    feature: int = -1


@dataclass(frozen=True, slots=True)
class Tier:
    """What is charged beside all else by an account that has traded `at_least` so much this month."""

    at_least: float
    rate: float
    per_share: float


@dataclass(frozen=True, slots=True)
class CostModels:
    """The models of slippage and commission beyond a rate and an amount, see `costs`; zeros where they are off.

    Attributes:
        half_spread: as a fraction of the price, of assets of which nothing else is said.
        bid, ask: rows of the features that quote it, -1 for none.
        volume_share, share_cap: the factor, and the largest share that counts.
        volatility, square_root, temporary, permanent: the factors of these models.
        sigma, average_volume: how they are estimated.
        maker, maker_per_share, taker, taker_per_share: the venue's rates of the value and by unit.
        per_contract: what futures pay, -1 where they pay as other assets do.
        tiers: by rising thresholds.
        tiers_by: BY_VALUE or BY_UNITS of `costs`.
    """

    half_spread: float = 0.0
    bid: int = -1
    ask: int = -1
    volume_share: float = 0.0
    share_cap: float = 1.0
    volatility: float = 0.0
    square_root: float = 0.0
    temporary: float = 0.0
    permanent: float = 0.0
    sigma: Estimate = Estimate()
    average_volume: Estimate = Estimate()
    maker: float = 0.0
    maker_per_share: float = 0.0
    taker: float = 0.0
    taker_per_share: float = 0.0
    per_contract: float = -1.0
    tiers: tuple[Tier, ...] = ()
    tiers_by: int = costs.BY_NOTHING

    @property
    def venue(self) -> bool:
        """Whether the venue charges or pays anything."""
        return any((self.maker, self.maker_per_share, self.taker, self.taker_per_share))


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
        dividends_lower_limits: whether a dividend lowers the prices of open orders, see `restating`.
        account: what kind of account it is.
        models: what else a fill costs.
        participation: fraction of a bar's volume that all fills of an asset may make up, NaN for no limit.
        cancels_rest: whether what volume holds back is canceled, and does not stay open.
        zero_fills: whether a bar of volume 0 is met as if its volume were not known.
        rounds_ticks: whether prices between ticks are rounded, and their orders not refused.
        sizing: of targets.
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
    dividends_lower_limits: bool = False
    account: AccountTerms = AccountTerms()
    models: CostModels = CostModels()
    participation: float = np.nan
    cancels_rest: bool = False
    zero_fills: bool = False
    rounds_ticks: bool = False
    sizing: SizingTerms = PLAIN_SIZING

    def costs(self) -> FloatArray:
        """The `costs` array of the kernels; which of the models are on is for `charges` to say."""
        slip, rate, cap = self.slippage_bps * 1e-4, self.commission_bps * 1e-4, self.cap_bps * 1e-4
        prices = 1.0 + slip, 1.0 - slip, self.slippage_fixed
        models = self.models
        other = slip != 0.0 or self.slippage_fixed != 0.0 or models.volatility != 0.0
        return np.array([
            *prices, rate, self.per_share, self.per_trade, self.minimum, cap, 0.0, other, 0.0,
            models.volume_share, models.share_cap, models.volatility, models.square_root, models.temporary,
            models.permanent, models.per_contract, models.maker, models.maker_per_share, models.taker,
            models.taker_per_share, models.tiers_by, 0.0,
        ])  # fmt: skip
