"""Synchronous entry, with and without a running event loop."""

import asyncio
import contextvars
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from tests.unit.runtime.troupe import Player, hears, play, stage

from tidegate.core.enums import Phase
from tidegate.core.errors import ActorFailed, RunInterrupted
from tidegate.runtime.entry import apart, run_anywhere

WORD: contextvars.ContextVar[str] = contextvars.ContextVar("WORD")


async def where() -> tuple[str, str]:
    await anyio.lowlevel.checkpoint()
    return threading.current_thread().name, WORD.get("none")


async def fails() -> None:
    raise ValueError("no")


def ignore(_: str) -> None:
    """For runs that nobody interrupts."""


def test_without_a_loop_it_runs_in_this_thread() -> None:
    assert run_anywhere(where, ignore) == (threading.current_thread().name, "none")


@pytest.mark.asyncio
async def test_inside_a_loop_it_runs_in_another_thread_in_the_same_context() -> None:
    WORD.set("here")
    assert run_anywhere(where, ignore) == ("tidegate-run", "here")


@pytest.mark.asyncio
async def test_inside_a_loop_what_is_raised_arrives() -> None:
    with pytest.raises(ValueError, match="no"):
        run_anywhere(fails, ignore)


def chained(error: BaseException | None) -> list[BaseException]:
    """What a traceback would show before the error."""
    found: list[BaseException] = []
    while error is not None:
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        found += [error] if error is not None else []
    return found


def test_without_a_loop_what_is_raised_is_chained_to_nothing() -> None:
    with pytest.raises(ValueError, match="no") as caught:
        run_anywhere(fails, ignore)
    assert chained(caught.value) == []


@pytest.mark.asyncio
async def test_inside_a_loop_what_is_raised_is_chained_to_nothing() -> None:
    with pytest.raises(ValueError, match="no") as caught:
        run_anywhere(fails, ignore)
    assert chained(caught.value) == []


def test_what_an_actor_raises_is_chained_to_its_failure_alone() -> None:
    with pytest.raises(ActorFailed) as caught:
        play(Player("p", {Phase.FILL: lambda _, __: 1 / 0}))
    assert list(map(type, chained(caught.value))) == [ZeroDivisionError]


@pytest.mark.asyncio
async def test_a_run_inside_a_loop_gives_what_one_outside_gives() -> None:
    player = Player("p", {Phase.FILL: hears})
    assert play(player, barriers=5).committed == 4
    assert len(player.seen) == 5
    with pytest.raises(ActorFailed, match="actor 'p' failed at barrier 0"):
        play(Player("p", {Phase.FILL: lambda _, __: 1 / 0}))
    assert asyncio.get_running_loop().is_running()


def test_a_handler_may_run_another_session() -> None:
    inner = Player("inner", {Phase.FILL: hears})

    def runs_another(_: Player, __: object) -> None:
        play(inner, barriers=3)

    outer = Player("outer", {Phase.FILL: runs_another})
    assert play(outer).committed == 0
    assert len(inner.seen) == 3


SCRIPT = """
import asyncio, signal, sys, threading, time
import anyio
from tests.unit.runtime.troupe import Player, stage
from tidegate.core.enums import Phase
from tidegate.runtime.entry import apart, run_anywhere

MAIN = threading.get_ident()
heard = threading.Event()

def at_once(player, message):
    if message.seq == 3:
        signal.pthread_kill(MAIN, signal.SIGINT)
        assert heard.wait(10)

def unnoticed(player, message):
    if message.seq == 3:  # to this thread: the one that waits is not woken, as when a signal comes just before it waits
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        assert heard.wait(10)

async def without_end(player, message):
    at_once(player, message)
    if message.seq == 3:
        signal.pthread_kill(MAIN, signal.SIGINT)
        await anyio.sleep_forever()

def stop(reason):
    scheduler.stop(reason)
    heard.set()

player = Player("p", {Phase.DECIDE: {"once": at_once, "aside": unnoticed, "twice": without_end}[sys.argv[1]]})
scheduler = stage(player, barriers=None)

async def cell():
    run_anywhere(scheduler.run, stop)

signal.signal(signal.SIGINT, signal.default_int_handler)
loop = asyncio.new_event_loop()
try:
    loop.run_until_complete(cell())
    print("ended", scheduler.finished.seq, scheduler.finished.reason, player.events)
except KeyboardInterrupt:
    print("broke off", scheduler.seq, player.events)
finally:
    loop.close()
"""

NOTEBOOK = [
    ("once", "ended 3 interrupted from the keyboard ['started', 'stopped']"),
    ("aside", "ended 3 interrupted from the keyboard ['started', 'stopped']"),
    ("twice", "broke off 3 ['started', 'stopped']"),
]


@pytest.mark.parametrize(("times", "want"), NOTEBOOK)
def test_in_a_notebook_one_interrupt_ends_at_the_barrier_and_two_break_off(
    repository: Path, times: str, want: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, times], cwd=repository, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == (want, "")


@contextmanager
def usual_interrupts() -> Iterator[None]:
    """KeyboardInterrupt at once, as in a notebook; an event loop's own handler cancels its task instead."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_signal_that_another_thread_gets_is_handled_while_the_loop_waits() -> None:
    def strike() -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)

    async def wait() -> float:
        began = anyio.current_time()
        struck = anyio.Event()
        before = signal.signal(signal.SIGUSR1, lambda *_: struck.set())
        threading.Timer(0.05, strike).start()
        try:
            with anyio.move_on_after(20):  # which it takes where nothing wakes the loop
                await struck.wait()
        finally:
            signal.signal(signal.SIGUSR1, before)
        return anyio.current_time() - began

    assert run_anywhere(wait, ignore) < 10


@pytest.mark.asyncio
async def test_an_interrupt_while_the_first_is_answered_breaks_off() -> None:
    player = Player("p", {Phase.DECIDE: lambda _, __: anyio.sleep_forever()})
    said: list[str] = []

    def answer(reason: str) -> None:
        said.append(reason)
        raise KeyboardInterrupt

    def interrupt() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    begun = Player("b", {Phase.DECIDE: lambda _, __: interrupt()})
    scheduler = stage(player, begun, barriers=None)
    with usual_interrupts(), pytest.raises(KeyboardInterrupt):
        run_anywhere(scheduler.run, answer)
    assert said == ["interrupted from the keyboard"]
    assert player.events == begun.events == ["started", "stopped"]


@pytest.mark.asyncio
@pytest.mark.parametrize("after", [True, False], ids=["begun", "not begun"])
async def test_an_interrupt_while_the_thread_is_started_ends_at_the_barrier(
    after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, begun = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        begun.append(thread)
        interrupted = len(begun) == 1
        if after or not interrupted:
            begin(thread)
        if interrupted:
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", start)
    player = Player("p", {Phase.FILL: hears})
    scheduler = stage(player, barriers=None)
    run_anywhere(scheduler.run, scheduler.stop)
    assert scheduler.finished is not None
    assert scheduler.finished.reason == "interrupted from the keyboard"
    assert player.events == ["started", "stopped"]
    assert [thread.name for thread in begun if thread.name == "tidegate-run"] == ["tidegate-run"] * 2


# --- stopping ----------------------------------------------------------------------------------------------------


def test_stop_ends_the_run_at_the_barrier_at_hand_with_the_first_reason() -> None:
    def stop(_: Player, message: object) -> None:
        scheduler.stop("enough")
        scheduler.stop("more than enough")

    recorder = Player("r", {Phase.RECORD: hears})
    scheduler = stage(
        Player("p", {Phase.ADVANCE: lambda p, m: stop(p, m) if m.seq == 2 else None}), recorder, barriers=None
    )
    run_anywhere(scheduler.run, scheduler.stop)
    assert scheduler.finished is not None
    assert (scheduler.finished.seq, scheduler.finished.reason, len(recorder.seen)) == (2, "enough", 3)
    assert scheduler.stop_reason == "enough"


def test_stop_before_the_start_ends_before_the_first_barrier() -> None:
    scheduler = stage(barriers=None)
    scheduler.stop("never mind")
    run_anywhere(scheduler.run, scheduler.stop)
    assert scheduler.finished is not None
    assert (scheduler.finished.seq, scheduler.finished.reason) == (-1, "never mind")


def test_another_thread_can_stop_a_run_that_has_no_end() -> None:
    begun = threading.Event()
    scheduler = stage(Player("p", {Phase.FILL: lambda _, __: begun.set()}), barriers=None)

    def stop() -> None:
        begun.wait(10)
        scheduler.stop("from outside")

    stopper = threading.Thread(target=stop)
    stopper.start()
    run_anywhere(scheduler.run, scheduler.stop)
    stopper.join()
    assert scheduler.finished is not None
    assert scheduler.finished.reason == "from outside"
    assert scheduler.committed == scheduler.seq >= 0


def test_what_runs_apart_answers_raises_and_is_given_up() -> None:
    async def both() -> list[object]:
        answer: list[object] = [await apart(threading.current_thread, lambda: None)]
        with pytest.raises(ZeroDivisionError):
            await apart(lambda: 1 // 0, lambda: None)
        blocked, asked = threading.Event(), iter([None, "enough"])
        with pytest.raises(RunInterrupted, match="enough"):
            await apart(blocked.wait, lambda: next(asked))
        blocked.set()
        return answer

    (thread,) = anyio.run(both)
    assert isinstance(thread, threading.Thread)
    assert thread.daemon
    assert thread is not threading.current_thread()
