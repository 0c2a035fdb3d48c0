"""What a position sees of the bar within which it was opened: only what came after."""

from typing import Any

import pytest
from tests.scenario.test_answers_at_the_open import FLAT, run

from tidegate import Context, Strategy
from tidegate.risk.rules import TrailingStop


class Orders(Strategy):
    """Sends these orders at barrier 0: asset and the rest of what `order` takes."""

    def __init__(self, **orders: dict[str, Any]) -> None:
        self.orders = orders

    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier == 0:
            for asset, given in self.orders.items():
                ctx.order(asset, 1, **given)
        if ctx.barrier == 2:
            ctx.target_weights({})


WIDE = (100.0, 150.0, 50.0, 100.0)


@pytest.mark.parametrize(
    ("given", "fill", "seen"),
    [
        ({}, "next_open", (-0.5, 0.5)),
        ({"tif": "on_close"}, "next_open", (0.0, 0.0)),
        ({"tif": "on_open"}, "next_close", (-0.5, 0.5)),
        ({"tif": "on_open"}, "same_close", (-0.5, 0.5)),
        ({}, "next_close", (0.0, 0.0)),
    ],
)
def test_a_trades_extremes_are_those_after_its_entry(
    given: dict[str, Any], fill: str, seen: tuple[float, float]
) -> None:
    bars = [{"A": FLAT}, {"A": WIDE}, {"A": FLAT}, {"A": FLAT}]
    result = run(Orders(A=given), bars, fill=fill)
    assert result.trades.select("mae", "mfe").rows() == [seen]


RISES = (100.0, 120.0, 100.0, 118.0)
FALLS = (118.0, 118.0, 110.0, 112.0)


def test_an_entry_at_the_close_leaves_the_marks_of_others_alone() -> None:
    bars = [{"A": FLAT, "B": FLAT}, {"A": RISES, "B": FLAT}, {"A": FALLS, "B": FLAT}, {"A": FLAT, "B": FLAT}]
    for other in ({}, {"B": {"tif": "on_close"}}):
        result = run(Orders(A={}, **other), bars, [TrailingStop(0.05)])
        sold = [row for row in result.fills.select("asset", "quantity", "price").rows() if row[:2] == ("A", -1.0)]
        assert sold == [("A", -1.0, 114.0)]


def test_an_entry_inside_a_bar_trails_from_its_own_price() -> None:
    bars = [{"A": FLAT}, {"A": (100.0, 120.0, 90.0, 91.0)}, {"A": (110.0, 111.0, 104.0, 104.0)}, {"A": FLAT}]
    result = run(Orders(A={"limit": 90.0}), bars, [TrailingStop(0.05)])
    assert result.fills["price"].to_list()[0] == 90.0
    assert "trailing_stop" not in result.fills.filter(result.fills["barrier"] == 2)["tag"].to_list()
