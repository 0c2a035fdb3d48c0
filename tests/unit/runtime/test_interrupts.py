"""Signals end a run at a barrier; real processes, real signals."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tidegate.runtime.interrupts import interrupts

SCRIPT = """
import os, signal, sys
import anyio
from tests.unit.runtime.troupe import Player, stage
from tidegate.core.enums import Phase
from tidegate.runtime.entry import run_anywhere
from tidegate.runtime.interrupts import interrupts

NUMBER, TIMES, KIND = signal.Signals[sys.argv[1]], int(sys.argv[2]), sys.argv[3]

def strike():
    for _ in range(TIMES):
        os.kill(os.getpid(), NUMBER)

def at_once(player, message):
    if message.seq == 3:
        strike()

async def while_waiting(player, message):
    if message.seq == 3:
        with anyio.move_on_after(5):
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.to_thread.run_sync, strike)
                while scheduler.stop_reason is None:
                    await anyio.sleep(0.001)

player = Player("p", {Phase.DECIDE: {"at_once": at_once, "while_waiting": while_waiting}[KIND]})
marker = Player("m", {Phase.RECORD: lambda p, m: p.seen.append(m.seq)})
scheduler = stage(player, marker, barriers=100_000)
before = signal.getsignal(NUMBER)
try:
    with interrupts(scheduler.stop):
        run_anywhere(scheduler.run, scheduler.stop)
    print("ended", scheduler.finished.seq, scheduler.finished.reason, marker.seen, scheduler.committed)
except KeyboardInterrupt as error:
    print("broke off", error, marker.seen, player.events)
assert signal.getsignal(NUMBER) is before
"""


def struck(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], cwd=repository, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("kind", ["at_once", "while_waiting"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_first_signal_ends_the_run_at_the_barrier_at_hand(repository: Path, name: str, kind: str) -> None:
    assert struck(repository, name, "1", kind) == f"ended 3 interrupted by {name} [0, 1, 2, 3] 3"


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_second_signal_breaks_the_run_off_and_actors_are_stopped(repository: Path, name: str) -> None:
    want = f"broke off second signal ({name}) [0, 1, 2] ['started', 'stopped']"
    assert struck(repository, name, "2", "at_once") == want


def test_handlers_that_were_there_before_are_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with interrupts(lambda _: None):
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] != before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    inside: list[object] = []

    def work() -> None:
        with interrupts(lambda _: None):
            inside.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert inside == [before]
