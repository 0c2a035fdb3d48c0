"""What a run that is made again is held against: its header before it begins, its messages while it runs."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from weakref import WeakMethod

from tidegate.actors.risk import RiskManager
from tidegate.actors.strategy import StrategyActor
from tidegate.assembly import sizing_terms
from tidegate.config.loader import load_config
from tidegate.config.models import Config
from tidegate.core.arrays import FloatArray
from tidegate.core.errors import ActorFailed, KernelBug, RunInterrupted, UserError
from tidegate.data.batches import Batches
from tidegate.diffing import Difference
from tidegate.journal.errors import Ending, JournalError
from tidegate.journal.header import Header, Market
from tidegate.journal.middle import Middle, find_middle
from tidegate.journal.reader import Journal
from tidegate.journal.writer import JournalWriter
from tidegate.journaling import LogPlan, PreparedRun, RunLog, feeds_of, make_header, own_kinds
from tidegate.replay.again import STRATEGY, Again
from tidegate.replay.checks import check_data, check_parts, check_rules, remarks
from tidegate.replay.comparing import Comparing, Ended, Nowhere, Recorded
from tidegate.replay.restoring import Restored, told_states
from tidegate.runtime.clock import Clock
from tidegate.runtime.routing import SCHEDULER
from tidegate.session import Session

STANDING_IN = ("clock", "feed")
"""Actors in whose place the journal's own may run."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay found.

    Attributes:
        difference: the first, None where every message is equal.
        remarks: what is other than when the journal was made: code, versions.
        barriers: how many the journal has committed.
        records: how many messages, commits and seals, as `verify` counts them.
        whole: whether the journal was sealed; otherwise what came after its last commit was not compared.
        restored: the barrier after which the run began, from states; -1 where it began at its beginning.
    """

    difference: Difference | None
    remarks: tuple[str, ...]
    barriers: int
    records: int
    whole: bool
    restored: int = -1

    @classmethod
    def of(cls, journal: Journal, difference: Difference | None, remarks: tuple[str, ...], restored: int) -> "Outcome":
        """What was found of the run of a journal.

        Raises:
            JournalError: nothing, as far as the journal goes; and that is damaged.
        """
        end = journal.end
        if difference is None and end.ending is Ending.DAMAGED:
            raise JournalError(f"{journal.name}: every message is equal as far as it can be read", end)
        return cls(difference, remarks, end.barrier + 1, journal.count(), journal.seal is not None, restored)


def stand_ins(header: Header, again: Again) -> dict[str, str]:
    """The recorded classes of the actors in whose place the journal's own run, by name: what to say of these."""
    return {
        name: kind
        for name, kind in zip(header.actors, header.classes, strict=False)
        if name in STANDING_IN and name not in again.roles
    }


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
        swapped = {*again.roles, *(name for name in STANDING_IN if name in run.parts.swapped)}
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
        log: once the run has begun.
        middle: the snapshot that the run begins from, where there is one.
    """

    path: Path
    session: Session
    first: int
    files: ExitStack
    log: Comparing | None = None
    middle: Middle | None = None
    _restoring: Restored | None = None

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
        if isinstance(run.actors[0], Clock):
            self.middle = find_middle(journal, self.first - 1)
        begin_behind(header, run, self.middle)
        if self.middle is not None:
            chosen = partial(told_states, self.middle.snapshot, header, run)
            turn = partial(self.log.turn_to, self.middle.start)
            self.log.restoring = Restored(self.middle.snapshot, journal, chosen, self.session.panel, turn)
            self._restoring = self.log.restoring
        return self.log


class LaterBatches:
    """The data, read once more where closes are asked for.

    The session is not kept: what decodes a journal's messages holds this, where the garbage collector does not look,
    and the session holds the journal. So each would keep the other for as long as the process lasts.
    """

    def __init__(self, session: Session) -> None:
        self._panel = WeakMethod(session.panel)
        self._batches: Batches | None = None

    def closes(self, seq: int, since: int) -> FloatArray:
        """See `Batches`."""
        if self._batches is None:
            panel = self._panel()
            if panel is None:
                raise JournalError("closes can only be had while the session is there")
            self._batches = Batches(panel())
        return self._batches.closes(seq, since)


def begin_behind(header: Header, run: PreparedRun, middle: Middle | None) -> None:
    """Has a run whose first barriers are another run's begin behind these, with the rules that it had from there on.

    Args:
        header: of its journal.
        middle: the snapshot that it begins from.

    Raises:
        UserError: there is none.
    """
    shared = header.shared
    if shared is None:
        return
    if middle is None:
        raise UserError(
            f"the journal's first {shared.barrier:,} barriers are another run's, and there is no snapshot to begin from"
            " behind them: make it again from that run's journal"
        )
    size_anew(run, load_config(dict(shared.config)), shared.barrier)
    if shared.config.get("risk") != header.config.get("risk"):
        for actor in run.actors:
            if isinstance(actor, RiskManager):
                actor.rule_anew()


def size_anew(run: PreparedRun, before: Config, first: int) -> None:
    """Has strategies that are told of other terms' barriers again size their targets there as these terms said.

    Args:
        before: the configuration of the barriers before `first`.
    """
    then = sizing_terms(before)
    if then != sizing_terms(run.config):
        for actor in run.actors:
            if isinstance(actor, StrategyActor):
                actor.size_anew(then, first)


def run_compared(session: Session, plan: Compares) -> Difference | None:
    """Runs a session whose log compares; returns the first difference.

    Raises:
        RunInterrupted: by a signal.
        JournalError: the journal is damaged in a place that was not looked at before.
        Exception: whatever ended the run, where that is not what was recorded.
    """
    failure: Exception | None = None
    try:
        session.run()
    except Ended:
        pass
    except Exception as error:
        failure = error
    reading = failure.cause if isinstance(failure, ActorFailed) else failure
    if isinstance(reading, JournalError) and reading.end is not None:
        raise reading  # no difference: what the run was cannot be read
    log = plan.log
    if log is None:
        raise failure or KernelBug("a run ended before its log was made, and nothing was raised")
    if log.stopped_by_user is not None:
        raise RunInterrupted(log.stopped_by_user)
    if failure is not None and (plan.is_restoring or (plan.difference is None and not log.ended_as_recorded)):
        raise failure
    difference = plan.difference
    if difference is not None and failure is not None:
        difference = replace(difference, remark=_told(difference.remark, failure))
    return difference


def _told(remark: str, failure: Exception) -> str:
    said = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
    return "; ".join(filter(None, (remark, f"the run ended there: {said}")))
