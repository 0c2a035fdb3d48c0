"""Finer prices from tables: which bars belong where, policies, chunks; bad input."""

# ruff: noqa: E501 - a row of the tables is one case

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.data.made import source

from tidegate.core.errors import DataError, UserError
from tidegate.data import spans
from tidegate.data.panel import FinerRows, PanelChunk
from tidegate.data.tables import TableSource

ENDS = {"stamp": "end"}
FIRST = date(2024, 1, 2)


def prices(days: int = 3, names: str = "AB", first: date = FIRST) -> pl.DataFrame:
    rows = [(first + timedelta(day), name) for day in range(days) for name in names]
    return frame([(day, name, 100.0, 110.0, 90.0, 100.0) for day, name in rows])


def frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    names = ["timestamp", "asset", "open", "high", "low", "close"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(volume=pl.lit(1.0))


def minutes(*rows: tuple[str, str, float], zone: str | None = "UTC") -> pl.DataFrame:
    """Flat finer bars: local time, asset, price."""
    made = frame([(datetime.fromisoformat(time), name, *[price] * 4) for time, name, price in rows])
    return made.with_columns(pl.col("timestamp").dt.replace_time_zone(zone))


def at_close(made: pl.DataFrame, hour: int = 21) -> pl.DataFrame:
    moment = pl.col("timestamp").cast(pl.Datetime("us")) + pl.duration(hours=hour)
    return made.with_columns(moment.dt.replace_time_zone("UTC"))


def chunks(made: TableSource) -> list[PanelChunk]:
    return list(made.chunks())


def found(made: TableSource) -> list[list[tuple[Any, ...]]]:
    """For each barrier the finer bars: time and the closes of A and B."""
    days = []
    for chunk in chunks(made):
        finer = chunk.finer
        assert isinstance(finer, FinerRows)
        for begin, end in zip(finer.starts[:-1], finer.starts[1:], strict=True):
            rows = zip(finer.ts_ns[begin:end].tolist(), finer.bars[begin:end, 3].tolist(), strict=True)
            days.append(
                [(f"{datetime.fromtimestamp(ts / 1e9, UTC):%d %H:%M}", *map(plain, close)) for ts, close in rows]
            )
    return days


def plain(value: float) -> float | None:
    return None if value != value else value


def test_under_days_it_is_the_day_that_counts() -> None:
    table = minutes(
        ("2024-01-02 14:31", "A", 101.0), ("2024-01-02 14:32", "B", 102.0), ("2024-01-03 00:00", "A", 103.0),
        ("2024-01-03 00:01", "A", 104.0), ("2024-01-04 23:59", "B", 105.0), ("2024-01-05 00:01", "B", 999.0),
    )  # fmt: skip
    made = source(prices(), finer_prices=table, data={"finer_prices": ENDS})
    assert found(made) == [
        [("02 14:31", 101.0, None), ("02 14:32", None, 102.0), ("03 00:00", 103.0, None)],
        [("03 00:01", 104.0, None)],
        [("04 23:59", None, 105.0)],
    ]
    assert made.counts() == {"finer_prices.absent": 2}


def test_the_day_is_that_of_the_zone_of_the_finer_times() -> None:
    """A session in Sydney begins on the evening before, in UTC."""
    local = minutes(("2024-01-03 10:01", "A", 101.0), ("2024-01-03 16:00", "A", 102.0), zone=None)
    data = {"finer_prices": {"stamp": "end", "timezone": "Australia/Sydney"}}
    assert found(source(prices(), finer_prices=local, data=data))[1] == [
        ("02 23:01", 101.0, None), ("03 05:00", 102.0, None),
    ]  # fmt: skip
    aware = local.with_columns(pl.col("timestamp").dt.replace_time_zone("Australia/Sydney"))
    assert found(source(prices(), finer_prices=aware, data={"finer_prices": ENDS}))[1][0] == ("02 23:01", 101.0, None)


def test_under_times_it_is_what_lies_between_two_barriers() -> None:
    table = minutes(
        ("2024-01-02 20:00", "A", 101.0), ("2024-01-02 21:00", "B", 102.0), ("2024-01-02 21:01", "A", 103.0),
        ("2024-01-03 21:00", "A", 104.0), ("2024-01-03 21:01", "B", 105.0), ("2024-01-05 21:01", "B", 999.0),
    )  # fmt: skip
    data: dict[str, Any] = {"finer_prices": ENDS, "prices": ENDS}
    expected = [[("02 21:01", 103.0, None), ("03 21:00", 104.0, None)], [("03 21:01", None, 105.0)]]
    # When the first bar began is not known, unless it is said how long bars are.
    assert found(source(at_close(prices()), finer_prices=table, data=data)) == [[], *expected]
    data["prices"] = ENDS | {"bar": "30m"}
    assert found(source(at_close(prices()), finer_prices=table, data=data)) == [[("02 21:00", None, 102.0)], *expected]
    # What was before the run begins is known from the table.
    data |= {"start": "2024-01-03"}
    assert found(source(at_close(prices()), finer_prices=table, data=data)) == expected


def test_their_own_stamps_hold() -> None:
    table = minutes(("2024-01-02 23:59", "A", 101.0), ("2024-01-03 00:00", "A", 102.0))
    data = {"finer_prices": {"stamp": "start", "bar": "1m"}}
    assert found(source(prices(), finer_prices=table, data=data))[:2] == [
        [("03 00:00", 101.0, None)], [("03 00:01", 102.0, None)],
    ]  # fmt: skip


def test_days_may_stand_under_weeks() -> None:
    weekly = prices(3).with_columns(pl.col("timestamp") + (pl.col("timestamp") - FIRST) * 6)
    table = prices(20).with_columns(pl.lit(95.0).alias("low"))
    assert [len(week) for week in found(source(weekly, finer_prices=table))] == [1, 7, 7]


def test_chunks_change_nothing_and_are_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    table = minutes(
        *((f"2024-01-{day:02} {hour:02}:{minute:02}", name, 100.0 + minute / 10)
          for day in range(2, 12) for hour in (15, 16) for minute in range(60) for name in "AB")
    )  # fmt: skip
    whole = found(source(prices(10), finer_prices=table, data={"finer_prices": ENDS, "chunk": "all"}))
    assert found(source(prices(10), finer_prices=table, data={"finer_prices": ENDS, "chunk": "day"})) == whole
    monkeypatch.setattr(spans, "CHUNK_VALUES", 5_000)
    monkeypatch.setattr(spans, "FIRST_VALUES", 1_300)
    made = source(prices(10), finer_prices=table, data={"finer_prices": ENDS})
    assert found(made) == whole
    sizes = [len(chunk) for chunk in chunks(made)]
    assert sizes == [1, 2, 4, 3]
    assert max(chunk.nbytes for chunk in chunks(made)) < 5_000 * 8 + 5_000


def test_the_columns_tell_how_many_finer_times_there_are() -> None:
    table = minutes(
        ("2024-01-02 14:31", "A", 101.0), ("2024-01-02 14:31", "B", 101.0), ("2024-01-09 14:31", "A", 101.0)
    )
    assert source(prices(), finer_prices=table, data={"finer_prices": ENDS}).open().finer == 1
    assert source(prices()).open().finer == 0
    assert all(chunk.finer is None for chunk in chunks(source(prices())))


# fmt: off
ROW = minutes(("2024-01-02 14:31", "A", 101.0))
BAD: list[tuple[str, pl.DataFrame, dict[str, Any], str]] = [
    ("no stamp",        ROW, {}, r"whether it labels a bar's start or end cannot be guessed; set data.finer_prices.stamp"),
    ("no zone",         ROW.with_columns(pl.col("timestamp").dt.replace_time_zone(None)), ENDS, r"set data.finer_prices.timezone"),
    ("no close",        ROW.drop("close"), ENDS, r"finer_prices \(frame\): column 'close' is missing"),
    ("null price",      ROW.with_columns(low=pl.lit(None, pl.Float64)), ENDS, r"1 rows without a price .* data.finer_prices.on_null to drop"),
    ("no sense",        ROW.with_columns(low=pl.lit(102.0)), ENDS, r"contradicts their prices: A 2024-01-02T14:31:00Z .* data.finer_prices.on_inconsistent to drop"),
    ("twice",           pl.concat([ROW, ROW]), ENDS, r"1 rows that repeat .* data.finer_prices.on_duplicate to first or last"),
    ("out of order",    minutes(("2024-01-03 14:31", "A", 101.0), ("2024-01-02 14:31", "A", 101.0)), ENDS, r"set data.finer_prices.on_disorder to sort"),
    ("beyond the bar",  minutes(("2024-01-02 14:31", "A", 110.1)), ENDS, r"1 finer bars beyond the high or low of their bar: A 2024-01-02T14:31:00Z high=110.1"),
]
POLICIES = [
    ({"on_null": "drop"},             ROW.with_columns(low=pl.lit(None, pl.Float64)),         {"finer_prices.dropped_null": 1, "finer_prices.absent": 6}),
    ({"on_contradiction": "drop"},    minutes(("2024-01-02 14:31", "A", 110.1)),              {"finer_prices.dropped_contradiction": 1, "finer_prices.absent": 6}),
    ({"on_duplicate": "last"},        pl.concat([ROW, ROW]),                                  {"finer_prices.dropped_duplicate": 1, "finer_prices.absent": 5}),
    ({"on_disorder": "sort"},         minutes(("2024-01-03 14:31", "A", 101.0), ("2024-01-02 14:31", "A", 101.0)), {"finer_prices.sorted": 1, "finer_prices.absent": 4}),
]
# fmt: on


@pytest.mark.parametrize(("table", "settings", "says"), [pytest.param(*row[1:], id=row[0]) for row in BAD])
def test_bad_tables_are_refused_with_place(table: pl.DataFrame, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        chunks(source(prices(), finer_prices=table, data={"finer_prices": settings}))


@pytest.mark.parametrize(("settings", "table", "counts"), POLICIES)
def test_policies_let_pass_and_count(settings: dict[str, str], table: pl.DataFrame, counts: dict[str, int]) -> None:
    made = source(prices(), finer_prices=table, data={"finer_prices": ENDS | settings})
    chunks(made)
    assert made.counts() == counts


def test_days_cannot_stand_under_times() -> None:
    with pytest.raises(DataError, match="a day cannot say how a shorter bar came about"):
        source(at_close(prices()), finer_prices=prices(), data={"prices": ENDS}).open()


def test_what_other_policies_drop_from_the_prices_leaves_its_finer_bars_without_a_bar() -> None:
    broken = prices().with_columns(close=pl.when(pl.col("asset") == "A").then(None).otherwise(pl.col("close")))
    data = {"finer_prices": ENDS, "prices": {"on_null": "drop"}}
    made = source(broken, finer_prices=ROW, data=data)
    assert found(made)[0] == [("02 14:31", None, None)]
    assert made.counts()["finer_prices.without_bar"] == 1


def test_assets_that_are_not_in_the_run_are_passed_over() -> None:
    table = minutes(("2024-01-02 14:31", "A", 101.0), ("2024-01-02 14:31", "Z", 1.0))
    made = source(prices(), finer_prices=table, data={"finer_prices": ENDS}, assets=("A",))
    (first, *_) = chunks(made)
    assert first.finer is not None
    np.testing.assert_array_equal(first.finer.bars[0, 3], [101.0])
