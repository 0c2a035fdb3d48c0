import math
from random import Random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.results.sample_run import DAY_NS, FIRST_NS, record_of, seeded_run, table

from tidegate.core.money import MICROS
from tidegate.results.metrics import bar_returns, compute_metrics, drawdowns, exact_sum
from tidegate.results.record import RunRecord

UP_DOWN = [110.0, 99.0, 108.9, 121.0]
"""From 100: up 10 %, down 10 %, up 10 %, up a ninth."""
STEADY = record_of([1e9 * 1.1**k for k in range(1, 20)], initial=1e9)


def check(record: RunRecord, want: dict[str, float | int | None]) -> None:
    found = compute_metrics(record)
    for name, value in want.items():
        assert found[name] == (value if value is None else pytest.approx(value, rel=1e-12, abs=1e-15)), name


def test_growth_and_risk_by_hand() -> None:
    returns = [0.1, -0.1, 0.1, 1 / 9]
    mean = sum(returns) / 4
    deviation = math.sqrt(sum((value - mean) ** 2 for value in returns) / 3)
    check(
        record_of(UP_DOWN),
        {
            "initial_cash": 100,
            "final_equity": 121,
            "net_profit": 21,
            "total_return": 0.21,
            "periods_per_year": 252,
            "years": 4 / 252,
            "cagr": 1.21**63 - 1,
            "volatility": deviation * math.sqrt(252),
            "sharpe": mean / deviation * math.sqrt(252),
            "sortino": mean / math.sqrt(0.1**2 / 4) * math.sqrt(252),
            "calmar": (1.21**63 - 1) / 0.1,
            "max_drawdown": -0.1,
            "longest_drawdown_bars": 2,
            "longest_drawdown_days": 3.0,
            "best_bar": 1 / 9,
            "worst_bar": -0.1,
        },
    )


def test_a_loss_at_the_first_barrier_counts_because_returns_start_from_the_initial_cash() -> None:
    check(
        record_of([90.0, 90.0, 95.0]),
        {
            "total_return": -0.05,
            "worst_bar": -0.1,
            "max_drawdown": -0.1,
            "longest_drawdown_bars": 3,
            "longest_drawdown_days": 2.0,
        },
    )


def test_of_two_drawdowns_the_one_of_more_bars_is_the_longest() -> None:
    fall = drawdowns(record_of([100.0, 50.0, 100.0, 99.0, 99.0, 99.0, 101.0]))
    assert (fall.longest_bars, fall.longest_days) == (3, 6.0)  # Wednesday to Tuesday
    assert fall.depth.tolist() == pytest.approx([0, -0.5, 0, -0.01, -0.01, -0.01, 0])


def test_periods_per_year_given_by_the_user_win() -> None:
    check(record_of(UP_DOWN, periods_per_year=4.0), {"periods_per_year": 4.0, "years": 1.0, "cagr": 0.21})


def test_trades_by_hand() -> None:
    check(
        record_of([100.0], pnl=[30.0, -10.0, 0.0, -5.0, 60.0]),
        {
            "trades": 5,
            "hit_rate": 0.4,
            "average_win": 45.0,
            "average_loss": -7.5,
            "average_trade": 15.0,
            "profit_factor": 6.0,
        },
    )


def test_turnover_and_costs_by_hand() -> None:
    fills = table(
        "fills",
        3,
        cash_micros=[-50 * MICROS, 30 * MICROS, -20 * MICROS],
        commission_micros=[50_000, 30_000, 20_000],
        slippage_micros=[0, 15_000, 10_000],
    )
    check(
        record_of([90.0, 110.0], tables={"fills": fills}),
        {
            "fills": 3,
            "traded_value": 100.0,
            "turnover": 1.0,
            "turnover_annual": 126.0,
            "commission": 0.1,
            "commission_bps": 10.0,
            "slippage": 0.025,
            "slippage_bps": 2.5,
            "costs": 0.125,
            "costs_bps": 12.5,
        },
    )


def test_exposure_is_taken_over_barriers_with_equity() -> None:
    equity = table("equity", 3, ts_ns=[FIRST_NS, FIRST_NS + DAY_NS, FIRST_NS + 2 * DAY_NS])
    equity |= {"equity_micros": np.array([100, 200, 0]), "gross_micros": np.array([50, 150, 7])}
    check(RunRecord(("A",), 100, tables={"equity": equity}), {"exposure_average": 0.625, "exposure_max": 0.75})


@pytest.mark.parametrize(
    ("what", "record", "undefined"),
    [
        (
            "no barrier",
            record_of([]),
            "cagr volatility sharpe calmar max_drawdown best_bar exposure_average turnover",
        ),
        ("one bar", record_of([101.0]), "cagr volatility sharpe sortino calmar turnover_annual"),
        ("no variance", record_of([100.0] * 5), "sharpe sortino calmar"),
        ("steady growth, equal to rounding", STEADY, "sharpe sortino calmar"),
        ("no loss", record_of([101.0, 103.0, 104.0], pnl=[1.0]), "sortino calmar average_loss profit_factor"),
        ("no win", record_of([99.0, 98.0], pnl=[-1.0]), "average_win"),
        ("no trades", record_of([100.0, 101.0]), "hit_rate average_win average_trade profit_factor average_bars_held"),
        ("no fills", record_of([100.0, 101.0]), "commission_bps slippage_bps costs_bps"),
        ("growth beyond any number", record_of([1e11, 1e12], periods_per_year=1e6), "cagr calmar"),
        ("all lost and owing", record_of([-5.0, -5.0]), "cagr"),
    ],
)
def test_what_is_not_defined_is_none_without_a_warning(what: str, record: RunRecord, undefined: str) -> None:
    metrics = compute_metrics(record)
    assert {name for name in undefined.split() if metrics[name] is not None} == set(), what
    assert all(value is None or math.isfinite(value) for value in metrics.values())


def test_a_run_that_lost_everything_is_minus_100_percent() -> None:
    check(record_of([50.0, 0.0, 0.0]), {"total_return": -1.0, "cagr": -1.0, "max_drawdown": -1.0, "worst_bar": -1.0})


def test_no_variance_is_volatility_zero_not_undefined() -> None:
    check(record_of([100.0] * 5), {"volatility": 0.0, "max_drawdown": 0.0, "longest_drawdown_bars": 0})


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_trade_figures_do_not_depend_on_the_order_of_trades(micros: list[int], random: Random) -> None:
    shuffled = micros.copy()
    random.shuffle(shuffled)
    first, second = (record_of([100.0], pnl=[value / MICROS for value in values]) for values in (micros, shuffled))
    assert compute_metrics(first) == compute_metrics(second)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=60))
@example([2**63 - 1] * 3)
@example([-(2**63)] * 3)
def test_sums_of_money_are_exact_where_int64_would_wrap(micros: list[int]) -> None:
    assert exact_sum(np.array(micros, np.int64)) == sum(micros)


@given(st.lists(st.floats(1, 1e6), min_size=2, max_size=50))
def test_returns_compound_to_the_total_and_drawdown_stays_within_bounds(equity: list[float]) -> None:
    record = record_of(equity)
    metrics = compute_metrics(record)
    assert float(np.prod(1 + bar_returns(record))) == pytest.approx(1 + float(metrics["total_return"] or 0), rel=1e-9)
    assert -1 <= float(metrics["max_drawdown"] or 0) <= 0
    assert 0 <= int(metrics["longest_drawdown_bars"] or 0) <= len(equity)


@given(st.integers(2, 1_000))
def test_scaling_cash_and_equity_alike_changes_no_ratio(factor: int) -> None:
    ratios = ["total_return", "cagr", "volatility", "sharpe", "sortino", "calmar", "max_drawdown", "worst_bar"]
    plain = compute_metrics(record_of(UP_DOWN))
    scaled = compute_metrics(record_of([value * factor for value in UP_DOWN], initial=100.0 * factor))
    assert [scaled[name] for name in ratios] == pytest.approx([plain[name] for name in ratios], rel=1e-9)


def test_the_sample_run_closes_its_books_so_that_the_figures_agree_with_one_another() -> None:
    record = seeded_run(barriers=80)
    metrics = compute_metrics(record)
    unrealized = record.ints("equity", "unrealized_micros")[-1] / MICROS
    realized = float(metrics["average_trade"] or 0) * int(metrics["trades"] or 0)
    assert realized + unrealized == pytest.approx(metrics["net_profit"], abs=1e-5)
    assert metrics["commission"] == record.ints("equity", "commission_micros")[-1] / MICROS
