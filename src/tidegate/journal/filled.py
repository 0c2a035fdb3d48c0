"""A block that was filled, and what one follows on."""

from typing import NamedTuple

from tidegate.core.enums import Phase
from tidegate.journal.layout import Kind


class Start(NamedTuple):
    """What a block follows on.

    Attributes:
        number: of its first record.
        barrier, phase: of the record before.
        sent: how many messages each sender had sent.
    """

    number: int
    barrier: int
    phase: Phase | None
    sent: tuple[int, ...]


class Filled(NamedTuple):
    """A block that is full.

    Attributes:
        kind: of the block.
        content: all of it.
        records: how many it has.
        committed: the last barrier committed in it; -1 for none.
        digested: what of the content the journal's digest is made of: its records, without the seal, and new arrays.
    """

    kind: Kind
    content: bytes
    records: int
    committed: int
    digested: tuple[memoryview, memoryview]
