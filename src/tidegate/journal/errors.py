"""What can go wrong with a journal, and how a file of it ends."""

from dataclasses import dataclass
from enum import StrEnum

from tidegate.core.errors import UserError


class Ending(StrEnum):
    """Why there is nothing to read after a place.

    SEALED: the writer closed the journal. CUT: the file stops before the writer did, between two blocks or inside
    one. DAMAGED: the bytes at that place are not those that were written there.
    """

    SEALED = "sealed"
    CUT = "cut"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class End:
    """Where a journal ends, and why.

    Attributes:
        offset: bytes of the file before it, all checked or vouched for by the index.
        record: number of the first record that could not be read; where sealed, how many there are.
        barrier: the last barrier committed before; -1 where there is none.
        why: for a person.
    """

    ending: Ending
    offset: int
    record: int
    barrier: int
    why: str

    def __str__(self) -> str:
        good = "no barrier is committed before it" if self.barrier < 0 else f"last good barrier {self.barrier}"
        return f"{self.ending} at byte {self.offset:,}, record {self.record:,}, {good}: {self.why}"


class JournalError(UserError):
    """A journal cannot be written or read.

    Attributes:
        end: where and why, if it is the file that is at fault; None otherwise.
    """

    def __init__(self, problem: str, end: End | None = None) -> None:
        self.end = end
        super().__init__(problem if end is None else f"{problem}: {end}")


class Broken(Exception):
    """No whole block is at a place of the file; for those who know where the place is."""

    def __init__(self, ending: Ending, why: str) -> None:
        self.ending = ending
        self.why = why
        super().__init__(why)
