"""Records a run: the log that is told of every message writes it into a journal."""

from collections.abc import Sequence
from typing import Any

from tidegate.journal.writer import JournalWriter


class Recording:
    """Writes what it is told, see `runtime.log.DeliveryLog`.

    Args:
        writer: of the journal.
        name: of the file.

    Attributes:
        waits: whether each barrier must be on disk before the next begins.
    """

    def __init__(self, writer: JournalWriter, name: str = "journal") -> None:
        self.writer = writer
        self.name = name
        self.waits = writer.waits

    def take(self, told: Sequence[Any]) -> None:
        """Appends messages and commits.

        Raises:
            JournalError: a message cannot be encoded, or writing failed.
        """
        self.writer.take(told)

    @property
    def complete(self) -> bool:
        """Whether what is recorded is all of the run so far: not while a journal that was cut is caught up with."""
        return not self.writer.follows

    def close(self, status: str, reason: str = "") -> dict[str, Any] | None:
        """Seals the journal and tells what is to be known of it; one that has failed, or does so now, is left as it is.

        Raises:
            JournalError: it cannot be sealed.
        """
        writer = self.writer
        try:
            if self.complete and not writer.failed:
                writer.close(status, reason)
        finally:
            writer.abandon()
        return {
            "file": self.name, "digest": writer.digest, "records": writer.records, "committed": writer.committed,
        }  # fmt: skip
