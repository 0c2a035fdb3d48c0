"""Parts that do otherwise from a barrier on, as a test says; until then they do as the recorded ones."""

from typing import Any

import numpy as np
from tests.unit.recorded import Busy

import tidegate as tg
from tidegate.messages.state import typed
from tidegate.risk.context import RiskContext
from tidegate.risk.rules import RiskDecision, RiskRule
from tidegate.runtime.clock import Clock


class Turned(Busy):
    """Asks for more from a barrier on."""

    at = 0

    def on_start(self, ctx: tg.Context) -> None:
        """Says that it begins, which nobody acts on."""
        ctx.log("begins")

    def on_batch(self, ctx: tg.Context) -> None:
        """More, from then on."""
        super().on_batch(ctx)
        if ctx.barrier >= self.at and ctx.barrier % 3 == 0 and ctx.price("D") > 0:
            ctx.order("D", 7)


class Counted(Turned):
    """The same, and keeps a count from which nothing follows."""

    def __init__(self) -> None:
        self.count = 0

    def on_batch(self, ctx: tg.Context) -> None:
        """Counts."""
        self.count += 1
        super().on_batch(ctx)

    def state(self) -> object:
        """The count."""
        return self.count

    def restore(self, state: Any) -> None:
        """The same."""
        self.count = state


class Started(Busy):
    """Logs its start as `Turned` does, which is all in which it differs from `Busy`."""

    def on_start(self, ctx: tg.Context) -> None:
        """Says that it begins."""
        ctx.log("begins")


class Paced(tg.Strategy):
    """Buys at every fifth of its own decisions, which it counts."""

    def __init__(self, units: int = 1) -> None:
        self.units, self.count = units, 0

    def on_batch(self, ctx: tg.Context) -> None:
        """Counts, and buys."""
        if self.count % 5 == 0 and ctx.price("A") > 0:
            ctx.order("A", self.units)
        self.count += 1

    def state(self) -> object:
        """The count."""
        return self.count

    def restore(self, state: Any) -> None:
        """The same."""
        self.count = state


class Greedy(Busy):
    """Wants more than there is cash for, little more of something, and levels so near that a bar reaches both."""

    def on_batch(self, ctx: tg.Context) -> None:
        """Asks."""
        super().on_batch(ctx)
        if ctx.barrier % 4 == 2:
            ctx.order_target_percent("D", 0.9)
            ctx.order_target_percent("E", 0.8)
            ctx.order("A", 1)
        if ctx.price("D") > 0:
            price = ctx.price("D")
            ctx.bracket("D", 2, take_profit=1.004 * price, stop_loss=0.996 * price)


class Waiting(Greedy):
    """With an order that stays open, becomes another, and counts against limits."""

    waits = -1

    def on_batch(self, ctx: tg.Context) -> None:
        """Asks for that, too."""
        super().on_batch(ctx)
        if ctx.barrier == 1:
            self.waits = ctx.order("A", 100, limit=0.5 * ctx.price("A"))
        if ctx.barrier == 3:
            ctx.replace(self.waits, quantity=200)


class Late(Greedy):
    """Trades from a barrier on alone."""

    at = 0

    def on_batch(self, ctx: tg.Context) -> None:
        """Nothing, until then."""
        if ctx.barrier >= self.at:
            super().on_batch(ctx)


class Hasty(Busy):
    """Orders before there is anything."""

    def on_start(self, ctx: tg.Context) -> None:
        """Asks at once."""
        ctx.order("A", 1)


class Lenient(RiskRule):
    """Lets all pass; counts what it saw, and in a column how long positions are held."""

    name = "custom"
    at = 10**9

    def __init__(self) -> None:
        self.seen = 0

    def check_exits(self, ctx: RiskContext) -> RiskDecision | None:
        """Nothing but the counts; from the barrier on it closes what is held for long."""
        self.seen += 1
        held = ctx.memory("held")
        held[ctx.held] = np.nan_to_num(held[ctx.held]) + 1.0
        old = np.flatnonzero(held >= 4.0).tolist()
        return RiskDecision(exits=dict.fromkeys(old, "old")) if ctx.barrier >= self.at and old else None

    def state(self) -> object:
        """The count."""
        return self.seen

    def restore(self, state: Any) -> None:
        """The same."""
        self.seen = state


class Strict(Lenient):
    """Does otherwise, from a barrier on."""

    at = 0

    def state(self) -> object:
        """The count."""
        return self.seen


class Fortnightly(Lenient):
    """Closes everything each time that it has seen so many bars."""

    def check_exits(self, ctx: RiskContext) -> RiskDecision | None:
        """Counts."""
        self.seen += 1
        held = np.flatnonzero(ctx.held).tolist()
        return RiskDecision(exits=dict.fromkeys(held, "over")) if self.seen % 14 == 0 else None

    def state(self) -> object:
        """The count."""
        return self.seen


class Wordless(Lenient):
    """Does not say itself what it keeps."""


class Steady(Clock):
    """Another clock that does the same."""


class Mute(tg.Actor):
    """An actor in the broker's place that does not say what its state is."""

    def __init__(self) -> None:
        super().__init__("broker")


class Foreign(Mute):
    """One that says, and cannot take over what another kept."""

    def state(self) -> object:
        """A number."""
        return 1

    def restore(self, state: Any) -> None:
        """Wants a number."""
        typed(int, state)


class Fuse(RiskRule):
    """Halts trading at a barrier, for ever and every time it is asked from then on."""

    def __init__(self, at: int, name: str = "fuse") -> None:
        self.at, self.name = at, name

    def check_exits(self, ctx: RiskContext) -> RiskDecision | None:
        """The halt."""
        return RiskDecision(halt="blown") if ctx.barrier >= self.at else None

    def state(self) -> object:
        """Nothing."""
        return {}


class Adding(tg.Strategy):
    """Buys one more at every barrier."""

    def on_batch(self, ctx: tg.Context) -> None:
        """One more."""
        ctx.order("A", 1)
