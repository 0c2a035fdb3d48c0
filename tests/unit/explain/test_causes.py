"""Chains of causes agree with the tables of results, for every fill and order."""

import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.unit.explain.conftest import Runs
from tests.unit.explain.recorded_runs import CONFIG, data, run

import tidegate as tg
from tidegate.core.errors import UserError
from tidegate.core.ids import ORDERS_PER_SENDER
from tidegate.explain.causes import parse_order, why_fill, why_order
from tidegate.explain.chain import Chain
from tidegate.explain.opening import Recorded


def said(chain: Chain, what: str) -> dict[str, Any]:
    (link,) = [link for link in chain.links if link.what == what]
    return link.values


def words(chain: Chain) -> list[str]:
    return [link.what for link in chain.links]


def test_fills_are_explained_as_the_tables_have_it(runs: Runs, recorded: Recorded) -> None:
    prices = pl.read_parquet(runs.folder / "prices.parquet")
    scores = pl.read_parquet(runs.folder / "scores.parquet")
    times = runs.a.equity["timestamp"].to_list()
    assert runs.a.fills.height > 20
    for fill in runs.a.fills.gather_every(4).iter_rows(named=True):
        chain = why_fill(recorded, fill["fill_id"])
        told = said(chain, "fill")
        assert (told["quantity"], told["price"]) == (fill["quantity"], fill["price"])
        assert math.isclose(told["commission"], fill["commission"], abs_tol=1e-9)
        assert math.isclose(told["slippage"], fill["slippage"], abs_tol=1e-9)
        of_asset = pl.col("asset") == fill["asset"]
        bar = prices.filter(of_asset, pl.col("timestamp") == fill["timestamp"].date()).row(0, named=True)
        assert said(chain, "bar") == {name: bar[name] for name in ("open", "high", "low", "close", "volume")}
        if fill["tag"] == "target":
            decided = next(link.barrier for link in chain.links if link.what == "decision")
            day = times[decided].date()
            score = scores.filter(of_asset, pl.col("timestamp") == day).item(0, "ml_score")
            assert said(chain, "signals seen") == {"ml_score": score}
            close = prices.filter(of_asset, pl.col("timestamp") == day).item(0, "close")
            assert said(chain, "account seen")["mark"] == close


def test_a_fill_at_the_market_is_followed_to_the_decision_before_it(runs: Runs, recorded: Recorded) -> None:
    chain = why_fill(recorded, 0)
    assert words(chain) == [
        "fill", "bar", "accepted", "approved", "trimmed", "asked", "decision", "account seen", "bar seen",
        "signals seen",
    ]  # fmt: skip
    numbers = [link.record for link in chain.links if link.what not in ("bar", "signals seen")]
    assert numbers == sorted(numbers, reverse=True)
    assert said(chain, "decision") == {"actor": "topn", "handling": "PhaseOpened"}
    (trimmed,) = [link for link in chain.links if link.what == "trimmed"]
    assert "max_weight: measured 0.4" in trimmed.lines[0]
    assert said(chain, "fill")["spread"] > 0


@pytest.mark.parametrize("rule", ["stop_loss", "take_profit"])
def test_an_exit_is_followed_to_its_level_and_its_position(runs: Runs, recorded: Recorded, rule: str) -> None:
    exits = runs.a.fills.filter(pl.col("tag") == rule)
    assert exits.height > 0
    pct = {"stop_loss": -0.05, "take_profit": 0.04}[rule]
    name = {"stop_loss": "stop", "take_profit": "take"}[rule]
    for number in exits["fill_id"][:3]:
        chain = why_fill(recorded, number)
        assert words(chain) == ["fill", "trade", "bar", "accepted", "level", "position"]
        level, trade = said(chain, "level"), said(chain, "trade")
        assert level[f"{name}_rule"] == rule
        assert math.isclose(level[name], trade["entry_price"] * (1 + pct))
        assert (runs.a.fills.filter(pl.col("fill_id").is_in(said(chain, "position")["fills"]))["quantity"] > 0).all()
        assert f"{name} at" in "".join(line for link in chain.links for line in link.lines if "which was hit" in line)


def test_orders_are_explained_and_their_fills_are_those_of_the_tables(runs: Runs, recorded: Recorded) -> None:
    for order in runs.a.orders.gather_every(5).iter_rows(named=True):
        chain = why_order(recorded, parse_order(str(order["order_id"])))
        fills = runs.a.fills.filter(pl.col("order_id") == order["order_id"])["fill_id"].to_list()
        assert chain.about["fills"] == fills
        assert chain.links


class ClosesOnFriday(tg.RiskRule):
    """Wants one asset closed at one barrier, and halts nothing."""

    name = "friday"

    def check_exits(self, ctx: Any) -> tg.RiskDecision | None:
        return tg.RiskDecision(exits={"AAA": "weekend"}) if ctx.barrier == 5 else None


class Hopeful(tg.Strategy):
    """Buys one asset, and once asks for more of it than anybody pays."""

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier == 0:
            ctx.order("AAA", 100)
        if ctx.barrier == 2:
            ctx.order("AAA", -100, limit=1e6, tif="day")


def test_an_order_that_expires_and_one_of_a_rule_are_explained(tmp_path: Path) -> None:
    config = CONFIG | {"data": data(tmp_path), "risk": {}, "journal": {"mode": "batch"}}
    session = tg.Session(Hopeful(), config=config, risk=[ClosesOnFriday()], out=tmp_path / "run", progress=False)
    result = session.run()
    assert set(result.orders["status"]) == {"filled", "expired"}
    with Recorded(tmp_path / "run", market=True) as opened:
        expired = why_order(opened, parse_order("2-1"))
        assert words(expired)[:4] == ["expired", "accepted", "approved", "asked"]
        assert "limit 1,000,000 day" in expired.title
        by_rule = why_fill(opened, 1)
        assert words(by_rule)[-5:] == ["approved", "decision", "account seen", "bar seen", "signals seen"]
        assert "rule friday of risk, handling PhaseOpened (GUARD opens)" in by_rule.links[-4].lines[0]


def test_where_data_is_gone_the_chain_says_so_and_the_rest_stands(tmp_path: Path) -> None:
    run(tmp_path, "run")
    (tmp_path / "prices.parquet").rename(tmp_path / "elsewhere.parquet")
    with Recorded(tmp_path / "run", market=True) as opened:
        chain = why_fill(opened, 0)
        assert "signals seen" not in words(chain)
        assert "not at hand: prices" in chain.links[1].lines[0]
        assert math.isnan(said(chain, "account seen")["mark"])
    overrides = [f"data.prices.path={tmp_path / 'elsewhere.parquet'}"]
    with Recorded(tmp_path / "run", overrides, market=True) as opened:
        assert "not at hand" not in str(why_fill(opened, 0))
    pl.read_parquet(tmp_path / "elsewhere.parquet").with_columns(pl.col("volume") * 2).write_parquet(
        tmp_path / "prices.parquet"
    )
    with Recorded(tmp_path / "run", market=True) as opened:
        assert "the data is not that of the run" in why_fill(opened, 0).links[1].lines[0]


@pytest.mark.parametrize(
    ("text", "order"),
    [("2-17", 2 * ORDERS_PER_SENDER + 17), ("17", 17), ("0-0", 0)],
)
def test_orders_are_named_as_people_name_them(text: str, order: int) -> None:
    assert parse_order(text) == order


@pytest.mark.parametrize("text", ["", "-", "a-1", "2-", "-2", "1-2-3", "9" * 30, "1.5"])
def test_what_names_no_order_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="want sender and number"):
        parse_order(text)


def test_ids_that_are_not_there_are_refused_with_those_that_are(runs: Runs, recorded: Recorded) -> None:
    with pytest.raises(UserError, match=f"has fills 0 to {runs.a.fills.height - 1}$"):
        why_fill(recorded, 10_000)
    with pytest.raises(UserError, match=r"--order 7-3: .* has 0-0 to 0-\d+, 2-0 to 2-\d+$"):
        why_order(recorded, parse_order("7-3"))
