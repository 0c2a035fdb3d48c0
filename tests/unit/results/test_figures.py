"""Metrics, counts and facts as text."""

import pytest
from tests.unit.results.sample_run import record_of

from tidegate.core.enums import RunStatus
from tidegate.results.facts import RunFacts
from tidegate.results.figures import GROUPS, count_lines, fact_lines, period, read_ahead, title
from tidegate.results.report import render
from tidegate.results.result import Result


def test_counts_that_are_not_zero_are_shown_most_first() -> None:
    counts = {"orders.denied": 2, "bars.ambiguous": 0, "prices.dropped_null": 1_500, "marks.stale": 2}
    assert [tuple(line) for line in count_lines(counts)] == [
        ("prices dropped null", "1,500"),
        ("marks stale", "2"),
        ("orders denied", "2"),
    ]


@pytest.mark.parametrize(
    ("status", "counts", "said"),
    [
        (RunStatus.INTERRUPTED, {"prices.dropped_null": 3}, True),
        (RunStatus.FAILED, {"orders.denied": 2, "signals.carried": 1}, True),
        (RunStatus.COMPLETED, {"prices.dropped_null": 3}, False),
        (RunStatus.FAILED, {"orders.denied": 2, "prices.dropped_null": 0}, False),
    ],
)
def test_a_run_that_was_cut_short_says_that_its_data_was_counted_as_it_was_read(
    status: RunStatus, counts: dict[str, int], said: bool
) -> None:
    result = Result(record_of([100.0], status=status, counts=counts))
    words = "those of data are of all that was read, which may be more than the run came to"
    assert read_ahead(result) == (words if said else "")
    for text in (result.summary(), render(result)):
        assert (words in " ".join(str(text).split())) == said


@pytest.mark.parametrize(
    ("fill", "execution", "fills", "costs"),
    [
        ("next_open", {}, "at the next bar's open (next_open)", "as charged, see Costs"),
        ("next_close", {}, "at the next bar's close (next_close)", "as charged, see Costs"),
        ("vwap", {}, "vwap", "as charged, see Costs"),
        (
            "same_close",
            {
                "commission": {"bps": 0.5, "per_share": 0.005, "minimum": 1.0},
                "slippage": {"bps": 2.5},
                "shortage": "rank",
            },
            "at the close that was decided on (same_close), cash shortage: rank",
            "commission 0.5 bps + 0.005 per share (at least 1), slippage 2.5 bps",
        ),
        (
            "next_open",
            {"shortage": "scale", "path": "low_first", "limit_fill": "through"},
            (
                "at the next bar's open (next_open), cash shortage: scale, inside a bar: low_first,"
                " limits: when gone through"
            ),
            "commission 0 bps, slippage 0 bps",
        ),
        (
            "next_open",
            {"commission": {"per_trade": 4.95, "cap_bps": 50.0}, "slippage": {"bps": 1.0, "fixed": 0.01}},
            "at the next bar's open (next_open)",
            "commission 0 bps + 4.95 per trade (at most 50 bps), slippage 1 bps + 0.01 a unit",
        ),
    ],
)
def test_fill_timing_and_costs_are_stated(fill: str, execution: dict, fills: str, costs: str) -> None:
    result = RunFacts(record_of([1.0], fill=fill), config={"execution": execution})
    facts = dict(fact_lines(result))
    assert (facts["fills"], facts["costs"]) == (fills, costs)


@pytest.mark.parametrize(
    ("config", "name", "text"),
    [
        ({}, "account", "100.00 USD cash"),
        ({"account": {"kind": "cash", "settlement": 2, "interest": {"credit": 0.02}}}, "account",
         "100.00 USD cash, sales settle in 2 sessions, credit 2 % a year"),
        ({"account": {"kind": "margin", "margin": {"initial": 0.5, "maintenance": 0.25},
                      "interest": {"credit": 0.0, "debit": 0.065}, "borrow": {"rate": 0.01}}}, "account",
         "100.00 USD on margin, initial 50 %, maintenance 25 %, debit 6.5 % a year, borrow 1 % a year"),
        ({"account": {"kind": "margin", "margin": None}}, "account",
         "100.00 USD on margin, initial 50 %, maintenance 25 %"),
        ({"execution": {"participation": {"pct": 0.025}}}, "fills",
         "at the next bar's open (next_open), at most 2.5 % of a bar's volume"),
        ({"execution": {"sizing": "fill", "min_trade": {"value": 1500.0, "weight": 0.01},
                        "cash_buffer": {"targets": 0.02, "floor": 0.015}}}, "targets",
         ("sized when they go, none for changes below 1,500 or 1 %, shares of equity less 2 %,"
          " entries leave 1.5 % of equity in cash")),
        ({"execution": {"sizing": "decision", "min_trade": {"value": 0.0, "weight": 0.0},
                        "cash_buffer": {"targets": 0.0, "floor": 0.0}}}, "targets", None),
    ],
)  # fmt: skip
def test_what_is_not_plain_of_targets_and_the_account_is_stated(config: dict, name: str, text: str | None) -> None:
    assert dict(fact_lines(RunFacts(record_of([]), config=config))).get(name) == text


def test_several_strategies_are_all_named() -> None:
    uses = [{"use": "a:B", "params": {}}, {"use": "c:D", "params": {"n": 1}}]
    assert dict(fact_lines(RunFacts(record_of([]), config={"strategy": uses})))["strategy"] == "a:B(); c:D(n=1)"


def test_every_metric_but_the_calendar_has_its_place_among_the_figures() -> None:
    shown = {figure.name for group in GROUPS.values() for figure in group}
    assert RunFacts(record_of([])).metrics.keys() - shown == {"periods_per_year", "years", "average_trade"}
    assert shown <= RunFacts(record_of([])).metrics.keys()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_return", 0.12345, "+12.35 %"),
        ("total_return", -0.5, "-50.00 %"),
        ("cagr", 7.14e15, "7.14e+17 %"),
        ("sharpe", 1.005, "1.00"),
        ("calmar", 1e8, "1.00e+08"),
        ("final_equity", 1234567.891, "1,234,567.89"),
        ("final_equity", 12345678912.3, "12,345,678,912"),
        ("orders", 12345, "12,345"),
        ("costs_bps", 3.0, "3.00 bps"),
        ("turnover", 2.5, "2.50 x"),
        ("hit_rate", None, "-"),
        ("hit_rate", 0.0, "0.00 %"),
        ("volatility", 0.25, "25.00 %"),
        ("cagr", 0.0, "+0.00 %"),
        ("net_profit", -999_999_999.99, "-999,999,999.99"),
        ("net_profit", -1e9, "-1,000,000,000"),
        ("calmar", 9_999_999.0, "9,999,999.00"),
    ],
)
def test_figures_as_text(name: str, value: float | None, text: str) -> None:
    figure = next(figure for group in GROUPS.values() for figure in group if figure.name == name)
    assert figure.line({name: value}).text == text


def test_facts_that_are_not_known_are_left_out() -> None:
    assert [line.label for line in fact_lines(RunFacts(record_of([])))] == [
        "barriers", "assets", "fills", "costs", "account", "digest",
    ]  # fmt: skip


def test_a_run_without_a_name_is_called_run() -> None:
    assert title(RunFacts(record_of([]), config={"run": {"name": "rotation"}})) == "rotation"
    assert title(RunFacts(record_of([]), config={"run": {"name": None}})) == title(RunFacts(record_of([]))) == "run"


@pytest.mark.parametrize(
    ("barriers", "said"), [(0, ""), (1, "2022-01-03 to 2022-01-03"), (3, "2022-01-03 to 2022-01-05")]
)
def test_the_period_goes_from_the_first_barrier_to_the_last(barriers: int, said: str) -> None:
    assert period(RunFacts(record_of([1.0] * barriers))) == said
