"""Which hooks a class defines, and which mode that makes."""

import pytest
from tests.unit.strategy.hooked import Hooked

from tidegate.core.errors import ConfigError
from tidegate.messages.views import MarketEvent
from tidegate.strategy.context import Context
from tidegate.strategy.strategy import Strategy, overrides, wants_events


class Idle(Strategy): ...


class ByBatch(Strategy):
    def on_batch(self, ctx: Context) -> None: ...


class ByEvent(Strategy):
    def on_event(self, ctx: Context, event: MarketEvent) -> None: ...


class AsyncByEvent(Strategy):
    async def on_event(self, ctx: Context, event: MarketEvent) -> None: ...


class Inherits(ByEvent):
    """The mode comes with the base."""


class Both(ByEvent):
    def on_batch(self, ctx: Context) -> None: ...


@pytest.mark.parametrize(
    ("kind", "events"), [(Idle, False), (ByBatch, False), (ByEvent, True), (AsyncByEvent, True), (Inherits, True)]
)
def test_the_mode_is_found_from_what_is_overridden(kind: type[Strategy], events: bool) -> None:
    assert wants_events(kind()) is events


def test_a_strategy_with_both_modes_is_refused_by_the_name_of_its_class() -> None:
    with pytest.raises(ConfigError, match="strategy Both defines both on_batch and on_event: keep one"):
        Hooked(Both())


def test_what_is_inherited_counts_as_overridden_and_the_base_does_not() -> None:
    found = {hook: overrides(Inherits(), hook) for hook in ("on_start", "on_batch", "on_event", "on_fill", "on_stop")}
    assert found == {"on_start": False, "on_batch": False, "on_event": True, "on_fill": False, "on_stop": False}


def test_a_strategy_that_overrides_nothing_does_nothing() -> None:
    actor = Hooked(Idle())
    actor.see()
    assert actor.decide() == []
