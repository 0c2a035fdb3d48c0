"""What a bar's volume lets through, bar by bar."""

from typing import Any

import polars as pl
import pytest
from tests.scenario.volumes import NAN, bars, both, buy, fills, orders, play

import tidegate as tg


def test_five_shares_at_a_cap_of_two_a_bar_fill_as_two_two_and_one() -> None:
    """PARITY: zipline's volume share, 2.5 % of 80."""
    result = play({0: buy(5)}, {"A": bars(*[80.0] * 5)}, cap=0.025)
    assert fills(result) == [(1, 2.0), (2, 2.0), (3, 1.0)]
    assert orders(result) == [(5.0, 5.0, "filled", "volume_limit")]
    assert result.counts["orders.held_back"] == 2


def test_zero_volume_does_not_fill_and_the_order_waits() -> None:
    """PARITY: zipline; here with and without a cap."""
    for cap in (0.025, None):
        result = play({0: buy(2)}, {"A": bars(80.0, 0.0, 0.0, 80.0)}, cap=cap)
        assert fills(result) == [(3, 2.0)]
        assert result.counts["orders.held_back"] == 2


def test_zero_volume_fills_where_that_is_asked_for() -> None:
    result = play({0: buy(2)}, {"A": bars(80.0, 0.0)}, cap=0.025, participation={"zero_volume": "fill"})
    assert fills(result) == [(1, 2.0)]


def test_unknown_volume_is_no_limit_and_is_counted() -> None:
    result = play({0: buy(2)}, {"A": bars(80.0, NAN)}, cap=0.025)
    assert fills(result) == [(1, 2.0)]
    assert result.counts["volume.unknown"] == 1
    assert play({0: buy(2)}, {"A": bars(80.0, NAN)}, cap=None).counts["volume.unknown"] == 0


def test_the_cap_is_shared_by_all_orders_of_an_asset_in_serving_order() -> None:
    plan = {0: both(buy(3, priority=1.0), buy(3, priority=2.0), buy(3, "B"))}
    result = play(plan, {"A": bars(*[4.0] * 4), "B": bars(*[4.0] * 4)})
    assert fills(result, "barrier", "asset", "quantity", "order_id") == [
        (1, "A", 1.0, result.orders["order_id"][0]),
        (1, "A", 3.0, result.orders["order_id"][1]),
        (1, "B", 3.0, result.orders["order_id"][2]),
        (2, "A", 2.0, result.orders["order_id"][0]),
    ]


def test_the_cap_is_shared_by_open_inside_and_close() -> None:
    bar = (10.0, 10.0, 8.0, 9.0, 5.0)
    plan = {0: both(buy(3), buy(3, limit=9.0), buy(3, tif="on_close"))}
    result = play(plan, {"A": [bar, bar, bar]})
    assert fills(result, "barrier", "point", "quantity") == [(1, "open", 3.0), (1, "bar", 2.0), (2, "bar", 1.0)]
    assert orders(result) == [
        (3.0, 3.0, "filled", "none"),
        (3.0, 3.0, "filled", "volume_limit"),
        (3.0, 0.0, "canceled", "volume_limit"),  # the close it was for has passed
    ]


def test_reductions_take_of_the_volume_before_entries() -> None:
    plan = {0: buy(4), 2: both(buy(2), buy(-3))}
    result = play(plan, {"A": bars(9.0, 9.0, 9.0, 4.0, 9.0)})
    assert fills(result) == [(1, 4.0), (3, -3.0), (3, 1.0), (4, 1.0)]


@pytest.mark.parametrize(
    ("tif",     "filled", "status",   "reason"),
    [
        ("gtc",     5.0,  "filled",   "volume_limit"),
        ("day",     2.0,  "expired",  "time_in_force"),
        ("ioc",     2.0,  "canceled", "volume_limit"),
        ("fok",     0.0,  "canceled", "volume_limit"),
        ("on_open", 2.0,  "canceled", "volume_limit"),
    ],
)  # fmt: skip
def test_what_becomes_of_the_rest_is_the_time_in_forces_business(
    tif: Any, filled: float, status: str, reason: str
) -> None:
    result = play({0: buy(5, tif=tif)}, {"A": bars(*[2.0] * 5)})
    assert orders(result) == [(5.0, filled, status, reason)]


def test_the_rest_is_canceled_where_that_is_asked_for() -> None:
    result = play({0: buy(5)}, {"A": bars(*[2.0] * 3)}, participation={"remainder": "cancel"})
    assert orders(result, "filled", "status", "reason", "measured", "limit") == [
        (2.0, "canceled", "volume_limit", 5.0, 2.0)
    ]


def test_what_is_still_open_at_the_end_of_data_expires_with_what_it_filled() -> None:
    result = play({0: buy(5)}, {"A": bars(2.0, 2.0)})
    assert orders(result) == [(5.0, 2.0, "expired", "end_of_data")]


def test_a_fill_or_kill_that_does_not_fit_leaves_the_volume_to_others() -> None:
    result = play({0: both(buy(5, tif="fok", priority=9.0), buy(2))}, {"A": bars(2.0, 2.0)})
    assert fills(result) == [(1, 2.0)]


def test_units_are_whole_unless_fractional_and_lots_are_whole() -> None:
    tape = {"A": bars(10.0, 7.0, 7.0)}
    assert fills(play({0: buy(5)}, tape, cap=0.5)) == [(1, 3.0), (2, 2.0)]
    assert fills(play({0: buy(5)}, tape, cap=0.5, fractional=True)) == [(1, 3.5), (2, 1.5)]
    lots = {"defaults": {"lot": 2}}
    assert fills(play({0: buy(6)}, tape, cap=0.5, universe=lots)) == [(1, 2.0), (2, 2.0)]


def test_what_cash_cuts_of_a_part_ends_the_order_as_ever() -> None:
    result = play({0: buy(5)}, {"A": bars(9.0, 3.0, 9.0)}, cash=20.0)
    assert fills(result) == [(1, 2.0)]
    (canceled,) = result.risk.filter(pl.col("kind") == "canceled").to_dicts()
    assert (canceled["quantity"], canceled["reason"], canceled["measured"], canceled["limit"]) == (
        3.0,
        "cash_shortage",
        30.0,
        20.0,
    )
    assert orders(result)[0][2] == "canceled"


def test_a_sell_of_more_than_is_held_takes_no_more_volume_than_is_held() -> None:
    plan = {0: buy(3), 1: both(buy(-3, limit=1.0), buy(-3, limit=1.0)), 3: buy(1)}
    result = play(plan, {"A": bars(*[4.0] * 6)})
    assert fills(result) == [(1, 3.0), (2, -3.0), (4, 1.0)]
    assert orders(result)[2][2:] == ("canceled", "no_position")


def test_a_target_counts_what_is_still_open() -> None:
    target = lambda ctx: ctx.order_target("A", 5)  # noqa: E731
    result = play({0: target, 1: target, 2: target}, {"A": bars(*[2.0] * 6)})
    assert fills(result) == [(1, 2.0), (2, 2.0), (3, 1.0)]
    assert len(result.orders) == 1


def test_weights_withdraw_what_is_open_beyond_them() -> None:
    plan = {0: lambda ctx: ctx.target_weights({"A": 0.5}), 1: lambda ctx: ctx.target_weights({"A": 0.001})}
    result = play(plan, {"A": bars(9.0, 3.0, 9.0, 9.0)}, cash=1000.0)
    assert fills(result) == [(1, 3.0), (2, -3.0)]
    assert orders(result)[0] == (50.0, 3.0, "canceled", "cancel_requested")


def test_the_rest_can_be_canceled() -> None:
    def withdraw(ctx: tg.Context) -> None:
        assert ctx.open_orders
        assert ctx.pending.tolist() == [3.0]
        ctx.cancel_all()
        assert ctx.pending.tolist() == [0.0]

    result = play({0: buy(5), 1: withdraw}, {"A": bars(*[2.0] * 4)})
    assert orders(result) == [(5.0, 2.0, "canceled", "cancel_requested")]


def test_a_partial_fill_cancels_the_others_of_its_group_and_goes_on_itself() -> None:
    def pair(ctx: tg.Context) -> None:
        one, other = ctx.order("A", 4, limit=10.0), ctx.order("A", 4, limit=9.0)
        ctx.one_cancels_other(one, other)

    result = play({0: pair}, {"A": bars(*[3.0] * 4)})
    assert fills(result) == [(1, 3.0), (2, 1.0)]
    assert orders(result)[1] == (4.0, 0.0, "canceled", "one_cancels_other")


def test_one_of_a_group_that_is_held_back_whole_cancels_nobody() -> None:
    def pair(ctx: tg.Context) -> None:
        ctx.one_cancels_other(ctx.order("A", 4, limit=10.0), ctx.order("A", 4, limit=10.5))

    result = play({0: pair}, {"A": bars(3.0, 0.0, 4.0)})
    assert fills(result) == [(2, 4.0)]


def test_a_stop_of_which_volume_held_something_back_goes_on_at_the_next_open() -> None:
    falling = (10.0, 10.0, 8.0, 9.0, 3.0)
    back = (12.0, 12.0, 12.0, 12.0, 9.0)
    tape = [*bars(9.0, 9.0), falling, back]
    result = play({0: buy(5), 1: buy(-5, stop=9.0)}, {"A": tape})
    assert fills(result, "barrier", "point", "quantity", "price") == [
        (1, "open", 5.0, 10.0), (2, "bar", -3.0, 9.0), (3, "open", -2.0, 12.0),
    ]  # fmt: skip


def test_a_limit_of_which_volume_held_something_back_stays_at_its_limit() -> None:
    falling = (10.0, 10.0, 8.0, 9.0, 3.0)
    tape = [*bars(9.0), falling, *bars(9.0, at=12.0), falling]
    result = play({0: buy(5, limit=9.0)}, {"A": tape})
    assert fills(result, "barrier", "quantity", "price") == [(1, 3.0, 9.0), (3, 2.0, 9.0)]


RULES = {"rules": [{"stop_loss": {"pct": 0.1}}, {"take_profit": {"pct": 0.2}}]}


def test_a_protective_exit_goes_as_far_as_volume_lets_it_and_its_rest_at_the_next_opens() -> None:
    falling, back = (10.0, 10.0, 8.0, 9.5, 2.0), (11.0, 11.0, 11.0, 11.0, 2.0)
    result = play({0: buy(5)}, {"A": [*bars(9.0, 9.0), falling, back, back, back]}, risk=RULES)
    assert fills(result, "barrier", "point", "quantity", "price") == [
        (1, "open", 5.0, 10.0), (2, "bar", -2.0, 9.0), (3, "open", -2.0, 11.0), (4, "open", -1.0, 11.0),
    ]  # fmt: skip
    assert orders(result)[1:] == [
        (-5.0, -2.0, "canceled", "volume_limit"),
        (-3.0, -2.0, "canceled", "volume_limit"),
        (-1.0, -1.0, "filled", "none"),
    ]
    assert result.trades["quantity"].sum() == 5.0


def test_a_profit_exit_that_is_held_back_waits_for_its_level() -> None:
    rising, back = (10.0, 13.0, 10.0, 10.0, 2.0), (10.0, 10.0, 10.0, 10.0, 9.0)
    result = play({0: buy(3)}, {"A": [*bars(9.0, 9.0), rising, back, rising]}, risk=RULES)
    assert fills(result, "barrier", "quantity", "price") == [(1, 3.0, 10.0), (2, -2.0, 12.0), (4, -1.0, 12.0)]


def test_a_protective_exit_in_a_bar_without_volume_waits() -> None:
    falling = (10.0, 10.0, 8.0, 9.5, 0.0)
    result = play({0: buy(3)}, {"A": [*bars(9.0, 9.0), falling, *bars(9.0)]}, cap=None, risk=RULES)
    assert fills(result, "barrier", "point", "quantity") == [(1, "open", 3.0), (3, "open", -3.0)]
    assert orders(result)[1] == (-3.0, 0.0, "canceled", "volume_limit")


def test_exits_of_a_bracket_live_as_far_as_its_entry_has_filled() -> None:
    tape = [*bars(2.0, 2.0, 2.0), (10.0, 10.0, 8.0, 9.0, 9.0), *bars(9.0)]
    result = play({0: lambda ctx: ctx.bracket("A", 4, stop_loss=9.0, take_profit=20.0)}, {"A": tape})
    assert fills(result, "barrier", "quantity") == [(1, 2.0), (2, 2.0), (3, -4.0)]


def test_an_exit_that_fills_cancels_the_rest_of_its_entry() -> None:
    falling = (10.5, 10.5, 8.0, 9.0, 4.0)  # above the entry's limit at its open, below the stop later
    tape = [*bars(2.0, 2.0), falling, *bars(9.0)]
    bracket = lambda ctx: ctx.bracket("A", 8, limit=10.0, stop_loss=9.0)  # noqa: E731
    result = play({0: bracket}, {"A": tape}, cap=1.0)
    # inside bar 2 the exit goes before the entry, of which two units still fit the volume at that moment
    assert fills(result, "barrier", "point", "quantity") == [(1, "open", 2.0), (2, "bar", -2.0), (2, "bar", 2.0)]
    assert orders(result)[0][2:] == ("canceled", "one_cancels_other")


def test_an_exit_that_fills_all_it_lives_for_is_canceled_for_what_else_it_asked() -> None:
    left: list[int] = []

    def bracket(ctx: tg.Context) -> None:
        entry = ctx.order("A", 8, limit=10.0)
        ctx.order("A", -8, stop=9.0, after=entry)

    tape = [*bars(2.0, 2.0), (10.5, 10.5, 8.0, 9.0, 2.0), *bars(9.0, 9.0)]
    result = play({0: bracket, 3: lambda ctx: left.append(len(ctx.open_orders))}, {"A": tape}, cap=1.0)
    assert fills(result, "barrier", "point", "quantity") == [(1, "open", 2.0), (2, "bar", -2.0)]
    assert orders(result, "requested", "filled", "status", "reason", "measured", "limit") == [
        (8.0, 2.0, "canceled", "one_cancels_other", None, None),
        (-8.0, -2.0, "canceled", "parent_ended", 8.0, 2.0),
    ]
    assert left == [0]


def test_permuted_and_added_assets_change_nothing() -> None:
    tapes = {"A": bars(3.0, 4.0, 5.0, 2.0), "B": bars(2.0, 2.0, 0.0, 9.0)}
    plan = {0: both(buy(9, "A"), buy(5, "B")), 2: both(buy(-3, "A"), buy(2, "A"))}
    one = play(plan, tapes)
    other = play(plan, {"Z": bars(*[1.0] * 4), **dict(reversed(tapes.items()))})
    assert one.fills.drop("order_id").equals(other.fills.drop("order_id"))
    assert one.equity.equals(other.equity)
