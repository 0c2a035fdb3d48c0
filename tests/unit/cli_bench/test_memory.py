from pathlib import Path

import numpy as np
import pytest

from tidegate.cli.bench import memory
from tidegate.cli.bench.memory import peak_bytes, reset_peak, resident_bytes

MB = 1_000_000


def test_the_peak_remembers_what_was_held_and_forgets_it_on_reset() -> None:
    reset_peak()
    before = resident_bytes()
    assert before > 10 * MB
    held = np.ones(8 * MB)
    assert resident_bytes() - before > 50 * MB
    del held
    assert peak_bytes() - before > 50 * MB
    assert resident_bytes() - before < 20 * MB
    reset_peak()
    assert peak_bytes() - before < 20 * MB


def test_without_the_linux_account_the_peak_since_the_start_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "STATUS", tmp_path / "none")
    assert resident_bytes() == peak_bytes() > 10 * MB
