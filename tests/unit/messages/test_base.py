from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended
from tidegate.messages.codec import MESSAGE_TYPES

every_type = pytest.mark.parametrize("kind", MESSAGE_TYPES, ids=lambda kind: kind.__name__)


@every_type
@given(data=st.data())
def test_no_field_of_a_message_can_be_set_or_added(
    make_any: Callable[[type[Message]], st.SearchStrategy[Message]], kind: type[Message], data: st.DataObject
) -> None:
    message = data.draw(make_any(kind))
    for name in (*kind.__struct_fields__, "extra"):
        with pytest.raises(AttributeError):
            setattr(message, name, 0)


@every_type
def test_only_cancels_and_changes_overtake_other_messages(kind: type[Message]) -> None:
    assert kind.precedence == (0 if kind.__name__ in ("CancelOrders", "ReplaceOrders", "ReplacesApproved") else 1)


def test_messages_are_compared_by_identity_alone() -> None:
    message = PhaseExtended()
    assert message == message
    assert message != PhaseExtended()


def test_every_message_says_what_it_is_in_words() -> None:
    silent = [kind.__name__ for kind in MESSAGE_TYPES if not kind.__doc__ or len(kind.__doc__) < 15]
    assert silent == []
