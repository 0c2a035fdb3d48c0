"""What the naive broker is told: the rules of an account, what its assets are, and the news of a bar."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NAN = math.nan
DUST = 1e-9
"""What is left of a position or an order below this counts as nothing."""
DAY_NS = 86_400_000_000_000

Event = tuple[Any, ...]
"""The name of a message, then its rows; `fills` have their price point between."""


@dataclass(frozen=True)
class Estimate:
    """How one number is estimated: over the last `window` values, or with `decay` where that is not 0.

    `default` is taken while there are fewer than `least` values, NaN for none.
    """

    window: int = 20
    decay: float = 0.0
    least: int = 0
    default: float = NAN


@dataclass(frozen=True)
class Tier:
    """What is paid on top once so much was traded in a month."""

    at_least: float
    bps: float = 0.0
    per_share: float = 0.0


@dataclass(frozen=True)
class Models:
    """Costs beyond rates; a factor of 0 is no such model."""

    half_spread_bps: float = 0.0
    volume_share: float = 0.0
    volume_cap: float = 1.0
    square_root: float = 0.0
    temporary: float = 0.0
    permanent: float = 0.0
    volatility: float = 0.0
    sigma: Estimate = Estimate()
    volume: Estimate = Estimate()
    per_contract: float = NAN
    tiers: tuple[Tier, ...] = ()
    tiers_by_value: bool = True
    maker_bps: float = 0.0
    maker_per_share: float = 0.0
    taker_bps: float = 0.0
    taker_per_share: float = 0.0

    @property
    def has_venue(self) -> bool:
        return any((self.maker_bps, self.maker_per_share, self.taker_bps, self.taker_per_share))

    @property
    def tells_parts(self) -> bool:
        """Whether each message of fills is followed by one of their parts."""
        impact = self.volume_share, self.square_root, self.temporary, self.permanent
        return self.has_venue or bool(self.half_spread_bps or self.volatility or any(impact))


@dataclass(frozen=True)
class Rules:
    """What holds for all orders; named as the settings of the engine are."""

    timing: str = "next_open"
    path: str = "pessimistic"
    through: bool = False
    shortage: str = "scale"
    fractional: bool = False
    slippage_bps: float = 0.0
    slippage_fixed: float = 0.0
    commission_bps: float = 0.0
    per_share: float = 0.0
    per_trade: float = 0.0
    minimum: float = 0.0
    cap_bps: float = math.inf
    models: Models = Models()
    participation: float = NAN
    """Share of a bar's volume that fills; NaN for any."""
    cancels_rest: bool = False
    zero_fills: bool = False
    """Whether orders fill in bars in which nothing was traded."""
    rounds_ticks: bool = False
    margin: bool = False
    """Whether it is a margin account."""
    settlement: int = 0
    """Sessions until the proceeds of a sale can be spent."""
    credited: bool = False
    """Whether the proceeds of short sales bear interest."""
    credit: float = 0.0
    debit: float = 0.0
    """Interest a year on cash, and on borrowed cash."""


@dataclass(frozen=True)
class Instrument:
    """What holds for one asset.

    `currency` is 0 for the account's own. `borrow_rate` and `available` hold until a bar's news say otherwise.
    """

    multiplier: float = 1.0
    currency: int = 0
    future: bool = False
    initial: float = 1.0
    maintenance: float = 1.0
    borrow_rate: float = 0.0
    available: float = math.inf
    half_spread_bps: float = NAN
    lot: float = 0.0
    tick: float = 0.0
    least: float = 0.0


@dataclass(frozen=True)
class Bar:
    """The prices of one asset, and how many units were traded."""

    open: float
    high: float
    low: float
    close: float
    volume: float = NAN


Row = Sequence[Bar | None]
"""The finer bars of one moment, by asset."""


@dataclass(frozen=True)
class Action:
    """One corporate action; `price` NaN where none is said, `pay_ns` long ago where it is due at once."""

    kind: str
    asset: int
    value: float = NAN
    into: int = -1
    price: float = NAN
    pay_ns: int = -(2**63)


@dataclass(frozen=True)
class News:
    """What one barrier brings: bars by asset, and what is known from its close on.

    `rates` are of the currencies from 1 on; `borrow_rates` and `available` by asset; NaN where nothing is said.
    """

    seq: int
    ts_ns: int
    bars: tuple[Bar | None, ...]
    rates: tuple[float, ...] = ()
    actions: tuple[Action, ...] = ()
    borrow_rates: tuple[float, ...] = ()
    available: tuple[float, ...] = ()

    @property
    def day(self) -> int:
        """The session: a bar that ends at midnight belongs to the day before."""
        return (self.ts_ns - 1) // DAY_NS


def micros(amount: float) -> int:
    """Whole micro-units, half to even, which is how Python rounds a float."""
    return round(amount * 1e6)


def day_part(days: int) -> float:
    """Days as a part of a year."""
    return days / 365.0
