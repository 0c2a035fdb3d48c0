"""A message is read as it was written, whatever its type has become since, or not at all."""

import msgspec
import pytest
from tests.unit.journal.made import Memory, header, read

from tidegate.core.enums import Phase
from tidegate.journal import Durability, JournalError, JournalWriter, schema_of
from tidegate.messages.clock import PhaseExtended
from tidegate.messages.control import LogWritten

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
