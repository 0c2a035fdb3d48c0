"""The broker's mail: what is taken, refused, withdrawn, and ended."""

import pytest
from tests.unit.actors.brokerage import Brokerage, approved, holding, levels
from tests.unit.actors.letters import STRATEGY, cancels, kinds, only, orders, phase, quantities, told

from tidegate.core.enums import Phase, Reason
from tidegate.core.errors import KernelBug
from tidegate.core.ids import order_id
from tidegate.messages.base import Message
from tidegate.messages.market import EndOfData
from tidegate.messages.orders import (
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersExpired,
    OrdersRejected,
)

SELLS: list[tuple[str, list[tuple[int, float]], list[tuple[int, float]], dict[int, float], dict[int, float]]] = [
    # what                             pending        arriving                   accepted           rejected
    ("all that is held",               [],            [(0, -10.0)],              {1: -10.0},        {}),
    ("more than is held",              [],            [(0, -11.0)],              {},                {1: -11.0}),
    ("of what is not held",            [],            [(1, -1.0)],               {},                {1: -1.0}),
    ("more than is not being sold",    [(0, -6.0)],   [(0, -5.0)],               {},                {1: -5.0}),
    ("the rest of it",                 [(0, -6.0)],   [(0, -4.0)],               {1: -4.0},         {}),
    ("a buy on its way is not held",   [(1, 5.0)],    [(1, -5.0)],               {},                {1: -5.0}),
    ("one after the other",            [],            [(0, -6.0), (0, -6.0), (0, -4.0)], {1: -6.0, 3: -4.0}, {2: -6.0}),
    ("buys always",                    [],            [(2, 99.0), (1, -1.0)],    {1: 99.0},         {2: -1.0}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pending", "arriving", "taken", "rejected"), [case[1:] for case in SELLS], ids=[case[0] for case in SELLS]
)
def test_what_would_sell_short_is_rejected(
    pending: list[tuple[int, float]],
    arriving: list[tuple[int, float]],
    taken: dict[int, float],
    rejected: dict[int, float],
) -> None:
    broker = holding()
    if pending:
        broker.deliver(approved(*pending))
    sent = broker.deliver(approved(*arriving, first=1))
    assert {type(message) for message in sent} <= {OrdersAccepted, OrdersRejected}
    found: dict[type, dict[int, float]] = {OrdersAccepted: {}, OrdersRejected: {}}
    for message in sent:
        if isinstance(message, OrdersAccepted | OrdersRejected):
            found[type(message)] = quantities(message)
    assert found == {OrdersAccepted: taken, OrdersRejected: rejected}


def test_a_rejection_says_what_was_asked_and_what_is_held() -> None:
    sent = only(holding().deliver(approved((0, -11.0), first=1)), OrdersRejected)
    assert told(sent) == {
        "order_id": [order_id(STRATEGY, 1)],
        "asset": [0],
        "quantity": [-11.0],
        "reason": [Reason.SHORT_NOT_ALLOWED],
        "measured": [11.0],
        "limit": [10.0],
        "texts": [""],
    }


def test_what_is_accepted_is_told_as_it_was_approved() -> None:
    request = orders(OrdersApproved, (0, 3.0, 0.5), (2, 1.0, 0.25), first=4, tag="mine")
    broker = Brokerage()
    sent = broker.deliver(request)
    assert kinds(sent) == ["OrdersAccepted"]
    assert told(sent[0]) == told(request)


def test_a_cancel_withdraws_what_is_open_and_passes_over_the_rest() -> None:
    broker = Brokerage()
    broker.fill(0)
    broker.deliver(approved((0, 3.0), (1, 4.0), (2, 5.0)))
    canceled = only(broker.deliver(cancels(2, 0, 77)), OrdersCanceled)
    assert quantities(canceled) == {0: 3.0, 2: 5.0}
    assert canceled.reason.tolist() == [Reason.CANCEL_REQUESTED] * 2
    assert broker.deliver(cancels(0)) == []
    assert quantities(only(broker.fill(1), Fills)) == {1: 4.0}
    assert broker.deliver(cancels(1)) == []


def test_a_canceled_sell_frees_what_it_would_have_sold() -> None:
    broker = holding()
    broker.deliver(approved((0, -10.0), first=1), cancels(1))
    assert kinds(broker.deliver(approved((0, -10.0), first=2))) == ["OrdersAccepted"]


def test_what_is_open_at_the_end_expires_once() -> None:
    broker = Brokerage()
    broker.fill(0)
    broker.deliver(approved((0, 3.0), (1, 4.0)), cancels(0))
    expired = only(broker.deliver(EndOfData()), OrdersExpired)
    assert quantities(expired) == {1: 4.0}
    assert expired.reason.tolist() == [Reason.END_OF_DATA]
    assert broker.deliver(EndOfData()) == []


def test_with_nothing_open_the_end_is_quiet() -> None:
    assert Brokerage().deliver(EndOfData()) == []
    assert Brokerage(declare=False).deliver(EndOfData()) == []


def test_the_deposit_is_posted_with_the_first_bar_alone() -> None:
    broker = Brokerage()
    posted = told(broker.fill(0)[0])
    assert (posted["kind"], posted["asset"], posted["amount_micros"]) == ([0], [-1], [1_000_000_000])
    assert broker.fill(1) == []


@pytest.mark.parametrize("message", [phase(Phase.MARK), approved((0, 1.0)), cancels(0), levels()])
def test_without_a_universe_it_says_so(message: Message) -> None:
    with pytest.raises(KernelBug, match="before the universe was declared"):
        Brokerage(declare=False).deliver(message)


def test_a_fill_phase_before_any_batch_does_nothing() -> None:
    assert Brokerage().deliver(phase(Phase.FILL)) == []
