"""Bars: the test within the query."""

from itertools import product

import numpy as np
import polars as pl
import pytest
from tests.unit.data.made import daily

from tidegate.config.models import DataConfig
from tidegate.data.bars import is_clean
from tidegate.data.defects import bars_are_clean
from tidegate.data.sources import find_sources

NAN, INF = float("nan"), float("inf")
PRICES = (None, NAN, -INF, -1.0, 0.0, 1.0, 2.0, INF)
VOLUMES = (None, NAN, -INF, -1.0, 0.0, 5.0, INF)


@pytest.mark.parametrize("dtype", [pl.Float64, pl.Float32])
@pytest.mark.parametrize("volume", [True, False])
def test_the_test_within_the_query_passes_just_the_rows_that_are_clean(volume: bool, dtype: pl.DataType) -> None:
    rows = [(*prices, amount) for prices in product(PRICES, repeat=4) for amount in (VOLUMES if volume else (1.0,))]
    names = ("open", "high", "low", "close", "volume")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, dtype), orient="row")
    columns = [frame[name].cast(pl.Float64).to_numpy() for name in names]
    table = daily().with_columns(pl.col(names).cast(dtype))
    if not volume:
        frame, table = frame.drop("volume"), table.drop("volume")
    reader = find_sources(DataConfig(), {"prices": table})["prices"].reader()
    passed = frame.select(is_clean(reader).fill_null(value=False)).to_series()
    open_, high, low, close, amount = columns
    want = [
        bars_are_clean((open_[at], high[at], low[at], close[at], amount[at]))
        for at in (slice(row, row + 1) for row in range(len(rows)))
    ]
    np.testing.assert_array_equal(passed.to_numpy(), want)
    assert 0 < sum(want) < len(want)
