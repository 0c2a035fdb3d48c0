"""Whole runs of assets that are no plain shares: what a unit is worth is right everywhere it is used."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

import tidegate as tg
from tidegate.core.errors import DataError
from tidegate.data.panel import ArraySource
from tidegate.strategy import Instrument, Position

DAY = date(2024, 1, 1)
Hook = Callable[[tg.Context], None]


class Once(tg.Strategy):
    """Calls a function with the context of each of the first barriers."""

    def __init__(self, *hooks: Hook) -> None:
        self.hooks = hooks

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier < len(self.hooks):
            self.hooks[ctx.barrier](ctx)


def prices(**closes: list[float]) -> pl.DataFrame:
    rows = [
        {"timestamp": DAY + timedelta(days=day), "asset": name, "volume": 1e6}
        | dict.fromkeys(("open", "high", "low", "close"), values[day])
        for day in range(len(next(iter(closes.values()))))
        for name, values in closes.items()
    ]  # fmt: skip
    return pl.DataFrame(rows)


def run(
    *hooks: Hook, universe: Any = None, reference: Any = None, account: Any = None, risk: Any = None, **closes: Any
) -> tg.Result:
    config = {"universe": universe or {}, "account": {"cash": 10_000.0} | (account or {}), "risk": risk or {}}
    return tg.run(Once(*hooks), prices=prices(**closes), reference=reference, config=config)


def nothing(ctx: tg.Context) -> None:
    """Looks on."""


def half(ctx: tg.Context) -> None:
    ctx.target_weights({"A": 0.5})


CONTRACT = {"defaults": {"multiplier": 50.0}}


def test_a_contract_is_sized_filled_marked_and_closed_at_its_multiplier() -> None:
    seen: list[Position] = []

    def look(ctx: tg.Context) -> None:
        seen.append(ctx.position("A"))
        ctx.close("A")

    result = run(half, look, universe=CONTRACT, A=[10.0, 10.0, 12.0])
    assert result.fills["quantity"].to_list() == [10.0, -10.0]  # 5000 / (10 x 50)
    assert result.fills["cash"].to_list() == [-5000.0, 6000.0]
    assert result.equity["equity"].to_list() == [10_000.0, 10_000.0, 11_000.0]
    assert result.positions["value"].to_list() == [5000.0]
    assert (seen[0].value, seen[0].average_price, seen[0].unrealized) == (5000.0, 10.0, 0.0)
    (trade,) = result.trades.to_dicts()
    assert (trade["entry_price"], trade["exit_price"], trade["pnl"]) == (10.0, 12.0, 1000.0)


def test_a_run_on_a_multiplier_is_one_on_prices_that_many_times_higher() -> None:
    closes = [10.0, 11.0, 9.5, 10.25, 12.0]
    hooks = (half, nothing, half, lambda ctx: ctx.target_weights({"A": 0.9}))
    contract = run(*hooks, universe=CONTRACT, A=closes)
    scaled = run(*hooks, A=[50.0 * at for at in closes])
    for column in ("cash_micros", "equity_micros", "gross_micros", "realized_micros", "unrealized_micros"):
        assert contract.equity[column].to_list() == scaled.equity[column].to_list(), column
    assert contract.fills["quantity"].to_list() == scaled.fills["quantity"].to_list()
    assert contract.positions["value_micros"].to_list() == scaled.positions["value_micros"].to_list()
    assert contract.trades["pnl_micros"].to_list() == scaled.trades["pnl_micros"].to_list()


@pytest.mark.parametrize("limit", ["max_weight", "max_gross"])
def test_limits_see_what_a_contract_is_worth(limit: str) -> None:
    risk = {"limits": [{limit: {"pct": 0.25}}]}
    result = run(half, universe=CONTRACT, risk=risk, A=[10.0, 10.0])
    assert result.fills["quantity"].to_list() == [5.0]  # 2500 / 500


def test_targets_and_what_scarce_cash_leaves_go_in_lots() -> None:
    reference = pl.DataFrame({"asset": ["A", "B"], "lot": [100.0, 30.0]})
    both = lambda ctx: ctx.target_weights({"A": 0.5, "B": 0.5})  # noqa: E731
    result = run(both, reference=reference, A=[10.0, 10.0], B=[10.0, 10.0])
    assert dict(zip(result.fills["asset"], result.fills["quantity"], strict=True)) == {"A": 500.0, "B": 480.0}
    dearer = run(both, reference=reference, A=[10.0, 12.0], B=[10.0, 12.0])
    left = dict(zip(dearer.fills["asset"], dearer.fills["quantity"], strict=True))
    assert left == {"A": 400.0, "B": 420.0}
    assert dearer.counts["orders.canceled"] == 2


def test_a_strategy_sees_what_an_asset_is() -> None:
    seen: list[Instrument] = []
    reference = pl.DataFrame({"asset": ["A"], "lot": [10.0], "asset_class": ["stock"]})
    run(
        lambda ctx: seen.append(ctx.instrument("A")),
        reference=reference,
        universe={"defaults": {"tick": 0.05}},
        A=[1.0],
    )
    assert (seen[0].lot, seen[0].tick, seen[0].asset_class, seen[0].currency) == (10.0, 0.05, "stock", "USD")


def test_a_source_given_in_python_is_spoken_of_by_the_settings_too() -> None:
    bars = np.full((2, 5, 1), 10.0)
    source = ArraySource(["A"], [1, 2], bars)
    for universe, reference in ((CONTRACT, None), ({}, pl.DataFrame({"asset": ["A"], "multiplier": [50.0]}))):
        config = {"universe": universe, "account": {"cash": 10_000.0}}
        result = tg.Session(Once(half), source=source, reference=reference, config=config).run()
        assert result.fills["quantity"].to_list() == [10.0]


def test_two_assets_permuted_give_the_same_run() -> None:
    reference = pl.DataFrame({"asset": ["B", "A"], "lot": [30.0, 100.0], "multiplier": [2.0, 1.0]})
    both = lambda ctx: ctx.target_weights({"A": 0.7, "B": 0.7})  # noqa: E731
    one = run(both, reference=reference, A=[10.0, 11.0], B=[10.0, 12.0])
    other = run(both, reference=reference[::-1], B=[10.0, 12.0], A=[10.0, 11.0])
    assert one.equity.equals(other.equity)
    assert one.fills.equals(other.fills)


@pytest.mark.parametrize(
    ("universe", "told"),
    [
        ({"defaults": {"future": True}},     "A is a future, which a cash account cannot hold"),
        ({"defaults": {"currency": "EUR"}},  "A has prices in EUR, and the account is in USD"),
        ({"defaults": {"lot": 0.5}},         "lot 0.5 of A is no whole number of units; set account.fractional"),
    ],
)  # fmt: skip
def test_what_the_account_cannot_hold_is_told_before_the_first_barrier(universe: Any, told: str) -> None:
    with pytest.raises(DataError, match=told):
        run(half, universe=universe, A=[1.0])
