"""How the broker works: when and at what price orders fill, what that costs, and what kind of account it keeps.

Every model says when it acts, at what price, in which order of events, and where it is unrealistic. The events of a
barrier, in their order: `kernels`.
"""

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tidegate.config.costs import Commission, Slippage
from tidegate.config.section import Section
from tidegate.config.values import CURRENCY, Flag, Number, Part, Whole
from tidegate.core.enums import FillTiming, PathPolicy, ShortageRule, Sizing


class MinTrade(Section):
    """The least that a target is worth trading for: a smaller change makes no order, unless it closes a position.

    When: a target of weight or value is sized, see `sizing`; orders and targets of units are never too small.
    Price: the last close; with sizing at the fill the price of that point as well, before slippage.
    Order: before risk limits, so that nothing of it is pending; at the fill before anything fills there.
    Unrealistic: what a change would cost is not weighed; a small one that limits or cash make of a large one goes.

    Attributes:
        value: in the account's currency.
        weight: as a fraction of equity; of the two the larger holds.
    """

    value: Annotated[Number, Field(ge=0)] = 0.0
    weight: Part = 0.0


class CashBuffer(Section):
    """What is kept free, as fractions of equity.

    When: `targets` as a target is sized; `floor` whenever entries fill, those of targets or not.
    Price: none; `floor` is of the equity of the last mark, at its prices.
    Order: `floor` after the reductions of a price point and before the shortage rule, which shares what is above it.
    Unrealistic: nothing is sold to get back to it; exits, interest and variation may take cash below.

    Attributes:
        targets: target weights are shares of what is left without so much.
        floor: entries may not take cash below so much of the equity last marked; the shortage rule cuts them before.
    """

    targets: Part = 0.0
    floor: Part = 0.0


class Participation(Section):
    """How much of what is traded in a bar can be ours.

    When: at each price point of a bar, for all of its fills together: open, inside, close.
    Price: what goes fills at the price of the whole order; less of it has less impact.
    Order: exits at levels take their part first, then reductions by place, then entries by priority; before cash.
    Unrealistic: the volume of the whole bar is known at its open, and the queue before an order is not.

    Attributes:
        pct: all fills of an asset in a bar make up at most this fraction of its volume; no limit by default.
        remainder: whether what is held back for it stays open or is canceled.
        zero_volume: whether orders wait where a bar says that nothing was traded, or fill as if it did not say.
    """

    pct: Annotated[Number, Field(gt=0, le=1)] | None = None
    remainder: Literal["open", "cancel"] = "open"
    zero_volume: Literal["wait", "fill"] = "wait"


class ExecutionConfig(Section):
    """When and at what price orders fill, and what that costs. What each kind of order does: `core.enums.OrderKind`.

    Attributes:
        fill: when orders at the market fill: at the next open, at the close of the decision, or at the next close.
        path: which way the price took through a bar that could have hit several levels.
        limit_fill: whether a limit order fills where the price touches its limit, or only where it goes through it.
        commission: what is paid beside the price.
        slippage: by how much prices get worse.
        shortage: who gets the cash when entries need more than there is.
        sizing: whether targets become so many units at the decision, or when their orders go.
        min_trade: what change of a target is too small to be worth an order.
        cash_buffer: what targets and entries leave free.
        dividends_lower_limits: whether a dividend lowers limits of open buys, and stops of open sells, by its amount,
            before the bar of its ex date is met; trailing stops stay.
        participation: how much of what is traded in a bar can be ours.
        tick: whether an order whose limit or stop lies between ticks of its asset is refused when it is accepted, or
            its price rounded to the less aggressive side.
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

    When: `initial` as entries fill; `maintenance` at every mark.
    Price: an entry counts at its own price, what is held at its last mark.
    Order: entries share what equity leaves, after all reductions of the price point. A call closes positions from the
        one that needs most down, by orders at the market that meet the next price point such orders meet.
    Unrealistic: no warning, no day to bring money; intraday and overnight margin are the same.

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
    """Interest on cash, and financing of cash that is lent.

    When: at the first barrier of a new day (UTC), for every day since the barrier before it.
    Price: a 365th part of the year's rate for each day, on the cash after the barrier before; locked proceeds of shorts
        are not part of it.
    Order: a night books variation of futures, borrow, interest, settlement; then recalls, dividends due, actions, bar.
    Unrealistic: one rate for any amount, without spread, floor or tier; each day by itself, not month by month.

    Attributes:
        credit: a year's rate on cash, as a fraction.
        debit: a year's rate on cash that is lent, as a fraction.
    """

    credit: Annotated[Number, Field(ge=0, le=10)] = 0.0
    debit: Annotated[Number, Field(ge=0, le=10)] = 0.0


class Borrow(Section):
    """Shares that are borrowed to be sold. Nobody lends a future.

    When: the rate is paid each night, as interest is; what is available cuts short sales as they fill, and at every
        barrier a short beyond it is recalled.
    Price: the rate is of the short's value at the last mark; a recall buys at the market.
    Order: short sales are cut by place, after the reductions of their price point and before they share margin; a
        recall meets the bar at which it is made, on what was known at the barrier before.
    Unrealistic: what is available is ours alone, no notice is given, and a rate changes for the whole position at once.

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

    When: cash and positions change with every fill, by nights and by corporate actions; equity is marked at each close.
    Price: fills as they are priced; marks are last closes; other currencies at the rate of the barrier before, from the
        mark on at that of the barrier.
    Order: see `Interest` for the night, `kernels` for a barrier. Settlement counts sessions, which are days (UTC) with
        a barrier; dividends and corporate actions bring cash at once.
    Unrealistic: conversion costs nothing; cash is kept in the account's currency alone; a sale on margin settles at
        once.

    Attributes:
        kind: `cash`, where everything is paid in full and nothing is sold that is not held, or `margin`.
        cash: what it starts with, in `currency`.
        currency: in which it is kept and told.
        fractional: whether parts of a share can be held.
        settlement: sessions until what a sale brings can be spent, in a cash account.
        margin: what positions take of it, in an account on margin.
        short_proceeds: whether what short sales bring is `locked`, earning no interest and paying no debt, or
            `credited`.
        interest: on its cash, and on what is lent.
        borrow: of shares that are sold short.
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
