"""What the risk manager does on its own: exit rules over positions, and limits on what strategies ask for."""

from typing import Literal

from pydantic import model_validator

from tidegate.config.section import Section, Use
from tidegate.config.values import Fraction, Percent


class StopLoss(Section):
    """Closes a position that lost `pct` from its average entry price.

    When, price, order, where unrealistic: see `RuleConfig`.

    Attributes:
        pct: of the average over its entries, slippage included, as a fraction.
    """

    pct: Fraction


class TakeProfit(Section):
    """Closes a position that gained `pct` on its average entry price.

    When, price, order, where unrealistic: see `RuleConfig`.

    Attributes:
        pct: of the average over its entries, slippage included, as a fraction.
    """

    pct: Percent


class TrailingStop(Section):
    """Closes a position that lost `pct` from the best price seen since it was opened.

    When, price, order, where unrealistic: see `RuleConfig`; the best price is that of the bars that have ended.

    Attributes:
        pct: of the best price, as a fraction.
    """

    pct: Fraction


class RuleConfig(Section):
    """One exit rule: exactly one of the built-in ones, or one of the user's.

    When: a level is known once its entry has filled: an entry at the open is exposed to the rest of that bar, any other
        to the bars after it. It is met at the open, then inside the bar (along finer bars where there are any).
    Price: the open where that is beyond the level, else the level; stops slip, profits do not.
    Order: before all orders of the same price point. Of two levels in one bar `execution.path` takes one, and the bar
        is counted as ambiguous. Rules of the user's answer a close, and go at the market.
    Unrealistic: a touched level fills whole, as far as volume lets it; inside a bar levels go before orders, whichever
        the price reached first.

    Attributes:
        stop_loss: from the average entry price.
        take_profit: on the average entry price.
        trailing_stop: from the best price.
        custom: a rule of the user's.
    """

    stop_loss: StopLoss | None = None
    take_profit: TakeProfit | None = None
    trailing_stop: TrailingStop | None = None
    custom: Use | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "RuleConfig":
        if sum(rule is not None for _, rule in self) != 1:
            raise ValueError("want exactly one rule to an item: " + ", ".join(type(self).model_fields))
        return self


class MaxWeight(Section):
    """No position, long or short, may be worth more than `pct` of equity; entries beyond it are trimmed or denied.

    When: as an order is asked for, pending ones counted, see `kernels.limits`; what prices do later moves no position.
    Price: last closes and marked equity.
    Order: reductions of the batch first; weight before gross exposure.
    Unrealistic: a gap before the fill, or with it, may take a position beyond.

    Attributes:
        pct: of equity, as a fraction.
        action: whether what is too much is taken off, or the whole entry denied.
    """

    pct: Percent
    action: Literal["trim", "deny"] = "trim"


class MaxGross(Section):
    """All positions together, shorts like longs, may not be worth more than `pct` of equity after the orders.

    When, price, order, where unrealistic: as `MaxWeight`.

    Attributes:
        pct: of equity, as a fraction.
        action: whether entries are all cut by one factor, or those that do not fit denied, highest priority first.
    """

    pct: Percent
    action: Literal["trim", "deny"] = "trim"


class LimitConfig(Section):
    """One limit on order requests.

    Attributes:
        max_weight: of each position.
        max_gross: of all positions together.
    """

    max_weight: MaxWeight | None = None
    max_gross: MaxGross | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "LimitConfig":
        if sum(limit is not None for _, limit in self) != 1:
            raise ValueError("want exactly one limit to an item: " + ", ".join(type(self).model_fields))
        return self


class RiskConfig(Section):
    """Exit rules over positions and limits on orders; of several of one kind the tightest holds.

    Attributes:
        rules: what closes positions.
        limits: what cuts or refuses orders.
    """

    rules: tuple[RuleConfig, ...] = ()
    limits: tuple[LimitConfig, ...] = ()
