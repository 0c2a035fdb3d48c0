"""Orders that go at one price point."""

import numpy as np
from tests.unit.kernels.made import NAN, floats, ints

from tidegate.core.arrays import freeze
from tidegate.kernels.book import OrderBook
from tidegate.kernels.due import Due
from tidegate.messages.orders import OrdersAccepted


def test_a_part_of_what_goes_keeps_its_columns_and_takes_other_quantities() -> None:
    book = OrderBook()
    ids, assets = freeze(ints(4, 5, 6)), freeze(ints(0, 1, 0))
    wanted, priority = freeze(floats(1.0, -2.0, 3.0)), freeze(floats(0.0, 1.0, 2.0))
    book.add(OrdersAccepted(ids, assets, wanted, priority, ("a", "b", "c"), None))
    due = Due(
        book,
        floats(9.0, 8.0, 7.0),
        floats(NAN, 8.5, NAN),
        ints(0, 1, 0),
        ints(1, 0, 0),
        ints(0, -1, 1),
        ints(-1, 3, -1),
    )
    part = due.part(np.array([1, 2]), floats(-1.0, 2.5))
    assert part.book.order_id.tolist() == [5, 6]
    assert part.book.quantity.tolist() == [-1.0, 2.5]
    assert part.book.tags == ("b", "c")
    assert part.at.tolist() == [8.0, 7.0]
    assert (part.whole.tolist(), part.reduce_only.tolist()) == ([1, 0], [0, 0])
    assert part.book.place.tolist() == [5, 6]
    assert (part.plain.tolist(), part.resting.tolist()) == ([-1, 1], [3, -1])
    assert len(due.book) == 3
