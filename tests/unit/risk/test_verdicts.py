"""What rules of the user allow of a request, and what they cannot."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.unit.actors.letters import (
    NAN,
    only,
    orders,
    quantities,
    told,
)
from tests.unit.risk.guard import Says, holding, let_through, refusals

from tidegate.core.errors import RequestError
from tidegate.messages.base import Message
from tidegate.messages.orders import OrdersApproved, OrdersTrimmed, SubmitOrders
from tidegate.risk.rules import MaxGross, MaxWeight, RiskDecision, RiskRule, StopLoss


def asked(*rules: RiskRule) -> list[Message]:
    """The answer to buying 4 of AA and 6 of CC and selling 2 of BB."""
    return holding(*rules).deliver(orders(SubmitOrders, (0, 4.0), (1, -2.0), (2, 6.0)))


def allows(*quantity: float, text: str = "") -> RiskDecision:
    return RiskDecision(allowed=np.array(quantity), text=text)


VERDICTS: list[tuple[str, RiskDecision | None, dict[int, float], list[tuple[str, int, float, str]]]] = [
    ("nothing to say",     None,                      {0: 4.0, 1: -2.0, 2: 6.0}, []),
    ("no opinion",         RiskDecision(),            {0: 4.0, 1: -2.0, 2: 6.0}, []),
    ("all allowed",        allows(4.0, -2.0, 6.0),    {0: 4.0, 1: -2.0, 2: 6.0}, []),
    ("one trimmed",        allows(3.0, -2.0, 6.0),    {0: 3.0, 1: -2.0, 2: 6.0}, [("trimmed", 0, 1.0, "RULE")]),
    ("one denied",         allows(4.0, -2.0, 0.0),    {0: 4.0, 1: -2.0},         [("denied", 2, 6.0, "RULE")]),
    ("reductions pass",    allows(4.0, 0.0, 6.0),     {0: 4.0, 1: -2.0, 2: 6.0}, []),
    ("all entries denied", allows(0.0, 0.0, 0.0),     {1: -2.0},
     [("denied", 0, 4.0, "RULE"), ("denied", 2, 6.0, "RULE")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("decision", "approved", "said"), [case[1:] for case in VERDICTS], ids=[case[0] for case in VERDICTS]
)
def test_a_rule_allows_what_it_says(
    decision: RiskDecision | None, approved: dict[int, float], said: list[tuple[str, int, float, str]]
) -> None:
    answer = asked(Says(allows=decision))
    assert let_through(answer) == approved
    assert refusals(answer) == said


@pytest.mark.parametrize(("text", "said"), [("too windy", "says: too windy"), ("", "says")])
def test_a_verdict_goes_by_the_rules_name_and_words(text: str, said: str) -> None:
    assert only(asked(Says(allows=allows(1.0, -2.0, 6.0, text=text))), OrdersTrimmed).texts == (said,)


WRONG: list[tuple[str, RiskDecision, str]] = [
    ("more than asked",         allows(5.0, -2.0, 6.0),       "between 0 and each order's quantity"),
    ("a sell of more",          allows(4.0, -3.0, 6.0),       "between 0 and each order's quantity"),
    ("another sign",            allows(-1.0, -2.0, 6.0),      "between 0 and each order's quantity"),
    ("a sell turned into a buy", allows(4.0, 2.0, 6.0),       "between 0 and each order's quantity"),
    ("not a number",            allows(4.0, -2.0, NAN),       "between 0 and each order's quantity"),
    ("no bound",                allows(np.inf, -2.0, 6.0),    "between 0 and each order's quantity"),
    ("too few",                 allows(4.0, -2.0),            r"shape \(2,\), want \(3,\)"),
    ("too many dimensions",     RiskDecision(allowed=np.ones((3, 1))), r"shape \(3, 1\), want \(3,\)"),
    ("one for all",             RiskDecision(allowed=np.array(0.0)), r"shape \(\), want \(3,\)"),
]  # fmt: skip


@pytest.mark.parametrize(("decision", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_verdict_that_cannot_be_is_the_rules_mistake(decision: RiskDecision, said: str) -> None:
    with pytest.raises(RequestError, match=f"rule says: allowed .*{said}"):
        asked(Says(allows=decision))


def test_each_rule_sees_what_limits_and_rules_before_it_have_left() -> None:
    first, second = Says(allows=allows(2.0, -2.0, 3.0), name="first"), Says(name="second")
    answer = asked(first, second, MaxWeight(0.16))
    assert first.asked[0].quantity.tolist() == [4.0, -2.0, 4.0]
    assert second.asked[0].quantity.tolist() == [2.0, -2.0, 3.0]
    assert refusals(answer) == [
        ("trimmed", 2, 2.0, "MAX_WEIGHT"),
        ("trimmed", 0, 2.0, "RULE"),
        ("trimmed", 2, 1.0, "RULE"),
    ]


def test_what_a_rule_has_denied_takes_no_room_of_a_limit() -> None:
    rule = Says(allows=allows(0.0))
    guard = holding(MaxGross(0.6), rule)
    assert let_through(guard.deliver(orders(SubmitOrders, (2, 10.0)))) == {}
    rule.allows = None
    assert let_through(guard.deliver(orders(SubmitOrders, (2, 10.0), first=1))) == {1: 10.0}
    assert let_through(guard.deliver(orders(SubmitOrders, (2, 10.0), first=2))) == {}


def test_what_a_rule_is_shown_cannot_be_changed_by_it() -> None:
    class Meddles(RiskRule):
        def validate(self, ctx: object, orders: SubmitOrders) -> None:
            orders.quantity[0] = 0.0

    with pytest.raises(ValueError, match="read-only"):
        asked(Meddles())


Make = Callable[[], list[RiskRule]]


@pytest.mark.parametrize("rules", [list, lambda: [StopLoss(0.1)], lambda: [Says()]], ids=["none", "levels", "custom"])
def test_without_limits_a_request_passes_as_it_came(rules: Make) -> None:
    request = orders(SubmitOrders, (0, 4.0, 0.5), (1, -99.0), first=3, tag="mine")
    answer = holding(*rules()).deliver(request)
    approved = only(answer, OrdersApproved)
    assert len(answer) == 1
    assert told(approved) == told(request)
    assert quantities(approved) == {3: 4.0, 4: -99.0}


def test_a_part_of_a_unit_is_not_allowed_where_the_account_takes_whole_ones() -> None:
    with pytest.raises(RequestError, match=r"rule says: allowed .*whole"):
        asked(Says(allows=allows(1.5, -2.0, 6.0)))
