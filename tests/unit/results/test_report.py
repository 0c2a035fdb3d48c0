import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.results.sample_run import CONFIG, DATA, FIRST_NS, record_of, seeded_run, table

from tidegate.core.enums import Reason, RunStatus
from tidegate.core.money import MICROS
from tidegate.results.charts import make_charts
from tidegate.results.record import RunRecord
from tidegate.results.report import render
from tidegate.results.result import Result
from tidegate.results.series import (
    POINTS_MAX,
    monthly_returns,
)

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """What a page holds: balanced elements, text by card heading, figures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cards: dict[str, list[str]] = {}
        self.figures: list[dict[str, Any]] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts = 0
        self._heading = ""
        self._json = False
        self.feed(page)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        self.scripts += tag == "script"
        self._json = ("type", "application/json") in attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self._json = False

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        if self._json:
            self.figures.append(json.loads(data))
        elif inside == "h2":
            self._heading = data
            self.cards[data] = []
        elif inside not in ("script", "style") and self._heading and data.strip():
            self.cards[self._heading].append(data)


def page(record: RunRecord, **extra: Any) -> Page:
    return Page(render(Result(record, **({"config": CONFIG, "data": DATA} | extra))))


def test_the_page_holds_every_chart_and_table() -> None:
    made = page(seeded_run())
    assert list(made.cards) == [
        "Equity and drawdown",
        "Exposure and cash",
        "Costs by kind",
        "Turnover",
        "Profit of trades",
        "Profit by asset",
        "Monthly returns",
        "Figures",
        "Counts",
        "Risk and refusals",
        "The run",
        "Data and versions",
    ]
    assert len(made.figures) == 6
    text = {heading: " ".join(words) for heading, words in made.cards.items()}
    assert "Sharpe" in text["Figures"]
    assert "prices dropped null 12" in text["Counts"]
    assert "trimmed: max weight 9" in text["Risk and refusals"]
    assert "(next_open)" in text["The run"]
    assert "commission 2 bps, slippage 1 bps" in text["The run"]
    assert "path prices.parquet, bytes 123,456, sha256 abab" in text["Data and versions"]
    assert "; path more.parquet, bytes 123,456" in text["Data and versions"]
    assert "context rows 60" in text["Data and versions"]
    assert "/somewhere" not in text["Data and versions"]


def test_the_page_needs_no_network_and_holds_plotly_once() -> None:
    html = render(Result(seeded_run()))
    assert html.count("plotly.js v") == 1
    addresses = [value for name, value in Page(html).attributes if name in ("src", "href", "action", "data")]
    assert addresses == []
    assert "@import" not in html.partition("<style>")[2].partition("</style>")[0]


def test_text_of_the_run_is_escaped_wherever_it_stands() -> None:
    evil = "</script><script>alert(1)</script>&\"'<b>"
    record = seeded_run(assets=2, held=1, status=RunStatus.FAILED, error=evil, counts={evil: 3}, currency=evil)
    record.assets = (evil, "B" + evil)
    config = CONFIG | {"run": {"name": evil, "seed": evil}, "strategy": {"use": evil, "params": {evil: evil}}}
    plain = page(seeded_run(assets=2, held=1, counts={"x": 3}))
    made = page(record, config=config, data={evil: {evil: evil}})
    assert made.scripts == plain.scripts
    assert made.cards.keys() == plain.cards.keys()
    assert evil in made.cards["Counts"]
    assert any(evil in text for text in made.cards["Data and versions"])
    names = made.figures[-1]["layout"]["xaxis"]["ticktext"]
    assert all("<" not in name for name in names)


@pytest.mark.parametrize(
    ("what", "record", "figures"),
    [
        ("failed before the first barrier", record_of([], status=RunStatus.FAILED, error="no data"), 0),
        ("one barrier", record_of([100.0]), 3),
        ("no trade", seeded_run(barriers=7, every=5), 4),
        ("all lost", record_of([50.0, 0.0, 0.0], pnl=[-100.0]), 5),
        ("equal trades", record_of([101.0, 102.0], pnl=[1.0, 1.0]), 5),
    ],
)
def test_a_run_with_little_to_show_has_a_page_all_the_same(what: str, record: RunRecord, figures: int) -> None:
    made = page(record)
    assert len(made.figures) == figures, what
    assert "Figures" in made.cards
    assert ("Monthly returns" in made.cards) == (figures > 0)


def test_the_error_of_a_failed_run_is_on_its_page() -> None:
    html = render(Result(record_of([1.0], status=RunStatus.FAILED, error="actor 'x' failed")))
    assert '<div class="card error">actor &#x27;x&#x27; failed</div>' in html
    assert '<span class="status failed">failed</span>' in html


def test_report_writes_the_page_and_returns_its_path(tmp_path: Path) -> None:
    result = Result(seeded_run(), config=CONFIG)
    assert result.report(str(tmp_path / "report.html")) == tmp_path / "report.html"
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == render(result)


def test_long_runs_are_thinned_without_losing_their_ends_or_extremes_and_say_so() -> None:
    random = np.random.default_rng(5)
    equity = (1e6 + np.cumsum(random.normal(0, 900, 9_000))).tolist()
    record = record_of(equity, initial=1e6, ts_ns=[FIRST_NS + 60_000_000_000 * number for number in range(9_000)])
    _, drawn, depth = make_charts(record)[0].figure["data"]
    result = Result(record)
    assert len(drawn["y"]) <= POINTS_MAX + 2
    assert (drawn["y"][0], drawn["y"][-1]) == pytest.approx((equity[0], equity[-1]))
    assert (min(drawn["y"]), max(drawn["y"])) == pytest.approx((min(equity), max(equity)))
    assert min(depth["y"]) == pytest.approx(float(result.metrics["max_drawdown"] or 0) * 100)
    assert f"Charts over time draw {len(drawn['y']):,} of 9,000 barriers" in render(result)


def test_monthly_returns_by_hand() -> None:
    record = record_of([110.0] * 20 + [99.0] + [99.0] * 20 + [198.0] * 5)  # Monday 3 January; 31 is the 21st weekday
    returns = monthly_returns(record)
    assert returns.labels == ["2022-01", "2022-02", "2022-03"]
    assert returns.values.tolist() == pytest.approx([-0.01, 0.0, 1.0])
    cells = page(record).cards["Monthly returns"]
    assert cells[-4:] == ["-1.0 %", "+0.0 %", "+100.0 %", "+98.0 %"]


@pytest.mark.parametrize(("stamp", "months"), [("end", ["2022-01", "2022-02"]), ("start", ["2022-01"])])
def test_months_are_those_of_the_bars_as_they_are_labeled(stamp: str, months: list[str]) -> None:
    times = [FIRST_NS + 86_400 * 10**9 * days for days in (0, 29)]  # Monday 3 January and Tuesday 1 February
    fills = table("fills", 1, ts_ns=times[-1:], cash_micros=[50 * MICROS])
    record = record_of([110.0, 121.0], ts_ns=times, tables={"fills": fills})
    made = page(record, config={"data": {"prices": {"stamp": stamp}}})
    assert len([cell for cell in made.cards["Monthly returns"] if "%" in cell]) == len(months) + 1
    (turnover,) = [figure for figure in made.figures if figure["data"][0]["type"] == "bar"]
    assert turnover["data"][0]["x"][-1].startswith(months[-1])


@pytest.mark.parametrize(
    ("change", "color", "strength"),
    [(0.08, "--gain", 55), (0.5, "--gain", 55), (0.04, "--gain", 28), (-0.02, "--loss", 14), (-0.9, "--loss", 55)],
)
def test_the_color_of_a_month_says_sign_and_size(change: float, color: str, strength: int) -> None:
    html = render(Result(record_of([100.0 * (1 + change)])))
    assert f"color-mix(in srgb, var({color}) {strength}%, transparent)" in html


@pytest.mark.parametrize(("equity", "tone"), [(110.0, "gain"), (90.0, "loss"), (100.0, "")])
def test_the_total_return_has_the_color_of_its_sign(equity: float, tone: str) -> None:
    assert f'<span>total return</span><b class="{tone}">' in render(Result(record_of([equity])))


@pytest.mark.parametrize("reason", Reason)
def test_refusals_are_counted_by_kind_and_reason(reason: Reason) -> None:
    risk = table("risk", 3, kind=["denied", "denied", "exit"], reason=[reason, reason, 0], text=["", "", "stop_loss"])
    words = page(record_of([1.0], tables={"risk": risk})).cards["Risk and refusals"]
    named = "denied" if reason is Reason.NONE else f"denied: {reason.name.lower().replace('_', ' ')}"
    assert words == ["by kind and reason", named, "2", "exit: stop loss", "1"]


def test_rare_risk_events_are_joined() -> None:
    rules = [f"rule {number:02d}" for number in range(25)] + ["rule 24"]
    risk = table("risk", 26, kind=["exit"] * 26, text=rules)
    words = page(record_of([1.0], tables={"risk": risk})).cards["Risk and refusals"]
    assert words[1:3] == ["exit: rule 24", "2"]
    assert words[-2:] == ["5 other kinds", "5"]


def test_colors_follow_the_viewers_light_or_dark_setting() -> None:
    style = render(Result(record_of([]))).partition("<style>")[2].partition("</style>")[0]
    dark = style.partition("prefers-color-scheme: dark")[2]
    declared = set(re.findall(r"(--\w+):", style))
    assert declared == set(re.findall(r"(--\w+):", dark))
    assert set(re.findall(r"var\((--\w+)\)", style)) <= declared
