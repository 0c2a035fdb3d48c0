"""What a change of one order may be, what comes of it, and whether its place is lost."""

from typing import Any

import pytest
from tests.unit.kernels.made import INF, NAN

from tidegate.core.enums import OrderKind
from tidegate.kernels.replacing import Change, changed, problems
from tidegate.kernels.standing import Standing

NONE = Change(NAN, NAN, NAN, NAN, NAN, NAN, 100)
LIMIT = Standing(0, 10.0, OrderKind.LIMIT, 95.0, NAN, NAN, NAN, NAN, 5)
STOP_LIMIT = Standing(0, -10.0, OrderKind.STOP_LIMIT, 94.0, 95.0, NAN, NAN, NAN, 5)
TRAIL = Standing(0, -10.0, OrderKind.TRAILING_STOP, NAN, NAN, 5.0, NAN, NAN, 5)
MARKET = Standing(0, 10.0, OrderKind.MARKET, NAN, NAN, NAN, NAN, NAN, 5)

REFUSED = [
    # order      change                          said
    (LIMIT,      {},                             "nothing is to be changed"),
    (LIMIT,      {"quantity": -4.0},             "of the order's sign"),
    (LIMIT,      {"quantity": 0.0},              "of the order's sign"),
    (LIMIT,      {"quantity": INF},              "must be finite"),
    (LIMIT,      {"quantity": 2.5},              "must be whole"),
    (LIMIT,      {"stop": 90.0},                 "has no stop"),
    (LIMIT,      {"limit": 0.0},                 "limit must be finite"),
    (LIMIT,      {"limit": INF},                 "limit must be finite"),
    (LIMIT,      {"limit": 96.0, "place": 5},    "behind its own"),
    (MARKET,     {"limit": 90.0},                "has no limit"),
    (TRAIL,      {"trail": 1.0, "trail_pct": 0.1}, "both given"),
    (TRAIL,      {"trail_pct": 1.0},             "below 1"),
    (TRAIL,      {"limit_offset": 1.0},          "has no limit_offset"),
    (STOP_LIMIT._replace(triggered=True), {"stop": 90.0}, "has been reached"),
]  # fmt: skip


@pytest.mark.parametrize(("order", "change", "said"), REFUSED, ids=[f"{row[0].kind} {row[1]}" for row in REFUSED])
def test_what_makes_no_sense_is_said(order: Standing, change: dict[str, Any], said: str) -> None:
    found = list(problems(order, NONE._replace(**change), fractional=False, over=False))
    assert any(said in problem for problem in found), found


@pytest.mark.parametrize(
    ("order", "change", "fractional"),
    [
        (LIMIT, {"quantity": 4.0}, False),
        (LIMIT, {"quantity": 2.5}, True),
        (LIMIT, {"limit": 96.0}, False),
        (STOP_LIMIT._replace(triggered=True), {"limit": 90.0}, False),
        (TRAIL, {"trail_pct": 0.1}, False),
    ],
)
def test_what_makes_sense_is_not_refused(order: Standing, change: dict[str, Any], fractional: bool) -> None:
    assert list(problems(order, NONE._replace(**change), fractional=fractional, over=False)) == []


def test_only_what_keeps_its_place_may_change_when_the_bar_is_its_last() -> None:
    assert list(problems(LIMIT, NONE._replace(quantity=4.0), fractional=False, over=True)) == []
    (said,) = problems(LIMIT, NONE._replace(quantity=14.0), fractional=False, over=True)
    assert "its time ends" in said


PLACES = [
    # order      change                                  loses its place
    (LIMIT,      {"quantity": 4.0},                      False),
    (LIMIT,      {"quantity": 10.0},                     False),
    (LIMIT,      {"quantity": 11.0},                     True),
    (LIMIT,      {"limit": 95.0},                        False),
    (LIMIT,      {"limit": 95.5},                        True),
    (LIMIT,      {"limit": 94.5},                        True),
    (LIMIT,      {"quantity": 4.0, "limit": 95.5},       True),
    (STOP_LIMIT, {"quantity": -4.0},                     False),
    (STOP_LIMIT, {"quantity": -11.0},                    True),
    (STOP_LIMIT, {"stop": 96.0},                         True),
    (TRAIL,      {"trail": 5.0},                         False),
    (TRAIL,      {"trail": 4.0},                         True),
    (TRAIL,      {"trail_pct": 0.05},                    True),
    (MARKET,     {"quantity": 11.0},                     True),
]  # fmt: skip


@pytest.mark.parametrize(("order", "change", "loses"), PLACES, ids=[f"{row[0].kind} {row[1]}" for row in PLACES])
def test_a_place_is_lost_where_a_venue_would(order: Standing, change: dict[str, Any], loses: bool) -> None:
    after = changed(order, NONE._replace(**change))
    assert after.place == (100 if loses else 5)
    assert (after.asset, after.kind) == (order.asset, order.kind)
    for name, value in change.items():
        assert getattr(after, name) == value


def test_one_distance_takes_the_place_of_the_other() -> None:
    after = changed(TRAIL, NONE._replace(trail_pct=0.1))
    assert after.trail_pct == 0.1
    assert after.trail != after.trail
