"""Traps that other engines have fallen into, where they concern the books; each test is named for its trap."""

import math
from collections.abc import Callable

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
from tidegate.risk.context import RiskContext
from tidegate.risk.rules import MaxGross, MaxWeight, RiskDecision, RiskRule, StopLoss, TakeProfit, TrailingStop

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


def test_cash_checks_that_forget_the_multiplier_of_what_is_held_on_margin() -> None:
    desk = Desk(initial=0.5, maintenance=0.25, facts={"multiplier": 50.0})
    desk.bar(10.0)
    desk.ask((0, 2.0))  # 500 each, of which 250 must be there
    desk.bar(10.0)
    desk.ask((0, 3.0))
    snapshot = desk.bar(10.0)
    assert [quantity for _, quantity, _ in desk.fills()] == [2.0]
    assert desk.canceled() == [(1.0, Reason.MARGIN_SHORTAGE, 750.0, 500.0)]
    assert (snapshot.initial_micros, snapshot.free_micros) == (1_000 * MICRO, 0)


@pytest.mark.parametrize("rules", [None, [StopLoss(0.1)]])
def test_cash_checks_that_forget_the_multiplier_of_what_a_sale_brings(rules: list[RiskRule] | None) -> None:
    """It pays its commission of 10 out of 50 x 1, whoever sells."""
    config = {
        "account": {"cash": 60}, "universe": {"defaults": {"multiplier": 50}},
        "execution": {"commission": {"per_trade": 10.0}},
    }  # fmt: skip
    result = tg.run(InTurn(1, -1) if rules is None else Orders(A=1), prices=frame({"A": (1.0, 1.0, 0.9, 0.9)}),
                    config=config, risk=rules, progress=False)  # fmt: skip
    assert result.fills.select("quantity", "price").rows() == [(1.0, 1.0), (-1.0, 0.9)]
    assert result.equity["cash"].to_list()[1:3] == [0.0, 35.0]


class InTurn(tg.Strategy):
    """One order a barrier."""

    def __init__(self, *quantities: float) -> None:
        self.quantities = quantities

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier < len(self.quantities):
            ctx.order("A", self.quantities[ctx.barrier])


def test_targets_and_limits_that_forget_the_multiplier() -> None:
    class Target(tg.Strategy):
        def on_batch(self, ctx: tg.Context) -> None:
            if ctx.barrier == 0:
                assert ctx.buying_power == 10_000
                ctx.order_target_percent("A", 1.0)

    config = {"account": {"cash": 10_000}, "universe": {"defaults": {"multiplier": 50}}}
    for rules, units in ((None, 20.0), ([MaxWeight(0.5)], 10.0), ([MaxGross(0.25)], 5.0)):
        result = tg.run(Target(), prices=frame({"A": (10.0, 10.0)}), config=config, risk=rules, progress=False)
        assert result.fills["quantity"].to_list() == [units]


@pytest.mark.parametrize(
    # the bar opens short of the level, and closes beyond it
    ("quantity", "rule", "bar", "price"),
    [
        (1,  StopLoss(0.1),     (100.0, 100.0, 80.0, 80.0),   90.0),
        (1,  StopLoss(0.1),     (95.0, 95.0, 80.0, 80.0),     90.0),
        (1,  TakeProfit(0.1),   (100.0, 120.0, 100.0, 120.0), 110.0),
        (1,  TrailingStop(0.1), (95.0, 95.0, 80.0, 80.0),     90.0),
        (-1, StopLoss(0.1),     (100.0, 120.0, 100.0, 120.0), 110.0),
        (-1, TakeProfit(0.1),   (100.0, 100.0, 80.0, 80.0),   90.0),
    ],
)  # fmt: skip
def test_a_rule_triggered_by_the_close_and_filled_at_that_bars_open(
    quantity: int, rule: RiskRule, bar: tuple[float, ...], price: float
) -> None:
    bars = [{"A": each} for each in (FLAT, FLAT, bar, FLAT)]
    result = run_bars(Orders(A=quantity), bars, [rule], account={"kind": "margin"})
    found = result.fills.select("barrier", "point", "quantity", "price").rows()
    assert found == [(1, "open", quantity, 100.0), (2, "bar", -quantity, pytest.approx(price))]


class LeavesWeakCloses(RiskRule):
    """Closes what has closed below 90."""

    def check_exits(self, ctx: RiskContext) -> RiskDecision | None:
        weak = ctx.positions.quantity[0] > 0.0 and ctx.batch.close[0] < 90.0
        return RiskDecision(exits={"A": "weak"}) if weak else None


@pytest.mark.parametrize(("fill", "barrier", "price"), [("next_open", 3, 85.0), ("same_close", 2, 80.0)])
def test_a_rule_of_the_users_triggered_by_the_close_and_filled_at_that_bars_open(
    fill: str, barrier: int, price: float
) -> None:
    falls, after = (100.0, 100.0, 80.0, 80.0), (85.0, 99.0, 85.0, 99.0)
    bars = [{"A": FLAT}, {"A": FLAT}, {"A": falls}, {"A": after}]
    result = run_bars(Orders(A=1), bars, [LeavesWeakCloses()], fill=fill)
    assert result.fills.select("barrier", "price").rows()[1:] == [(barrier, price)]


def test_daily_pnl_that_loses_overnight_moves() -> None:
    bars = [{"A": (price, price, price, price)} for price in (100.0, 100.0, 120.0, 90.0)]  # all of it between bars
    result = run_bars(Orders(A=100), bars)
    assert result.equity["equity"].diff().to_list()[1:] == [0.0, 2_000.0, -3_000.0]
    assert result.metrics["best_bar"] == pytest.approx(2_000 / 1_000_000)
    assert result.metrics["worst_bar"] == pytest.approx(-3_000 / 1_002_000)


def test_equity_that_counts_a_short_as_plus() -> None:
    prices = {"A": (100.0, 100.0, 110.0, 90.0)}
    account = {"account": {"kind": "margin", "cash": 10_000}}
    result = tg.run(Orders(A=-10), prices=frame(prices), config=account, progress=False)
    assert result.equity["cash"].to_list() == [10_000, 11_000, 11_000, 11_000]
    assert result.equity["equity"].to_list() == [10_000, 10_000, 9_900, 10_100]


ASKS: list[Callable[[tg.Context, float], object]] = [
    lambda ctx, price: ctx.order("A", 1, limit=price),
    lambda ctx, price: ctx.order("A", 1, stop=price),
    lambda ctx, price: ctx.order("A", 1, trail=price),
    lambda ctx, price: ctx.order("A", 1, trail_pct=price),
    lambda ctx, price: ctx.order("A", 1, trail=1.0, limit_offset=price),
    lambda ctx, price: ctx.order("A", price),
    lambda ctx, price: ctx.order_target("A", price),
    lambda ctx, price: ctx.order_target_percent("A", price),
    lambda ctx, price: ctx.order_target_value("A", price),
    lambda ctx, price: ctx.bracket("A", 1, stop_loss=price),
    lambda ctx, price: ctx.bracket("A", 1, take_profit=price),
    lambda ctx, price: ctx.bracket("A", 1, limit=price, stop_loss=90.0),
    lambda ctx, price: ctx.replace(ctx.order("A", 1, limit=90.0), limit=price),
    lambda ctx, price: ctx.replace(ctx.order("A", 1, limit=90.0), quantity=price),
]


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("price", [math.nan, math.inf])
def test_nan_limit_prices_that_pass_every_check(ask: Callable[[tg.Context, float], object], price: float) -> None:
    class Asks(tg.Strategy):
        def on_batch(self, ctx: tg.Context) -> None:
            with pytest.raises(RequestError, match=str(price)):
                ask(ctx, price)
            ctx.cancel_all()  # what a change was asked of

    parts = {"account": {"fractional": True}}  # where being whole is not asked either
    assert tg.run(Asks(), prices=frame({"A": (100.0, 100.0)}), config=parts, progress=False).orders.is_empty()


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
