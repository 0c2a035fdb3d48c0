"""Every message survives a journal bit for bit; records are as the description of the format says."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.journal.crafted import packed
from tests.unit.journal.made import ACTORS, Sent, expected, read, steps, told, written
from tests.unit.journal.stranger import read_journal
from tests.unit.messages.conftest import any_of

from tidegate.core.enums import Phase
from tidegate.journal import Durability, Frame, JournalError
from tidegate.journal.errors import Broken
from tidegate.journal.records import COUNT_BYTES, counted, decode_records
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.codec import MESSAGE_TYPES, encode, same
from tidegate.messages.control import LogWritten

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
    items = [item for block in blocks[1:] for item in block.items]
    assert items.pop() == [2, "finished", "", 7]
    for item, step in zip(items, made, strict=True):
        if isinstance(step, int):
            assert item == [1, step]
        else:
            body = msgspec.msgpack.decode(encode(step.message))
            assert item == [0, *step.told()[:5], list(step.causes), body]


def test_the_bytes_of_records_are_pinned_for_journals_hold_them() -> None:
    told = packed((0, 3, Phase.FILL, 1, 2, 300, (7, 8), PhaseOpened(Phase.FILL, 3, 0)), [1, 3], [2, "failed", "x", 3])
    body = "84a474797065ab50686173654f70656e6564a5706861736501a373657103a47374657000"
    assert (
        told.hex() == "dd00000003" + "98000301" + "0102cd012c" + "920708" + body + "920103" + "9402a66661696c6564a17803"
    )


BODY = LogWritten(seq=0, source="a", text="b")
WRONG: list[tuple[str, bytes]] = [
    # what is wrong              content of a block that announces one record
    ("nothing",                  b""),
    ("another count",            packed(*[(1, 0)] * 2)),
    ("a count in short",         b"\x91\x92\x01\x00"),
    ("one record too few",       counted(1)),
    ("something after it",       packed((1, 0)) + b"\x00"),
    ("no array",                 packed(1)),
    ("an empty array",           packed([])),
    ("an unknown kind",          packed((3, 0))),
    ("a kind in words",          packed(("0", 0))),
    ("a commit of nothing",      packed((1,))),
    ("a negative commit",        packed((1, -1))),
    ("a seal in short",          packed((2, "finished", ""))),
    ("a seal without words",     packed((2, 1, 2, 3))),
    ("a message in short",       packed((0, 0, 0, 0, 0, 0, ()))),
    ("a negative barrier",       packed((0, -2, 0, 0, 0, 0, (), BODY))),
    ("a barrier above int64",    packed((0, 2**63, 0, 0, 0, 0, (), BODY))),
    ("an unknown phase",         packed((0, 0, 6, 0, 0, 0, (), BODY))),
    ("a negative superstep",     packed((0, 0, 0, -1, 0, 0, (), BODY))),
    ("a negative sender",        packed((0, 0, 0, 0, -1, 0, (), BODY))),
    ("a negative sequence",      packed((0, 0, 0, 0, 0, -1, (), BODY))),
    ("a negative cause",         packed((0, 0, 0, 0, 0, 0, (-1,), BODY))),
    ("a single cause",           packed((0, 0, 0, 0, 0, 0, 1, BODY))),
    ("a fraction of a barrier",  packed((0, 0.5, 0, 0, 0, 0, (), BODY))),
    ("endless nesting",          counted(1) + b"\x98\x00\x00\x00\x00\x00\x00\x90" + b"\x91" * 100_000),
    ("four billion causes",      counted(1) + b"\x98\x00\x00\x00\x00\x00\x00\xdd\xff\xff\xff\xff" + b"\x00" * 99),
]  # fmt: skip


@pytest.mark.parametrize("content", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_is_no_record_is_told(content: bytes) -> None:
    with pytest.raises(Broken, match=r"no record|does not open with its 1 records"):
        decode_records(content, 1)


def test_a_right_record_is_taken() -> None:
    """The rows above differ from these in the named respect alone."""
    content = packed((0, 0, 0, 0, 0, 0, (), BODY), (1, 0), (2, "finished", "", -1))
    assert len(decode_records(content, 3)) == 3
    assert len(counted(3)) == COUNT_BYTES


@pytest.mark.parametrize("body", [1, None, [], {}, {"type": 1}, {"type": "Nothing"}, {"type": "LogWritten"}, "x"])
def test_a_body_that_is_no_message_is_told_with_its_number(body: object) -> None:
    (frame,) = decode_records(packed((0, 0, 0, 0, 0, 0, (), body)), 1)
    assert isinstance(frame, Frame)
    frame.number = 1_234
    with pytest.raises(JournalError, match="record 1,234 is no message known here"):
        _ = frame.message
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        with pytest.raises(JournalError, match="record 1,234 is no message"):
            _ = frame.type
