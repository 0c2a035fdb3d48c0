"""A pytest inside the test, with the plugin as a user has it."""

from collections.abc import Callable
from pathlib import Path

import polars
import pytest
from tests.unit.testing.plugged import PLUGIN

import tidegate.session

LOADED = (polars, tidegate.session)
"""Here already, so that a run of pytest inside of this one does not load them a second time."""
QUIET = (
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-p",
    "no:cov",
    "-p",
    "no:hypothesispytest",
    "-p",
    "no:asyncio",
    "-q",
)

RunPytest = Callable[..., pytest.RunResult]


@pytest.fixture
def run_pytest(pytester: pytest.Pytester) -> RunPytest:
    """Runs pytest with these arguments in the test's folder."""
    return lambda *arguments: pytester.runpytest_inprocess(*PLUGIN, *QUIET, *arguments)


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    """The test's folder."""
    return pytester.path
