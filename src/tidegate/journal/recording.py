"""Records a run: the log that is told of every message writes it into a journal."""

from collections.abc import Mapping, Sequence
from typing import Any

from tidegate.journal.writer import JournalWriter

NEVER = 2**63
"""No barrier comes so late."""


class Recording:
    """Writes what it is told, see `runtime.log.DeliveryLog`.

    Args:
        writer: of the journal.
        name: of the file.
        every: barriers from one snapshot to the next; 0 for none.

    Attributes:
        waits: whether each barrier must be on disk before the next begins.
        states_at: the first barrier after which it wants states of the actors.
        restoring: None, for it begins with the run.
    """

    def __init__(self, writer: JournalWriter, name: str = "journal", every: int = 0) -> None:
        self.restoring = None
        self._every = every or NEVER
        self.states_at = NEVER
        self._want_after(writer.committed)
        self.writer = writer
        self.name = name
        self.waits = writer.waits

    def take(self, told: Sequence[Any]) -> None:
        """Appends messages and commits.

        Raises:
            JournalError: a message cannot be encoded, or writing failed.
        """
        self.writer.take(told)

    def take_states(self, barrier: int, states: Mapping[str, bytes]) -> None:
        """Writes a snapshot.

        Raises:
            JournalError: writing failed.
        """
        self.writer.take_states(barrier, states)
        self._want_after(barrier)

    def _want_after(self, barrier: int) -> None:
        """Wants the next states after a barrier whose number, counted from 1, is a multiple of the period."""
        self.states_at = (barrier + 1) // self._every * self._every + self._every - 1

    @property
    def complete(self) -> bool:
        """Whether what is recorded is all of the run so far: not while a journal that was cut is caught up with."""
        return not self.writer.follows

    def close(self, status: str, reason: str = "") -> dict[str, Any] | None:
        """Seals the journal and tells what is in it; one that has failed, or does so now, is left as it is.

        Raises:
            JournalError: it cannot be sealed.
        """
        writer = self.writer
        try:
            if self.complete and not writer.failed:
                writer.close(status, reason)
        finally:
            writer.abandon()
        records, committed = writer.written
        return {"file": self.name, "digest": writer.digest, "records": records, "committed": committed}
