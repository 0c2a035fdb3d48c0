"""Conditional orders that wait, and what is due of them beside plain orders."""

import numpy as np
import pytest
from tests.unit.kernels.made import NAN, floats
from tests.unit.kernels.resting_orders import Asked, message

from tidegate.core.arrays import freeze
from tidegate.core.enums import OrderKind, PathPolicy, TimeInForce
from tidegate.kernels.book import OrderBook, accepted
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.resting import Resting
from tidegate.kernels.terms import is_plain, path_code
from tidegate.messages.market import MarketBatch

MARK = floats(100.0, 100.0, NAN)


def waiting(*orders: Asked, path: PathPolicy = PathPolicy.PESSIMISTIC) -> Resting:
    found = Resting(path_code(path), through=False, kernels=INTERPRETED)
    for order in orders:
        asked = message(order)
        assert asked.terms is not None
        found.add(asked, asked.terms, np.arange(1), 0, MARK)
    return found


def batch(*bars: tuple[float, float, float, float]) -> MarketBatch:
    none = freeze(np.empty((0, len(bars))))
    made = np.array([[*bar, 1.0] for bar in bars]).T.copy()
    return MarketBatch(1, 1000, freeze(made), none, none, freeze(np.empty(0)))


BUY_LIMIT = Asked(7, 0, 5.0, OrderKind.LIMIT, limit=95.0)
SELL_STOP = Asked(3, 1, -5.0, OrderKind.STOP, stop=90.0)
FOK = Asked(5, 1, 2.0, tif=TimeInForce.FOK)
BARS = batch((94.0, 96.0, 93.0, 95.0), (92.0, 93.0, 89.0, 91.0), (50.0, 50.0, 50.0, 50.0))


def test_orders_lie_by_id_however_they_came() -> None:
    found = waiting(BUY_LIMIT, SELL_STOP, FOK)
    assert found.order_id.tolist() == [3, 5, 7]
    assert found.count == 3
    found.drop(np.array((1,)))
    assert found.count == 2
    assert [column.tolist() for column in found.columns(found.open_rows())] == [[3, 7], [1, 0], [-5.0, 5.0]]


def test_what_is_due_comes_with_the_plain_orders_that_have_a_price_by_id() -> None:
    found = waiting(BUY_LIMIT, SELL_STOP, FOK)
    book = OrderBook()
    book.add(accepted(message(Asked(4, 2, 1.0), Asked(6, 0, 1.0)), np.arange(2)))
    assert found.go_at_open(BARS, market=True) == 2
    due = found.due(book, floats(94.0, 92.0, NAN))
    assert due.book.order_id.tolist() == [5, 6, 7]
    assert due.book.tags == ("market", "market", "limit")
    assert due.at.tolist() == [92.0, 94.0, 94.0]
    np.testing.assert_array_equal(due.limit, [NAN, NAN, 95.0])
    assert due.whole.tolist() == [1, 0, 0]
    assert (due.plain.tolist(), due.resting.tolist()) == ([-1, 1, -1], [1, -1, 2])
    alone = found.due(None, floats(94.0, 92.0, NAN))
    assert alone.book.order_id.tolist() == [5, 7]


def test_companions_are_the_others_of_a_group() -> None:
    found = waiting(
        Asked(1, 0, 1.0, OrderKind.LIMIT, limit=90.0, group=1),
        Asked(2, 0, 1.0, OrderKind.STOP, stop=110.0, group=1),
        Asked(3, 0, 1.0, OrderKind.LIMIT, limit=90.0),
        Asked(4, 0, 1.0, OrderKind.LIMIT, limit=90.0, group=4),
    )
    assert found.companions(np.array((1, 2))).tolist() == [0]
    assert found.companions(np.array((2, 3))).tolist() == []


@pytest.mark.parametrize(("path", "price"), [(PathPolicy.HIGH_FIRST, 105.0), (PathPolicy.LOW_FIRST, 95.0)])
def test_a_trailing_stop_starts_from_the_last_close_and_a_guess_is_told(path: PathPolicy, price: float) -> None:
    found = waiting(Asked(1, 0, -5.0, OrderKind.TRAILING_STOP, trail=5.0), path=path)
    bars = batch((100.0, 110.0, 90.0, 101.0))
    assert found.go_at_open(bars, market=True) == 0
    assert found.go_inside(bars, floats(5.0)) == (1, [(0, 95.0, 105.0)])
    assert found.due(None, bars.bars[0]).at.tolist() == [price]


def test_who_waits_for_the_close_is_known() -> None:
    assert not waiting(BUY_LIMIT, SELL_STOP).awaits_close(market=True)
    assert waiting(FOK).awaits_close(market=True)
    assert not waiting(FOK).awaits_close(market=False)
    assert waiting(Asked(1, 0, 1.0, OrderKind.LIMIT, TimeInForce.ON_CLOSE, limit=9.0)).awaits_close(market=False)


def test_only_market_orders_without_more_are_plain() -> None:
    asked = message(Asked(1, 0, 1.0), FOK, BUY_LIMIT, Asked(9, 0, 1.0, group=2))
    assert asked.terms is not None
    assert is_plain(asked.terms).tolist() == [True, False, False, False]
