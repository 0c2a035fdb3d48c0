"""What replays journals for the plugin, and how a changed one is blessed.

A journal whose run was given something in Python needs that again. The `conftest.py` of its folder says what:

    def pytest_tidegate_replayer(config):
        return JournalReplayer(lambda journal: Given(strategy=MyStrategy(5), source=my_source()))
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from tidegate import __version__
from tidegate.core.errors import UserError
from tidegate.diffing import Difference
from tidegate.journal.index import index_path
from tidegate.replay import Again, Given, record_again, replay


class Replayer(Protocol):
    """Runs what a journal is of once more."""

    def replay(self, path: Path, swaps: Mapping[str, str], shuffle_seed: int | None = None) -> Difference | None:
        """Compares every message with the journal; None where all are equal.

        Args:
            path: of the journal.
            swaps: what takes the place of what, see `swaps`.
            shuffle_seed: of another order of running actors, which must change nothing.

        Raises:
            UserError: the journal cannot be read, or not be run again as it stands.
        """

    def record(self, path: Path, target: Path) -> None:
        """Runs it again and records that in a new file.

        Raises:
            UserError: as `replay`.
        """


class JournalReplayer:
    """The usual one.

    Args:
        given: called with a journal's path before each run of it: what is to be given again.
    """

    def __init__(self, given: Callable[[Path], Given] | None = None) -> None:
        self._given = given or (lambda _: Given())

    def replay(self, path: Path, swaps: Mapping[str, str], shuffle_seed: int | None = None) -> Difference | None:
        """See `tidegate.replay.replay`."""
        return replay(path, swaps, shuffle_seed, self._given(path))

    def record(self, path: Path, target: Path) -> None:
        """See `tidegate.replay.record_again`."""
        record_again(path, target, Again(self._given(path)))


def bless_journal(path: Path, replayer: Replayer, reason: str, was: str) -> None:
    """Puts a new recording in a journal's place, and the reason beside it.

    Args:
        path: of the journal.
        replayer: makes the new one.
        reason: why the change is as it should be.
        was: how the new one differs.
    """
    fresh = path.with_name(f"{path.name}.new")
    for left in (fresh, index_path(fresh)):
        left.unlink(missing_ok=True)
    replayer.record(path, fresh)
    note_reason(path, reason, was)
    for new, old in ((index_path(fresh), index_path(path)), (fresh, path)):
        if new.exists():
            new.replace(old)
        else:
            old.unlink(missing_ok=True)


def note_reason(path: Path, reason: str, was: str) -> None:
    """Adds to the reasons that are kept beside a file: which version, why, and what changed."""
    beside = reasons_path(path)
    if not reason.strip():
        raise UserError(f"{path.name}: a change needs a reason to be blessed")
    lines = [f"tidegate {__version__}: {' '.join(reason.split())}", *(f"    {line}" for line in was.splitlines())]
    with beside.open("a", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")


def reasons_path(path: Path) -> Path:
    """Where the reasons of a journal or table are kept."""
    return path.with_name(f"{path.name}.reasons")
