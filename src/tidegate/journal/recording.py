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

    def close(self, status: str, reason: str = "") -> None:
        """Seals the journal; one that has failed, or does so now, is left as it is.

        Raises:
            JournalError: it cannot be sealed.
        """
        try:
            if not self.writer.failed:
                self.writer.close(status, reason)
        finally:
            self.writer.abandon()
