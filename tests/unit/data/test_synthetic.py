"""Made-up markets."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.unit.data.made import source

from tidegate.core.errors import ConfigError
from tidegate.data import synthetic
from tidegate.data.synthetic import make


def test_the_same_seed_gives_the_same_market_and_another_another() -> None:
    one, same, other = make(7, 90, seed=1), make(7, 90, seed=1), make(7, 90, seed=2)
    for frame in ("prices", "signals", "context"):
        assert getattr(one, frame).equals(getattr(same, frame))
        assert not getattr(one, frame).equals(getattr(other, frame))


@pytest.mark.parametrize(("freq", "timestamps"), [("1d", 300), ("1m", 900), ("5m", 200)])
def test_a_market_passes_every_check_of_tables(freq: str, timestamps: int) -> None:
    market = make(30, timestamps, seed=3, freq=freq)
    stamp = {} if freq == "1d" else {"prices": {"stamp": "end"}}
    made = source(market.prices, signals=market.signals, context=market.context, data=stamp)
    columns = made.open()
    assert columns.barriers == timestamps
    assert len(columns.universe) == 30
    assert (columns.signals, columns.context) == (("ml_score",), ("vix",))
    bars = np.concatenate([chunk.bars for chunk in made.chunks()])
    absent = np.isnan(bars[:, 3])
    assert absent[0].any(), "some list late"
    assert absent[-1].any(), "some are gone"
    assert 0.0 < absent.mean() < 0.2
    assert not absent.all(axis=1).any()


def test_a_complete_market_lists_every_asset_all_the_time() -> None:
    market = make(25, 40, complete=True)
    assert market.prices.height == market.signals.height == 1_000
    assert market.prices.select(pl.struct("timestamp", "asset").is_first_distinct().all()).item()


def test_daily_bars_are_on_business_days_from_the_start() -> None:
    days = make(1, 10, start="2024-01-06").prices["timestamp"]
    assert days.dtype == pl.Date
    assert str(days[0]) == "2024-01-08"
    assert days.dt.weekday().max() == 5


def test_minute_bars_are_stamped_at_their_end_within_sessions() -> None:
    times = make(1, 395, freq="1m", start="2024-01-05").prices["timestamp"]
    assert [str(times[at])[:16] for at in (0, 389, 390)] == ["2024-01-05 14:31", "2024-01-05 21:00", "2024-01-08 14:31"]
    assert times.dtype == pl.Datetime("us", "UTC")


def test_rows_are_sorted_and_names_ascend() -> None:
    prices = make(40, 30).prices
    assert prices.equals(prices.sort("timestamp", "asset"))
    assert prices["asset"].unique().sort()[:2].to_list() == ["AAA", "AAB"]


def test_the_score_knows_a_little_of_the_next_return_and_nothing_of_the_last() -> None:
    market = make(300, 1_000, seed=5, complete=True)
    close = market.prices["close"].to_numpy().reshape(1_000, 300)
    score = market.signals["ml_score"].to_numpy().reshape(1_000, 300)
    moves = np.diff(np.log(close), axis=0)
    moves -= moves.mean(axis=1, keepdims=True)
    assert 0.02 < np.corrcoef(score[:-1].ravel(), moves.ravel())[0, 1] < 0.035
    assert abs(np.corrcoef(score[1:].ravel(), moves.ravel())[0, 1]) < 0.008


def test_gaps_overnight_are_larger_than_those_within_a_session() -> None:
    prices = make(20, 7_800, freq="1m", complete=True).prices
    open_, close = (prices[name].to_numpy().reshape(-1, 20) for name in ("open", "close"))
    gaps = np.abs(np.log(open_[1:] / close[:-1])).mean(axis=1)
    overnight = np.arange(1, 7_800) % 390 == 0
    assert gaps[overnight].mean() > 20 * gaps[~overnight].mean()


def test_files_are_written_to_a_new_folder(tmp_path: Path) -> None:
    paths = synthetic.write(tmp_path / "new" / "folder", assets=5, days=3, freq="30m", seed=4)
    assert [path.name for path in paths] == ["prices.parquet", "scores.parquet", "vix.parquet"]
    market = make(5, 39, seed=4, freq="30m")
    for path, frame in zip(paths, (market.prices, market.signals, market.context), strict=True):
        assert pl.read_parquet(path).equals(frame)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n_assets": 0}, "0 assets and 10 timestamps, want at least 1 of each"),
        ({"n_timestamps": 0}, "5 assets and 0 timestamps"),
        ({"freq": "7m"}, "freq '7m' is neither 1d nor a length that divides 390 minutes"),
        ({"freq": "0s"}, "freq '0s' is neither"),
        ({"start": "someday"}, "start 'someday' is no ISO 8601 date"),
    ],
)
def test_what_cannot_be_made_is_told(options: dict[str, str], says: str) -> None:
    sizes = {"n_assets": 5, "n_timestamps": 10} | options
    with pytest.raises(ConfigError, match=says):
        make(**sizes)  # type: ignore[arg-type]  # the table mixes sizes and texts


def test_a_single_bar_of_a_single_asset_can_be_made() -> None:
    assert make(1, 1).prices.height == 1
