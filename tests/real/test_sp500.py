"""Five years of the S&P 500: the top-25 rotation by trailing return, less of it when the VIX is high."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.oracle.decisions import best
from tests.oracle.engine import check_books, columns, config_of, differences
from tests.oracle.manual_loop import work_through
from tests.oracle.records import Account, Floats, Request, Settings, View
from tests.real.tables import (
    SP500,
    VIX,
    Panel,
    carried,
    dense,
    long_scores,
    misdated,
    trailing_return,
    without_defects,
)

from tidegate import Context, Result, Session, Strategy, top

N, EVERY, CALM = 25, 5, 20.0
SETTINGS = Settings(
    bps=1.0, per_share=0.005, minimum=1.0, slippage_bps=2.0, stop_loss=0.05, take_profit=0.15, trailing_stop=0.07,
    max_weight=0.10, max_gross=1.0,
)  # fmt: skip
PLAIN = Settings(bps=1.0)


class CalmRotation(Strategy):
    """The 25 best by score: 95 % invested where the VIX is below 20, else 60 %."""

    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier % EVERY:
            return
        chosen = top(ctx.batch.signals["ml_score"], N)
        assert len(chosen) <= N
        gross = 0.95 if ctx.batch.context["close"] < CALM else 0.60
        ctx.target_weights(dict.fromkeys(chosen.tolist(), gross / N))


def calm_rotation(score: Floats, vix: Floats) -> Any:
    """The same for the oracle."""

    def decide(view: View) -> list[Request]:
        if view.barrier % EVERY:
            return []
        gross = 0.95 if vix[view.barrier] < CALM else 0.60
        return [("weights", dict.fromkeys(best(score[view.barrier], N), gross / N))]

    return decide


@pytest.fixture(scope="module")
def market(data_folder: Path) -> tuple[Panel, Floats, Floats]:
    """Clean bars, the 12-1 momentum score as known at each close, and the VIX's close of the day."""
    panel = dense(without_defects(pl.read_parquet(data_folder / SP500), misdated(data_folder)))
    score = trailing_return(panel.prices["close"], 252, 21)
    days = pl.DataFrame({"timestamp": panel.stamps})
    vix = days.join(pl.read_parquet(data_folder / VIX), on="timestamp", how="left")["close"].to_numpy()
    return panel, score, vix


@pytest.fixture(scope="module")
def config(data_folder: Path, market: tuple[Panel, Floats, Floats], tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("sp500")
    misdated(data_folder).write_parquet(folder / "misdated.parquet")
    long_scores(market[0], market[1]).write_parquet(folder / "scores.parquet")
    return {
        "data": {
            "prices": {
                "path": str(data_folder / SP500),
                "on_null": "drop",
                "on_inconsistent": "drop",
                "exclude": str(folder / "misdated.parquet"),
            },
            "signals": {"path": str(folder / "scores.parquet"), "columns": ["ml_score"]},
            "context": {"path": str(data_folder / VIX), "columns": ["close"]},
        },
    }


def run(config: dict[str, Any], settings: Settings) -> Result:
    return Session(CalmRotation(), config=config | config_of(settings), progress=False).run()


def by_hand(market: tuple[Panel, Floats, Floats], settings: Settings) -> Account:
    panel, score, vix = market
    return work_through(panel.prices, settings, calm_rotation(carried(score), vix))


@pytest.fixture(scope="module")
def result(config: dict[str, Any]) -> Result:
    return run(config, SETTINGS)


@pytest.mark.parametrize("settings", [PLAIN, Settings(fill="same_close", bps=1.0, trailing_stop=0.07)])
def test_a_simpler_rotation_equals_the_oracle(config: Any, market: Any, settings: Settings) -> None:
    assert differences(run(config, settings), by_hand(market, settings)) == []


def test_the_rotation_with_exits_and_limits_equals_the_oracle(result: Result, market: Any) -> None:
    log = by_hand(market, SETTINGS)
    assert len(log.fills) > 5_000
    assert differences(result, log) == []


def test_there_is_a_barrier_for_every_timestamp(result: Result, data_folder: Path) -> None:
    sessions = pl.read_parquet(data_folder / SP500, columns=["timestamp"])["timestamp"].unique().sort()
    assert result.record.barriers == len(sessions) == 1259
    assert result.equity["timestamp"].dt.date().to_list() == sessions.to_list()


def test_what_the_policies_dropped_is_counted(result: Result, data_folder: Path) -> None:
    table = pl.read_parquet(data_folder / SP500)
    dropped = {name: count for name, count in result.counts.items() if name.startswith("prices.")}
    assert sum(dropped.values()) == len(table) - len(without_defects(table, misdated(data_folder)))
    assert dropped["prices.dropped_null"] == 11


def test_books_close_at_every_barrier(result: Result) -> None:
    check_books(result)


def test_an_order_fills_at_the_first_open_after_its_decision(result: Result, market: Any) -> None:
    panel = market[0]
    decided = dict(columns(result, "orders", "order_id barrier"))
    fills = [fill for fill in columns(result, "fills", "order_id barrier asset reference tag") if fill[4] == "target"]
    assert len(fills) > 3_000
    for order_id, barrier, asset, reference, _ in fills:
        opens = panel.prices["open"][decided[order_id] + 1 :, asset]
        first = int(np.flatnonzero(~np.isnan(opens))[0])
        assert (barrier, reference) == (decided[order_id] + 1 + first, float(opens[first]))


def test_the_same_run_has_the_same_digest(result: Result, config: dict[str, Any]) -> None:
    assert run(config, SETTINGS).digest == result.digest
