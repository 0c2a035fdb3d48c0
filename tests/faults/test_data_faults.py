# ruff: noqa: E501  (one fault to a row, as wide as it is)
"""Files and frames that do not hold what they must."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.faults.fault import Fault, check_text
from tests.faults.planted import Idle, daily, market, scores, spoiled, written

from tidegate import Session, read
from tidegate.core.errors import ActorFailed, ConfigError, DataError, TidegateError

NAN, INF = float("nan"), float("inf")
HERE = r"prices \(file prices\.parquet\)|prices \(frame\)"
MSFT = r"MSFT 2024-01-04"


def corrupt(folder: Path, content: bytes) -> str:
    (folder / "prices.parquet").write_bytes(content)
    return str(folder / "prices.parquet")


def cut(folder: Path) -> str:
    path = Path(written(folder, daily()))
    path.write_bytes(path.read_bytes()[:-40])
    return str(path)


def two_files(folder: Path, first: pl.DataFrame, second: pl.DataFrame) -> str:
    written(folder, first, "p1.parquet")
    written(folder, second, "p2.parquet")
    return str(folder / "p*.parquet")


def retyped(column: str, kind: type[pl.DataType] | pl.DataType) -> pl.DataFrame:
    return daily().with_columns(pl.col(column).cast(kind))


def many_problems() -> pl.DataFrame:
    frame = spoiled(7, low=-1.0)
    return frame.with_columns(pl.when(pl.int_range(pl.len()) == 10).then(None).otherwise(pl.col("open")).alias("open"))


# fmt: off
FILES = [
    Fault("no such file",               lambda d: {"prices": written(d, daily()).replace("prices.p", "price.p")}, DataError, (r"prices", r"price\.parquet", r"no file", r"did you mean 'prices\.parquet'")),
    Fault("glob that matches nothing",  lambda d: {"prices": str(d / "bars-*.parquet")},                   DataError, (r"prices", r"bars-\*\.parquet", r"no file matches", r"check the folder")),
    Fault("a folder",                   lambda d: {"prices": str(d)},                                      DataError, (r"prices", r"is a folder", r"\*\.parquet")),
    Fault("not Parquet",                lambda d: {"prices": corrupt(d, b"timestamp,asset,open\n" * 9)},   DataError, (r"prices", r"prices\.parquet", r"[Pp]arquet")),
    Fault("an empty file",              lambda d: {"prices": corrupt(d, b"")},                             DataError, (r"prices", r"prices\.parquet", r"[Pp]arquet")),
    Fault("a file that was cut off",    lambda d: {"prices": cut(d)},                                      DataError, (r"prices", r"prices\.parquet", r"[Pp]arquet")),
    Fault("no path and no frame",       lambda d: {},                                                      DataError, (r"prices", r"data\.prices\.path|path")),
    Fault("an object that is no table", lambda d: {"prices": [1, 2, 3]},                                   DataError, (r"prices", r"list", r"want a path")),
    Fault("files that differ",          lambda d: {"prices": two_files(d, daily(), retyped("open", pl.Int64))}, DataError, (r"p2\.parquet", r"open", r"same columns and types")),
    Fault("files of mixed time zones",  lambda d: {"prices": two_files(d, market(), market(aware=False))}, DataError, (r"p2\.parquet", r"timestamp", r"time_zone|time zone|same columns and types")),
]
COLUMNS = [
    Fault("a column is missing",        lambda d: {"prices": written(d, daily().drop("close"))},           DataError, (HERE, r"column 'close' is missing", r"there are timestamp, asset, open")),
    Fault("a column is misspelled",     lambda d: {"prices": written(d, daily().rename({"close": "closed"}))}, DataError, (HERE, r"'close'", r"did you mean 'closed'")),
    Fault("two columns are missing",    lambda d: {"prices": daily().drop("close", "asset")},              DataError, (HERE, r"'close'", r"'asset'")),
    Fault("a price that is text",       lambda d: {"prices": written(d, retyped("close", pl.String))},     DataError, (HERE, r"close", r"String", r"want")),
    Fault("an asset that is a number",  lambda d: {"prices": written(d, daily().with_columns(asset=pl.int_range(pl.len())))}, DataError, (HERE, r"asset", r"Int64", r"want")),
    Fault("a timestamp that is text",   lambda d: {"prices": written(d, retyped("timestamp", pl.String))}, DataError, (HERE, r"timestamp", r"String", r"want Date or Datetime", r"cast")),
    Fault("times without a zone",       lambda d: {"prices": written(d, market(aware=False))},             DataError, (HERE, r"no time zone", r"data\.prices\.timezone")),
    Fault("start or end is not said",   lambda d: {"prices": written(d, market(timedelta(minutes=5)))},    DataError, (HERE, r"start or end", r"data\.prices\.stamp", r"bar")),
    Fault("a zone there is not",        lambda d: {"prices": market(aware=False), "config": {"data": {"prices": {"timezone": "America/New_Yorkk", "stamp": "end"}}}}, DataError, (r"data\.prices\.timezone", r"America/New_Yorkk", r"did you mean 'America/New_York'")),
    Fault("no rows",                    lambda d: {"prices": written(d, daily().clear())},                 DataError, (HERE, r"no rows|empty|no bar")),
]
ROWS = [
    Fault("a row twice",                lambda d: {"prices": written(d, pl.concat([daily()[:8], daily()[7:]]))}, DataError, (HERE, MSFT, r"on_duplicate")),
    Fault("a price that is null",       lambda d: {"prices": written(d, spoiled(7, open=None))},           DataError, (HERE, MSFT, r"open", r"on_null")),
    Fault("a price that is NaN",        lambda d: {"prices": written(d, spoiled(7, close=NAN))},           DataError, (HERE, MSFT, r"close", r"on_null")),
    Fault("a price that is infinite",   lambda d: {"prices": written(d, spoiled(7, high=INF))},            DataError, (HERE, MSFT, r"inf", r"on_infinite")),
    Fault("a price of zero",            lambda d: {"prices": written(d, spoiled(7, low=0.0))},             DataError, (HERE, MSFT, r"low=0", r"on_nonpositive")),
    Fault("a negative price",           lambda d: {"prices": written(d, spoiled(7, low=-3.0))},            DataError, (HERE, MSFT, r"low=-3", r"on_nonpositive")),
    Fault("high below low",             lambda d: {"prices": written(d, spoiled(7, high=50.0))},           DataError, (HERE, MSFT, r"high=50", r"on_inconsistent")),
    Fault("a close above the high",     lambda d: {"prices": written(d, spoiled(7, close=500.0))},         DataError, (HERE, MSFT, r"close=500|500", r"on_inconsistent")),
    Fault("a negative volume",          lambda d: {"prices": written(d, spoiled(7, volume=-1.0))},         DataError, (HERE, MSFT, r"volume")),
    Fault("an asset without a name",    lambda d: {"prices": written(d, spoiled(7, asset=None))},          DataError, (HERE, r"asset", r"null|no name", r"row 7|2024-01-04")),
    Fault("a row without a time",       lambda d: {"prices": written(d, spoiled(7, timestamp=None))},      DataError, (HERE, r"timestamp", r"null", r"row 7|1 row")),
    Fault("rows out of order",          lambda d: {"prices": written(d, daily().reverse())},               DataError, (HERE, r"order|before", r"on_disorder")),
    Fault("several problems at once",   lambda d: {"prices": written(d, many_problems())},                 DataError, (HERE, MSFT, r"low=-1", r"MSFT 2024-01-05|2024-01-05", r"on_nonpositive", r"on_null")),
]
OTHERS = [
    Fault("no file of scores",          lambda d: {"prices": daily(), "signals": str(d / "scores.parquet")}, DataError, (r"signals", r"scores\.parquet", r"no file")),
    Fault("a score that is not there",  lambda d: {"prices": daily(), "signals": scores(), "config": {"data": {"signals": {"columns": ["ml_scores"]}}}}, DataError, (r"signals", r"'ml_scores' is missing", r"did you mean 'ml_score'")),
    Fault("a score that is infinite",   lambda d: {"prices": daily(), "signals": scores().with_columns(ml_score=pl.lit(INF))}, DataError, (r"signals", r"AAPL 2024-01-02", r"inf", r"on_infinite")),
    Fault("two scores for one moment",  lambda d: {"prices": daily(), "signals": pl.concat([scores()[:1], scores()])}, DataError, (r"signals", r"AAPL 2024-01-02", r"on_duplicate")),
    Fault("a score that is text",       lambda d: {"prices": daily(), "signals": scores().with_columns(pl.col("ml_score").cast(pl.String)), "config": {"data": {"signals": {"columns": ["ml_score"]}}}}, DataError, (r"signals", r"ml_score", r"String")),
    Fault("exclusions that are lost",   lambda d: {"prices": daily(), "config": {"data": {"prices": {"exclude": str(d / "bad.parquet")}}}}, DataError, (r"exclude", r"bad\.parquet", r"no file")),
    Fault("an asset that is not there", lambda d: {"prices": daily(), "config": {"universe": {"assets": ["AAPL", "MFST"]}}}, DataError, (r"universe\.assets", r"'MFST'", r"did you mean 'MSFT'")),
    Fault("nothing is left of it",      lambda d: {"prices": daily(), "config": {"universe": {"exclude": ["AAPL", "MSFT", "XOM"]}}}, DataError, (r"universe\.exclude", r"none of the 3")),
    Fault("no bar in the window",       lambda d: {"prices": daily(), "config": {"data": {"start": "2025-01-01"}}}, DataError, (HERE, r"data\.start", r"2024-01-02")),
    Fault("the end before the start",   lambda d: {"prices": daily(), "config": {"data": {"start": "2024-02-01", "end": "2024-01-01"}}}, ConfigError, (r"data", r"start 2024-02-01", r"end 2024-01-01", r"want start")),
    Fault("a moment that is none",      lambda d: {"prices": daily(), "config": {"data": {"start": "2024-13-01"}}}, ConfigError, (r"data\.start", r"2024-13-01", r"ISO|want")),
]
# fmt: on


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FILES + COLUMNS + ROWS + OTHERS])
def test_what_is_wrong_with_the_data_is_told(fault: Fault, tmp_path: Path) -> None:
    options = fault.plant(tmp_path)
    with pytest.raises(TidegateError) as caught:
        Session(Idle(), progress=False, **options).run()
    check_text(fault, caught.value)


def test_a_later_chunk_is_checked_as_well(tmp_path: Path) -> None:
    """The fault lies in a month of its own: what came before it has run, and is kept."""
    later = market().with_columns((pl.col("timestamp") + timedelta(days=60)).dt.date())
    late = later.with_columns(pl.when(pl.col("asset") == "XOM").then(-1.0).otherwise(pl.col("low")).alias("low"))
    prices = written(tmp_path, pl.concat([daily(), late]))
    with pytest.raises(ActorFailed, match=r"actor 'feed' .*XOM 2024-03-02[^\n]*low=-1.*on_nonpositive") as caught:
        Session(Idle(), prices=prices, config={"data": {"chunk": "month"}}, out=tmp_path / "run", progress=False).run()
    assert isinstance(caught.value.cause, DataError)
    kept = read(tmp_path / "run")
    assert kept.status == "failed"
    assert kept.equity["timestamp"].dt.date().to_list() == daily()["timestamp"].unique().sort().to_list()
