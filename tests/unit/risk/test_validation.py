"""Limits on requests: what is denied, what is trimmed, with which reason, and what goes on."""

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from tests.unit.actors.letters import NAN, Row, cancels, only, orders, quantities, refused, snapshot
from tests.unit.risk.guard import Guard, Refused, bounds, let_through, refusals

from tidegate.core.enums import Reason
from tidegate.messages.base import Message
from tidegate.messages.orders import (
    OrdersApproved,
    OrdersCanceled,
    OrdersDenied,
    OrdersRejected,
    OrdersTrimmed,
    SubmitOrders,
)
from tidegate.risk.rules import MaxGross, MaxWeight, RiskRule
from tidegate.risk.validation import Request

Ask = tuple[int, float] | tuple[int, float, float]


@dataclass
class Case:
    """One request against limits; equity is 1000, marks are 10, 20 and 40."""

    what: str
    limits: list[RiskRule]
    asked: list[Ask]
    approved: dict[int, float]
    refused: list[Refused] = field(default_factory=list)
    bounds: list[tuple[float | None, float | None]] = field(default_factory=list)
    held: Row = (0, 0, 0)
    pending: Row = (0, 0, 0)
    mark: Row = (10, 20, 40)
    fractional: bool = False


TENTH, HALF = [MaxWeight(0.1)], [MaxGross(0.5)]
WEIGHT = [
    Case("an entry up to the limit passes", [*TENTH], [(0, 10.0)], {0: 10.0}),
    Case("what is above is trimmed", [*TENTH], [(0, 15.0)], {0: 10.0},
         [("trimmed", 0, 5.0, "MAX_WEIGHT")], [(0.15, 0.1)]),
    Case("or the order is denied", [MaxWeight(0.1, "deny")], [(0, 15.0), (1, 5.0)], {1: 5.0},
         [("denied", 0, 15.0, "MAX_WEIGHT")], [(0.15, 0.1)]),
    Case("whole units only", [*TENTH], [(2, 3.0)], {0: 2.0},
         [("trimmed", 0, 1.0, "MAX_WEIGHT")], [(0.12, 0.1)]),
    Case("a part of a unit where the account takes it", [*TENTH], [(2, 3.0)], {0: 2.5},
         [("trimmed", 0, 0.5, "MAX_WEIGHT")], [(0.12, 0.1)], fractional=True),
    Case("less than a unit of room is none", [MaxWeight(0.03)], [(2, 3.0)], {},
         [("denied", 0, 3.0, "MAX_WEIGHT")], [(0.12, 0.03)]),
    Case("what is held counts", [*TENTH], [(0, 10.0)], {0: 6.0},
         [("trimmed", 0, 4.0, "MAX_WEIGHT")], [(0.14, 0.1)], held=(4, 0, 0)),
    Case("what is pending counts", [*TENTH], [(0, 10.0)], {0: 4.0},
         [("trimmed", 0, 6.0, "MAX_WEIGHT")], [(0.16, 0.1)], held=(4, 0, 0), pending=(2, 0, 0)),
    Case("orders of one asset count in their order", [*TENTH], [(0, 6.0), (0, 6.0), (0, 1.0)], {0: 6.0, 1: 4.0},
         [("denied", 2, 1.0, "MAX_WEIGHT"), ("trimmed", 1, 2.0, "MAX_WEIGHT")], [(0.11, 0.1), (0.12, 0.1)]),
    Case("a sell of the same batch makes room, wherever it stands", [*TENTH], [(0, 5.0), (0, -5.0)],
         {0: 5.0, 1: -5.0}, held=(10, 0, 0)),
    Case("a sell that will be rejected makes none", [*TENTH], [(0, 5.0), (0, -20.0)], {1: -20.0},
         [("denied", 0, 5.0, "MAX_WEIGHT")], [(0.15, 0.1)], held=(10, 0, 0)),
    Case("a position above the limit is not forced down", [*TENTH], [(0, 1.0), (0, -3.0)], {1: -3.0},
         [("denied", 0, 1.0, "MAX_WEIGHT")], [(0.28, 0.1)], held=(30, 0, 0)),
    Case("assets have a limit each", [*TENTH], [(0, 10.0), (1, 5.0), (2, 2.0)], {0: 10.0, 1: 5.0, 2: 2.0}),
    Case("of two limits the tighter holds", [MaxWeight(0.2), MaxWeight(0.1)], [(0, 25.0)], {0: 10.0},
         [("trimmed", 0, 5.0, "MAX_WEIGHT"), ("trimmed", 0, 10.0, "MAX_WEIGHT")], [(0.25, 0.2), (0.2, 0.1)]),
    Case("what cannot be valued is denied", [*TENTH], [(0, 1.0), (1, 1.0)], {1: 1.0},
         [("denied", 0, 1.0, "NO_PRICE")], [(None, None)], mark=(NAN, 20, 40)),
    Case("sells need no value", [*TENTH], [(0, -1.0)], {0: -1.0}, mark=(NAN, 20, 40)),
]  # fmt: skip
GROSS = [
    Case("entries up to the limit pass", [*HALF], [(0, 10.0), (1, 20.0)], {0: 10.0, 1: 20.0}),
    # 30 * 10 + 20 * 20 = 700 of 500; the largest factor that fits is just below 0.75: 22 and 14
    Case("all are scaled by one factor", [*HALF], [(0, 30.0), (1, 20.0)], {0: 22.0, 1: 14.0},
         [("trimmed", 0, 8.0, "MAX_GROSS"), ("trimmed", 1, 6.0, "MAX_GROSS")], [(0.7, 0.5), (0.7, 0.5)]),
    Case("an entry that is scaled to nothing is denied", [MaxGross(0.1)], [(0, 20.0), (1, 1.0)], {0: 10.0},
         [("denied", 1, 1.0, "MAX_GROSS"), ("trimmed", 0, 10.0, "MAX_GROSS")], [(0.22, 0.1), (0.22, 0.1)]),
    Case("parts of units where the account takes them", [*HALF], [(0, 40.0), (1, 30.0)], {0: 20.0, 1: 15.0},
         [("trimmed", 0, 20.0, "MAX_GROSS"), ("trimmed", 1, 15.0, "MAX_GROSS")], [(1.0, 0.5), (1.0, 0.5)],
         fractional=True),
    Case("denied in the order of priority, what still fits goes in", [MaxGross(0.5, "deny")],
         [(0, 30.0, 0.2), (1, 20.0, 0.9), (2, 2.0, 0.1)], {1: 20.0, 2: 2.0},
         [("denied", 0, 30.0, "MAX_GROSS")], [(0.78, 0.5)]),
    Case("equal priorities go by asset, then by order", [MaxGross(0.5, "deny")],
         [(1, 20.0), (0, 30.0), (0, 30.0)], {1: 30.0},
         [("denied", 0, 20.0, "MAX_GROSS"), ("denied", 2, 30.0, "MAX_GROSS")], [(1.0, 0.5), (1.0, 0.5)]),
    Case("held and pending count", [*HALF], [(1, 20.0)], {0: 10.0},
         [("trimmed", 0, 10.0, "MAX_GROSS")], [(0.7, 0.5)], held=(20, 0, 0), pending=(10, 0, 0)),
    Case("reductions of the batch go first", [*HALF], [(1, 20.0), (0, -30.0)], {0: 20.0, 1: -30.0}, held=(40, 0, 0)),
    Case("a sell that will be rejected makes no room", [*HALF], [(1, 10.0), (0, -60.0)], {1: -60.0},
         [("denied", 0, 10.0, "MAX_GROSS")], [(0.7, 0.5)], held=(50, 0, 0)),
    Case("an account above the limit may only reduce", [*HALF], [(1, 1.0), (0, -1.0)], {1: -1.0},
         [("denied", 0, 1.0, "MAX_GROSS")], [(0.81, 0.5)], held=(80, 0, 0)),
    Case("weights first, then gross", [MaxGross(0.3), MaxWeight(0.2)], [(0, 40.0), (1, 10.0)], {0: 15.0, 1: 7.0},
         [("trimmed", 0, 20.0, "MAX_WEIGHT"), ("trimmed", 0, 5.0, "MAX_GROSS"), ("trimmed", 1, 3.0, "MAX_GROSS")],
         [(0.4, 0.2), (0.4, 0.3), (0.4, 0.3)]),
]  # fmt: skip


@pytest.mark.parametrize("case", WEIGHT + GROSS, ids=lambda case: case.what)
def test_a_request_is_cut_to_the_limits(case: Case) -> None:
    cash = 1000.0 - math.fsum(units * price for units, price in zip(case.held, case.mark, strict=True) if units)
    guard = Guard(*case.limits, fractional=case.fractional)
    guard.deliver(snapshot(cash=cash, held=case.held, mark=case.mark, pending=case.pending))
    answer = guard.deliver(orders(SubmitOrders, *case.asked))
    assert let_through(answer) == pytest.approx(case.approved)
    words = [(word, number, reason) for word, number, _, reason in case.refused]
    assert [(word, number, reason) for word, number, _, reason in refusals(answer)] == words
    assert [said[2] for said in refusals(answer)] == pytest.approx([said[2] for said in case.refused])
    assert flat(bounds(answer)) == pytest.approx(flat(case.bounds))


def flat(pairs: list[tuple[float | None, float | None]]) -> list[float | None]:
    return [value for pair in pairs for value in pair]


def test_what_is_refused_says_what_it_would_take() -> None:
    guard = Guard(MaxWeight(0.1))
    guard.deliver(snapshot(mark=(NAN, 20, 40)))
    denied = guard.deliver(orders(SubmitOrders, (0, 1.0)))[0]
    assert isinstance(denied, OrdersDenied)
    assert denied.texts == ("a limit cannot value it yet",)


def test_an_account_without_equity_may_enter_nothing() -> None:
    for limit in (MaxWeight(0.5), MaxGross(0.5)):
        guard = Guard(limit)
        guard.deliver(snapshot(cash=0.0))
        answer = guard.deliver(orders(SubmitOrders, (0, 1.0)))
        assert let_through(answer) == {}
        assert bounds(answer) == [(math.inf, 0.5)]


# What was approved and is still on its way counts from the moment of approval, before the next mark.


def full_of(asset: int) -> Guard:
    """A guard whose limit of 500 is used up by an order that is on its way."""
    guard = Guard(MaxGross(0.5))
    guard.deliver(snapshot())
    assert let_through(guard.deliver(orders(SubmitOrders, (asset, 50.0)))) == {0: 50.0}
    assert let_through(guard.deliver(orders(SubmitOrders, (1, 25.0), first=1))) == {}
    return guard


ENDS: list[Message] = [
    cancels(0),
    refused(OrdersRejected, (0, 0, 50.0)),
    refused(OrdersCanceled, (0, 0, 50.0), reason=Reason.CASH_SHORTAGE),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: type(end).__name__)
def test_an_order_that_ends_gives_its_room_back(end: Message) -> None:
    guard = full_of(0)
    guard.deliver(end)
    assert let_through(guard.deliver(orders(SubmitOrders, (1, 25.0), first=2))) == {2: 25.0}


def test_an_order_that_ends_twice_gives_its_room_back_once() -> None:
    guard = full_of(0)
    guard.deliver(cancels(0), refused(OrdersCanceled, (0, 0, 50.0), reason=Reason.CANCEL_REQUESTED))
    assert let_through(guard.deliver(orders(SubmitOrders, (1, 50.0), first=2))) == {2: 25.0}


def test_the_next_mark_counts_orders_that_wait_and_forgets_the_rest() -> None:
    guard = full_of(0)
    guard.deliver(snapshot(1, pending=(20, 0, 0)))
    assert let_through(guard.deliver(orders(SubmitOrders, (1, 50.0), first=2))) == {2: 15.0}


def test_a_sell_counts_once_while_it_waits() -> None:
    guard = Guard(MaxGross(0.5))
    account = snapshot(cash=500.0, held=(50, 0, 0))
    guard.deliver(account)
    assert let_through(guard.deliver(orders(SubmitOrders, (0, -30.0)))) == {0: -30.0}
    guard.deliver(snapshot(1, cash=500.0, held=(50, 0, 0), pending=(-30, 0, 0)))
    # 20 are left to sell: another 30 will be rejected and make no room
    answer = guard.deliver(orders(SubmitOrders, (0, -30.0), (1, 20.0), first=1))
    assert let_through(answer) == {1: -30.0, 2: 15.0}


def test_a_canceled_sell_takes_its_room_with_it() -> None:
    guard = Guard(MaxGross(0.5))
    guard.deliver(snapshot(cash=500.0, held=(50, 0, 0)))
    guard.deliver(orders(SubmitOrders, (0, -30.0)), cancels(0))
    assert let_through(guard.deliver(orders(SubmitOrders, (1, 1.0), first=1))) == {}


def test_what_a_canceled_sell_would_have_sold_can_be_sold_again() -> None:
    guard = Guard(MaxGross(0.5))
    guard.deliver(snapshot(cash=500.0, held=(50, 0, 0)))
    guard.deliver(orders(SubmitOrders, (0, -30.0)), cancels(0))
    assert let_through(guard.deliver(orders(SubmitOrders, (0, -30.0), (1, 15.0), first=1))) == {1: -30.0, 2: 15.0}


def test_an_approval_keeps_tags_and_priorities_with_their_orders() -> None:
    guard = Guard(MaxWeight(0.1, "deny"))
    guard.deliver(snapshot())
    said = guard.deliver(orders(SubmitOrders, (0, 50.0, 0.5), (1, 1.0, 0.25), first=7, tag="mine"))
    approved = only(said, OrdersApproved)
    assert quantities(approved) == {8: 1.0}
    assert (approved.asset.tolist(), approved.priority.tolist(), approved.tags) == ([1], [0.25], ("mine",))


def test_a_request_splits_what_a_check_took_into_denied_and_trimmed() -> None:
    request = Request(orders(SubmitOrders, (0, 4.0), (1, 6.0), (2, -1.0)))
    before = request.quantity.copy()
    request.quantity[:2] = 0.0, 5.0
    request.refuse(before, Reason.RULE, np.array([1.0, 2.0, 3.0]), 0.5, "because")
    assert [type(message) for message in request.refusals] == [OrdersDenied, OrdersTrimmed]
    assert refusals(request.refusals) == [("denied", 0, 4.0, "RULE"), ("trimmed", 1, 1.0, "RULE")]
    assert bounds(request.refusals) == [(1.0, 0.5), (2.0, 0.5)]
    assert request.remaining().quantity.tolist() == [0.0, 5.0, -1.0]
    approved = request.approved(None, np.zeros(3), 1.0, False)
    assert approved is not None
    assert quantities(approved) == {1: 5.0, 2: -1.0}


def test_a_request_of_which_nothing_is_left_is_not_approved() -> None:
    request = Request(orders(SubmitOrders, (0, 4.0)))
    request.quantity[:] = 0.0
    assert request.approved(None, np.zeros(3), 1.0, False) is None
