"""The risk manager's mail: what it takes part in, and what it passes on."""

import pytest
from tests.unit.actors.letters import batch, cancels, fills, kinds, orders, phase, refused, snapshot, told, universe
from tests.unit.actors.mailbox import Mailbox
from tests.unit.risk.guard import Guard, Says, let_through

from tidegate.actors.risk import RiskManager
from tidegate.core.enums import Phase
from tidegate.core.errors import KernelBug
from tidegate.kernels.kernel import INTERPRETED
from tidegate.messages.base import Message
from tidegate.messages.market import MarketBatch, UniverseDeclared
from tidegate.messages.orders import Fills, OrdersCanceled, SubmitOrders
from tidegate.risk.book import RiskBook
from tidegate.risk.rules import MaxGross, MaxWeight, RiskDecision, RiskRule, StopLoss, TakeProfit, TrailingStop
from tidegate.runtime.actor import RouteKey

WATCHES: list[tuple[str, list[RiskRule], bool]] = [
    ("no rules", [], False),
    ("limits", [MaxWeight(0.1), MaxGross(1.0)], False),
    ("a stop", [StopLoss(0.1)], True),
    ("a profit level", [TakeProfit(0.1)], True),
    ("a trail", [MaxWeight(0.1), TrailingStop(0.1)], True),
    ("a rule of the user's", [Says()], True),
]


@pytest.mark.parametrize(("rules", "watches"), [case[1:] for case in WATCHES], ids=[case[0] for case in WATCHES])
def test_only_rules_that_watch_positions_take_part_in_every_barrier(rules: list[RiskRule], watches: bool) -> None:
    guard = Guard(*rules)
    every_barrier: list[RouteKey] = [MarketBatch, Phase.GUARD]
    assert [guard.handles(key) for key in every_barrier] == [watches, watches]
    assert guard.handles(SubmitOrders)
    assert guard.handles(Fills) is bool(rules)


def test_without_rules_a_whole_barrier_brings_nothing_but_approvals() -> None:
    guard = Guard()
    mail: list[Message] = [batch(0, [1.0] * 3), fills(0, (0, 1.0, 1.0)), snapshot(), phase(Phase.GUARD)]
    assert guard.deliver(*mail) == []
    assert kinds(guard.deliver(orders(SubmitOrders, (0, 1.0)), cancels(0))) == ["OrdersApproved"]


def test_several_requests_are_answered_one_by_one() -> None:
    guard = Guard(MaxGross(0.5))
    answers = guard.deliver(snapshot(), orders(SubmitOrders, (0, 40.0)), orders(SubmitOrders, (1, 40.0), sender=3))
    # the second finds 100 of 500 left
    assert kinds(answers) == ["OrdersApproved", "OrdersTrimmed", "OrdersApproved"]
    assert let_through(answers[1:]) == {0: 5.0}


def test_what_has_filled_is_not_counted_as_open_once_it_is_marked() -> None:
    guard = Guard(MaxGross(0.5), StopLoss(0.1))
    guard.deliver(snapshot(), orders(SubmitOrders, (0, 50.0)))
    guard.deliver(batch(1, [10.0, 20.0, 40.0]), fills(1, (0, 50.0, 10.0)))
    guard.deliver(snapshot(1, cash=500.0, held=(50, 0, 0)))
    # a late word on the order changes nothing any more
    guard.deliver(refused(OrdersCanceled, (0, 0, 50.0)))
    assert let_through(guard.deliver(orders(SubmitOrders, (1, 1.0), first=1))) == {}


def test_its_own_exits_are_forgotten_when_they_fill() -> None:
    guard = Guard(Says({0: RiskDecision(exits={"AA": ""})}), MaxGross(0.5))
    guard.deliver(batch(0, [10.0, 20.0, 40.0]), fills(0, (0, 50.0, 10.0)), snapshot(cash=500.0, held=(50, 0, 0)))
    assert kinds(guard.deliver(phase(Phase.GUARD))) == ["OrdersApproved"]
    guard.deliver(batch(1, [10.0, 20.0, 40.0]), fills(1, (0, -50.0, 10.0), sender=1), snapshot(1))
    assert let_through(guard.deliver(orders(SubmitOrders, (1, 25.0)))) == {0: 25.0}


@pytest.mark.parametrize("message", [batch(0, [1.0] * 3), phase(Phase.GUARD), orders(SubmitOrders, (0, 1.0))])
def test_without_a_universe_it_says_so(message: Message) -> None:
    def book(declared: UniverseDeclared) -> RiskBook:
        return RiskBook((), declared, fractional=False, kernels=INTERPRETED)

    with pytest.raises(KernelBug, match="before the universe was declared"):
        Mailbox(RiskManager((StopLoss(0.1),), book)).deliver(message)


def test_the_book_is_made_for_the_universe_that_was_declared() -> None:
    guard = Guard(StopLoss(0.5), declared=universe(["AA", "BB", "CC", "DD", "EE"]))
    said = guard.deliver(batch(0, [10.0] * 5), fills(0, (4, 1.0, 10.0)))
    assert told(said[0])["stop"] == [None, None, None, None, 5.0]
