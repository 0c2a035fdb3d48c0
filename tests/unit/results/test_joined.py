"""Messages by type, their fields as columns, and rows of different messages put into one order."""

from collections.abc import Sequence
from unittest import mock

import numpy as np
import pytest
from tests.unit.results.made_messages import fills, orders, strategy_order, ts_of

from tidegate.core.arrays import BoolArray
from tidegate.messages.control import LogWritten
from tidegate.messages.orders import Fills, OrdersApproved, SubmitOrders
from tidegate.results import joined
from tidegate.results.joined import Delivered, Moment, Room, Stacked

A, B, C = (strategy_order(count) for count in range(3))
MOMENTS = [
    Moment(1, ts_of(1), (orders(SubmitOrders, (A, 1.0), (B, 2.0)), orders(OrdersApproved, (A, 1.0)))),
    Moment(4, ts_of(4), (LogWritten(4, "sage", "so"), fills((A, 1.0)), orders(SubmitOrders, (C, 3.0)))),
    Moment(5, ts_of(5), (fills((B, 2.0), (C, 3.0), first=1),)),
]


def large(messages: Sequence[SubmitOrders]) -> BoolArray:
    return np.array([bool(message.quantity[0] > 2) for message in messages])


def test_messages_of_a_type_know_when_and_where_they_came() -> None:
    found = Delivered(MOMENTS).of(SubmitOrders)
    assert (list(found.barrier), list(found.ts_ns), list(found.places)) == ([1, 4], [ts_of(1), ts_of(4)], [0, 4])
    assert (found.rows, list(found.each(found.places))) == (3, [0, 0, 4])


def test_messages_of_several_types_stay_in_order_of_delivery() -> None:
    found = Delivered(MOMENTS).of(Fills, SubmitOrders)
    assert [type(message) for message in found.messages] == [SubmitOrders, Fills, SubmitOrders, Fills]


def test_a_test_may_choose_among_messages() -> None:
    found = Delivered(MOMENTS).of(SubmitOrders, where=large)
    assert (found.rows, list(found.places)) == (1, [4])


def test_a_message_that_speaks_of_no_asset_is_one_row() -> None:
    assert Delivered(MOMENTS).of(LogWritten).rows == 1


@pytest.mark.parametrize("together", [1, 2, 5, 6, 512])
def test_fields_are_joined_however_many_messages_are_taken_at_once(together: int) -> None:
    told = Delivered(MOMENTS)
    filled, submitted = told.of(Fills), told.of(SubmitOrders)
    order_id, price, quantity = np.zeros(3, np.int64), np.zeros(3), np.zeros(3)
    filled.want({"order_id": order_id, "price": price})
    submitted.want({"quantity": quantity})
    with mock.patch.object(joined, "TOGETHER", together):
        told.join()
    assert order_id.tolist() == [A, B, C]
    assert (price.tolist(), quantity.tolist()) == ([0.25, 1.25, 2.25], [1.0, 2.0, 3.0])


def test_a_field_may_be_wanted_twice() -> None:
    told = Delivered(MOMENTS)
    filled, once, again = told.of(Fills), np.zeros(3), np.zeros(3)
    filled.want({"quantity": once})
    filled.want({"quantity": again})
    told.join()
    assert list(once) == list(again) == [1.0, 2.0, 3.0]


def test_stacked_rows_are_sorted_by_delivery_and_rows_of_a_message_stay_together() -> None:
    told = Delivered(MOMENTS)
    stacked = Stacked(told.of(Fills), told.of(SubmitOrders))
    column = np.zeros(stacked.rows, np.int64)
    for part, rows in stacked.parts():
        part.want({"order_id": column[rows]})
    told.join()
    when = stacked.when(Room(2 * stacked.rows))
    stacked.sort((column, *when.values()))
    assert list(column) == [A, B, A, C, B, C]
    assert list(when["barrier"]) == [1, 1, 4, 4, 5, 5]
    assert list(when["ts_ns"]) == [ts_of(barrier) for barrier in when["barrier"]]
    assert stacked.sorted_texts(list("uvwxyz")) == list("xyuzvw")


def test_room_is_given_out_piece_by_piece() -> None:
    room = Room(7)
    columns = room.ints(2, 5), room.floats(3, 0.5), room.copied(np.array((8, 9)))
    assert [list(column) for column in columns] == [[5, 5], [0.5, 0.5, 0.5], [8, 9]]
    assert [column.dtype.name for column in columns] == ["int64", "float64", "int64"]
