"""A message is read as it was written, whatever its type has become since, or not at all."""

from io import BytesIO
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.unit.journal.made import Memory, header, read

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import Phase
from tidegate.journal import Durability, Journal, JournalError, JournalWriter, schema_of
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended
from tidegate.messages.codec import MESSAGE_TYPES, encode
from tidegate.messages.control import LogWritten
from tidegate.messages.orders import OrderTerms

FIELDS = schema_of()["LogWritten"]  # seq, source, text
THEN = [
    # the fields of LogWritten when it was recorded        readable
    (FIELDS,                                               True),
    ({"seq": "int", "source": "str"},                      True),  # text may have a default now
    ({"seq": "int"},                                       True),
    (dict(reversed(FIELDS.items())),                       False),
    (FIELDS | {"more": "int"},                             False),
    (FIELDS | {"text": "int"},                             False),
    ({"source": "str", "text": "str"},                     False),
]  # fmt: skip


@pytest.mark.parametrize(("then", "readable"), THEN)
def test_a_type_whose_fields_are_others_now_is_not_misread(then: dict[str, str], readable: bool) -> None:
    older = msgspec.structs.replace(header(Durability.OFF), schema=schema_of() | {"LogWritten": then})
    assert older.unreadable() == (frozenset() if readable else {"LogWritten"})
    storage = Memory()
    with JournalWriter(storage, older) as journal:
        journal.append(LogWritten(seq=0, source="a", text="b"), 0, Phase.ADVANCE, 0, 0, 0)
        journal.append(PhaseExtended(), 0, Phase.ADVANCE, 0, 0, 1)
    first, second = read(bytes(storage.data)).frames()
    assert isinstance(second.message, PhaseExtended)
    if readable:
        assert isinstance(first.message, LogWritten)
        return
    with pytest.raises(JournalError, match="LogWritten has other fields here than when it was recorded"):
        _ = first.message


class Noted(Message, frozen=True):
    """A user's message, whose class those who merely look at a journal do not have."""

    seq: int
    weights: FloatArray
    order: tuple[OrderTerms, ...] = ()
    remark: str | None = None


def foreign(schema: dict[str, dict[str, str]] | None = None) -> bytes:
    """A journal with two of them, and a message of the package's between."""
    storage = Memory()
    told = msgspec.structs.replace(header(Durability.OFF), schema=schema or schema_of((*MESSAGE_TYPES, Noted)))
    with JournalWriter(storage, told) as journal:
        journal.append(Noted(3, np.array([0.25, np.nan])), 0, Phase.ADVANCE, 0, 0, 0)
        journal.append(LogWritten(0, "a", "b"), 0, Phase.ADVANCE, 0, 0, 1)
        journal.append(Noted(4, np.empty(0), remark="last"), 0, Phase.ADVANCE, 0, 0, 2)
    return bytes(storage.data)


def test_types_whose_classes_are_not_at_hand_are_read_by_the_journals_own_schema_where_that_is_asked_for() -> None:
    data = foreign()
    with pytest.raises(JournalError, match="no message known here"):
        _ = next(read(data).frames()).message
    first, second, third = (frame.message for frame in Journal(BytesIO(data), strangers=True).frames())
    assert isinstance(second, LogWritten)
    assert [type(one).__name__ for one in (first, third)] == ["Noted", "Noted"]
    assert fields_of(first) | {"weights": None} == {"seq": 3, "weights": None, "order": [], "remark": None}
    np.testing.assert_array_equal(fields_of(first)["weights"], [0.25, np.nan])
    assert fields_of(third)["remark"] == "last"
    assert encode(third) == encode(Noted(4, np.empty(0), remark="last"))
    again, *_ = (frame.message for frame in Journal(BytesIO(data), strangers=True).frames())
    assert type(again) is type(first)  # those of two journals can be compared


@pytest.mark.parametrize(
    "fields", [{"seq": "int"}, {"no name": "int"}, {"": "int"}, {"a\0": "int", "b": "", "c": "", "d": ""}]
)
def test_a_schema_that_is_not_that_of_its_messages_is_told_as_damage_would_be(fields: dict[str, str]) -> None:
    told = schema_of((*MESSAGE_TYPES, Noted)) | {"Noted": fields}
    with pytest.raises(JournalError, match="record 0 is no message known here"):
        _ = next(Journal(BytesIO(foreign(told)), strangers=True).frames()).message


def fields_of(message: Message) -> dict[str, Any]:
    return msgspec.structs.asdict(message)
