"""Small tables, and the panel of a source or what it says is wrong, for the tests of this folder."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from tidegate.config.models import DataConfig
from tidegate.config.universe import UniverseConfig
from tidegate.core.arrays import FloatArray
from tidegate.core.errors import UserError
from tidegate.data.panel import PanelChunk
from tidegate.data.tables import TableSource

DAY = date(2024, 1, 30)
NAMES = ("AAPL", "MSFT", "XOM")


def daily(days: int = 4, names: Sequence[str] = NAMES) -> pl.DataFrame:
    """A dense table over a border of months; the close counts up through the rows."""
    rows = [(DAY + timedelta(days=day), name) for day in range(days) for name in names]
    close = np.arange(len(rows)) + 10.0
    return pl.DataFrame(
        {
            "timestamp": [day for day, _ in rows],
            "asset": [name for _, name in rows],
            "open": close - 0.5,
            "high": close + 1.0,
            "low": close - 1.0,
            "close": close,
            "volume": close * 100.0,
        }
    )


def scores(days: int = 4, names: Sequence[str] = NAMES) -> pl.DataFrame:
    return daily(days, names).select("timestamp", "asset", score=pl.col("close") / 10.0)


def at_times(frame: pl.DataFrame, zone: str | None = "UTC") -> pl.DataFrame:
    """The same with datetimes, four in the afternoon."""
    moment = pl.col("timestamp").cast(pl.Datetime("us")) + pl.duration(hours=16)
    return frame.with_columns(moment.dt.replace_time_zone(zone))


def spoiled(row: int, **values: Any) -> pl.DataFrame:
    """The daily table with some cells of a row replaced."""
    return (
        daily()
        .with_row_index("n")
        .with_columns(
            pl.when(pl.col("n") == row)
            .then(pl.lit(value, dtype=daily().schema[name]))
            .otherwise(pl.col(name))
            .alias(name)
            for name, value in values.items()
        )
        .drop("n")
    )


def source(prices: Any = None, *, data: dict[str, Any] | None = None, **rest: Any) -> TableSource:
    """A source of frames by name; `assets` and `exclude` choose the universe."""
    universe = UniverseConfig(**{key: rest.pop(key) for key in ("assets", "exclude") if key in rest})
    return TableSource(DataConfig.model_validate(data or {}), universe, {"prices": prices, **rest})


def read(table_source: TableSource) -> PanelChunk:
    """All chunks as one."""
    chunks = list(table_source.chunks())
    fields = ("ts_ns", "bars", "signals", "features", "context")
    blocks: dict[str, Any] = {name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in fields}
    return PanelChunk(**blocks)


def fails(table_source: TableSource) -> str:
    """What a source says that cannot be read."""
    with pytest.raises(UserError) as caught:
        list(table_source.chunks())
    return str(caught.value)


def closes(table_source: TableSource) -> FloatArray:
    return read(table_source).bars[:, 3]


def ns(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1_000_000_000
