"""The table of an order's life; `tests.property.order_lives` holds all streams of messages against it."""

from tidegate.messages.lifecycle import ENDS, EVENT_OF, TRANSITIONS, OrderEvent, OrderState, end_by, follow


def test_the_table_is_whole() -> None:
    assert {state for state, _ in TRANSITIONS} | ENDS == set(OrderState)
    assert set(TRANSITIONS.values()) == set(OrderState) - {OrderState.UNKNOWN}
    ended = (OrderState.DENIED, OrderState.REJECTED, OrderState.CANCELED, OrderState.EXPIRED, OrderState.SKIPPED)
    assert {OrderState.FILLED, *ended} == ENDS
    assert {event for _, event in TRANSITIONS} == set(OrderEvent)
    ends = {kind.__name__: end for kind in EVENT_OF if (end := end_by(kind)) is not None}
    assert ends == {
        "OrdersDenied": OrderState.DENIED,
        "OrdersRejected": OrderState.REJECTED,
        "OrdersCanceled": OrderState.CANCELED,
        "OrdersExpired": OrderState.EXPIRED,
        "TargetsSkipped": OrderState.SKIPPED,
    }


def test_what_the_table_does_not_have_is_illegal() -> None:
    legal = [(state, event) for state in OrderState for event in OrderEvent if follow(state, event) is not None]
    assert sorted(legal) == sorted(TRANSITIONS)
    assert all(follow(state, event) is None for state in ENDS for event in OrderEvent)
