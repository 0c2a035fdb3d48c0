"""What is wrong around a run: an account without a home folder, a source that hangs."""

import pwd
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from tidegate.kernels.kernel import cache_folder, is_cached


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing says where home is, as for an account of a container; returns the temporary folder."""

    def nobody(_: object) -> NoReturn:
        raise KeyError("no such account")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for name in ("HOME", "TIDEGATE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="home"):
        Path("~").expanduser()
    return tmp_path


def test_without_a_home_folder_machine_code_is_kept_in_the_temporary_folder(homeless: Path) -> None:
    folder = cache_folder()
    assert folder.is_dir()
    assert folder.parent == homeless / "tidegate"
    assert not is_cached()


@pytest.mark.parametrize("variable", ["TIDEGATE_CACHE", "XDG_CACHE_HOME"])
def test_a_cache_in_the_home_of_nobody_is_kept_in_the_temporary_folder(
    variable: str, homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "~no-such-account/cache")
    assert cache_folder().parent == homeless / "tidegate"
    monkeypatch.setenv(variable, "~/cache")
    assert cache_folder().parent == homeless / "tidegate"


HANGING = """
import threading
import numpy as np
from tidegate import BarrierTimeout, BuyAndHold, Session
from tidegate.data.panel import ArraySource

class Hanging(ArraySource):
    def chunks(self):
        yield from super().chunks()
        threading.Event().wait()

source = Hanging(["AA"], np.arange(1, 4) * 86_400_000_000_000, np.full((3, 5, 1), 10.0))
try:
    Session(BuyAndHold(), source=source, config={"run": {"phase_timeout_s": 0.2}}, progress=False).run()
except BarrierTimeout as error:
    print(error)
"""


def test_a_source_that_hangs_is_named_and_keeps_the_process_from_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "barrier 3, phase ADVANCE: not quiescent after 0.2 s (run.phase_timeout_s)" in done.stdout
    assert "actor 'feed'" in done.stdout
