"""From what a command raised to what a person reads and what a script gets as exit code.

A mistake of the caller (a wrong key, a missing file, a strategy that raises) is told in lines that start with
`error:`, with the places in the caller's own code and nothing of ours. A bug of ours shows its whole traceback.
"""

import os
import sys
import traceback
from collections.abc import Callable

from tidegate.cli.blame import own_frames
from tidegate.core.errors import ActorFailed, BarrierTimeout, KernelBug, RunInterrupted, UserError

DONE, BUG, MISTAKE, INTERRUPTED, TERMINATED, PIPE_CLOSED = 0, 1, 2, 130, 143, 141


def guarded(command: Callable[[], int]) -> int:
    """The exit code of a command, with whatever it raises told on standard error."""
    try:
        return command()
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); without this Python would complain again on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt as error:
        return _interrupted(error)
    except Exception as error:
        return _failed(error)


def complain(*lines: str) -> None:
    """Prints each line on standard error, marked as an error."""
    sys.stdout.flush()
    for line in lines:
        print(f"error: {line}", file=sys.stderr)
    sys.stderr.flush()


def _interrupted(error: KeyboardInterrupt) -> int:
    reason = error.reason if isinstance(error, RunInterrupted) else "interrupted by Ctrl-C"
    sys.stdout.flush()
    print(reason, *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
    return TERMINATED if "SIGTERM" in reason else INTERRUPTED


def _failed(error: Exception) -> int:
    lines = mistake(error)
    if lines is None:
        sys.stdout.flush()
        traceback.print_exception(error)
        complain("this is a bug of Tidegate, not of yours; please report it with the lines above")
        return BUG
    complain(*lines)
    return MISTAKE


def mistake(error: Exception) -> list[str] | None:
    """What the caller did wrong, line by line; None where the fault is ours."""
    cause = error.cause if isinstance(error, ActorFailed) else error
    frames = own_frames(cause)
    if isinstance(cause, KernelBug):
        return None
    if isinstance(cause, UserError):
        lines = list(cause.problems)
    elif isinstance(cause, BarrierTimeout):
        lines = str(cause).splitlines()
    elif isinstance(cause, OSError) and not frames:
        lines = [f"{cause.filename}: {cause.strerror}" if cause.filename else str(cause)]
    elif isinstance(cause, MemoryError) and not frames:
        lines = [f"there is not enough memory: {str(cause) or 'none is left'}; take less data, or a machine with more"]
    elif frames:
        lines = f"{type(cause).__name__}: {cause}".splitlines()
    else:
        return None
    if isinstance(error, ActorFailed):
        where = str(error).removesuffix(f": {type(cause).__name__}: {cause}")
        lines.append("  " + where.replace(" at barrier -1 ", " at the start "))
    lines += [f"  at {frame}" for frame in frames]
    return lines + [f"  {note}" for note in getattr(error, "__notes__", ())]
