"""Accounts as a user meets them: configuration in, tables out, whatever is short, lent or borrowed."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

import tidegate as tg
from tidegate.core.errors import ConfigError

START = date(2024, 1, 1)
PRICES = {"A": (100.0, 100.0, 100.0, 110.0, 120.0), "B": (50.0, 50.0, 50.0, 45.0, 40.0)}


def frame(columns: Mapping[str, tuple[float, ...]]) -> pl.DataFrame:
    """One price a day and asset."""
    rows = [
        {
            "timestamp": START + timedelta(days=day),
            "asset": name,
            **dict.fromkeys(("open", "high", "low", "close"), price),
        }
        for name, prices in columns.items()
        for day, price in enumerate(prices)
    ]
    return pl.DataFrame(rows).with_columns(volume=pl.lit(1e6)).sort("timestamp", "asset")


class Orders(tg.Strategy):
    """Sends these orders at barrier 0."""

    def __init__(self, **orders: float) -> None:
        self.orders = orders

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier == 0:
            for name, quantity in self.orders.items():
                ctx.order(name, quantity)


def run(strategy: tg.Strategy, account: dict[str, Any], **tables: Any) -> tg.Result:
    return tg.run(
        strategy, prices=frame(PRICES), config={"account": {"cash": 10_000, **account}}, progress=False, **tables
    )


def explained(result: tg.Result) -> bool:
    """Whether every row of equity is what deposit, trades, open positions and carry make of it."""
    cash, equity = result.equity["cash_micros"], result.equity
    parts = equity["realized_micros"] + equity["unrealized_micros"] + equity["carry_micros"]
    whole = (equity["equity_micros"] - parts == 10_000 * 10**6).all()
    posted = result.postings.group_by("barrier", maintain_order=True).agg(pl.col("amount_micros").sum())
    return bool(whole) and posted["amount_micros"].sum() == cash[-1]


def test_a_long_and_a_short_that_both_gain() -> None:
    result = run(Orders(A=50, B=-60), {"kind": "margin"})
    assert result.equity["equity"].to_list() == [10_000, 10_000, 10_000, 10_800, 11_600]
    assert explained(result)
    assert result.metrics["exposure_max"] == 0.8


def test_the_night_is_told_by_kind() -> None:
    account = {"kind": "margin", "interest": {"credit": 0.365, "debit": 0.73}, "borrow": {"rate": 0.365}}
    result = run(Orders(A=150, B=-60), account)
    assert explained(result)
    sums = dict(result.postings.group_by("kind").agg(pl.col("amount").sum()).rows())
    # Two nights with 5,000 lent and 3,000 locked cost 16; then half as much a night again for what has fallen
    assert sums["borrow"] == pytest.approx(-(3.0 + 3.0 + 2.7))
    assert result.metrics["borrow"] == pytest.approx(sums["borrow"])
    assert result.metrics["carry"] == pytest.approx(sums["borrow"] + sums["financing"] + sums.get("interest", 0.0))


def test_a_margin_call_is_counted_and_told() -> None:
    prices = {"A": (100.0, 100.0, 60.0, 60.0, 60.0)}
    result = tg.run(
        Orders(A=200), prices=frame(prices), config={"account": {"cash": 10_000, "kind": "margin"}}, progress=False
    )
    assert result.counts["account.margin_calls"] == 1
    (call,) = result.risk.filter(pl.col("kind") == "margin_call").to_dicts()
    assert (call["measured"], call["limit"]) == (2_000.0, 3_000.0)
    assert result.orders.filter(pl.col("tag") == "margin call")["filled"].to_list() == [-67.0]


def test_what_is_named_but_not_there_is_told_with_what_is() -> None:
    account = {"kind": "margin", "rates": {"EUR": "eurusd"}, "borrow": {"rate_feature": "lend"}}
    with pytest.raises(ConfigError) as refused:
        run(Orders(A=1), account)
    assert list(refused.value.problems) == [
        "account.rates.EUR: no context 'eurusd'; there are []",
        "account.borrow.rate_feature: no feature 'lend'; there are []",
    ]


def test_features_that_are_not_there_are_told_together_whoever_needs_them() -> None:
    config = {
        "account": {"kind": "margin", "borrow": {"available_feature": "lend"}},
        "execution": {"slippage": {"half_spread": {"bid": "bid", "ask": "ask"}}},
    }
    with pytest.raises(ConfigError) as refused:
        tg.run(Orders(A=1), prices=frame(PRICES), config=config, progress=False)
    assert [problem.partition(":")[0] for problem in refused.value.problems] == [
        "account.borrow.available_feature",
        "execution.slippage.half_spread.bid",
        "execution.slippage.half_spread.ask",
    ]


def test_a_cash_account_still_sells_nothing_it_has_not_got() -> None:
    result = run(Orders(A=-1), {})
    assert result.counts["orders.rejected"] == 1
    assert result.fills.is_empty()
