"""Other parts from a barrier on: they take over what the recorded run left there, and go on."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tidegate.core.enums import Phase
from tidegate.core.errors import UserError
from tidegate.diffing import Difference
from tidegate.journal.filled import Start
from tidegate.journal.header import Header, Shared
from tidegate.journal.index import index_path
from tidegate.journal.reader import Journal
from tidegate.journal.recording import Recording
from tidegate.journaling import JournalPlan, PreparedRun, RunLog, own_kinds
from tidegate.replay.again import Again, config_of, from_journal, make_session
from tidegate.replay.beginning import Begins, check_early
from tidegate.replay.comparing import Comparing, Ended, Recorded
from tidegate.replay.fitting import Fitting, check_settings
from tidegate.replay.leading import Reached, lead_up
from tidegate.replay.plans import CheckedPlan, Compares, LaterBatches, Outcome, run_compared, stand_ins
from tidegate.replay.restoring import Restored
from tidegate.runtime.log import Told
from tidegate.runtime.routing import SCHEDULER
from tidegate.session import Session


def check_first(journal: Journal, again: Again, first: int) -> int:
    """The barrier from which a run is compared, or goes on with other parts.

    Raises:
        UserError: the journal has no such barrier, or those before are another run's and cannot be run again.
    """
    last, shared = journal.end.barrier, journal.header.shared
    if first > last:
        there = f"the journal's last is {last:,}" if last >= 0 else "the journal has no committed barrier"
        raise UserError(f"barrier {first:,} to compare from: {there}")
    if shared is None:
        return first
    if again.other_parts:
        raise UserError(
            f"the journal's first {shared.barrier:,} barriers are another run's, with other parts: replay that run's"
            " journal with the parts that you want"
        )
    return max(first, shared.barrier)


def compare_from(path: Path, journal: Journal, again: Again, first: int) -> Outcome:
    """Runs a journal's run with other parts from a barrier on, and compares; see `run_again`."""
    check_changes(journal.header, again, first)
    reached, difference = lead_up(path, journal, again, first)
    if reached is None:
        return Outcome.of(journal, difference, (), -1)
    with ExitStack() as files:
        session = _session(path, journal, again, files)
        plan = ComparesBranch(path, session, first, files, reached=reached, roles=frozenset(again.roles))
        checked = CheckedPlan(journal.header, again, plan)
        session.attach(checked)
        return Outcome.of(journal, run_compared(session, plan), checked.remarks, reached.barrier)


def record_branch(path: Path, journal: Journal, target: Path, again: Again, first: int) -> Outcome:
    """Runs a journal's run with other parts from a barrier on, and records it; see `record_from`."""
    header = journal.header
    check_changes(header, again, first)
    reached, difference = lead_up(path, journal, again, first)
    if reached is None:
        return Outcome.of(journal, difference, (), -1)
    with ExitStack() as files:
        session = _session(path, journal, again, files, target)
        shared = Shared(barrier=first, config=header.config)
        plan = JournalPlan(
            target, header.durability.value, header.market.value, stand_ins(header, again), shared=shared
        )
        branch = RecordsBranch(path, session, files, reached, frozenset(again.roles), plan)
        checked = CheckedPlan(header, again, branch)
        session.attach(checked)
        try:
            session.run()
        except Ended:  # an actor that was told again what it was sent did otherwise
            difference = branch.difference
            for file in (target, index_path(target)):
                file.unlink(missing_ok=True)
        return Outcome.of(journal, difference, checked.remarks, reached.barrier)


def check_changes(header: Header, again: Again, first: int) -> None:
    """What is other can be so from a barrier on.

    Raises:
        ConfigError: a setting cannot.
    """
    where = {key: value for key, value in again.swaps.items() if key not in again.other_parts}
    before, now = (config_of(header, one).model_dump(mode="json") for one in (replace(again, swaps=where), again))
    check_settings(before, now, first)


def _session(path: Path, journal: Journal, again: Again, files: ExitStack, target: Path | None = None) -> Session:
    feeding = files.enter_context(Journal.open(path)) if from_journal(journal.header, again) else journal
    return make_session(feeding, path, again, target)


@dataclass(slots=True)
class ComparesBranch(Compares):
    """Plans to compare with a journal what goes on from it.

    Attributes:
        reached: where it goes on from.
        roles: whose actors were swapped.
    """

    reached: Reached | None = None
    roles: frozenset[str] = frozenset()

    def begin(self, run: PreparedRun) -> RunLog:
        """The log; see `LogPlan`."""
        reached = self.reached
        assert reached is not None
        journal = _opened(self.path, self.session, run, self.files)
        names = (*(actor.name for actor in run.actors), SCHEDULER)
        same = journal.header.actors == names
        self.log = Comparing(Recorded(journal, self.first, same), None, names)
        start = Start(reached.number, reached.barrier, Phase.RECORD, ())
        branch = Branching(self.log, partial(check_early, journal, names))
        fitting = Fitting(reached, journal.header, run, self.roles)
        fitting.prepare()
        branch.restoring = self._restoring = Restored(
            reached, journal, fitting.takeover, self.session.panel, partial(_turn, branch, self.log, start)
        )
        return branch


def _turn(branch: "Branching", comparing: Comparing, start: Start) -> None:
    branch.turn()
    comparing.turn_to(start)


@dataclass(slots=True)
class RecordsBranch:
    """Plans to record what goes on from a journal, behind what that has before.

    Attributes:
        path: of the journal that it goes on from.
        session: that runs.
        files: closes what is opened.
        reached: where it goes on from.
        roles: whose actors were swapped.
        plan: makes the new journal.
        restored: brings the actors there, once the run has begun.
    """

    path: Path
    session: Session
    files: ExitStack
    reached: Reached
    roles: frozenset[str]
    plan: JournalPlan
    restored: Restored | None = None

    @property
    def difference(self) -> Difference | None:
        """The first, of an actor that was rebuilt."""
        return None if self.restored is None else self.restored.difference

    def begin(self, run: PreparedRun) -> RunLog:
        """The log; see `LogPlan`."""
        journal = _opened(self.path, self.session, run, self.files)
        names = (*(actor.name for actor in run.actors), SCHEDULER)
        fitting = Fitting(self.reached, journal.header, run, self.roles)
        fitting.prepare()
        recording = self.plan.begin(run)
        begins = Begins(recording, journal, names, fitting, self.session)
        branch = Branching(recording, begins.write, self.reached.barrier + 1)
        self.restored = Restored(self.reached, journal, begins.takeover, self.session.panel, branch.turn)
        branch.restoring = self.restored
        return branch


def _opened(path: Path, session: Session, run: PreparedRun, files: ExitStack) -> Journal:
    """The journal, with what it takes to decode its messages."""
    closes = LaterBatches(session).closes
    return files.enter_context(Journal.open(path, closes=closes, kinds=own_kinds(run.actors)))


class Branching:
    """The log of a run that goes on from another's.

    Args:
        after: gets what comes from the barrier on.
        begin: gets what came before the first barrier, once all actors are where the run goes on.
        shared: how many barriers are another run's, for the manifest.

    Attributes:
        waits, states_at, complete: as of `after`.
        restoring: brings the actors there.
    """

    def __init__(
        self, after: Recording | Comparing, begin: Callable[[Sequence[Told]], None], shared: int | None = None
    ) -> None:
        self.waits = after.waits
        self.restoring: Restored | None = None
        self._after, self._begin, self._shared = after, begin, shared
        self._early: list[Told] | None = []

    @property
    def states_at(self) -> int:
        """See above."""
        return self._after.states_at

    @property
    def complete(self) -> bool:
        """See above."""
        return self._after.complete

    def take(self, told: Sequence[Told]) -> None:
        """Keeps what comes before the first barrier, and hands on what comes after the turn."""
        if self._early is None:
            self._after.take(told)
        else:
            self._early += told

    def take_states(self, barrier: int, states: Mapping[str, bytes]) -> None:
        """As of `after`."""
        self._after.take_states(barrier, states)

    def turn(self) -> None:
        """All actors are where the run goes on.

        Raises:
            UserError: what came before the first barrier is not as it was.
        """
        early, self._early = self._early, None
        self._begin(early or ())

    def close(self, status: str, reason: str = "") -> dict[str, Any] | None:
        """As of `after`; tells of the barriers that are another run's."""
        facts = self._after.close(status, reason)
        return facts if facts is None or self._shared is None else {**facts, "shared": self._shared}
