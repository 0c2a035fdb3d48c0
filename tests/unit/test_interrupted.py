"""Signals to runs whose data does not come: real processes, real signals."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys, threading, time
import numpy as np
import tidegate as tg
from tidegate.core.errors import RunInterrupted
from tidegate.data.panel import ArraySource

WHERE, OUT = sys.argv[1:]
WAITS = {"chunk 0": "actor 'feed' is at started", "chunk 2": "actor 'feed' waits in"}

class Hangs(ArraySource):
    def hang(self, where):
        if where == WHERE:
            while WAITS.get(where, "") not in session._waits_for():
                time.sleep(0.001)  # it is read ahead, while the run is elsewhere
            print("hangs", flush=True)
            threading.Event().wait()

    def open(self):
        self.hang("open")
        return super().open()

    def chunks(self):
        for number, chunk in enumerate(super().chunks()):
            self.hang(f"chunk {number}")
            yield chunk

    def fingerprints(self):
        self.hang("fingerprints")
        return super().fingerprints()

source = Hangs(("A",), np.arange(9) + 1, np.ones((9, 5, 1)), chunk_rows=3)
session = tg.Session(tg.EqualWeight(), source=source, out=OUT, progress=False)
try:
    session.run()
except RunInterrupted as error:
    print("interrupted", error.result.record.barriers)
except KeyboardInterrupt:
    print("broken off")
"""


CASES = [
    # hangs in        signals  barriers  said on standard error                               printed
    ("open",          1,       0,        "",                                                  "interrupted 0"),
    ("chunk 0",       2,       0,        "before the first barrier: actor 'feed' is at star", "broken off"),
    ("chunk 2",       2,       6,        "barrier 6, phase ADVANCE: actor 'feed' waits in ",  "broken off"),
    ("fingerprints",  2,       9,        "its results are being made; once more ends the ru", "broken off"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "signals", "barriers", "said", "printed"), CASES)
def test_data_that_does_not_come_keeps_no_run_from_ending(
    where: str, signals: int, barriers: int, said: str, printed: str, repository: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", SCRIPT, where, str(tmp_path / "run")]
    with subprocess.Popen(
        command, cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "hangs\n"
        process.send_signal(signal.SIGINT)
        if said:
            line = process.stderr.readline()
            assert line.startswith(f"tidegate: interrupted by SIGINT; not over yet: {said}")
        for _ in range(signals - 1):
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (out, err) == (f"{printed}\n", "")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert (manifest["status"], manifest["barriers"]) == ("interrupted", barriers)
