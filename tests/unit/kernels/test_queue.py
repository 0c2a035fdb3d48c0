"""Memory of conditional orders: whatever comes and goes, it holds what a plain list would."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import NAN, floats, ints
from tests.unit.kernels.resting_orders import Asked, message

from tidegate.core.enums import OrderKind, TimeInForce
from tidegate.kernels.queue import OrderQueue
from tidegate.kernels.standing import Standing

MARK = floats(100.0, 100.0, 100.0)


def put(queue: OrderQueue, *orders: Asked) -> None:
    asked = message(*orders)
    assert asked.terms is not None
    queue.add(asked, asked.terms, np.arange(len(orders)), 0, MARK)


def limit(number: int, *, asset: int = 0, group: int = 0, quantity: float = 1.0) -> Asked:
    return Asked(number, asset, quantity, OrderKind.LIMIT, limit=90.0, group=group)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.lists(st.integers(0, 400), min_size=1, max_size=5, unique=True)),
        st.tuples(st.just("drop"), st.lists(st.integers(0, 400), max_size=40)),
        st.tuples(st.just("requeue"), st.lists(st.integers(0, 400), max_size=3)),
    ),
    max_size=40,
)


@given(steps)
def test_a_queue_is_a_list_by_place(course: list[tuple[str, list[int]]]) -> None:
    queue, wanted, fresh = OrderQueue(), dict[int, int](), 1000
    for step, numbers in course:
        if step == "add":
            new = sorted(number for number in numbers if number not in wanted)
            if new:
                put(queue, *(limit(number, group=number % 4) for number in new))
                wanted |= {number: number for number in new}
        elif step == "drop":
            gone = [number for number in dict.fromkeys(numbers) if number in wanted]
            queue.drop(np.array([queue.find(number) for number in gone], np.int64))
            wanted = {number: place for number, place in wanted.items() if number not in gone}
        else:
            for number in numbers:
                if number in wanted:
                    fresh += 1
                    row = queue.find(number)
                    queue.become(row, queue.standing(row, 0, None)._replace(place=fresh), 0, 100.0)
                    wanted[number] = fresh
        ids = queue.order_id[queue.open_rows()].tolist()
        assert ids == sorted(wanted, key=wanted.__getitem__)
        assert queue.count == len(wanted)
        for number in wanted:
            row = queue.find(number)
            others = sorted(int(queue.order_id[other]) for other in queue.companions(np.array((row,))))
            group = [other for other in wanted if other % 4 == number % 4 and number % 4 and other != number]
            assert others == sorted(group)


def test_few_of_many_leave_the_others_where_they_are() -> None:
    queue = OrderQueue()
    put(queue, *(limit(number) for number in range(1000)))
    rows = [queue.find(number) for number in (3, 500, 999)]
    queue.drop(np.array((queue.find(4), queue.find(998))))
    assert [queue.find(number) for number in (3, 500, 999)] == rows
    assert (queue.count, queue.size) == (998, 1000)
    queue.drop(np.arange(10, 700))
    assert queue.size == queue.count == 308


def test_what_was_left_behind_is_found_by_nobody() -> None:
    queue = OrderQueue()
    put(queue, Asked(1, 0, 5.0, tif=TimeInForce.ON_CLOSE), limit(2, group=9), limit(3, group=9))
    queue.drop(np.array((0, 1)))
    assert queue.find(1) == queue.find(-1) == -1
    assert queue.sure.tolist() == []
    assert queue.companions(np.array((2,))).tolist() == []
    assert queue.order_id.tolist() == [-1, -1, 3]
    assert queue.quantity.tolist() == [0.0, 0.0, 1.0]
    queue.drop(np.array((2,)))
    assert queue.size == 0


def test_a_group_of_another_asset_is_found() -> None:
    queue = OrderQueue()
    put(queue, limit(1, asset=0, group=7), limit(2, asset=1, group=8))
    assert queue.group_elsewhere(ints(7, 8, 0), ints(0, 1, 2)) == 0
    assert queue.group_elsewhere(ints(8, 7), ints(1, 2)) == 7
    queue.drop(np.array((0,)))
    assert queue.group_elsewhere(ints(7), ints(2)) == 0


def test_exits_without_a_position_are_those_that_live_with_an_entry() -> None:
    queue = OrderQueue()
    put(
        queue,
        Asked(2, 0, -5.0, OrderKind.STOP, stop=90.0, parent=1, reduce_only=1),
        Asked(3, 0, -5.0, OrderKind.STOP, stop=90.0, reduce_only=1),
        Asked(4, 1, -5.0, OrderKind.STOP, stop=90.0, parent=1),
    )
    assert queue.idle_exits(floats(0.0, 0.0, 0.0)).tolist() == []
    queue.wake(ints(1), floats(5.0), floats(100.0), 3)
    assert queue.idle_exits(floats(5.0, 0.0, 0.0)).tolist() == []
    assert queue.order_id[queue.idle_exits(floats(0.0, 0.0, 0.0))].tolist() == [2]
    assert queue.order_id[queue.idle_exits(floats(-1.0, 0.0, 0.0))].tolist() == [2]


def test_an_order_is_read_out_of_its_columns() -> None:
    queue = OrderQueue()
    put(queue, Asked(5, 1, -4.0, OrderKind.TRAILING_STOP_LIMIT, TimeInForce.DAY, limit=1.0, trail=3.0))
    found = queue.standing(0, 2, None)
    np.testing.assert_equal(
        found, Standing(1, -4.0, int(OrderKind.TRAILING_STOP_LIMIT), NAN, NAN, 3.0, NAN, 1.0, 5, sure=False)
    )
    assert queue.standing(0, 2, 1000).ends
    assert not queue.standing(0, 0, 1000).ends
