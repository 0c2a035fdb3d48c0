"""Two months of 61 pairs in five-minute bars, in fractions: 17,568 barriers, labeled by their start."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.oracle.decisions import top_n
from tests.oracle.engine import check_books, config_of, differences
from tests.oracle.manual_loop import work_through
from tests.oracle.records import Floats, Settings
from tests.real.tables import CRYPTO, Panel, dense, long_scores, trailing_return

from tidegate import Result, Session, TopN

N, DAY, GROSS = 10, 288, 0.9
BARRIERS = 17_568
SETTINGS = Settings(
    cash=100_000.0, fractional=True, bps=10.0, slippage_bps=5.0, stop_loss=0.08, take_profit=0.3, trailing_stop=0.12
)


@pytest.fixture(scope="module")
def market(data_folder: Path) -> tuple[Panel, Floats]:
    panel = dense(pl.read_parquet(data_folder / CRYPTO))
    return panel, trailing_return(panel.prices["close"], DAY, 0)


@pytest.fixture(scope="module")
def result(market: tuple[Panel, Floats], data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    scores = tmp_path_factory.mktemp("crypto") / "scores.parquet"
    long_scores(*market, slice(None, None, DAY)).write_parquet(scores)
    bars = {"stamp": "start", "bar": "5m"}
    config: dict[str, Any] = config_of(SETTINGS) | {
        "data": {
            "prices": {"path": str(data_folder / CRYPTO)} | bars,
            "signals": {"path": str(scores), "columns": ["ml_score"]} | bars,
        },
    }
    # The manual loop knows no volume: it fills in the table's bars of volume 0 as well.
    config["execution"] = config["execution"] | {"participation": {"zero_volume": "fill"}}
    return Session(TopN(N, DAY, GROSS), config=config, progress=False).run()


def test_the_rotation_equals_the_oracle(result: Result, market: tuple[Panel, Floats]) -> None:
    panel, score = market
    log = work_through(panel.prices, SETTINGS, top_n(score, N, DAY, GROSS))
    assert len(log.fills) > 500
    assert differences(result, log) == []


def test_a_bar_is_known_when_it_has_closed(result: Result, market: tuple[Panel, Floats]) -> None:
    stamps = market[0].stamps
    assert result.record.barriers == len(stamps) == BARRIERS
    closed = (stamps + timedelta(minutes=5)).cast(pl.Datetime("ns", "UTC"))
    assert (result.equity["timestamp"] == closed).all()


def test_books_close_at_every_barrier(result: Result) -> None:
    check_books(result)
