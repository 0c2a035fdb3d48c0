"""Finer bars together with splits, with volume, and with shorts on margin: whole runs, worked out by hand."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

import tidegate as tg

DAYS = [date(2024, 1, 2) + timedelta(day) for day in range(5)]
FIELDS = ["timestamp", "asset", "open", "high", "low", "close", "volume"]
Four = tuple[float, float, float, float]
Day = tuple[Four, float, Sequence[tuple[Four, float]]]
"""The bar and the volume of a day, then of its minutes."""
CONFIG: dict[str, Any] = {"data": {"finer_prices": {"stamp": "end", "timezone": "America/New_York"}}}


class Plan(tg.Strategy):
    """Does at the close of each day what a list says."""

    def __init__(self, *steps: Callable[[tg.Context], object] | None) -> None:
        self.steps = dict(enumerate(steps))

    def on_batch(self, ctx: tg.Context) -> None:
        step = self.steps.get(ctx.barrier)
        if step is not None:
            step(ctx)


def flat(price: float, volume: float = 1000.0) -> Day:
    """A day on which nothing happens, in two minutes."""
    bar = (price,) * 4
    return bar, volume, [(bar, volume / 2)] * 2


def day(volume: float, *minutes: Four, volumes: Sequence[float] = ()) -> Day:
    """A day that came of these minutes, whose bar is theirs."""
    bar = minutes[0][0], max(m[1] for m in minutes), min(m[2] for m in minutes), minutes[-1][3]
    return bar, volume, [(m, v) for m, v in zip(minutes, volumes or [1.0] * len(minutes), strict=True)]


def run(plan: Plan, days: Sequence[Day], actions: list[tuple[int, str, float]] = [], **config: Any) -> tg.Result:  # noqa: B006
    prices = [(on, "A", *map(float, bar), float(volume)) for on, (bar, volume, _) in zip(DAYS, days, strict=False)]
    finer = [
        (datetime(on.year, on.month, on.day, 9, 31 + number), "A", *map(float, bar), float(volume))
        for on, (_, _, minutes) in zip(DAYS, days, strict=False)
        for number, (bar, volume) in enumerate(minutes)
    ]
    told = {
        "asset": ["A"] * len(actions), "ex_date": [DAYS[at] for at, _, _ in actions],
        "kind": [kind for _, kind, _ in actions], "value": [value for _, _, value in actions],
    }  # fmt: skip
    return tg.run(
        plan, prices=pl.DataFrame(prices, schema=FIELDS, orient="row"),
        finer_prices=pl.DataFrame(finer, schema=FIELDS, orient="row"),
        actions=pl.DataFrame(told) if actions else None, config=CONFIG | config, progress=False,
    )  # fmt: skip


def fills(result: tg.Result) -> list[tuple[int, float, float, str | None]]:
    """Barrier, quantity, price and minute of every fill."""
    f = result.fills
    minute = f["finer_timestamp"].dt.strftime("%M").to_list()
    return list(
        zip(f["barrier"].to_list(), f["quantity"].to_list(), [round(p, 9) for p in f["price"]], minute, strict=True)
    )


def buy(quantity: float, **terms: Any) -> Callable[[tg.Context], object]:
    return lambda ctx: ctx.order("A", quantity, **terms)


LOSS, TRAIL = {"stop_loss": {"pct": 0.05}}, {"trailing_stop": {"pct": 0.1}}
TENTH = {"participation": {"pct": 0.1}}

# A day at 118 after one at 100; then a day at half of that, for every share has become two
SPLIT = [
    flat(100),
    day(1000, (100, 110, 100, 110), (110, 120, 110, 118)),
    day(2000, (60, 61, 59, 60), (60, 66, 60, 65), (65, 65, 52, 53)),
    flat(53),
]
AFTER_SPLIT = [
    # what guards the ten shares that were bought       the twenty are sold at   in minute
    # The best price, 120, is 60 now; then 66 is, and the stop 66 x 0.9
    ({"rules": [TRAIL]}, None,                            59.4,                    "33"),
    # The average price is 50: its stop, 47.5, is not reached
    ({"rules": [LOSS]}, None,                             None,                    None),
    # A stop of 112 is 56; one of 118.5 is 59.25, which the first minute reaches
    ({}, {"stop": 112.0},                                 56.0,                    "33"),
    ({}, {"stop": 118.5},                                 59.25,                   "31"),
    # One 10 behind 118 is 54 now and 5 behind: 66 - 5, in the minute of 66, which falls to 60 again
    ({}, {"trail": 10.0},                                 61.0,                    "32"),
    # One 0.5 behind 118 follows the open of 60 to 59.75, from where the first minute may fall to 59 at once
    ({}, {"trail": 0.5},                                  59.75,                   "31"),
]  # fmt: skip


@pytest.mark.parametrize(("risk", "order", "price", "minute"), AFTER_SPLIT)
def test_minutes_after_a_split_meet_levels_in_their_own_units(
    risk: dict[str, Any], order: dict[str, float] | None, price: float | None, minute: str | None
) -> None:
    plan = Plan(buy(10), buy(-10, **order) if order else None)
    result = run(plan, SPLIT, [(2, "split", 2.0)], risk=risk)
    assert fills(result)[0] == (1, 10.0, 100.0, None)
    assert fills(result)[1:] == ([] if price is None else [(2, -20.0, price, minute)])


def test_what_a_trade_saw_before_a_split_and_in_the_minutes_after_it() -> None:
    """Bought at 50 of now; the best of the minutes before the exit was 66, the worst 50, of the day before."""
    trades = run(Plan(buy(10)), SPLIT, [(2, "split", 2.0)], risk={"rules": [TRAIL]}).trades
    assert trades.select("quantity", "entry_price", "exit_price").rows() == [(20.0, 50.0, 59.4)]
    assert trades.select("mae", "mfe").rows() == [(0.0, pytest.approx(0.32))]


def test_a_tenth_of_a_days_volume_is_shared_by_its_minutes() -> None:
    """Ten in the first minute, none in those after it; and the rest waits for the next day, told once a day."""
    days = [
        flat(100),
        day(100, (100, 100, 98, 98), (98, 99, 97, 98), (98, 99, 98, 99)),
        day(100, (100, 100, 100, 100), (100, 100, 98, 98), (98, 99, 98, 98)),
        flat(98, 100),
    ]
    result = run(Plan(buy(25, limit=99.0)), days, execution=TENTH)
    assert fills(result) == [(1, 10.0, 99.0, "31"), (2, 10.0, 99.0, "32"), (3, 5.0, 98.0, None)]
    assert result.counts["orders.held_back"] == 2


def test_what_the_open_left_is_told_in_the_first_minute_it_could_go_in_and_then_waits() -> None:
    days = [flat(100), day(100, (98, 99, 98, 98), (98, 99, 97, 98), (98, 99, 98, 99)), flat(98, 1000)]
    result = run(Plan(buy(25, limit=99.0)), days, execution=TENTH)
    assert fills(result) == [(1, 10.0, 98.0, None), (2, 15.0, 98.0, None)]
    assert result.counts["orders.held_back"] == 2


def test_a_day_order_that_volume_held_back_in_a_minute_ends_with_the_day() -> None:
    days = [flat(100), day(100, (100, 100, 98, 98), (98, 99, 97, 98)), flat(98, 1000)]
    result = run(Plan(buy(25, limit=99.0, tif="day")), days, execution=TENTH)
    assert fills(result) == [(1, 10.0, 99.0, "31")]
    assert result.orders["status"].to_list() == ["expired"]


def test_a_stop_that_volume_held_back_in_a_minute_is_due_at_the_next_open() -> None:
    """Half of it goes at 95 in the second minute, and nothing in the third, whose 93 the rest has seen."""
    days = [flat(100), flat(100), day(100, (100, 100, 96, 96), (96, 96, 94, 94), (94, 94, 93, 93)), flat(98, 1000)]
    result = run(Plan(buy(20)), days, execution=TENTH, risk={"rules": [LOSS]})
    assert fills(result) == [(1, 20.0, 100.0, None), (2, -10.0, 95.0, "32"), (3, -10.0, 98.0, None)]
    assert result.trades["mae"].to_list() == [pytest.approx(-0.05), pytest.approx(-0.07)]
    assert result.counts["orders.canceled"] == 1


UNTRADED = [
    # Of the day and of its two minutes, what was traded; where a bid at 99 is filled
    ((0, 0, 0), {}, []),
    ((0, 5, 5), {}, []),
    ((10, 0, 10), {}, [(1, 25.0, 99.0, "32")]),
    ((10, 10, 0), {}, [(1, 25.0, 99.0, "31")]),
    ((10, 0, 0), {}, [(1, 25.0, 99.0, None)]),  # as where there are no minutes: the day decides
    ((10, 0, 10), {"participation": {"zero_volume": "fill"}}, [(1, 25.0, 99.0, "31")]),
    ((0, 0, 10), {"participation": {"zero_volume": "fill"}}, [(1, 25.0, 99.0, "31")]),
]


@pytest.mark.parametrize(("volumes", "execution", "filled"), UNTRADED)
def test_nothing_fills_in_a_minute_in_which_nothing_was_traded(
    volumes: tuple[int, int, int], execution: dict[str, Any], filled: list[Any]
) -> None:
    whole, *minutes = volumes
    days = [flat(100), day(whole, (100, 100, 94, 95), (101, 102, 97, 102), volumes=minutes)]
    result = run(Plan(buy(25, limit=99.0)), days, execution=execution)
    assert fills(result) == filled
    left_out = 0 if execution else minutes.count(0)
    assert result.counts.get("finer_prices.untraded", 0) == left_out
    assert result.counts.get("finer_prices.absent", 0) == (1 if left_out == 2 else 0)


def test_a_short_called_at_the_mark_buys_at_the_open_and_its_stop_in_a_minute_buys_the_rest() -> None:
    """At 148 the account is worth 8,000 - 4,800 = 3,200 and must be worth 3,700, a quarter of 14,800.

    3,200 is a quarter of 86.49 units' worth: fourteen of the hundred are bought.
    """
    days = [
        flat(100),
        day(1000, (100, 100, 100, 100), (100, 148, 100, 148)),
        day(1000, (148, 149, 147, 148), (148, 156, 148, 156), (156, 157, 155, 156)),
        flat(156),
    ]
    account = {"kind": "margin", "cash": 8000}
    result = run(Plan(buy(-100)), days, account=account, risk={"rules": [{"stop_loss": {"pct": 0.55}}]})
    assert fills(result) == [(1, -100.0, 100.0, None), (2, 14.0, 148.0, None), (2, 86.0, 155.0, "32")]
    trades = result.trades.select("quantity", "tag").rows()
    assert trades == [(-14.0, "margin call"), (-86.0, "stop_loss")]
    assert result.trades["mae"].to_list() == [pytest.approx(-0.48), pytest.approx(-0.55)]
    assert result.equity["equity"].to_list() == [8000.0, 3200.0, 2598.0, 2598.0]


SHORTS = [
    # minutes of the day after the sale at 100                           rule           bought at   in    ambiguous
    # A rise to the stop comes before the fall to the profit level, or after it
    (((100, 104, 99, 104), (104, 106, 103, 103), (103, 103, 90, 91)),    "stop_loss",   105.0,      "32", 0),
    (((100, 104, 99, 99), (99, 99, 89, 89), (89, 110, 89, 110)),         "take_profit", 90.0,       "32", 0),
    # Through the stop by a gap; and through the profit level
    (((100, 104, 99, 104), (107, 108, 106, 106)),                        "stop_loss",   107.0,      "32", 0),
    (((100, 104, 99, 99), (88, 89, 80, 89)),                             "take_profit", 88.0,       "32", 0),
    # Both in one minute: the stop
    (((100, 104, 99, 104), (104, 106, 89, 90)),                          "stop_loss",   105.0,      "32", 1),
]  # fmt: skip


@pytest.mark.parametrize(("minutes", "rule", "price", "minute", "ambiguous"), SHORTS)
def test_minutes_decide_what_a_short_reaches_first(
    minutes: tuple[Four, ...], rule: str, price: float, minute: str, ambiguous: int
) -> None:
    rules = [LOSS, {"take_profit": {"pct": 0.1}}]
    days = [flat(100), flat(100), day(1000, *minutes)]
    result = run(Plan(buy(-10)), days, account={"kind": "margin"}, risk={"rules": rules})
    assert fills(result) == [(1, -10.0, 100.0, None), (2, 10.0, price, minute)]
    assert result.trades["tag"].to_list() == [rule]
    assert result.counts["bars.ambiguous_finer"] == ambiguous


def test_a_split_changes_the_units_of_what_volume_held_back() -> None:
    """Fifteen at 99 are thirty at 49.50; a tenth of what is traded now is in units of now."""
    days = [flat(100), day(100, (100, 100, 98, 98), (98, 99, 97, 98)), day(200, (50, 50, 48, 48)), flat(49, 200)]
    result = run(Plan(buy(25, limit=99.0)), days, [(2, "split", 2.0)], execution=TENTH)
    assert fills(result) == [(1, 10.0, 99.0, "31"), (2, 20.0, 49.5, "31"), (3, 10.0, 49.0, None)]


def test_a_stop_held_back_before_a_split_is_due_after_it_for_what_the_shares_have_become() -> None:
    """Ten are left of twenty; the twenty that they become go in a day of 150 and one of more."""
    days = [
        flat(100), flat(100), day(100, (100, 100, 96, 96), (96, 96, 94, 94)),
        day(150, (46, 47, 46, 46), (46, 46.5, 45.5, 46)), flat(46),
    ]  # fmt: skip
    result = run(Plan(buy(20)), days, [(3, "split", 2.0)], execution=TENTH, risk={"rules": [LOSS]})
    assert fills(result)[1:] == [(2, -10.0, 95.0, "32"), (3, -15.0, 46.0, None), (4, -5.0, 46.0, None)]
    assert result.trades["mae"].to_list() == pytest.approx([-0.05, -0.08, -0.09])
