"""What fills cost: models of slippage and of commission, each with a section of its own; those given add up.

Every model says when it acts, at what price, in which order of events, and where it is unrealistic; the exact formulas
are in `kernels.costs`, those of estimates in `kernels.estimates`.
"""

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

    When: with each fill. Makers are limit orders that go at their limit inside a bar, and exits at a profit level that
        do; all others take: at an open, at a close, at the market, at a stop.
    Price: of the value at the price that was paid, slippage included, and of the units.
    Order: after the broker's fee, whose minimum and cap do not concern it; entries must be able to pay the dearer rate.
    Unrealistic: a limit that opens within reach of the price takes, though it may have rested in the auction's book.

    Attributes:
        maker_bps, taker_bps: of the value, in basis points; below 0 a rebate.
        maker_per_share, taker_per_share: for each unit, in the account's currency; below 0 a rebate.
    """

    maker_bps: SignedBps = 0.0
    taker_bps: SignedBps = 0.0
    maker_per_share: Number = 0.0
    taker_per_share: Number = 0.0


class TierStep(Section):
    """What is charged beside all else from a volume of trading on.

    Attributes:
        at_least: so much must have been traded in the month, see `Tiers`.
        bps: of the value, in basis points.
        per_share: for each unit, in the account's currency.
    """

    at_least: NotNegative
    bps: Bps = 0.0
    per_share: NotNegative = 0.0


class Tiers(Section):
    """Rates that follow what the account has traded in the calendar month (UTC) before the bar at hand.

    When: the rate is chosen before anything of a bar fills; a month begins with the first bar that ends in it.
    Price: as `bps` and `per_share` of the commission, to which the step's are added.
    Order: the fills of one bar pay one rate: a fill that crosses a threshold pays that from which it starts.
    Unrealistic: nothing is paid back for what was traded before a threshold; months are those of UTC.

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

    When: with each fill, posted by itself; what volume held back pays again when the rest fills.
    Price: of the value at the price that was paid, slippage included, x multiplier and rate of its currency.
    Order: minimum, then cap, then the venue's part. An entry that cannot pay it is cut, in a cash account a sale that
        cannot is canceled.
    Unrealistic: an order that fills in parts pays the minimum for each of them.

    Attributes:
        bps: of the value, in basis points.
        per_share: for each unit, in the account's currency.
        per_trade: for each fill.
        minimum: of the terms above together, for each fill.
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

    When: for each bar anew, from those that ended before it.
    Price: of closes, and of volumes; a split changes both with the shares.
    Order: before anything of the bar fills, so all of its fills are estimated alike.
    Unrealistic: gaps between bars, nights and weekends weigh like any bar; what is not measured yet costs nothing
        without a `default` (counted).

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

    When: with each fill but makers and exits at a profit level.
    Price: buys pay so much more, sells get so much less, in parts of the price of the bar.
    Order: added to `bps` and `fixed`; impact and volatility come on top, and a limit takes off impact before spread.
    Unrealistic: the quote is that of the bar before, and any quantity gets it.

    Attributes:
        bps: of the price, in basis points, where nothing else is known.
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
    """`factor` x (quantity / the bar's volume)^2 of the price; a share beyond `cap` counts as `cap`.

    When: with each fill but makers and exits at a profit level; nothing where the bar has no volume (counted).
    Price: worse by so much of the price of the bar, for all of the order.
    Order: of the quantity that goes, after volume and holdings cut it and before cash does.
    Unrealistic: the volume is that of the whole bar, known when it has ended; orders of one bar do not feel each other.

    Attributes:
        factor: of the price, where all of the volume would be ours.
        cap: largest share that counts.
    """

    factor: NotNegative
    cap: Annotated[Number, Field(gt=0, le=1)] = 1.0


class Volatility(Section):
    """`factor` x sigma of the price.

    When: with each fill but makers and exits at a profit level.
    Price: worse by so much of the price of the bar, whatever the quantity.
    Order: sigma is of the bars before, so it does not know the bar that fills.
    Unrealistic: one unit slips like a million.

    Attributes:
        factor: 1 for a whole deviation of a bar's return.
    """

    factor: NotNegative


class SquareRoot(Section):
    """`coefficient` x sigma x the square root of quantity / average volume of the price.

    When: with each fill but makers and exits at a profit level.
    Price: worse by so much of the price of the bar, for all of the order.
    Order: of the quantity that goes, after volume and holdings cut it and before cash does; estimates are of the bars
        before.
    Unrealistic: each order by itself, so one that is split in parts pays less; nothing of it stays in the price.

    Attributes:
        coefficient: about 1 in studies of large orders.
    """

    coefficient: NotNegative


class AlmgrenChriss(Section):
    """Impact that grows with quantity / average volume, times sigma.

    When: with each fill but makers and exits at a profit level.
    Price: worse by (temporary + permanent / 2) x sigma x quantity / average volume of the price of the bar.
    Order: of the quantity that goes, before cash cuts it; what moved the price for good is felt from the next bar on.
    Unrealistic: the move is felt by our own fills alone: marks, levels and what triggers orders do not know of it; it
        never fades.

    Attributes:
        temporary: paid by the fill alone.
        permanent: moves the price for the rest of the run: half of it is paid by the fill, and all of it from the next
            bar on by fills of its side; those of the other side bring the price back.
    """

    temporary: NotNegative = 0.0
    permanent: NotNegative = 0.0


class Slippage(Section):
    """Buys pay, and sells get, less than they hoped: `bps` of the price, `fixed` currency units, and what models say.

    When: with each fill; exits at a profit level do not slip, nor do limits that go at their limit inside a bar.
    Price: every model is a part of the price of the bar, or an amount, and they add up; a sell gets at least 0.
    Order: the price is known before cash is shared, so scarce cash makes no price better; last, no order slips past its
        limit.
    Unrealistic: slippage is never to our advantage, and may lie outside the high and low of the bar.

    Attributes:
        bps: of the price, in basis points.
        fixed: in units of the price's currency.
        half_spread, volume_share, volatility, square_root, almgren_chriss: models, off where they are not given.
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
