"""The real tables as the oracle needs them: dense arrays made with Polars and numpy, apart from the engine's reader."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from tests.oracle.records import Floats

FIELDS = ("open", "high", "low", "close")
SP500 = "sp500_daily_2013_2018.parquet"
SUSPECT = "sp500_suspect_bars.parquet"
VIX = "vix_daily.parquet"
CRYPTO = "crypto_5m_binance_2025_03_04.parquet"


@dataclass(frozen=True)
class Panel:
    """Bars by field, (T, N), NaN where there is none; `stamps` are the table's own labels, in order."""

    names: list[str]
    stamps: pl.Series
    prices: dict[str, Floats]


def misdated(folder: Path) -> pl.DataFrame:
    """(timestamp, asset) of bars whose twin stands at another date.

    One of each pair holds a bar from the future; usually the earlier one, but which is not known, so both go.
    """
    suspect = pl.read_parquet(folder / SUSPECT)
    return suspect.filter(pl.col("reason") == "duplicate_bar_of_other_date").select("timestamp", "asset").unique()


def without_defects(table: pl.DataFrame, excluded: pl.DataFrame) -> pl.DataFrame:
    """The rows that are left when null, inconsistent and excluded bars are dropped."""
    top, bottom = pl.max_horizontal("open", "close", "low"), pl.min_horizontal("open", "close", "high")
    whole = table.drop_nulls(FIELDS).filter((pl.col("high") >= top) & (pl.col("low") <= bottom))
    return whole.join(excluded, on=["timestamp", "asset"], how="anti")


def dense(table: pl.DataFrame) -> Panel:
    """Long rows as arrays."""
    names = sorted(table["asset"].unique().to_list())
    stamps = table["timestamp"].unique().sort()
    rows = stamps.search_sorted(table["timestamp"]).to_numpy()
    column_of = {name: column for column, name in enumerate(names)}
    columns = np.array([column_of[name] for name in table["asset"].to_list()])
    prices = {field: np.full((len(stamps), len(names)), np.nan) for field in FIELDS}
    for field, values in prices.items():
        values[rows, columns] = table[field].to_numpy()
    return Panel(names, stamps, prices)


def carried(values: Floats) -> Floats:
    """Each column's last known value."""
    last = np.where(np.isnan(values), 0, np.arange(len(values))[:, None])
    return np.take_along_axis(values, np.maximum.accumulate(last, axis=0), axis=0)


def trailing_return(close: Floats, far: int, near: int) -> Floats:
    """close[t - near] / close[t - far] - 1, NaN where either is missing: row t looks back only."""
    known = carried(close)
    score = np.full(close.shape, np.nan)
    score[far:] = known[far - near : len(known) - near] / known[: len(known) - far] - 1.0
    return score


def long_scores(panel: Panel, score: Floats, rows: slice = slice(None)) -> pl.DataFrame:
    """The finite scores of some rows as a table of timestamp, asset, ml_score."""
    chosen = np.zeros(score.shape, dtype=bool)
    chosen[rows] = np.isfinite(score[rows])
    at, column = np.nonzero(chosen)
    names = pl.Series("asset", panel.names)
    return pl.DataFrame(
        {
            "timestamp": panel.stamps.gather(at),
            "asset": names.gather(column),
            "ml_score": score[at, column],
        }
    )
