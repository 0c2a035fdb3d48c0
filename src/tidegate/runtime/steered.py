"""A Clock for a run that is repeated: it can wait for real time, and stops the run where it was stopped before."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, PhaseQuiesced
from tidegate.messages.market import MarketBatch
from tidegate.runtime.actor import Handler, RouteKey
from tidegate.runtime.clock import Clock
from tidegate.runtime.host_clock import now_s  # deterministic: paces a replay by real time


@dataclass(frozen=True, slots=True)
class StopAt:
    """Where somebody outside asked for the end of a run: while this phase was open, or sooner.

    Attributes:
        opened: the phase; None before the first.
        reason: what was asked with.
    """

    opened: PhaseOpened | None
    reason: str


class SteeredClock(Clock):
    """The Clock; what it says is what any Clock would.

    Args:
        pace: seconds of the data to a second of real time; None to wait for nothing. A batch is then handled no sooner
            than its time after the first one's.
        stop: where to have the run stopped, if anywhere.
    """

    def __init__(self, pace: float | None = None, stop: StopAt | None = None, name: str = "clock") -> None:
        super().__init__(name)
        self._pace = pace
        self._stop_at = stop
        self._stop_run: Callable[[str], None] = _nobody
        self._began: tuple[float, int] | None = None
        self._due_s: float | None = None

    def stop_with(self, stop: Callable[[str], None]) -> None:
        """Says what asks for the end of this run."""
        self._stop_run = stop

    def state(self) -> object:
        """As of any Clock: real time begins anew wherever a run goes on."""
        return super().state()

    def routes(self) -> dict[RouteKey, Handler]:
        """It looks at batches where it waits for their time."""
        paced: dict[RouteKey, Handler] = {} if self._pace is None else {MarketBatch: self._on_batch}
        return {**super().routes(), PhaseQuiesced: self._on_quiet, **paced}

    def wire(self, send: Callable[[Message], None], spawner: Callable[..., None]) -> None:
        """Looks at what is sent where the run is to be stopped."""
        stop = self._stop_at
        if stop is None:
            super().wire(send, spawner)
            return
        if stop.opened is None:
            self._stop_run(stop.reason)
        place = _place(stop.opened)

        def watched(message: Message) -> None:
            send(message)
            if isinstance(message, PhaseOpened) and _place(message) == place:
                self._stop_run(stop.reason)

        super().wire(watched, spawner)

    def _on_batch(self, batch: MarketBatch) -> None:
        assert self._pace is not None
        if self._began is None:
            self._began = now_s(), batch.ts_ns
        began_s, first_ns = self._began
        self._due_s = began_s + (batch.ts_ns - first_ns) / 1e9 / self._pace

    def _on_quiet(self, message: PhaseQuiesced) -> Awaitable[None] | None:
        if self._due_s is None:
            self.on_quiesced(message)
            return None
        due_s, self._due_s = self._due_s, None
        return self._wait(due_s, message)

    async def _wait(self, due_s: float, message: PhaseQuiesced) -> None:
        await anyio.sleep(max(due_s - now_s(), 0.0))  # deterministic: paces a replay by real time
        self.on_quiesced(message)


def _nobody(_: str) -> None:
    """Stops nothing."""


def _place(opened: PhaseOpened | None) -> tuple[int, int, int] | None:
    return None if opened is None else (opened.seq, opened.phase, opened.step)
