"""What results say of shorts: exposures, hit rates, sides of trades, and returns where nothing was left."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.results.sample_run import DAY_NS, FIRST_NS, record_of, table
from tests.unit.results.test_charts import chart, micros, with_equity

from tidegate.core.arrays import freeze
from tidegate.core.money import MICROS
from tidegate.messages.account import AccountSnapshot
from tidegate.results.metrics import bar_returns, compute_metrics
from tidegate.results.record import RunRecord
from tidegate.results.tables import frame, raw_table
from tidegate.results.tape import Tape


def holding(seq: int, quantity: list[float], value: list[float]) -> AccountSnapshot:
    """Units, and what one of each is worth."""
    held, worth = (freeze(np.array(column)) for column in (quantity, value))
    cost = freeze(np.zeros(len(quantity), np.int64))
    return AccountSnapshot(
        seq, seq * 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, held, held, worth, cost, freeze(np.ones(len(quantity)))
    )


def test_the_tape_tells_what_shorts_are_worth_at_every_barrier() -> None:
    tape, values = Tape("off"), [10.0, 100.0, 1 / 3]
    for mark in (
        holding(0, [3.0, 0.0, 0.0], values),
        holding(1, [3.0, -2.0, -1.0], values),
        holding(2, [-3.0, 4.0, 0.0], [11.0, 20.0, 7.0]),
    ):
        tape.keep_snapshot(mark)
        tape.commit(mark.seq)
    short = tape.tables()[0]["equity"]["short_micros"]
    assert list(short) == [0, 200 * MICROS + 333_333, 33 * MICROS]


rows = st.lists(
    st.tuples(st.integers(-(10**12), 10**12), st.integers(0, 10**12), st.integers(0, 10**12)), min_size=1, max_size=12
)
trades = st.lists(st.tuples(st.sampled_from([-3.0, -1.0, 2.0, 5.0]), st.integers(-(10**9), 10**9)), max_size=12)


@given(rows, trades)
def test_figures_of_both_sides_are_those_of_a_plain_count(
    account: list[tuple[int, int, int]], closed: list[tuple[float, int]]
) -> None:
    n = len(account)
    equity = table(
        "equity",
        n,
        barrier=range(n),
        ts_ns=[FIRST_NS + k * DAY_NS for k in range(n)],
        equity_micros=[worth for worth, _, _ in account],
        gross_micros=[long + short for _, long, short in account],
        short_micros=[short for _, _, short in account],
    )
    made = table(
        "trades", len(closed), quantity=[units for units, _ in closed], pnl_micros=[profit for _, profit in closed]
    )
    found = compute_metrics(RunRecord(("A",), 10**9, tables={"equity": equity, "trades": made}, barriers=n))

    solvent = [(Fraction(worth), long, short) for worth, long, short in account if worth > 0]

    def mean(shares: list[Fraction]) -> float | None:
        return float(sum(shares) / len(shares)) if shares else None

    want = {
        "exposure_average": mean([(long + short) / worth for worth, long, short in solvent]),
        "exposure_long": mean([long / worth for worth, long, _ in solvent]),
        "exposure_short": mean([short / worth for worth, _, short in solvent]),
        "exposure_net": mean([(long - short) / worth for worth, long, short in solvent]),
    }
    for name, side in (("long", 1.0), ("short", -1.0)):
        profits = [profit for units, profit in closed if units * side > 0]
        want[f"trades_{name}"] = len(profits)
        want[f"hit_rate_{name}"] = sum(profit > 0 for profit in profits) / len(profits) if profits else None
    for name, value in want.items():
        # What is left of two large numbers has the rounding of both.
        slack = 1e-12 * float(want["exposure_average"] or 0.0)
        assert found[name] == (value if value is None else pytest.approx(value, rel=1e-9, abs=slack)), name


def test_nothing_is_earned_on_a_debt() -> None:
    record = record_of([50.0, -10.0, -20.0, 5.0])
    returns = bar_returns(record).tolist()
    assert returns[:2] == [-0.5, -1.2]
    assert all(math.isnan(one) for one in returns[2:])
    metrics = compute_metrics(record)
    assert (metrics["best_bar"], metrics["worst_bar"]) == (-0.5, -1.2)
    assert metrics["total_return"] == pytest.approx(-0.95)


def test_trades_have_a_side_that_is_not_read_back() -> None:
    made = table("trades", 2, quantity=[4.0, -4.0])
    shown = frame(record_of([1.0], tables={"trades": made}), "trades")
    assert shown["side"].to_list() == ["long", "short"]
    assert raw_table("trades", shown, ("A", "B"))["quantity"].tolist() == [4.0, -4.0]  # type: ignore[union-attr]  # numbers


def test_the_exposure_of_shorts_is_drawn_below_zero_where_there_are_any() -> None:
    account = {"equity_micros": micros(100, 50), "gross_micros": micros(80, 50), "cash_micros": micros(60, 50)}
    lines = chart(with_equity(**account, short_micros=micros(20, 0)), "Exposure and cash").figure["data"]
    assert {line["name"]: line["y"] for line in lines} == {
        "gross exposure": [80.0, 100.0],
        "long": [60.0, 100.0],
        "short": [-20.0, 0.0],
        "net exposure": [40.0, 100.0],
        "cash": [60.0, 100.0],
    }
    assert len(chart(with_equity(**account), "Exposure and cash").figure["data"]) == 2
