"""Series behind the charts: thinning, returns by month, turnover, distribution of trades, profit by asset."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.results.sample_run import business_days, record_of, seeded_run, table

from tidegate.core.money import MICROS
from tidegate.results.record import RunRecord
from tidegate.results.series import (
    BINS_MAX,
    asset_profits,
    ends_days,
    iso_times,
    monthly_returns,
    thin,
    trade_histogram,
    traded_by_period,
)

DAY_NS = 86_400_000_000_000


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=200), st.integers(4, 40))
def test_thinning_keeps_ends_order_and_extremes_and_few_points(values: list[int], points: int) -> None:
    series = np.array(values, np.float64)
    rows = thin(series, points).tolist()
    assert rows == sorted(set(rows))
    assert (rows[0], rows[-1]) == (0, len(values) - 1)
    assert (series[rows].min(), series[rows].max()) == (series.min(), series.max())
    assert len(rows) <= points
    if len(values) <= points:
        assert rows == list(range(len(values)))


def test_of_each_stretch_the_lowest_and_the_highest_are_kept() -> None:
    series = np.array([5, 1, 9, 5, 5, 5, 8, 2, 5, 5], np.float64)
    assert thin(series, 6).tolist() == [0, 1, 2, 6, 7, 9]


def test_times_are_written_to_the_second() -> None:
    assert iso_times(np.array([DAY_NS + 61_500_000_000])) == ["1970-01-02T00:01:01"]


def test_returns_of_a_month_go_from_the_end_of_the_one_before() -> None:
    # Monday 3 January; the 21st weekday is the 31st, the 41st the 28th of February.
    returns = monthly_returns(record_of([110.0] * 20 + [99.0] + [99.0] * 20 + [198.0] * 5))
    assert returns.labels == ["2022-01", "2022-02", "2022-03"]
    assert returns.values.tolist() == pytest.approx([-0.01, 0.0, 1.0])


MIDNIGHTS = [
    # hours of the closes from 2022-01-30 on       stamp     labels                       values
    ([24, 48],                                     "end",    ["2022-01", "2022-02"],      [0.1, 0.2]),
    ([24, 48],                                     None,     ["2022-01", "2022-02"],      [0.1, 0.2]),
    ([24, 48],                                     "start",  ["2022-01"],                 [0.32]),
    ([24, 44, 48],                                 "end",    ["2022-01"],                 [0.584]),
    ([24, 44, 49],                                 "end",    ["2022-01", "2022-02"],      [0.32, 0.2]),
]  # fmt: skip


@pytest.mark.parametrize(("hours", "stamp", "labels", "values"), MIDNIGHTS)
def test_a_bar_that_closes_at_midnight_is_of_the_month_that_it_ends_unless_timestamps_are_dates(
    hours: list[int], stamp: str | None, labels: list[str], values: list[float]
) -> None:
    times = [19_022 * DAY_NS + DAY_NS // 24 * hour for hour in hours]
    record = record_of([110.0, 132.0, 158.4][: len(hours)], ts_ns=times)
    ends = ends_days(record, {"data": {"prices": {"stamp": stamp}}})
    returns = monthly_returns(record, midnight_ends=ends)
    assert returns.labels == labels
    assert returns.values.tolist() == pytest.approx(values)
    last = table("fills", 1, ts_ns=times[-1:], cash_micros=[50 * MICROS])
    traded = traded_by_period(record_of([100.0] * len(hours), ts_ns=times, tables={"fills": last}), midnight_ends=ends)
    assert traded.values.tolist()[-1] == pytest.approx(0.5)
    assert traded.labels[-1].startswith(labels[-1])


def test_a_month_that_starts_with_nothing_has_no_return() -> None:
    returns = monthly_returns(record_of([0.0] * 21 + [-5.0] * 21 + [7.0]))
    assert returns.values.tolist() == pytest.approx([-1.0, 0.0, 0.0])


def test_turnover_goes_by_month_and_in_short_runs_by_date() -> None:
    times = business_days(90)
    fills = table(
        "fills", 3, ts_ns=[times[0], times[1], times[89]], cash_micros=[-50 * MICROS, 25 * MICROS, -10 * MICROS]
    )
    long = traded_by_period(record_of([100.0] * 90, tables={"fills": fills}))
    assert long.labels == ["2022-01", "2022-02", "2022-03", "2022-04", "2022-05"]
    assert long.values.tolist() == pytest.approx([0.75, 0, 0, 0, 0.1])
    short = traded_by_period(seeded_run(barriers=12))
    assert short.labels[:2] == ["2022-01-03", "2022-01-04"]
    assert len(short.labels) == 12


@pytest.mark.parametrize(("days", "by"), [(64, "2022-01-03"), (65, "2022-01")])
def test_turnover_goes_by_date_up_to_three_months(days: int, by: str) -> None:
    # The 64th weekday from Monday 3 January on is the 31st of March.
    assert traded_by_period(record_of([100.0] * days)).labels[0] == by


def test_turnover_of_a_period_that_ends_with_nothing_is_left_at_nothing() -> None:
    fills = table("fills", 1, ts_ns=business_days(1), cash_micros=[-50 * MICROS])
    assert traded_by_period(record_of([0.0], tables={"fills": fills})).values.tolist() == [0.0]


def test_asset_profits_are_exact_sums_best_first_ties_by_name() -> None:
    trades = table("trades", 4, asset=[1, 0, 2, 1], pnl_micros=[10**15, 3 * MICROS, 3 * MICROS, -(10**15) + 1])
    record = RunRecord(("A", "B", "C", "never traded"), 1, tables={"trades": trades})
    assert [tuple(item) for item in asset_profits(record)] == [("A", 3.0), ("C", 3.0), ("B", 1e-06)]


HISTOGRAMS = [
    # profits                 edges                            counts          clipped
    ([1.0],                   [1.0, 2.0],                      [1],            0),
    ([0.0, 0.0],              [0.0, 1.0],                      [2],            0),
    ([-3.0, 3.0],             [-4.0, -2.0, 0.0, 2.0, 4.0],     [1, 0, 0, 1],   0),
    ([-1.0, 5.0],             [-2.0, 0.0, 2.0, 4.0, 6.0],      [1, 0, 0, 1],   0),
    ([0.0, 1e6, -1e6],        None,                            None,           0),
]  # fmt: skip


@pytest.mark.parametrize(("pnl", "edges", "counts", "clipped"), HISTOGRAMS)
def test_trades_are_counted_between_edges_of_which_zero_is_one(
    pnl: list[float], edges: list[float] | None, counts: list[int] | None, clipped: int
) -> None:
    bins = trade_histogram(record_of([1.0], pnl=pnl))
    assert bins.clipped == clipped
    if edges is not None:
        assert bins.edges.tolist() == pytest.approx(edges)
        assert bins.counts.tolist() == counts


def test_the_outermost_half_percent_on_each_side_is_counted_in_the_outer_bins() -> None:
    bins = trade_histogram(record_of([1.0], pnl=[float(number) for number in range(998)] + [1e6, -1e6]))
    assert (bins.clipped, bins.counts.sum()) == (10, 1_000)
    assert bins.edges[0] == 0.0
    assert 992 < bins.edges[-1] < 1_100
    assert len(bins.counts) == 21
    few = trade_histogram(record_of([1.0], pnl=[float(number) for number in range(197)] + [1e6, -1e6]))
    assert (few.clipped, few.edges[-1] > 1e6) == (0, True)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300))
def test_any_trades_are_all_counted_and_no_bin_holds_profits_and_losses(pnl: list[float]) -> None:
    record = record_of([1.0], pnl=pnl)
    bins = trade_histogram(record)
    assert bins.counts.sum() == len(pnl)
    assert len(bins.counts) == len(bins.edges) - 1 <= BINS_MAX + 1
    assert not any(low < 0 < high for low, high in itertools.pairwise(bins.edges.tolist()))
    if not bins.clipped:
        losses = np.count_nonzero(record.ints("trades", "pnl_micros") < 0)
        assert bins.counts[bins.edges[1:] <= 0].sum() == losses


def test_more_trades_have_more_bins_but_not_too_many() -> None:
    sizes = {n: len(trade_histogram(record_of([1.0], pnl=list(range(n)))).counts) for n in (8, 1_000, 27_000)}
    assert sizes == {8: 5, 1_000: 21, 27_000: BINS_MAX + 1}
