"""When the broker has FILL and DECIDE opened again, and what happens in the second steps."""

import pytest
from tests.unit.actors.brokerage import NEXT_CLOSE, NEXT_OPEN, SAME_CLOSE, Brokerage, approved, holding, levels
from tests.unit.actors.letters import NAN, kinds, only

from tidegate.core.enums import FillPoint, FillTiming, Phase
from tidegate.core.ids import PROTECTIVE_SENDER, order_id
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.orders import Fills, OrdersAccepted

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
