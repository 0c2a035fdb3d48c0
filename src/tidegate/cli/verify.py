"""`verify`: checks a recorded run from its messages alone."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tidegate.cli.outcome import DONE, MISTAKE, complain

FINDINGS = 1


def verify(
    journal: Path,
    /,
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative=(), show_default=False)] = False,
) -> int:
    """Check a recorded run from its messages alone, and from its data where they are at hand.

    Nothing of what made the run is used: sums, the lives of orders, prices, volumes and times are worked out anew from
    the journal. The exit code is 0 where all holds, 1 where something does not, 2 where the journal cannot be read.

    [bold]Examples[/bold]

      [cyan]python -m tidegate verify runs/top25[/cyan]
      [cyan]python -m tidegate verify journal.tgj --json[/cyan]

    Args:
        journal: The journal, or the run folder that holds it.
        as_json: Print the report as JSON.
    """
    from tidegate.explain.opening import journal_path
    from tidegate.journal import JournalError
    from tidegate.verify import in_words, to_json  # numpy, pydantic: not for `--help`
    from tidegate.verify import verify as check

    try:
        report = check(journal_path(journal))
    except JournalError as error:
        complain(str(error))
        return MISTAKE
    if as_json:
        print(json.dumps(to_json(report), indent=2))
    else:
        print("\n".join(in_words(report)))
    return DONE if report.clean else FINDINGS
