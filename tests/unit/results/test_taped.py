"""Raw tables from messages: any sequence of them against the slow way; types, times and memory."""

from collections.abc import Sequence
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.results.drawn_messages import BARRIERS, told
from tests.unit.results.made_messages import (
    applied,
    equity,
    fills,
    orders,
    postings,
    refusal,
    strategy_order,
    trades,
    ts_of,
)
from tests.unit.results.row_by_row import rows

from tidegate.core.ids import PROTECTIVE_SENDER, order_id
from tidegate.messages.control import LogWritten
from tidegate.messages.orders import (
    OrdersAccepted,
    OrdersExpired,
    SubmitOrders,
)
from tidegate.results import joined
from tidegate.results.joined import Moment
from tidegate.results.record import SCHEMA, RunRecord, Table
from tidegate.results.taped import run_tables

A = strategy_order(0)
EXIT = order_id(PROTECTIVE_SENDER, 0)


def check(tables: dict[str, Table], moments: Sequence[Moment]) -> None:
    """Every table has the slow way's rows, in columns of the schema's types."""
    RunRecord(("A",), 0, tables=tables)
    expected = rows(moments, {barrier: ts_of(barrier) for barrier in range(BARRIERS)})
    assert tables.keys() == expected.keys()
    for name, table in tables.items():
        for column in SCHEMA[name]:
            wanted = [row[column] for row in expected[name]]
            np.testing.assert_array_equal(np.array(table[column]), np.array(wanted), err_msg=f"{name}.{column}")


@given(told(), st.integers(1, 9))
def test_any_messages_give_the_tables_of_the_slow_way(moments: list[Moment], together: int) -> None:
    with mock.patch.object(joined, "TOGETHER", together):
        check(run_tables(moments, equity(BARRIERS))[0], moments)


def test_a_trade_knows_when_its_position_was_opened() -> None:
    moments = [Moment(6, ts_of(6), (trades((8, 2), (9, 0), (10, 6), barrier=6),))]
    made = run_tables(moments, equity(7))[0]["trades"]
    assert list(made["entry_ts_ns"]) == [ts_of(2), ts_of(0), ts_of(6)]
    assert list(made["ts_ns"]) == [ts_of(6)] * 3


@pytest.mark.parametrize("moments", [[], [Moment(1, ts_of(1), (LogWritten(1, "sage", "nothing to do"),))]])
def test_a_run_without_orders_has_all_tables_of_the_right_types(moments: list[Moment]) -> None:
    tables, counts = run_tables(moments, equity(3))
    record = RunRecord(("A",), 0, tables=tables)
    assert {name: record.rows(name) for name in tables} == dict.fromkeys(tables, 0) | {"log": len(moments)}
    assert set(counts.values()) == {0}


def test_columns_of_numbers_share_one_piece_of_memory_with_nothing_left_over() -> None:
    messages = (
        orders(SubmitOrders, (A, 9.0)), fills((A, 9.0)), postings(-9, -1), trades((0, 0)), applied(7),
        orders(OrdersAccepted, (EXIT, 1.0)), refusal(OrdersExpired, (A, 1.0)),
    )  # fmt: skip
    tables, _ = run_tables([Moment(0, ts_of(0), messages)], equity(1))
    del tables["log"]
    columns = [values for table in tables.values() for values in table.values() if isinstance(values, np.ndarray)]
    (piece,) = {id(values.base): values.base for values in columns}.values()
    assert piece is not None
    assert piece.nbytes == sum(values.nbytes for values in columns)
