"""A year of raw prices with a 7:1 split and dividends: buy-and-hold, dividends reinvested, against adjusted closes.

The adjusted closes say what a share would have earned had each dividend been reinvested before the ex date's open at
the price that the dividend takes off the last close: d / (p - d) new shares for each, with p the close before. A run
reinvests at a price that there was: here at the close of the ex date, c, which gives d / c. The two differ by what the
price moved from p - d to c, on the part of the account that the dividend is; and the table's adjusted closes are
rounded, so that their own steps differ from d / (p - d) by up to 0.02 %. The first difference is computed from prices
here and taken into account, which leaves 2e-4 for each event; the run itself is held to the product of its own prices,
splits and dividends within 1e-9, which is what rounding each flow of a million to the micro-unit can do.
"""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.oracle.engine import check_books

from tidegate import Context, Result, Session, Strategy

RAW, ACTIONS = "us_daily_raw_2014_quandl.parquet", "corporate_actions_2014_quandl.parquet"
CASH = 1_000_000.0
EVENTS = {"AAPL": 5, "MSFT": 4, "BRK.A": 0}


class Reinvest(Strategy):
    """Puts all cash into one asset at the close at which there is some."""

    def __init__(self, asset: str) -> None:
        self.asset = asset

    def on_batch(self, ctx: Context) -> None:
        if ctx.cash > 0.01:
            ctx.order(self.asset, ctx.cash / ctx.price(self.asset))


def run(asset: str, prices: pl.DataFrame, actions: Path | None) -> Result:
    config = {
        "account": {"cash": CASH, "fractional": True}, "execution": {"fill": "same_close"},
        "universe": {"assets": [asset]}, "record": {"positions": "every"},
    }  # fmt: skip
    result = Session(Reinvest(asset), prices=prices, actions=actions, config=config, progress=False).run()
    check_books(result)
    return result


@pytest.fixture(scope="module", params=sorted(EVENTS))
def asset(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def bars(data_folder: Path) -> pl.DataFrame:
    return pl.read_parquet(data_folder / RAW)


@pytest.fixture(scope="module")
def held(asset: str, bars: pl.DataFrame, data_folder: Path) -> Result:
    return run(asset, bars, data_folder / ACTIONS)


def worked_out(asset: str, bars: pl.DataFrame, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Growth of the account at each close, and how much of it is that dividends met the ex date's close, by hand."""
    mine = bars.filter(pl.col("asset") == asset).sort("timestamp")
    actions = pl.read_parquet(folder / ACTIONS).filter(pl.col("asset") == asset)
    by_date: dict[date, list[tuple[str, float]]] = {}
    for ex_date, kind, value in actions.select("ex_date", "kind", "value").iter_rows():
        by_date.setdefault(ex_date, []).append((kind, value))
    shares, last, first, moved = 1.0, 0.0, 0.0, 1.0
    growth, drift = [], []
    for day, close in mine.select("timestamp", "close").iter_rows():
        first = first or close
        for kind, value in by_date.get(day, []):
            if kind == "split":
                shares *= value
            else:
                shares *= 1.0 + value / close
                moved *= (1.0 + value / close) * (1.0 - value / last)
        growth.append(shares * close / first)
        drift.append(moved)
        last = close
    return np.array(growth), np.array(drift)


def test_the_run_earns_what_its_prices_splits_and_dividends_make(
    asset: str, held: Result, bars: pl.DataFrame, data_folder: Path
) -> None:
    growth, _ = worked_out(asset, bars, data_folder)
    assert (np.abs(held.equity["equity"].to_numpy() / CASH / growth - 1.0) < 1e-9).all()
    assert held.record.rows("actions") == EVENTS[asset]


def test_it_matches_the_total_return_that_adjusted_closes_imply(
    asset: str, held: Result, bars: pl.DataFrame, data_folder: Path
) -> None:
    adjusted = bars.filter(pl.col("asset") == asset).sort("timestamp")["adj_close"].to_numpy()
    _, drift = worked_out(asset, bars, data_folder)
    implied = adjusted / adjusted[0] * drift
    told = held.equity["equity"].to_numpy() / CASH
    assert (np.abs(told / implied - 1.0) < 2e-4 * max(EVENTS[asset], 1e-6)).all()
    assert np.abs(drift - 1.0).max() < 1e-3, "what is taken into account is small itself"


def test_the_same_run_on_adjusted_prices_agrees(
    asset: str, held: Result, bars: pl.DataFrame, data_folder: Path
) -> None:
    factor = pl.col("adj_close") / pl.col("close")
    adjusted = bars.with_columns(pl.col("open", "high", "low") * factor, close=pl.col("adj_close"))
    names = ("open", "high", "low", "close")
    whole = adjusted.with_columns(high=pl.max_horizontal(names), low=pl.min_horizontal(names))
    other = run(asset, whole, None)
    _, drift = worked_out(asset, bars, data_folder)
    ratio = held.equity["equity"].to_numpy() / (other.equity["equity"].to_numpy() * drift)
    assert (np.abs(ratio - 1.0) < 2e-4 * max(EVENTS[asset], 1e-4)).all()
    assert len(other.fills) == 1


def test_dividends_and_trades_explain_the_equity(asset: str, held: Result, data_folder: Path) -> None:
    postings = held.postings.group_by("kind").agg(pl.col("amount_micros").sum())
    paid = dict(postings.iter_rows())
    assert held.equity["carry_micros"][-1] == paid.get("dividend", 0)
    last = held.equity.row(-1, named=True)
    gained = last["realized_micros"] + last["unrealized_micros"] + last["carry_micros"]
    assert last["equity_micros"] == 1_000_000_000_000 + gained


def test_prices_before_the_split_are_looked_back_on_in_new_shares(bars: pl.DataFrame, data_folder: Path) -> None:
    class Look(Strategy):
        def __init__(self) -> None:
            self.moves: list[float] = []

        def on_batch(self, ctx: Context) -> None:
            close = ctx.history("close", 2)[:, 0]
            self.moves.append(float(abs(close[-1] / close[0] - 1.0)))

    strategy = Look()
    config = {"universe": {"assets": ["AAPL"]}}
    Session(strategy, prices=bars, actions=data_folder / ACTIONS, config=config, progress=False).run()
    assert max(strategy.moves) < 0.09, "no jump of a split among the daily moves"
