"""Every Python of this machine that the package supports gives one digest for each scenario.

Kernels are interpreted: that takes a second or two for all scenarios, where making machine code takes ten and more for
each Python; that machine code does what the source does is shown elsewhere.
"""

import json
import platform
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.property.from_tables import write_tables
from tests.property.pythons import Unusable, environment, others, run
from tests.property.scenarios import SCENARIOS
from tests.property.surroundings import recorded

import tidegate

OWN = Path(sys.executable)
TWICE_THE_INSTALLATION_S = 1200


@pytest.mark.soak
@pytest.mark.timeout(TWICE_THE_INSTALLATION_S)
def test_every_python_gives_the_same_digests(
    tmp_path: Path, repository: Path, record_property: Callable[[str, object], None]
) -> None:
    """Those in which nothing can be installed are told of and passed over; a process of our own is always there."""
    program = ["-m", "tests.property.surroundings", "asyncio", str(tmp_path)]

    def elsewhere(version: str, python: Path) -> tuple[str, str, dict[str, list[str]]] | None:
        try:
            inside = python if python == OWN else environment(python, version, repository)
        except Unusable as error:
            record_property("told", f"Python {version} is passed over: {error}")
            return None
        release, package, found = json.loads(run(inside, repository, program))
        return release, package, found

    write_tables(tmp_path)
    pythons = {f"{sys.version_info.major}.{sys.version_info.minor}": OWN} | others(repository)
    with ThreadPoolExecutor(2) as pool:
        told = [one for one in pool.map(elsewhere, pythons.keys(), pythons.values()) if one is not None]
    here = {name: list(recorded(name, tmp_path)[:2]) for name in SCENARIOS}
    record_property("told", f"one digest for each scenario by Python {', '.join(release for release, _, _ in told)}")
    assert told[0][0] == platform.python_version()
    assert [package for _, package, _ in told] == [tidegate.__file__] * len(told)
    for release, _, found in told:
        assert found == here, release


def script(path: Path, text: str) -> Path:
    """A program of the shell's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_python_that_can_make_no_environment_is_unusable_and_says_why(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    broken = script(tmp_path / "broken", "echo 'No module named venv' >&2; exit 1")
    with pytest.raises(Unusable, match="exit code 1: No module named venv"):
        environment(broken, "3.99", repository)
    assert list((tmp_path / "pythons").rglob("*")) == []


def test_a_python_must_run_and_be_what_it_is_called(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    kept, (promised, called, there) = tmp_path / "pyenv" / "versions", [f"3.{minor}" for minor in (15, 16, 17)]
    script(tmp_path / "path" / f"python{promised}", "echo 'not installed here' >&2; exit 127")
    script(tmp_path / "path" / f"python{called}", f"echo {there} cpython")
    script(tmp_path / "path" / "python3.10", "echo 3.10 cpython")
    found = {there: script(tmp_path / "path" / f"python{there}", f"echo {there} cpython")}
    for patch in (2, 10):
        found[promised] = script(kept / f"{promised}.{patch}" / "bin" / "python", f"echo {promised} cpython")
    script(kept / f"{promised}.11rc1" / "bin" / "python", f"echo {promised} cpython")
    assert others(repository) == found
