"""How the broker works: when and at what price orders fill, what that costs, and what kind of account it keeps."""

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tidegate.config.costs import Commission, Slippage
from tidegate.config.section import Section
from tidegate.config.values import CURRENCY, Flag, Number, Part, Whole
from tidegate.core.enums import FillTiming, PathPolicy, ShortageRule, Sizing


class MinTrade(Section):
    """The least that a target is worth trading for: a smaller change makes no order, unless it closes a position.

    Attributes:
        value: in the account's currency.
        weight: as a fraction of equity; of the two the larger holds.
    """

    value: Annotated[Number, Field(ge=0)] = 0.0
    weight: Part = 0.0


class CashBuffer(Section):
    """What is kept free, as fractions of equity.

    Attributes:
        targets: target weights are shares of what is left without so much.
        floor: entries may not take cash below so much of the equity last marked; the shortage rule cuts them before.
    """

    targets: Part = 0.0
    floor: Part = 0.0


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
        sizing: whether targets become so many units at the decision, or when their orders go.
        path: which way the price took through a bar that could have hit several levels.
        limit_fill: whether a limit order fills where the price touches its limit, or only where it goes through it.
        dividends_lower_limits: whether a dividend lowers limits of open buys, and stops of open sells, by its amount.
        tick: whether an order whose limit or stop lies between ticks of its asset is refused, or its price rounded to
            the less aggressive side.
    """

    fill: FillTiming = FillTiming.NEXT_OPEN
    path: PathPolicy = PathPolicy.PESSIMISTIC
    limit_fill: Literal["touch", "through"] = "touch"
    commission: Commission = Commission()
    slippage: Slippage = Slippage()
    shortage: ShortageRule = ShortageRule.SCALE
    sizing: Sizing = Sizing.DECISION
    min_trade: MinTrade = MinTrade()
    cash_buffer: CashBuffer = CashBuffer()
    dividends_lower_limits: Flag = False
    participation: Participation = Participation()
    tick: Literal["refuse", "round"] = "refuse"


class Margin(Section):
    """What part of a position's value must be there, unless its instrument says otherwise.

    Attributes:
        initial: to enter it.
        maintenance: to keep it; below that the broker closes positions.
    """

    initial: Annotated[Number, Field(gt=0, le=1)] = 0.5
    maintenance: Annotated[Number, Field(gt=0, le=1)] = 0.25

    @model_validator(mode="after")
    def _initial_is_more(self) -> "Margin":
        if self.maintenance > self.initial:
            raise ValueError(f"maintenance {self.maintenance} is above initial {self.initial}; want at most initial")
        return self


class Interest(Section):
    """A year's interest as a fraction: `credit` on cash, `debit` on cash that is lent."""

    credit: Annotated[Number, Field(ge=0, le=10)] = 0.0
    debit: Annotated[Number, Field(ge=0, le=10)] = 0.0


class Borrow(Section):
    """Shares that are borrowed to be sold.

    Attributes:
        rate: what they cost a year, as a fraction of their value, unless their instrument says otherwise.
        rate_feature: a feature that tells it from barrier to barrier.
        available_feature: a feature that tells how many units there are; a short beyond that is bought back.
    """

    rate: Annotated[Number, Field(ge=0, le=100)] = 0.0
    rate_feature: str | None = None
    available_feature: str | None = None


class AccountConfig(Section):
    """The account.

    Attributes:
        kind: `cash`, where everything is paid in full and nothing is sold that is not held, or `margin`.
        cash: what it starts with, in `currency`.
        fractional: whether parts of a share can be held.
        settlement: sessions until what a sale brings can be spent, in a cash account.
        margin: what positions take of it, in an account on margin.
        short_proceeds: whether what short sales bring is `locked`, earning no interest and paying no debt, or
            `credited`.
        rates: for every other currency, the context column that holds how much of the account's one of it is worth.
    """

    kind: Literal["cash", "margin"] = "cash"
    cash: Annotated[Number, Field(gt=0, le=1e12)] = 1_000_000.0
    currency: Annotated[str, Field(pattern=CURRENCY)] = "USD"
    fractional: Flag = False
    settlement: Annotated[Whole, Field(ge=0, le=30)] = 0
    margin: Margin | None = None
    short_proceeds: Literal["locked", "credited"] = "locked"
    interest: Interest = Interest()
    borrow: Borrow = Borrow()
    rates: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_what_it_uses(self) -> "AccountConfig":
        problems = []
        if self.kind == "margin" and self.settlement:
            problems.append("settlement is for cash accounts; an account on margin may spend what it has not got yet")
        if self.kind == "cash":
            given = {"margin": self.margin is not None, "borrow": self.borrow != Borrow()}
            given |= {"short_proceeds": self.short_proceeds != "locked", "interest.debit": self.interest.debit > 0}
            used = [name for name, is_given in given.items() if is_given]
            if used:
                problems.append(f"a cash account has no use for {', '.join(used)}; say kind: margin")
        wrong = [name for name in self.rates if not re.fullmatch(CURRENCY, name) or name == self.currency]
        if wrong:
            problems.append(f"rates: {', '.join(wrong)}: want other currencies than the account's {self.currency}")
        if problems:
            raise ValueError("; ".join(problems))
        return self
