"""Nothing around a process changes a result: hash seeds, time zones, locales, encodings, event loops, folders."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.property.surroundings import digests, from_files, rotation, write_tables

PROCESSES = [
    # loop      environment
    ("asyncio", {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    ("uvloop",  {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "1"}),
    ("asyncio", {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "de_DE.UTF-8", "POLARS_MAX_THREADS": "1"}),
    ("uvloop",  {"PYTHONHASHSEED": "77", "TZ": "Pacific/Apia", "LC_ALL": "C.UTF-8", "PYTHONDEVMODE": "1"}),
    ("asyncio", {"PYTHONHASHSEED": "4294967295", "TZ": "XYZ-13:30", "LC_ALL": "POSIX", "PYTHONOPTIMIZE": "1"}),
]  # fmt: skip
"""A locale that a machine does not have is passed over by it. Without uvloop its place is taken by asyncio."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables")
    write_tables(path)
    return path


def test_fresh_processes_in_other_surroundings_give_the_same_digests(
    folder: Path, tmp_path: Path, repository: Path
) -> None:
    def elsewhere(loop: str, environment: dict[str, str]) -> list[str]:
        used = loop if find_spec(loop) else "asyncio"
        return subprocess.run(
            [sys.executable, "-m", "tests.property.surroundings", used, str(folder)],
            cwd=repository,
            env=os.environ | environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()

    here = [from_files(folder, tmp_path / "run.tgj").run(), rotation().run()]
    assert min(len(result.record.tables["fills"]["barrier"]) for result in here) > 50
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda row: elsewhere(*row), PROCESSES))
    assert found == [[*digests(here[0]), *digests(here[1])]] * len(PROCESSES)
    assert len(found[0]) == 3  # one of them is recorded
