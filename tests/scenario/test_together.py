"""Whole runs in which several features meet: results that can be worked out by hand."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

import tidegate as tg

START = date(2024, 1, 1)
Hook = Callable[[tg.Context], Any]
Bar = float | tuple[float, float, float, float] | None


class Script(tg.Strategy):
    """Calls a function with the context of each barrier that has one."""

    def __init__(self, hooks: dict[int, Hook]) -> None:
        self.hooks = hooks

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier in self.hooks:
            self.hooks[ctx.barrier](ctx)


def frame(bars: dict[str, Sequence[Bar]]) -> pl.DataFrame:
    """Bars a day and asset: open, high, low and close, or one price for all of them; None for no bar."""
    rows = [
        {"timestamp": START + timedelta(days=day), "asset": name, "volume": 1e6}
        | dict(zip(("open", "high", "low", "close"), bar if isinstance(bar, tuple) else (bar,) * 4, strict=True))
        for name, row in bars.items()
        for day, bar in enumerate(row)
        if bar is not None
    ]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(("open", "high", "low", "close"), pl.Float64)).sort(
        "timestamp", "asset"
    )


def run(bars: dict[str, Sequence[Bar]], hooks: dict[int, Hook], config: dict[str, Any], **tables: Any) -> tg.Result:
    return tg.run(Script(hooks), prices=frame(bars), config=config, progress=False, **tables)


def rates(**columns: Sequence[float | None]) -> pl.DataFrame:
    """Rates a day; days without any are left out."""
    days = [START + timedelta(days=day) for day in range(len(next(iter(columns.values()))))]
    return pl.DataFrame({"timestamp": days, **columns}).drop_nulls()


EUROS = pl.DataFrame({"asset": ["A"], "currency": ["EUR"]})


@pytest.mark.parametrize("limit", [{"max_gross": {"pct": 1.0}}, {"max_weight": {"pct": 0.3}}, None])
@pytest.mark.parametrize("sizing", ["decision", "fill"])
def test_what_has_no_rate_yet_is_denied_like_what_has_no_price_yet(limit: dict[str, Any] | None, sizing: str) -> None:
    def twice(ctx: tg.Context) -> None:
        ctx.target_weights({"A": 0.25, "B": 0.25})
        ctx.order_target_value("A", 1_000.0)
        assert ctx.pending.tolist() == [0.0, 50.0]

    config = {
        "account": {"cash": 10_000, "rates": {"EUR": "eur"}},
        "risk": {"limits": [limit] if limit else []},
        "execution": {"sizing": sizing},
    }
    told = run({"A": [100.0] * 5, "B": [50.0] * 5}, {0: twice, 2: lambda ctx: ctx.order_target_percent("A", 0.24)},
               config, context=rates(eur=[None, None, 1.2, 1.2, 1.2]), reference=EUROS)  # fmt: skip
    denied = told.orders.filter(pl.col("status") == "denied")
    assert denied["reason"].to_list() == ["no_price"] * 2
    assert denied["text"].to_list() == ["its currency has no rate yet"] * 2
    assert told.fills["quantity"].to_list() == [50.0, 20.0]


def test_a_limit_cannot_value_an_order_whose_currency_has_no_rate_yet() -> None:
    config = {
        "account": {"cash": 10_000, "rates": {"EUR": "eur"}},
        "risk": {"limits": [{"max_gross": {"pct": 1.0}}, {"max_weight": {"pct": 0.5}}]},
    }
    told = run({"A": [100.0] * 4}, {0: lambda ctx: ctx.order("A", 5)}, config,
               context=rates(eur=[None, 1.2, 1.2, 1.2]), reference=EUROS)  # fmt: skip
    assert told.orders.select("status", "reason", "text").rows() == [
        ("denied", "no_price", "a limit cannot value it yet")
    ]


@pytest.mark.parametrize("sizing", ["decision", "fill"])
def test_a_ruined_account_is_not_told_to_take_the_other_side(sizing: str) -> None:
    """300 units at 100 on 10 000 fall to 60: equity is -2 000, of which half is not a short."""
    config = {"account": {"cash": 10_000, "kind": "margin", "margin": {"initial": 0.25, "maintenance": 0.2}}}
    told = run({"A": [100.0, 100.0, 60.0, 60.0, 60.0], "B": [50.0] * 5},
               {0: lambda ctx: ctx.order("A", 300), 2: lambda ctx: ctx.target_weights({"A": 0.5, "B": -0.5})},
               config | {"execution": {"sizing": sizing}})  # fmt: skip
    assert told.orders.filter(pl.col("barrier") == 2).select("tag", "requested", "status").rows() == [
        ("margin call", -300.0, "filled")
    ]
    assert told.equity["equity"].to_list()[-1] == -2_000.0


def test_a_short_that_a_gap_has_ruined_is_covered_and_no_more() -> None:
    """150 short at 100 on 10 000 open at 300: to cover some of it covers all, and buys none."""
    config = {"account": {"cash": 10_000, "kind": "margin"}, "execution": {"sizing": "fill"}}
    told = run({"A": [100.0, 100.0, 300.0, 300.0]},
               {0: lambda ctx: ctx.target_weights({"A": -1.5}), 1: lambda ctx: ctx.target_weights({"A": -1.4})},
               config)  # fmt: skip
    assert told.orders["sized"].to_list() == [-150.0, 150.0]
    assert told.fills["quantity"].to_list() == [-150.0, 150.0]
    assert told.orders["reason"].to_list() == ["none", "none"]


@pytest.mark.parametrize("kind", ["cash", "margin"])
def test_machine_code_sizes_targets_at_the_fill_as_the_source_does(kind: str) -> None:
    bars: dict[str, Sequence[Bar]] = {
        "A": [100.0, 100.0, (120.0, 121.0, 90.0, 95.0), None, 90.0, 90.0], "B": [50.0, 50.0, 40.0, 45.0, 45.0, 44.0],
    }  # fmt: skip
    short = -1.0 if kind == "margin" else 1.0

    def targets(ctx: tg.Context) -> None:
        ctx.target_weights({"A": 0.5, "B": 0.4 * short if ctx.barrier % 2 else 0.2})

    config = {
        "account": {"cash": 10_000, "kind": kind, "rates": {"EUR": "eur"}},
        "risk": {"rules": [{"stop_loss": {"pct": 0.05}}], "limits": [{"max_weight": {"pct": 0.45}}]},
        "execution": {"sizing": "fill", "min_trade": {"value": 100}, "cash_buffer": {"targets": 0.01, "floor": 0.02}},
    }
    forms = [
        run(bars, dict.fromkeys(range(5), targets), config | {"run": {"kernels": form}},
            context=rates(eur=[1.1, 1.2, 1.2, 1.3, 1.1, 1.2]), reference=EUROS)
        for form in ("interpreted", "compiled")
    ]  # fmt: skip
    assert forms[0].digest == forms[1].digest
    assert forms[0].orders["sized"].is_not_null().sum() > 4


def test_a_rate_is_no_gain_of_a_future_for_nothing_was_paid_for_it() -> None:
    """3 contracts of 10, bought at 100 and turned round at 104: what the price moves is converted at the day's rate."""
    future = {"asset": ["A"], "multiplier": [10.0], "future": [True], "initial": [0.1], "maintenance": [0.05]}
    told = run(
        {"A": [100.0, 100.0, 100.0, 102.0, 104.0, 104.0, 103.0]},
        {0: lambda ctx: ctx.order("A", 3), 3: lambda ctx: ctx.order("A", -5), 4: lambda ctx: ctx.order("A", 2)},
        {"account": {"cash": 10_000, "kind": "margin", "rates": {"EUR": "eur"}}},
        context=rates(eur=[1.0, 1.1, 1.2, 1.5, 2.0, 1.0, 1.0]), reference=pl.DataFrame(future | {"currency": ["EUR"]}),
    )  # fmt: skip
    # 60 euros at 1.5; 60 more at 1.5, for a bar fills at the rate of the bar before; and 2 short earn nothing at 104
    assert told.equity["equity"].to_list() == [10_000, 10_000, 10_000, 10_090, 10_180, 10_180, 10_180]
    assert told.postings.filter(pl.col("kind") == "variation")["amount"].to_list() == [90.0, 90.0]
    assert told.trades["pnl"].to_list() == [180.0, 0.0]
    assert told.trades.select("entry_price", "exit_price").rows() == [(100.0, 104.0), (104.0, 104.0)]


def test_profits_of_trades_and_holdings_carry_and_dividends_to_come_are_the_net_profit() -> None:
    """Every part of it is something here, and they add up to the micro-unit."""
    bars: dict[str, Sequence[Bar]] = {
        "A": [100.0, 100.0, 103.0, 101.0, 99.0, 104.0],
        "B": [50.0, 51.0, 52.0, 49.0, 48.0, 47.0],
    }
    later = START + timedelta(days=30)
    dividend = {"asset": "B", "ex_date": START + timedelta(days=4), "kind": "dividend", "value": 0.5, "pay_date": later}
    targets: dict[int, Hook] = {
        0: lambda ctx: ctx.target_weights({"A": 1.2, "B": -0.7}),
        2: lambda ctx: ctx.target_weights({"A": 0.3, "B": -0.9}),
    }
    config = {
        "account": {"cash": 10_000, "kind": "margin", "interest": {"debit": 0.07}, "borrow": {"rate": 0.03}},
        "execution": {"commission": {"bps": 5, "minimum": 1}, "slippage": {"bps": 2}, "sizing": "fill"},
    }
    told = run(bars, targets, config, actions=pl.DataFrame([dividend]))
    parts = [
        round(float(told.metrics[name] or 0) * 1e6) for name in ("trade_profit", "open_profit", "carry", "receivable")
    ]
    assert all(parts)
    assert sum(parts) == round(float(told.metrics["net_profit"] or 0) * 1e6)
    assert told.metrics["trade_profit"] == pytest.approx(told.trades["pnl"].sum())
    assert "borrowed shares -" in told.summary()
