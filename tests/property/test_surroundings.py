"""Nothing around a process changes a result: hash seeds, time zones, locales, encodings, event loops, folders."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.property.from_tables import write_tables
from tests.property.scenarios import SCENARIOS
from tests.property.surroundings import recorded

PROCESSES = [
    # loop      environment
    ("asyncio", {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    ("uvloop",  {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "1"}),
    ("asyncio", {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "de_DE.UTF-8", "POLARS_MAX_THREADS": "1"}),
    ("uvloop",  {"PYTHONHASHSEED": "77", "TZ": "Pacific/Apia", "LC_ALL": "C.UTF-8", "PYTHONDEVMODE": "1"}),
    ("asyncio", {"PYTHONHASHSEED": "4294967295", "TZ": "XYZ-13:30", "LC_ALL": "POSIX", "PYTHONOPTIMIZE": "1"}),
]  # fmt: skip
"""A locale that a machine does not have is passed over by it. Without uvloop its place is taken by asyncio."""


def test_fresh_processes_in_other_surroundings_give_the_same_digests(tmp_path: Path, repository: Path) -> None:
    def elsewhere(loop: str, environment: dict[str, str]) -> dict[str, Any]:
        used = loop if find_spec(loop) else "asyncio"
        told = subprocess.run(
            [sys.executable, "-m", "tests.property.surroundings", used, str(tmp_path)],
            cwd=repository,
            env=os.environ | environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        _, _, found = json.loads(told)
        return dict(found)

    write_tables(tmp_path)
    here = {name: list(recorded(name, tmp_path)[:2]) for name in SCENARIOS}
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda row: elsewhere(*row), PROCESSES))
    assert found == [here] * len(PROCESSES)
    assert len(here) == 12
