"""How a table is read: in chunks of bounded size, every row once, also ahead in other threads, as it was at first."""

import os
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.unit.data.made import NAMES, daily, fails, read, scores, source

from tidegate.core.errors import DataError
from tidegate.data import spans, stream
from tidegate.data.table import Table


@pytest.mark.parametrize("batch", [1, 2, 4, 5, 100])
def test_the_batches_of_the_first_pass_leave_no_trace(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """They end inside timestamps; the last asset is new in the last one."""
    late = daily().tail(1).with_columns(asset=pl.lit("ZZZ"))
    monkeypatch.setattr("tidegate.data.timeline._BATCH_ROWS", batch)
    columns = source(pl.concat([daily(), late])).open()
    assert columns.universe.names == (*NAMES, "ZZZ")
    assert columns.barriers == 4
    assert source(daily()).open().barriers == 4


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


@pytest.mark.parametrize("days", [7, 120])
def test_no_row_group_is_decoded_twice(days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries end where row groups do, whatever the timestamps."""
    monkeypatch.setattr(stream, "QUERY_VALUES", 60 * 5)
    daily(120, [f"A{n}" for n in range(10)]).write_parquet(tmp_path / "p.parquet", row_group_size=44)
    made = source(tmp_path / "p.parquet", data={"end": str(date(2024, 1, 30) + timedelta(days - 1)), "chunk": "month"})
    made.open()
    queries = Queries(monkeypatch)
    assert sum(len(chunk) for chunk in made.chunks()) == days
    assert queries.rows == ([44, 26] if days == 7 else [44] * 27 + [12])


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


def test_no_row_of_another_file_is_used_before_it_is_told(tmp_path: Path) -> None:
    """The pages of both lie where those of the other do, so that reading alone notices nothing."""
    path = tmp_path / "p.parquet"
    daily(40).write_parquet(path, compression="uncompressed")
    made = source(path, data={"chunk": "day"})
    made.open()
    daily(40).with_columns(pl.col("volume") + 1.0).write_parquet(path, compression="uncompressed")
    os.utime(path, ns=(0, 0))
    with pytest.raises(DataError, match=r"prices \(file p.parquet\): changed while it was being read"):
        next(made.chunks())


def test_a_lazy_frame_that_gives_other_rows_the_second_time_is_told() -> None:
    sizes = iter((8, 3))
    frame = daily().lazy().map_batches(lambda whole: whole.head(next(sizes)))
    text = fails(source(frame))
    assert "prices (frame): gave 8 rows, then 3; make it give the same each time" in text


def test_days_apart_in_time_are_one_day_apart_in_the_panel() -> None:
    shifted = daily(2).with_columns(pl.col("timestamp") + timedelta(days=3650))
    assert len(list(source(pl.concat([daily(2), shifted]), data={"chunk": "day"}).chunks())) == 4
