"""Rows of the positions table: nothing is lost where a block is full, and the panel is not kept alive."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.arrays import freeze
from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.messages.account import AccountSnapshot
from tidegate.results.holdings import BLOCK, Holdings
from tidegate.results.record import Table


def snapshot(seq: int, quantity: list[float], mark: Any, cost: list[int]) -> AccountSnapshot:
    none = freeze(np.zeros(len(quantity)))
    held, paid = freeze(np.array(quantity, np.float64)), freeze(np.array(cost, np.int64))
    marks = freeze(np.asarray(mark))
    units = freeze(np.ones(len(quantity)))
    return AccountSnapshot(seq, seq * 10, *(0,) * 14, held, none, marks, paid, units)


def rows(table: Table) -> list[tuple[Any, ...]]:
    names = "barrier", "ts_ns", "asset", "quantity", "mark", "value_micros", "cost_micros"
    return list(zip(*(np.asarray(table[name]).tolist() for name in names), strict=True))


def test_nothing_noted_makes_an_empty_table() -> None:
    assert rows(Holdings().table()) == []


def test_only_what_is_held_makes_a_row() -> None:
    holdings = Holdings()
    counts = [
        holdings.note(snapshot(3, [0.0, 2.0, 1.5], [7.0, 8.0, 0.000001], [0, 15_000_000, 2])),
        holdings.note(snapshot(4, [0.0, 0.0, 0.0], [7.0, 8.0, 9.0], [0, 0, 0])),
        holdings.note(snapshot(9, [1.0, 0.0, 0.0], [7.25, 8.0, 9.0], [7_000_000, 0, 0])),
    ]
    assert counts == [2, 0, 1]
    assert rows(holdings.table()) == [
        (3, 30, 1, 2.0, 8.0, 16_000_000, 15_000_000),
        (3, 30, 2, 1.5, 0.000001, 2, 2),  # 1.5 micro-units go to the even neighbor
        (9, 90, 0, 1.0, 7.25, 7_250_000, 7_000_000),
    ]


@pytest.mark.parametrize("compiled", [False, True])
def test_a_full_block_is_kept_and_the_next_one_begun(compiled: bool) -> None:
    holdings = Holdings()
    holdings.use(Kernels(compiled=compiled) if compiled else INTERPRETED)
    assets = 50
    barriers = 2 * BLOCK // assets + 3
    for seq in range(barriers):
        quantity = [float(seq + asset + 1) for asset in range(assets)]
        holdings.note(snapshot(seq, quantity, np.full(assets, 2.0), [seq] * assets))
    table = holdings.table()
    assert np.array_equal(np.asarray(table["barrier"]), np.repeat(np.arange(barriers), assets))
    assert np.array_equal(np.asarray(table["asset"]), np.tile(np.arange(assets), barriers))
    quantity_wanted = np.add.outer(np.arange(barriers), np.arange(1, assets + 1)).ravel()
    assert np.array_equal(np.asarray(table["quantity"]), quantity_wanted)
    assert np.array_equal(np.asarray(table["cost_micros"]), np.repeat(np.arange(barriers), assets))


@given(
    book=st.lists(st.lists(st.sampled_from([0.0, 1.0, -3.0, 0.125]), min_size=4, max_size=4), max_size=8),
)
def test_rows_are_the_held_assets_of_every_snapshot_in_order(book: list[list[float]]) -> None:
    holdings = Holdings()
    for seq, quantity in enumerate(book):
        holdings.note(snapshot(seq, quantity, [1.0, 2.0, 3.0, 4.0], [10, 20, 30, 40]))
    assert rows(holdings.table()) == [
        (seq, seq * 10, asset, held, asset + 1.0, round(held * (asset + 1) * 10**6), 10 * (asset + 1))
        for seq, quantity in enumerate(book)
        for asset, held in enumerate(quantity)
        if held
    ]


def test_the_panel_behind_a_mark_is_let_go() -> None:
    holdings = Holdings()
    panel = np.ones((5, 2))
    alive = weakref.ref(panel)
    holdings.note(snapshot(0, [1.0, 1.0], panel[3], [1, 1]))
    del panel
    gc.collect()
    assert alive() is None
