"""A run that a test moves: barrier by barrier, looking at what was said in between.

    with Stepped(Session(TopN(2), source=table(text).source(), progress=False)) as run:
        run.step()                          # barrier 0
        run.step(3)                         # barriers 1 to 3
        assert run.last(AccountSnapshot).cash_micros == 1_000_000_000_000
    run.result.fills                        # what was committed until then

The run lives in a thread of its own, and stands still between barriers, where nothing of it is at work.
"""

import asyncio
import threading
from collections.abc import Awaitable
from types import TracebackType
from typing import Self, TypeVar

import anyio

from tidegate.core.errors import TidegateError
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, PhaseQuiesced, RunFinished
from tidegate.messages.codec import MESSAGE_TYPES
from tidegate.results.result import Result
from tidegate.runtime.actor import Actor, Handler, RouteKey, handles
from tidegate.runtime.clock import Clock
from tidegate.session import Session

LEFT = "the test left"
WAIT_S = 60.0
M = TypeVar("M", bound=Message)


class ManualClock(Clock):
    """A clock that opens a barrier when it is allowed to; before each it stands still, however long that takes.

    Its methods may be called from any thread. The run is not late meanwhile: a clock may wait.
    """

    def __init__(self, name: str = "clock") -> None:
        super().__init__(name)
        self._state = threading.Condition()
        self._allowed = 0
        self._closing: str | None = None
        self._standing = False
        self._over = False
        self._wake: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    @property
    def barrier(self) -> int:
        """The last barrier that was opened, -1 before the first."""
        return self._seq

    def allow(self, barriers: int = 1) -> None:
        """Lets so many more barriers happen."""
        with self._state:
            self._allowed += barriers
            self._standing = False
            self._wake_up()

    def end(self, reason: str) -> None:
        """Ends the run where it stands, or before the next barrier."""
        with self._state:
            self._closing = reason
            self._standing = False
            self._wake_up()

    def wait(self, timeout_s: float) -> bool:
        """Waits until what was allowed has happened; False where it takes longer."""
        with self._state:
            return self._state.wait_for(lambda: self._standing or self._over, timeout_s)

    def left(self) -> None:
        """For whoever runs it: there is no run any more."""
        with self._state:
            self._over = True
            self._state.notify_all()

    @property
    def over(self) -> bool:
        """Whether there is no run any more."""
        return self._over

    @handles(PhaseQuiesced)
    def on_quiesced(self, message: PhaseQuiesced) -> Awaitable[None] | None:  # type: ignore[override]  # this one waits
        """Opens the next phase; where that is a barrier's first, once it may."""
        between = self._position == len(self._phases) - 1 and not self._noted
        if not between:
            super().on_quiesced(message)
            return None
        with self._state:
            if self._may_go():
                self._go(message)
                return None
        return self._stand(message)

    async def _stand(self, message: PhaseQuiesced) -> None:
        woken = asyncio.Event()
        while True:
            with self._state:
                if self._may_go():
                    self._wake = None
                    self._go(message)
                    return
                self._wake = asyncio.get_running_loop(), woken
                self._standing = True
                self._state.notify_all()
            await woken.wait()
            woken.clear()

    def _may_go(self) -> bool:
        return self._allowed > 0 or self._closing is not None

    def _go(self, message: PhaseQuiesced) -> None:
        if self._closing is not None:
            self.send(RunFinished(self._seq, self._closing))
            return
        self._allowed -= 1
        super().on_quiesced(message)

    def _wake_up(self) -> None:
        if self._wake is not None:
            loop, woken = self._wake
            loop.call_soon_threadsafe(woken.set)


class Listener(Actor):
    """Keeps every message that can be heard, in the order of delivery.

    Attributes:
        heard: the messages; those that open or end a phase are not among them.
    """

    def __init__(self, name: str = "listener") -> None:
        super().__init__(name)
        self.heard: list[Message] = []

    def routes(self) -> dict[RouteKey, Handler]:
        """All types of messages."""
        return {kind: self.heard.append for kind in MESSAGE_TYPES if kind not in (PhaseOpened, PhaseQuiesced)}


class Stepped:
    """A session that stands still after each barrier until the test lets it go on.

    Args:
        session: not yet run; gets a `ManualClock` and a `Listener`.
        wait_s: host seconds after which a step that does not end is an error.

    Attributes:
        clock: of the run.
        result: of the run once it is over; None as long as it is not, and where it failed.
    """

    def __init__(self, session: Session, *, wait_s: float = WAIT_S) -> None:
        self.clock = ManualClock()
        self.result: Result | None = None
        self._listener = Listener()
        self._session = session
        self._wait_s = wait_s
        self._error: BaseException | None = None
        session.swap("clock", self.clock)
        session.add(self._listener)
        self._thread = threading.Thread(target=self._run, name="tidegate-stepped", daemon=True)

    @property
    def barrier(self) -> int:
        """The last barrier that has happened, -1 before the first."""
        return self.clock.barrier if self.result is None else self.result.record.barriers - 1

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self._thread.ident is not None and not self._thread.is_alive()

    @property
    def messages(self) -> tuple[Message, ...]:
        """All that was said so far."""
        return tuple(self._listener.heard)

    def all(self, kind: type[M]) -> list[M]:
        """The messages of a type so far."""
        return [message for message in self._listener.heard if type(message) is kind]

    def last(self, kind: type[M]) -> M:
        """The last message of a type.

        Raises:
            LookupError: there was none yet.
        """
        found = self.all(kind)
        if not found:
            raise LookupError(f"no {kind.__name__} up to barrier {self.barrier}")
        return found[-1]

    def step(self, barriers: int = 1) -> bool:
        """Lets barriers happen, and waits for the end of the last one; False once the run is over.

        Raises:
            TidegateError: it takes too long; or what ended the run.
        """
        if self._thread.ident is None:
            raise RuntimeError("a stepped run is a context manager: with Stepped(session) as run: ...")
        if not self.over:
            self.clock.allow(barriers)
            self._wait()
        return not self.over

    def finish(self) -> Result:
        """Lets the run go on to the end of its data, and returns its result.

        Raises:
            TidegateError: as `step`.
        """
        self.step(2**62)
        assert self.result is not None
        return self.result

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if not self.over:
            self._session.stop(LEFT)
            self.clock.end(LEFT)
            self._thread.join(self._wait_s)
            if error is None and self._error is not None:
                raise self._error

    def _wait(self) -> None:
        if not self.clock.wait(self._wait_s):
            raise TidegateError(f"barrier {self.barrier + 1} is not over after {self._wait_s:g} s of host time")
        if self.clock.over:
            self._thread.join(self._wait_s)
            if self._error is not None:
                raise self._error

    def _run(self) -> None:
        try:
            self.result = anyio.run(self._session.arun)
        except BaseException as error:
            self._error = error
        finally:
            self.clock.left()
