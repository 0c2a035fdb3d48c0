"""Where a journal's bytes go: a file of the system, or whatever a test puts in its place."""

import os
from pathlib import Path
from typing import Protocol

from tidegate.journal.errors import JournalError


class Storage(Protocol):
    """Takes bytes at its end. What it raises ends the journal; nothing is tried again."""

    def write(self, data: memoryview) -> int | None:
        """Takes some of `data`, at least one byte, and says how many."""

    def sync(self) -> None:
        """Returns once all that was written is on disk."""

    def close(self) -> None:
        """Nothing follows."""


class DiskFile:
    """A new file. Its name in the folder is on disk, too, once `sync` has returned.

    Raises:
        JournalError: the file is there already, or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._folder: Path | None = path.parent
        try:
            self._file = path.open("xb", buffering=0)
        except FileExistsError:
            raise JournalError(f"{path.name}: there is such a file already; a journal never replaces one") from None
        except OSError as error:
            raise JournalError(f"{path.name}: cannot be made: {error.strerror}") from error

    def write(self, data: memoryview) -> int | None:
        """Takes as much as the system does at once."""
        return self._file.write(data)

    def sync(self) -> None:
        """Waits for the disk."""
        _sync_data(self._file.fileno())
        if self._folder is not None:
            _sync_folder(self._folder)
            self._folder = None

    def close(self) -> None:
        """Closes the file, without waiting for the disk."""
        self._file.close()


# Where the system has no fdatasync, what it has instead does more.
_sync_data = getattr(os, "fdatasync", os.fsync)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
