"""Whole runs of the broker without its mailbox: the books close, no order is lost, both forms send the same."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.bar_by_bar import DEPOSIT, NEXT_CLOSE, NEXT_OPEN, SAME_CLOSE, Bar, Desk, protection
from tests.unit.kernels.desk import ASSETS, NO_BAR, Order
from tests.unit.kernels.made import COMPILED, NAN, rounded

from tidegate.kernels.kernel import INTERPRETED, Kernels
from tidegate.kernels.shortage import RANK, REJECT, SCALE
from tidegate.messages import codec
from tidegate.messages.account import AccountSnapshot, CashPosted, TradesClosed
from tidegate.messages.base import Message
from tidegate.messages.orders import Fills, OrdersAccepted, OrdersCanceled, OrdersExpired


class Step(NamedTuple):
    """A barrier: its bars, levels set before it, orders after it."""

    bars: list[Bar]
    stop: list[float]
    take: list[float]
    orders: list[tuple[int, float, float]]


@st.composite
def whole_bars(draw: st.DrawFn) -> list[Bar]:
    bars: list[Bar] = []
    for _ in range(ASSETS):
        path = draw(st.lists(st.integers(80, 120).map(float), min_size=4, max_size=4))
        bars.append((path[0], max(path), min(path), path[-1], 1.0) if draw(st.integers(0, 5)) else NO_BAR)
    return bars


levels = st.lists(st.sampled_from([NAN, NAN, 85.0, 95.0, 105.0, 115.0]), min_size=ASSETS, max_size=ASSETS)
orders = st.lists(
    st.tuples(st.integers(0, ASSETS - 1), st.integers(-40, 60).filter(bool).map(float), st.sampled_from([0.0, 0.5])),
    max_size=4,
)
runs = st.lists(st.builds(Step, whole_bars(), levels, levels, orders), min_size=1, max_size=8)
settings = st.fixed_dictionaries(
    {
        "timing": st.sampled_from([NEXT_OPEN, NEXT_CLOSE, SAME_CLOSE]),
        "shortage": st.sampled_from([SCALE, RANK, REJECT]),
        "commission_bps": st.sampled_from([0.0, 5.0]),
        "minimum": st.sampled_from([0.0, 1.0]),
        "slippage_bps": st.sampled_from([0.0, 10.0]),
        "fractional": st.booleans(),
    }
)


def played(run: Sequence[Step], kernels: Kernels, **changed: Any) -> list[Message]:
    """Every message of a run, snapshots included."""
    desk = Desk(kernels=kernels, **changed)
    messages: list[Message] = []
    next_id = 1000  # exits are numbered from 0
    for step in run:
        desk.execution.protection.protect(protection(step.stop, step.take))
        messages += desk.bar(*step.bars)
        messages.append(desk.mark())
        if step.orders:
            scale = 0.5 if changed["fractional"] else 1.0
            fresh = [Order(next_id + k, a, q * scale, p) for k, (a, q, p) in enumerate(step.orders)]
            next_id += len(fresh)
            messages += desk.order(*fresh)
        if changed["timing"] is SAME_CLOSE and desk.execution.has_orders():
            messages += [*desk.execution.close_bar(), desk.mark()]
    return messages + desk.execution.expire()


@given(runs, settings)
def test_the_books_close_exactly_at_every_bar(run: list[Step], changed: dict[str, Any]) -> None:
    posted = pnl = 0
    for message in played(run, INTERPRETED, **changed):
        if isinstance(message, CashPosted):
            posted += sum(message.amount_micros.tolist())
        elif isinstance(message, TradesClosed):
            pnl += sum(message.pnl_micros.tolist())
        elif isinstance(message, AccountSnapshot):
            held = zip(message.quantity.tolist(), message.mark.tolist(), strict=True)
            value = sum(rounded(quantity * mark) for quantity, mark in held if quantity)
            assert posted == message.cash_micros >= 0
            assert message.cash_micros + value == message.equity_micros
            assert pnl == message.realized_micros
            assert pnl + message.unrealized_micros == message.equity_micros - DEPOSIT
            assert min(message.quantity.tolist()) >= 0.0


@given(runs, settings)
def test_every_accepted_order_ends_filled_canceled_or_expired_to_the_last_unit(
    run: list[Step], changed: dict[str, Any]
) -> None:
    accepted: dict[int, float] = {}
    ended: dict[int, float] = {}
    for message in played(run, INTERPRETED, **changed):
        if isinstance(message, OrdersAccepted):
            new = dict(zip(message.order_id.tolist(), message.quantity.tolist(), strict=True))
            assert not new.keys() & accepted.keys()
            accepted |= new
        elif isinstance(message, Fills | OrdersCanceled | OrdersExpired):
            for order_id, quantity in zip(message.order_id.tolist(), message.quantity.tolist(), strict=True):
                ended[order_id] = ended.get(order_id, 0.0) + quantity
    assert ended == pytest.approx(accepted)


@given(runs, settings)
def test_compiled_execution_sends_the_same_bytes(run: list[Step], changed: dict[str, Any]) -> None:
    forms = [played(run, kernels, **changed) for kernels in (INTERPRETED, COMPILED)]
    assert [codec.encode(message) for message in forms[0]] == [codec.encode(message) for message in forms[1]]
