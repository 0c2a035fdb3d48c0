"""What a risk manager keeps of what it has let through, and what rules keep of positions."""

from typing import Any

import numpy as np
import pytest
from tests.unit.actors.letters import ASSETS, STRATEGY, batch, fills, orders, refused, snapshot, universe
from tests.unit.risk.guard import Says, let_through
from tests.unit.risk.test_changes import changes
from tests.unit.risk.test_conditional_orders import asked

from tidegate.core.enums import ActionKind, OrderKind
from tidegate.core.ids import order_id
from tidegate.kernels.kernel import INTERPRETED
from tidegate.messages.actions import ActionsApplied
from tidegate.messages.orders import ReplacesRejected, SubmitOrders
from tidegate.messages.state import decode_state, encode_state
from tidegate.risk.book import RiskBook
from tidegate.risk.projection import Projection
from tidegate.risk.rules import RiskDecision, RiskRule
from tidegate.risk.state import PositionTradeState

HELD = (10.0, -6.0, 0.0)


def carried(state: object) -> Any:
    """As a snapshot gives it back."""
    return decode_state(encode_state(state), lambda place: batch(place[1], [10.0, 20.0, 40.0]))


def made(rule: RiskRule) -> RiskBook:
    """A book with one rule."""
    return RiskBook((rule,), universe(ASSETS), fractional=False, kernels=INTERPRETED)


@pytest.mark.parametrize("shorts", [False, True])
def test_what_is_projected_goes_on_from_what_was_let_through(shorts: bool) -> None:
    one, other = Projection(3, shorts=shorts), Projection(3, shorts=shorts)
    one.restart(snapshot(held=HELD))
    one.expect(orders(SubmitOrders, (0, -4.0), (1, 2.0), (2, 5.0)))
    one.expect(asked(OrderKind.LIMIT, (2, 7.0), (2, -3.0), first=3))
    other.restore(carried(one.kept()))
    assert other.sellable(None).tolist() == one.sellable(None).tolist() == [-4.0, 0.0, 0.0]
    assert other.unreduced(np.array(HELD)).tolist() == one.unreduced(np.array(HELD)).tolist()
    assert one.unreduced(np.array(HELD)).tolist() == [6.0, -4.0, 0.0]
    for projected in (one, other):
        projected.expect(orders(SubmitOrders, (0, -5.0), first=5))
        projected.forget(order_id(STRATEGY, 2))
        projected.forget(order_id(STRATEGY, 3))
    assert other.rows.tolist() == one.rows.tolist()
    assert one.rows[:, 0].tolist() == [1.0, 1.0, 1.0], "what is held is enough for the sale"


def test_prices_that_a_rule_remembers_are_split_with_the_position() -> None:
    one, other = PositionTradeState(3, INTERPRETED), PositionTradeState(3, INTERPRETED)
    one.take_fills(fills(0, (0, 10.0, 8.0)))
    one.memory("paid", prices=True)[0] = 8.0
    one.memory("times")[0] = 8.0
    other.restore(carried(one.kept()))
    columns: dict[str, list[int] | list[float]] = {
        "kind": [int(ActionKind.SPLIT)], "asset": [0], "into": [-1], "orders": [0], "cash_micros": [0],
        "receivable_micros": [0], "value": [2.0], "price": [np.nan], "divisor": [2.0], "quantity_before": [10.0],
        "quantity": [20.0], "into_quantity": [0.0],
    }  # fmt: skip
    other.follow(ActionsApplied.of(columns, seq=1, ts_ns=1))
    assert (other.memory("paid")[0], other.memory("times")[0]) == (4.0, 8.0)


def test_rules_are_asked_of_orders_that_come_before_the_next_batch() -> None:
    books = [made(Says(allows=RiskDecision(allowed=np.array([3.0])))) for _ in range(2)]
    books[0].take_batch(batch(0, [10.0, 20.0, 40.0]))
    books[0].take_snapshot(snapshot())
    books[1].restore(carried(books[0].kept()))
    assert let_through(books[1].validate(orders(SubmitOrders, (0, 9.0)))) == {0: 3.0}


def test_a_change_that_is_refused_later_is_taken_back() -> None:
    one, other = made(Says()), made(Says())
    one.take_snapshot(snapshot())
    one.validate(orders(SubmitOrders, (0, 9.0)))
    one.validate_changes(changes((0, 20.0)))
    other.restore(carried(one.kept()))
    assert other._projected.rows[:, 0].tolist() == [20.0, 20.0, 20.0]
    other.take_unreplaced(refused(ReplacesRejected, (0, 0, 20.0)))
    assert other._projected.rows[:, 0].tolist() == [9.0, 9.0, 9.0]
