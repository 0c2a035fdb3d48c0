"""Random tables, however they are stored and cut, give the panel that plain loops give."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.data import naive
from tests.unit.data.naive import NAN, PriceRow, ValueRow

from tidegate.config.models import DataConfig
from tidegate.config.universe import UniverseConfig
from tidegate.data import rows as rows_module
from tidegate.data import stream
from tidegate.data.panel import PanelChunk
from tidegate.data.table import Frame
from tidegate.data.tables import TableSource

NAMES = ("B", "A", "AA", "Zz", "C")
CHUNKS = ("auto", "day", "week", "month", "quarter", "year", "all")
HOUR_NS = 3_600_000_000_000
FIRST_HOUR = 24 * 365 * 50  # late in 2019, so that months, quarters and years have borders nearby
BAD: tuple[naive.Bar, ...] = (
    (1.0, None, 1.0, 1.0, 1.0),
    (NAN, 2.0, 1.0, 1.0, 1.0),
    (1.0, math.inf, 1.0, 1.0, 1.0),
    (1.0, 1.0, 1.0, 1.0, math.inf),
    (1.0, 1.0, 0.0, 1.0, 1.0),
    (1.0, 1.0, 1.0, -1.0, 1.0),
    (1.0, 0.5, 0.4, 0.45, 1.0),
    (1.0, 2.0, 1.5, 1.7, 1.0),
)

hours = st.integers(0, 24 * 100).map(lambda hour: FIRST_HOUR + hour)
settings_here = settings(max_examples=100, deadline=None)


@st.composite
def good_bar(draw: st.DrawFn) -> naive.Bar:
    low, *_, high = prices = sorted(draw(st.lists(st.sampled_from((1.0, 1.5, 2.0, 3.25)), min_size=4, max_size=4)))
    return prices[draw(st.integers(0, 3))], high, low, prices[1], draw(st.sampled_from((None, 0.0, 7.0)))


@st.composite
def keys(draw: st.DrawFn, times: list[int] | None = None) -> list[tuple[int, str]]:
    """(time, asset) of rows in time order: dense, or with holes and perhaps twice the same."""
    times = times or sorted(draw(st.sets(hours, min_size=1, max_size=12)))
    assets = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    dense = [(time, asset) for time in times for asset in assets]
    if draw(st.booleans()):
        return dense
    some = draw(st.lists(st.sampled_from(dense), min_size=1, max_size=30))
    return sorted(some, key=lambda key: key[0])


@contextmanager
def small_reads(size: int) -> Iterator[None]:
    """Reads of `size` rows, so that a small table is read in many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "PART_ROWS", size)
        patch.setattr(stream, "QUERY_VALUES", 9 * size)
        patch.setattr("tidegate.data.timeline._BATCH_ROWS", max(2, size // 2))
        yield


def stored(frame: pl.DataFrame, how: str, folder: Path, name: str) -> Frame:
    if how == "frame":
        return frame
    if how == "lazy":
        return frame.lazy().filter(pl.col("timestamp").is_not_null())
    if how == "file":
        frame.write_parquet(folder / f"{name}.parquet", row_group_size=5)
        return folder / f"{name}.parquet"
    third = frame.height // 3
    for number, part in enumerate((frame[:third], frame[third:])):
        part.write_parquet(folder / f"{name}-{number}.parquet")
    return str(folder / f"{name}-*.parquet")


def price_frame(price_rows: list[PriceRow], asset_type: Any) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "timestamp": [row.time * HOUR_NS for row in price_rows],
            "asset": [row.asset for row in price_rows],
            **{
                name: pl.Series([row.bar[at] for row in price_rows], dtype=pl.Float64)
                for at, name in enumerate(("open", "high", "low", "close", "volume"))
            },
        }
    ).with_columns(pl.col("timestamp").cast(pl.Datetime("ns", "UTC")), pl.col("asset").cast(asset_type))


def value_frame(value_rows: list[ValueRow], names: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "timestamp": pl.Series([row.time * HOUR_NS for row in value_rows], dtype=pl.Int64),
            "asset": pl.Series([row.asset for row in value_rows], dtype=pl.String),
            **{
                name: pl.Series([row.values[at] for row in value_rows], dtype=pl.Float64)
                for at, name in enumerate(names)
            },
        }
    ).with_columns(pl.col("timestamp").cast(pl.Datetime("ns", "UTC")).dt.cast_time_unit("us"))


def check_cells(chunks: list[PanelChunk], field: str, expected: naive.Expected, universe: list[str]) -> None:
    times = np.concatenate([chunk.ts_ns for chunk in chunks])
    block = np.concatenate([getattr(chunk, field) for chunk in chunks])
    assert times.tolist() == [time * HOUR_NS for time in expected.times]
    want = np.full(block.shape, np.nan)
    for (time, asset), values in expected.cells.items():
        want[expected.times.index(time), :, universe.index(asset)] = values
    np.testing.assert_array_equal(block, want)


@settings_here
@given(data=st.data())
def test_bars_equal_those_of_plain_loops(data: st.DataObject) -> None:
    draw = data.draw
    rows = [PriceRow(time, asset, draw(good_bar())) for time, asset in draw(keys())]
    for at in draw(st.lists(st.integers(0, len(rows) - 1), max_size=3)):
        rows[at] = PriceRow(rows[at].time, rows[at].asset, draw(st.sampled_from(BAD)))
    if draw(st.booleans()):
        rows = draw(st.permutations(rows))
    there = sorted({row.asset for row in rows})
    universe = sorted(draw(st.sets(st.sampled_from(there), min_size=1))) if draw(st.booleans()) else there
    bars = st.sampled_from([(row.time, row.asset) for row in rows])
    excluded = draw(st.sets(bars | st.sampled_from([(0, there[0]), (rows[0].time, "nobody")]), max_size=2))
    duplicates = draw(st.sampled_from(("first", "last")))
    expected = naive.bars(rows, universe, duplicates, excluded)
    asset_type = draw(st.sampled_from((pl.String, pl.Categorical, pl.Enum(sorted(NAMES, reverse=True)))))
    frame = price_frame(rows, asset_type)
    with tempfile.TemporaryDirectory() as name, small_reads(draw(st.sampled_from((1, 4, 9, 1000)))):
        folder = Path(name)
        pl.DataFrame(
            {"timestamp": [time * HOUR_NS for time, _ in excluded], "asset": [asset for _, asset in excluded]},
            schema={"timestamp": pl.Int64, "asset": pl.String},
        ).with_columns(pl.col("timestamp").cast(pl.Datetime("ns", "UTC"))).write_parquet(folder / "exclude.parquet")
        policies = {f"on_{kind}": "drop" for kind in ("null", "infinite", "nonpositive", "inconsistent")}
        source = TableSource(
            DataConfig.model_validate(
                {
                    "prices": policies
                    | {
                        "stamp": "end",
                        "on_disorder": "sort",
                        "on_duplicate": duplicates,
                        "exclude": str(folder / "exclude.parquet"),
                    },
                    "chunk": draw(st.sampled_from(CHUNKS)),
                }
            ),
            UniverseConfig(assets=tuple(universe)),
            {"prices": stored(frame, draw(st.sampled_from(("frame", "lazy", "file", "files"))), folder, "p")},
        )
        columns = source.open()
        chunks = list(source.chunks())
    assert columns.universe.names == tuple(universe)
    assert columns.barriers == len(expected.times)
    check_cells(chunks, "bars", expected, universe)
    assert source.counts() == expected.counts


value = st.sampled_from((None, NAN, 1.0, -2.0, 0.5, 3.0, math.inf))


@settings_here
@given(data=st.data())
def test_values_equal_those_of_plain_loops(data: st.DataObject) -> None:
    draw = data.draw
    barriers = sorted(draw(st.sets(hours, min_size=1, max_size=10)))
    universe = sorted(draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=3)))
    prices = [PriceRow(time, asset, (1.0, 1.0, 1.0, 1.0, 1.0)) for time in barriers for asset in universe]
    lag = draw(st.sampled_from((0, 1, 30)))
    max_age = draw(st.sampled_from((None, 30, 100, 1000)))
    aligned = draw(st.booleans())
    times = draw(keys([barrier - lag for barrier in barriers] if aligned else None))
    names = ("x", "y")[: draw(st.integers(1, 2))]
    rows = [ValueRow(time, asset, tuple(draw(value) for _ in names)) for time, asset in times]
    if draw(st.booleans()):
        rows = draw(st.permutations(rows))
    duplicates = draw(st.sampled_from(("first", "last")))
    market = draw(st.booleans())
    config = {"lag": f"{lag}h", "on_disorder": "sort", "on_duplicate": duplicates, "on_infinite": "drop"}
    config |= {} if max_age is None else {"max_age": f"{max_age}h"}
    kind = "context" if market else draw(st.sampled_from(("signals", "features")))
    if market:
        rows = [ValueRow(row.time, "market", row.values) for row in rows]
    expected = naive.known(
        rows,
        barriers,
        ["market"] if market else universe,
        len(names),
        lag=lag,
        max_age=max_age,
        duplicates=duplicates,
    )
    frame = value_frame(rows, names)
    with tempfile.TemporaryDirectory() as name, small_reads(draw(st.sampled_from((1, 4, 9, 1000)))):
        how = draw(st.sampled_from(("frame", "lazy", "file", "files")))
        source = TableSource(
            DataConfig.model_validate(
                {"prices": {"stamp": "end"}, kind: config, "chunk": draw(st.sampled_from(CHUNKS))}
            ),
            UniverseConfig(),
            {
                "prices": price_frame(prices, pl.String),
                kind: stored(frame.drop("asset") if market else frame, how, Path(name), "v"),
            },
        )
        columns = source.open()
        chunks = list(source.chunks())
    assert getattr(columns, kind) == names
    if market:
        block = np.concatenate([chunk.context for chunk in chunks])
        np.testing.assert_array_equal(block, [expected.cells[time, "market"] for time in barriers])
    else:
        check_cells(chunks, kind, expected, universe)
    assert source.counts() == {f"{kind}.{what}": count for what, count in expected.counts.items()}
