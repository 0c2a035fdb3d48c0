from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.ids import (
    FIRST_STRATEGY_SENDER,
    ORDERS_PER_SENDER,
    PROTECTIVE_SENDER,
    RISK_SENDER,
    order_id,
    order_label,
    split_order_id,
)

senders = st.integers(0, 2**22)
counts = st.integers(0, ORDERS_PER_SENDER - 1)


@given(senders, counts)
def test_an_id_tells_its_sender_and_count_and_fits_int64(sender: int, count: int) -> None:
    order = order_id(sender, count)
    assert 0 <= order < 2**63
    assert split_order_id(order) == (sender, count)
    assert order_label(order) == f"{sender}-{count}"


@given(senders, counts, senders, counts)
def test_ids_go_by_sender_then_by_its_own_count(left: int, i: int, right: int, j: int) -> None:
    assert (order_id(left, i) < order_id(right, j)) == ((left, i) < (right, j))


def test_the_layout_is_pinned_for_it_is_recorded() -> None:
    assert order_id(2, 17) == 2_199_023_255_569
    assert order_label(2_199_023_255_569) == "2-17"
    assert (PROTECTIVE_SENDER, RISK_SENDER, FIRST_STRATEGY_SENDER) == (0, 1, 2)
