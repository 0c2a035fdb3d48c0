"""`run`: a configuration from a file, run with progress, summed up, and left in a folder."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tidegate.cli.folders import run_folder
from tidegate.cli.outcome import DONE
from tidegate.config.loader import blaming, load_config
from tidegate.config.models import Config
from tidegate.core.errors import ActorFailed, BarrierTimeout, RunInterrupted
from tidegate.results.folder import JOURNAL
from tidegate.results.result import Result
from tidegate.session import Session

Flag = Annotated[bool, Parameter(negative=(), show_default=False)]
Settings = Annotated[
    tuple[str, ...],
    Parameter(
        name="--set",
        negative=(),
        show_default=False,
        help="A setting laid over the file, such as account.cash=50000; the value is YAML. May be repeated.",
    ),
]


def run(
    config: Path,
    /,
    *,
    set_: Settings = (),
    out: Path | None = None,
    quiet: Flag = False,
) -> int:
    """Run a configuration and leave a run folder.

    Prints progress on standard error, then the summary and where the folder is.

    [bold]Examples[/bold]

      [cyan]python -m tidegate run config.yaml[/cyan]
      [cyan]python -m tidegate run config.yaml --set strategy.params.n=10[/cyan]
      [cyan]python -m tidegate run config.yaml --set "risk.rules=[]"[/cyan]
      [cyan]folder=$(python -m tidegate run config.yaml --quiet)[/cyan]

    Args:
        config: The configuration: YAML, JSON or TOML. Paths in it are taken from its own folder.
        out: The run folder; new or empty. By default runs/NAME, or runs/NAME-2 and so on where that exists.
        quiet: Print nothing but the run folder.
    """
    return execute(config, set_, out, quiet=quiet)


def open_config(path: Path, overrides: tuple[str, ...] = ()) -> Config:
    """The configuration of a file; the modules beside it can be imported from then on."""
    config = load_config(path, overrides)
    folder = str(path.absolute().parent)
    if folder not in sys.path:
        sys.path.append(folder)
    return config


def execute(path: Path, overrides: tuple[str, ...], out: Path | None, *, quiet: bool = False) -> int:
    """Runs a configuration and prints what a person wants to know then.

    Raises:
        UserError: `out` is taken, and all that a session raises; what was recorded is in the folder then as well.
    """
    config = open_config(path, overrides)
    folder = run_folder(config.run.name, out)
    with blaming(path, overrides):
        session = Session(config=config, out=folder, progress=not quiet)
    try:
        result = session.run()
    except RunInterrupted as error:
        if isinstance(error.result, Result):
            show(error.result, folder, quiet=quiet)
        raise
    except (ActorFailed, BarrierTimeout, KeyboardInterrupt) as error:
        error.add_note(f"what was recorded up to there is in {folder}")
        raise
    show(result, folder, quiet=quiet)
    return DONE


def show(result: Result, folder: Path, *, quiet: bool = False) -> None:
    """The summary, in color on a terminal, and where the folder is; only the latter when quiet."""
    if quiet:
        print(folder)
        return
    if sys.stdout.isatty():
        from rich.console import Console  # only where it can show its colors

        from tidegate.results.summary import Summary

        Console().print(Summary(result))
    else:
        print(result.summary())
    print(f"\nRun folder  {folder}")
    report = folder / "report.html"
    if report.exists():
        print(f"Report      {report}")
    journal = folder / JOURNAL
    if journal.exists():
        print(f"Journal     {journal}")
