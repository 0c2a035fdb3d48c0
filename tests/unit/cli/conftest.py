"""A small run for the command line: tables, a configuration, and a working folder of its own."""

import math
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tidegate.cli.app import main

ASSETS, DAYS = ("AAA", "BBB", "CCC", "DDD"), 30
CONFIG = """
run: {name: small, seed: 7}
data:
  prices: {path: prices.parquet}
  signals: {path: scores.parquet, columns: [ml_score]}
strategy: {use: "tidegate.strategy:TopN", params: {n: 2, every: 3, gross: 0.9}}
risk: {rules: [{stop_loss: {pct: 0.05}}]}
record: {report: false}
"""


def tables() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Prices that swing with another phase for each asset, and scores that rank them differently every day."""
    days = [date(2024, 1, 1) + timedelta(days=day) for day in range(DAYS)]
    rows = []
    for day, when in enumerate(days):
        for place, asset in enumerate(ASSETS):
            middle = 50 + 10 * place + 4 * math.sin(day / 3 + place)
            rows.append((when, asset, middle, middle + 1, middle - 1, middle + 0.5, 1000.0, math.cos(day + place)))
    names = ["timestamp", "asset", "open", "high", "low", "close", "volume", "ml_score"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return frame.drop("ml_score"), frame.select("timestamp", "asset", "ml_score")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder, with `job/config.yaml` and its tables; modules imported from it are forgotten after."""
    (tmp_path / "job").mkdir()
    prices, scores = tables()
    prices.write_parquet(tmp_path / "job" / "prices.parquet")
    scores.write_parquet(tmp_path / "job" / "scores.parquet")
    (tmp_path / "job" / "config.yaml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


Outcome = tuple[int, list[str], list[str]]


@pytest.fixture
def tidegate(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Calls the command line in this process: exit code, lines of standard output, lines of standard error."""

    def call(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return call
