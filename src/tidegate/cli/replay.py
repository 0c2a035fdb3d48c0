"""`replay`: a recorded run once more, compared message by message, or with other parts."""

import json
import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from cyclopts import Parameter

from tidegate.cli.folders import refuse_taken
from tidegate.cli.outcome import DONE
from tidegate.cli.printing import show
from tidegate.cli.run import Flag, Settings
from tidegate.core.errors import ConfigError
from tidegate.explain.compared import rendered
from tidegate.explain.comparison import Comparison, compare
from tidegate.explain.opening import Recorded
from tidegate.replay import Again, Outcome, record_again, record_from, run_again
from tidegate.results.folder import JOURNAL

DIFFER = 1
_PACE = re.compile(r"(\d+(?:\.\d+)?)x")
Swaps = Annotated[
    tuple[str, ...],
    Parameter(
        negative=(),
        show_default=False,
        help="Another part: strategy=module:Class, or an actor's role in place of 'strategy'. May be repeated.",
    ),
]


def replay(
    journal: Path,
    /,
    *,
    swap: Swaps = (),
    set_: Settings = (),
    from_: Annotated[int, Parameter(name="--from", show_default=False)] = 0,
    pace: str | None = None,
    out: Path | None = None,
    json_: Flag = False,
) -> int:
    """Run a recorded run again and compare every message with its journal.

    As it is, every message must be equal; the first that is not is told with its barrier, phase, actor and field, and
    why it was sent. With other parts (--swap, --set) the run goes to its end, and what that changes is told: the first
    message, messages by type, fills, equity. Batches come from the data that the journal refers to, which must be the
    same, or from the journal itself where it holds them (journal.market: value).

    With --from, other parts begin at that barrier with what stands there: orders, books, positions. A strategy begins
    anew on them; rules and costs are others from there on. What is before is run with the recorded parts, from the last
    snapshot, and compared. What --out keeps begins with the recorded run's barriers.

    [bold]Examples[/bold]

      [cyan]python -m tidegate replay runs/top25[/cyan]
      [cyan]python -m tidegate replay runs/top25 --set "risk.rules=[{stop_loss: {pct: 0.1}}]"[/cyan]
      [cyan]python -m tidegate replay runs/top25 --swap strategy=my_module:Mine --out runs/mine[/cyan]
      [cyan]python -m tidegate replay run.tgj --from 200[/cyan]
      [cyan]python -m tidegate replay runs/top25 --from 200 --set execution.commission.bps=5[/cyan]

    [bold]Exit codes[/bold] 0 all messages are equal; 1 they differ; 2 the run cannot be replayed.

    Args:
        journal: A journal, or a run folder that holds one.
        swap: See above.
        from_: Compare from this barrier on; the run begins at the last snapshot before it. Other parts begin there.
        pace: Handle each batch no sooner than its time after the first one's: real, or so many times as fast, as 60x.
        out: Leave a run folder with its journal there, new or empty.
        json_: Print JSON.
    """
    swaps = parse_swaps(swap, set_)
    if from_ < 0:
        raise ConfigError(f"--from {from_}: barriers count from 0")
    again = Again(swaps=swaps, pace=parse_pace(pace))
    if out is None and not again.other_parts:
        outcome = run_again(journal, again, first=from_ or -1)
        print(json.dumps(_as_json(outcome)) if json_ else _text(outcome))
        return DONE if outcome.difference is None else DIFFER
    if out is not None:
        refuse_taken(out, "name a new folder", place="--out ")
    with TemporaryDirectory(prefix="tidegate-replay-") as folder:
        return _with_parts(journal, out, Path(folder), again, from_, json_=json_)


def parse_swaps(swap: tuple[str, ...], settings: tuple[str, ...]) -> dict[str, str]:
    """What takes the place of what, see `replay.Again`.

    Raises:
        ConfigError: a text says none such.
    """
    found, problems = dict[str, str](), list[str]()
    for text in swap:
        what, equals, by = text.partition("=")
        if not (what and equals and ":" in by) or "." in what:
            problems.append(f"--swap {text}: want ROLE=module:Class, such as strategy=my_module:Mine")
        found[what] = by
    for text in settings:
        what, equals, by = text.partition("=")
        if not equals or "." not in what:
            problems.append(f"--set {text}: want key.path=value, such as execution.fill=same_close")
        found[what] = by
    if problems:
        raise ConfigError.of(problems)
    return found


def parse_pace(text: str | None) -> float | None:
    """Seconds of the data to a second of real time.

    Raises:
        ConfigError: the text says no pace.
    """
    if text is None or text == "real":
        return None if text is None else 1.0
    found = _PACE.fullmatch(text)
    if found is None or float(found[1]) == 0.0:
        raise ConfigError(f"--pace {text}: want real, or a number of times as fast, such as 60x")
    return float(found[1])


def _with_parts(journal: Path, out: Path | None, folder: Path, again: Again, first: int, *, json_: bool) -> int:
    target = folder / JOURNAL if out is None else out / JOURNAL
    again = replace(again, out=out)
    if first:
        before = record_from(journal, target, again, first=first)
        if before.difference is not None:
            said = f"before barrier {first:,} the recorded parts do not do again what they did"
            print(json.dumps(_as_json(before)) if json_ else f"{said}\n{_text(before)}")
            return DIFFER
        remarks = before.remarks
    else:
        remarks = record_again(journal, target, again)
    with Recorded(journal) as recorded, Recorded(target) as now:
        comparison: Comparison = compare(recorded, now)
    if json_:
        print(json.dumps({**comparison.as_json(), "remarks": list(remarks), "out": None if out is None else str(out)}))
    else:
        show(*remarks, "A is the recorded run, B this one.", "", rendered(comparison))
        if out is not None:
            print(f"\nRun folder  {out}")
    return DONE if comparison.equal else DIFFER


def _text(outcome: Outcome) -> str:
    lines = list(outcome.remarks)
    if outcome.restored >= 0:
        lines.append(f"from the snapshot after barrier {outcome.restored:,}")
    if outcome.difference is not None:
        lines.append(str(outcome.difference))
    else:
        lines.append(f"equal: {outcome.barriers:,} barriers, {outcome.records:,} records")
    if not outcome.whole:
        lines.append("the journal was not closed: nothing after its last commit is compared")
    return "\n".join(lines)


def _as_json(outcome: Outcome) -> dict[str, Any]:
    difference = outcome.difference
    return {
        "equal": difference is None,
        "difference": None if difference is None else difference.as_json(),
        "remarks": list(outcome.remarks),
        "barriers": outcome.barriers,
        "records": outcome.records,
        "whole": outcome.whole,
        "restored": outcome.restored,
    }
