"""Tables as a source: numbers, universe, times, and where the tables come from."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.data.made import NAMES, at_times, closes, daily, fails, ns, read, scores, source


@pytest.mark.parametrize("dtype", [pl.Float32, pl.Int64, pl.UInt16, pl.Decimal(12, 2)])
def test_prices_of_any_kind_of_number_become_float64(dtype: Any) -> None:
    whole = daily().with_columns(pl.col("open", "high", "low", "close").round().cast(dtype))
    bars = read(source(whole)).bars
    assert bars.dtype == np.float64
    assert bars[2, 3].tolist() == [16.0, 17.0, 18.0]


def test_a_table_without_volume_has_bars_of_volume_nan() -> None:
    for frame in (
        daily().drop("volume"),
        daily().drop("volume")[1:],
        daily().with_columns(volume=pl.lit(None, pl.Float64)),
    ):
        bars = read(source(frame)).bars
        assert np.isnan(bars[:, 4]).all()
        assert bars[3, 3].tolist() == [19.0, 20.0, 21.0]


def test_the_universe_is_all_of_the_prices_ordered_by_name() -> None:
    frame = daily(names=("b", "B", "a", "AA"))
    assert source(frame).open().universe.names == ("AA", "B", "a", "b")
    assert closes(source(frame))[0].tolist() == [13.0, 11.0, 12.0, 10.0]


def test_the_universe_can_be_named_and_cut() -> None:
    made = source(daily(), assets=("XOM", "AAPL"))
    assert made.open().universe.names == ("AAPL", "XOM")
    assert closes(made)[0].tolist() == [10.0, 12.0]
    assert source(daily(), exclude=("MSFT",)).open().universe.names == ("AAPL", "XOM")


def test_names_that_are_not_there_are_told_with_the_nearest() -> None:
    text = fails(source(daily(), assets=("APPL", "XOM"), exclude=("MSF",)))
    assert "universe.assets: 'APPL' is not among the 3 assets of prices (frame); did you mean 'AAPL'?" in text
    assert "universe.exclude: 'MSF' is not among" in text
    assert "universe.assets: 'XOM' is named twice" in fails(source(daily(), assets=("XOM", "XOM")))
    assert "leaves none of the 3" in fails(source(daily(), exclude=NAMES))


def test_barriers_are_the_timestamps_of_the_table_whichever_assets_they_list() -> None:
    made = source(daily()[:-1], assets=("XOM",))
    assert made.open().barriers == 4
    assert np.isnan(closes(made)[3]).all()


# fmt: off
STAMPS = [  # table, settings, first barrier
    (daily(),                             {},                                              ns(2024, 1, 30)),
    (daily(),                             {"stamp": "end"},                                ns(2024, 1, 30)),
    (daily(),                             {"stamp": "start", "bar": "1d"},                 ns(2024, 1, 31)),
    (at_times(daily()),                   {"stamp": "end"},                                ns(2024, 1, 30, 16)),
    (at_times(daily()),                   {"stamp": "start", "bar": "5m"},                 ns(2024, 1, 30, 16, 5)),
    (at_times(daily(), "America/New_York"), {"stamp": "end"},                              ns(2024, 1, 30, 21)),
    (at_times(daily(), None),             {"stamp": "end", "timezone": "America/New_York"}, ns(2024, 1, 30, 21)),
    (at_times(daily(), None),             {"stamp": "end", "timezone": "UTC"},             ns(2024, 1, 30, 16)),
]
# fmt: on


@pytest.mark.parametrize(("frame", "settings", "first"), STAMPS)
@pytest.mark.parametrize("unit", ["ns", "us", "ms"])
@pytest.mark.parametrize("lazy", [True, False])
def test_a_barrier_is_when_its_bars_closed_in_utc(
    frame: pl.DataFrame, settings: dict[str, str], first: int, unit: Any, lazy: bool
) -> None:
    if frame.schema["timestamp"] != pl.Date:
        frame = frame.with_columns(pl.col("timestamp").dt.cast_time_unit(unit))
    made = source(frame.lazy() if lazy else frame, data={"prices": settings, "chunk": "month"})
    panel = read(made)
    assert panel.ts_ns[0] == first
    assert np.diff(panel.ts_ns).tolist() == [86_400_000_000_000] * 3
    assert panel.bars[3, 3].tolist() == [19.0, 20.0, 21.0]


def test_local_times_that_do_not_exist_or_exist_twice_are_refused() -> None:
    hours = pl.datetime_range(pl.datetime(2024, 3, 9, 2, 30), pl.datetime(2024, 3, 11, 2, 30), "1d", eager=True)
    frame = daily(3, ("A",)).with_columns(timestamp=hours)
    zone = {"prices": {"stamp": "end", "timezone": "America/New_York"}}
    text = fails(source(frame, data=zone))
    assert "1 timestamps that are null, or do not exist or exist twice in America/New_York" in text
    assert "row 1 at 2024-03-10 02:30:00; store aware timestamps" in text
    twice = daily(1, ("A",)).with_columns(pl.datetime(2024, 11, 3, 1, 30).alias("timestamp"))
    assert "row 0 at 2024-11-03 01:30:00" in fails(source(twice, data=zone))


def test_a_zone_that_is_none_is_told() -> None:
    made = source(at_times(daily(), None), data={"prices": {"stamp": "end", "timezone": "America/NewYork"}})
    assert "data.prices.timezone: there is no time zone 'America/NewYork'; did you mean 'America/New_York'?" in fails(
        made
    )


def test_a_time_too_far_for_nanoseconds_is_told() -> None:
    far = at_times(daily()).with_columns(pl.col("timestamp").dt.offset_by("900y"))
    assert "holds a time outside the years 1823 to 2116" in fails(source(far, data={"prices": {"stamp": "end"}}))


def test_dates_and_datetimes_do_not_mix() -> None:
    text = fails(source(daily(), signals=at_times(scores())))
    assert re.search(r"signals \(frame\): 'timestamp' is Datetime.* but Date in prices \(frame\); give all", text)
    text = fails(source(at_times(daily()), signals=scores(), data={"prices": {"stamp": "end"}}))
    assert re.search(r"signals \(frame\): 'timestamp' is Date but Datetime", text)


@pytest.mark.parametrize(
    ("start", "end", "first", "barriers"),
    [
        (None, None, 30, 4),
        ("2024-01-31", None, 31, 3),
        ("2024-01-31", "2024-01-31", 31, 1),
        (None, "2024-01-31", 30, 2),
        ("2024-01-30T16:00:00Z", "2024-01-31T15:59:59+00:00", 30, 1),
        ("2024-01-30T16:00:01", "2024-01-31T17:00:00+01:00", 31, 1),
    ],
)
def test_a_run_is_cut_to_its_first_and_last_moment(
    start: str | None, end: str | None, first: int, barriers: int
) -> None:
    made = source(at_times(daily()), data={"prices": {"stamp": "end"}, "start": start, "end": end})
    assert made.open().barriers == barriers
    panel = read(made)
    assert panel.ts_ns[0] == ns(2024, 1, first, 16)
    assert len(panel) == barriers


def test_bounds_with_no_bar_between_them_are_told_with_what_there_is() -> None:
    text = fails(source(daily(), data={"start": "2025-01-01"}))
    assert "no bar lies between data.start and data.end; the table's bars end from 2024-01-30 to 2024-02-02" in text


def test_sources_and_tables_that_are_not_there_are_told() -> None:
    assert "prices: no table is given; pass prices=... or set data.prices.path" in fails(source(None))
    text = fails(source(daily(), signal=scores(), data={"features": {}}))
    assert "frames: there is no source 'signal'; did you mean 'signals'?" in text
    assert "features: no table is given; pass features=... or set data.features.path" in text


def test_a_frame_goes_before_the_path_of_the_configuration(tmp_path: Path) -> None:
    daily().write_parquet(tmp_path / "p.parquet")
    data = {"prices": {"path": str(tmp_path / "p.parquet")}}
    assert source(daily(9), data=data).open().barriers == 9
    assert source(None, data=data).open().barriers == 4


def test_a_column_that_two_sources_have_is_refused() -> None:
    text = fails(source(daily(), signals=scores(), features=scores()))
    assert "features (frame): column 'score' is in features and signals; rename one of them" in text
