"""Thousands of orders in which actors may take turns: every scenario keeps its one result and its one journal.

What actors send in a superstep is put in order by sender and delivered in the next, so nothing of the order in which
they ran is left: not even in the journal, whose records and causes are the same.
"""

import math
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.property.from_tables import write_tables
from tests.property.scenarios import SCENARIOS
from tests.property.surroundings import Outcome, outcome, recorded

LOOPS = ("asyncio", "uvloop") if find_spec("uvloop") else ("asyncio",)
AT_ONCE = 50
"""Runs to a test, so that they can be spread over processes."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parts of the runs that are asked for, at least one to a scenario; each part has seeds of its own."""
    if "seeds" in metafunc.fixturenames:
        each = math.ceil(metafunc.config.getoption("--schedules") / len(SCENARIOS))
        parts = [range(first, min(first + AT_ONCE, each)) for first in range(0, each, AT_ONCE)]
        metafunc.parametrize("name", SCENARIOS)
        metafunc.parametrize("seeds", parts, ids=[f"{part.start}-{part.stop - 1}" for part in parts])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables")
    write_tables(path)
    return path


@cache
def in_its_own_order(name: str, folder: Path) -> Outcome:
    """What every order must give."""
    return recorded(name, folder)


def other_seed(config: pytest.Config) -> int:
    """Where the soak's seeds begin, so that each pass tries orders of its own."""
    seed = config.getoption("--hypothesis-seed")
    return 10**9 * int(seed) if seed and str(seed).isdecimal() else 0


@pytest.mark.soak
def test_no_order_of_actors_changes_anything(
    name: str, seeds: range, folder: Path, request: pytest.FixtureRequest
) -> None:
    """Every third run is recorded: one that is not goes through another loop of delivery."""
    expected, first = in_its_own_order(name, folder), other_seed(request.config)
    for number in seeds:
        loop, seed = LOOPS[number // 3 % len(LOOPS)], first + number
        if number % 3 == 0:
            assert recorded(name, folder, loop, shuffle_seed=seed) == expected, f"shuffle_seed {seed}, {loop}"
        else:
            plain = outcome(SCENARIOS[name](folder, shuffle_seed=seed), loop)
            assert plain.run == expected.run, f"shuffle_seed {seed}, {loop}, not recorded"
