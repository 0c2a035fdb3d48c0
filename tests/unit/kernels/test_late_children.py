"""Orders that wait for one of which volume held something back: for how much they live, and when that is told."""

import pytest
from tests.unit.actors.letters import kinds, only
from tests.unit.kernels.bar_by_bar import Desk
from tests.unit.kernels.desk import A
from tests.unit.kernels.made import floats, ints
from tests.unit.kernels.resting_orders import Asked, message
from tests.unit.kernels.test_events import actions

from tidegate.core.arrays import freeze
from tidegate.core.enums import ActionKind, OrderKind, TimeInForce
from tidegate.kernels.partly import Partly
from tidegate.messages.base import Message
from tidegate.messages.orders import OrdersCanceled, OrdersTrimmed

LIMIT, STOP, TRAILING = OrderKind.LIMIT, OrderKind.STOP, OrderKind.TRAILING_STOP
PARENTS = [Asked(1, A, 10.0), Asked(1, A, 10.0, LIMIT, limit=30.0)]
EXIT = Asked(2, A, -10.0, STOP, stop=5.0, parent=1, reduce_only=1)
BOTH = pytest.mark.parametrize("parent", PARENTS, ids=["plain", "limit"])


class Thin(Desk):
    """Bars at 20, of which all of a volume may be taken."""

    def __init__(self) -> None:
        super().__init__(participation=1.0)
        self.bar_of(0.0)

    def bar_of(self, volume: float, price: float = 20.0) -> list[Message]:
        messages = self.bar((price,) * 4 + (volume,))
        self.mark()
        return messages

    def ask(self, *orders: Asked) -> list[Message]:
        return self.execution.accept(message(*orders))

    def open_quantities(self) -> dict[int, float]:
        resting = self.execution._open.resting
        return {int(resting.order_id[k]): float(resting.quantity[k]) for k in resting.open_rows()}

    def cancel(self, order: int) -> list[Message]:
        return self.execution.cancel(freeze(ints(order)))


@BOTH
def test_a_child_counts_what_its_parent_filled_before_it_came(parent: Asked) -> None:
    desk = Thin()
    desk.ask(parent)
    desk.bar_of(4.0)
    assert kinds(desk.ask(EXIT)) == ["OrdersAccepted"]
    assert desk.open_quantities()[2] == -4.0, "it is alive at once"
    desk.bar_of(3.0)
    assert desk.open_quantities()[2] == -7.0
    trimmed = only(desk.cancel(1), OrdersTrimmed)
    assert (trimmed.quantity[0], trimmed.measured[0], trimmed.limit[0]) == (-3.0, 10.0, 7.0)
    desk.bar_of(100.0, price=4.0)
    assert desk.execution.mark().quantity[0] == 0.0


@BOTH
def test_a_child_that_came_with_its_parent_says_the_same(parent: Asked) -> None:
    desk = Thin()
    desk.ask(parent, EXIT)
    desk.bar_of(4.0)
    messages = desk.bar_of(3.0)
    assert "OrdersTrimmed" not in kinds(messages)
    assert desk.open_quantities()[2] == -7.0
    messages = desk.cancel(1)
    assert kinds(messages) == ["OrdersCanceled", "OrdersTrimmed"]
    trimmed = only(messages, OrdersTrimmed)
    assert (trimmed.order_id[0], trimmed.quantity[0]) == (2, -3.0)


@BOTH
def test_a_late_child_outlives_a_parent_that_fills_no_more(parent: Asked) -> None:
    desk = Thin()
    desk.ask(parent)
    desk.bar_of(4.0)
    desk.ask(EXIT)
    messages = desk.cancel(1)
    assert only(messages, OrdersCanceled).order_id.tolist() == [1]
    assert desk.open_quantities() == {2: -4.0}


def test_a_late_child_asks_no_more_than_it_asked_and_tells_nothing_then() -> None:
    desk = Thin()
    desk.ask(PARENTS[0])
    desk.bar_of(4.0)
    desk.ask(Asked(2, A, -3.0, STOP, stop=5.0, parent=1))
    assert desk.open_quantities() == {2: -3.0}
    assert kinds(desk.cancel(1)) == ["OrdersCanceled"]


def test_a_late_trailing_stop_starts_from_the_last_price_and_meets_the_next_bar() -> None:
    desk = Thin()
    desk.ask(PARENTS[0])
    desk.bar_of(4.0)
    desk.bar_of(0.0, price=22.0)
    desk.ask(Asked(2, A, -10.0, TRAILING, trail=2.0, parent=1))
    desk.bar_of(1.0, price=20.5)
    assert desk.open_quantities() == {2: -5.0}
    desk.bar_of(100.0, price=20.0)
    assert desk.execution.mark().quantity[0] == 5.0, "the rest of the parent and the stop go at one open"


def test_a_split_is_of_what_was_filled_before_too() -> None:
    desk = Thin()
    desk.ask(PARENTS[0])
    desk.bar_of(4.0)
    desk.execution.events.announce(actions(2, (ActionKind.SPLIT, A, 2.0)))
    desk.bar_of(0.0, price=10.0)
    desk.ask(Asked(2, A, -20.0, STOP, stop=5.0, parent=1))
    assert desk.open_quantities() == {2: -8.0}


def test_a_child_of_an_order_that_has_filled_nothing_sleeps() -> None:
    desk = Thin()
    desk.ask(Asked(1, A, 10.0, LIMIT, limit=1.0), Asked(7, A, 5.0, tif=TimeInForce.GTC))
    desk.bar_of(4.0)
    desk.ask(EXIT)
    messages = desk.cancel(1)
    assert [message_.order_id.tolist() for message_ in messages if isinstance(message_, OrdersCanceled)] == [[1], [2]]


def test_what_is_open_no_longer_is_forgotten_once_it_is_much() -> None:
    partly = Partly()
    for order in range(1, 100):
        partly.note((ints(order), floats(2.0), floats(1.0)), ints(order))
    partly.tidy(ints(7, 8), ints(99))
    found = partly.among(ints(0, 7, 50, 99), ints(0, 0, 0, 1), floats(10.0, 20.0))
    assert found == {7: (2.0, 10.0), 99: (2.0, 20.0)}
