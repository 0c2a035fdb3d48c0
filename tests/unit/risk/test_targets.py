"""What an order may still reach of which a part was refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.actors.letters import STRATEGY, orders, snapshot
from tests.unit.risk.guard import Guard

from tidegate.core.arrays import freeze
from tidegate.kernels.sizing import target_quantity
from tidegate.messages.orders import OrdersApproved, OrderTargets, SubmitOrders
from tidegate.risk.rules import MaxWeight
from tidegate.risk.targets import approved_targets

NAN = float("nan")
EQUITY = 1000.0
MARK = (10.0, 20.0, 40.0)
NO_LOTS = np.zeros(3)


def asked(*rows: tuple[int, float, float, float]) -> SubmitOrders:
    """Orders of (asset, quantity, weight, value)."""
    plain = orders(SubmitOrders, *((asset, quantity) for asset, quantity, _, _ in rows))
    weight, value = (freeze(np.array([row[column] for row in rows])) for column in (2, 3))
    fields = {name: getattr(plain, name) for name in plain.__struct_fields__}
    return SubmitOrders(**fields | {"targets": OrderTargets(weight, value)})


def left(request: SubmitOrders, *approved: float, equity: float = EQUITY) -> tuple[list[float], list[float]]:
    """Weights and values that are left."""
    assert request.targets is not None
    found = approved_targets(
        request, request.targets, np.array(approved), snapshot(cash=equity, mark=MARK), NO_LOTS, 1.0, False
    )
    return found.weight.tolist(), found.value.tolist()


def near(*values: float) -> object:
    return pytest.approx(values, rel=1e-14, nan_ok=True)


@pytest.mark.parametrize(
    ("row", "approved", "weight", "value"),
    [
        ((0, 30.0, 0.3, NAN),    30.0,  0.3,   NAN),     # all of it: as it was
        ((0, 30.0, 0.3, NAN),    20.0,  0.2,   NAN),
        ((0, 10.0, 0.3, NAN),    4.0,   0.24,  NAN),     # twenty are held
        ((0, 10.0, 0.3079, NAN), 4.0,   0.24,  NAN),     # which truncates to the same
        ((0, 30.0, 0.3, NAN),    0.0,   0.3,   NAN),     # nothing goes on at all
        ((0, 30.0, NAN, 300.0),  20.0,  NAN,   200.0),
        ((0, 30.0, NAN, 309.0),  20.0,  NAN,   200.0),
        ((0, -30.0, -0.3, NAN),  -20.0, -0.2,  NAN),     # a short
        ((0, 30.0, NAN, NAN),    20.0,  NAN,   NAN),     # units
    ],
)  # fmt: skip
def test_the_target_is_what_the_approved_part_makes(
    row: tuple[int, float, float, float], approved: float, weight: float, value: float
) -> None:
    weights, values = left(asked(row), approved)
    assert (weights, values) == (near(weight), near(value))


def test_without_equity_there_is_no_weight() -> None:
    assert left(asked((0, 5.0, 0.3, NAN)), 4.0, equity=-1.0)[0] == [0.0]


@given(
    st.floats(0.001, 1.0),
    st.integers(1, 10**9),
    st.floats(0.01, 1e4),
    st.integers(0, 10**6),
    st.booleans(),
    st.sampled_from((0.0, 0.0, 25.0)),
    st.booleans(),
)
def test_at_unchanged_prices_it_is_the_approved_part_again(
    weight: float, cash: int, mark: float, refused: int, by_value: bool, lot: float, fractional: bool
) -> None:
    equity, terms = float(cash), (mark, 1.0, lot, fractional)
    money = weight * equity if by_value else NAN
    estimate = target_quantity(money, 1.0, *terms) if by_value else target_quantity(weight, equity, *terms)
    approved = max(estimate - refused * (lot or 1.0), 0.0)
    if approved in (0.0, estimate):
        return
    request = asked((0, estimate, NAN if by_value else weight, money))
    account = snapshot(cash=equity, mark=(mark,), held=(0,))
    assert request.targets is not None
    found = approved_targets(
        request, request.targets, np.array((approved,)), account, np.array((lot,)), 1.0, fractional
    )
    share, invest = (float(found.value[0]), 1.0) if by_value else (float(found.weight[0]), equity)
    again = target_quantity(share, invest, *terms)
    assert again == (pytest.approx(approved, rel=1e-14) if fractional else approved)


def test_a_limit_lowers_the_target_that_goes_to_the_broker() -> None:
    guard = Guard(MaxWeight(0.2), share=0.5)
    guard.deliver(snapshot(cash=1_000))
    # 0.6 of the half that is invested is 30 at 10; a fifth of all is 20.
    sent = [message for message in guard.deliver(asked((0, 30.0, 0.6, NAN))) if isinstance(message, OrdersApproved)]
    assert sent[0].quantity.tolist() == [20.0]
    assert sent[0].targets is not None
    assert sent[0].targets.weight.tolist() == near(0.4)
    assert sent[0].order_id.tolist() == [STRATEGY << 40]


def test_without_limits_targets_go_on_as_they_are() -> None:
    request = asked((0, 30.0, 0.3, NAN))
    (sent,) = Guard().deliver(request)
    assert isinstance(sent, OrdersApproved)
    assert sent.targets is request.targets
