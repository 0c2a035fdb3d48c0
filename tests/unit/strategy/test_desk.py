"""What a strategy's actor makes of the mail: what is pending, what is open, what is kept."""

import pytest
from tests.unit.actors.letters import STRATEGY, cancels, fills, kinds, only, orders, refused, snapshot, told
from tests.unit.strategy.hooked import Hooked

from tidegate.core.enums import Phase, Reason
from tidegate.core.ids import PROTECTIVE_SENDER, RISK_SENDER, order_id
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.orders import (
    OrdersAccepted,
    OrdersCanceled,
    OrdersDenied,
    OrdersExpired,
    OrdersRejected,
    OrdersTrimmed,
    SubmitOrders,
)

OTHER = STRATEGY + 1


def sent_ten() -> Hooked:
    """At barrier 0, 5 of BB were pending before 10 of AA were asked for."""
    actor = Hooked()
    actor.see(pending=(0, 5, 0))
    only(actor.decide(lambda ctx: ctx.order("AA", 10)), SubmitOrders)
    return actor


def pending(actor: Hooked) -> list[float]:
    found: list[float] = actor.look(lambda ctx: ctx.pending).tolist()
    return found


def still_open(actor: Hooked) -> list[int]:
    return [order - order_id(STRATEGY, 0) for order in actor.look(lambda ctx: ctx.open_orders)]


ACCEPTED = orders(OrdersAccepted, (0, 10.0))
MAIL: list[tuple[str, list[Message], float, list[int]]] = [
    # what came after 10 of AA were asked for                             pending of AA, own open orders
    ("nothing yet",            [],                                                    10.0, []),
    ("accepted",               [ACCEPTED],                                            10.0, [0]),
    ("denied",                 [refused(OrdersDenied, (0, 0, 10.0))],                  0.0, []),
    ("trimmed",                [refused(OrdersTrimmed, (0, 0, 4.0))],                  6.0, []),
    ("trimmed and accepted",   [refused(OrdersTrimmed, (0, 0, 4.0)), orders(OrdersAccepted, (0, 6.0))], 6.0, [0]),
    ("trimmed and denied",     [refused(OrdersTrimmed, (0, 0, 4.0)), refused(OrdersDenied, (0, 0, 6.0))], 0.0, []),
    ("rejected",               [refused(OrdersRejected, (0, 0, 10.0))],                0.0, []),
    ("canceled for want of cash", [ACCEPTED, refused(OrdersCanceled, (0, 0, 10.0), reason=Reason.CASH_SHORTAGE)],
     0.0, []),
    ("canceled in part",       [ACCEPTED, refused(OrdersCanceled, (0, 0, 3.0), reason=Reason.CASH_SHORTAGE)], 7.0, []),
    ("expired",                [ACCEPTED, refused(OrdersExpired, (0, 0, 10.0))],       0.0, []),
    ("filled, not marked yet", [ACCEPTED, fills(1, (0, 10.0, 10.0))],                 10.0, []),
    ("marked",                 [ACCEPTED, fills(1, (0, 10.0, 10.0)), snapshot(1)],     0.0, []),
    ("marked, still waiting",  [ACCEPTED, snapshot(1, pending=(10, 0, 0))],           10.0, [0]),
    ("another's order",        [orders(OrdersAccepted, (0, 3.0), sender=OTHER)],      13.0, []),
    ("an exit of a rule's",    [orders(OrdersAccepted, (0, -4.0), sender=RISK_SENDER)], 6.0, []),
    ("an exit at a level",     [orders(OrdersAccepted, (0, -4.0), sender=PROTECTIVE_SENDER)], 10.0, []),
    ("another's was denied",   [refused(OrdersDenied, (0, 0, 3.0), sender=OTHER)],    10.0, []),
    ("another's was trimmed",  [refused(OrdersTrimmed, (0, 0, 3.0), sender=OTHER)],   10.0, []),
    ("another's has filled",   [ACCEPTED, fills(1, (0, 3.0, 10.0), sender=OTHER)],    10.0, [0]),
]  # fmt: skip


@pytest.mark.parametrize(("mail", "want", "left"), [case[1:] for case in MAIL], ids=[case[0] for case in MAIL])
def test_what_is_pending_follows_the_mail(mail: list[Message], want: float, left: list[int]) -> None:
    actor = sent_ten()
    actor.deliver(*mail)
    marked = any(message.seq == 1 for message in mail if isinstance(message, AccountSnapshot))
    assert pending(actor) == [want, 0.0 if marked else 5.0, 0.0]
    assert still_open(actor) == left


def test_a_canceled_order_is_taken_off_once() -> None:
    actor = sent_ten()
    actor.deliver(ACCEPTED)
    assert kinds(actor.decide(lambda ctx: ctx.cancel_all())) == ["CancelOrders"]
    assert pending(actor) == [0.0, 5.0, 0.0]
    actor.deliver(refused(OrdersCanceled, (0, 0, 10.0), reason=Reason.CANCEL_REQUESTED))
    assert pending(actor) == [0.0, 5.0, 0.0]
    assert still_open(actor) == []


ENDED: list[Message] = [
    fills(1, (0, 10.0, 10.0)),
    refused(OrdersCanceled, (0, 0, 10.0), reason=Reason.NO_POSITION),
    refused(OrdersExpired, (0, 0, 10.0)),
]


@pytest.mark.parametrize("end", ENDED, ids=lambda end: type(end).__name__)
def test_canceling_an_order_that_has_ended_does_nothing(end: Message) -> None:
    actor = sent_ten()
    actor.deliver(ACCEPTED, end)
    before = pending(actor)
    assert actor.decide(lambda ctx: ctx.cancel(order_id(STRATEGY, 0))) == []
    assert actor.decide(lambda ctx: ctx.cancel_all()) == []
    assert pending(actor) == before


@pytest.mark.parametrize("word", [OrdersDenied, OrdersRejected])
def test_canceling_an_order_that_was_refused_does_nothing(word: type[OrdersDenied]) -> None:
    actor = sent_ten()
    actor.deliver(refused(word, (0, 0, 10.0)))
    assert actor.decide(lambda ctx: ctx.cancel(order_id(STRATEGY, 0))) == []
    assert pending(actor) == [0.0, 5.0, 0.0]


def test_open_orders_ascend_and_belong_to_this_strategy() -> None:
    actor = Hooked()
    actor.see()
    for _ in range(3):
        actor.decide(lambda ctx: ctx.order("AA", 1))
    actor.deliver(orders(OrdersAccepted, (0, 1.0), first=2), orders(OrdersAccepted, (0, 1.0), (0, 1.0)))
    actor.deliver(orders(OrdersAccepted, (1, 1.0), (1, 1.0), sender=OTHER))
    assert still_open(actor) == [0, 1, 2]
    actor.deliver(fills(1, (0, 1.0, 10.0), first=1), fills(1, (1, 1.0, 10.0), sender=OTHER))
    assert still_open(actor) == [0, 2]


def test_canceling_some_of_many_leaves_the_rest_pending() -> None:
    actor = Hooked()
    actor.see()
    actor.decide(lambda ctx: [ctx.order("AA", 1), ctx.order("BB", 2), ctx.order("AA", 4)])
    actor.deliver(orders(OrdersAccepted, (0, 1.0), (1, 2.0)), orders(OrdersAccepted, (0, 4.0), first=2))
    sent = actor.decide(lambda ctx: ctx.cancel(order_id(STRATEGY, 2)))
    assert [told(message) for message in sent] == [told(cancels(2))]
    assert pending(actor) == [1.0, 2.0, 0.0]
    sent = actor.decide(lambda ctx: ctx.cancel_all())
    assert [told(message) for message in sent] == [told(cancels(0, 1))]
    assert pending(actor) == [0.0, 0.0, 0.0]


def test_an_order_canceled_for_want_of_cash_is_asked_for_again_by_the_next_target() -> None:
    actor = sent_ten()
    actor.deliver(ACCEPTED, refused(OrdersCanceled, (0, 0, 10.0), reason=Reason.CASH_SHORTAGE))
    sent = only(actor.decide(lambda ctx: ctx.order_target("AA", 10)), SubmitOrders)
    assert sent.quantity.tolist() == [10.0]


def test_an_exit_of_a_rule_is_not_sold_a_second_time() -> None:
    actor = Hooked()
    actor.see(held=(10, 0, 0))
    actor.deliver(orders(OrdersAccepted, (0, -10.0), sender=RISK_SENDER))
    assert actor.decide(lambda ctx: ctx.target_weights({})) == []


def test_between_fill_and_mark_a_hook_sees_the_account_of_the_last_mark() -> None:
    actor = sent_ten()
    actor.deliver(ACCEPTED)
    actor.hooks.fill = lambda ctx: (ctx.positions.tolist(), ctx.pending.tolist(), ctx.order_target("AA", 10))
    assert actor.deliver(fills(1, (0, 10.0, 10.0))) == []
    assert actor.hooks.found == ([0.0, 0.0, 0.0], [10.0, 5.0, 0.0], None)


def test_what_was_shown_does_not_change_afterwards() -> None:
    actor = sent_ten()
    before = actor.look(lambda ctx: ctx.pending)
    actor.decide(lambda ctx: ctx.order("AA", 1))
    actor.see(1)
    assert before.tolist() == [10.0, 5.0, 0.0]


def test_an_order_sent_stays_as_it_was_when_the_next_target_is_worked_out() -> None:
    actor = Hooked()
    actor.see()
    first = only(actor.decide(lambda ctx: ctx.target_weights({"AA": 0.1, "BB": 0.1})), SubmitOrders)
    before = told(first)
    actor.see(1)
    actor.decide(lambda ctx: ctx.target_weights({"BB": 0.2, "CC": 0.2}), seq=1)
    assert told(first) == before


def test_a_second_step_of_decide_is_not_a_second_decision() -> None:
    actor = Hooked()
    actor.see()
    assert actor.decide(lambda ctx: ctx.order("AA", 1), step=1) == []
    assert actor.handles(Phase.DECIDE)
