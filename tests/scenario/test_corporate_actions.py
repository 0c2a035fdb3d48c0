"""What corporate actions do to positions, cash and the books, by hand."""

from typing import Any

import pytest
from tests.scenario.corporate import NAN, Run, action, buy, together

# Whole shares:   held  new per old  last close   held after  cash in lieu    what is left of the price
SPLITS = [
    pytest.param(3.0,   2.0,         10.0,        6.0,        0.0,            5.0,   id="two for one"),
    pytest.param(3.0,   7.0,         70.0,        21.0,       0.0,            10.0,  id="seven for one"),
    pytest.param(3.0,   1.5,         30.0,        4.0,        10.0,           20.0,  id="three for two, half left"),
    pytest.param(9.0,   1 / 3,       10.0,        3.0,        0.0,            30.0,  id="one for three, nothing left"),
    pytest.param(10.0,  1 / 3,       10.0,        3.0,        10.0,           30.0,  id="one for three, a third left"),
    pytest.param(7.0,   0.1,         10.0,        0.0,        70.0,           100.0, id="less than one new share"),
    pytest.param(10.0,  0.1,         10.0,        1.0,        0.0,            100.0, id="ten for one"),
]  # fmt: skip


@pytest.mark.parametrize(("held", "ratio", "close", "after", "in_lieu", "new"), SPLITS)
def test_a_split_of_whole_shares(
    held: float, ratio: float, close: float, after: float, in_lieu: float, new: float
) -> None:
    run = Run({"A": [close, close, new, new]}, [action("A", 2, "split", ratio)], {0: buy("A", held)})
    assert run.held("A") == [held, held, after, after]
    assert run.equity() == pytest.approx([10_000.0] * 4, abs=2e-6)
    assert run.equity("cash")[2] - run.equity("cash")[1] == pytest.approx(in_lieu, abs=1e-6)
    (row,) = run.rows("actions", "barrier kind asset quantity_before quantity divisor cash")
    assert row == (2, "split", "A", held, after, ratio, pytest.approx(in_lieu, abs=1e-6))


def test_what_is_left_of_a_fraction_is_posted_and_is_no_trade() -> None:
    run = Run({"A": [30.0, 30.0, 20.0]}, [action("A", 2, "split", 1.5)], {0: buy("A", 3.0)})
    assert run.rows("postings", "barrier kind fill_id amount")[-1] == (2, "cash_in_lieu", None, 10.0)
    assert run.equity("carry") == [0.0, 0.0, 10.0]
    assert run.rows("trades", "pnl") == []


def test_a_position_of_less_than_a_share_is_settled_with_a_trade() -> None:
    run = Run({"A": [10.0, 12.0, 120.0]}, [action("A", 2, "split", 0.1)], {0: buy("A", 7.0)})
    assert run.rows("trades", "tag fill_id quantity exit_price pnl") == [
        ("cash in lieu", None, pytest.approx(0.7), 120.0, 14.0)
    ]
    assert run.rows("postings", "kind fill_id amount")[-1] == ("trade", None, 84.0)


# Fractional shares stay as they are:  held  ratio  after
FRACTIONS = [(3.0, 1.5, 4.5), (7.0, 0.1, 7.0 * 0.1), (0.3, 2.0, 0.6)]


@pytest.mark.parametrize(("held", "ratio", "after"), FRACTIONS)
def test_a_split_of_fractional_shares_pays_nothing(held: float, ratio: float, after: float) -> None:
    run = Run({"A": [30.0, 30.0, 30.0 / ratio]}, [action("A", 2, "split", ratio)], {0: buy("A", held)}, fractional=True)
    assert run.held("A")[2] == after
    assert run.equity("carry")[2] == 0.0


# Dividend of 1 a share on 10 shares; bought, sold, ex and paid at which barrier:
#    buy sell ex pay      cash that came, by barrier 0..5              receivable, by barrier
DIVIDENDS = [
    (0,  9,   2, None,    [0.0, 0.0, 10.0, 10.0, 10.0, 10.0],          [0.0] * 6),
    (0,  9,   2, 4,       [0.0, 0.0, 0.0, 0.0, 10.0, 10.0],            [0.0, 0.0, 10.0, 10.0, 0.0, 0.0]),
    (1,  9,   2, 3,       [0.0, 0.0, 0.0, 10.0, 10.0, 10.0],           [0.0, 0.0, 10.0, 0.0, 0.0, 0.0]),
    (2,  9,   2, 3,       [0.0] * 6,                                   [0.0] * 6),
    (0,  1,   2, 3,       [0.0] * 6,                                   [0.0] * 6),
    (0,  2,   2, 4,       [0.0, 0.0, 0.0, 0.0, 10.0, 10.0],            [0.0, 0.0, 10.0, 10.0, 0.0, 0.0]),
    (0,  9,   2, 9,       [0.0] * 6,                                   [0.0, 0.0, 10.0, 10.0, 10.0, 10.0]),
]  # fmt: skip


@pytest.mark.parametrize(("bought", "sold", "ex", "paid", "came", "receivable"), DIVIDENDS)
def test_who_holds_at_the_close_before_the_ex_date_gets_the_dividend(
    bought: int, sold: int, ex: int, paid: int | None, came: list[float], receivable: list[float]
) -> None:
    asks = {bought: buy("A", 10.0), sold: buy("A", -10.0)}
    run = Run({"A": [20.0, 20.0, 19.0, 19.0, 19.0, 19.0]}, [action("A", ex, "dividend", 1.0, pay=paid)], asks)
    assert run.equity("carry") == came
    assert run.equity("receivable") == receivable
    dividends = [row for row in run.rows("postings", "barrier kind amount") if row[1] == "dividend"]
    assert dividends == [(barrier, "dividend", 10.0) for barrier in range(6) if 10.0 in came[: barrier + 1]][:1]


def test_a_dividend_of_the_day_of_a_split_is_for_each_old_share() -> None:
    actions = [action("A", 2, "split", 2.0), action("A", 2, "dividend", 1.0)]
    run = Run({"A": [20.0, 20.0, 9.5]}, actions, {0: buy("A", 10.0)})
    assert run.equity("carry")[2] == 10.0
    assert run.equity()[2] == 10_000.0
    assert [row[0] for row in run.rows("actions", "kind")] == ["dividend", "split"]


def test_actions_between_two_barriers_go_by_their_dates() -> None:
    actions = [action("A", 2, "dividend", 1.0), action("A", 1, "split", 2.0)]
    prices: list[Any] = [20.0, 9.0]
    run = Run({"A": prices}, [one._replace(ex_ns=one.ex_ns - 1) for one in actions], {0: buy("A", 10.0)})
    assert run.equity("carry") == [0.0, 0.0]
    run = Run({"A": [20.0, None, None, 9.0]}, actions, {0: buy("A", 10.0)})
    assert (run.held("A")[3], run.equity("carry")[3]) == (20.0, 20.0)


# Delisting at barrier 2, 10 shares bought at 20, last close 15:   price    cash     profit
DELISTINGS = [(None, 150.0, -50.0), (18.0, 180.0, -20.0), (0.0, 0.0, -200.0)]


@pytest.mark.parametrize(("price", "came", "pnl"), DELISTINGS)
def test_a_delisting_settles_the_position(price: float | None, came: float, pnl: float) -> None:
    delisting = action("A", 2, "delisting", price=NAN if price is None else price)
    run = Run({"A": [20.0, 15.0, None], "B": [1.0] * 3}, [delisting], {0: buy("A", 10.0)})
    assert run.held("A") == [10.0, 10.0, 0.0]
    assert run.rows("trades", "tag fill_id quantity exit_price pnl commission") == [
        ("delisting", None, 10.0, 15.0 if price is None else price, pnl, 0.0)
    ]
    assert run.equity("cash")[2] == 9_800.0 + came
    assert run.rows("actions", "kind price cash quantity") == [
        ("delisting", 15.0 if price is None else price, came, 0.0)
    ]


def test_orders_for_what_is_delisted_are_canceled_and_later_ones_rejected() -> None:
    asks = {1: together(buy("A", 5.0, limit=10.0), buy("B", 5.0, limit=0.5)), 3: buy("A", 1.0)}
    run = Run({"A": [20.0] * 5, "B": [1.0] * 5}, [action("A", 2, "delisting")], asks)
    assert run.rows("orders", "asset type status reason") == [
        ("A", "limit", "canceled", "delisted"), ("B", "limit", "expired", "end_of_data"),
        ("A", "market", "rejected", "delisted"),
    ]  # fmt: skip
    assert run.rows("orders", "text")[2] == ("the asset was delisted",)
    assert run.rows("actions", "orders") == [(1,)]
    assert run.result.counts["orders.canceled"] == run.result.counts["orders.rejected"] == 1


def test_a_merger_for_cash_settles_the_position_and_ends_its_orders() -> None:
    asks = {0: buy("A", 10.0), 1: buy("A", 5.0, limit=10.0)}
    run = Run({"A": [20.0, 24.0, None], "B": [1.0] * 3}, [action("A", 2, "merger_cash", price=25.0)], asks)
    assert run.rows("trades", "tag exit_price pnl") == [("merger", 25.0, 50.0)]
    assert run.rows("orders", "status reason")[1] == ("canceled", "corporate_action")


# 10 A at 20 become B at 8 (last close), whole shares:
#     B per A  cash    B held  in lieu  trade of A                      cost of B
MERGERS = [
    (2.0,      NAN,    20.0,   0.0,     [],                             200.0),
    (2.5,      NAN,    25.0,   0.0,     [],                             200.0),
    (1.25,     NAN,    12.0,   4.0,     [],                             200.0),
    (2.0,      4.0,    20.0,   0.0,     [("merger", 2.0, 20.0, 0.0)],   160.0),
    (0.05,     NAN,    0.0,    0.0,     [("cash in lieu", 10.0, 0.4, -196.0)], 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("ratio", "cash", "units", "in_lieu", "trades", "cost"), MERGERS)
def test_a_merger_for_shares_moves_the_position_with_its_cost(
    ratio: float, cash: float, units: float, in_lieu: float, trades: list[Any], cost: float
) -> None:
    merger = action("A", 2, "merger_stock", ratio, into="B", price=cash)
    run = Run({"A": [20.0, 20.0, None], "B": [8.0] * 3}, [merger], {0: buy("A", 10.0)})
    assert run.held("A")[2] == 0.0
    assert run.held("B")[2] == units
    assert run.equity("carry")[2] == in_lieu
    found = run.rows("trades", "tag quantity exit_price pnl")
    assert [(tag, *(pytest.approx(number) for number in rest)) for tag, *rest in trades] == found
    assert [row[0] for row in run.rows("positions", "cost asset barrier") if row[1:] == ("B", 2)] == [cost] * (
        units > 0
    )


def test_a_position_of_the_new_asset_takes_the_other_in() -> None:
    asks = {0: together(buy("A", 10.0), buy("B", 5.0)), 3: buy("B", -25.0)}
    run = Run(
        {"A": [20.0, 20.0, None, None], "B": [8.0, 10.0, 10.0, 11.0]},
        [action("A", 2, "merger_stock", 2.0, into="B")], asks,
    )  # fmt: skip
    assert run.held("B") == [5.0, 5.0, 25.0, 0.0]
    assert run.rows("trades", "asset quantity entry_price cost pnl entry_barrier bars_held") == [
        ("B", 25.0, 9.6, 240.0, 35.0, 0, 3)
    ]


def test_a_name_changes_and_everything_goes_on_under_the_new_one() -> None:
    asks = {0: buy("A", 10.0), 1: buy("A", -10.0, limit=22.0), 3: buy("A", 1.0)}
    run = Run(
        {"A": [20.0, 20.0, None, None, None], "B": [None, None, 21.0, 22.0, 22.0]},
        [action("A", 2, "symbol_change", into="B")], asks,
    )  # fmt: skip
    assert (run.held("A"), run.held("B")) == ([10.0, 10.0, 0.0, 0.0, 0.0], [0.0, 0.0, 10.0, 0.0, 0.0])
    assert run.rows("fills", "barrier asset quantity price") == [(0, "A", 10.0, 20.0), (3, "B", -10.0, 22.0)]
    assert run.rows("trades", "asset entry_barrier bars_held pnl") == [("B", 0, 3, 20.0)]
    assert run.rows("orders", "asset adjusted status reason")[1:] == [
        ("A", -10.0, "filled", "none"), ("A", None, "rejected", "delisted")
    ]  # fmt: skip


def test_nothing_of_a_halted_asset_fills_and_its_value_stays() -> None:
    asks = {0: buy("A", 10.0), 1: together(buy("A", 5.0), buy("A", -10.0, limit=25.0)), 3: buy("A", 1.0)}
    run = Run(
        {"A": [20.0, 20.0, 30.0, 30.0, 31.0], "B": [1.0] * 5},
        [action("A", 2, "halt"), action("A", 4, "resume")], asks,
        execution={"fill": "next_open"}, rules=[{"take_profit": {"pct": 0.2}}],
    )  # fmt: skip
    assert run.rows("fills", "barrier quantity price tag") == [
        (1, 10.0, 20.0, "order"), (4, -10.0, 31.0, "take_profit"), (4, 5.0, 31.0, "order"), (4, 1.0, 31.0, "order"),
    ]  # fmt: skip
    assert run.equity()[:4] == [10_000.0] * 4
    assert run.equity("stale") == [0, 0, 1, 1, 0]
    assert run.equity("waiting") == [0, 0, 1, 1, 0]
    assert run.rows("actions", "kind orders") == [("halt", 0), ("resume", 0)]


def test_a_name_that_was_given_up_may_come_back() -> None:
    actions = [action("A", 1, "delisting"), action("A", 3, "resume")]
    run = Run({"A": [20.0] * 5}, actions, {2: buy("A", 1.0), 3: buy("A", 2.0)})
    assert run.rows("orders", "requested status") == [(1.0, "rejected"), (2.0, "filled")]


def test_actions_outside_the_run_are_left_out_and_counted_and_halts_before_it_hold() -> None:
    actions = [
        action("A", -3, "halt"), action("A", -2, "split", 2.0), action("B", -3, "halt"), action("B", -2, "resume"),
        action("A", 9, "dividend", 1.0), action("Z", 1, "dividend", 1.0),
    ]  # fmt: skip
    run = Run({"A": [20.0] * 3, "B": [5.0] * 3}, actions, {0: together(buy("A", 1.0), buy("B", 1.0))})
    assert {name: n for name, n in run.result.counts.items() if name.startswith("actions.")} == {
        "actions.halt": 1, "actions.before_start": 3, "actions.after_end": 1, "actions.unknown_asset": 1,
    }  # fmt: skip
    assert run.rows("fills", "asset") == [("B",)]


def test_compiled_kernels_tell_the_same() -> None:
    merger = action("B", 4, "merger_stock", 0.3, into="A", price=1.0)
    actions = [action("A", 2, "split", 1.5), action("A", 3, "dividend", 0.25, pay=4), merger]
    prices = {"A": [30.0, 30.0, 20.0, 19.0, 21.0], "B": [8.0, 8.0, 8.0, 9.0, 9.0]}
    asks = {0: together(buy("A", 7.0), buy("B", 11.0)), 1: together(buy("A", 3.0, limit=9.0), buy("B", 1.0, stop=99.0))}
    plain, machine = (Run(prices, actions, asks, kernels=form).result for form in ("interpreted", "compiled"))
    assert plain.digest == machine.digest
    assert plain.record.rows("actions") == 4
