"""Which orders are taken in, and how those that are open end."""

from typing import TypeVar

import numpy as np
import pytest
from tests.unit.kernels.made import NAN, books, floats
from tests.unit.kernels.resting_orders import Asked, message, positions

from tidegate.core.arrays import FloatArray, freeze
from tidegate.core.enums import OrderKind, Reason, TimeInForce
from tidegate.core.errors import RequestError
from tidegate.kernels.admission import Admission
from tidegate.kernels.arrivals import Arrivals
from tidegate.kernels.books import Books
from tidegate.kernels.instruments import plain_instruments
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.open_orders import OpenOrders
from tidegate.kernels.resting import Resting
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import OrdersAccepted, OrdersCanceled, OrdersExpired, OrdersRejected, OrdersTrimmed

M = TypeVar("M", bound=Message)
HELD = positions(10.0, 0.0, 0.0)
STOP = Asked(1, 0, -10.0, OrderKind.STOP, stop=90.0)
LIMIT = Asked(2, 1, 5.0, OrderKind.LIMIT, limit=95.0)
AT_CLOSE = Asked(3, 1, 7.0, tif=TimeInForce.ON_CLOSE)
PLAIN = Asked(4, 2, 3.0)


PLAIN_ASSETS = Admission(plain_instruments(3), rounds=False)


def account(held: FloatArray, *, margin: bool = False) -> Books:
    return books(0, 3, margin=margin)._replace(positions=held)


def made() -> OpenOrders:
    resting, arrivals = Resting(0, through=False, kernels=INTERPRETED), Arrivals(3, INTERPRETED)
    return OpenOrders(3, resting, arrivals, PLAIN_ASSETS, INTERPRETED, fractional=False)


def taken(*orders: Asked, held: FloatArray = HELD) -> tuple[OpenOrders, list[Message]]:
    found = made()
    return found, found.accept(message(*orders), 0, account(held), held[3])


def only(kind: type[M], messages: list[Message]) -> M:
    (found,) = messages
    assert isinstance(found, kind)
    return found


def batch(seq: int, ts_ns: int) -> MarketBatch:
    none = freeze(np.empty((0, 3)))
    return MarketBatch(seq, ts_ns, freeze(np.ones((5, 3))), none, none, freeze(np.empty(0)))


def test_plain_orders_go_into_the_book_and_others_beside_it() -> None:
    found, messages = taken(STOP, LIMIT, AT_CLOSE, PLAIN)
    accepted = only(OrdersAccepted, messages)
    assert accepted.order_id.tolist() == [1, 2, 3, 4]
    assert accepted.terms is not None
    assert accepted.terms.kind.tolist() == [2, 1, 0, 0]
    assert found.book.order_id.tolist() == [4]
    assert found.resting.order_id.tolist() == [1, 2, 3]


def test_only_what_is_sure_to_go_is_pending() -> None:
    found, _ = taken(STOP, LIMIT, AT_CLOSE, PLAIN)
    assert found.pending().tolist() == [0.0, 7.0, 3.0]


def test_a_conditional_sell_reserves_nothing() -> None:
    found, _ = taken(STOP)
    assert isinstance(found.accept(message(Asked(5, 0, -10.0)), 0, account(HELD), HELD[3])[0], OrdersAccepted)


def test_market_sells_of_every_time_in_force_reserve_what_they_sell() -> None:
    found, _ = taken(Asked(1, 0, -6.0, tif=TimeInForce.ON_CLOSE))
    rejected, accepted = found.accept(message(Asked(5, 0, -5.0), Asked(6, 0, -4.0)), 0, account(HELD), HELD[3])
    assert isinstance(rejected, OrdersRejected)
    assert (rejected.order_id.tolist(), rejected.reason.tolist()) == ([5], [Reason.SHORT_NOT_ALLOWED])
    assert (rejected.measured.tolist(), rejected.limit.tolist()) == ([5.0], [10.0])
    assert isinstance(accepted, OrdersAccepted)
    assert accepted.order_id.tolist() == [6]


def test_a_trailing_stop_needs_a_price_to_start_from() -> None:
    trailing = Asked(1, 0, -1.0, OrderKind.TRAILING_STOP, trail=5.0)
    found, messages = taken(trailing, held=positions(1.0, mark=NAN))
    rejected = only(OrdersRejected, messages)
    assert rejected.reason.tolist() == [Reason.NO_PRICE]
    assert np.isnan([rejected.measured[0], rejected.limit[0]]).all()
    assert found.resting.count == 0


def test_whatever_is_open_can_be_canceled_and_is_told_by_id() -> None:
    found, _ = taken(STOP, LIMIT, PLAIN)
    canceled = only(OrdersCanceled, found.cancel(freeze(np.array((4, 1, 99)))))
    assert canceled.order_id.tolist() == [1, 4]
    assert canceled.quantity.tolist() == [-10.0, 3.0]
    assert set(canceled.reason.tolist()) == {Reason.CANCEL_REQUESTED}
    assert (found.book.order_id.tolist(), found.resting.columns(found.resting.open_rows())[0].tolist()) == ([], [2])
    assert found.cancel(freeze(np.array((4, 1)))) == []


def test_the_end_of_the_data_ends_all() -> None:
    found, _ = taken(STOP, LIMIT, PLAIN)
    expired = only(OrdersExpired, found.expire())
    assert expired.order_id.tolist() == [1, 2, 4]
    assert set(expired.reason.tolist()) == {Reason.END_OF_DATA}
    assert found.expire() == []


@pytest.mark.parametrize(
    ("tif", "expire_ns", "ends_after"),
    [
        (TimeInForce.GTC, 0, None),
        (TimeInForce.DAY, 0, 1),
        (TimeInForce.IOC, 0, 1),
        (TimeInForce.FOK, 0, 1),
        (TimeInForce.ON_OPEN, 0, 1),
        (TimeInForce.ON_CLOSE, 0, 1),
        (TimeInForce.GTD, 2500, 3),
        (TimeInForce.GTD, 2000, 2),
        (TimeInForce.GTD, 500, 1),
    ],
)
def test_an_order_ends_with_the_last_bar_of_its_time(tif: TimeInForce, expire_ns: int, ends_after: int | None) -> None:
    found, _ = taken(Asked(1, 1, 5.0, OrderKind.LIMIT, tif, limit=95.0, expire_ns=expire_ns))
    ended = [seq for seq in range(5) if found.end_over(batch(seq, 1000 * (seq or 1) if seq < 3 else 9000))]
    assert ended == ([] if ends_after is None else [ends_after])


ENTRY = Asked(1, 0, 5.0)
CHILD = Asked(2, 0, -5.0, OrderKind.STOP, stop=90.0, parent=1)
GRANDCHILD = Asked(3, 0, 5.0, OrderKind.LIMIT, limit=80.0, parent=2)


def test_an_order_without_its_parent_is_rejected_and_those_after_it_too() -> None:
    found, messages = taken(CHILD, GRANDCHILD)
    rejected = only(OrdersRejected, messages)
    assert (rejected.order_id.tolist(), set(rejected.reason.tolist())) == ([2, 3], {Reason.PARENT_ENDED})
    assert found.resting.count == 0


def test_orders_sleep_until_their_parent_ends_and_end_with_it() -> None:
    found, _ = taken(ENTRY, CHILD, GRANDCHILD)
    assert found.end_over(batch(5, 9000)) == []
    canceled, orphans = found.cancel(freeze(np.array((1,))))
    assert isinstance(canceled, OrdersCanceled)
    assert isinstance(orphans, OrdersCanceled)
    assert (orphans.order_id.tolist(), set(orphans.reason.tolist())) == ([2, 3], {Reason.PARENT_ENDED})


def test_an_order_lives_for_as_much_as_its_parent_filled() -> None:
    found, _ = taken(ENTRY, CHILD, GRANDCHILD)
    found.book.clear()
    found.resting.wake(np.array((1,)), np.array((3.0,)), np.array((101.0,)), 4)
    assert found.resting.quantity.tolist() == [-3.0, 5.0]
    trimmed = only(OrdersTrimmed, found.end_orphans())
    assert (trimmed.order_id.tolist(), trimmed.quantity.tolist()) == ([2], [-2.0])  # five were asked, three filled
    assert found.end_orphans() == []
    assert found.resting.order_id.tolist() == [2, 3]


def test_a_trailing_stop_that_slept_starts_from_what_its_parent_paid() -> None:
    trailing = Asked(2, 0, -5.0, OrderKind.TRAILING_STOP, trail=4.0, parent=1)
    found, messages = taken(ENTRY, trailing, held=positions(10.0, mark=NAN))
    only(OrdersAccepted, messages)
    found.book.clear()
    found.resting.wake(np.array((1,)), np.array((9.0,)), np.array((50.0,)), 0)
    none = freeze(np.empty((0, 1)))
    bars = freeze(np.array([[46.5], [46.5], [46.0], [46.0], [1.0]]))
    bar = MarketBatch(1, 1, bars, none, none, freeze(np.empty(0)))
    assert not found.resting.go_at_open(bar, market=True)
    assert found.resting.go_inside(bar, floats(5.0, 0.0, 0.0)) == (1, [])
    assert found.resting.due(None, bars[0]).at.tolist() == [46.0]


def test_orders_that_wait_for_one_another_are_refused() -> None:
    circle = (
        Asked(1, 0, 5.0, OrderKind.LIMIT, limit=9.0, parent=2),
        Asked(2, 0, 5.0, OrderKind.LIMIT, limit=9.0, parent=1),
    )
    with pytest.raises(RequestError, match="in a circle"):
        taken(*circle)
    with pytest.raises(RequestError, match="in a circle"):
        taken(Asked(1, 0, 5.0, OrderKind.LIMIT, limit=9.0, parent=1))


def test_orders_that_are_no_orders_are_refused() -> None:
    with pytest.raises(RequestError, match=r"OrdersApproved\.terms: limit must be a price"):
        taken(Asked(1, 1, 5.0, OrderKind.LIMIT))
