"""What recording a run costs, how large its journal is, and how soon a long journal is open."""

import time
from pathlib import Path

from tidegate.core.enums import Phase
from tidegate.journal import Durability, Header, Journal, JournalWriter
from tidegate.journal.index import index_path
from tidegate.messages.control import LogWritten
from tidegate.runtime.log import COMMIT

MESSAGES = 1_000_000
"""In a long journal."""


class JournalFile:
    """A place for one journal after the other.

    Args:
        folder: where.

    Attributes:
        path: of the journal.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "run.tgj"

    def fresh(self) -> Path:
        """The path, with nothing there."""
        self.path.unlink(missing_ok=True)
        index_path(self.path).unlink(missing_ok=True)
        return self.path

    @property
    def bytes(self) -> int:
        """Size of the last journal."""
        return self.path.stat().st_size

    def fill(self, messages: int) -> None:
        """Puts so many messages there, four to a barrier, at least."""
        remark = LogWritten(seq=0, source="bench", text="a remark of the usual length, such as actors make")
        barrier = (Phase.ADVANCE, (1, 1, 1, remark), Phase.FILL, Phase.RECORD, COMMIT)
        header = Header(actors=("clock", "feed"), durability=Durability.OFF)
        with JournalWriter.create(self.fresh(), header) as writer:
            for _ in range(-(-messages // 1000)):
                writer.take(barrier * 250)

    def open_s(self) -> float:
        """Seconds that opening the journal takes, by its index, until the last barrier has been read."""
        start = time.perf_counter()
        with Journal.open(self.path) as journal:
            assert list(journal.frames(journal.end.barrier))
        return time.perf_counter() - start
