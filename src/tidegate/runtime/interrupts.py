"""SIGINT and SIGTERM: the first asks for the end of the run at a barrier, the second does not ask."""

import signal
import threading  # deterministic: asks which thread this is, and tells a person why a run has not ended
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from tidegate.runtime.watchdog import to_stderr

PATIENCE_S = 1.0
"""So long after the first signal it is said what is waited for."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts(stop: Callable[[str], None], waits: Callable[[], str] | None = None) -> Iterator[None]:
    """Calls `stop(reason)` on the first SIGINT or SIGTERM, and raises KeyboardInterrupt on any later one.

    Where the run has not ended soon after the first, it is said on standard error what it waits for.

    The handlers that were there before are put back at the end. Only the main thread can have signal handlers;
    anywhere else this does nothing.

    Args:
        stop: must return at once; gets a reason such as `interrupted by SIGINT`.
        waits: what that is, in words; asked from another thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[str] = []
    heard, over = threading.Event(), threading.Event()

    def tell() -> None:
        heard.wait()
        if waits is not None and not over.wait(PATIENCE_S):
            to_stderr(f"tidegate: {asked[0]}; not over yet: {waits()}; once more ends the run at once")

    def on_signal(number: int, _: FrameType | None) -> None:
        name = signal.Signals(number).name
        if asked:
            raise KeyboardInterrupt(f"second signal ({name})")
        asked.append(f"interrupted by {name}")
        stop(asked[0])
        heard.set()

    # Begun here: a thread that a signal begins may find the main thread in the middle of beginning another.
    threading.Thread(target=tell, name="tidegate-interrupts", daemon=True).start()
    before = {number: signal.signal(number, on_signal) for number in SIGNALS}
    try:
        yield
    finally:
        over.set()
        heard.set()
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
