"""The book of open orders against a plain list of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import floats, ints

from tidegate.core.arrays import freeze
from tidegate.kernels.book import OrderBook, accepted
from tidegate.messages.orders import OrderColumns, OrdersAccepted

COLUMNS = ("order_id", "asset", "quantity", "priority")


class Order(NamedTuple):
    order_id: int
    asset: int = 0
    quantity: float = 1.0
    priority: float = 0.0
    tag: str = ""


def message(orders: Sequence[Order]) -> OrdersAccepted:
    order_id, asset, quantity, priority, tags = (list(part) for part in zip(*orders, strict=True))
    return OrdersAccepted(
        freeze(ints(*order_id)),
        freeze(ints(*asset)),
        freeze(floats(*quantity)),
        freeze(floats(*priority)),
        tuple(tags),
        None,
    )


def listed(book: OrderBook | OrderColumns) -> list[Order]:
    columns = (book.order_id, book.asset, book.quantity, book.priority)
    return [Order(*row) for row in zip(*(part.tolist() for part in columns), book.tags, strict=True)]


def rested(*batches: Sequence[Order]) -> OrderBook:
    book = OrderBook()
    for batch in batches:
        book.add(message(batch))
    return book


FIRST = [Order(3, 1, 10.0, 0.5, "a"), Order(5, 0, -4.0, -1.0, "b")]
LATER = [Order(8, 2, 2.0, 0.1, "c")]
EARLIER = [Order(1, 2, 7.0, 0.2, "d"), Order(4, 1, 9.0, 0.3, "e")]


@pytest.mark.parametrize(
    ("batches", "ids"),
    [
        ([FIRST],                  [3, 5]),
        ([FIRST, LATER],           [3, 5, 8]),
        ([FIRST, EARLIER],         [1, 3, 4, 5]),     # another sender's orders have lower ids
        ([LATER, FIRST, EARLIER],  [1, 3, 4, 5, 8]),
    ],
)  # fmt: skip
def test_orders_rest_by_ascending_id_with_their_columns_together(batches: list[list[Order]], ids: list[int]) -> None:
    book = rested(*batches)
    every = {order.order_id: order for batch in batches for order in batch}
    assert listed(book) == [every[order_id] for order_id in ids]
    assert len(book) == len(ids)


def test_orders_that_come_first_are_kept_as_they_came() -> None:
    orders = message(FIRST)
    book = OrderBook()
    book.add(orders)
    assert all(getattr(book, name) is getattr(orders, name) for name in (*COLUMNS, "tags"))


def test_a_cleared_book_is_as_good_as_new() -> None:
    book = rested(FIRST, EARLIER)
    book.clear()
    assert (len(book), listed(book), book.common_tag()) == (0, [], None)
    book.add(message(LATER))
    assert listed(book) == LATER


@pytest.mark.parametrize(
    ("tags", "common"),
    [
        ([],               None),
        (["a"],            "a"),
        (["a", "a", "a"],  "a"),
        (["a", "a", "b"],  None),
        (["b", "a", "a"],  None),
        (["", ""],         ""),  # no word is a word as well
    ],
)  # fmt: skip
def test_a_tag_is_common_where_every_order_carries_it(tags: list[str], common: str | None) -> None:
    batches = [[Order(k, tag=tag) for k, tag in enumerate(tags)]] if tags else []
    assert rested(*batches).common_tag() == common


def test_some_orders_of_a_message_become_a_message() -> None:
    some = accepted(message([*FIRST, *LATER]), np.array([0, 2]))
    assert type(some) is OrdersAccepted
    assert listed(some) == [FIRST[0], LATER[0]]
    assert not any(getattr(some, name).flags.writeable for name in COLUMNS)


batches_of_orders = st.lists(
    st.lists(
        st.builds(
            Order,
            st.integers(0, 1000),
            st.integers(0, 3),
            st.integers(-5, 5).filter(bool).map(float),
            st.sampled_from([0.0, 0.5]),
            st.sampled_from(["a", "b"]),
        ),
        min_size=1,
        max_size=4,
    ),
    max_size=4,
)


@given(batches_of_orders, st.data())
def test_the_book_is_a_sorted_list_through_adding_and_keeping(batches: list[list[Order]], data: st.DataObject) -> None:
    book = OrderBook()
    naive: list[Order] = []
    for batch in batches:
        known = {order.order_id for order in naive}
        fresh = {order.order_id: order for order in batch if order.order_id not in known}
        if fresh:
            book.add(message([fresh[order_id] for order_id in sorted(fresh)]))
            naive = sorted([*naive, *fresh.values()])
        kept = [row for row in range(len(naive)) if data.draw(st.booleans())]
        book.keep(ints(*kept))
        naive = [naive[row] for row in kept]
        assert listed(book) == naive
        assert len(book) == len(naive)
        assert not any(getattr(book, name).flags.writeable for name in COLUMNS)
