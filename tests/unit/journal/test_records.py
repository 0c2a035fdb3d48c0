"""Every message survives a journal bit for bit; records are as the description of the format says."""

import io

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.journal.crafted import START, content, packed, seal
from tests.unit.journal.crafted import encode as encode_any
from tests.unit.journal.made import ACTORS, Memory, Sent, expected, header, read, record, steps, told, written
from tests.unit.journal.stranger import messages as strangers
from tests.unit.journal.stranger import read_journal
from tests.unit.messages.conftest import any_of

from tidegate.core.arrays import freeze
from tidegate.core.enums import Phase
from tidegate.journal import Durability, Frame, JournalError, JournalWriter
from tidegate.journal.decoding import MessageDecoder
from tidegate.journal.errors import Broken
from tidegate.journal.layout import opening, read_block
from tidegate.journal.records import COUNT_BYTES, Decoded, counted
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.codec import MESSAGE_TYPES, encode, same
from tidegate.messages.control import LogWritten
from tidegate.messages.market import MarketBatchReference
from tidegate.messages.orders import CancelOrders

messages = st.one_of([any_of(kind) for kind in MESSAGE_TYPES])


@st.composite
def recordings(draw: st.DrawFn) -> list[Sent | int]:
    """Any messages in any barriers, with commits where they may be."""
    made: list[Sent | int] = []
    barrier, committed = -1, -1
    for number in range(draw(st.integers(0, 8))):
        barrier += draw(st.integers(0, 2))
        if barrier > committed and draw(st.booleans()):
            made.append(barrier)
            committed = barrier
            continue
        count = st.integers(0, 2**63 - 1)
        causes = draw(st.lists(st.integers(0, number - 1), max_size=3)) if number else []
        phase = draw(st.none() | st.sampled_from(Phase))
        sender = draw(st.integers(0, len(ACTORS) - 1))
        made.append(Sent(draw(messages), barrier, phase, draw(count), sender, draw(count), tuple(causes)))
    return made


@given(recordings(), st.sampled_from(Durability), st.sampled_from([10, 1_000, 2**18]))
def test_whatever_is_recorded_is_read_again(made: list[Sent | int], mode: Durability, block_bytes: int) -> None:
    journal = read(written(made, mode, block_bytes=block_bytes))
    assert told(journal) == expected(made)
    sent = [step.message for step in made if isinstance(step, Sent)]
    assert all(same(frame.message, message) for frame, message in zip(journal.frames(), sent, strict=True))
    committed = max([step for step in made if isinstance(step, int)], default=-1)
    cut = read(written(made, mode, sealed=False, block_bytes=1))
    assert (cut.end.barrier, told(cut)) == (committed, expected(made, committed))


@pytest.mark.parametrize("kind", MESSAGE_TYPES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_type_of_message_is_recorded(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(any_of(kind))
    (frame,) = read(written([Sent(message, 0), 0])).frames()
    assert frame.type == kind.__name__
    assert same(frame.message, message)


def test_a_stranger_reads_the_same() -> None:
    made = steps(8)
    blocks = read_journal(written(made, Durability.OFF, block_bytes=700))
    assert [block.kind for block in blocks] == [b"TGJh", *[b"TGJr"] * (len(blocks) - 2), b"TGJs"]
    assert blocks[-1].items[-1] == {"status": "finished", "reason": "", "barrier": 7}
    sent = [step for step in made if isinstance(step, Sent)]
    for found, step in zip(strangers(blocks), sent, strict=True):
        body = msgspec.msgpack.decode(encode(step.message))
        assert found == [*step.told()[:5], list(step.causes), body]


def test_the_bytes_of_a_block_are_pinned_for_journals_hold_them() -> None:
    made: list[Sent | int] = [
        Sent(PhaseOpened(Phase.FILL, 3, 0), 3, Phase.FILL, 1, 2, 300),
        Sent(CancelOrders(freeze(np.array([5]))), 3, Phase.FILL, 2, 2, 301, (0,)),
        3,
    ]
    storage = Memory()
    writer = JournalWriter(storage, header(Durability.OFF))
    record(writer, made)
    writer.close("failed", "x")
    file = io.BytesIO(storage.data)
    first = read_block(file, 12, opening()[1])
    assert first is not None
    block = read_block(file, first.end, first.chain)
    assert block is not None
    opened = "97020100" + "94ab50686173654f70656e6564010300" + "0301cd012c"
    cancel = "94" + "0202" + "01" + "92ac43616e63656c4f7264657273" + "d60200000000"
    seal = "83a6737461747573a66661696c6564a6726561736f6ea178a76261727269657203"
    records = "dd00000004" + opened + cancel + "ff" + seal
    arrays = "dd00000001" + "c40e" + "0592a1699101" + "0500000000000000"
    told = msgspec.msgpack.encode((bytes.fromhex(records), (-1, None, [0, 0, 0]), 0, (), bytes.fromhex(arrays)))
    assert block.content().hex() == told.hex()


BODY = LogWritten(seq=0, source="a", text="b")
WRONG: list[tuple[str, bytes]] = [
    # what is wrong              content of a block that announces one record
    ("nothing",                  b""),
    ("no array",                 encode_any(1)),
    ("an array in short",        encode_any((counted(1) + b"\xff", START, 0, []))),
    ("a state in short",         encode_any((counted(1) + b"\xff", START[:2], 0, [], counted(0)))),
    ("another count",            packed(-1, -1)),
    ("a count in short",         content(b"\x91\xff")),
    ("one record too few",       content(counted(1))),
    ("something after it",       content(counted(1) + b"\xff\xff")),
    ("something after it all",   packed(-2) + b"\x00"),
    ("no record",                packed(None)),
    ("an empty array",           packed([])),
    ("a commit of nothing",      packed(-1)),
    ("a seal in short",          packed({"status": "finished", "reason": ""})),
    ("a seal without words",     packed({"status": 1, "reason": 2, "barrier": 3})),
    ("a message in short",       packed((0, 0, 0))),
    ("a message too long",       packed((0, 0, 0, BODY, 0, 0, 0, 0, None, 0))),
    ("a negative barrier",       packed((0, 0, 0, BODY, -3, 0))),
    ("a barrier above int64",    packed((0, 0, 0, BODY, 2**63, 0))),
    ("an unknown phase",         packed((0, 0, 0, BODY, 0, 6))),
    ("a negative superstep",     packed((0, -1, 0, BODY))),
    ("a negative sender",        packed((-1, 0, 0, BODY))),
    ("a sender too many",        packed((3, 0, 0, BODY))),
    ("a negative sequence",      packed((0, 0, 0, BODY, 0, 0, -2))),
    ("a negative cause",         packed((0, 0, -1, BODY))),
    ("a cause before the first", packed((0, 0, 1, BODY))),
    ("itself among causes",      packed((0, 0, (0,), BODY))),
    ("a fraction of a barrier",  packed((0, 0, 0, BODY, 0.5, 0))),
    ("a batch without a cause",  packed(1_700_000_000)),
    ("no arrays",                encode_any((counted(1) + b"\xff", START, 0, [], b""))),
    ("arrays that are numbers",  encode_any((counted(1) + b"\xff", START, 0, [], counted(1) + b"\x01"))),
    ("a negative first array",   packed(-2, first=-1)),
    ("carried without a number", encode_any((counted(1) + b"\xff", START, 0, [b""], counted(0)))),
    ("endless nesting",          content(counted(1) + b"\x94\x00\x00\x00" + b"\x91" * 100_000)),
    ("four billion causes",      content(counted(1) + b"\x94\x00\x00\xdd\xff\xff\xff\xff" + b"\x00" * 99)),
]  # fmt: skip


def decoded(data: bytes, count: int, number: int = 0) -> Decoded:
    return Decoded(data, count, number, len(ACTORS), MessageDecoder())


@pytest.mark.parametrize("data", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_is_no_record_is_told(data: bytes) -> None:
    with pytest.raises(Broken, match=r"cannot be read|does not open with its|commits barrier|cannot be$|no record"):
        assert not decoded(data, 1).records


def test_a_right_record_is_taken() -> None:
    """The rows above differ from these in the named respect alone."""
    data = packed((0, 0, 0, BODY), (1, 0, 1, BODY, 0, 0), -1, 0, 1_700_000_000, 5, -1, seal())
    found = decoded(data, 8).records
    assert [type(each).__name__ for each in found] == ["Frame"] * 2 + ["Commit"] + ["Frame"] * 3 + ["Commit", "Seal"]
    frames = [each for each in found if isinstance(each, Frame)]
    assert [(each.barrier, each.phase, each.sender, each.sender_seq, each.causes) for each in frames] == [
        (-1, None, 0, 0, ()), (0, 0, 1, 0, (0,)), (1, 0, 0, 1, ()), (1, 0, 1, 1, (3,)), (1, 5, 0, 2, ()),
    ]  # fmt: skip
    assert [each.type for each in frames[2:]] == ["PhaseOpened", "MarketBatchReference", "PhaseOpened"]
    assert [encode(each.message) for each in frames[2:]] == [
        encode(PhaseOpened(Phase.ADVANCE, 1, 0)),
        encode(MarketBatchReference(1, 1_700_000_000)),
        encode(PhaseOpened(Phase.RECORD, 1, 0)),
    ]
    assert len(counted(3)) == COUNT_BYTES


@pytest.mark.parametrize("body", [1, None, [], {}, {"type": 1}, {"type": "Nothing"}, {"type": "LogWritten"}, "x"])
def test_a_body_that_is_no_message_is_told_with_its_number(body: object) -> None:
    (frame,) = decoded(packed((0, 0, 0, body)), 1, 1_234).records
    assert isinstance(frame, Frame)
    with pytest.raises(JournalError, match="record 1,234 is no message known here"):
        _ = frame.message
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        with pytest.raises(JournalError, match="record 1,234 is no message"):
            _ = frame.type
