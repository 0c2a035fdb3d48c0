"""Sizes and prices that an asset is traded in: lots, minimum sizes and ticks."""

from typing import Any

import polars as pl
import pytest
from tests.scenario.volumes import NAN, bars, buy, fills, orders, play


@pytest.mark.parametrize(
    ("quantity", "reference",            "status",   "reason",       "measured", "limit"),
    [
        (30,     {"lot": 10},            "filled",   "none",         NAN,        NAN),
        (35,     {"lot": 10},            "rejected", "lot_size",     35.0,       10.0),
        (5,      {"minimum": 6},         "rejected", "minimum_size", 5.0,        6.0),
        (6,      {"minimum": 6},         "filled",   "none",         NAN,        NAN),
        (5,      {"minimum": 6, "lot": 2}, "rejected", "lot_size",   5.0,        2.0),
    ],
)  # fmt: skip
def test_orders_of_sizes_that_are_not_traded_are_rejected(
    quantity: float, reference: Any, status: str, reason: str, measured: float, limit: float
) -> None:
    result = play({0: buy(quantity)}, {"A": bars(1e3, 1e3)}, universe={"defaults": reference})
    (found,) = orders(result, "status", "reason", "measured", "limit")
    assert found == (status, reason, *(None if one != one else one for one in (measured, limit)))


def test_all_that_is_held_can_be_sold_however_odd() -> None:
    tape = {"A": bars(100.0, 30.0, 100.0, 100.0, 100.0)}
    reference = {"defaults": {"lot": 10, "minimum": 10}}
    plan = {0: buy(40), 1: lambda ctx: ctx.cancel_all(), 2: buy(-5), 3: lambda ctx: ctx.close("A")}
    result = play(plan, tape, cap=0.5, universe=reference)
    assert fills(result) == [(1, 10.0), (4, -10.0)]
    assert orders(result)[1][2:] == ("rejected", "lot_size")


@pytest.mark.parametrize(
    ("terms",                             "refused",  "price",  "now"),
    [
        ({"limit": 9.95},                 False,      None,     None),
        ({"limit": 9.97},                 True,       9.97,     9.95),
        ({"stop": 10.02},                 True,       10.02,    10.05),
        ({"stop": 10.05, "limit": 10.12}, True,       10.12,    10.10),
        ({"trail": 0.03},                 False,      None,     None),
    ],
)  # fmt: skip
def test_prices_between_ticks_are_refused_or_rounded_to_the_less_aggressive_side(
    terms: Any, refused: bool, price: float | None, now: float | None
) -> None:
    tape, reference = {"A": bars(1e3, 1e3)}, {"defaults": {"tick": 0.05}}
    result = play({0: buy(1, **terms)}, tape, universe=reference)
    assert orders(result, "status")[0] == (("rejected",) if refused else orders(result, "status")[0])
    assert (result.counts["orders.rejected"] == 1) == refused
    rounded = play({0: buy(1, **terms)}, tape, universe=reference, execution={"tick": "round"})
    told = rounded.risk.filter(pl.col("reason") == "tick_size")
    assert told["kind"].to_list() == (["trimmed"] if refused else [])
    if refused:
        assert told["measured"].to_list() == [price]
        assert told["limit"].to_list() == pytest.approx([now])


def test_a_rounded_limit_is_the_one_that_fills() -> None:
    dip = (10.0, 10.0, 9.94, 10.0, 1e3)
    reference = {"defaults": {"tick": 0.05}}
    result = play({0: buy(1, limit=9.97)}, {"A": [dip, dip]}, universe=reference, execution={"tick": "round"})
    assert result.fills["price"].to_list() == pytest.approx([9.95])
