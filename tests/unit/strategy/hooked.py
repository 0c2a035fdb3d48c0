"""A strategy's actor whose hooks do what a test says."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from tests.unit.actors.letters import ASSETS, STRATEGY, Row, batch, phase, snapshot, universe
from tests.unit.actors.mailbox import Mailbox

from tidegate.actors.strategy import StrategyActor
from tidegate.core.enums import Phase
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.terms import PLAIN_SIZING, SizingTerms
from tidegate.messages.base import Message
from tidegate.messages.market import UniverseDeclared
from tidegate.messages.orders import Fills
from tidegate.strategy.context import Context
from tidegate.strategy.desk import Desk
from tidegate.strategy.strategy import Strategy
from tidegate.strategy.terms import DeskTerms

Found = TypeVar("Found")
Action = Callable[[Context], Any]


def nothing(_: Context) -> None:
    """The action of a hook that does nothing."""


class Hooks(Strategy):
    """Each hook runs the action that is set for it."""

    def __init__(self) -> None:
        self.start: Action = nothing
        self.decide: Action = nothing
        self.fill: Action = nothing
        self.stop: Action = nothing
        self.found: Any = None

    def on_start(self, ctx: Context) -> Awaitable[None] | None:
        return self._run(self.start, ctx)

    def on_batch(self, ctx: Context) -> Awaitable[None] | None:
        return self._run(self.decide, ctx)

    def on_fill(self, ctx: Context, fills: Fills) -> Awaitable[None] | None:
        return self._run(self.fill, ctx)

    def on_stop(self, ctx: Context) -> Awaitable[None] | None:
        return self._run(self.stop, ctx)

    def _run(self, action: Action, ctx: Context) -> Awaitable[None] | None:
        self.found = action(ctx)
        return None


class Hooked(Mailbox):
    """The actor of a strategy, and what its mailbox brings.

    Args:
        strategy: by default one whose hooks are given as functions, see `decide` and `look`.
        declare: whether the universe is declared at once.
    """

    def __init__(
        self,
        strategy: Strategy | None = None,
        *,
        assets: Sequence[str] = ASSETS,
        signals: Sequence[str] = (),
        features: Sequence[str] = (),
        context: Sequence[str] = (),
        fractional: bool = False,
        history: int = 256,
        sizing: SizingTerms = PLAIN_SIZING,
        shorts: bool = False,
        sender: int = STRATEGY,
        declare: bool = True,
    ) -> None:
        self.hooks = Hooks()
        self.strategy = strategy or self.hooks
        self.declared = universe(assets, signals=signals, features=features, context=context)
        terms = DeskTerms("mine", sender, fractional, history, shorts=shorts, sizing=sizing)

        def desk(found: UniverseDeclared) -> Desk:
            return Desk(terms, found, INTERPRETED)

        super().__init__(StrategyActor(self.strategy, desk, "mine"))
        if declare:
            assert self.deliver(self.declared) == []

    def see(
        self,
        seq: int = 0,
        *,
        cash: float = 1000.0,
        held: Row = (0, 0, 0),
        mark: Row = (10, 20, 40),
        pending: Row | None = None,
        bars: Row | None = None,
        **blocks: Any,
    ) -> None:
        """A barrier up to its DECIDE: its batch, whose closes are the marks unless given, and the marked account."""
        self.deliver(batch(seq, bars if bars is not None else mark, **blocks))
        self.deliver(snapshot(seq, cash=cash, held=held, mark=mark, pending=pending))

    def decide(self, action: Action = nothing, seq: int = 0, step: int = 0) -> list[Message]:
        """DECIDE with this action as `on_batch`; returns what was sent."""
        self.hooks.decide = action
        return self.deliver(phase(Phase.DECIDE, seq, step))

    def look(self, view: Callable[[Context], Found]) -> Found:
        """What a hook sees that asks for nothing."""
        assert self.decide(view) == []
        found: Found = self.hooks.found
        return found
