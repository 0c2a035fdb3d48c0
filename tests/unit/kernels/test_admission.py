"""Whether orders are such as their assets are traded in."""

import msgspec
import pytest
from tests.unit.kernels.made import NAN, floats, instruments
from tests.unit.kernels.resting_orders import Asked, message, positions

from tidegate.core.arrays import freeze
from tidegate.core.enums import OrderKind, Reason
from tidegate.kernels.admission import Admission, off_grid
from tidegate.kernels.instruments import instrument_rows
from tidegate.messages.orders import OrdersRejected, OrdersTrimmed, OrderTargets

LIMIT, STOP, STOP_LIMIT = OrderKind.LIMIT, OrderKind.STOP, OrderKind.STOP_LIMIT
HELD = positions(45.0, 0.0, 0.0)


def admission(*, rounds: bool = False, **said: float) -> Admission:
    return Admission(instrument_rows(3, instruments(3, **said)), rounds=rounds)


def refused(looks: Admission, *orders: Asked, pending: float = 0.0) -> list[tuple[int, int]]:
    _, said = looks.admit(message(*orders), HELD, floats(pending, 0.0, 0.0))
    found = [one for one in said if isinstance(one, OrdersRejected)]
    return [pair for one in found for pair in zip(one.order_id.tolist(), one.reason.tolist(), strict=True)]


def test_where_nothing_is_said_nobody_looks() -> None:
    assert not Admission(instrument_rows(3, None), rounds=False).looks
    assert admission(lot=10).looks
    assert admission(tick=0.1).looks
    assert admission(minimum=1).looks


@pytest.mark.parametrize(
    ("value", "step", "off"),
    [(0.3, 0.1, False), (0.35, 0.1, True), (5.0, 0.0, False), (1e9 + 0.01, 0.01, False), (9.97, 0.05, True)],
)
def test_rounding_is_no_difference(value: float, step: float, off: bool) -> None:
    assert off_grid(floats(value), floats(step)).tolist() == [off]


@pytest.mark.parametrize(
    # 45 are held; a lot is 10, the least 20
    ("quantity", "pending", "reason"),
    [
        (20.0,   0.0,    None),
        (25.0,   0.0,    Reason.LOT_SIZE),
        (10.0,   0.0,    Reason.MINIMUM_SIZE),
        (-45.0,  0.0,    None),                 # all that is held
        (-44.0,  0.0,    Reason.LOT_SIZE),
        (-25.0,  -20.0,  None),                 # with what is being sold already
        (-5.0,   -40.0,  None),
        (45.0,   0.0,    Reason.LOT_SIZE),
        (-55.0,  10.0,   Reason.LOT_SIZE),      # closes what is held and what is coming: this crosses zero now
    ],
)  # fmt: skip
def test_sizes_are_lots_and_not_small_unless_they_close(quantity: float, pending: float, reason: Reason | None) -> None:
    looks = admission(lot=10, minimum=20)
    wanted = [] if reason is None else [(1, int(reason))]
    if quantity == -55.0:
        wanted = []  # together with what is coming it closes all
    assert refused(looks, Asked(1, 0, quantity), pending=pending) == wanted


def test_orders_of_one_message_close_together() -> None:
    assert refused(admission(lot=10), Asked(1, 0, -40.0), Asked(2, 0, -5.0)) == []
    assert refused(admission(lot=10), Asked(1, 0, -5.0), Asked(2, 0, -40.0)) == [(1, int(Reason.LOT_SIZE))]


def test_what_is_refused_for_its_size_is_not_refused_for_its_price_too() -> None:
    looks = admission(lot=10, tick=0.05)
    assert refused(looks, Asked(1, 1, 15.0, LIMIT, limit=9.97)) == [(1, int(Reason.LOT_SIZE))]


@pytest.mark.parametrize(
    ("order", "limit", "stop"),
    [
        (Asked(1, 1, 1.0, LIMIT, limit=9.97),                     9.95,  None),
        (Asked(1, 1, -1.0, LIMIT, limit=9.97),                    10.0,  None),
        (Asked(1, 1, 1.0, STOP, stop=9.97),                       None,  10.0),
        (Asked(1, 1, -1.0, STOP, stop=9.97),                      None,  9.95),
        (Asked(1, 1, 1.0, STOP_LIMIT, stop=9.97, limit=10.02),    10.0,  10.0),
    ],
)  # fmt: skip
def test_prices_are_rounded_to_the_less_aggressive_side(order: Asked, limit: float | None, stop: float | None) -> None:
    found, said = admission(rounds=True, tick=0.05).admit(message(order), HELD, floats(0, 0, 0))
    assert found is not None
    assert found.terms is not None
    for price, wanted in ((found.terms.limit, limit), (found.terms.stop, stop)):
        assert price.tolist() == pytest.approx([float("nan") if wanted is None else wanted], nan_ok=True)
    (trimmed,) = said
    assert isinstance(trimmed, OrdersTrimmed)
    assert trimmed.quantity.tolist() == [0.0] * len(trimmed.order_id)
    assert len(trimmed.order_id) == (limit is not None) + (stop is not None)


def test_a_price_that_rounds_to_nothing_is_refused() -> None:
    looks = admission(rounds=True, tick=0.05)
    assert refused(looks, Asked(1, 1, 1.0, LIMIT, limit=0.03)) == [(1, int(Reason.TICK_SIZE))]


def test_the_others_go_on() -> None:
    found, said = admission(lot=10).admit(message(Asked(1, 1, 5.0), Asked(2, 1, 10.0)), HELD, floats(0, 0, 0))
    assert found is not None
    assert found.order_id.tolist() == [2]
    assert len(said) == 1
    assert admission(lot=10).admit(message(Asked(1, 1, 5.0)), HELD, floats(0, 0, 0))[0] is None


def test_what_is_left_of_a_message_keeps_its_targets() -> None:
    orders = msgspec.structs.replace(message(Asked(1, 1, 5.0), Asked(2, 1, 10.0)), terms=None)
    aims = OrderTargets(freeze(floats(0.25, 0.5)), freeze(floats(NAN, NAN)))
    found, _ = admission(lot=10).admit(msgspec.structs.replace(orders, targets=aims), HELD, floats(0, 0, 0))
    assert found is not None
    assert found.targets is not None
    assert (found.order_id.tolist(), found.targets.weight.tolist()) == ([2], [0.5])
