"""Journals that no writer writes, with every checksum right."""

from collections.abc import Sequence

import msgspec
from tests.unit.journal.made import ACTORS, written
from tests.unit.journal.stranger import read_journal

from tidegate.journal.layout import Kind, Packer
from tidegate.journal.records import counted
from tidegate.messages import codec

encode = msgspec.msgpack.Encoder(enc_hook=codec.encode_array).encode
WHOLE = written([])
HEADER_END = read_journal(WHOLE)[0].end
HEADER = WHOLE[:HEADER_END]


def chained() -> Packer:
    """Makes the blocks that follow `HEADER`."""
    return Packer(HEADER[-16:])


State = tuple[int, int | None, tuple[int, ...]]
"""Barrier, phase, how many messages each sender has sent."""
START: State = (-1, None, (0,) * len(ACTORS))


def packed(
    *records: object,
    state: State = START,
    first: int = 0,
    carried: Sequence[tuple[int, bytes]] = (),
    arrays: Sequence[bytes] = (),
) -> bytes:
    """The content of a block."""
    return content(counted(len(records)) + b"".join(map(encode, records)), state, first, carried, arrays)


def content(
    records: bytes,
    state: State = START,
    first: int = 0,
    carried: Sequence[tuple[int, bytes]] = (),
    arrays: Sequence[bytes] = (),
) -> bytes:
    """The same, of records that are bytes already."""
    new = counted(len(arrays)) + b"".join(map(encode, arrays))
    return encode((records, state, first, carried, new))


def seal(status: str = "finished", reason: str = "", barrier: int = -1) -> dict[str, object]:
    """The record of a seal."""
    return {"status": status, "reason": reason, "barrier": barrier}


def journal_of(*blocks: tuple[Kind, bytes, int, int]) -> bytes:
    """A journal of blocks, each a kind, content, number of records and the barrier its head says it commits."""
    packer = chained()
    return HEADER + b"".join(packer.pack(*block) for block in blocks)
