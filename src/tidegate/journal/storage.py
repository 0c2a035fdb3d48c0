"""Where a journal's bytes go: a file of the system, or whatever a test puts in its place."""

import os
from pathlib import Path
from typing import IO, Protocol

try:
    import fcntl
except ImportError:  # not on every system; there nobody is kept from writing twice
    fcntl = None  # type: ignore[assignment] # a module, or none

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
    """A file that one process at a time writes to; its name in the folder is on disk, too, once `sync` has returned.

    Args:
        path: of the file.
        new: whether it must not be there yet; otherwise it must, and what it holds is left alone up to `cut`.

    Raises:
        JournalError: the file is there already, or cannot be made; or it is not, or some process writes to it.
    """

    def __init__(self, path: Path, *, new: bool = True) -> None:
        self._folder: Path | None = path.parent if new else None
        try:
            self._file = path.open("xb" if new else "r+b", buffering=0)
        except FileExistsError:
            raise JournalError(f"{path.name}: there is such a file already; a journal never replaces one") from None
        except OSError as error:
            raise JournalError(f"{path.name}: cannot be {'made' if new else 'opened'}: {error.strerror}") from error
        try:
            _claim(self._file)
        except OSError:
            self._file.close()
            raise JournalError(f"{path.name}: a process writes to it: the run goes on, or is being resumed") from None

    def cut(self, size: int) -> None:
        """Leaves so many bytes; what is written comes after them.

        Raises:
            JournalError: the system refuses.
        """
        try:
            self._file.truncate(size)
            self._file.seek(size)
        except OSError as error:
            raise JournalError(f"{self._file.name}: cannot be cut: {error.strerror}") from error

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


def _claim(file: IO[bytes]) -> None:
    """Keeps others from writing; the system lets go of it when the file is closed or the process ends, however it does.

    Raises:
        OSError: somebody else has it.
    """
    if fcntl is not None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
