"""The simulated broker: an `Execution` behind a mailbox."""

from collections.abc import Callable
from typing import Any, ClassVar

from tidegate.core.enums import FillTiming, Phase
from tidegate.core.errors import KernelBug
from tidegate.kernels.execution import Execution
from tidegate.kernels.measuring import Measuring
from tidegate.messages.account import AccountSnapshot, CashPosted, MarginCalled, TradesClosed
from tidegate.messages.actions import ActionsApplied, CorporateActions, OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended, PhaseOpened
from tidegate.messages.market import EndOfData, FinerBars, MarketBatch, UniverseDeclared
from tidegate.messages.orders import (
    CancelOrders,
    FillCosts,
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersExpired,
    OrdersHeldBack,
    OrdersRejected,
    OrdersReplaced,
    OrdersSized,
    OrdersTrimmed,
    ReplacesApproved,
    ReplacesRejected,
    VolumeUnknown,
)
from tidegate.messages.risk import AmbiguousBars, ProtectiveLevels, TrailingStops
from tidegate.runtime.actor import Actor, Handler, RouteKey, handles, on_phase

MEASURED: tuple[RouteKey, ...] = (CorporateActions, MarketBatch)
"""What tells it of the market, see `Broker.observe`."""


class Broker(Actor):
    """Fills orders, keeps the books, marks the account.

    FILL is opened twice where something filled at the open: in its second step, after the risk manager has seen the
    fills, the rest of the bar is tested against the protective levels. Where finer bars say how the bar came about, it
    is opened once more after each of them that filled something, unless that was the last. With `same_close`, DECIDE is
    opened twice where orders wait: in its second step they fill, and the account is marked again. An order that answers
    these fills waits for the next decision.

    Args:
        timing: when orders fill.
        execution: makes the account for a universe.
        guarded: whether somebody may answer fills with protective levels; otherwise, and where no conditional order is
            open that could be canceled, FILL needs no second step.
    """

    sends: ClassVar[tuple[type[Message], ...]] = (
        OrdersAccepted, OrdersRejected, OrdersReplaced, ReplacesRejected, OrdersTrimmed, OrdersSized, OrdersCanceled,
        OrdersExpired, OrdersHeldBack, AmbiguousBars, Fills, FillCosts, VolumeUnknown, TradesClosed, CashPosted,
        AccountSnapshot, MarginCalled, ActionsApplied, OrdersAdjusted, PhaseExtended,
    )  # fmt: skip

    def __init__(
        self,
        timing: FillTiming,
        execution: Callable[[UniverseDeclared], Execution],
        *,
        guarded: bool = True,
        name: str = "broker",
    ) -> None:
        super().__init__(name)
        self._at_same_close = timing is FillTiming.SAME_CLOSE
        self._make = execution
        self._guarded = guarded
        self._execution: Execution | None = None
        self._batch: MarketBatch | None = None
        self._deciding = False
        self._extended = False
        self._charges_anew = False
        self._measuring: Measuring | None = None

    def routes(self) -> dict[RouteKey, Handler]:
        """DECIDE, and its end, concern the broker only where orders fill at the close of the decision."""
        routes = super().routes()
        if not self._at_same_close:
            del routes[Phase.DECIDE], routes[Phase.RECORD]
        return routes

    def _account(self) -> Execution:
        if self._execution is None:
            raise KernelBug("the broker was asked before the universe was declared")
        return self._execution

    def _send_all(self, messages: list[Message]) -> None:
        for message in messages:
            self.send(message)

    @handles(UniverseDeclared)
    def on_universe(self, universe: UniverseDeclared) -> None:
        """Opens the account."""
        self._execution = self._make(universe)

    @handles(MarketBatch)
    def on_batch(self, batch: MarketBatch) -> None:
        """The bar that open orders will meet."""
        self._batch = batch

    @handles(CorporateActions)
    def on_actions(self, actions: CorporateActions) -> None:
        """What takes effect before that bar."""
        self._account().events.announce(actions)

    @handles(FinerBars)
    def on_finer(self, finer: FinerBars) -> None:
        """How the bar that comes with the next batch came about."""
        self._account().take_finer(finer)

    @on_phase(Phase.FILL)
    def on_fill_phase(self, phase: PhaseOpened) -> None:
        """Corporate actions take effect; then orders accepted at earlier barriers meet the bar."""
        if self._batch is None:
            return
        account = self._account()
        if phase.step:
            messages, more = account.rest_of_bar(), account.stopped
        else:
            messages, more = account.open_bar(self._batch)
        if messages:
            self._send_all(messages)
        while more:
            if self._guarded or account.has_resting:
                self.send(PhaseExtended())
                return
            self._send_all(account.rest_of_bar())
            more = account.stopped

    @on_phase(Phase.MARK)
    def on_mark_phase(self, _: PhaseOpened) -> None:
        """Values the account."""
        for message in self._account().mark_and_call():
            self.send(message)

    @on_phase(Phase.DECIDE)
    def on_decide_phase(self, phase: PhaseOpened) -> None:
        """With `same_close`, fills at the close in the second step; orders that waited for a bar ask for it too."""
        self._deciding = phase.step == 0
        if self._extended:
            self._extended = False
            self._send_all(self._account().close_bar())
            self._send_all(self._account().mark_and_call())
        elif self._deciding and self._account().has_orders():
            self._extend()

    @on_phase(Phase.RECORD)
    def on_record_phase(self, _: PhaseOpened) -> None:
        """Orders that come from now on are too late for this close."""
        self._deciding = False

    @handles(OrdersApproved)
    def on_approved(self, orders: OrdersApproved) -> None:
        """Takes orders into the book."""
        self._send_all(self._account().accept(orders))
        if self._deciding and self._account().has_orders():
            self._extend()

    @handles(CancelOrders)
    def on_cancel(self, cancel: CancelOrders) -> None:
        """Cancels open orders."""
        self._send_all(self._account().cancel(cancel.order_id))

    @handles(ReplacesApproved)
    def on_replaces(self, changes: ReplacesApproved) -> None:
        """Changes open orders."""
        self._send_all(self._account().replace(changes))

    @handles(ProtectiveLevels)
    def on_levels(self, levels: ProtectiveLevels) -> None:
        """Replaces the exit levels."""
        self._account().protection.protect(levels)

    @handles(TrailingStops)
    def on_trailing(self, trailing: TrailingStops) -> None:
        """How they follow the price inside a bar."""
        self._account().protection.trail(trailing)

    @handles(EndOfData)
    def on_end_of_data(self, _: EndOfData) -> None:
        """Ends what is still open."""
        if self._execution is not None:
            self._send_all(self._execution.expire())

    def state(self) -> object | None:
        """The account; the next bar comes before it is met."""
        return None if self._execution is None else self._execution.kept()

    def charge_anew(self) -> None:
        """What fills cost is not what it was in the state that will be taken over; see `Charges.charge_anew`."""
        self._charges_anew = True

    def must_measure(self, state: Any) -> bool:
        """Whether that state lacks what its costs must know of the market, so that it must `observe` that first."""
        return self._charges_anew and not self._account().measured_in(state)

    def observe(self, message: Message) -> None:
        """Takes in what its costs must know of the market."""
        if self._measuring is None:
            self._measuring = self._account().events.measuring()
        if isinstance(message, CorporateActions):
            self._measuring.announce(message)
        elif isinstance(message, MarketBatch):
            self._measuring.see(message)

    def restore(self, state: Any) -> None:
        """Takes it over."""
        if self._charges_anew:
            self._account().events.charge_anew(measured=self._measuring is not None)
            self._measuring = None
        self._account().restore(state)

    def _extend(self) -> None:
        if not self._extended:
            self._extended = True
            self.send(PhaseExtended())
