import subprocess
import sys
from pathlib import Path

import pytest

from tidegate.cli.bench import memory
from tidegate.cli.bench.memory import peak_bytes, resident_bytes

MB = 1_000_000


def test_the_peak_remembers_what_was_held_and_forgets_it_on_reset() -> None:
    # In a process of its own: in one that has held more, what is freed and taken back hides what is held.
    script = """
import numpy as np
from tidegate.cli.bench.memory import peak_bytes, reset_peak, resident_bytes
reset_peak()
before = resident_bytes()
held = np.ones(8_000_000)
print(before, resident_bytes() - before)
del held
print(peak_bytes() - before, resident_bytes() - before)
reset_peak()
print(peak_bytes() - before)
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    before, grown, peak, left, forgotten = map(int, told.split())
    assert before > 10 * MB
    assert min(grown, peak) > 50 * MB
    assert max(left, forgotten) < 20 * MB


def test_without_the_linux_account_the_peak_since_the_start_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "STATUS", tmp_path / "none")
    assert resident_bytes() == peak_bytes() > 10 * MB
