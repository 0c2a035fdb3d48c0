# ruff: noqa: E501  (one case to a row, as wide as it is)
"""Figures of other engines about accounts on margin, shorts and volume, and what is made of them here.

A row has the bars and asks of `tidegate.testing`; cash is 1000, or 10 000 for LEAN. What is refused is told with the
measured value and the limit.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

import tidegate as tg
from tidegate.core.errors import RequestError
from tidegate.testing.market import tape
from tidegate.testing.outcomes import READ
from tidegate.testing.script import Script


@dataclass(frozen=True)
class Row:
    name: str
    bars: str
    asks: str
    account: dict[str, Any]
    execution: dict[str, Any]
    fills: str
    cash: str
    """After each barrier."""
    refused: tuple[tuple[str, float, str, float, float], ...] = ()
    """Asset, units, reason, measured, limit."""
    volume: float = 1e6


def frame_of(bars: str, volume: float = 1e6) -> pl.DataFrame:
    market = tape(bars)
    rows = [
        {"timestamp": date(2024, 1, 1) + timedelta(day), "asset": name}
        | {kind: float(values[day, column]) for kind, values in market.prices().items()}
        | {"volume": volume}
        for day in range(len(market.ts_ns))
        for column, name in enumerate(market.names)
    ]
    return pl.DataFrame(rows)


def play(row: Row) -> tg.Result:
    config = {"account": {"cash": 1000.0} | row.account, "execution": row.execution}
    prices = frame_of(row.bars, row.volume)
    return tg.run(Script(row.asks), prices=prices, config=config, progress=False)


def on_margin(initial: float, maintenance: float = 0.01, **account: Any) -> dict[str, Any]:
    return {"kind": "margin", "margin": {"initial": initial, "maintenance": maintenance}, **account}


WHOLE = on_margin(1.0)  # every position is covered in full, shorts like longs
PARTS = on_margin(1.0, fractional=True)
CREDITED = on_margin(0.5, short_proceeds="credited")
TWICE = on_margin(0.5)
REJECT, CLOSE = {"shortage": "reject"}, {"fill": "same_close"}
IB = {"commission": {"per_share": 0.005, "minimum": 1.0, "cap_bps": 50.0}}
TEN = on_margin(0.5, cash=10_000.0)

ROWS = [
    # vectorbt                                                 bars                                    asks                           account   execution              fills                                          cash
    Row("vectorbt: a short of 1 at 100 brings 100",            "A 100 100",                            "0 A-1",                       CREDITED, CLOSE,                 "0c A-1@100",                                  "1100 1100"),
    Row("vectorbt: lock_cash: a short of 5 at 100",            "A 100 100",                            "0 A-5",                       WHOLE,    CLOSE,                 "0c A-5@100",                                  "1500 1500"),
    Row("vectorbt: lock_cash: then a buy of 500 goes",         "A 100 100; B 100 100",                 "0 A-5, 1 B+5",                WHOLE,    CLOSE,                 "0c A-5@100, 1c B+5@100",                      "1500 1000"),
    Row("vectorbt: lock_cash: and no short after it",          "A 100 100; B 100 100",                 "0 A-5, 0 B+5, 1 A-1",         WHOLE,    CLOSE,                 "0c A-5@100, 0c B+5@100",                      "1000 1000",  (("A", -1.0, "margin_shortage", 100.0, 0.0),)),
    Row("vectorbt: most that can be sold: long and free cash",  "A 100 100",                           "0 A+5, 1 A-16",               WHOLE,    CLOSE,                 "0c A+5@100, 1c A-5@100, 1c A-10@100",         "500 2000",   (("A", -1.0, "margin_shortage", 1100.0, 1000.0),)),
    Row("vectorbt: most that can be bought while short: 15",   "A 100 100",                            "0 A-5, 1 A+16",               WHOLE,    CLOSE,                 "0c A-5@100, 1c A+5@100, 1c A+10@100",         "1500 0",     (("A", 1.0, "margin_shortage", 1100.0, 1000.0),)),
    Row("vectorbt: at 120 it is 12.5",                         "A 100 120",                            "0 A-5, 1 A+12.5",             PARTS,    CLOSE,                 "0c A-5@100, 1c A+5@120, 1c A+7.5@120",        "1500 0"),
    Row("vectorbt: a reversal is one order",                   "A 100 100",                            "0 A+5, 1 A-10",               WHOLE,    CLOSE,                 "0c A+5@100, 1c A-5@100, 1c A-5@100",          "500 1500"),
    # backtrader
    Row("backtrader: shortcash: 1000 -> 1100",                 "A 100 100",                            "0 A-1",                       CREDITED, {},                    "1o A-1@100",                                  "1000 1100"),
    Row("backtrader: leverage 2: 20 at 100 with 1000",         "A 100 100",                            "0 A+20",                      TWICE,    {},                    "1o A+20@100",                                 "1000 -1000"),
    Row("backtrader: and no more",                             "A 100 100",                            "0 A+21",                      TWICE,    REJECT,                "",                                            "1000 1000",  (("A", 21.0, "margin_shortage", 1050.0, 1000.0),)),
    Row("backtrader: a reversal that fails only closes",       "A 100 100 100",                        "0 A+5, 1 A-20",               WHOLE,    REJECT,                "1o A+5@100, 2o A-5@100",                      "1000 500 1000", (("A", -15.0, "margin_shortage", 1500.0, 1000.0),)),
    # zipline
    Row("zipline: 20 at 110 with 1000: cash -1200",            "A 100 110",                            "0 A+20",                      on_margin(0.45), {"fill": "next_close"}, "1c A+20@110",                         "1000 -1200"),
    Row("zipline: short sales bring cash",                     "A 100 110",                            "0 A-5",                       CREDITED, {"fill": "next_close"}, "1c A-5@110",                                 "1000 1550"),
    Row("zipline: 10 % of a volume of 100, 5 bps",             "A 10 10 10 10",                        "0 A+25",                      {}, {"fill": "next_close", "slippage": {"bps": 5.0}, "participation": {"pct": 0.1}}, "1c A+10@10.005, 2c A+10@10.005, 3c A+5@10.005", "1000 899.95 799.9 749.875", (("A", 15.0, "volume_limit", 25.0, 10.0), ("A", 5.0, "volume_limit", 15.0, 10.0)), 100.0),
    Row("zipline: VolumeShare: 2, 2, 1 at 2.5 % of 80",        "A 10 10 10 10",                        "0 A+5",                       {}, {"fill": "next_close", "slippage": {"volume_share": {"factor": 0.1, "cap": 0.025}}, "participation": {"pct": 0.025}}, "1c A+2@10.000625, 2c A+2@10.000625, 3c A+1@10.00015625", "1000 979.99875 959.9975 949.997344", (("A", 3.0, "volume_limit", 5.0, 2.0), ("A", 1.0, "volume_limit", 3.0, 2.0)), 80.0),
    Row("zipline: the cap is shared by all orders of a bar",   "A 10 10 10",                           "0 A+1, 0 A+2",                {}, {"fill": "next_close", "participation": {"pct": 0.025}}, "1c A+1@10, 1c A+1@10, 2c A+1@10", "1000 980 970", (("A", 1.0, "volume_limit", 2.0, 1.0),), 80.0),
    # LEAN
    Row("LEAN: 98 at 110: a gap takes cash below zero",        "A 101 110",                            "0 A~1",                       TEN,      {"cash_buffer": {"targets": 0.0025}, **IB}, "1o A+98@110",             "10000 -781"),
    Row("LEAN: 250 at 101 needs 12626.25",                     "A 101 101",                            "0 A+250",                     TEN,      CLOSE | REJECT | IB,   "",                                            "10000 10000", (("A", 250.0, "margin_shortage", 12_626.25, 10_000.0),)),
    Row("LEAN: of two of 150 the first fills",                 "A 101 110/111/110/111; B 101 110/111/110/111", "0 A+150, 0 B+150",    TEN,      REJECT | IB,           "1o A+150@110",                                "10000 -6501", (("B", 150.0, "margin_shortage", 16_502.0, 10_000.0),)),
    Row("LEAN: the second, after the first: 8326 of 1824",     "A 101 110/111/110/111 111; B 101 101 111", "0 A+150, 1 B+150",        TEN,      REJECT | IB,           "1o A+150@110",                                "10000 -6501 -6501", (("B", 150.0, "margin_shortage", 8_326.0, 1_824.0),)),
    Row("LEAN: ConstantSlippage of 0.001 x 111",               "A 101 110/111/110/111",                "0 A+10",                      TEN,      {"slippage": {"fixed": 0.111}}, "1o A+10@110.111",                    "10000 8898.89"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_figure_is(row: Row) -> None:
    result = play(row)
    fills: list[Any] = [
        (barrier, point[0], asset, pytest.approx(units), pytest.approx(price))
        for barrier, point, asset, units, price in result.fills.select(
            "barrier", "point", "asset", "quantity", "price"
        ).iter_rows()
    ]
    assert fills == [fill[:5] for fill in READ["fills"](row.fills)]
    assert result.equity["cash"].to_list() == [float(cash) for cash in row.cash.split()]
    refused = result.risk.filter(pl.col("kind").is_in(["canceled", "held_back"]))
    columns = refused.select("asset", "quantity", "reason", "measured", "limit").rows()
    assert columns == [(asset, pytest.approx(q), why, pytest.approx(m), pytest.approx(n)) for asset, q, why, m, n in row.refused]  # fmt: skip


def test_what_a_short_has_lost_beyond_the_account_closes_it_where_vectorbt_would_cover_a_part() -> None:
    row = Row("", "A 100 400 400 400", "0 A-5", PARTS, CLOSE, "", "")
    result = play(row)
    assert result.fills.select("barrier", "quantity", "price").rows() == [(0, -5.0, 100.0), (1, 5.0, 400.0)]
    assert result.counts["account.margin_calls"] == 1
    assert result.equity["equity"].to_list() == [1000.0, -500.0, -500.0, -500.0]


@pytest.mark.parametrize("quantity", [math.nan, math.inf, 0.0])
def test_a_size_that_is_none_is_refused_where_vectorbt_skips_it(quantity: float) -> None:
    class Wrong(tg.Strategy):
        def on_batch(self, ctx: tg.Context) -> None:
            with pytest.raises(RequestError, match=str(quantity)):
                ctx.order("A", quantity)

    assert tg.run(Wrong(), prices=frame_of("A 100 100"), progress=False).orders.is_empty()
