"""SIGINT and SIGTERM: the first asks for the end of the run at a barrier, the second does not ask."""

import signal
import threading  # deterministic: asks which thread this is
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts(stop: Callable[[str], None]) -> Iterator[None]:
    """Calls `stop(reason)` on the first SIGINT or SIGTERM, and raises KeyboardInterrupt on any later one.

    The handlers that were there before are put back at the end. Only the main thread can have signal handlers;
    anywhere else this does nothing.

    Args:
        stop: must return at once; gets a reason such as `interrupted by SIGINT`.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def on_signal(number: int, _: FrameType | None) -> None:
        nonlocal asked
        name = signal.Signals(number).name
        if asked:
            raise KeyboardInterrupt(f"second signal ({name})")
        asked = True
        stop(f"interrupted by {name}")

    before = {number: signal.signal(number, on_signal) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
