"""From synchronous code into a coroutine, whether or not an event loop runs already."""

import asyncio
import contextvars
import signal
import socket  # deterministic: a pair within the process, by which signals wake its loop
import threading  # deterministic: runs the whole session, or opens its data, while somebody waits
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

import anyio

from tidegate.core.errors import RunInterrupted

T = TypeVar("T")
LOOK_EVERY_S = 0.1
"""A signal that comes just before a wait does not end it; so often the waiting thread looks whether there was one."""


def run_anywhere(main: Callable[[], Awaitable[T]], on_interrupt: Callable[[str], None]) -> T:
    """Runs `main()` to its end and returns what it returns.

    Without a running event loop it gets one of its own. Where a loop runs in this thread already (a notebook), it runs
    in another thread with a loop of its own while this thread waits.

    Args:
        main: called without arguments, in the thread in which it runs.
        on_interrupt: called with a reason at the first KeyboardInterrupt that comes while this thread waits; it should
            make `main` end soon. A second one cancels `main`.

    Raises:
        KeyboardInterrupt: `main` had to be canceled, or raised it; anything else that `main` raises.
    """
    if _loop_runs():
        return _Elsewhere(main).wait(on_interrupt)
    return anyio.run(_woken_by_signals, main, backend="asyncio")


async def _woken_by_signals(main: Callable[[], Awaitable[T]]) -> T:
    """Runs `main()` in a loop that every signal wakes.

    Their handlers are run by the main thread. A signal that comes just before the loop begins to wait, or that the
    system gives to another thread, would be handled only when the wait is over.
    """
    if threading.current_thread() is not threading.main_thread():
        return await main()
    loop = asyncio.get_running_loop()
    ours, written = socket.socketpair()
    with ours, written:
        ours.setblocking(False)
        written.setblocking(False)
        before = signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)
        if before != -1:  # the loop is one that has seen to it itself
            signal.set_wakeup_fd(before)
            return await main()
        loop.add_reader(ours, ours.recv, 4096)
        try:
            return await main()
        finally:
            loop.remove_reader(ours)
            signal.set_wakeup_fd(-1)


async def apart(work: Callable[[], T], given_up: Callable[[], str | None]) -> T:
    """What `work()` returns, called in a thread that nobody waits for once this is canceled or given up.

    The thread is a daemon, for work that hangs must not keep the process from ending.

    Args:
        work: called without arguments.
        given_up: asked now and then; gives a reason as soon as the work is to be waited for no longer.

    Raises:
        RunInterrupted: for that reason; anything that `work` raises.
    """
    loop, over = asyncio.get_running_loop(), anyio.Event()
    results: list[T] = []
    errors: list[BaseException] = []
    context = contextvars.copy_context()

    def do() -> None:
        try:
            results.append(context.run(work))
        except BaseException as error:  # of whatever kind: raised where the result is wanted
            errors.append(error)
        with suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(over.set)

    threading.Thread(target=do, name="tidegate-apart", daemon=True).start()
    while not over.is_set():
        reason = given_up()
        if reason is not None:
            raise RunInterrupted(reason)
        with anyio.move_on_after(LOOK_EVERY_S):  # deterministic: looks whether to go on waiting
            await over.wait()
    for error in errors:
        raise error
    return results[0]


def _loop_runs() -> bool:
    """Whether this thread is inside an event loop; asked apart, so that no later error is chained to the answer."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class _Elsewhere(Generic[T]):
    """A coroutine in a thread and loop of its own."""

    def __init__(self, main: Callable[[], Awaitable[T]]) -> None:
        self._main = main
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._cancel: Callable[[], object] | None = None
        self._canceled = False
        self._over = threading.Event()
        self._context = contextvars.copy_context()
        self._claimed = threading.Lock()

    def wait(self, on_interrupt: Callable[[str], None]) -> T:
        started = False
        heard = answered = 0
        while True:
            try:
                if not started:
                    threading.Thread(target=self._claim, name="tidegate-run", daemon=True).start()
                    started = True
                while not self._over.is_set():
                    while answered < heard:  # the next one may come while the first is being answered
                        answered += 1
                        if answered == 1:
                            on_interrupt("interrupted from the keyboard")
                        else:
                            self._cancel_main()
                    self._over.wait(LOOK_EVERY_S)  # not join: interrupted, it would call a running thread finished
                break
            except KeyboardInterrupt:
                heard += 1
        if self._canceled:
            raise KeyboardInterrupt
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _claim(self) -> None:
        """Runs once: a start that was interrupted is tried again, and may have been one all the same."""
        if self._claimed.acquire(blocking=False):
            self._context.run(self._run)

    def _run(self) -> None:
        try:
            anyio.run(self._scoped, backend="asyncio")
        except BaseException as error:
            self._error = error
        finally:
            self._over.set()

    async def _scoped(self) -> None:
        loop = asyncio.get_running_loop()
        with anyio.CancelScope() as scope:
            self._cancel = lambda: loop.call_soon_threadsafe(scope.cancel)
            self._results.append(await self._main())

    def _cancel_main(self) -> None:
        if self._cancel is not None:
            self._canceled = True
            try:
                self._cancel()
            except RuntimeError:
                pass  # the loop has closed meanwhile: it is over
