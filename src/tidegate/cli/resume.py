"""`resume`: a recorded run that was killed goes on."""

import sys
from pathlib import Path

from tidegate.cli.outcome import DONE
from tidegate.cli.run import Flag, show
from tidegate.core.errors import RunInterrupted
from tidegate.replay import resume as go_on
from tidegate.results.result import Result


def resume(folder: Path, /, *, config: Path | None = None, quiet: Flag = False) -> int:
    """Go on with a recorded run that was killed, to the tables and the journal that it would have left.

    The run begins at the last snapshot in its journal (journal.snapshots), or anew where there is none, with every
    message compared as far as the journal goes, and is recorded from there on. It is refused where the run has ended,
    still runs or is being resumed, and where code, data or configuration have changed. What comes after the last
    whole block of the journal is cut off; how much that is, is told on standard error.

    [bold]Examples[/bold]

      [cyan]python -m tidegate run config.yaml --set journal.mode=barrier --out runs/long[/cyan]
      [cyan]python -m tidegate resume runs/long[/cyan]

    Args:
        folder: The run folder; its manifest says that the run is running.
        config: The configuration, to make sure that it is still the one that the run was begun with.
        quiet: Print nothing but the run folder.
    """
    try:
        result = go_on(folder, config=config, progress=not quiet, tell=None if quiet else _tell)
    except RunInterrupted as error:
        if isinstance(error.result, Result) and error.result.path is not None:
            show(error.result, folder, quiet=quiet)
        raise
    show(result, folder, quiet=quiet)
    return DONE


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
