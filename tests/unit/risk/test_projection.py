"""What is projected: against a list of open orders that is added up anew at every step."""

from dataclasses import dataclass, field

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.actors.letters import STRATEGY, orders, snapshot
from tests.unit.risk.test_conditional_orders import asked

from tidegate.core.arrays import freeze
from tidegate.core.enums import OrderKind
from tidegate.core.ids import order_id
from tidegate.kernels.limits import LEAST, MOST, SURE
from tidegate.messages.orders import SubmitOrders
from tidegate.risk.projection import Projection

N = 3
units = st.integers(-9, 9).map(float)
quantities = units.filter(bool)
steps = st.lists(
    st.tuples(st.just("market") | st.just("waits"), st.integers(0, N - 1), quantities)
    | st.tuples(st.just("forget") | st.just("fill"), st.integers(0, 12), st.just(0.0))
    | st.tuples(st.just("mark"), st.integers(0, 0), st.just(0.0)),
    max_size=14,
)


@dataclass
class Listed:
    """Orders as they are known, in an account that may be short."""

    held: list[float]
    market: dict[int, tuple[int, float]] = field(default_factory=dict)
    waiting: dict[int, tuple[int, float]] = field(default_factory=dict)
    done: list[float] = field(default_factory=lambda: [0.0] * N)
    """What filled since the mark: it is projected, but no open order any more."""

    def sure(self, asset: int) -> float:
        ordered = [quantity for of, quantity in self.market.values() if of == asset]
        return self.held[asset] + self.done[asset] + sum(ordered)

    def rows(self) -> list[list[float]]:
        sure = [self.sure(asset) for asset in range(N)]
        most, least = list(sure), list(sure)
        for asset, quantity in self.waiting.values():
            (most if quantity > 0.0 else least)[asset] += quantity
        return [sure, most, least]


@given(st.lists(units, min_size=N, max_size=N), steps)
def test_the_projection_is_what_open_orders_add_up_to(held: list[float], path: list[tuple[str, int, float]]) -> None:
    projected, listed = Projection(N, shorts=True), Listed(held)
    projected.restart(snapshot(held=held))
    for count, (what, number, quantity) in enumerate(path):
        order = order_id(STRATEGY, number)
        if what == "market":
            listed.market[order_id(STRATEGY, count)] = number, quantity
            projected.expect(orders(SubmitOrders, (number, quantity), first=count))
        elif what == "waits":
            sure = listed.sure(number)
            if sure * quantity >= 0.0 or abs(quantity) > abs(sure):
                listed.waiting[order_id(STRATEGY, count)] = number, quantity
            projected.expect(asked(OrderKind.LIMIT, (number, quantity), first=count))
        elif what == "forget":
            listed.market.pop(order, None)
            listed.waiting.pop(order, None)
            projected.forget(order)
        elif what == "fill" and order in listed.market:
            asset, filled = listed.market.pop(order)
            listed.done[asset] += filled
            projected.forget_filled(np.array([order]))
        elif what == "mark":
            listed.held = [listed.held[asset] + listed.done[asset] for asset in range(N)]
            listed.done = [0.0] * N
            pending = [listed.sure(asset) - listed.held[asset] for asset in range(N)]
            projected.restart(snapshot(held=listed.held, pending=pending))
            for asset in range(N):
                moves = [of for at, of in listed.market.values() if at == asset]
                left = projected.unreduced(np.array(listed.held))[asset]
                against = [move for move in moves if move * listed.held[asset] < 0.0]
                whole = listed.held[asset] + sum(against)
                assert left == (whole if whole * listed.held[asset] > 0.0 else 0.0)
        assert projected.rows.tolist() == listed.rows()
        assert projected.conditional == listed.waiting


@given(st.lists(units, min_size=N, max_size=N), steps.map(lambda path: [one for one in path if one[0] != "fill"]))
def test_the_projection_of_the_mirror_is_its_mirror(held: list[float], path: list[tuple[str, int, float]]) -> None:
    both = Projection(N, shorts=True), Projection(N, shorts=True)
    for side, projected in zip((1.0, -1.0), both, strict=True):
        projected.restart(snapshot(held=[side * one for one in held]))
        for count, (what, number, quantity) in enumerate(path):
            if what == "market":
                projected.expect(orders(SubmitOrders, (number, side * quantity), first=count))
            elif what == "waits":
                projected.expect(asked(OrderKind.LIMIT, (number, side * quantity), first=count))
            elif what == "forget":
                projected.forget(order_id(STRATEGY, number))
    assert (both[0].rows[[SURE, MOST, LEAST]] == -both[1].rows[[SURE, LEAST, MOST]]).all()


def test_a_cash_account_has_one_projection_and_expects_no_sale_of_what_is_not_held() -> None:
    projected = Projection(N, shorts=False)
    projected.restart(snapshot(held=(5, 0, 0)))
    projected.expect(asked(OrderKind.LIMIT, (1, 4.0), (0, -5.0), first=0))
    projected.expect(orders(SubmitOrders, (0, -6.0), (0, -3.0), (0, -3.0), first=2))
    assert projected.rows.tolist() == [[2.0, 0.0, 0.0], [2.0, 4.0, 0.0], [2.0, 4.0, 0.0]]
    assert projected.sellable(snapshot(held=(5, 0, 0))).tolist() == [2.0, 0.0, 0.0]
    assert projected.unreduced(np.array([5.0, 0.0, 0.0])).tolist() == [2.0, 0.0, 0.0]


@pytest.mark.parametrize(("parent", "quantity", "reserves"), [(8.0, -8.0, False), (8.0, 8.0, True), (-8.0, 8.0, False)])
def test_what_follows_an_order_of_the_other_side_reserves_nothing(
    parent: float, quantity: float, reserves: bool
) -> None:
    sent = asked(OrderKind.LIMIT, (0, parent), (0, quantity))
    assert sent.terms is not None
    after = freeze(np.array([0, order_id(STRATEGY, 0)]))
    projected = Projection(N, shorts=True)
    projected.expect(msgspec.structs.replace(sent, terms=msgspec.structs.replace(sent.terms, parent=after)))
    assert (order_id(STRATEGY, 1) in projected.conditional) == reserves
