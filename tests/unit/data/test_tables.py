"""Tables as a source: defects and policies, universe, times, chunks."""

# ruff: noqa: E501 - a row of the tables is one case

import re
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.data.made import DAY, NAMES, at_times, closes, daily, ns, read, scores, source, spoiled

from tidegate.core.errors import DataError, UserError
from tidegate.data import spans, stream
from tidegate.data.table import Table
from tidegate.data.tables import TableSource

NAN, INF = float("nan"), float("inf")
FRAME = r"prices \(frame\): "
SECOND = r"MSFT 2024-01-31 "  # row 4
TWICE = pl.concat([daily()[:5], daily()[4:].with_columns(close=pl.col("close") + 0.5)])


def fails(made: TableSource) -> str:
    with pytest.raises(UserError) as caught:
        list(made.chunks())
    return str(caught.value)


# fmt: off
DEFECTS: list[tuple[str, pl.DataFrame, tuple[str, ...]]] = [
    ("null price",         spoiled(4, open=None),               (FRAME + "1 rows without a price", SECOND + "open=nan high=15.0", "on_null to drop")),
    ("NaN price",          spoiled(4, close=NAN),               (FRAME + "1 rows without a price", SECOND + ".*close=nan", "on_null to drop")),
    ("infinite price",     spoiled(4, high=INF),                (FRAME + "1 rows with infinite", SECOND + ".*high=inf", "on_infinite to drop")),
    ("infinite volume",    spoiled(4, volume=INF),              (FRAME + "1 rows with infinite", SECOND + ".*volume=inf", "on_infinite to drop")),
    ("price of zero",      spoiled(4, low=0.0),                 (FRAME + "1 rows with a price of 0 or less", SECOND + ".*low=0.0", "on_nonpositive to drop")),
    ("negative price",     spoiled(4, open=-1.0),               (FRAME + "1 rows with a price of 0 or less", SECOND + "open=-1.0", "on_nonpositive to drop")),
    ("high below close",   spoiled(4, high=13.9),               (FRAME + "1 rows whose high or low contradicts", SECOND, "on_inconsistent to drop")),
    ("low above open",     spoiled(4, low=13.8),                (FRAME + "1 rows whose high or low contradicts", SECOND, "on_inconsistent to drop")),
    ("high below low",     spoiled(4, high=12.0, low=13.0),     (FRAME + "1 rows whose high or low contradicts", SECOND, "on_inconsistent to drop")),
    ("negative volume",    spoiled(4, volume=-1.0),             (FRAME + "1 rows with negative volume", SECOND + ".*volume=-1.0")),
    ("the same row twice", TWICE,                               (FRAME + "1 rows that repeat the timestamp and asset", SECOND + ".*close=14.5", "on_duplicate to first or last")),
    ("rows out of order",  pl.concat([daily()[3:], daily()[:3]]), (FRAME + "1 rows out of time order", "row 9 at 2024-01-30 after 2024-02-02", "on_disorder to sort")),
    ("null timestamp",     spoiled(4, timestamp=None),          (FRAME + "1 null timestamps", "row 4 is null")),
    ("null asset",         spoiled(4, asset=None),              (FRAME + "1 null assets", "row 4")),
    ("no rows",            daily().clear(),                     (FRAME + "the table is empty",)),
    ("a lost column",      daily().drop("close"),               (FRAME + "column 'close' is missing; there are timestamp, asset, open",)),
    ("a misspelled one",   daily().rename({"high": "hihg"}),    (FRAME + "column 'high' is missing; did you mean 'hihg'",)),
    ("text for a price",   daily().with_columns(pl.col("low").cast(pl.String)), (FRAME + "column 'low' is String, want numbers",)),
    ("numbers for assets", daily().with_columns(asset=pl.lit(7)), (FRAME + "column 'asset' is Int32, want String, Categorical or Enum",)),
    ("times as text",      daily().with_columns(pl.col("timestamp").cast(pl.String)), (FRAME + "column 'timestamp' is String, want Date or Datetime",)),
    ("naive times",        at_times(daily(), None),             (FRAME + "column 'timestamp' has no time zone; set data.prices.timezone",)),
    ("start or end",       at_times(daily()),                   (FRAME + ".*cannot be guessed; set data.prices.stamp to 'start' with data.prices.bar",)),
]
POLICIES: list[tuple[pl.DataFrame, dict[str, str], str, float]] = [  # the close of MSFT on the second day
    (spoiled(4, open=None),            {"on_null": "drop"},         "prices.dropped_null",         NAN),
    (spoiled(4, volume=INF),           {"on_infinite": "drop"},     "prices.dropped_infinite",     NAN),
    (spoiled(4, low=0.0),              {"on_nonpositive": "drop"},  "prices.dropped_nonpositive",  NAN),
    (spoiled(4, high=12.0),            {"on_inconsistent": "drop"}, "prices.dropped_inconsistent", NAN),
    (TWICE,                            {"on_duplicate": "first"},   "prices.dropped_duplicate",    14.0),
    (TWICE,                            {"on_duplicate": "last"},    "prices.dropped_duplicate",    14.5),
    (pl.concat([daily()[3:], daily()[:3]]), {"on_disorder": "sort"}, "prices.sorted",              14.0),
]
# fmt: on


@pytest.mark.parametrize(("frame", "says"), [pytest.param(*row[1:], id=row[0]) for row in DEFECTS])
def test_a_defect_is_told_with_its_place_and_remedy(frame: pl.DataFrame, says: tuple[str, ...]) -> None:
    text = fails(source(frame))
    for pattern in says:
        assert re.search(pattern, text), text


@pytest.mark.parametrize(("frame", "policy", "count", "close"), POLICIES)
@pytest.mark.parametrize("chunk", ["day", "all"])
def test_a_policy_lets_it_pass_and_counts_it(
    frame: pl.DataFrame, policy: dict[str, str], count: str, close: float, chunk: str
) -> None:
    made = source(frame, data={"prices": policy, "chunk": chunk})
    panel = read(made)
    assert made.counts() == {count: 1}
    if np.isnan(close):
        assert np.isnan(panel.bars[1, :, 1]).all()
    else:
        assert panel.bars[1, 3, 1] == close
    assert np.count_nonzero(~np.isnan(panel.bars[:, 3])) == 12 - np.isnan(close)


def test_everything_found_in_a_chunk_is_told_at_once_with_at_most_twenty_examples() -> None:
    frame = daily(40, [f"A{n}" for n in range(4)])
    bad = pl.int_range(pl.len()) % 5
    frame = frame.with_columns(
        low=pl.when(bad == 1).then(-1.0).otherwise("low"), high=pl.when(bad == 2).then(0.5).otherwise("high")
    )
    with pytest.raises(DataError) as caught:
        read(source(frame, data={"chunk": "all"}))
    nonpositive, inconsistent = caught.value.problems
    assert nonpositive.startswith("prices (frame): 32 rows with a price of 0 or less: A1 2024-01-30 ")
    assert inconsistent.startswith("prices (frame): 32 rows whose high or low contradicts")
    assert nonpositive.count("low=-1.0") == 20
    assert "... (12 more)" in nonpositive


def test_examples_name_the_file_among_several(tmp_path: Path) -> None:
    frame = spoiled(10, low=-1.0)
    frame[:6].write_parquet(tmp_path / "p1.parquet")
    frame[6:].write_parquet(tmp_path / "p2.parquet")
    text = fails(source(str(tmp_path / "p*.parquet")))
    assert "prices (2 files p*.parquet): 1 rows with a price of 0 or less: MSFT 2024-02-02" in text
    assert "volume=2000.0 in p2.parquet; correct" in text


def test_disorder_is_found_over_the_border_of_files_and_months(tmp_path: Path) -> None:
    daily()[6:].write_parquet(tmp_path / "p1.parquet")
    daily()[:6].write_parquet(tmp_path / "p2.parquet")
    made = source(str(tmp_path / "p*.parquet"))
    assert "1 rows out of time order: row 6 at 2024-01-30 after 2024-02-02 in p2.parquet" in fails(made)
    sorted_ = source(str(tmp_path / "p*.parquet"), data={"prices": {"on_disorder": "sort"}})
    np.testing.assert_array_equal(closes(sorted_), closes(source(daily())))


def test_the_order_of_assets_within_a_timestamp_is_free() -> None:
    mixed = pl.concat([daily()[:3].reverse(), daily()[3:6], daily()[6:9].reverse(), daily()[9:]])
    np.testing.assert_array_equal(closes(source(mixed)), closes(source(daily())))
    assert source(mixed).counts() == {}


def test_problems_of_all_sources_come_together() -> None:
    text = fails(source(daily().drop("low"), signals=scores().drop("asset"), context="none.parquet"))
    assert [line.split(":")[0] for line in text.splitlines()] == ["prices (frame)", "signals (frame)", "context"]


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


def test_excluded_bars_are_absent_whatever_they_hold(tmp_path: Path) -> None:
    bad = pl.DataFrame({"timestamp": [DAY, DAY, date(1999, 1, 1)], "asset": ["XOM", "IBM", "XOM"]})
    bad.write_parquet(tmp_path / "bad.parquet")
    made = source(spoiled(2, low=-1.0), data={"prices": {"exclude": str(tmp_path / "bad.parquet")}})
    panel = read(made)
    assert np.argwhere(np.isnan(panel.bars[:, 0])).tolist() == [[0, 2]]
    assert made.counts() == {"prices.dropped_excluded": 1}
    assert [entry["name"] for entry in made.fingerprints()["exclude"]] == ["bad.parquet"]


@pytest.mark.parametrize("chunk", ["day", "month", "all"])
def test_an_excluded_bar_is_found_in_whichever_chunk_it_lies(chunk: str, tmp_path: Path) -> None:
    pl.DataFrame({"timestamp": [date(2024, 2, 2)], "asset": ["MSFT"]}).write_parquet(tmp_path / "bad.parquet")
    made = source(daily(), data={"prices": {"exclude": str(tmp_path / "bad.parquet")}, "chunk": chunk})
    assert np.argwhere(np.isnan(closes(made))).tolist() == [[3, 1]]


@pytest.mark.parametrize("batch", [1, 2, 4, 5, 100])
def test_the_batches_of_the_first_pass_leave_no_trace(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """They end inside timestamps; the last asset is new in the last one."""
    late = daily().tail(1).with_columns(asset=pl.lit("ZZZ"))
    monkeypatch.setattr("tidegate.data.timeline._BATCH_ROWS", batch)
    columns = source(pl.concat([daily(), late])).open()
    assert columns.universe.names == (*NAMES, "ZZZ")
    assert columns.barriers == 4
    assert source(daily()).open().barriers == 4


def test_exclusions_must_have_the_kind_of_time_of_the_prices(tmp_path: Path) -> None:
    at_times(daily()).write_parquet(tmp_path / "bad.parquet")
    text = fails(source(daily(), data={"prices": {"exclude": str(tmp_path / "bad.parquet")}}))
    assert re.search(r"prices.exclude \(file bad.parquet\): column 'timestamp' is Datetime.* but Date in prices", text)


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


@pytest.mark.parametrize(
    ("chunk", "sizes"),
    [("day", [1] * 70), ("week", [6, *[7] * 9, 1]), ("month", [2, 29, 31, 8]), ("quarter", [62, 8]), ("all", [70])],
)
def test_chunks_follow_the_calendar(chunk: str, sizes: list[int]) -> None:
    made = source(daily(70), data={"chunk": chunk})
    assert [len(part) for part in made.chunks()] == sizes


def test_chunks_are_of_bounded_size_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "FIRST_VALUES", 10 * (3 * 6 + 1))
    monkeypatch.setattr(spans, "CHUNK_VALUES", 35 * (3 * 6 + 1))
    vix = daily(70, ("A",)).select("timestamp", vix="close")
    made = source(daily(70), signals=scores(70), context=vix)
    assert [len(part) for part in made.chunks()] == [10, 20, 35, 5]


def test_arrays_are_contiguous_and_read_only() -> None:
    for chunk in source(daily(), signals=scores(), data={"chunk": "month"}).chunks():
        for array in (chunk.ts_ns, chunk.bars, chunk.signals, chunk.features, chunk.context):
            assert array.flags.c_contiguous
            assert not array.flags.writeable
        assert chunk.features.shape == (2, 0, 3)
        assert chunk.context.shape == (2, 0)


class Queries:
    """Watches the queries on tables: how many rows each one gave."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[int] = []
        self._begin = Table.batches
        monkeypatch.setattr(Table, "batches", lambda table, query, rows=None: self._watched(table, query, rows))

    def _watched(self, table: Table, query: pl.LazyFrame, rows: int | None) -> Iterator[pl.DataFrame]:
        number = len(self.rows)
        self.rows.append(0)
        for batch in self._begin(table, query, rows):
            self.rows[number] += batch.height
            yield batch


@pytest.mark.parametrize("table", ["dense", "sparse", "shuffled", "lazy"])
def test_memory_follows_the_chunk_and_not_the_file(table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No query gives more rows than were meant to be read ahead, and every row is read once."""
    monkeypatch.setattr(stream, "QUERY_VALUES", 60 * 5)
    frame = daily(120, [f"A{n}" for n in range(10)])
    if table == "sparse":
        frame = frame[3:]
    if table == "shuffled":
        frame = frame.sample(fraction=1.0, shuffle=True, seed=1)
    frame.write_parquet(tmp_path / "p.parquet", row_group_size=100)
    given = pl.scan_parquet(tmp_path / "p.parquet") if table == "lazy" else tmp_path / "p.parquet"
    made = source(given, data={"prices": {"on_disorder": "sort"}, "chunk": "month"})
    made.open()
    queries = Queries(monkeypatch)
    assert sum(len(chunk) for chunk in made.chunks()) == 120
    assert max(queries.rows) <= 60
    assert sum(queries.rows) == frame.height


def test_small_chunks_share_a_query(monkeypatch: pytest.MonkeyPatch) -> None:
    made = source(daily(50), data={"chunk": "day"})
    made.open()
    queries = Queries(monkeypatch)
    assert len(list(made.chunks())) == 50
    assert queries.rows == [150]


def test_no_row_after_the_end_of_the_run_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    made = source(daily(50), signals=scores(50), data={"start": "2024-02-03", "end": "2024-02-05"})
    made.open()
    queries = Queries(monkeypatch)
    assert [len(chunk) for chunk in made.chunks()] == [3]
    assert queries.rows == [9, 9]


def test_chunks_can_be_read_ahead_in_other_threads_and_again_from_the_start() -> None:
    made = source(daily(70), signals=scores(70)[1:], data={"chunk": "week"})
    plain = read(made)
    counts = made.counts()
    iterator, parts = made.chunks(), []

    def ahead() -> None:
        parts.append(next(iterator, None))

    while not parts or parts[-1] is not None:
        thread = threading.Thread(target=ahead)
        thread.start()
        thread.join()
    bars = np.concatenate([part.bars for part in parts if part])
    np.testing.assert_array_equal(bars, plain.bars)
    assert made.counts() == counts


@pytest.mark.parametrize("later", [daily()[:7], daily(), None])
def test_a_file_that_changes_while_it_is_read_is_told(later: pl.DataFrame | None, tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    daily().write_parquet(path)
    made = source(path)
    made.open()
    path.unlink()
    if later is not None:
        later.write_parquet(path, compression_level=9)
    for reading in (lambda: list(made.chunks()), made.fingerprints):
        with pytest.raises(DataError, match=r"prices \(file p.parquet\): changed while it was being read"):
            reading()


def test_a_lazy_frame_that_gives_other_rows_the_second_time_is_told() -> None:
    sizes = iter((8, 3))
    frame = daily().lazy().map_batches(lambda whole: whole.head(next(sizes)))
    text = fails(source(frame))
    assert "prices (frame): gave 8 rows, then 3; make it give the same each time" in text


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


def test_days_apart_in_time_are_one_day_apart_in_the_panel() -> None:
    shifted = daily(2).with_columns(pl.col("timestamp") + timedelta(days=3650))
    assert len(list(source(pl.concat([daily(2), shifted]), data={"chunk": "day"}).chunks())) == 4
