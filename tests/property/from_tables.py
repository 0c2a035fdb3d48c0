"""A run from files with all that a process's surroundings could tell otherwise.

The files have local times, days and minutes, names beyond ASCII, and what a locale would write otherwise; the run asks
for orders of every kind.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from tests.property.mixed_orders import MixedOrders, Plan

from tidegate import Session, TopN
from tidegate.core.seeds import generator

NAMES = ("I", "i", "straße", "Ärger", "İzmir", "\u0131", "东")
DAYS, MINUTES = 24, 5
START = date(2024, 3, 1)  # New York's clocks change on the 10th
CONFIG: dict[str, Any] = {
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


def from_files(folder: Path, *, kernels: str = "interpreted", **given: Any) -> Session:
    """A run of the tables; `given` goes to the session."""
    asks = MixedOrders(Plan(9, NAMES[::3], 0.5, 1.0, rebalances=(7, 15)))
    best = TopN(2, 3, 0.5, signal="score")
    tables = {"prices": "days", "finer_prices": "minutes", "signals": "scores"}
    paths: dict[str, Any] = {name: str(folder / f"{table}.parquet") for name, table in tables.items()}
    config = CONFIG | {"run": {"kernels": kernels, "seed": 5}}
    return Session([asks, best], config=config, progress=False, **paths, **given)
