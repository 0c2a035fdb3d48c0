"""A strategy's actor: gives its hooks a context, and sends what they asked for."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import numpy as np

from tidegate.core.enums import Phase
from tidegate.core.errors import KernelBug, RequestError
from tidegate.kernels.terms import SizingTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.actions import CorporateActions, OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, RunFinished
from tidegate.messages.control import LogWritten
from tidegate.messages.market import MarketBatch, UniverseDeclared
from tidegate.messages.orders import (
    CancelOrders,
    Fills,
    OrdersAccepted,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersHeldBack,
    OrdersRejected,
    OrdersReplaced,
    OrdersSized,
    OrdersTrimmed,
    ReplaceOrders,
    ReplacesDenied,
    ReplacesRejected,
    SubmitOrders,
    TargetsSkipped,
)
from tidegate.messages.state import declares, typed
from tidegate.runtime.actor import Actor, handles, on_phase
from tidegate.strategy.context import Context
from tidegate.strategy.desk import Desk
from tidegate.strategy.strategy import Strategy, overrides, wants_events

Hook = Awaitable[None] | None


class StrategyActor(Actor):
    """Runs one strategy.

    Args:
        strategy: the user's.
        desk: makes the desk for a universe.
        name: of the actor.

    Raises:
        ConfigError: the strategy overrides both `on_batch` and `on_event`.
    """

    sends: ClassVar[tuple[type[Message], ...]] = (
        SubmitOrders, CancelOrders, ReplaceOrders, OrdersDenied, TargetsSkipped, LogWritten,
    )  # fmt: skip

    def __init__(self, strategy: Strategy, desk: Callable[[UniverseDeclared], Desk], name: str) -> None:
        super().__init__(name)
        self.strategy = strategy
        self._make = desk
        self._made: tuple[Desk, Context] | None = None
        self._by_event = wants_events(strategy)
        self._wants_fills = overrides(strategy, "on_fill")
        self._anew: tuple[int, SizingTerms] | None = None

    def _both(self) -> tuple[Desk, Context]:
        if self._made is None:
            raise KernelBug("the strategy's actor was asked before the universe was declared")
        return self._made

    def _desk(self) -> Desk:
        made = self._made
        return made[0] if made is not None else self._both()[0]

    def _flush(self, desk: Desk) -> None:
        if desk.asked:
            for message in desk.outgoing():
                self.send(message)

    def _after(self, name: str, hook: Hook) -> Hook:
        """Sends what a hook asked for: now, or when it has been awaited."""
        if hook is None:
            self._flush(self._desk())
            return None
        return self._when_done(name, hook)

    async def _when_done(self, name: str, *hooks: Awaitable[None]) -> None:
        for hook in hooks:
            await self._done(name, hook)
        self._flush(self._desk())

    async def _done(self, name: str, hook: Awaitable[None]) -> None:
        """Awaits what a hook returned: weights that are returned must not be forgotten without a word.

        Raises:
            RequestError: it returned something else, or its coroutine did.
        """
        returned: object = hook
        if inspect.isawaitable(returned):
            coroutine = inspect.iscoroutine(returned)
            returned = await returned
            if returned is None or not coroutine:
                return
        raise RequestError(
            f"{type(self.strategy).__name__}.{name} returned '{type(returned).__name__}', want nothing;"
            " ask with ctx.order or ctx.target_weights"
        )

    def state(self) -> object | None:
        """What the strategy keeps, and what its context knows; None where the strategy does not say."""
        if self._made is None or self._made[0].asked or not declares(self.strategy):
            return None
        own = self.strategy.state()
        return None if own is None else [own, self._made[0].kept()]

    def state_for_another(self) -> object | None:
        """What another strategy in this place would know; None while something that was asked for is not sent."""
        return None if self._made is None or self._made[0].asked else [None, self._made[0].kept()]

    def restore(self, state: Any) -> None:
        """Takes both over; a strategy in the place of another begins anew, with what its context knows."""
        own, desk = typed(tuple[Any, Any], state)
        self._desk().restore(desk)
        if own is not None:
            self.strategy.restore(own)

    def size_anew(self, before: SizingTerms, first: int) -> None:
        """Up to a barrier targets were sized by other terms; who is told of it again sizes them so again."""
        self._anew = first, before

    @handles(UniverseDeclared)
    def on_universe(self, universe: UniverseDeclared) -> Hook:
        """Calls `on_start`."""
        desk = self._make(universe)
        self._made = desk, Context(desk)
        if self._anew is not None:
            first, before = self._anew
            self._anew = first, desk.terms.sizing
            desk.size_by(before)
        return self._after("on_start", self.strategy.on_start(self._made[1]))

    @handles(MarketBatch)
    def on_batch(self, batch: MarketBatch) -> None:
        """The barrier's data."""
        desk = self._desk()
        if self._anew is not None and batch.seq >= self._anew[0]:
            desk.size_by(self._anew[1])
            self._anew = None
        desk.batch = batch
        desk.past.append(batch)

    @handles(CorporateActions)
    def on_actions(self, actions: CorporateActions) -> None:
        """What takes effect before that data."""
        self._desk().past.note(actions)

    @handles(OrdersAdjusted)
    def on_adjusted(self, adjusted: OrdersAdjusted) -> None:
        """Orders that are other ones after a corporate action."""
        self._desk().take_adjusted(adjusted)

    @handles(AccountSnapshot)
    def on_snapshot(self, snapshot: AccountSnapshot) -> None:
        """The account as marked."""
        self._desk().take_snapshot(snapshot)

    @handles(OrdersAccepted)
    def on_accepted(self, orders: OrdersAccepted) -> None:
        """Orders that rest with the broker."""
        self._desk().take_accepted(orders)

    @handles(OrdersDenied, OrdersRejected, OrdersCanceled, OrdersExpired)
    def on_refused(self, refused: OrdersDenied | OrdersRejected | OrdersCanceled | OrdersExpired) -> None:
        """Orders that have ended without, or before, filling whole."""
        self._desk().take_refused(refused, ends=True)

    @handles(OrdersTrimmed)
    def on_trimmed(self, trimmed: OrdersTrimmed) -> None:
        """Parts of orders that do not go on."""
        self._desk().take_refused(trimmed, ends=False)

    @handles(OrdersSized)
    def on_sized(self, sized: OrdersSized) -> None:
        """Targets that are of so many units now."""
        self._desk().take_sized(sized)

    @handles(OrdersReplaced)
    def on_replaced(self, replaced: OrdersReplaced) -> None:
        """Orders that are others now."""
        self._desk().take_replaced(replaced)

    @handles(ReplacesDenied, ReplacesRejected)
    def on_unreplaced(self, refused: ReplacesDenied | ReplacesRejected) -> None:
        """Orders that stay as they were."""
        self._desk().take_unreplaced(refused)

    @handles(OrdersHeldBack)
    def on_held_back(self, held_back: OrdersHeldBack) -> None:
        """Orders of which the volume of a bar left something open."""
        self._desk().take_held_back(held_back)

    @handles(Fills)
    def on_fills(self, fills: Fills) -> Hook:
        """Calls `on_fill`."""
        self._desk().take_fills(fills)
        if not self._wants_fills:
            return None
        return self._after("on_fill", self.strategy.on_fill(self._both()[1], fills))

    @on_phase(Phase.DECIDE)
    def on_decide(self, phase: PhaseOpened) -> Hook:
        """Calls `on_batch`, or `on_event` for each asset with a bar."""
        if phase.step:
            return None
        desk, context = self._both()
        if self._by_event:
            return self._each_event(context)
        hook = self.strategy.on_batch(context)
        if hook is not None:
            return self._when_done("on_batch", hook)
        self._flush(desk)
        return None

    def _each_event(self, context: Context) -> Hook:
        batch = context.batch
        hooks = []
        for column in np.flatnonzero(batch.has_bar).tolist():
            hook = self.strategy.on_event(context, batch.event(column))
            if hook is not None:
                hooks.append(hook)
        return self._when_done("on_event", *hooks) if hooks else self._after("on_event", None)

    @handles(RunFinished)
    def on_finished(self, _: RunFinished) -> Hook:
        """Calls `on_stop`."""
        if self._made is None:
            return None
        return self._after("on_stop", self.strategy.on_stop(self._both()[1]))
