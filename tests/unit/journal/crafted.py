"""Journals that no writer writes, with every checksum right."""

from tests.unit.journal.made import written
from tests.unit.journal.stranger import read_journal

from tidegate.journal.layout import Kind, Packer
from tidegate.journal.records import counted, encode_into

WHOLE = written([])
HEADER_END = read_journal(WHOLE)[0].end
HEADER = WHOLE[:HEADER_END]


def chained() -> Packer:
    """Makes the blocks that follow `HEADER`."""
    return Packer(HEADER[-16:])


def packed(*records: object) -> bytes:
    """The content of a block."""
    buffer = bytearray(counted(len(records)))
    for one in records:
        encode_into(one, buffer, -1)
    return bytes(buffer)


def journal_of(*blocks: tuple[Kind, bytes, int, int]) -> bytes:
    """A journal of blocks, each a kind, content, number of records and the barrier its head says it commits."""
    packer = chained()
    return HEADER + b"".join(packer.pack(*block) for block in blocks)
