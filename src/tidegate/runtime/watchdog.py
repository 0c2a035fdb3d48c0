"""The thread that notices when actor code keeps the event loop to itself.

A timeout on the event loop cannot see a handler that does not come back: the loop is what it blocks. So the loop's
thread says when it enters and leaves actor code, and this thread looks on from outside. A stretch that lasts longer
than the limit is reported at once and ended by raising `Blocked` inside it; code blocked in C (`time.sleep`) ends when
it returns. Time is counted in looks, not read from a clock, so a process that was suspended is not blamed for it.

Nothing is shared between watchdogs. `enter` and `leave` belong to the watched thread; the lock makes sure that
`Blocked` is raised in no later stretch than the one it was meant for.
"""

import ctypes
import sys
import threading  # deterministic: ends code that blocks the loop, and with it the run
from collections.abc import Callable
from functools import partial

from tidegate.core.errors import TidegateError
from tidegate.runtime.stacks import is_traced, thread_stack

Verdict = Callable[[list[str]], TidegateError]
"""From the lines of the stack to the error that says who is at fault."""
LOOK_EVERY_S = 0.1
AGAIN_AFTER_S = 0.001


class Blocked(BaseException):
    """Raised by the watchdog inside code that kept the loop; no `except Exception` stops it."""


def to_stderr(text: str) -> None:
    """Writes a line for a person at once."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Watchdog:
    """Watches the thread that starts it.

    Args:
        timeout_s: how long a stretch may last.
        overdue: makes the error for a stretch that lasts longer.
        overgrown: makes the error for a stretch that queues more than it may, or None while it does not.
        report: gets the error's text at once, in the watchdog's thread.

    Attributes:
        error: what was found, None so far.
    """

    def __init__(
        self,
        timeout_s: float,
        overdue: Verdict,
        overgrown: Callable[[], TidegateError | None],
        report: Callable[[str], None] = to_stderr,
    ) -> None:
        self.error: TidegateError | None = None
        self._overdue = overdue
        self._overgrown = overgrown
        self._report = report
        self._look_every_s = min(timeout_s / 8, LOOK_EVERY_S)
        self._looks_max = max(round(timeout_s / self._look_every_s), 1)
        self._inside = False
        self._stretch = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._watched = 0
        self._thread = threading.Thread(target=self._watch, name="tidegate-watchdog", daemon=True)

    def start(self) -> None:
        """Begins to watch the calling thread."""
        self._watched = threading.get_ident()
        self._thread.start()

    def stop(self) -> None:
        """Ends watching; when this returns nothing is raised any more."""
        self.leave()
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def enter(self) -> None:
        """The watched thread begins a stretch of actor code."""
        self._stretch += 1
        self._inside = True

    def leave(self) -> None:
        """The watched thread is back; what was to be raised in the stretch, and was not yet, never is."""
        try:
            self._close_stretch()
        except Blocked:  # raised on the way here: the stretch is over all the same
            self._close_stretch()
            raise

    def _close_stretch(self) -> None:
        with self._lock:
            self._inside = False
            if self.error is not None:
                _absorb(self._watched)

    def _watch(self) -> None:
        stretch, looks = 0, 0
        while not self._ended.wait(self._look_every_s):
            if not self._inside or stretch != self._stretch:
                stretch, looks = self._stretch, 0
                continue
            looks += 1
            if looks >= self._looks_max:
                self._end_stretch(stretch, self._overdue)
                looks = 0
            elif self.error is None and (found := self._overgrown()) is not None:
                self._end_stretch(stretch, partial(_already, found))

    def _end_stretch(self, stretch: int, verdict: Verdict) -> None:
        first = self.error is None
        ended = self._try_to_end(stretch, verdict)
        if first and self.error is not None:
            self._report(str(self.error))
        while not ended:
            self._ended.wait(AGAIN_AFTER_S)
            ended = self._try_to_end(stretch, verdict)

    def _try_to_end(self, stretch: int, verdict: Verdict) -> bool:
        """False where it must be tried again."""
        with self._lock:
            if not self._inside or stretch != self._stretch:
                return True
            if self.error is None:
                self.error = verdict(thread_stack(self._watched))
            if is_traced(self._watched):
                return False
            _raise_in(self._watched)
            return True


def _already(found: TidegateError, _: list[str]) -> TidegateError:
    return found


def _raise_in(thread_id: int) -> bool:
    """Has `Blocked` raised in a thread at its next bytecode that looks for it; False where there is no such thread."""
    what = ctypes.py_object(Blocked)
    return bool(ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), what))


def _absorb(thread_id: int) -> None:
    """In the thread itself: takes what is still to be raised, if anything, so that nothing is.

    The interpreter can also be told to forget it, but before Python 3.13 it then looks for it forever after, slowly,
    and hangs where code is traced. It holds one such exception at a time: raising one more takes the other's place.
    """
    try:
        if _raise_in(thread_id):
            while True:
                pass
    except Blocked:
        pass
