"""The broker's mail: when a phase is opened again, what is taken, refused, withdrawn, and ended."""

from typing import Any

import numpy as np
import pytest
from tests.unit.actors.letters import (
    ASSETS,
    NAN,
    STRATEGY,
    Row,
    batch,
    cancels,
    kinds,
    only,
    orders,
    phase,
    quantities,
    told,
    universe,
)
from tests.unit.actors.mailbox import Mailbox

from tidegate.actors.broker import Broker
from tidegate.core.arrays import freeze
from tidegate.core.enums import FillPoint, FillTiming, Phase, Reason
from tidegate.core.errors import KernelBug
from tidegate.core.ids import PROTECTIVE_SENDER, order_id
from tidegate.kernels.execution import Execution
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.shortage import SCALE
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.base import Message
from tidegate.messages.market import EndOfData, UniverseDeclared
from tidegate.messages.orders import (
    Fills,
    OrdersAccepted,
    OrdersApproved,
    OrdersCanceled,
    OrdersExpired,
    OrdersRejected,
)
from tidegate.messages.risk import ProtectiveLevels

NEXT_OPEN, SAME_CLOSE, NEXT_CLOSE = FillTiming.NEXT_OPEN, FillTiming.SAME_CLOSE, FillTiming.NEXT_CLOSE
FLAT: Row = (10, 20, 40)


class Brokerage(Mailbox):
    """A broker with 1000 of cash and no costs."""

    def __init__(self, timing: FillTiming = NEXT_OPEN, *, guarded: bool = True, declare: bool = True) -> None:
        terms = ExecutionTerms(timing, 0.0, 0.0, 0.0, 0.0, SCALE, fractional=False)

        def execution(declared: UniverseDeclared) -> Execution:
            return Execution(declared, 1_000_000_000, terms, INTERPRETED)

        super().__init__(Broker(timing, execution, guarded=guarded))
        if declare:
            assert self.deliver(universe(ASSETS)) == []

    def fill(self, seq: int, close: Row = FLAT, **prices: Any) -> list[Message]:
        """The first step of FILL."""
        return self.deliver(batch(seq, close, **prices), phase(Phase.FILL, seq))

    def more(self, seq: int, name: Phase = Phase.FILL) -> list[Message]:
        """The second step of a phase."""
        return self.deliver(phase(name, seq, 1))

    def mark(self, seq: int) -> AccountSnapshot:
        return only(self.deliver(phase(Phase.MARK, seq)), AccountSnapshot)

    def decide(self, seq: int, *messages: Message) -> list[Message]:
        """DECIDE up to what these messages bring; returns what was sent."""
        return self.deliver(phase(Phase.DECIDE, seq), *messages)


def approved(*rows: tuple[int, float], first: int = 0) -> OrdersApproved:
    return orders(OrdersApproved, *rows, first=first)


def levels(*, stop: dict[int, float] | None = None, take: dict[int, float] | None = None) -> ProtectiveLevels:
    n = len(ASSETS)
    stops, takes = [
        freeze(np.array([found.get(asset, NAN) for asset in range(n)])) for found in (stop or {}, take or {})
    ]
    rules = freeze(np.zeros(n, np.int64)), freeze(np.ones(n, np.int64))
    return ProtectiveLevels(stops, takes, *rules, ("stop_loss", "take_profit"))


def holding(timing: FillTiming = NEXT_OPEN, *, guarded: bool = True, **exits: dict[int, float]) -> Brokerage:
    """10 of AA, bought at 10 before barrier 2, with these levels."""
    broker = Brokerage(timing, guarded=guarded)
    broker.fill(0)
    broker.mark(0)
    broker.decide(0, approved((0, 10.0)))
    if timing is SAME_CLOSE:
        broker.more(0, Phase.DECIDE)
    if "PhaseExtended" in kinds(broker.fill(1)):
        broker.more(1)
    broker.deliver(levels(**exits))
    assert broker.mark(1).quantity.tolist() == [10.0, 0.0, 0.0]
    return broker


# --- steps of FILL ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timing", "guarded", "orders_wait", "extended"),
    [
        (NEXT_OPEN, True, True, True),
        (NEXT_OPEN, True, False, False),
        (NEXT_OPEN, False, True, False),
        (NEXT_CLOSE, True, True, False),
        (SAME_CLOSE, True, False, False),
    ],
)
def test_fill_is_opened_again_only_where_somebody_may_answer_fills_at_the_open(
    timing: FillTiming, guarded: bool, orders_wait: bool, extended: bool
) -> None:
    broker = Brokerage(timing, guarded=guarded)
    broker.fill(0)
    broker.mark(0)
    if orders_wait:
        broker.decide(0, approved((0, 10.0)))
    sent = broker.fill(1)
    assert ("PhaseExtended" in kinds(sent)) is extended
    assert ("Fills" in kinds(sent)) is orders_wait


def test_an_order_whose_asset_has_no_bar_opens_no_second_step_and_waits() -> None:
    broker = Brokerage()
    broker.fill(0)
    broker.decide(0, approved((0, 10.0)))
    assert broker.fill(1, (NAN, 20, 40)) == []
    marked = broker.mark(1)
    assert (marked.waiting, marked.pending.tolist()) == (1, [10.0, 0.0, 0.0])
    sent = broker.fill(2, (12, 20, 40))
    assert only(sent, Fills).price.tolist() == [12.0]
    assert broker.mark(2).waiting == 0


def test_levels_that_answer_a_fill_hold_for_the_rest_of_its_bar() -> None:
    broker = Brokerage()
    broker.fill(0)
    broker.decide(0, approved((0, 10.0)))
    bought = only(broker.fill(1, (9, 20, 40), open=(10, 20, 40), high=(11, 20, 40), low=(8, 20, 40)), Fills)
    assert (bought.point, bought.quantity.tolist()) == (FillPoint.OPEN, [10.0])
    broker.deliver(levels(stop={0: 8.5}))
    sent = broker.more(1)
    sold = only(sent, Fills)
    assert (sold.point, sold.quantity.tolist(), sold.price.tolist()) == (FillPoint.BAR, [-10.0], [8.5])
    assert "PhaseExtended" not in kinds(sent)


def test_without_a_guard_the_rest_of_the_bar_follows_at_once() -> None:
    broker = holding(guarded=False, stop={0: 8.5})
    broker.decide(1, approved((1, 5.0)))
    sent = [message for message in broker.fill(2, low=(8, 20, 40)) if isinstance(message, Fills)]
    assert [fill.point for fill in sent] == [FillPoint.OPEN, FillPoint.BAR]
    assert [fill.asset.tolist() for fill in sent] == [[1], [0]]


def test_a_gap_opens_the_second_step_as_any_fill_at_the_open_does() -> None:
    sent = holding(stop={0: 8.5}).fill(2, (8, 20, 40))
    assert kinds(sent) == ["OrdersAccepted", "Fills", "CashPosted", "TradesClosed", "PhaseExtended"]


def test_a_level_touched_later_in_the_bar_needs_no_second_step() -> None:
    sent = holding(stop={0: 8.5}).fill(2, low=(8, 20, 40))
    assert kinds(sent) == ["OrdersAccepted", "Fills", "CashPosted", "TradesClosed"]
    accepted, filled = only(sent, OrdersAccepted), only(sent, Fills)
    assert accepted.order_id.tolist() == filled.order_id.tolist() == [order_id(PROTECTIVE_SENDER, 0)]
    assert accepted.tags == filled.tags == ("stop_loss",)


def test_new_levels_replace_all_of_the_old_ones() -> None:
    broker = holding(stop={0: 8.5})
    broker.deliver(levels(take={0: 15.0}))
    assert broker.fill(2, low=(8, 20, 40)) == []
    assert only(broker.fill(3, high=(16, 20, 40)), Fills).tags == ("take_profit",)


def test_both_levels_in_one_bar_are_reported() -> None:
    sent = holding(stop={0: 8.5}, take={0: 15.0}).fill(2, low=(8, 20, 40), high=(16, 20, 40))
    assert kinds(sent)[0] == "AmbiguousBars"
    assert only(sent, Fills).tags == ("stop_loss",)


# --- steps of DECIDE -------------------------------------------------------------------------------------------


def test_with_same_close_orders_fill_in_a_second_step_and_the_account_is_marked_again() -> None:
    broker = Brokerage(SAME_CLOSE)
    broker.fill(0)
    assert broker.mark(0).cash_micros == 1_000_000_000
    assert kinds(broker.decide(0, approved((0, 10.0)))) == ["OrdersAccepted", "PhaseExtended"]
    sent = broker.more(0, Phase.DECIDE)
    assert kinds(sent) == ["Fills", "CashPosted", "AccountSnapshot"]
    assert only(sent, Fills).point == FillPoint.CLOSE
    marked = only(sent, AccountSnapshot)
    assert (marked.cash_micros, marked.quantity.tolist(), marked.waiting) == (900_000_000, [10.0, 0.0, 0.0], 0)


def test_however_many_ask_decide_is_opened_once_more() -> None:
    broker = Brokerage(SAME_CLOSE)
    broker.fill(0)
    sent = broker.decide(0, approved((0, 10.0)), approved((1, 5.0), first=1))
    assert kinds(sent).count("PhaseExtended") == 1


def test_at_every_decision_anew() -> None:
    broker = Brokerage(SAME_CLOSE)
    for seq in range(3):
        broker.fill(seq)
        assert "PhaseExtended" in kinds(broker.decide(seq, approved((0, 1.0), first=seq)))
        assert "Fills" in kinds(broker.more(seq, Phase.DECIDE))


def test_without_orders_decide_is_not_opened_again() -> None:
    broker = Brokerage(SAME_CLOSE)
    broker.fill(0)
    assert broker.decide(0) == []


def test_with_same_close_an_order_that_waits_asks_again_at_the_next_decision() -> None:
    broker = Brokerage(SAME_CLOSE)
    broker.fill(0, (NAN, 20, 40))
    broker.decide(0, approved((0, 10.0)))
    assert only(broker.more(0, Phase.DECIDE), AccountSnapshot).waiting == 1
    broker.fill(1)
    assert kinds(broker.decide(1)) == ["PhaseExtended"]
    assert only(broker.more(1, Phase.DECIDE), Fills).quantity.tolist() == [10.0]


@pytest.mark.parametrize("timing", [NEXT_OPEN, NEXT_CLOSE])
def test_with_other_timings_decide_is_none_of_its_business(timing: FillTiming) -> None:
    broker = Brokerage(timing)
    assert not broker.handles(Phase.DECIDE)
    broker.fill(0)
    assert kinds(broker.decide(0, approved((0, 10.0)))) == ["OrdersAccepted"]


@pytest.mark.parametrize("marked", [False, True], ids=["FILL", "GUARD"])
def test_with_same_close_an_order_from_an_earlier_phase_fills_at_the_decision(marked: bool) -> None:
    """An order of `on_fill` comes at FILL, a rule's exit at GUARD: they open DECIDE again, not their own phase."""
    broker = Brokerage(SAME_CLOSE)
    for seq in range(2):
        broker.fill(seq)
        if marked:
            broker.mark(seq)
        assert kinds(broker.deliver(approved((0, 1.0), first=seq))) == ["OrdersAccepted"]
        assert kinds(broker.decide(seq)) == ["PhaseExtended"]
        assert only(broker.more(seq, Phase.DECIDE), Fills).quantity.tolist() == [1.0]


def test_with_same_close_an_order_that_answers_these_fills_waits_for_the_next_decision() -> None:
    broker = Brokerage(SAME_CLOSE)
    broker.fill(0)
    broker.mark(0)
    broker.decide(0, approved((0, 1.0)))
    only(broker.more(0, Phase.DECIDE), Fills)
    assert kinds(broker.deliver(approved((1, 2.0), first=1))) == ["OrdersAccepted"]
    broker.fill(1)
    broker.mark(1)
    assert kinds(broker.decide(1)) == ["PhaseExtended"]
    assert only(broker.more(1, Phase.DECIDE), Fills).asset.tolist() == [1]


@pytest.mark.parametrize(("timing", "filled"), [(NEXT_OPEN, FillPoint.OPEN), (NEXT_CLOSE, FillPoint.CLOSE)])
def test_an_order_that_answers_a_fill_meets_the_next_bar_and_did_not_wait_for_this_one(
    timing: FillTiming, filled: FillPoint
) -> None:
    broker = holding(timing, stop={0: 8.5})
    assert "PhaseExtended" in kinds(broker.fill(2, (9, 20, 40), open=(8, 20, 40), low=(8, 20, 40)))
    broker.deliver(approved((0, 1.0), first=1))
    assert "Fills" not in kinds(broker.more(2))
    assert broker.mark(2).waiting == 0
    assert only(broker.fill(3), Fills).point == filled


# --- what is taken and what is not -----------------------------------------------------------------------------

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
