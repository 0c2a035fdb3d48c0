"""Folders that commands write to: never over what somebody else put there."""

from itertools import count
from pathlib import Path

from tidegate.core.errors import UserError

RUNS = Path("runs")
"""Where run folders go when nothing else is said, under the working folder."""


def run_folder(name: str, out: Path | None) -> Path:
    """The folder that was asked for, or the first of runs/NAME, runs/NAME-2, ... that is free.

    Raises:
        UserError: the folder asked for holds something, or is a file.
    """
    if out is not None:
        refuse_taken(out, f"name a new folder, or leave --out away for the next free one in {RUNS}/", place="--out ")
        return out
    tries = (RUNS / (name if number == 1 else f"{name}-{number}") for number in count(1))
    return next(folder for folder in tries if not folder.exists())


def refuse_taken(folder: Path, remedy: str, *, place: str = "") -> None:
    """Lets a folder through that is new or empty.

    Args:
        folder: what was asked for.
        remedy: what to do about it where it is taken.
        place: the option that named it, with a space after it.
    Raises:
        UserError: it holds something, or is a file.
    """
    if is_taken(folder):
        what = "exists and is not empty" if folder.is_dir() else "is a file"
        raise UserError(f"{place}{folder}: {what}; {remedy}")


def is_taken(folder: Path) -> bool:
    """Whether something is there already."""
    return folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))
