"""Runs a journal's run again, and compares every message with it."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tidegate.diffing import Difference
from tidegate.explain.opening import journal_path
from tidegate.journal.reader import Journal
from tidegate.journaling import JournalPlan
from tidegate.replay.again import Again, Given, from_journal, make_session
from tidegate.replay.branching import check_first, compare_from, record_branch
from tidegate.replay.plans import CheckedPlan, Compares, Outcome, run_compared, stand_ins


def replay(
    path: Path | str,
    swaps: Mapping[str, str] | None = None,
    shuffle_seed: int | None = None,
    given: Given | None = None,
) -> Difference | None:
    """Runs what a journal is of once more; None where every message is as it was recorded.

    Args:
        path: of the journal, or of the run folder that holds it.
        swaps: other parts, see `Again`.
        shuffle_seed: of another order of running actors, which must change nothing.
        given: what the run was given in Python.

    Raises:
        UserError: the journal cannot be read, or not be run again as it stands.
    """
    return run_again(path, Again(given or Given(), swaps or {}, shuffle_seed=shuffle_seed)).difference


class Replayer:
    """Replays journals, and records them anew, for the pytest plugin.

    Args:
        given: what the run of a journal was given in Python; nothing by default.
    """

    def __init__(self, given: Callable[[Path], Given] | None = None) -> None:
        self._given = given

    def replay(self, path: Path, swaps: Mapping[str, str], shuffle_seed: int | None = None) -> Difference | None:
        """As the function."""
        return replay(path, swaps, shuffle_seed, self._given_to(path))

    def record(self, path: Path, target: Path) -> None:
        """As `record_again`."""
        record_again(path, target, Again(self._given_to(path)))

    def _given_to(self, path: Path) -> Given:
        return Given() if self._given is None else self._given(path)


def record_again(path: Path | str, target: Path | str, again: Again | None = None) -> tuple[str, ...]:
    """Runs what a journal is of once more, or that with other parts, and records it in a new file.

    Returns:
        what is other than when the journal was made: code, versions.

    Raises:
        UserError: as `replay`.
    """
    path = journal_path(Path(path))
    with Journal.open(path) as journal:
        again, header = replace(again or Again(), recorded=True), journal.header
        check_first(journal, again, -1)
        session = make_session(journal, path, again, Path(target))
        plan = JournalPlan(Path(target), header.durability.value, header.market.value, stand_ins(header, again))
        checked = CheckedPlan(header, again, plan)
        session.attach(checked)
        session.run()
        return checked.remarks


def record_from(path: Path | str, target: Path | str, again: Again, *, first: int) -> Outcome:
    """Runs what a journal is of with other parts from a barrier on, and records it in a new file.

    The new journal begins with the recorded run's barriers before that one; its own go on from there.

    Args:
        path: of the journal, or of the run folder that holds it.
        target: the new file.
        again: how; with the parts as they were recorded before that barrier.
        first: the barrier, above 0.

    Returns:
        what was found of the barriers before: where there is a difference, the recorded parts do not do again what they
        did, and nothing is recorded.

    Raises:
        UserError: as `run_again`.
    """
    path = journal_path(Path(path))
    with Journal.open(path) as journal:
        return record_branch(
            path, journal, Path(target), replace(again, recorded=True), check_first(journal, again, first)
        )


def run_again(path: Path | str, again: Again, *, first: int = -1) -> Outcome:
    """Runs what a journal is of, and compares.

    Args:
        path: of the journal, or of the run folder that holds it.
        again: how.
        first: the barrier to compare from. What is before is not compared: it is run from the last snapshot before.
            Other parts begin there; what is before is run with the recorded ones, and compared as well.

    Raises:
        UserError: the journal cannot be read, the data is other data, something that was given in Python is absent, or
            other parts cannot take over what stands at that barrier.
        RunInterrupted: by a signal.
    """
    path = journal_path(Path(path))
    with ExitStack() as files:
        journal = files.enter_context(Journal.open(path))
        first = check_first(journal, again, first)
        if first > 0 and again.other_parts:
            return compare_from(path, journal, again, first)
        feeding = files.enter_context(Journal.open(path)) if from_journal(journal.header, again) else journal
        session = make_session(feeding, path, again)
        compares = Compares(path, session, first, files)
        checked = CheckedPlan(journal.header, again, compares)
        session.attach(checked)
        difference = run_compared(session, compares)
        restored = -1 if compares.middle is None else compares.middle.snapshot.barrier
        return Outcome.of(journal, difference, checked.remarks, restored)
