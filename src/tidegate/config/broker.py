"""How the broker works: when and at what price orders fill, what that costs, and what kind of account it keeps."""

from typing import Annotated, Literal

from pydantic import Field

from tidegate.config.costs import Commission, Slippage
from tidegate.config.section import Section
from tidegate.config.values import CURRENCY, Flag, Number
from tidegate.core.enums import FillTiming, PathPolicy, ShortageRule


class ExecutionConfig(Section):
    """When and at what price orders fill, and what that costs.

    Attributes:
        path: which way the price took through a bar that could have hit several levels.
        limit_fill: whether a limit order fills where the price touches its limit, or only where it goes through it.
    """

    fill: FillTiming = FillTiming.NEXT_OPEN
    path: PathPolicy = PathPolicy.PESSIMISTIC
    limit_fill: Literal["touch", "through"] = "touch"
    commission: Commission = Commission()
    slippage: Slippage = Slippage()
    shortage: ShortageRule = ShortageRule.SCALE


class AccountConfig(Section):
    """A cash account.

    Attributes:
        cash: what it starts with, in `currency`.
        fractional: whether parts of a share can be held.
    """

    cash: Annotated[Number, Field(gt=0, le=1e12)] = 1_000_000.0
    currency: Annotated[str, Field(pattern=CURRENCY)] = "USD"
    fractional: Flag = False
