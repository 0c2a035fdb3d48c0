"""Traps that other engines have fallen into, where they concern costs; each test is named for its trap."""

from typing import Any

import pytest
from tests.scenario.test_costs import FLAT, run

QUANTITIES = (1.0, 7.0, 250.0)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize(
    ("slippage", "per_unit"),
    [
        ({"fixed": 0.25}, 0.25),
        ({"bps": 10.0}, 0.1),
        ({"half_spread": {"bps": 5.0}}, 0.05),
        ({"volatility": {"factor": 0.5}, "sigma": {"feature": "sigma"}}, 1.0),
        ({"bps": 10.0, "half_spread": {"bps": 5.0}, "fixed": 0.25}, 0.4),
    ],
)
def test_per_unit_slippage_summed_as_money(slippage: dict[str, Any], per_unit: float, quantity: float) -> None:
    """Slippage is money: so much a unit, times the units of each fill; nowhere is what a unit slips added up."""
    asks: dict[int, list[tuple[float, dict[str, Any]]]] = {0: [(quantity, {})] * 3, 1: [(-3.0 * quantity, {})]}
    result = run(FLAT, asks, {"slippage": slippage}, features={"sigma": [0.02] * len(FLAT)})
    fills, metrics = result.fills, result.metrics
    assert fills["slippage"].to_list() == pytest.approx([per_unit * quantity] * 3 + [per_unit * 3 * quantity], abs=1e-6)
    total = 6 * quantity * per_unit
    assert metrics["slippage"] == pytest.approx(total, abs=1e-5)
    assert result.equity["slippage"].to_list() == pytest.approx([0.0, total / 2, total, total, total, total], abs=1e-5)
    # Sold at once at an unchanged price, slippage is all that was lost.
    assert result.equity["equity"][-1] == pytest.approx(1e6 - total, abs=1e-5)
    assert float(metrics["costs"] or 0.0) == pytest.approx(total, abs=1e-5)


def test_rates_of_slippage_are_of_the_traded_value_and_not_of_a_units_price() -> None:
    result = run(FLAT, {0: [(40.0, {})]}, {"slippage": {"fixed": 0.5}})
    assert result.metrics["slippage_bps"] == pytest.approx(20.0 / (40.0 * 100.5) * 1e4)
