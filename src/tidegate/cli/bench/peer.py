"""vectorbt in an environment of its own, spoken to through files and one line of JSON."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tidegate.cli.bench.panels import Panel
from tidegate.cli.bench.workloads import CASH, Rotation
from tidegate.core.arrays import FloatArray
from tidegate.core.errors import UserError

ENVIRONMENT = "TIDEGATE_BENCH_PEER"
SCRIPT = Path(__file__).with_name("vectorbt_script.py")
LIMIT_S = 600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one fresh process of the peer did.

    Attributes:
        version: of vectorbt.
        seconds: of the import, of making the weights, and of both calls, each split into simulate and value.
        peak_bytes: most memory the calls took on top of what the process held before them; -1 where not known.
        equity: (T,) currency units.
    """

    version: str
    seconds: dict[str, float]
    peak_bytes: int
    equity: FloatArray

    def call(self, which: str) -> float:
        """Seconds of the `first` or `second` call to its equity curve."""
        return self.seconds[f"{which}_simulate"] + self.seconds[f"{which}_value"]


class Peer:
    """An interpreter that has vectorbt.

    Args:
        python: its path.

    Raises:
        UserError: it cannot be run, or cannot import vectorbt.
    """

    def __init__(self, python: str) -> None:
        self.python = python
        probe = self._run("-c", "import importlib.metadata as m; print(m.version('vectorbt'))")
        self.version = probe.strip()

    def prepare(self, folder: Path, panel: Panel, rotation: Rotation) -> None:
        """Writes what the script reads."""
        np.save(folder / "open.npy", np.ascontiguousarray(panel.bars[:, 0]))
        np.save(folder / "close.npy", np.ascontiguousarray(panel.bars[:, 3]))
        np.save(folder / "scores.npy", panel.scores)
        facts = {"n": rotation.n, "every": rotation.every, "gross": rotation.gross, "fee_bps": rotation.fee_bps}
        (folder / "rotation.json").write_text(json.dumps(facts | {"cash": CASH}))

    def ask(self, folder: Path) -> Answer:
        """Runs the script in a fresh process."""
        said: dict[str, Any] = json.loads(self._run(str(SCRIPT), str(folder)))
        return Answer(said["version"], said["seconds"], said["peak_bytes"], np.load(folder / "equity.npy"))

    def _run(self, *arguments: str) -> str:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        try:
            done = subprocess.run(
                [self.python, *arguments], capture_output=True, text=True, env=clean, timeout=LIMIT_S, check=True
            )
        except OSError as error:
            raise UserError(
                f"peer '{self.python}': {error}; want a Python interpreter (--peer or {ENVIRONMENT})"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise UserError(f"peer '{self.python}': no answer within {LIMIT_S:.0f} s") from error
        except subprocess.CalledProcessError as error:
            last = (error.stderr.strip().splitlines() or ["no message"])[-1]
            raise UserError(f"peer '{self.python}': vectorbt did not run there: {last}") from error
        return done.stdout.strip().splitlines()[-1]
