"""What is told of a barrier is taken together, and where that cannot be, as much of it as can."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.journal.made import Memory, header, read
from tests.unit.journal.stranger import read_journal
from tests.unit.journal.test_arrays import batch

from tidegate.core.enums import Phase
from tidegate.journal import Durability, JournalError, JournalWriter
from tidegate.journal.filling import MESSAGE_MAX
from tidegate.journal.layout import CONTENT_MAX
from tidegate.messages.base import Message
from tidegate.messages.codec import same
from tidegate.messages.control import LogWritten
from tidegate.messages.market import UniverseDeclared
from tidegate.messages.orders import CancelOrders


def said(number: int) -> LogWritten:
    return LogWritten(seq=0, source="broker", text=f"remark {number}")


class Unknown(Message, frozen=True):
    """No header names it."""


CANNOT = [
    # what cannot be recorded                        said
    (CancelOrders(np.zeros(2, np.float32)),          "a CancelOrders cannot be encoded: .*float32"),
    (UniverseDeclared(("x" * MESSAGE_MAX,), (), (), (), -1), "a UniverseDeclared takes .* above 6,291,456"),
    (Unknown(),                                      "a Unknown cannot be appended: the header's schema has no such"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "why"), CANNOT, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("place", range(6))
def test_what_stands_before_a_message_that_cannot_be_recorded_is_taken(message: Message, why: str, place: int) -> None:
    told: list[object] = [
        Phase.ADVANCE,
        (1, 1, 1, batch(0, 5.0)),
        Phase.FILL,
        (2, 1, 1, said(1)),
        (2, 1, 2, said(2)),
        -1,
    ]
    told.insert(place, (2, 1, 1, message, 0, Phase.FILL) if place == 0 else (2, 1, 1, message))
    storage = Memory()
    writer = JournalWriter(storage, header(Durability.OFF), feeds=(1,))
    with pytest.raises(JournalError, match=why):
        writer.take(told)
    assert writer.records == place
    writer.close("failed")
    sent = [(frame.sender, frame.sender_seq) for frame in read(bytes(storage.data)).frames()]
    assert sent == [(0, 0), (1, 0), (0, 1), (2, 0), (2, 1)][:place]


def test_a_barrier_that_no_block_could_hold_is_parted() -> None:
    long = [UniverseDeclared((letter * (MESSAGE_MAX // 2),), (), (), (), -1) for letter in "abcdefg"]
    told = [Phase.ADVANCE, *((2, 1, 1, message) for message in long), Phase.RECORD, -1, Phase.ADVANCE, -1]
    storage = Memory()
    with JournalWriter(storage, header(Durability.OFF), feeds=(1,)) as writer:
        writer.take(told)
    assert all(len(msgspec.msgpack.encode(block.items)) < CONTENT_MAX for block in read_journal(bytes(storage.data)))
    journal = read(bytes(storage.data))
    frames = list(journal.frames())
    assert [(frame.barrier, frame.phase) for frame in frames] == [*[(0, 0)] * 8, (0, 5), (1, 0)]
    assert all(same(frame.message, message) for frame, message in zip(frames[1:8], long, strict=True))
    assert journal.end.barrier == 1


entries = st.sampled_from(["phase", "said", "batch", "elsewhere", "long"])


@given(st.lists(st.lists(entries, max_size=80), min_size=1, max_size=4), st.sampled_from([1, 300, 2**18]))
def test_however_much_is_taken_together_the_records_are_the_same(barriers: list[list[str]], block_bytes: int) -> None:
    told: list[object] = []
    for seq, kinds in enumerate(barriers):
        told.append(Phase.ADVANCE)
        for number, kind in enumerate(kinds):
            told.append(
                {
                    "phase": Phase.FILL,
                    "said": (2, 1, 1, said(number)),
                    "batch": (1, 1, 1, batch(seq, 5.0, 6.0)),
                    "elsewhere": (0, 2, 0, said(number), seq, Phase.MARK),
                    "long": (2, 1, (1, 1), said(number)),
                }[kind]
            )
        told.append(-1)

    def recorded(at_once: int) -> tuple[str, list[object]]:
        storage = Memory()
        with JournalWriter(storage, header(Durability.OFF), feeds=(1,), block_bytes=block_bytes) as writer:
            for start in range(0, len(told), at_once):
                writer.take(told[start : start + at_once])
        names = ("number", "barrier", "phase", "superstep", "sender", "sender_seq", "back")
        frames = read(bytes(storage.data)).frames()
        return writer.digest, [tuple(getattr(frame, name) for name in names) for frame in frames]

    one, all_of_it = recorded(1), recorded(10**6)
    assert one == all_of_it
    references = [kind for kinds in barriers for kind in kinds if kind == "batch"]
    assert len(references) == sum(place[4] == 1 for place in one[1])  # type: ignore[index] # a tuple of them
