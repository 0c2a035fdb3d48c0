"""Traps that other engines have fallen into, where they concern shorts; each test is named for its trap."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.oracle.engine import columns, source_of

from tidegate import Context, Result, Session, Strategy

PRICES = [100.0, 100.0, 110.0, 80.0, 120.0, 120.0]


class Asks(Strategy):
    """Does at each barrier what it was told."""

    def __init__(self, *hooks: Callable[[Context], object]) -> None:
        self.hooks = hooks

    def on_batch(self, ctx: Context) -> None:
        if ctx.barrier < len(self.hooks):
            self.hooks[ctx.barrier](ctx)


def run(*hooks: Callable[[Context], object], prices: list[float] = PRICES, **risk: object) -> Result:
    """Ten thousand on margin, one asset whose bars are their closes, no costs."""
    bars = {name: np.array([prices]).T for name in ("open", "high", "low", "close")}
    config = {
        "account": {"kind": "margin", "cash": 10_000.0},
        "risk": risk,
        "run": {"kernels": "interpreted"},
        "record": {"positions": "every"},
    }
    return Session(Asks(*hooks), source=source_of(["A"], bars), config=config, progress=False).run()


def test_equity_that_counts_a_short_as_plus() -> None:
    result = run(lambda ctx: ctx.order("A", -10), lambda ctx: None, lambda ctx: None, lambda ctx: ctx.close("A"))
    found = columns(result, "equity", "cash_micros equity_micros gross_micros short_micros")
    assert [tuple(value // 10**6 for value in row) for row in found] == [
        # cash   equity  gross  of it short
        (10_000, 10_000, 0,     0),
        (11_000, 10_000, 1_000, 1_000),  # what the sale brings is owed
        (11_000, 9_900,  1_100, 1_100),  # a rise is a loss
        (11_000, 10_200, 800,   800),    # a fall is a gain
        (9_800,  9_800,  0,     0),      # and bought back above, it has lost
        (9_800,  9_800,  0,     0),
    ]  # fmt: skip
    assert columns(result, "trades", "quantity pnl_micros") == [(-10.0, -200 * 10**6)]
    assert result.trades["side"].to_list() == ["short"]
    assert columns(result, "positions", "value_micros") == [(-1_000 * 10**6,), (-1_100 * 10**6,), (-800 * 10**6,)]


def test_a_strategy_sees_a_short_as_a_debt_too() -> None:
    seen: list[tuple[float, float, float, float]] = []

    def look(ctx: Context) -> None:
        position = ctx.position("A")
        seen.append((ctx.equity, position.value, position.unrealized, ctx.buying_power))

    run(lambda ctx: ctx.order_target_percent("A", -0.1), look, look)
    assert seen == [(10_000.0, -1_000.0, 0.0, 19_000.0), (9_900.0, -1_100.0, -100.0, 18_700.0)]


@pytest.mark.parametrize(
    # a short entered at 100
    ("rule", "prices", "price", "pnl"),
    [
        ({"stop_loss": {"pct": 0.1}},     [100.0, 100.0, 109.0, 112.0, 100.0], 112.0, -120),
        ({"take_profit": {"pct": 0.1}},   [100.0, 100.0, 91.0, 88.0, 100.0],   88.0,  120),
        ({"trailing_stop": {"pct": 0.1}}, [100.0, 100.0, 80.0, 87.0, 90.0],    90.0,  100),
    ],
)  # fmt: skip
def test_exit_rules_work_for_shorts_the_other_way_round(
    rule: dict[str, object], prices: list[float], price: float, pnl: int
) -> None:
    result = run(lambda ctx: ctx.order("A", -10), prices=prices, rules=[rule])
    assert columns(result, "trades", "exit_price pnl_micros") == [(price, pnl * 10**6)]
    assert columns(result, "trades", "tag") == [(next(iter(rule)),)]


def test_limits_hold_for_shorts_in_a_run() -> None:
    result = run(lambda ctx: ctx.order("A", -90), limits=[{"max_weight": {"pct": 0.5}}])
    assert columns(result, "fills", "quantity") == [(-50.0,)]


def test_a_position_turns_round_in_two_fills_of_what_it_was_asked() -> None:
    result = run(lambda ctx: ctx.order("A", 10), lambda ctx: ctx.target_weights({"A": -0.1}))
    assert columns(result, "fills", "barrier quantity price") == [
        (1, 10.0, 100.0), (2, -10.0, 110.0), (2, -10.0, 110.0)
    ]  # fmt: skip
    assert columns(result, "trades", "quantity pnl_micros") == [(10.0, 100 * 10**6)]


def test_a_short_bracket_takes_its_profit_and_ends() -> None:
    def enter(ctx: Context) -> None:
        ctx.bracket("A", -10, stop_loss=115.0, take_profit=85.0)

    result = run(enter)
    assert columns(result, "fills", "quantity price tag") == [(-10.0, 100.0, "bracket"), (10.0, 80.0, "bracket profit")]
    assert [status for (status,) in columns(result, "orders", "status")] == ["filled", "canceled", "filled"]


def test_exposures_are_those_of_the_positions() -> None:
    """Worked out from the table of positions, row by row."""
    result = run(lambda ctx: ctx.order("A", 10), lambda ctx: ctx.order("A", -30))
    equity = dict(columns(result, "equity", "barrier equity_micros"))
    values = dict(columns(result, "positions", "barrier value_micros"))
    net = [values.get(barrier, 0) / worth for barrier, worth in equity.items()]
    assert result.metrics["exposure_net"] == pytest.approx(sum(net) / len(net))
    assert result.metrics["exposure_short"] == pytest.approx(sum(-min(share, 0.0) for share in net) / len(net))
    assert result.metrics["exposure_long"] == pytest.approx(sum(max(share, 0.0) for share in net) / len(net))
    assert result.metrics["exposure_average"] == pytest.approx(sum(map(abs, net)) / len(net))
