"""A recorded run in a process of its own, and one that goes on with it; both can be killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.unit.recorded import Busy, market, session

from tidegate.replay import Given, resume

ROOT = Path(__file__).resolve().parents[3]
CODE = "import sys; from tests.unit.replay.killed import main; main(sys.argv[1:])"


class Mortal(Busy):
    """Ends its process at one barrier, as a kill would."""

    def __init__(self, at: int = -1) -> None:
        self.at = at

    def on_batch(self, ctx: Any) -> None:
        """Asks, or dies."""
        super().on_batch(ctx)
        if ctx.barrier == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def run(folder: Path, mode: str, at: int = -1) -> Any:
    """Runs to the end, or to the barrier."""
    return session(None, out=folder, section={"mode": mode}, strategy=Mortal(at)).run()


def go_on(folder: Path, at: int = -1) -> Any:
    """Resumes it."""
    return resume(folder, Given(strategy=Mortal(at), source=market()), progress=False)


def main(arguments: list[str]) -> None:
    """`run FOLDER MODE AT` or `resume FOLDER AT`; says when it begins, so that somebody can kill it at any moment."""
    what, folder, *rest = arguments
    print("begins", flush=True)
    if what == "run":
        run(Path(folder), rest[0], int(rest[1]))
    else:
        go_on(Path(folder), int(rest[0]))


def child(*arguments: object) -> subprocess.Popen[str]:
    """The process."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-c", CODE, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
