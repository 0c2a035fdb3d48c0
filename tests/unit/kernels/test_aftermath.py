"""What ends with others, what is told of what was cut, and the messages of it."""

import numpy as np
from tests.unit.kernels.made import floats, ints
from tests.unit.kernels.resting_orders import Asked
from tests.unit.kernels.test_queue import put

from tidegate.core.enums import OrderKind, Reason
from tidegate.kernels.aftermath import cut_short, end_idle_exits, end_in_time, end_orphans
from tidegate.kernels.endings import ended
from tidegate.kernels.queue import OrderQueue
from tidegate.messages.orders import OrdersCanceled, OrdersExpired, OrdersTrimmed

CHILD = Asked(2, 0, -10.0, OrderKind.STOP, stop=90.0, parent=1, reduce_only=1)
GRANDCHILD = Asked(3, 0, 5.0, OrderKind.LIMIT, limit=80.0, parent=2)
NOBODY = np.empty(0, np.int64)


def waiting() -> OrderQueue:
    queue = OrderQueue()
    put(queue, CHILD, GRANDCHILD)
    return queue


def test_a_child_is_told_of_its_cut_once_its_parent_is_over() -> None:
    queue = waiting()
    queue.wake(ints(1), floats(4.0), floats(100.0), 0)
    assert cut_short(queue, ints(1)) == []
    queue.wake(ints(1), floats(3.0), floats(101.0), 0)
    assert queue.quantity[:1].tolist() == [-7.0]
    (trimmed,) = cut_short(queue, NOBODY)
    assert isinstance(trimmed, OrdersTrimmed)
    assert (trimmed.order_id.tolist(), trimmed.quantity.tolist()) == ([2], [-3.0])
    assert (trimmed.reason.tolist(), trimmed.measured.tolist()) == ([Reason.PARENT_ENDED], [10.0])
    assert trimmed.limit.tolist() == [7.0]
    assert cut_short(queue, NOBODY) == []


def test_a_child_whose_parent_filled_whole_is_told_nothing() -> None:
    queue = waiting()
    queue.wake(ints(1, 1), floats(-4.0, -8.0), floats(100.0, 100.0), 0)
    assert queue.quantity[:1].tolist() == [-10.0]
    assert cut_short(queue, NOBODY) == []


def test_orphans_end_with_those_that_wait_for_them() -> None:
    queue = waiting()
    assert end_orphans(queue, ints(1)) == []
    (canceled,) = end_orphans(queue, NOBODY)
    assert isinstance(canceled, OrdersCanceled)
    assert canceled.order_id.tolist() == [2, 3]
    assert queue.count == 0


def test_an_exit_without_a_position_ends_and_says_so() -> None:
    queue = waiting()
    queue.wake(ints(1), floats(10.0), floats(100.0), 0)
    assert end_idle_exits(queue, floats(10.0)) == []
    (canceled,) = end_idle_exits(queue, floats(0.0))
    assert isinstance(canceled, OrdersCanceled)
    assert (canceled.order_id.tolist(), canceled.reason.tolist()) == ([2], [Reason.REDUCE_ONLY])
    assert (canceled.measured.tolist(), canceled.limit.tolist()) == ([10.0], [0.0])
    assert queue.order_id[queue.open_rows()].tolist() == [3]


def test_time_ends_the_orders_of_some_rows() -> None:
    queue = waiting()
    assert end_in_time(queue, NOBODY) == []
    (expired,) = end_in_time(queue, np.array((0,)))
    assert isinstance(expired, OrdersExpired)
    assert expired.reason.tolist() == [Reason.TIME_IN_FORCE]


def test_endings_are_told_by_id() -> None:
    parts = (ints(5, 2), ints(0, 1), floats(1.0, 2.0)), (ints(3), ints(2), floats(-1.0))
    told = ended(OrdersCanceled, Reason.CANCEL_REQUESTED, *parts)
    assert (told.order_id.tolist(), told.asset.tolist(), told.quantity.tolist()) == ([2, 3, 5], [1, 2, 0], [2, -1, 1])
