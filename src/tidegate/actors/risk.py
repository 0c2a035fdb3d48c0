"""The risk manager: a `RiskBook` behind a mailbox."""

from collections.abc import Callable
from typing import Any, ClassVar

from tidegate.core.enums import Phase
from tidegate.core.errors import KernelBug
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.actions import ActionsApplied, CorporateActions, OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.control import LogWritten
from tidegate.messages.market import FinerBars, MarketBatch, UniverseDeclared
from tidegate.messages.orders import (
    CancelOrders,
    Fills,
    OrdersApproved,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersHeldBack,
    OrdersRejected,
    OrdersReplaced,
    OrdersSized,
    OrdersTrimmed,
    ReplaceOrders,
    ReplacesApproved,
    ReplacesDenied,
    ReplacesRejected,
    ReplacesTrimmed,
    SubmitOrders,
)
from tidegate.messages.risk import ProtectiveLevels, TradingHalted, TrailingStops
from tidegate.messages.state import declares
from tidegate.risk.book import RiskBook
from tidegate.risk.rules import RiskRule, custom_rules, watches_positions
from tidegate.runtime.actor import Actor, Handler, RouteKey, handles, on_phase

_OF_OPEN_ORDERS: tuple[RouteKey, ...] = (
    AccountSnapshot, OrdersRejected, OrdersCanceled, OrdersExpired, OrdersHeldBack, OrdersTrimmed, OrdersReplaced,
    OrdersSized, ReplacesRejected, CancelOrders, Fills, CorporateActions, ActionsApplied, OrdersAdjusted,
)  # fmt: skip
"""What concerns it only where rules count orders that are open."""
OBSERVED: tuple[RouteKey, ...] = (
    *_OF_OPEN_ORDERS, MarketBatch, FinerBars, OrdersApproved, ReplacesApproved, ProtectiveLevels, Phase.RECORD,
)  # fmt: skip
"""What tells it of a run under other rules all that it must know, see `RiskManager.observe`."""


class RiskManager(Actor):
    """Stands between strategies and broker, and guards positions.

    Without rules that watch positions it takes part in neither FILL nor GUARD, and a barrier costs it nothing.

    Args:
        rules: what it holds to.
        book: makes the book for a universe.
    """

    sends: ClassVar[tuple[type[Message], ...]] = (
        OrdersApproved, OrdersDenied, OrdersTrimmed, ReplacesApproved, ReplacesDenied, ReplacesTrimmed, CancelOrders,
        ProtectiveLevels, TrailingStops, TradingHalted, LogWritten,
    )  # fmt: skip

    def __init__(
        self, rules: tuple[RiskRule, ...], book: Callable[[UniverseDeclared], RiskBook], name: str = "risk"
    ) -> None:
        super().__init__(name)
        self._rules = rules
        self._make = book
        self._made: RiskBook | None = None
        self._anew, self._takes = False, dict[RouteKey, Handler]()

    def routes(self) -> dict[RouteKey, Handler]:
        """Leaves out what the rules have no use for; rules that are others are told of with the next batch."""
        routes = super().routes()
        if not watches_positions(self._rules):
            unused: tuple[RouteKey, ...] = (
                (FinerBars, Phase.GUARD) if self._anew else (FinerBars, MarketBatch, Phase.GUARD)
            )
            for key in unused:
                del routes[key]
        if not self._rules:
            for key in _OF_OPEN_ORDERS:
                del routes[key]
        return routes

    def _book(self) -> RiskBook:
        if self._made is None:
            raise KernelBug("the risk manager was asked before the universe was declared")
        return self._made

    def state(self) -> object | None:
        """The book; None where there is none, or a rule of the user's does not say what it keeps."""
        if self._made is None or not all(declares(rule) for rule in custom_rules(self._rules)):
            return None
        return self._made.kept()

    def state_for_others(self) -> list[Any] | None:
        """What one with other rules would know, and the states of the user's rules; None before the start."""
        return None if self._made is None else self._made.kept()

    def restore(self, state: Any) -> None:
        """Takes it over."""
        self._book().restore(state)

    def rule_anew(self) -> None:
        """Its rules are not those of the run whose state it will take over, or whose messages it will observe.

        With the next batch, before that is met, it sends the levels that they want for positions as they stand. What
        halted trading for a rule that is not among them is lifted.
        """
        self._anew, self._takes = True, super().routes()

    def observe(self, message: Message) -> None:
        """Takes in what happened under another risk manager, and what that decided: neither is judged."""
        book = self._book()
        if isinstance(message, MarketBatch):
            book.take_batch(message)
        elif isinstance(message, PhaseOpened):
            book.note_bar()
        elif isinstance(message, Fills):
            book.forget_filled(message)
            book.state.take_fills(message)
        elif isinstance(message, OrdersApproved):
            book.expect(message)
        elif isinstance(message, ReplacesApproved):
            book.expect_changes(message.order_id, message.quantity)
        elif isinstance(message, ProtectiveLevels):
            book.note_levels(message)
        else:
            self._takes[type(message)](message)

    def _send_all(self, messages: list[Message]) -> None:
        for message in messages:
            self.send(message)

    @handles(UniverseDeclared)
    def on_universe(self, universe: UniverseDeclared) -> None:
        """Makes the book."""
        self._made = self._make(universe)

    @handles(MarketBatch)
    def on_batch(self, batch: MarketBatch) -> None:
        """The barrier's data."""
        if self._anew:
            self._anew = False
            if lifted := self._book().lift_halts():
                self.send(LogWritten(batch.seq, self.name, lifted))
            self._send_all(self._book().levels_anew())
        self._book().take_batch(batch)

    @handles(FinerBars)
    def on_finer(self, finer: FinerBars) -> None:
        """How that data's bars will come about."""
        self._book().take_finer(finer)

    @handles(CorporateActions)
    def on_actions(self, actions: CorporateActions) -> None:
        """What takes effect before that data."""
        self._book().take_actions(actions)

    @handles(ActionsApplied)
    def on_applied(self, applied: ActionsApplied) -> None:
        """What became of positions."""
        self._book().take_applied(applied)

    @handles(OrdersAdjusted)
    def on_adjusted(self, adjusted: OrdersAdjusted) -> None:
        """Orders that are other ones after a corporate action."""
        self._book().take_adjusted(adjusted)

    @handles(Fills)
    def on_fills(self, fills: Fills) -> None:
        """Takes fills into the trade state; new levels hold for the rest of the bar."""
        self._book().forget_filled(fills)
        self._send_all(self._book().record_fills(fills))

    @handles(OrdersHeldBack)
    def on_held_back(self, held_back: OrdersHeldBack) -> None:
        """Orders of which the volume of a bar left something open."""
        self._book().take_held_back(held_back)

    @handles(AccountSnapshot)
    def on_snapshot(self, snapshot: AccountSnapshot) -> None:
        """The marked book."""
        self._book().take_snapshot(snapshot)

    @handles(OrdersRejected, OrdersCanceled, OrdersExpired)
    def on_refused(self, refused: OrdersRejected | OrdersCanceled | OrdersExpired) -> None:
        """Orders that will not change the position after all."""
        self._book().take_refused(refused)

    @handles(OrdersTrimmed)
    def on_trimmed(self, trimmed: OrdersTrimmed) -> None:
        """Orders of which less is left."""
        self._book().take_trimmed(trimmed)

    @handles(OrdersSized)
    def on_sized(self, sized: OrdersSized) -> None:
        """Targets that are of so many units now."""
        self._book().take_sized(sized)

    @handles(OrdersReplaced)
    def on_replaced(self, replaced: OrdersReplaced) -> None:
        """Orders that are others now."""
        self._book().take_replaced(replaced)

    @handles(ReplacesRejected)
    def on_unreplaced(self, refused: ReplacesRejected) -> None:
        """Orders that stay as they were."""
        self._book().take_unreplaced(refused)

    @handles(ReplaceOrders)
    def on_replace(self, changes: ReplaceOrders) -> None:
        """Validates changes of orders."""
        self._send_all(self._book().validate_changes(changes))

    @handles(CancelOrders)
    def on_cancel(self, cancels: CancelOrders) -> None:
        """Requests to cancel."""
        self._book().take_cancels(cancels.order_id)

    @on_phase(Phase.GUARD)
    def on_guard(self, phase: PhaseOpened) -> None:
        """Checks exits, once a barrier."""
        if phase.step == 0:
            self._send_all(self._book().check_exits())

    @handles(SubmitOrders)
    def on_submit(self, orders: SubmitOrders) -> None:
        """Validates requests."""
        self._send_all(self._book().validate(orders))
