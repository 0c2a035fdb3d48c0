"""What the charts draw: the numbers, their units, colors, names and notes."""

import json
from typing import Any

import numpy as np
import pytest
from tests.unit.results.sample_run import business_days, record_of, seeded_run, table

from tidegate.core.money import MICROS
from tidegate.results.charts import Chart, make_charts, thinned
from tidegate.results.record import RunRecord
from tidegate.results.series import POINTS_MAX, thin

GREEN, RED = "#21b07a", "#ef5b5b"


def chart(record: RunRecord, title: str) -> Chart:
    (found,) = [made for made in make_charts(record) if made.title == title]
    return found


def micros(*values: float) -> list[int]:
    return [round(value * MICROS) for value in values]


def with_equity(**columns: list[int]) -> RunRecord:
    """A run of as many days as the columns of equity have entries."""
    rows = len(next(iter(columns.values())))
    times = {"barrier": range(rows), "ts_ns": business_days(rows)}
    return record_of(tables={"equity": table("equity", rows, **times, **columns)})


def with_fills(days: int, *when: int) -> RunRecord:
    """A run with an equity of 200, and a fill of 50 at each of these barriers."""
    times = business_days(days)
    sold = [50 * MICROS] * len(when)
    fills = table("fills", len(when), barrier=when, ts_ns=[times[day] for day in when], cash_micros=sold)
    return record_of([200.0] * days, initial=200.0, tables={"fills": fills})


@pytest.mark.parametrize(
    ("record", "titles"),
    [
        (record_of([]), []),
        (record_of([1.0]), ["Equity and drawdown", "Exposure and cash", "Costs by kind"]),
        (with_fills(2, 1), ["Equity and drawdown", "Exposure and cash", "Costs by kind", "Turnover"]),
        (
            seeded_run(),
            [
                "Equity and drawdown",
                "Exposure and cash",
                "Costs by kind",
                "Turnover",
                "Profit of trades",
                "Profit by asset",
            ],
        ),
    ],
    ids=["nothing", "a barrier", "a fill", "all"],
)
def test_there_is_a_chart_of_whatever_there_is(record: RunRecord, titles: list[str]) -> None:
    charts = make_charts(record)
    assert [made.title for made in charts] == titles
    assert json.dumps([made.figure for made in charts], allow_nan=False)


def test_the_equity_chart_draws_equity_high_and_drawdown() -> None:
    high, equity, depth = chart(record_of([90.0, 110.0, 99.0, 121.0]), "Equity and drawdown").figure["data"]
    assert equity["x"] == ["2022-01-03T00:00:00", "2022-01-04T00:00:00", "2022-01-05T00:00:00", "2022-01-06T00:00:00"]
    assert equity["y"] == [90.0, 110.0, 99.0, 121.0]
    assert high["y"] == [100.0, 110.0, 110.0, 121.0], "the initial cash is the first high"
    assert depth["y"] == pytest.approx([-10.0, 0.0, -10.0, 0.0])
    assert (equity.get("yaxis"), depth["yaxis"]) == (None, "y2")


def test_short_runs_are_drawn_whole() -> None:
    assert thin(np.arange(POINTS_MAX, dtype=np.float64)).tolist() == list(range(POINTS_MAX))
    assert thinned(seeded_run()) == ""


def test_exposure_and_cash_are_percent_of_equity_and_nothing_where_there_is_none() -> None:
    record = with_equity(
        equity_micros=micros(100, 50, 0, -1), gross_micros=micros(40, 50, 7, 7), cash_micros=micros(60, -5, 0, -8)
    )
    gross, cash = chart(record, "Exposure and cash").figure["data"]
    assert (gross["name"], gross["y"]) == ("gross exposure", [40.0, 100.0, None, None])
    assert (cash["name"], cash["y"]) == ("cash", [60.0, -10.0, None, None])


def test_costs_are_stacked_by_kind_in_currency_units() -> None:
    record = with_equity(
        equity_micros=micros(9, 9), commission_micros=micros(1.5, 2.5), slippage_micros=micros(0.25, 4)
    )
    made = chart(record, "Costs by kind").figure
    lines = [(line["name"], line["y"], line["stackgroup"]) for line in made["data"]]
    assert lines == [("commission", [1.5, 2.5], "costs"), ("slippage", [0.25, 4.0], "costs")]
    assert made["layout"]["yaxis"]["title"]["text"] == "USD"


@pytest.mark.parametrize(
    ("record", "x", "percent", "axis"),
    [
        (with_fills(3, 0, 0, 2), ["2022-01-03", "2022-01-04", "2022-01-05"], [50.0, 0.0, 25.0], "category"),
        (with_fills(90, 0, 89), ["2022-01", "2022-02", "2022-03", "2022-04", "2022-05"], [25, 0, 0, 0, 25], "category"),
        (with_fills(14, 0), None, None, "date"),
    ],
    ids=["days", "months", "many bars"],
)
def test_turnover_is_percent_of_equity_by_period(
    record: RunRecord, x: list[str] | None, percent: list[float] | None, axis: str
) -> None:
    made = chart(record, "Turnover").figure
    (bars,) = made["data"]
    assert made["layout"]["xaxis"]["type"] == axis
    if x is not None:
        assert (bars["x"], bars["y"]) == (x, pytest.approx(percent))


def bars_of_trades(*pnl: float) -> tuple[Chart, list[Any]]:
    made = chart(record_of([1.0], pnl=list(pnl)), "Profit of trades")
    (bars,) = made.figure["data"]
    columns: Any = zip(bars["x"], bars["y"], bars["marker"]["color"], strict=True)
    return made, [(middle, count, color) for middle, count, color in columns if count]


def test_losses_are_red_and_profits_green_and_a_bar_stands_over_the_middle_of_its_bin() -> None:
    made, bars = bars_of_trades(-3.0, -3.0, 1.0)
    assert bars == [(pytest.approx(-10 / 3), 2, RED), (pytest.approx(2 / 3), 1, GREEN)]
    assert made.figure["data"][0]["width"] == pytest.approx(4 / 3)
    assert made.note == "3 trades"


def test_trades_beyond_the_outer_bins_are_named() -> None:
    made, bars = bars_of_trades(*range(998), 1e6, -1e6)
    assert made.note == "1,000 trades; 10 beyond the outer bins are counted in them"
    assert sum(int(count) for _, count, _ in bars) == 1_000


def with_profits(**profits: float) -> RunRecord:
    trades = table("trades", len(profits), asset=range(len(profits)), pnl_micros=micros(*profits.values()))
    return RunRecord(tuple(profits), 1, tables={"trades": trades})


def test_assets_stand_best_first_in_the_colors_of_profit_and_loss() -> None:
    made = chart(with_profits(A=-2.0, B=3.0, C=0.0), "Profit by asset")
    (bars,) = made.figure["data"]
    axis = made.figure["layout"]["xaxis"]
    assert (bars["x"], bars["y"], bars["marker"]["color"]) == ([0, 1, 2], [3.0, 0.0, -2.0], [GREEN, RED, RED])
    assert (axis["tickvals"], axis["ticktext"], bars["hovertext"]) == ([0, 1, 2], ["B", "C", "A"], ["B", "C", "A"])
    assert not axis["zeroline"], "the first asset's place is no zero"
    assert made.note == "profit of closed trades"


def test_the_asset_chart_shows_the_best_and_the_worst() -> None:
    made = chart(with_profits(**{f"A{number:02d}": float(number) for number in range(30)}), "Profit by asset")
    names = made.figure["layout"]["xaxis"]["ticktext"]
    assert names == [f"A{number:02d}" for number in (*range(29, 19, -1), *range(9, -1, -1))]
    assert made.note == "the 10 best and the 10 worst of 30, profit of closed trades"


def test_names_of_assets_are_text_and_no_markup() -> None:
    record = with_profits(**{"<b>&": 1.0})
    assert chart(record, "Profit by asset").figure["layout"]["xaxis"]["ticktext"] == ["&lt;b&gt;&amp;"]
