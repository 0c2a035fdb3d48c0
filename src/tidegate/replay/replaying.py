"""Runs a journal's run again, and compares every message with it."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tidegate.core.arrays import FloatArray
from tidegate.core.errors import KernelBug, RunInterrupted, UserError
from tidegate.data.batches import Batches
from tidegate.diffing import Difference
from tidegate.explain.opening import journal_path
from tidegate.journal.header import Header, Market
from tidegate.journal.middle import Middle, find_middle
from tidegate.journal.reader import Journal
from tidegate.journal.writer import JournalWriter
from tidegate.journaling import JournalPlan, LogPlan, PreparedRun, RunLog, feeds_of, make_header, own_kinds
from tidegate.replay.again import STRATEGY, Again, Given, from_journal, make_session
from tidegate.replay.checks import check_data, check_parts, check_rules, remarks
from tidegate.replay.comparing import Comparing, Ended, Nowhere, Recorded
from tidegate.replay.restoring import FromSnapshot
from tidegate.runtime.clock import Clock
from tidegate.runtime.routing import SCHEDULER
from tidegate.session import Session

_STANDING_IN = ("clock", "feed")
"""Actors in whose place the journal's own may run."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay found.

    Attributes:
        difference: the first, None where every message is equal.
        remarks: what is other than when the journal was made: code, versions.
        barriers: how many the journal has committed.
        records: how many messages and commits.
        whole: whether the journal was sealed; otherwise what came after its last commit was not compared.
        restored: the barrier after which the run began, from a snapshot; -1 where it began at its beginning.
    """

    difference: Difference | None
    remarks: tuple[str, ...]
    barriers: int
    records: int
    whole: bool
    restored: int = -1


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
        session = make_session(journal, path, again, Path(target))
        stands = {
            name: kind
            for name, kind in zip(header.actors, header.classes, strict=False)
            if name in _STANDING_IN and name not in again.roles
        }
        plan = JournalPlan(Path(target), header.durability.value, header.market.value, stands)
        checked = CheckedPlan(header, again, plan)
        session.attach(checked)
        session.run()
        return checked.remarks


def run_again(path: Path | str, again: Again, *, first: int = -1) -> Outcome:
    """Runs what a journal is of, and compares.

    Args:
        path: of the journal, or of the run folder that holds it.
        again: how.
        first: the barrier to compare from. What is before is not compared; it is run from the last snapshot before, or
            all of it where parts are others, which have no state in a snapshot.

    Raises:
        UserError: the journal cannot be read, the data is other data, or something that was given in Python is absent.
        RunInterrupted: by a signal.
    """
    path = journal_path(Path(path))
    with ExitStack() as files:
        journal = files.enter_context(Journal.open(path))
        if first > journal.end.barrier:
            raise UserError(f"barrier {first:,} to compare from: the journal's last is {journal.end.barrier:,}")
        feeding = files.enter_context(Journal.open(path)) if from_journal(journal.header, again) else journal
        session = make_session(feeding, path, again)
        compares = Compares(path, session, first, files, restores=all(key.startswith("data.") for key in again.swaps))
        checked = CheckedPlan(journal.header, again, compares)
        session.attach(checked)
        failure: Exception | None = None
        try:
            session.run()
        except Ended:
            pass
        except Exception as error:
            failure = error
        log = compares.log
        if log is None:
            raise failure or KernelBug("a run ended before its log was made, and nothing was raised")
        if log.stopped_by_user is not None:
            raise RunInterrupted(log.stopped_by_user)
        if failure is not None and (
            compares.is_restoring or (compares.difference is None and not log.ended_as_recorded)
        ):
            raise failure
        difference = compares.difference
        if difference is not None and failure is not None:
            difference = replace(difference, remark=_told(difference.remark, failure))
        end, middle = journal.end, compares.middle
        restored = -1 if middle is None else middle.snapshot.barrier
        return Outcome(difference, checked.remarks, end.barrier + 1, end.record, journal.seal is not None, restored)


@dataclass(slots=True)
class CheckedPlan:
    """Makes sure that a run is that of a journal, but for what is swapped, before it begins.

    Attributes:
        header: of the journal.
        again: how the run was made.
        plan: makes the log.
        remarks: what is other than when the journal was made, once the run has begun.
    """

    header: Header
    again: Again
    plan: LogPlan
    remarks: tuple[str, ...] = ()

    def begin(self, run: PreparedRun) -> RunLog:
        """The log; see `LogPlan`.

        Raises:
            UserError: it is another run.
        """
        header, again = self.header, self.again
        now = make_header(run, header.durability, header.market)
        check_data(header, now)
        swapped = {*again.roles, *(name for name in _STANDING_IN if name in run.parts.swapped)}
        if STRATEGY in again.roles:
            swapped |= {one.name for one in run.parts.strategies}
        check_parts(header, now, frozenset(swapped))
        if not any(setting.startswith("risk.") for setting in again.settings):
            check_rules(header, now)
        self.remarks = tuple(remarks(header, now))
        return self.plan.begin(run)


@dataclass(slots=True)
class Compares:
    """Plans to compare a run with a journal.

    Attributes:
        path: of the journal.
        session: that runs.
        first: the barrier to compare from.
        files: closes what is opened.
        restores: whether the run may begin from a snapshot.
        log: once the run has begun.
        middle: the snapshot that the run begins from, where there is one.
    """

    path: Path
    session: Session
    first: int
    files: ExitStack
    restores: bool = True
    log: Comparing | None = None
    middle: Middle | None = None
    _restoring: FromSnapshot | None = None

    @property
    def is_restoring(self) -> bool:
        """Whether the actors are not yet where the run is to begin."""
        return self._restoring is not None and not self._restoring.over

    @property
    def difference(self) -> Difference | None:
        """The first: of the run, or of an actor that was rebuilt for it."""
        if self._restoring is not None and self._restoring.difference is not None:
            return self._restoring.difference
        return None if self.log is None else self.log.difference

    def begin(self, run: PreparedRun) -> RunLog:
        """The log; see `LogPlan`."""
        closes, kinds = LaterBatches(self.session).closes, own_kinds(run.actors)
        journal = self.files.enter_context(Journal.open(self.path, closes=closes, kinds=kinds))
        header, names = journal.header, (*(actor.name for actor in run.actors), SCHEDULER)
        same, writer = header.actors == names, None
        if same and self.first < 0:
            feeds = feeds_of(run) if header.market is Market.REFERENCE else ()
            writer = JournalWriter(Nowhere(), header, feeds=feeds, behind=journal.blocks(sealed=False))
        self.log = Comparing(Recorded(journal, self.first, same), writer, names)
        if self.restores and isinstance(run.actors[0], Clock):
            self.middle = find_middle(journal, self.first - 1)
        middle = self.middle
        if middle is not None:
            turn = partial(self.log.turn_to, middle.start)
            self.log.restoring = self._restoring = FromSnapshot(middle, journal, run, self.session.panel, turn)
        return self.log


class LaterBatches:
    """The data, read once more where closes are asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._batches: Batches | None = None

    def closes(self, seq: int, since: int) -> FloatArray:
        """See `Batches`."""
        if self._batches is None:
            self._batches = Batches(self._session.panel())
        return self._batches.closes(seq, since)


def _told(remark: str, failure: Exception) -> str:
    said = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
    return "; ".join(filter(None, (remark, f"the run ended there: {said}")))
