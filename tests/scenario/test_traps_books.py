"""Traps that other engines have fallen into, where they concern the books; each test is named for its trap."""

import math

import polars as pl
import pytest
from tests.scenario.test_accounts_from_outside import Orders, frame
from tests.scenario.test_answers_at_the_open import FLAT
from tests.scenario.test_answers_at_the_open import run as run_bars
from tests.scenario.test_margin_accounts import Desk

import tidegate as tg
from tidegate.core.enums import Reason
from tidegate.core.errors import RequestError
from tidegate.kernels.terms import AccountTerms
from tidegate.risk.rules import StopLoss

MICRO = 10**6


class InParts(tg.Strategy):
    """Buys ten and sells them in parts."""

    def on_batch(self, ctx: tg.Context) -> None:
        ctx.order("A", {0: 10, 1: -3, 2: -5, 3: -2}.get(ctx.barrier, 1))


def test_partial_exits_that_leave_no_trade_row() -> None:
    prices = {"A": (100.0, 100.0, 110.0, 90.0, 130.0)}
    result = tg.run(InParts(), prices=frame(prices), progress=False)
    assert result.trades["quantity"].to_list() == [3.0, 5.0, 2.0]
    assert result.trades["pnl"].to_list() == [30.0, -50.0, 60.0]
    assert result.trades["pnl_micros"].sum() == result.equity["equity_micros"][-1] - 1_000_000 * MICRO


@pytest.mark.parametrize(("quantity", "paid"), [(1.0, 0.25), (8.0, 2.0), (400.0, 100.0)])
def test_per_unit_slippage_summed_as_money(quantity: float, paid: float) -> None:
    config = {"execution": {"slippage": {"fixed": 0.25}}}
    result = tg.run(Orders(A=quantity), prices=frame({"A": (100.0, 100.0)}), config=config, progress=False)
    assert result.fills["slippage"].to_list() == [paid]
    assert result.metrics["slippage"] == paid
    assert result.equity["equity"][-1] == 1_000_000 - paid


def test_cash_checks_that_forget_the_multiplier() -> None:
    desk = Desk(initial=1.0, maintenance=1.0, terms=AccountTerms(), facts={"multiplier": 50.0})
    desk.bar(10.0)
    desk.ask((0, 3.0))  # 500 each
    snapshot = desk.bar(10.0)
    assert [quantity for _, quantity, _ in desk.fills()] == [2.0]
    assert desk.canceled() == [(1.0, Reason.CASH_SHORTAGE, 1_500.0, 1_000.0)]
    assert (snapshot.cash_micros, snapshot.equity_micros) == (0, 1_000 * MICRO)


def test_a_rule_triggered_by_the_close_and_filled_at_that_bars_open() -> None:
    falls = (100.0, 100.0, 80.0, 80.0)  # opens above the stop at 90, closes below it
    bars = [{"A": FLAT}, {"A": FLAT}, {"A": falls}, {"A": FLAT}]
    result = run_bars(Orders(A=1), bars, [StopLoss(0.1)])
    assert result.fills.select("barrier", "quantity", "price").rows() == [(1, 1.0, 100.0), (2, -1.0, 90.0)]


def test_daily_pnl_that_loses_overnight_moves() -> None:
    bars = [{"A": (price, price, price, price)} for price in (100.0, 100.0, 120.0, 90.0)]  # all of it between bars
    result = run_bars(Orders(A=100), bars)
    assert result.equity["equity"].diff().to_list()[1:] == [0.0, 2_000.0, -3_000.0]


def test_equity_that_counts_a_short_as_plus() -> None:
    prices = {"A": (100.0, 100.0, 110.0, 90.0)}
    account = {"account": {"kind": "margin", "cash": 10_000}}
    result = tg.run(Orders(A=-10), prices=frame(prices), config=account, progress=False)
    assert result.equity["cash"].to_list() == [10_000, 11_000, 11_000, 11_000]
    assert result.equity["equity"].to_list() == [10_000, 10_000, 9_900, 10_100]


@pytest.mark.parametrize("name", ["limit", "stop", "trail", "trail_pct"])
def test_nan_limit_prices_that_pass_every_check(name: str) -> None:
    class Asks(tg.Strategy):
        def on_batch(self, ctx: tg.Context) -> None:
            with pytest.raises(RequestError, match="nan"):
                ctx.order("A", 1, **{name: math.nan})  # type: ignore[arg-type]  # a keyword from a table
            with pytest.raises(RequestError, match="inf"):
                ctx.order("A", 1, **{name: math.inf})  # type: ignore[arg-type]  # a keyword from a table

    assert tg.run(Asks(), prices=frame({"A": (100.0, 100.0)}), progress=False).orders.is_empty()


def test_metrics_whose_initial_cash_is_the_first_equity_point() -> None:
    bars = [{"A": (100.0, 100.0, 50.0, 50.0)}, {"A": (50.0, 50.0, 50.0, 50.0)}]
    config = {"execution": {"fill": "same_close", "commission": {"per_trade": 1_000.0}}}
    result = tg.run(Orders(A=1), prices=frame({"A": (50.0, 50.0)}), config=config, progress=False)
    assert result.equity["equity"].to_list() == [999_000, 999_000]
    assert result.metrics["initial_cash"] == 1_000_000
    assert result.metrics["total_return"] == pytest.approx(-0.001)
    assert run_bars(Orders(A=1), bars).metrics["initial_cash"] == 1_000_000


@pytest.mark.parametrize("window", [1, 2, 4])
def test_different_parameters_starting_on_different_bars(window: int) -> None:
    class Counts(tg.Strategy):
        def on_start(self, ctx: tg.Context) -> None:
            self.seen: list[tuple[int, int]] = []

        def on_batch(self, ctx: tg.Context) -> None:
            self.seen.append((ctx.barrier, len(ctx.history("close", window))))

    strategy = Counts()
    result = tg.run(strategy, prices=frame({"A": (1.0, 2.0, 3.0, 4.0)}), progress=False)
    assert strategy.seen == [(bar, min(bar + 1, window)) for bar in range(4)]
    assert result.equity.select(pl.len()).item() == 4
