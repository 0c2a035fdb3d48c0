"""The header is the manifest, and says what the messages are made of."""

from typing import Any

import msgspec
import pytest
from tests.unit.journal.made import ACTORS, written
from tests.unit.journal.stranger import read_journal

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import Phase
from tidegate.journal import Durability, Header, JournalError, Market, schema_of
from tidegate.journal.errors import Broken
from tidegate.journal.header import HEADER_MAX, decode_header, encode_header
from tidegate.messages.base import Message
from tidegate.messages.codec import MESSAGE_TYPES

FULL = Header(
    actors=("clock", "feed"),
    config={"run": {"seed": 7}, "risk": [1, 2.5, None, "x", True]},
    seeds={"run": 7},
    versions={"python": "3.11", "tidegate": "0.1.0"},
    data={"prices": {"sha256": "ab", "rows": 12}},
    market=Market.VALUE,
    durability=Durability.OFF,
)


def test_what_a_header_says_is_read_again() -> None:
    assert decode_header(encode_header(FULL)) == FULL


def test_the_schema_has_every_message_type_and_what_is_inside_them() -> None:
    schema = FULL.schema
    assert {kind.__name__ for kind in MESSAGE_TYPES} <= set(schema)
    assert schema["PhaseOpened"] == {
        "phase": "one of 0 ADVANCE, 1 FILL, 2 MARK, 3 GUARD, 4 DECIDE, 5 RECORD",
        "seq": "int",
        "step": "int",
    }
    assert schema["MarketBatch"]["bars"] == "float64 array"
    assert schema["UniverseDeclared"]["assets"] == "list of str"
    assert schema["UniverseDeclared"]["instruments"] == "Instruments or nil"
    assert "Instruments" in schema
    assert [list(fields) for name, fields in schema.items() if name == "LogWritten"] == [["seq", "source", "text"]]


def test_a_type_that_has_changed_since_is_told() -> None:
    assert FULL.changed() == ()
    other = dict(FULL.schema) | {"LogWritten": {"seq": "int"}, "Gone": {}}
    assert msgspec.structs.replace(FULL, schema=other).changed() == ("LogWritten", "Gone")
    turned = dict(FULL.schema) | {"LogWritten": dict(reversed(FULL.schema["LogWritten"].items()))}
    assert msgspec.structs.replace(FULL, schema=turned).changed() == ("LogWritten",)


class Odd(Message, frozen=True):
    """Has a field that no journal can describe."""

    phases: dict[Phase, FloatArray]


def test_a_field_without_a_word_is_refused() -> None:
    with pytest.raises(JournalError, match="no word for fields of type dict"):
        schema_of([Odd])


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    # what is wrong          given                              said
    ("no MessagePack",       {"config": {"a": object()}},       "cannot be written: .*object"),
    ("too long an integer",  {"seeds": {"run": 2**64}},         "cannot be written"),
    ("too long",             {"config": {"a": "x" * HEADER_MAX}}, "above 4,194,304"),
    ("a wrong type",         {"versions": {"python": 3}},       "could not be read again: .*versions"),
    ("a wrong name",         {"actors": (1,)},                  "could not be read again: .*actors"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_header_that_no_reader_would_take_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(JournalError, match=said):
        encode_header(Header(**({"actors": ACTORS} | given)))


pack = msgspec.msgpack.encode


@pytest.mark.parametrize(
    "content", [b"", b"\xc1", pack(1), pack([]), pack([1]), pack([{}]), pack([{"actors": 1}]), pack([FULL, FULL])]
)
def test_what_is_no_header_is_told(content: bytes) -> None:
    with pytest.raises(Broken, match="holds no header"):
        decode_header(content)


def test_a_stranger_reads_the_header_as_a_map() -> None:
    (told,) = read_journal(written([]))[0].items
    assert told["actors"] == list(ACTORS)
    assert told["durability"] == "barrier"
    assert told["schema"]["CancelOrders"] == {"order_id": "int64 array"}
