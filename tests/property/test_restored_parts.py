"""The tests of parts once more, with each part begun anew before every barrier, from what it kept.

What random runs reach seldom (equity below zero, assets that end, orders held back, replaced and grouped) is looked at
there one by one, so it is restored here one by one. What a test of the mailbox sends out of turn, in the middle of a
barrier that no batch has begun, is the same to both.
"""

from collections.abc import Awaitable
from importlib import import_module
from typing import Any

import pytest
from tests.unit.actors.mailbox import Mailbox
from tests.unit.kernels.bar_by_bar import Desk

from tidegate.actors.broker import Broker
from tidegate.actors.risk import RiskManager
from tidegate.actors.strategy import StrategyActor
from tidegate.kernels.execution import Execution
from tidegate.messages.actions import CorporateActions
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.market import FinerBars, MarketBatch, UniverseDeclared
from tidegate.messages.state import BATCH_EXT, decode_state, encode_state
from tidegate.runtime.actor import Actor
from tidegate.strategy.context import Context

MODULES = (
    "actors.test_broker", "actors.test_broker_steps", "actors.test_risk", "actors.test_strategy",
    "kernels.test_events", "kernels.test_execution", "kernels.test_gone", "kernels.test_instruments",
    "kernels.test_late_children", "kernels.test_protective_exits",
    "risk.test_book", "risk.test_changes", "risk.test_conditional_orders", "risk.test_context", "risk.test_rules",
    "risk.test_shorts", "risk.test_state", "risk.test_targets", "risk.test_validation",
    "strategy.test_changes", "strategy.test_conditional_requests", "strategy.test_context", "strategy.test_desk",
    "strategy.test_refusals", "strategy.test_shorts", "strategy.test_targets",
)  # fmt: skip
NOT_SO = {
    "test_snapshots_share_what_has_not_changed_and_keep_what_they_said",  # what is the same array is not told
    "test_batches_that_are_too_old_to_be_asked_for_are_let_go",  # they are held here, for states refer to them
}
BEGINNINGS = (CorporateActions, FinerBars, MarketBatch, PhaseOpened)
"""Messages one of which is the first of a barrier."""


def carried(state: object, seen: dict[int, MarketBatch]) -> Any:
    """A state as a snapshot gives it back."""

    def look_up(place: tuple[int, int]) -> MarketBatch:
        assert place[0] == BATCH_EXT
        return seen[place[1]]

    return decode_state(encode_state(state), look_up)


class Anew:
    """What an actor at the other end of a mailbox is made from, and where it stands."""

    def __init__(self) -> None:
        self.universe: UniverseDeclared | None = None
        self.barrier = -1
        self.batches: dict[int, MarketBatch] = {}

    def see(self, actor: Actor, message: Message) -> None:
        """Begins the actor anew where a barrier begins."""
        if isinstance(message, UniverseDeclared):
            self.universe = message
        if isinstance(message, BEGINNINGS) and message.seq > self.barrier:
            if self.barrier >= 0 and self.universe is not None:
                self.begin(actor, self.universe)
            self.barrier = message.seq
        if isinstance(message, MarketBatch):
            self.batches[message.seq] = message

    def begin(self, actor: Actor, universe: UniverseDeclared) -> None:
        """Makes what the actor has anew, and restores it."""
        if isinstance(actor, StrategyActor):
            state = actor.state_for_another()
        elif isinstance(actor, RiskManager):
            state = actor.state_for_others()
        else:
            state = actor.state()
        if state is None:
            return
        state = carried(state, self.batches)
        if isinstance(actor, Broker):
            actor._execution, actor._batch, actor._deciding = actor._make(universe), None, False
            actor._extended = False
        elif isinstance(actor, StrategyActor):
            desk = actor._make(universe)
            actor._made = desk, Context(desk)
        elif isinstance(actor, RiskManager):
            actor._made = actor._make(universe)
        actor.restore(state)


@pytest.fixture(autouse=True)
def begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has mailboxes and desks restore their parts."""
    begin, batch, opened, init = Mailbox.begin, Desk.batch, Desk.open, Execution.__init__
    stands: dict[int, tuple[Mailbox, Anew]] = {}

    def begin_anew(self: Mailbox, message: Message) -> Awaitable[None] | None:
        actor = getattr(next(iter(self._routes.values())), "__self__", None)
        if isinstance(actor, (Broker, RiskManager, StrategyActor)):
            stands.setdefault(id(self), (self, Anew()))[1].see(actor, message)
        return begin(self, message)

    def noted(self: Execution, *given: Any) -> None:
        init(self, *given)
        self.__dict__.setdefault("given", given)

    def batch_seen(self: Desk, *bars: Any) -> MarketBatch:
        found = batch(self, *bars)
        self.__dict__.setdefault("seen", {})[found.seq] = found
        return found

    def open_anew(self: Desk, *bars: Any) -> tuple[list[Message], bool]:
        old, seen = self.execution, self.__dict__.get("seen")
        if seen and old.events._announced is None and (old._walk._given is None or old._walk._given.seq <= self.seq):
            state = carried(old.kept(), seen)
            self.execution = Execution(*old.__dict__["given"])
            self.execution.restore(state)
        return opened(self, *bars)

    monkeypatch.setattr(Mailbox, "begin", begin_anew)
    monkeypatch.setattr(Desk, "batch", batch_seen)
    monkeypatch.setattr(Desk, "open", open_anew)
    monkeypatch.setattr(Execution, "__init__", noted)


for _name in MODULES:
    _module = import_module(f"tests.unit.{_name}")
    for _test, _what in vars(_module).items():
        if _test.startswith("test_") and _test not in NOT_SO:
            globals()[f"{_test}__{_name.replace('.', '_')}"] = _what
