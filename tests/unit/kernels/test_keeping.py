"""What an account keeps that matters seldom: it goes on as it would have."""

from typing import Any

import pytest
from tests.unit.kernels.bar_by_bar import DEPOSIT, Desk, flat, holding, made_terms
from tests.unit.kernels.desk import ASSETS, A, B, Order
from tests.unit.kernels.made import declared, ints
from tests.unit.kernels.resting_orders import Asked, message

from tidegate.core.enums import OrderKind, Reason
from tidegate.kernels.execution import Execution
from tidegate.kernels.gone import Gone
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.terms import SizingTerms
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch
from tidegate.messages.orders import Fills, OrdersRejected
from tidegate.messages.state import decode_state, encode_state


def restored(desk: Desk, batch: MarketBatch, **changed: Any) -> Execution:
    """Another account, with what this one keeps after a bar."""
    other = Execution(declared(ASSETS), DEPOSIT, made_terms(**changed), INTERPRETED)
    other.restore(decode_state(encode_state(desk.execution.kept()), lambda _: batch))
    return other


def bought(messages: list[Message]) -> dict[int, float]:
    """Units by asset."""
    fills = [one for one in messages if isinstance(one, Fills)]
    return {
        asset: units for one in fills for asset, units in zip(one.asset.tolist(), one.quantity.tolist(), strict=True)
    }


def test_an_account_that_was_closed_down_takes_no_orders() -> None:
    desk = Desk()
    batch = desk.batch(flat(100.0))
    desk.execution.open_bar(batch)
    desk.mark()
    desk.execution._open.close_down()
    desk.execution = restored(desk, batch)
    (refused,) = desk.order(Order(1, A, 5.0))
    assert isinstance(refused, OrdersRejected)
    assert refused.reason.tolist() == [Reason.NEGATIVE_EQUITY]


def test_entries_leave_alone_what_is_reserved_of_equity_as_it_was_marked() -> None:
    """Half of what the account is worth now, not of what it was at first."""
    changed = {"sizing": SizingTerms(floor=0.5), "fractional": True}
    desk = holding(20.0, **changed)
    batch = desk.batch(flat(300.0), flat(100.0))
    desk.execution.open_bar(batch)
    desk.mark()
    desk.order(Order(2, B, 40.0))
    desk.execution = restored(desk, batch, **changed)
    assert bought(desk.bar(flat(300.0), flat(100.0))) == {B: 10.0}, "8,000 is there, and half of 14,000 is reserved"


def test_a_trailing_stop_that_comes_after_the_close_starts_from_that() -> None:
    desk = Desk()
    batch = desk.batch((100.0, 120.0, 100.0, 120.0, 1.0))
    desk.execution.open_bar(batch)
    desk.mark()
    desk.execution = restored(desk, batch)
    desk.execution.accept(message(Asked(1, A, 5.0, OrderKind.TRAILING_STOP, trail=10.0)))
    assert bought(desk.bar((120.0, 125.0, 120.0, 125.0, 1.0))) == {}
    assert bought(desk.bar((125.0, 131.0, 125.0, 131.0, 1.0))) == {A: 5.0}, "it trails by 10 above 120"


@pytest.mark.parametrize("order", [1, 2, 3])
def test_what_ended_with_an_asset_is_known(order: int) -> None:
    gone, other = Gone(), Gone()
    gone.end(0, "was delisted")
    gone.end(1, "was merged")
    gone.take_along(0, ints(1))
    gone.take_along(1, ints(2))
    other.restore(decode_state(encode_state(gone.kept()), lambda _: None))
    assert other.asset_of(order) == gone.asset_of(order)
    assert other.why == gone.why
