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
