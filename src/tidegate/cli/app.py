"""`python -m tidegate`: the commands, each loaded when it is called."""

import sys
from collections.abc import Sequence
from importlib import metadata

from cyclopts import App, CycloptsError, UnknownCommandError, UnusedCliTokensError

from tidegate.cli.outcome import DONE, MISTAKE, complain, guarded
from tidegate.core.errors import did_you_mean

HELP = """\
Simulates trading strategies on bars and model predictions: decided at each close, filled at the next open unless told \
otherwise, with orders, costs, accounts and risk rules, exact to the micro-unit and the same to the byte each time.

[bold]New here?[/bold] The demo makes data, runs a strategy on it and says what to try next:

  [cyan]python -m tidegate demo[/cyan]

[bold]Your own[/bold]

  [cyan]python -m tidegate run config.yaml[/cyan]
  [cyan]python -m tidegate run config.yaml --set strategy.params.n=10[/cyan]
  [cyan]python -m tidegate graph config.yaml[/cyan]
  [cyan]python -m tidegate COMMAND --help[/cyan]

[bold]A run leaves a folder[/bold] with report.html to look at, tables of orders, fills, trades, equity, positions \
and risk as Parquet, metrics.json, manifest.json (versions, fingerprints of the data, digest), and config.yaml, which \
runs it again.

[bold]Exit codes[/bold] 0 done; 2 a mistake in what was given, told in lines that start with "error:"; 1 a bug of \
Tidegate, with its traceback (of verify: findings; of diff and replay: a difference); 130 Ctrl-C and 143 SIGTERM, both \
with a whole run folder up to that barrier.
"""

COMMANDS = {
    "demo": ("tidegate.cli.demo:demo", "Make sample data, run the top-25 rotation, leave a run folder with report."),
    "run": ("tidegate.cli.run:run", "Run a configuration and leave a run folder."),
    "verify": ("tidegate.cli.verify:verify", "Check a recorded run from its messages alone."),
    "inspect": ("tidegate.cli.inspect:inspect", "Show what is in a journal, or one barrier as a sequence diagram."),
    "why": ("tidegate.cli.why:why", "Walk back from a fill to the order, the verdict, the decision and the data."),
    "diff": ("tidegate.cli.diff:diff", "Compare two recorded runs, message by message."),
    "replay": ("tidegate.cli.replay:replay", "Run a recorded run again and compare every message."),
    "resume": ("tidegate.cli.resume:resume", "Go on with a recorded run that was killed."),
    "graph": ("tidegate.cli.graph:graph", "Show the actors of a configuration and who sends what to whom."),
    "schema": ("tidegate.cli.schema:schema", "Print the JSON schema of the configuration."),
    "data": ("tidegate.cli.data:app", "Make sample data."),
    "bench": ("tidegate.cli.bench:app", "Measure speed, side by side with peers where they are installed."),
}


def build_app(called: str = "") -> App:
    """The command line; a command's module is imported when it is called or asked for its own help.

    Args:
        called: the command that is, whose own docstring is its help then; the others have their line in the list.
    """
    app = App(
        name="python -m tidegate",
        help=HELP,
        help_format="rich",
        version=lambda: f"tidegate {metadata.version('tidegate')}",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for position, (name, (target, summary)) in enumerate(COMMANDS.items()):
        own_help = {} if name == called else {"help": summary}
        app.command(target, name=name, sort_key=position, **own_help)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line, `sys.argv` by default, and returns the exit code; see `outcome`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return guarded(lambda: _call(given))


def _call(arguments: list[str]) -> int:
    app = build_app(arguments[0] if arguments else "")
    try:
        code = app(arguments)
    except CycloptsError as error:
        command = " ".join(["python -m tidegate", *(error.command_chain or ()), "--help"])
        complain(*_explain(error, app).splitlines(), f"see {command}")
        return MISTAKE
    return code if isinstance(code, int) else DONE


def _explain(error: CycloptsError, app: App) -> str:
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f"got more than the command takes: {' '.join(error.unused_tokens)}"
    if not isinstance(error, UnknownCommandError) or not error.unused_tokens:
        return str(error).strip()
    # The library's own text would import every command to list their names.
    word, names = error.unused_tokens[0], [name for name in error.app or app if not name.startswith("-")]
    return f"unknown command '{word}'{did_you_mean(word, names) or '; there are: ' + ', '.join(names)}"
