"""The table of orders: where an order first appears, and what becomes of it."""

from typing import Any
from unittest import mock

import numpy as np
import pytest
from tests.unit.results.made_messages import (
    equity,
    fills,
    orders,
    refusal,
    strategy_order,
    ts_of,
)

from tidegate.core.errors import KernelBug
from tidegate.core.ids import PROTECTIVE_SENDER, RISK_SENDER, order_id
from tidegate.messages.base import Message
from tidegate.messages.orders import (
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersRejected,
    OrdersSized,
    OrdersTrimmed,
    SubmitOrders,
    TargetsSkipped,
)
from tidegate.results import joined
from tidegate.results.joined import Moment
from tidegate.results.taped import run_tables

A, B, C, D = (strategy_order(count) for count in range(4))
NAN = float("nan")
TEN = orders(SubmitOrders, (A, 10.0))
TEN_APPROVED = orders(OrdersApproved, (A, 10.0))
NO_CASH: dict[str, Any] = {"reason": 4, "measured": 12.5, "limit": 9.0}
LIVES: list[tuple[str, list[Message], tuple[Any, ...]]] = [
    # what happens                       messages
    #                                    -> approved, filled, status, reason, measured, limit, text
    ("asked for, nothing heard", [TEN], (0.0, 0.0, "open", 0, NAN, NAN, "")),
    ("approved, waits", [TEN, TEN_APPROVED], (10.0, 0.0, "open", 0, NAN, NAN, "")),
    ("approved and accepted, waits", [TEN, TEN_APPROVED, orders(OrdersAccepted, (A, 10.0))],
     (10.0, 0.0, "open", 0, NAN, NAN, "")),
    ("filled whole", [TEN, TEN_APPROVED, fills((A, 10.0))], (10.0, 10.0, "filled", 0, NAN, NAN, "")),
    ("filled in two parts", [TEN, TEN_APPROVED, fills((A, 6.0)), fills((A, 4.0), first=1)],
     (10.0, 10.0, "filled", 0, NAN, NAN, "")),
    ("filled twice in one message", [TEN, TEN_APPROVED, fills((A, 6.0), (A, 1.0))],
     (10.0, 7.0, "filled", 0, NAN, NAN, "")),
    ("denied", [TEN, refusal(OrdersDenied, (A, 10.0), reason=8, text="not on Fridays")],
     (0.0, 0.0, "denied", 8, NAN, NAN, "not on Fridays")),
    ("trimmed, waits", [TEN, refusal(OrdersTrimmed, (A, 4.0), **NO_CASH), orders(OrdersApproved, (A, 6.0))],
     (6.0, 0.0, "open", 4, 12.5, 9.0, "")),
    ("trimmed, then filled",
     [TEN, refusal(OrdersTrimmed, (A, 4.0), **NO_CASH), orders(OrdersApproved, (A, 6.0)), fills((A, 6.0))],
     (6.0, 6.0, "filled", 4, 12.5, 9.0, "")),
    ("trimmed after it was filled", [TEN, fills((A, 1.0)), refusal(OrdersTrimmed, (A, 4.0), **NO_CASH)],
     (0.0, 1.0, "filled", 4, 12.5, 9.0, "")),
    ("rejected", [TEN, TEN_APPROVED, refusal(OrdersRejected, (A, 10.0), reason=2)],
     (10.0, 0.0, "rejected", 2, NAN, NAN, "")),
    ("canceled whole", [TEN, TEN_APPROVED, refusal(OrdersCanceled, (A, 10.0), reason=9)],
     (10.0, 0.0, "canceled", 9, NAN, NAN, "")),
    ("filled in part, the rest canceled",
     [TEN, TEN_APPROVED, fills((A, 6.0)), refusal(OrdersCanceled, (A, 4.0), **NO_CASH)],
     (10.0, 6.0, "canceled", 4, 12.5, 9.0, "")),
    ("canceled in part, the rest filled",
     [TEN, TEN_APPROVED, refusal(OrdersCanceled, (A, 4.0), **NO_CASH), fills((A, 6.0))],
     (10.0, 6.0, "filled", 4, 12.5, 9.0, "")),
    ("expired", [TEN, TEN_APPROVED, refusal(OrdersExpired, (A, 10.0), reason=10)],
     (10.0, 0.0, "expired", 10, NAN, NAN, "")),
    ("trimmed, filled in part, expired: the last reason stays",
     [TEN, refusal(OrdersTrimmed, (A, 4.0), text="too much", **NO_CASH), fills((A, 2.0)),
      refusal(OrdersExpired, (A, 4.0), reason=10)],
     (0.0, 2.0, "expired", 10, NAN, NAN, "")),
    ("refused twice in one message", [TEN, refusal(OrdersCanceled, (A, 1.0), (A, 2.0), reason=9)],
     (0.0, 0.0, "canceled", 9, NAN, NAN, "")),
]  # fmt: skip


@pytest.mark.parametrize("together", [1, 512])
@pytest.mark.parametrize(
    ("messages", "expected"), [pytest.param(told, expected, id=name) for name, told, expected in LIVES]
)
def test_an_order_has_one_row_for_its_whole_life(
    messages: list[Message], expected: tuple[Any, ...], together: int
) -> None:
    # Beside it an order to which nothing happens, before and behind it.
    beside = orders(SubmitOrders, (B, 1.0)), orders(SubmitOrders, (C, -1.0))
    told = [Moment(0, ts_of(0), (beside[0], *messages[:1], beside[1])), Moment(2, ts_of(2), tuple(messages[1:]))]
    with mock.patch.object(joined, "TOGETHER", together):
        made = run_tables([moment for moment in told if moment.messages], equity(3))[0]["orders"]
    assert list(made["order_id"]) == [B, A, C]
    assert list(made["requested"]) == [1.0, 10.0, -1.0]
    for row, wanted in ((0, UNTOUCHED), (1, expected), (2, UNTOUCHED)):
        np.testing.assert_equal([made[column][row] for column in LIFE], wanted)


LIFE = ("approved", "filled", "status", "reason", "measured", "limit", "text")
UNTOUCHED = [0.0, 0.0, "open", 0, NAN, NAN, ""]
EXIT, RULE_EXIT = order_id(PROTECTIVE_SENDER, 0), order_id(RISK_SENDER, 0)
SOURCES: list[tuple[str, Message, tuple[float, float, str] | None]] = [
    # what                            message                                    -> requested, approved, tag
    ("a strategy's request",          orders(SubmitOrders, (A, 5.0), tag="x"),       (5.0, 0.0, "x")),
    ("an exit at a level",            orders(OrdersAccepted, (EXIT, -5.0), tag="stop_loss"), (-5.0, -5.0, "stop_loss")),
    ("an exit that a rule orders",    orders(OrdersApproved, (RULE_EXIT, -5.0), tag="fire"), (-5.0, -5.0, "fire")),
    ("a target without a price",      refusal(OrdersDenied, (A, 0.0), reason=1),     (0.0, 0.0, "target")),
    ("a change that is too small",    refusal(TargetsSkipped, (A, 3.0), reason=29),  (3.0, 0.0, "target")),
    ("a target of minus nothing",     refusal(OrdersDenied, (A, -0.0), reason=1),    (0.0, 0.0, "target")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "expected"), [pytest.param(message, expected, id=name) for name, message, expected in SOURCES]
)
def test_an_order_appears_with_the_first_message_that_can_name_it(
    message: Message, expected: tuple[float, float, str]
) -> None:
    made = run_tables([Moment(4, ts_of(4), (message,))], equity(5))[0]["orders"]
    row = made["requested"][0], made["approved"][0], made["tag"][0]
    assert (list(made["barrier"]), list(made["ts_ns"]), row) == ([4], [ts_of(4)], expected)


def test_an_order_that_is_sized_when_it_goes_tells_its_quantity_beside_the_estimate() -> None:
    ids, asset = np.array((A, B)), np.zeros(2, np.int64)
    sized = OrdersSized(0, ts_of(0), 0, 7, ids[1:], asset[1:], np.array((12.0,)), np.array((10.0,)), np.array((5.0,)))
    messages = orders(SubmitOrders, (A, 4.0), (B, 10.0)), orders(OrdersApproved, (A, 4.0), (B, 10.0)), sized
    made = run_tables([Moment(0, ts_of(0), (*messages, fills((B, 12.0))))], equity(1))[0]["orders"]
    told = [[made[name][row] for name in ("requested", "approved", "sized", "filled")] for row in range(2)]
    np.testing.assert_equal(told, [[4.0, 4.0, NAN, 0.0], [10.0, 10.0, 12.0, 12.0]])


def test_changes_that_are_too_small_are_orders_that_were_skipped_and_counted_so() -> None:
    skipped = refusal(TargetsSkipped, (A, 3.0), (B, -1.0), reason=29, measured=12.5, limit=40.0)
    tables, counts = run_tables([Moment(0, ts_of(0), (skipped,))], equity(1))
    assert tables["orders"]["status"] == ["skipped", "skipped"]
    assert (list(tables["orders"]["requested"]), list(tables["orders"]["measured"])) == ([3.0, -1.0], [12.5, 12.5])
    assert (tables["risk"]["kind"], list(tables["risk"]["limit"])) == (["skipped", "skipped"], [40.0, 40.0])
    assert (counts["orders.skipped"], counts["orders.denied"]) == (2, 0)


def test_what_the_broker_takes_from_a_strategy_is_no_order_of_its_own() -> None:
    messages = orders(SubmitOrders, (A, 5.0)), orders(OrdersApproved, (A, 5.0)), orders(OrdersAccepted, (A, 5.0))
    tables, counts = run_tables([Moment(0, ts_of(0), messages)], equity(1))
    assert (len(tables["orders"]["barrier"]), len(tables["risk"]["barrier"]), counts["exits.protective"]) == (1, 0, 0)


def test_a_denial_of_something_is_no_order_of_its_own() -> None:
    messages = orders(SubmitOrders, (A, 5.0), (B, 5.0)), refusal(OrdersDenied, (A, 5.0), (B, 0.0))
    assert list(run_tables([Moment(0, ts_of(0), messages)], equity(1))[0]["orders"]["order_id"]) == [A, B]


def test_orders_of_several_origins_stand_in_the_order_in_which_they_came() -> None:
    first = orders(SubmitOrders, (A, 1.0), (B, 2.0)), orders(OrdersAccepted, (EXIT, -3.0), tag="stop_loss")
    then = (
        orders(OrdersApproved, (RULE_EXIT, -4.0)),
        refusal(OrdersDenied, (C, 0.0)),
        orders(SubmitOrders, (C + 1, 5.0)),
    )
    made = run_tables([Moment(0, ts_of(0), first), Moment(1, ts_of(1), then)], equity(2))[0]["orders"]
    assert list(made["order_id"]) == [A, B, EXIT, RULE_EXIT, C, D]
    assert list(made["requested"]) == [1.0, 2.0, -3.0, -4.0, 0.0, 5.0]
    assert list(made["barrier"]) == [0, 0, 0, 1, 1, 1]


STRANGERS: list[tuple[str, Message]] = [
    ("filled",   fills((C, 1.0))),
    ("approved", orders(OrdersApproved, (A, 1.0), (C, 1.0))),
    ("canceled", refusal(OrdersCanceled, (strategy_order(0, sender=9), 1.0))),
]  # fmt: skip


@pytest.mark.parametrize("known", [(), ((A, 1.0), (D, 1.0))])
@pytest.mark.parametrize("message", [pytest.param(message, id=name) for name, message in STRANGERS])
def test_news_of_an_order_that_nobody_sent_is_a_bug(message: Message, known: tuple[tuple[int, float], ...]) -> None:
    asked = (orders(SubmitOrders, *known),) if known else ()
    with pytest.raises(KernelBug, match=r"order (2-0|2-2|9-0) was .* but never submitted"):
        run_tables([Moment(0, ts_of(0), (*asked, message))], equity(1))
