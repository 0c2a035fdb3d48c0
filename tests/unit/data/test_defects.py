"""What can be wrong with a table: found with its place and remedy, or let pass by a policy and counted."""

# ruff: noqa: E501 - a row of the tables is one case

import re
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.unit.data.made import DAY, at_times, closes, daily, fails, read, scores, source, spoiled

from tidegate.core.errors import DataError

NAN, INF = float("nan"), float("inf")
FRAME = r"prices \(frame\): "
SECOND = r"MSFT 2024-01-31 "  # row 4
TWICE = pl.concat([daily()[:5], daily()[4:].with_columns(close=pl.col("close") + 0.5)])


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


def test_excluded_bars_are_absent_whatever_they_hold(tmp_path: Path) -> None:
    bad = pl.DataFrame({"timestamp": [DAY, DAY, date(1999, 1, 1)], "asset": ["XOM", "IBM", "XOM"]})
    bad.write_parquet(tmp_path / "bad.parquet")
    made = source(spoiled(2, low=-1.0), data={"prices": {"exclude": str(tmp_path / "bad.parquet")}})
    panel = read(made)
    assert np.argwhere(np.isnan(panel.bars[:, 0])).tolist() == [[0, 2]]
    assert made.counts() == {"prices.dropped_excluded": 1, "prices.unknown_excluded": 2}
    assert [entry["name"] for entry in made.fingerprints()["exclude"]] == ["bad.parquet"]


@pytest.mark.parametrize("chunk", ["day", "month", "all"])
def test_an_excluded_bar_is_found_in_whichever_chunk_it_lies(chunk: str, tmp_path: Path) -> None:
    pl.DataFrame({"timestamp": [date(2024, 2, 2)], "asset": ["MSFT"]}).write_parquet(tmp_path / "bad.parquet")
    made = source(daily(), data={"prices": {"exclude": str(tmp_path / "bad.parquet")}, "chunk": chunk})
    assert np.argwhere(np.isnan(closes(made))).tolist() == [[3, 1]]


def test_exclusions_must_have_the_kind_of_time_of_the_prices(tmp_path: Path) -> None:
    at_times(daily()).write_parquet(tmp_path / "bad.parquet")
    text = fails(source(daily(), data={"prices": {"exclude": str(tmp_path / "bad.parquet")}}))
    assert re.search(r"prices.exclude \(file bad.parquet\): column 'timestamp' is Datetime.* but Date in prices", text)
