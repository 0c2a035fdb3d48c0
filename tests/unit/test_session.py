"""How a session decides what nobody told it: machine code or not, and what a signal means."""

import hashlib
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import anyio
import numpy as np
import pytest
from tests.faults.planted import Idle, daily

from tidegate import Context, Strategy, read
from tidegate import session as session_module
from tidegate.core.universe import Universe
from tidegate.data.panel import ArraySource, Columns
from tidegate.kernels.kernel import Kernels
from tidegate.results.progress import Silent
from tidegate.session import Session, worth_compiling

SIZES = [
    # barriers  assets  machine code is there   is used
    (250,       20,     True,                   False),
    (500,       100,    True,                   False),
    (252,       500,    True,                   False),
    (1500,      300,    True,                   True),
    (10_000,    20,     True,                   True),
    (4_902,     1,      True,                   True),
    (4_901,     1,      True,                   False),
    (-1,        20,     True,                   True),
    (0,         20,     True,                   False),
    (1500,      300,    False,                  False),
    (98_040,    1,      False,                  True),
    (98_039,    1,      False,                  False),
    (5_040,     250,    False,                  False),
    (19_656,    250,    False,                  True),
    (-1,        20,     False,                  True),
]  # fmt: skip


@pytest.mark.parametrize(("barriers", "assets", "cached", "worth"), SIZES)
def test_machine_code_is_for_runs_that_it_makes_shorter(barriers: int, assets: int, cached: bool, worth: bool) -> None:
    columns = Columns(Universe(tuple(f"A{n:04}" for n in range(assets))), (), (), (), barriers)
    assert worth_compiling(columns, cached=cached) is worth


class Made:
    """Stands in for making machine code, which takes its time."""

    def __init__(self, *, cached: bool) -> None:
        self.cached = cached
        self.asked = self.compiled = 0
        self.used: list[bool] = []

    def is_cached(self) -> bool:
        self.asked += 1
        return self.cached

    def compile_all(self) -> int:
        self.compiled += 1
        return 0

    def kernels(self, *, compiled: bool) -> Kernels:
        self.used.append(compiled)
        return Kernels(compiled=False)


LINE = "tidegate: compiling kernels, once for this version (about half a minute)\n"
CHOICES = [
    # run.kernels     barriers  machine code is there   is used  is made
    ("auto",          30,       False,                  False,   0),
    ("auto",          30,       True,                   False,   0),
    ("auto",          6_000,    True,                   True,    0),
    ("auto",          6_000,    False,                  False,   0),
    ("auto",          90_000,   False,                  False,   0),
    ("auto",          100_000,  False,                  True,    1),
    ("interpreted",   20_000,   True,                   False,   0),
    ("compiled",      30,       True,                   True,    0),
    ("compiled",      30,       False,                  True,    1),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "barriers", "cached", "used", "made"), CHOICES)
def test_making_machine_code_is_said_aloud_and_only_then(
    setting: str,
    barriers: int,
    cached: bool,
    used: bool,
    made: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stand_in = Made(cached=cached)
    monkeypatch.setattr(session_module, "is_cached", stand_in.is_cached)
    monkeypatch.setattr(session_module, "compile_all", stand_in.compile_all)
    monkeypatch.setattr(session_module, "Kernels", stand_in.kernels)
    source = ArraySource(("A",), np.arange(barriers) + 1, np.ones((barriers, 5, 1)))
    session = Session(Idle(), source=source, config={"run": {"kernels": setting}}, progress=Silent())
    session.stop("that is enough")
    session.run()
    assert (stand_in.used, stand_in.compiled) == ([used], made)
    assert capsys.readouterr() == ("", LINE * made)
    # Looking for machine code makes a folder for it: a run that has no use for it leaves nothing behind.
    assert bool(stand_in.asked) == (setting == "compiled" or (setting == "auto" and barriers > 30))


NOTEBOOK = """
import asyncio, signal, sys, threading
import anyio
import numpy as np
import tidegate as tg
from tidegate.data.panel import ArraySource

heard = threading.Event()

def interrupt():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

class Interrupts(tg.Strategy):
    async def on_batch(self, ctx):
        if ctx.barrier == 3:
            interrupt()
            await anyio.to_thread.run_sync(heard.wait)
            if sys.argv[1] == "2":
                interrupt()
                await anyio.sleep_forever()

class Session(tg.Session):
    def stop(self, reason="stopped"):
        super().stop(reason)
        heard.set()

async def cell():
    source = ArraySource(("A",), np.arange(9) + 1, np.ones((9, 5, 1)))
    Session(Interrupts(), source=source, out=sys.argv[2], progress=False).run()

loop = asyncio.new_event_loop()
try:
    loop.run_until_complete(cell())
except KeyboardInterrupt as error:
    print(type(error).__name__, error, getattr(error, "result", None) is not None)
    left = tg.read(sys.argv[2])
    print(left.status, left.error, left.record.barriers)
loop.close()
"""


@pytest.mark.parametrize(
    ("signals", "told", "barriers"),
    [("1", "RunInterrupted interrupted by SIGINT True", 4), ("2", "KeyboardInterrupt  False", 3)],
)
def test_in_a_notebook_the_first_signal_ends_at_a_barrier_and_the_second_breaks_off(
    signals: str, told: str, barriers: int, repository: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", NOTEBOOK, signals, str(tmp_path / "run")]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=60)
    said = [told, f"interrupted interrupted by SIGINT {barriers}"]
    assert (done.stdout.splitlines(), done.stderr) == (said, "")


def test_a_run_that_is_canceled_leaves_a_folder_that_says_so(tmp_path: Path) -> None:
    class Waits(Strategy):
        async def on_batch(self, ctx: Context) -> None:
            if ctx.barrier == 2:
                scopes[0].cancel()
                await anyio.sleep_forever()

    async def main() -> None:
        source = ArraySource(("A",), np.arange(9) + 1, np.ones((9, 5, 1)))
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            await Session(Waits(), source=source, out=tmp_path / "run", progress=False).arun()

    scopes: list[anyio.CancelScope] = []
    anyio.run(main)
    left = read(tmp_path / "run")
    assert (left.status, left.error, left.record.barriers) == ("interrupted", "canceled", 2)


def test_who_looks_at_the_data_once_more_has_no_files_digested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    daily().write_parquet(tmp_path / "prices.parquet")
    session = Session(Idle(), prices=tmp_path / "prices.parquet", out=tmp_path / "run", progress=Silent())
    session.run()
    digested = Mock(wraps=hashlib.file_digest)
    monkeypatch.setattr("hashlib.file_digest", digested)
    session.panel().open()  # as replaying and resuming do
    assert not digested.called
