# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Whole runs of one asset under one model of costs each: what the fill pays, by hand, and where the results say so.

Bars are `open high low close`, volume 1000 unless said; the order is asked at the close of bar 0, whose close is 100.
"""

from typing import Any

import numpy as np
import pytest

from tidegate import Context, Result, Session, Strategy
from tidegate.data.panel import ArraySource

DAY_NS = 86_400_000_000_000
FIRST_NS = 18_995 * DAY_NS + DAY_NS // 2


class Asks(Strategy):
    """Orders by barrier: (units, terms) each."""

    def __init__(self, asks: dict[int, list[tuple[float, dict[str, Any]]]]) -> None:
        self.asks = asks

    def on_batch(self, ctx: Context) -> None:
        for units, terms in self.asks.get(ctx.barrier, ()):
            ctx.order("A", units, **terms)


def run(
    bars: list[str],
    asks: dict[int, list[tuple[float, dict[str, Any]]]],
    execution: dict[str, Any],
    *,
    volumes: list[float] | None = None,
    features: dict[str, list[float]] | None = None,
    cash: float = 1e6,
    rules: list[dict[str, Any]] | None = None,
) -> Result:
    table = np.array([[float(number) for number in bar.split()] for bar in bars])
    volume = np.array(volumes or [1000.0] * len(bars))
    columns = {name: np.array(values)[:, None] for name, values in (features or {}).items()}
    ts_ns = FIRST_NS + np.arange(len(bars)) * DAY_NS
    source = ArraySource(["A"], ts_ns, np.column_stack([table, volume])[:, :, None], features=columns)
    config = {
        "execution": execution, "account": {"cash": cash}, "run": {"kernels": "interpreted"},
        "risk": {"rules": rules or []},
    }  # fmt: skip
    return Session(Asks(asks), config=config, source=source, progress=False).run()


FLAT = ["100 100 100 100"] * 6

ONE_BUY = [
    # slippage                                                                       at    price     spread  impact   unmeasured
    ({"volatility": {"factor": 0.5}},                                                1,    100.0,    0.0,    0.0,     4),
    ({"half_spread": {"bps": 5.0}},                                                  0,    100.05,   5.0,    0.0,     0),
    ({"half_spread": {"bid": "bid", "ask": "ask"}},                                  0,    101.0,    100.0,  0.0,     0),
    ({"half_spread": {"bps": 5.0, "bid": "late", "ask": "ask"}},                     0,    100.05,   5.0,    0.0,     1),
    ({"volume_share": {"factor": 0.1}},                                              0,    100.1,    0.0,    10.0,    0),
    ({"volume_share": {"factor": 0.1, "cap": 0.025}},                                0,    100.00625, 0.0,   0.625,   0),
    ({"volatility": {"factor": 0.5}, "sigma": {"feature": "sigma"}},                 0,    101.0,    0.0,    0.0,     0),
    ({"square_root": {"coefficient": 0.5}, "sigma": {"feature": "sigma"}, "average_volume": {"feature": "adv"}}, 0, 100.5, 0.0, 50.0, 0),
    ({"square_root": {"coefficient": 0.5}, "sigma": {"feature": "sigma"}, "average_volume": {"window": 2}},      0, 100.0, 0.0, 0.0,  8),
    ({"square_root": {"coefficient": 0.5}, "sigma": {"feature": "sigma"}, "average_volume": {"window": 2}},      1, 100.0 + 0.01 * 10**-0.5 * 100, 0.0, 0.01 * 10**-0.5 * 1e4, 0),
    ({"square_root": {"coefficient": 0.5}, "sigma": {"feature": "sigma"}, "average_volume": {"window": 9, "default": 400.0}}, 0, 100.5, 0.0, 50.0, 8),
    ({"almgren_chriss": {"temporary": 0.5}, "sigma": {"feature": "sigma"}, "average_volume": {"feature": "adv"}}, 0, 100.25, 0.0, 25.0, 0),
    ({"almgren_chriss": {"permanent": 0.5}, "sigma": {"feature": "sigma"}, "average_volume": {"feature": "adv"}}, 0, 100.125, 0.0, 12.5, 0),
    ({"bps": 10.0, "fixed": 0.2, "half_spread": {"bps": 5.0}, "volume_share": {"factor": 0.1}},                   0, 100.45, 5.0, 10.0, 0),
]  # fmt: skip


@pytest.mark.parametrize(("slippage", "at", "price", "spread", "impact", "unmeasured"), ONE_BUY)
def test_a_buy_of_a_hundred_pays_what_the_model_says(
    slippage: dict[str, Any], at: int, price: float, spread: float, impact: float, unmeasured: int
) -> None:
    """Spread and impact are in bps of the value at 100, of 100 units."""
    features = {
        "bid": [99.0] * 6, "ask": [101.0] * 6, "late": [float("nan")] * 6, "sigma": [0.02] * 6, "adv": [400.0] * 6,
    }  # fmt: skip
    result = run(FLAT, {at: [(100.0, {})]}, {"slippage": slippage}, features=features)
    fill = result.fills.row(0, named=True)
    assert (fill["price"], fill["reference"]) == (pytest.approx(price, rel=1e-12), 100.0)
    assert fill["slippage"] == pytest.approx((price - 100.0) * 100.0, abs=1e-6)
    assert (fill["spread"], fill["impact"]) == pytest.approx((spread, impact), abs=1e-6)
    assert fill["unmeasured"] == unmeasured
    names = ("quote", "volume", "sigma", "average_volume")
    assert [result.counts[f"fills.without_{name}"] for name in names] == [unmeasured >> bit & 1 for bit in range(4)]
    metrics = result.metrics
    assert (metrics["spread"], metrics["impact"]) == pytest.approx((spread, impact), abs=1e-6)
    assert metrics["other_slippage"] == pytest.approx(fill["slippage"] - spread - impact, abs=1e-6)


def test_what_permanent_impact_leaves_is_felt_by_later_fills_of_its_side_until_the_other_brings_it_back() -> None:
    slippage = {
        "almgren_chriss": {"permanent": 0.5}, "sigma": {"feature": "sigma"}, "average_volume": {"feature": "adv"},
    }  # fmt: skip
    asks: dict[int, list[tuple[float, dict[str, Any]]]] = {
        0: [(100.0, {}), (100.0, {})],  # both pay 0.125 %: what moves the price in a bar is felt from the next one on
        1: [(100.0, {})],  # the earlier ones have moved it by 0.5 %
        2: [(-300.0, {})],  # a sell gains nothing by it, and brings all of it back
        3: [(100.0, {})],
    }
    result = run(FLAT, asks, {"slippage": slippage}, features={"sigma": [0.02] * 6, "adv": [400.0] * 6})
    assert result.fills["price"].to_list() == pytest.approx([100.125, 100.125, 100.625, 99.625, 100.125], rel=1e-12)


BARS = ["100 100 100 100", "101 104 96 100", "100 100 100 100"]

WHO_MAKES = [
    # the order                                           fill timing    price   maker
    ((10.0, {}),                                          "next_open",   101.0,  0),
    ((10.0, {"limit": 97.0}),                             "next_open",   97.0,   1),
    ((10.0, {"limit": 101.0}),                            "next_open",   101.0,  0),   # at the open it takes
    ((10.0, {"limit": 103.0}),                            "next_open",   101.0,  0),
    ((10.0, {"stop": 103.0}),                             "next_open",   103.0,  0),
    ((10.0, {"stop": 103.0, "limit": 103.5}),             "next_open",   103.0,  0),   # its stop makes a taker of it
    ((10.0, {"stop": 103.0, "limit": 102.0}),             "next_open",   102.0,  1),   # it rests once it is triggered
    ((10.0, {"limit": 100.0, "tif": "on_close"}),         "next_open",   100.0,  0),
    ((10.0, {}),                                          "next_close",  100.0,  0),
    ((10.0, {}),                                          "same_close",  100.0,  0),
    ((-10.0, {"limit": 103.0}),                           "next_open",   103.0,  1),
    ((-10.0, {"stop": 97.0}),                             "next_open",   97.0,   0),
    ((-10.0, {}),                                         "next_open",   101.0,  0),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "timing", "price", "maker"), WHO_MAKES)
def test_who_rests_at_a_limit_inside_the_bar_makes_and_all_others_take(
    ask: tuple[float, dict[str, Any]], timing: str, price: float, maker: int
) -> None:
    execution = {
        "fill": timing, "path": "high_first", "commission": {"maker_taker": {"maker_bps": -1.0, "taker_bps": 2.0}},
    }  # fmt: skip
    before: list[tuple[float, dict[str, Any]]] = [(10.0, {})] if ask[0] < 0 else []
    bars = [BARS[0], *BARS]
    result = run(bars, {0: before, 1: [ask]}, execution)
    fill = result.fills.row(-1, named=True)
    assert (fill["price"], fill["maker"]) == (price, maker)
    assert fill["venue_micros"] == fill["commission_micros"] == round(price * 10 * (-1e-4 if maker else 2e-4) * 1e6)
    assert result.metrics["venue_fees"] == pytest.approx(float(result.fills["venue"].sum()))
    assert result.metrics["broker_fees"] == 0.0
    posted = result.postings.filter(result.postings["kind"] == "commission")["amount_micros"].to_list()
    assert posted == [-fee for fee in result.fills["commission_micros"].to_list()]


@pytest.mark.parametrize(("bar", "price", "maker"), [("103 106 103 105", 105.0, 1), ("106 107 104 105", 106.0, 0)])
def test_an_exit_at_a_profit_level_makes_inside_the_bar_and_takes_at_the_open(
    bar: str, price: float, maker: int
) -> None:
    execution = {"commission": {"maker_taker": {"taker_bps": 2.0}}, "slippage": {"half_spread": {"bps": 100.0}}}
    bars = ["100 100 100 100"] * 2 + [bar]
    rules = [{"take_profit": {"pct": 0.05 / 1.01 - 0.01 / 1.01}}]  # bought at 101: the level is 105
    fill = run(bars, {0: [(10.0, {})]}, execution, rules=rules).fills.row(-1, named=True)
    assert (fill["price"], fill["maker"], fill["slippage_micros"]) == (pytest.approx(price), maker, 0)
    assert fill["commission"] == pytest.approx(0.0 if maker else price * 10 * 2e-4)


def test_a_tier_is_that_of_what_was_traded_before_the_bar() -> None:
    tiers = {"by": "value", "steps": [{"at_least": 0, "bps": 10.0}, {"at_least": 10_000, "bps": 4.0}]}
    asks: dict[int, list[tuple[float, dict[str, Any]]]] = {
        0: [(60.0, {})],
        1: [(60.0, {}), (10.0, {})],  # the first crosses the threshold: both pay the rate of before
        2: [(10.0, {})],
        3: [(-100.0, {})],
    }
    result = run(FLAT, asks, {"commission": {"bps": 1.0, "tiers": tiers}})
    assert result.fills["commission"].to_list() == pytest.approx([6.6, 6.6, 1.1, 0.5, 5.0])
    assert result.fill_costs.is_empty()
    assert (result.metrics["broker_fees"], result.metrics["venue_fees"]) == (result.metrics["commission"], 0.0)


def test_a_price_does_not_depend_on_how_much_cash_there_is() -> None:
    execution = {"slippage": {"volume_share": {"factor": 0.1}}}
    prices = [run(FLAT, {0: [(500.0, {})]}, execution, cash=cash).fills.row(0, named=True) for cash in (1e6, 20_000.0)]
    assert [fill["price"] for fill in prices] == [102.5, 102.5]
    assert [fill["quantity"] for fill in prices] == [500.0, 195.0]
    assert prices[1]["impact"] == pytest.approx(195.0 * 2.5)


def test_a_rebate_pays_for_no_part_of_the_entry_that_earns_it() -> None:
    commission = {"maker_taker": {"maker_bps": -100.0}}
    result = run(BARS, {0: [(10.0, {"limit": 97.0})]}, {"commission": commission}, cash=969.0)
    (fill,) = result.fills.iter_rows(named=True)
    assert (fill["quantity"], fill["commission"]) == (9.0, pytest.approx(-8.73))
    assert result.equity["cash"][-1] == pytest.approx(969.0 - 873.0 + 8.73)


def test_the_report_and_the_summary_name_the_models_and_what_they_cost(tmp_path: Any) -> None:
    execution = {
        "commission": {
            "per_contract": 1.5, "maker_taker": {"taker_bps": 2.0, "taker_per_share": 0.01},
            "tiers": {"by": "units", "steps": [{"at_least": 0, "bps": 1.0}]},
        },
        "slippage": {
            "half_spread": {"bps": 5.0}, "volume_share": {"factor": 0.1}, "square_root": {"coefficient": 0.5},
        },
    }  # fmt: skip
    result = run(FLAT, {0: [(100.0, {})]}, execution)
    summary = " ".join(result.summary().split())
    for words in ("1 tiers by units a month", "futures 1.5 per contract", "maker 0 bps", "taker 2 bps +0.01 per share",
                  "half-spread 5 bps", "volume share factor/cap 0.1/1", "square-root impact x 0.5"):  # fmt: skip
        assert words in " ".join(figure.text for figure in costs_of(result)), words
    for words in ("of the venue 3.00", "spread 5.00", "impact 10.00", "fills without sigma 1"):
        assert words in summary, summary
    page = result.report(tmp_path / "report.html").read_text()
    for words in ("of the broker", "of the venue", "spread", "impact", "other slippage"):
        assert words in page


def costs_of(result: Result) -> list[Any]:
    from tidegate.results.figures import fact_lines  # what the summary may cut short

    return [line for line in fact_lines(result) if line.label == "costs"]
