"""A run from files, and the rotation, for processes in other surroundings: prints the digests of both.

The files have local times, days and minutes, names beyond ASCII, and what a locale would write otherwise; the run asks
for orders of every kind.
"""

import sys
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import polars as pl
from tests.oracle.engine import config_of
from tests.oracle.rotation import GROSS, SETTINGS, N, rotation_data, rotation_source
from tests.property.mixed_orders import MixedOrders, Plan

from tidegate import Result, Session, TopN
from tidegate.core.seeds import generator

NAMES = ("I", "i", "straße", "Ärger", "İzmir", "\u0131", "东")
DAYS, MINUTES = 30, 5
START = date(2024, 3, 1)  # New York's clocks change on the 10th
CONFIG: dict[str, Any] = {
    "run": {"kernels": "interpreted", "seed": 5},
    "data": {"finer_prices": {"stamp": "end", "timezone": "America/New_York", "on_disorder": "sort"}},
    "execution": {"commission": {"bps": 2.5}, "slippage": {"bps": 1.0}},
    "risk": {"rules": [{"stop_loss": {"pct": 0.04}}, {"trailing_stop": {"pct": 0.06}}]},
    "record": {"positions": "every"},
}


def write_tables(folder: Path) -> None:
    """Days with scores and the minutes that made them, from a seed; every tenth day of an asset is missing."""
    random = generator(3, "surroundings")
    days, minutes, scores = [], [], []
    last = dict.fromkeys(NAMES, 100.0)
    for day in range(DAYS):
        at = START + timedelta(day)
        for name in NAMES:
            if random.random() < 0.1:
                continue
            path = last[name] * (1.0 + random.normal(0.0, 0.01, (MINUTES, 4)).cumsum().reshape(MINUTES, 4))
            bars = [(row[0], row.max(), row.min(), row[3]) for row in path.round(2)]
            when = datetime(at.year, at.month, at.day, 9, 31)
            minutes += [(when + timedelta(minutes=k), name, *map(float, bar), 500.0) for k, bar in enumerate(bars)]
            high, low = max(bar[1] for bar in bars), min(bar[2] for bar in bars)
            days.append((at, name, float(bars[0][0]), float(high), float(low), float(bars[-1][3]), 2500.0))
            scores.append((at, name, round(float(random.normal()), 1)))
            last[name] = float(bars[-1][3])
    fields = ["timestamp", "asset", "open", "high", "low", "close", "volume"]
    pl.DataFrame(days, schema=fields, orient="row").write_parquet(folder / "days.parquet")
    pl.DataFrame(minutes, schema=fields, orient="row").write_parquet(folder / "minutes.parquet")
    pl.DataFrame(scores, schema=["timestamp", "asset", "score"], orient="row").write_parquet(folder / "scores.parquet")


def from_files(folder: Path, journal: Path) -> Session:
    """A run of the tables, recorded."""
    asks = MixedOrders(Plan(9, NAMES, 0.5, 1.0, rebalances=(7, 19)))
    best = TopN(2, 3, 0.5, signal="score")
    tables = {"prices": "days", "finer_prices": "minutes", "signals": "scores"}
    paths = {name: str(folder / f"{table}.parquet") for name, table in tables.items()}
    return Session([asks, best], config=CONFIG, journal=journal, progress=False, **paths)  # type: ignore[arg-type]  # the three tables


def rotation() -> Session:
    """The rotation of 500 assets."""
    config = config_of(SETTINGS) | {"run": {"kernels": "interpreted"}}
    return Session(TopN(N, 1, GROSS), source=rotation_source(*rotation_data()), config=config, progress=False)


def on_loop(loop: str, main: Callable[[], Awaitable[Result]]) -> Result:
    """Runs a coroutine on asyncio's loop or on uvloop's."""
    return anyio.run(main, backend_options={"use_uvloop": loop == "uvloop"})


def digests(result: Result) -> list[str]:
    """That of the results, and that of the journal where there is one."""
    return [result.digest] if result.journal is None else [result.digest, str(result.journal["digest"])]


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        for session in (from_files(Path(sys.argv[2]), Path(scratch) / "run.tgj"), rotation()):
            print(*digests(on_loop(sys.argv[1], session.arun)))
