"""Small recorded runs over tables: the market of the command line's tests, under rules that come into play."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.unit.cli.conftest import tables

import tidegate as tg
from tidegate.journal.header import Header
from tidegate.journal.writer import JournalWriter
from tidegate.messages.base import Message

RULES = {
    "rules": [{"stop_loss": {"pct": 0.05}}, {"take_profit": {"pct": 0.04}}],
    "limits": [{"max_weight": {"pct": 0.4}}],
}
CONFIG: dict[str, Any] = {
    "run": {"name": "small", "seed": 7},
    "strategy": {"use": "tidegate.strategy:TopN", "params": {"n": 2, "every": 3, "gross": 0.9}},
    "risk": RULES,
    "execution": {"commission": {"bps": 1.0}, "slippage": {"half_spread": {"bps": 2.0}}},
    "account": {"cash": 100_000},
    "record": {"report": False},
}
CLOCK, FEED, BROKER = range(3)


def data(folder: Path) -> dict[str, Any]:
    """The data section for tables in a folder; they are written where they are not there yet."""
    if not (folder / "prices.parquet").exists():
        prices, scores = tables()
        prices.write_parquet(folder / "prices.parquet")
        scores.write_parquet(folder / "scores.parquet")
    signals = {"path": str(folder / "scores.parquet"), "columns": ["ml_score"]}
    return {"prices": {"path": str(folder / "prices.parquet")}, "signals": signals}


def run(folder: Path, name: str, settings: Mapping[str, Any] | None = None, **given: Any) -> tg.Result:
    """A recorded run in folder/name."""
    journal = {"journal": {"mode": "batch"}}
    config = CONFIG | {"data": data(folder)} | journal | dict(settings or {})
    return tg.Session(config=config, out=folder / name, progress=False, **given).run()


def crafted(path: Path, told: Sequence[tuple[int, Message]], **header: Any) -> Path:
    """A journal of messages of the broker, each with its barrier, all committed."""
    fields: dict[str, Any] = {"actors": ("clock", "feed", "broker"), "universe": ("AAA", "BBB")}
    writer = JournalWriter.create(path, Header(**fields | header))
    barriers = [barrier for barrier, _ in told]
    for number, (barrier, message) in enumerate(told):
        writer.append(message, barrier, None, 0, BROKER, number)
        if barrier not in barriers[number + 1 :]:
            writer.commit(barrier)
    writer.close("completed")
    return path
