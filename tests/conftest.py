"""What all tests share: search profiles, the folder of real tables, and how to repeat a failure."""

import gc
import os
import shlex
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import is_hypothesis_test as is_property
from tests.verified import checking

ROOT = Path(__file__).resolve().parents[1]
REQUIRE_REAL = "TIDEGATE_REQUIRE_REAL"
SLOW_MACHINE = [HealthCheck.too_slow]

# The usual run is the same every time, so a failure repeats by running the test again; the search for new failures
# is the soak's business, with a fresh seed that each pass prints.
settings.register_profile(
    "usual", max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=SLOW_MACHINE
)
settings.register_profile(
    "soak", max_examples=100, deadline=None, database=None, print_blob=True, suppress_health_check=SLOW_MACHINE
)
settings.load_profile("usual")


def real_tables() -> Path | None:
    """The folder of real market tables, or None where there is none."""
    named = os.environ.get("TIDEGATE_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


# Without the tables their tests are not collected at all, so that a user's clone has nothing skipped.
collect_ignore = [] if real_tables() else ["real"]


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get(REQUIRE_REAL) == "1" and real_tables() is None:
        raise pytest.UsageError(
            f"{REQUIRE_REAL}=1 but there is no folder of real tables: set TIDEGATE_DATA or provide ../shared/data"
        )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--journals", action="store_true", help="have every session record a journal; all are checked")
    parser.addoption("--schedules", type=int, default=2_000, help="how many orders of actors a soak tries, of all runs")


@pytest.fixture(autouse=True)
def _journals_are_right(request: pytest.FixtureRequest) -> Iterator[None]:
    """Checks what sessions of the test record, unless it says why that cannot be."""
    every = request.config.getoption("--journals")
    session = import_module("tidegate.session") if every else sys.modules.get("tidegate.session")
    unverified = request.node.get_closest_marker("unverified")
    if unverified is not None and not unverified.args:
        pytest.fail("unverified: say why, as in @pytest.mark.unverified('its sessions must record nothing')")
    if session is None or unverified is not None:
        yield
        return
    with checking(session, every=every) as problems:
        yield
    assert problems == [], "\n".join(problems)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Takes a test out of the measured coverage if it is marked so: it runs twice as fast."""
    if item.get_closest_marker("untraced") is None or not item.config.getoption("cov_source", default=None):
        return (yield)
    here, there = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(here)
        threading.settrace(there)


def soaking(config: pytest.Config) -> bool:
    return bool(config.getoption("--hypothesis-profile", default=None) == "soak")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A soak runs the properties and what is marked `soak`; any other run, everything but the latter."""
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        marked = item.get_closest_marker("soak") is not None
        searched = isinstance(item, pytest.Function) and is_property(item.obj)
        wanted = (marked or searched) if soaking(config) else not marked
        (kept if wanted else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def pytest_collection_finish() -> None:
    """What is loaded by now stays: nobody need look through its million objects for garbage again and again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What tests have to tell; and one line for each failed test: the command that repeats it."""
    for report in (*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])):
        for what in (value for name, value in report.user_properties if name == "told"):
            terminalreporter.write_line(f"{report.nodeid.partition('::')[0]}: {what}")
    options = ""
    if soaking(config):
        options = f" --hypothesis-profile=soak --hypothesis-seed={config.getoption('--hypothesis-seed')}"
        options += f" --schedules={config.getoption('--schedules')}"
    for report in terminalreporter.stats.get("failed", []) + terminalreporter.stats.get("error", []):
        terminalreporter.write_line(f"repeat: .venv/bin/pytest {shlex.quote(report.nodeid)}{options}")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real market tables."""
    folder = real_tables()
    assert folder is not None, "a test outside tests/real asked for the real tables"
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return ROOT
