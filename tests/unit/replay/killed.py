"""A recorded run in a process of its own, and one that goes on with it; both can be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.unit.recorded import Busy, market, session

from tidegate.replay import Given, resume

ROOT = Path(__file__).resolve().parents[3]


class Mortal(Busy):
    """Ends its process at one barrier, as a kill would."""

    def __init__(self, at: int = -1) -> None:
        self.at = at

    def on_batch(self, ctx: Any) -> None:
        """Asks, or dies."""
        super().on_batch(ctx)
        if ctx.barrier == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def state(self) -> object:
        """Nothing."""
        return {}


def run(folder: Path, mode: str, at: int = -1) -> Any:
    """Runs to the end, or to the barrier; `batch/4` is a mode of durability and a snapshot every four barriers."""
    durability, _, every = mode.partition("/")
    section = {"mode": durability, "snapshots": int(every)}
    return session(None, out=folder, section=section, strategy=Mortal(at)).run()


def go_on(folder: Path, at: int = -1) -> Any:
    """Resumes it."""
    return resume(folder, Given(strategy=Mortal(at), source=market()), progress=False)


def main(arguments: list[str]) -> None:
    """`run FOLDER MODE AT` or `resume FOLDER AT`."""
    what, folder, *rest = arguments
    if what == "run":
        run(Path(folder), rest[0], int(rest[1]))
    else:
        go_on(Path(folder), int(rest[0]))


def serve() -> None:
    """Does what each line asks for in a process of its own, kills it where told to, and tells how it ended."""
    for line in sys.stdin:
        arguments, killed_after_s = json.loads(line)
        process = os.fork()
        if process == 0:
            code = 1
            try:
                main(arguments)
                code = 0
            finally:
                os._exit(code)
        if killed_after_s is not None:
            time.sleep(killed_after_s)
            os.kill(process, signal.SIGKILL)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


class Server:
    """Processes that begin at once, because one that has loaded everything is copied; each can be killed."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from tests.unit.replay.killed import serve; serve()"],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def __call__(self, *arguments: object, killed_after_s: float | None = None) -> int:
        """The exit code of one process: below 0 where a signal ended it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([[str(one) for one in arguments], killed_after_s]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        """Ends it."""
        self.process.communicate()
