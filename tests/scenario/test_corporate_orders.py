"""What corporate actions do to open orders, levels of positions, and what strategies see of them, by hand."""

from typing import Any

import pytest
from tests.scenario.corporate import Run, action, buy, together

from tidegate import Context

# 10 shares bought at 40 in barrier 0, the order asked for then, a 2:1 split at barrier 2, fills at the next open.
# Bars of barriers 1 to 4, in the prices of their days:
CALM = (40.0, (20.0, 20.5, 19.5, 20.0), (20.0, 20.5, 19.5, 20.0))
UP = (40.0, (20.0, 20.5, 19.5, 20.0), (20.0, 23.0, 20.0, 22.0))
DOWN = (40.0, (20.0, 20.5, 19.5, 20.0), (20.0, 20.0, 17.0, 18.0))
# quantity  order                                        bars   filled: barrier quantity price
ORDERS = [
    (5.0,   {"limit": 38.0},                             CALM,  None),
    (5.0,   {"limit": 39.0},                             CALM,  (2, 10.0, 19.5)),
    (5.0,   {"limit": 36.0},                             DOWN,  (3, 10.0, 18.0)),
    (-5.0,  {"limit": 44.0},                             UP,    (3, -10.0, 22.0)),
    (-5.0,  {"limit": 22.0, "stop": 18.0},               CALM,  None),
    (-5.0,  {"stop": 36.0},                              CALM,  None),
    (-5.0,  {"stop": 36.0},                              DOWN,  (3, -10.0, 18.0)),
    (-5.0,  {"stop": 36.0, "limit": 35.0},               DOWN,  (3, -10.0, 18.0)),
    (5.0,   {"stop": 44.0},                              UP,    (3, 10.0, 22.0)),
    (-5.0,  {"trail": 4.0},                              CALM,  None),
    (-5.0,  {"trail": 4.0},                              DOWN,  (3, -10.0, 18.5)),
    (-5.0,  {"trail_pct": 0.125},                        CALM,  None),
    (-5.0,  {"trail_pct": 0.125},                        DOWN,  (3, -10.0, 20.5 * 0.875)),
    (-5.0,  {"trail": 4.0, "limit_offset": 1.0},         DOWN,  (3, -10.0, 18.5)),
]  # fmt: skip


@pytest.mark.parametrize(("quantity", "terms", "bars", "filled"), ORDERS)
def test_an_order_waits_on_in_the_shares_of_after_the_split(
    quantity: float, terms: dict[str, Any], bars: tuple[Any, ...], filled: tuple[int, float, float] | None
) -> None:
    asks = {0: together(buy("A", 10.0), buy("A", quantity, **terms))}
    run = Run({"A": [40.0, *bars]}, [action("A", 2, "split", 2.0)], asks, execution={"fill": "next_open"})
    assert run.rows("fills", "barrier quantity price")[1:] == ([] if filled is None else [filled])
    assert run.rows("orders", "requested adjusted")[1] == (quantity, 2 * quantity)
    assert run.rows("actions", "orders") == [(1,)]


def test_market_orders_that_wait_for_a_bar_are_restated_too() -> None:
    run = Run(
        {"A": [40.0, 40.0, None, 20.0], "B": [1.0] * 4}, [action("A", 2, "split", 2.0)], {1: buy("A", 5.0)},
        execution={"fill": "next_open"}, looks={"pending": lambda ctx: float(ctx.pending[0])},
    )  # fmt: skip
    assert run.rows("fills", "barrier quantity price") == [(3, 10.0, 20.0)]
    assert run.script.seen["pending"] == [0.0, 0.0, 10.0, 0.0]


def test_what_is_canceled_after_a_split_is_what_it_has_become() -> None:
    pending: list[float] = []

    def take_back(ctx: Context) -> None:
        ctx.cancel_all()
        pending.append(float(ctx.pending[0]))

    run = Run(
        {"A": [40.0, 40.0, None, 20.0], "B": [1.0] * 4}, [action("A", 2, "split", 2.0)],
        {1: buy("A", 5.0), 2: take_back},
        execution={"fill": "next_open"},
    )  # fmt: skip
    assert pending == [0.0]
    assert run.rows("orders", "requested adjusted status reason") == [(5.0, 10.0, "canceled", "cancel_requested")]


def test_a_bracket_lives_on_through_a_split() -> None:
    ask = {0: lambda ctx: ctx.bracket("A", 5.0, limit=38.0, stop_loss=34.0, take_profit=44.0)}
    bars: list[Any] = [40.0, 40.0, 20.0, (19.0, 19.5, 18.5, 19.0), (19.0, 19.0, 16.0, 16.0)]
    run = Run({"A": bars}, [action("A", 2, "split", 2.0)], ask)
    assert run.rows("fills", "barrier quantity price tag") == [
        (3, 10.0, 19.0, "bracket"), (4, -10.0, 17.0, "bracket stop"),
    ]  # fmt: skip
    assert run.rows("orders", "adjusted status reason")[2] == (-10.0, "canceled", "one_cancels_other")


def test_targets_after_a_split_count_in_new_shares() -> None:
    run = Run(
        {"A": [40.0, 40.0, 20.0, 20.0]}, [action("A", 2, "split", 2.0)],
        {0: buy("A", 10.0), 2: lambda ctx: ctx.order_target("A", 20.0), 3: lambda ctx: ctx.order_target("A", 25.0)},
    )  # fmt: skip
    assert run.rows("fills", "barrier quantity") == [(0, 10.0), (3, 5.0)]


def test_an_answer_to_a_fill_of_that_bar_sees_new_shares() -> None:
    asks = {0: buy("A", 10.0), 1: buy("B", 1.0)}
    run = Run(
        {"A": [40.0, 40.0, 20.0], "B": [1.0] * 3}, [action("A", 2, "split", 2.0)], asks,
        execution={"fill": "next_open"}, answer=lambda ctx: (ctx.barrier, float(ctx.positions[0]), ctx.price("A")),
    )  # fmt: skip
    assert run.script.answered == [(1, 0.0, 40.0), (2, 20.0, 20.0)]


# Rules on a position of 10 bought at 40; a 2:1 split at barrier 2:      then     exit: barrier, price
LEVELS = [
    ({"stop_loss": {"pct": 0.1}},      (20.0, 20.0, 18.5, 19.0),                   None),
    ({"stop_loss": {"pct": 0.1}},      (20.0, 20.0, 17.0, 19.0),                   (2, 18.0)),
    ({"take_profit": {"pct": 0.1}},    (20.0, 21.5, 20.0, 21.0),                   None),
    ({"take_profit": {"pct": 0.1}},    (20.0, 23.0, 20.0, 21.0),                   (2, 22.0)),
    ({"trailing_stop": {"pct": 0.25}}, (20.0, 20.0, 16.75, 19.0),                  None),
    ({"trailing_stop": {"pct": 0.25}}, (20.0, 20.0, 15.0, 19.0),                   (2, 16.5)),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "then", "exit_at"), LEVELS)
def test_levels_of_a_position_are_in_new_shares_in_the_very_bar_of_the_split(
    rule: dict[str, Any], then: tuple[float, float, float, float], exit_at: tuple[int, float] | None
) -> None:
    prices: dict[str, list[Any]] = {"A": [40.0, (40.0, 44.0 if "trailing_stop" in rule else 40.0, 40.0, 40.0), then]}
    run = Run(prices, [action("A", 2, "split", 2.0)], {0: buy("A", 10.0)}, rules=[rule])
    assert run.rows("fills", "barrier price")[1:] == ([] if exit_at is None else [exit_at])


def test_a_stop_goes_with_the_position_to_the_new_name() -> None:
    run = Run(
        {"A": [40.0, 40.0, None, None], "B": [None, None, (40.0, 41.0, 38.0, 40.0), (40.0, 40.0, 30.0, 31.0)]},
        [action("A", 2, "symbol_change", into="B")], {0: buy("A", 10.0)}, rules=[{"stop_loss": {"pct": 0.1}}],
    )  # fmt: skip
    assert run.rows("fills", "barrier asset quantity price tag")[1:] == [(3, "B", -10.0, 36.0, "stop_loss")]


def test_a_stop_after_a_merger_is_measured_from_the_cost_that_moved() -> None:
    """10 A at 40 become 20 B, at 16, and 8 in cash: of the cost four fifths moved, 16 a share, less 10 % is 14.4."""
    merger = action("A", 2, "merger_stock", 2.0, into="B", price=8.0)
    run = Run(
        {"A": [40.0, 40.0, None, None], "B": [16.0, 16.0, (16.0, 16.0, 14.5, 15.0), (15.0, 15.0, 14.0, 14.0)]},
        [merger], {0: buy("A", 10.0)}, rules=[{"stop_loss": {"pct": 0.1}}],
    )  # fmt: skip
    assert run.rows("fills", "barrier asset quantity price")[1:] == [(3, "B", -20.0, pytest.approx(14.4))]


def test_limits_on_weights_know_what_orders_have_become() -> None:
    """A buy that waits for 10 shares of 40 waits for 20 of 20: nothing more fits into a tenth of 4,000."""
    run = Run(
        {"A": [40.0, 40.0, None, 20.0], "B": [1.0] * 4}, [action("A", 2, "split", 2.0)],
        {1: buy("A", 10.0), 2: buy("A", 5.0)}, cash=4_000.0, execution={"fill": "next_open"},
        limits=[{"max_weight": {"pct": 0.1}}],
    )  # fmt: skip
    assert run.rows("orders", "requested adjusted filled status reason") == [
        (10.0, 20.0, 20.0, "filled", "none"), (5.0, None, 0.0, "denied", "max_weight"),
    ]  # fmt: skip


# Orders over a dividend of 1 at barrier 2.  level at which the first thing happens:  as it is   lowered   adjusted
LOWERED = [
    (5.0,   {"limit": 38.0},                                                          38.0,      37.0,     True),
    (5.0,   {"stop": 44.0},                                                           44.0,      44.0,     False),
    (5.0,   {"stop": 44.0, "limit": 46.0},                                            44.0,      44.0,     True),
    (-5.0,  {"limit": 44.0},                                                          44.0,      44.0,     False),
    (-5.0,  {"stop": 36.0},                                                           36.0,      35.0,     True),
    (-5.0,  {"stop": 36.0, "limit": 34.0},                                            36.0,      35.0,     True),
]  # fmt: skip


@pytest.mark.parametrize("lowers", [False, True])
@pytest.mark.parametrize(("quantity", "terms", "plain", "lowered", "adjusted"), LOWERED)
def test_a_dividend_lowers_prices_of_orders_only_where_that_is_asked_for(
    quantity: float, terms: dict[str, Any], plain: float, lowered: float, adjusted: bool, lowers: bool
) -> None:
    level = lowered if lowers else plain
    near, hit = ([(40.0, max(40.0, at), min(40.0, at), 40.0)] for at in _on_both_sides(level))
    asks = {0: buy("A", 10.0), 1: buy("A", quantity, **terms)}
    execution = {"dividends_lower_limits": lowers}
    run = Run({"A": [40.0, 40.0, *near, *hit]}, [action("A", 2, "dividend", 1.0)], asks, execution=execution)
    assert [row[0] for row in run.rows("fills", "barrier")[1:]] == [3]
    assert run.rows("orders", "adjusted")[1] == (quantity if lowers and adjusted else None,)


def _on_both_sides(level: float) -> tuple[float, float]:
    """A price between 40 and the level, and one beyond it."""
    return (level + 0.25, level - 0.25) if level < 40.0 else (level - 0.25, level + 0.25)


def test_a_limit_that_a_dividend_takes_to_nothing_is_canceled() -> None:
    run = Run(
        {"A": [40.0] * 3}, [action("A", 2, "dividend", 1.0)], {1: buy("A", 5.0, limit=0.75)},
        execution={"dividends_lower_limits": True},
    )  # fmt: skip
    assert run.rows("orders", "status reason measured limit") == [("canceled", "corporate_action", -0.25, 0.0)]


def test_history_is_told_in_the_shares_of_the_barrier_at_which_it_is_looked_at() -> None:
    looks = {
        "close": lambda ctx: ctx.history("close", 9)[:, 0].tolist(),
        "volume": lambda ctx: ctx.history("volume", 9)[:, 0].tolist(),
        "raw": lambda ctx: ctx.history("close", 9, raw=True)[:, 0].tolist(),
        "actions": lambda ctx: [(one.asset, one.kind, one.value) for one in ctx.actions],
    }
    actions = [action("A", 2, "split", 2.0), action("A", 3, "split", 0.5)]
    run = Run({"A": [40.0, 44.0, 20.0, 42.0]}, actions, {}, looks=looks)
    assert run.script.seen["close"] == [[40.0], [40.0, 44.0], [20.0, 22.0, 20.0], [40.0, 44.0, 40.0, 42.0]]
    assert run.script.seen["volume"] == [[100.0], [100.0] * 2, [200.0, 200.0, 100.0], [100.0, 100.0, 50.0, 100.0]]
    assert run.script.seen["raw"][3] == [40.0, 44.0, 20.0, 42.0]
    assert run.script.seen["actions"] == [[], [], [("A", "split", 2.0)], [("A", "split", 0.5)]]


def test_history_goes_on_under_a_new_name() -> None:
    looks = {"B": lambda ctx: ctx.history("close", 3)[:, 1].tolist()}
    actions = [action("A", 1, "split", 2.0), action("A", 2, "symbol_change", into="B")]
    run = Run({"A": [40.0, 21.0, None], "B": [None, None, 22.0]}, actions, {}, looks=looks)
    assert run.script.seen["B"][2] == [20.0, 21.0, 22.0]
