"""What fills cost: models of slippage and of commission, each with a section of its own; those given add up."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tidegate.config.section import Section
from tidegate.config.values import Bps, Fraction, Number, Whole

NotNegative = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]
SignedBps = Annotated[Number, Field(gt=-10_000, lt=10_000)]


class MakerTaker(Section):
    """What the venue charges for each fill, or pays where it is negative, beside the broker.

    Makers are limit orders that go at their limit inside a bar, and exits at a profit level that do; all others take:
    at an open, at a close, at the market, at a stop.
    """

    maker_bps: SignedBps = 0.0
    taker_bps: SignedBps = 0.0
    maker_per_share: Number = 0.0
    taker_per_share: Number = 0.0


class TierStep(Section):
    """What is charged beside all else by an account that has traded `at_least` so much in the month."""

    at_least: NotNegative
    bps: Bps = 0.0
    per_share: NotNegative = 0.0


class Tiers(Section):
    """Rates that follow what the account has traded in the calendar month (UTC) before the bar at hand.

    The fills of one bar pay one rate: a fill that crosses a threshold pays that from which it starts.

    Attributes:
        by: what is counted: the value of fills in the account's currency, or their units.
        steps: by rising `at_least`; the last that is reached holds, and below the first nothing is added.
    """

    by: Literal["value", "units"] = "value"
    steps: tuple[TierStep, ...]

    @model_validator(mode="after")
    def _steps_rise(self) -> "Tiers":
        if not self.steps:
            raise ValueError("want at least one of steps")
        starts = [step.at_least for step in self.steps]
        if any(after <= before for before, after in pairwise(starts)):
            raise ValueError("want steps whose at_least rises from one to the next")
        return self


class Commission(Section):
    """Per fill: `per_trade`, `bps` of its value and `per_share` for each unit, together at least `minimum`.

    Attributes:
        cap_bps: and at most so much of its value, even where that is less than the minimum.
        tiers: further rates, which follow what was traded; they add to the terms above.
        per_contract: what a future pays for each contract, in place of all terms above.
        maker_taker: what the venue charges or pays; neither minimum nor cap concern it.
    """

    bps: Bps = 0.0
    per_share: NotNegative = 0.0
    per_trade: NotNegative = 0.0
    minimum: NotNegative = 0.0
    cap_bps: Bps | None = None
    tiers: Tiers | None = None
    per_contract: NotNegative | None = None
    maker_taker: MakerTaker | None = None


class EstimateConfig(Section):
    """How a figure of an asset is estimated from its bars before the one that fills; exactly one of three ways.

    Attributes:
        window: from so many values, all of one weight.
        decay: from all values, each of which weighs less by this factor than the one after it.
        feature: taken from the feature of this name.
        least: how many values it wants before it counts: the window, or 1 / (1 - decay), where nothing is said.
        default: what stands for it until then; without it the models that need it cost nothing so long.
    """

    window: Annotated[Whole, Field(ge=2, le=10_000)] | None = None
    decay: Fraction | None = None
    feature: str | None = None
    least: Annotated[Whole, Field(ge=2)] | None = None
    default: Positive | None = None

    @model_validator(mode="after")
    def _exactly_one_way(self) -> "EstimateConfig":
        ways = [way for way in (self.window, self.decay, self.feature) if way is not None]
        if len(ways) != 1:
            raise ValueError("want exactly one of window, decay, feature")
        if self.least is not None and self.feature is not None:
            raise ValueError("want no least beside a feature: it is what it is")
        if self.least is not None and self.window is not None and self.least > self.window:
            raise ValueError(f"want least at most the window of {self.window}")
        return self


class HalfSpread(Section):
    """Half of what lies between bid and ask.

    It is taken from quotes where there are any, else from what `universe` says of the asset, else it is `bps` of the
    price.

    Attributes:
        bid, ask: names of the features that quote it; the last usable quote counts.
    """

    bps: Bps = 0.0
    bid: str | None = None
    ask: str | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> "HalfSpread":
        if (self.bid is None) != (self.ask is None):
            raise ValueError("want both of bid and ask, or neither")
        return self


class VolumeShare(Section):
    """`factor` x (quantity / the bar's volume)^2 of the price; a share beyond `cap` counts as `cap`."""

    factor: NotNegative
    cap: Annotated[Number, Field(gt=0, le=1)] = 1.0


class Volatility(Section):
    """`factor` x sigma of the price."""

    factor: NotNegative


class SquareRoot(Section):
    """`coefficient` x sigma x the square root of quantity / average volume of the price."""

    coefficient: NotNegative


class AlmgrenChriss(Section):
    """Impact that grows with quantity / average volume, times sigma.

    Attributes:
        temporary: paid by the fill alone.
        permanent: moves the price for the rest of the run: half of it is paid by the fill, and all of it from the next
            bar on by fills of its side; those of the other side bring the price back.
    """

    temporary: NotNegative = 0.0
    permanent: NotNegative = 0.0


class Slippage(Section):
    """Buys pay, and sells get, less than they hoped: `bps` of the price, `fixed` currency units, and what models say.

    Exits at a profit level do not slip, and no order slips past its limit.

    Attributes:
        sigma: how the deviation of an asset's returns from bar to bar is estimated.
        average_volume: how the units of it that trade in a bar are.
    """

    bps: Bps = 0.0
    fixed: NotNegative = 0.0
    half_spread: HalfSpread | None = None
    volume_share: VolumeShare | None = None
    volatility: Volatility | None = None
    square_root: SquareRoot | None = None
    almgren_chriss: AlmgrenChriss | None = None
    sigma: EstimateConfig = EstimateConfig(window=20)
    average_volume: EstimateConfig = EstimateConfig(window=20)
