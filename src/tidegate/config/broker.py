"""How the broker works: when and at what price orders fill, what that costs, and what kind of account it keeps."""

from typing import Annotated, Literal

from pydantic import Field

from tidegate.config.section import Section
from tidegate.config.values import CURRENCY, Bps, Flag, Number
from tidegate.core.enums import FillTiming, PathPolicy, ShortageRule


class Commission(Section):
    """Per fill: `per_trade`, `bps` of its value and `per_share` for each unit, together at least `minimum`.

    Attributes:
        cap_bps: and at most so much of its value, even where that is less than the minimum.
    """

    bps: Bps = 0.0
    per_share: Annotated[Number, Field(ge=0)] = 0.0
    per_trade: Annotated[Number, Field(ge=0)] = 0.0
    minimum: Annotated[Number, Field(ge=0)] = 0.0
    cap_bps: Bps | None = None


class Slippage(Section):
    """Buys pay, and sells get, less than they hoped: `bps` of the price, and `fixed` currency units.

    Exits at a profit level do not slip, and no order slips past its limit.
    """

    bps: Bps = 0.0
    fixed: Annotated[Number, Field(ge=0)] = 0.0


class Participation(Section):
    """How much of what is traded in a bar can be ours.

    Attributes:
        pct: all fills of an asset in a bar make up at most this fraction of its volume; no limit by default.
        remainder: whether what is held back for it stays open or is canceled.
        zero_volume: whether orders wait where a bar says that nothing was traded, or fill as if it did not say.
    """

    pct: Annotated[Number, Field(gt=0, le=1)] | None = None
    remainder: Literal["open", "cancel"] = "open"
    zero_volume: Literal["wait", "fill"] = "wait"


class ExecutionConfig(Section):
    """When and at what price orders fill, and what that costs.

    Attributes:
        path: which way the price took through a bar that could have hit several levels.
        limit_fill: whether a limit order fills where the price touches its limit, or only where it goes through it.
        tick: whether an order whose limit or stop lies between ticks of its asset is refused, or its price rounded to
            the less aggressive side.
    """

    fill: FillTiming = FillTiming.NEXT_OPEN
    path: PathPolicy = PathPolicy.PESSIMISTIC
    limit_fill: Literal["touch", "through"] = "touch"
    commission: Commission = Commission()
    slippage: Slippage = Slippage()
    shortage: ShortageRule = ShortageRule.SCALE
    participation: Participation = Participation()
    tick: Literal["refuse", "round"] = "refuse"


class AccountConfig(Section):
    """A cash account.

    Attributes:
        cash: what it starts with, in `currency`.
        fractional: whether parts of a share can be held.
    """

    cash: Annotated[Number, Field(gt=0, le=1e12)] = 1_000_000.0
    currency: Annotated[str, Field(pattern=CURRENCY)] = "USD"
    fractional: Flag = False
