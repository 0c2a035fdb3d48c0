"""Runs that several files look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.unit.explain.recorded_runs import RULES, run

import tidegate as tg
from tidegate.explain.opening import Recorded


@dataclass(frozen=True)
class Runs:
    """A run, and the same with a nearer stop; both with their folders and results."""

    folder: Path
    a: tg.Result
    b: tg.Result


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("runs")
    nearer = {"risk": RULES | {"rules": [{"stop_loss": {"pct": 0.03}}, {"take_profit": {"pct": 0.04}}]}}
    return Runs(folder, run(folder, "a"), run(folder, "b", nearer))


@pytest.fixture
def recorded(runs: Runs) -> Iterator[Recorded]:
    """The first of them, opened with its data."""
    with Recorded(runs.folder / "a", market=True) as opened:
        yield opened
