"""Whole runs whose days came of minutes: what rules, brackets and answers make of them, and what the results tell."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import tidegate as tg
from tidegate.messages.orders import Fills

DAYS = [date(2024, 1, 2) + timedelta(day) for day in range(4)]
RISE_FALL = ((100, 101, 99, 100), (100, 106, 100, 104), (104, 104, 94, 100))
FALL_RISE = ((100, 101, 94, 97), (97, 104, 97, 104), (104, 106, 99, 100))
CONFIG: dict[str, Any] = {"data": {"finer_prices": {"stamp": "end", "timezone": "America/New_York"}}}
FIELDS = ["timestamp", "asset", "open", "high", "low", "close"]


def days(assets: str = "AB") -> pl.DataFrame:
    rows = [(day, asset, 100.0, 106.0, 94.0, 100.0) for day in DAYS for asset in assets]
    return pl.DataFrame(rows, schema=FIELDS, orient="row")


def minutes(**paths: tuple[tuple[int, ...], ...]) -> pl.DataFrame:
    rows = [
        (datetime(day.year, day.month, day.day, 9, 31 + minute), asset, *map(float, bar))
        for day in DAYS
        for minute in range(3)
        for asset, path in paths.items()
        for bar in (path[minute],)
    ]
    return pl.DataFrame(rows, schema=FIELDS, orient="row")


class Once(tg.Strategy):
    """Buys ten of A and B at the first open."""

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier == 0:
            for name in ctx.universe.names:
                ctx.order(name, 10)


def exits(result: tg.Result) -> list[tuple[str, str, str | None]]:
    """Asset, rule and minute of the fills of rules."""
    fills = result.fills.filter(pl.col("quantity") < 0)
    minute = fills["finer_timestamp"].dt.strftime("%H:%M")
    return list(zip(fills["asset"], fills["tag"], minute, strict=True))


RULES = [{"stop_loss": {"pct": 0.05}}, {"take_profit": {"pct": 0.05}}]


def test_the_minutes_decide_which_of_two_levels_was_first() -> None:
    config = CONFIG | {"risk": {"rules": RULES}}
    alone = tg.run(Once(), prices=days(), config=config | {"data": {}}, progress=False)
    assert exits(alone) == [("A", "stop_loss", None), ("B", "stop_loss", None)]
    assert alone.counts["bars.ambiguous"] == 2
    table = minutes(A=RISE_FALL, B=FALL_RISE)
    result = tg.run(Once(), prices=days(), finer_prices=table, config=config, progress=False)
    assert exits(result) == [("B", "stop_loss", "14:31"), ("A", "take_profit", "14:32")]
    assert result.counts["bars.ambiguous"] == 0


def test_where_minutes_are_missing_the_day_decides_and_is_counted() -> None:
    config = CONFIG | {"risk": {"rules": RULES}}
    result = tg.run(Once(), prices=days(), finer_prices=minutes(B=RISE_FALL), config=config, progress=False)
    assert exits(result) == [("B", "take_profit", "14:32"), ("A", "stop_loss", None)]
    assert result.counts["finer_prices.absent"] == len(DAYS)
    assert (result.counts["bars.ambiguous"], result.counts["bars.ambiguous_finer"]) == (1, 0)


def test_an_ambiguous_minute_is_counted_and_told() -> None:
    unclear = ((100, 101, 99, 100), (100, 106, 94, 104), (104, 104, 94, 100))
    config = CONFIG | {"risk": {"rules": RULES}}
    result = tg.run(Once(), prices=days("A"), finer_prices=minutes(A=unclear), config=config, progress=False)
    assert exits(result) == [("A", "stop_loss", "14:32")]
    assert (result.counts["bars.ambiguous"], result.counts["bars.ambiguous_finer"]) == (1, 1)
    told = result.risk.filter(pl.col("kind") == "ambiguous")["text"].to_list()
    assert told == ["finer bar 2024-01-03T14:32:00Z"]


class Dip(tg.Strategy):
    """Bids below the market once."""

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier == 0:
            ctx.order("A", 10, limit=97.0)


def test_what_is_bought_on_the_way_has_its_levels_for_the_minutes_that_follow() -> None:
    path = ((100, 101, 96, 98), (98, 103, 97, 102), (102, 106, 94, 100))
    config = CONFIG | {"risk": {"rules": [{"take_profit": {"pct": 0.05}}]}}
    result = tg.run(Dip(), prices=days("A"), finer_prices=minutes(A=path), config=config, progress=False)
    assert exits(result) == [("A", "take_profit", "14:32")]
    assert result.fills["price"].to_list() == [97.0, 97.0 * 1.05]


class Guarded(tg.Strategy):
    """Bids for both; what fills first withdraws the other bid."""

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier == 0:
            self.bids = {name: ctx.order(name, 10, limit=95.0) for name in ctx.universe.names}

    def on_fill(self, ctx: tg.Context, fills: Fills) -> None:
        for name, order in self.bids.items():
            if fills.seq == 1 and order not in fills.order_id.tolist():
                ctx.cancel(order)
                ctx.order(name, 1, limit=99.0)


def test_an_answer_to_a_fill_comes_in_time_for_the_minutes_that_follow() -> None:
    """A cancel holds at once; an order is for the next barrier, as ever."""
    table = minutes(A=RISE_FALL, B=FALL_RISE)
    result = tg.run(Guarded(), prices=days(), finer_prices=table, config=CONFIG, progress=False)
    first = result.fills.filter(pl.col("barrier") == 1)
    assert first["asset"].to_list() == ["B"]
    assert result.orders["status"].to_list()[:2] == ["canceled", "filled"]
    assert result.fills["barrier"].to_list() == [1, 2]


def test_files_configuration_and_folder(tmp_path: Path) -> None:
    days().write_parquet(tmp_path / "days.parquet")
    minutes(A=RISE_FALL, B=FALL_RISE).write_parquet(tmp_path / "minutes.parquet")
    (tmp_path / "config.yaml").write_text(
        "data:\n  prices: {path: days.parquet}\n"
        "  finer_prices: {path: minutes.parquet, stamp: end, timezone: America/New_York}\n"
        "risk: {rules: [{stop_loss: {pct: 0.05}}, {take_profit: {pct: 0.05}}]}\n"
    )
    result = tg.run(Once(), config=tmp_path / "config.yaml", out=tmp_path / "run", progress=False)
    assert exits(result) == [("B", "stop_loss", "14:31"), ("A", "take_profit", "14:32")]
    read = tg.read(tmp_path / "run")
    assert read.fills.equals(result.fills)
    assert read.digest == result.digest
    assert set(read.manifest["data"]) == {"prices", "finer_prices"}
    times = read.fills["finer_timestamp"].to_list()
    assert times[0] is None
    assert times[2] == datetime(2024, 1, 3, 14, 31, tzinfo=UTC)


def test_days_that_do_not_hold_their_minutes_are_refused() -> None:
    wrong = minutes(A=((100, 101, 99, 100), (100, 107, 100, 104), (104, 104, 94, 100)))
    with pytest.raises(tg.DataError, match=r"4 finer bars beyond the high or low of their bar: A 2024-01-02T14:32:00Z"):
        tg.run(Once(), prices=days(), finer_prices=wrong, config=CONFIG, progress=False)
    left = tg.run(
        Once(), prices=days(), finer_prices=wrong, progress=False,
        config={"data": {"finer_prices": CONFIG["data"]["finer_prices"] | {"on_contradiction": "drop"}}},
    )  # fmt: skip
    assert left.counts["finer_prices.dropped_contradiction"] == 4


class Hold(tg.Strategy):
    """Buys ten of A at the first open and keeps them; of a short book it sells them."""

    def __init__(self, quantity: float = 10.0) -> None:
        self.quantity = quantity

    def on_batch(self, ctx: tg.Context) -> None:
        if ctx.barrier == 0:
            ctx.order("A", self.quantity)


def trailing(path: tuple[tuple[float, ...], ...], day: tuple[float, ...], quantity: float = 10.0) -> tg.Result:
    """A quiet day on which the order is made, then one of these minutes; the stop trails by a tenth."""
    quiet = ((100, 100, 100, 100),) * 3
    rows = [(DAYS[0], "A", 100.0, 100.0, 100.0, 100.0), (DAYS[1], "A", *map(float, day))]
    table = minutes(A=quiet).filter(pl.col("timestamp").dt.date() == DAYS[0])
    ends = [datetime(2024, 1, 3, 9, 31 + minute) for minute in range(len(path))]
    inside = pl.DataFrame(
        [(end, "A", *map(float, bar)) for end, bar in zip(ends, path, strict=True)], schema=FIELDS, orient="row"
    )
    rules = {"risk": {"rules": [{"trailing_stop": {"pct": 0.1}}]}, "account": {"kind": "margin"}}
    return tg.run(
        Hold(quantity), prices=pl.DataFrame(rows, schema=FIELDS, orient="row"), finer_prices=pl.concat([table, inside]),
        config=CONFIG | rules, progress=False,
    )  # fmt: skip


TRAILED = [
    # quantity, at, minute, mae, mfe; minutes of the day; the day
    # The stop goes up with each minute that has ended: 120 x 0.9
    (
        10, 108.0, "14:33", -0.01, 0.20,
        ((100, 110, 99, 109), (109, 120, 109, 119), (119, 119, 100, 101)), (100, 120, 99, 101),
    ),
    # A minute's own high does not raise what its low is held against, but its open does: 110 x 0.9
    (
        10, None, None, None, None,
        ((100, 120, 95, 119), (119, 120, 109, 110), (110, 110, 109, 109)), (100, 120, 95, 109),
    ),
    (10, 99.0, "14:32", -0.01, 0.00, ((100, 100, 100, 100), (110, 125, 98, 99), (99, 99, 99, 99)), (100, 125, 98, 99)),
    # A gap through it: at the open of the minute
    (
        10, 105.0, "14:32", 0.00, 0.20,
        ((100, 120, 100, 120), (105, 106, 104, 105), (105, 105, 105, 105)), (100, 120, 100, 105),
    ),
    # A short, the other way round: 80 x 1.1
    (-10, 88.0, "14:33", -0.01, 0.20, ((100, 101, 90, 90), (90, 90, 80, 81), (81, 89, 81, 89)), (100, 101, 80, 89)),
]  # fmt: skip


@pytest.mark.parametrize(("quantity", "price", "minute", "mae", "mfe", "path", "day"), TRAILED)
def test_a_trailing_rule_follows_the_minutes_and_so_does_what_a_trade_has_seen(
    quantity: float, price: float | None, minute: str | None, mae: float | None, mfe: float | None,
    path: tuple[tuple[float, ...], ...], day: tuple[float, ...],
) -> None:  # fmt: skip
    result = trailing(path, day, quantity)
    trades = result.trades
    if price is None:
        assert trades.height == 0
        return
    assert trades["exit_price"].to_list() == pytest.approx([price])
    assert result.fills["finer_timestamp"].dt.strftime("%H:%M").to_list() == [None, minute]
    assert trades["tag"].to_list() == ["trailing_stop"]
    assert (trades["mae"][0], trades["mfe"][0]) == (pytest.approx(mae), pytest.approx(mfe))
