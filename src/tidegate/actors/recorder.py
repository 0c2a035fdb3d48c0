"""The recorder: keeps every message that a table is made from, and commits barriers."""

from typing import ClassVar

from tidegate.core.enums import Phase
from tidegate.messages.account import AccountSnapshot, CashPosted, MarginCalled, TradesClosed
from tidegate.messages.actions import ActionsApplied, OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, RunFinished
from tidegate.messages.control import BarrierCommitted, LogWritten
from tidegate.messages.orders import (
    FillCosts,
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersHeldBack,
    OrdersRejected,
    OrdersReplaced,
    OrdersSized,
    OrdersTrimmed,
    ReplacesDenied,
    ReplacesRejected,
    ReplacesTrimmed,
    SubmitOrders,
    TargetsSkipped,
    VolumeUnknown,
)
from tidegate.messages.risk import AmbiguousBars, TradingHalted
from tidegate.results.progress import Progress, Silent
from tidegate.results.tape import Tape
from tidegate.runtime.actor import Actor, Handler, RouteKey, handles, on_phase

KEPT: tuple[type[Message], ...] = (
    SubmitOrders, OrdersApproved, OrdersDenied, OrdersTrimmed, OrdersAccepted, OrdersRejected, OrdersCanceled,
    OrdersExpired, OrdersHeldBack, OrdersReplaced, ReplacesDenied, ReplacesTrimmed, ReplacesRejected, OrdersSized,
    TargetsSkipped, Fills, FillCosts, VolumeUnknown, TradesClosed, CashPosted, AmbiguousBars, MarginCalled,
    TradingHalted, LogWritten, ActionsApplied, OrdersAdjusted,
)  # fmt: skip
"""What goes onto the tape as it is."""


class Recorder(Actor):
    """Keeps the run.

    Args:
        tape: where the messages go.
        progress: told about every committed barrier.
    """

    sends: ClassVar[tuple[type[Message], ...]] = (BarrierCommitted,)

    def __init__(self, tape: Tape, progress: Progress, name: str = "recorder") -> None:
        super().__init__(name)
        self._tape = tape
        self._update = None if isinstance(progress, Silent) else progress.update
        self._announces = False
        self._finished = False

    def wired(self, handled: frozenset[RouteKey]) -> None:
        """Commits are announced where somebody listens."""
        self._announces = BarrierCommitted in handled

    def routes(self) -> dict[RouteKey, Handler]:
        """Messages that are only kept go straight to the tape."""
        return {**super().routes(), **dict.fromkeys(KEPT, self._tape.keep), AccountSnapshot: self._tape.keep_snapshot}

    @on_phase(Phase.RECORD)
    def on_record(self, phase: PhaseOpened) -> None:
        """Commits the barrier."""
        snapshot = self._tape.commit(phase.seq)
        if self._announces:
            self.send(BarrierCommitted(phase.seq))
        if self._update is not None and snapshot is not None:
            self._update(phase.seq, snapshot.ts_ns, snapshot.equity_micros)

    @handles(RunFinished)
    def on_finished(self, _: RunFinished) -> None:
        """The run is whole; remarks of strategies that stop may still come."""
        self._finished = True

    async def stopped(self) -> None:
        """Takes in what the end brought; what a failed barrier left behind is not the run's."""
        if self._finished:
            self._tape.close()
