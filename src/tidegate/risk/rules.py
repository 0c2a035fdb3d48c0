"""Exit rules over positions and limits on orders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tidegate.core.arrays import FloatArray
from tidegate.core.errors import ConfigError, RequestError

if TYPE_CHECKING:
    from tidegate.messages.orders import Fills, SubmitOrders
    from tidegate.risk.context import RiskContext


@dataclass(frozen=True, slots=True)
class RiskDecision:
    """What a rule of the user's wants done.

    Attributes:
        exits: assets (name or column) whose whole position is to be closed, with the reason in words; sent at GUARD,
            filled as any order of that barrier.
        allowed: in `validate`, how much of each order may go on: shape and sign of the orders' quantities, nearer to
            zero to trim, 0 to deny. None lets all pass.
        text: why orders were trimmed or denied.
        halt: from here on entries are denied, for this reason; the empty string does not halt.
    """

    exits: Mapping[str, str] | Mapping[int, str] = field(default_factory=dict)
    allowed: FloatArray | None = None
    text: str = ""
    halt: str = ""


class RiskRule:
    """Base of the rules of a user; override what is needed.

    A rule keeps nothing about positions on itself: `ctx.memory(name)` is a column over assets that the risk manager
    owns and clears when a position closes.

    Attributes:
        name: how the rule is called in orders' tags and in the results; the class's name by default.
    """

    name: str = ""

    def check_exits(self, ctx: "RiskContext") -> RiskDecision | None:
        """At GUARD, on the book as just marked: positions to close, or a halt."""
        return None

    def validate(self, ctx: "RiskContext", orders: "SubmitOrders") -> RiskDecision | None:
        """At DECIDE, for each batch of orders, after the built-in limits; reductions always pass."""
        return None

    def record_fills(self, ctx: "RiskContext", fills: "Fills") -> None:
        """After each price point of a bar, when the trade state has taken the fills in."""
        return

    def state(self) -> object | None:
        """What the rule keeps on itself, as `runtime.actor.Actor.state`: `{}` where that is nothing.

        Where a rule's own class does not say, a run that goes on from a snapshot rebuilds the risk manager.
        """
        return None

    def restore(self, state: Any) -> None:
        """Takes over what `state` returned, as `runtime.actor.Actor.restore`."""


def rule_name(rule: RiskRule) -> str:
    """The rule's name."""
    return rule.name or type(rule).__name__


def decided(rule: RiskRule, hook: str, returned: object) -> RiskDecision | None:
    """What a hook of a rule's returned, if that is something to carry out.

    Raises:
        RequestError: it returned something else, or a decision with something else in it.
    """
    if returned is None:
        return None
    said = f"rule {rule_name(rule)}: {type(rule).__name__}.{hook} returned"
    if not isinstance(returned, RiskDecision):
        raise RequestError(f"{said} '{type(returned).__name__}', want a RiskDecision or None")
    kinds: dict[str, type] = {"exits": Mapping, "text": str, "halt": str}
    for name, kind in kinds.items():
        value = getattr(returned, name)
        if not isinstance(value, kind):
            raise RequestError(
                f"{said} a RiskDecision whose {name} is {value!r}, want a {kind.__name__} (see RiskDecision)"
            )
    return returned


def filled(rule: RiskRule, ctx: "RiskContext", fills: "Fills") -> None:
    """Calls a rule's `record_fills`: a decision that is returned there must not be forgotten without a word.

    Raises:
        RequestError: it returned something.
    """
    hook: Callable[..., object] = rule.record_fills
    returned = hook(ctx, fills)
    if returned is not None:
        raise RequestError(
            f"rule {rule_name(rule)}: {type(rule).__name__}.record_fills returned '{type(returned).__name__}', want"
            " nothing; decide in check_exits or validate"
        )


class _Level(RiskRule):
    """A built-in rule: a fraction from which the risk manager works out a price level for every position."""

    pct_below = 1.0

    def __init__(self, pct: float) -> None:
        if not 0 < pct < self.pct_below:
            raise ConfigError(f"{rule_name(self)}: pct is {pct}, want more than 0 and less than {self.pct_below}")
        self.pct = pct


class StopLoss(_Level):
    """Closes a long at `pct` below its average entry price, a short at `pct` above, inside the bar that touches it."""

    name = "stop_loss"


class TakeProfit(_Level):
    """Closes a long at `pct` above its average entry price, a short at `pct` below, inside the bar that touches it."""

    name = "take_profit"
    pct_below = float("inf")


class TrailingStop(_Level):
    """Closes a position at `pct` from the best price since it was opened; see `kernels.levels` for when that moves."""

    name = "trailing_stop"


class _Limit(RiskRule):
    def __init__(self, pct: float, action: Literal["trim", "deny"] = "trim") -> None:
        if not pct > 0 or action not in ("trim", "deny"):
            raise ConfigError(
                f"{rule_name(self)}: pct is {pct} and action '{action}', want more than 0 and trim or deny"
            )
        self.pct = pct
        self.action = action


class MaxWeight(_Limit):
    """No entry may take its position, long or short, above `pct` of equity."""

    name = "max_weight"


class MaxGross(_Limit):
    """No batch of entries may take all positions together, shorts like longs, above `pct` of equity."""

    name = "max_gross"


LEVEL_RULES = (StopLoss, TakeProfit, TrailingStop)
"""In the order of the entries of the kernels' `rules` array."""
LEVEL_NAMES = tuple(kind.name for kind in LEVEL_RULES)


def level_pcts(rules: tuple[RiskRule, ...]) -> FloatArray:
    """The kernels' `rules` array: the smallest fraction of each kind of level rule, NaN where there is none."""
    pcts = np.full(len(LEVEL_RULES), np.nan)
    for entry, kind in enumerate(LEVEL_RULES):
        found = [rule.pct for rule in rules if isinstance(rule, kind)]
        if found:
            pcts[entry] = min(found)
    return pcts


def custom_rules(rules: tuple[RiskRule, ...]) -> tuple[RiskRule, ...]:
    """The rules that are not built in."""
    return tuple(rule for rule in rules if not isinstance(rule, (*LEVEL_RULES, MaxWeight, MaxGross)))


def watches_positions(rules: tuple[RiskRule, ...]) -> bool:
    """Whether any rule needs batches, fills and GUARD."""
    return bool(custom_rules(rules)) or any(isinstance(rule, LEVEL_RULES) for rule in rules)
