"""Values joined backward onto barriers."""

# ruff: noqa: E501 - a row of the table is one case

import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.data.made import DAY, NAMES, at_times, daily, read, scores, source

from tidegate.core.errors import ConfigError, DataError
from tidegate.data.stream import Rows, RowStream
from tidegate.data.tables import TableSource

NAN = float("nan")


def points(*rows: tuple[int, float | None], asset: str | None = "A") -> pl.DataFrame:
    """A value on some days counted from the first."""
    frame = pl.DataFrame(
        {"timestamp": [DAY + timedelta(days=day) for day, _ in rows], "x": [value for _, value in rows]},
        schema={"timestamp": pl.Date, "x": pl.Float64},
    )
    return frame if asset is None else frame.with_columns(asset=pl.lit(asset))


def joined(made: TableSource) -> list[float]:
    return [float(value) for value in read(made).signals[:, 0, 0]]


# fmt: off
CASES = [  # rows (day, value), settings, the four barriers' values, counts
    ([(0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0)], {},                              [1.0, 2.0, 3.0, 4.0], {}),
    ([(-9, 1.0)],                              {},                              [1.0, 1.0, 1.0, 1.0], {"carried": 4}),
    ([(-9, 1.0), (2, 3.0)],                    {},                              [1.0, 1.0, 3.0, 3.0], {"carried": 3}),
    ([(0, 1.0), (1, None), (3, 4.0)],          {},                              [1.0, NAN, NAN, 4.0], {}),
    ([(0, 1.0), (1, NAN)],                     {},                              [1.0, NAN, NAN, NAN], {}),
    ([(0, 1.0), (2, 3.0)],                     {"lag": "1d"},                   [NAN, 1.0, 1.0, 3.0], {"carried": 1}),
    ([(0, 1.0), (2, 3.0)],                     {"lag": "1h"},                   [NAN, 1.0, 1.0, 3.0], {"carried": 3}),
    ([(0, 1.0)],                               {"max_age": "2d"},               [1.0, 1.0, 1.0, NAN], {"carried": 2, "expired": 1}),
    ([(0, 1.0)],                               {"max_age": "1d", "lag": "1d"},  [NAN, 1.0, NAN, NAN], {"expired": 2}),
    ([(0, 1.0)],                               {"stamp": "start", "bar": "1d"}, [NAN, 1.0, 1.0, 1.0], {"carried": 2}),
    ([(9, 1.0)],                               {},                              [NAN, NAN, NAN, NAN], {"columns_never_known": 1}),
    ([(0, 1.0), (0, 2.0)],                     {"on_duplicate": "first"},       [1.0, 1.0, 1.0, 1.0], {"dropped_duplicate": 1, "carried": 3}),
    ([(0, 1.0), (0, 2.0)],                     {"on_duplicate": "last"},        [2.0, 2.0, 2.0, 2.0], {"dropped_duplicate": 1, "carried": 3}),
    ([(0, 1.0), (1, float("inf"))],            {"on_infinite": "drop"},         [1.0, NAN, NAN, NAN], {"dropped_infinite": 1}),
    ([(-2, float("inf")), (0, 1.0)],           {},                              [1.0, 1.0, 1.0, 1.0], {"carried": 3}),
    ([(-2, float("inf")), (0, 1.0)],           {"on_infinite": "drop"},         [1.0, 1.0, 1.0, 1.0], {"carried": 3}),
    ([(-2, float("inf"))],                     {"on_infinite": "drop"},         [NAN, NAN, NAN, NAN], {"dropped_infinite": 1, "columns_never_known": 1}),
    ([(2, 3.0), (0, 1.0)],                     {"on_disorder": "sort"},         [1.0, 1.0, 3.0, 3.0], {"sorted": 1, "carried": 2}),
]
# fmt: on


@pytest.mark.parametrize(("rows", "settings", "values", "counts"), CASES)
@pytest.mark.parametrize("chunk", ["day", "month", "all"])
@pytest.mark.parametrize("market", [True, False])
def test_the_latest_known_row_counts(
    rows: list[tuple[int, float | None]],
    settings: dict[str, str],
    values: list[float],
    counts: dict[str, int],
    chunk: str,
    market: bool,
) -> None:
    kind = "context" if market else "signals"
    given: dict[str, Any] = {kind: points(*rows, asset=None if market else "A")}
    made = source(daily(names=("A",)), data={kind: settings, "chunk": chunk}, **given)
    panel = read(made)
    block = panel.context[:, 0] if market else panel.signals[:, 0, 0]
    np.testing.assert_array_equal(block, values)
    assert made.counts() == {f"{kind}.{what}": count for what, count in counts.items()}


def test_a_dense_stretch_is_carried_into_a_sparse_one() -> None:
    """January lists every asset at every barrier; February has no row until its last day."""
    frame = scores(2).vstack(scores(4).tail(1))
    made = source(daily(), signals=frame)
    want = [[1.0, 1.1, 1.2], [1.3, 1.4, 1.5], [1.3, 1.4, 1.5], [1.3, 1.4, 2.1]]
    np.testing.assert_allclose(read(made).signals[:, 0], want)
    assert made.counts() == {"signals.carried": 5}


def test_assets_outside_the_universe_are_counted_however_the_table_is_read() -> None:
    early = scores(9, ("IBM", *NAMES)).with_columns(pl.col("timestamp") - timedelta(days=4))
    for frame in (early, early.sample(fraction=1.0, shuffle=True, seed=1)):
        made = source(daily(), signals=frame, data={"signals": {"on_disorder": "sort"}})
        panel = read(made)
        assert panel.signals[0, 0].tolist() == pytest.approx([2.7, 2.8, 2.9])
        assert made.counts()["signals.unknown_asset"] == 8
        assert made.counts().get("signals.carried") is None


def test_columns_are_those_named_in_their_order_or_all_that_are_numbers() -> None:
    frame = scores().with_columns(a=pl.lit(1), note=pl.lit("x"), b=pl.lit(2.5, pl.Float32), flag=pl.lit(True))
    assert source(daily(), signals=frame).open().signals == ("score", "a", "b")
    made = source(daily(), features=frame, data={"features": {"columns": ["b", "a"]}})
    assert made.open().features == ("b", "a")
    assert read(made).features[0, :, 0].tolist() == [2.5, 1.0]


def test_datetime_values_are_known_at_their_timestamp_unless_said_otherwise() -> None:
    prices, values = at_times(daily(names=("A",))), at_times(points((0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0)))
    stamp = {"prices": {"stamp": "end"}}
    assert joined(source(prices, signals=values, data=stamp)) == [1.0, 2.0, 3.0, 4.0]
    late = source(prices, signals=values, data=stamp | {"signals": {"stamp": "start", "bar": "1m"}})
    np.testing.assert_array_equal(joined(late), [NAN, 1.0, 2.0, 3.0])


def test_defects_name_column_asset_and_time() -> None:
    frame = scores().with_columns(score=pl.when(pl.int_range(12) == 7).then(float("inf")).otherwise("score"))
    with pytest.raises(DataError) as caught:
        read(source(daily(), signals=pl.concat([frame[:4], frame[3:]]), data={"chunk": "all"}))
    twice, infinite = caught.value.problems
    assert re.match(r"signals \(frame\): 1 rows that repeat the timestamp and asset of another: AAPL 2024-01-31", twice)
    assert "set data.signals.on_duplicate to first or last" in twice
    assert re.match(r"signals \(frame\): 1 infinite values in column score: MSFT 2024-02-01 score=inf", infinite)
    assert "set data.signals.on_infinite to drop" in infinite


@pytest.mark.parametrize("chunk", ["day", "month", "all"])
def test_only_infinite_values_that_a_barrier_is_given_are_asked_about_however_the_chunks_fall(chunk: str) -> None:
    """Scores of all assets on six days, and prices of five: the third has none."""
    days = [DAY + timedelta(days=day) for day in range(6)]
    prices = daily(6).filter(pl.col("timestamp") != days[2])
    spoiled = pl.when(pl.col("asset") == NAMES[1]).then(float("inf")).otherwise("score")
    for day, given in ((2, False), (3, True)):
        frame = scores(6).with_columns(score=pl.when(pl.col("timestamp") == days[day]).then(spoiled).otherwise("score"))
        made = source(prices, signals=frame, data={"chunk": chunk, "signals": {"on_infinite": "drop"}})
        assert int(np.isnan(read(made).signals).sum()) == given
        assert made.counts() == ({"signals.dropped_infinite": 1} if given else {})
        made = source(prices, signals=frame, data={"chunk": chunk})
        if given:
            with pytest.raises(
                DataError, match=rf"1 infinite values in column score: {NAMES[1]} {days[day]} score=inf"
            ):
                read(made)
        else:
            read(made)


def test_market_wide_defects_have_no_asset() -> None:
    with pytest.raises(DataError, match=r"context \(frame\): 1 rows that repeat the timestamp of another: 2024-01-30;"):
        read(source(daily(), context=points((0, 1.0), (0, 2.0), asset=None)))
    with pytest.raises(DataError, match=r"context \(frame\): has a column 'asset', but context is market-wide"):
        source(daily(), context=points((0, 1.0))).open()


def test_a_source_without_numbers_or_with_text_for_them_is_told() -> None:
    with pytest.raises(DataError, match="there is no column of numbers beside timestamp, asset"):
        source(daily(), signals=scores().drop("score")).open()
    text = scores().with_columns(pl.col("score").cast(pl.String))
    with pytest.raises(DataError, match="column 'score' is String, want numbers"):
        source(daily(), signals=text, data={"signals": {"columns": ["score"]}}).open()


def test_an_age_below_the_lag_is_told() -> None:
    with pytest.raises(ConfigError, match=r"data.signals.max_age: 1h is below the lag 1d: no value could ever be used"):
        source(daily(), signals=scores(), data={"signals": {"lag": "1d", "max_age": "1h"}}).open()


def test_a_long_history_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidegate.data.rows.PART_ROWS", 50)
    first = date(2023, 1, 1)
    frame = pl.DataFrame({"timestamp": [first + timedelta(days=n) for n in range(396)], "x": np.arange(396.0)})
    reads: list[int] = []
    read_rows = RowStream.read

    def watched(self: RowStream, begin: int, end: int, **options: Any) -> Rows:
        reads.append(end - begin)
        return read_rows(self, begin, end, **options)

    monkeypatch.setattr(RowStream, "read", watched)
    made = source(daily(), context=frame, data={"chunk": "all"})
    assert read(made).context[:, 0].tolist() == [394.0, 395.0, 395.0, 395.0]
    assert sum(reads) == 4 + 396  # prices and context
    assert max(reads) <= 52
