"""Own orders that rest with the broker: which are open, and what those are that are sure to go."""

import numpy as np
from tests.unit.actors.letters import STRATEGY, fills, orders, refused
from tests.unit.kernels.made import floats

from tidegate.core.arrays import freeze
from tidegate.core.ids import order_id
from tidegate.messages.orders import OrdersAccepted, OrdersHeldBack
from tidegate.strategy.own import OwnOrders


def of(number: int) -> int:
    return order_id(STRATEGY, number)


def resting() -> OwnOrders:
    own = OwnOrders()
    own.take(orders(OrdersAccepted, (0, 5.0), (1, -3.0)))
    own.take(orders(OrdersAccepted, (2, 7.0), first=2))
    return own


def test_orders_are_open_until_they_end_or_fill() -> None:
    own = resting()
    assert list(own.sure()) == [(of(0), 0, 5.0), (of(1), 1, -3.0), (of(2), 2, 7.0)]
    own.end(freeze(np.array((of(1),))))
    assert own.fill(fills(1, (2, 7.0, 40.0), first=2))
    assert own.ids() == {of(0)}
    assert (own.find_sure(of(0)), own.find_sure(of(1))) == ((0, 5.0), None)
    own.end(freeze(np.array((of(0),))))
    assert not own.any_sure
    assert not own.fill(fills(1, (0, 5.0, 10.0)))


def test_all_that_fill_at_once_are_gone_at_once() -> None:
    own = OwnOrders()
    own.take(orders(OrdersAccepted, (0, 5.0), (1, -3.0)))
    assert not own.fill(fills(1, (0, 5.0, 10.0), (1, -3.0, 20.0)))
    assert (own.ids(), own.any_sure) == (set(), False)


def test_an_order_may_be_for_another_quantity() -> None:
    own = resting()
    own.resize(of(1), -1.0)
    assert own.find_sure(of(1)) == (1, -1.0)
    assert own.find_sure(of(0)) == (0, 5.0)


def test_what_volume_held_back_is_open_for_the_rest() -> None:
    own = resting()
    own.fill(fills(1, (2, 4.0, 40.0), first=2))
    assert of(2) not in own.ids()
    own.hold_back(refused(OrdersHeldBack, (2, 2, 3.0)), [of(2)], np.arange(1))
    assert own.find_sure(of(2)) == (2, 3.0)
    assert len(floats(*(row[2] for row in own.sure()))) == 3
