"""Runs a journal's run again, and compares every message with it."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from tidegate.assembly import Parts
from tidegate.config.models import Config
from tidegate.core.arrays import FloatArray
from tidegate.core.errors import RunInterrupted
from tidegate.data.batches import Batches
from tidegate.data.panel import Columns, PanelSource
from tidegate.diffing import Difference
from tidegate.effect import Effect, Facts
from tidegate.journal.header import Market
from tidegate.journal.reader import Journal
from tidegate.journal.writer import JournalWriter
from tidegate.journaling import JournalPlan, RunLog, feeds_of, make_header, own_kinds
from tidegate.replay.again import STRATEGY, Again, Given, from_journal, make_session
from tidegate.replay.checks import check_data, check_parts, check_rules, remarks
from tidegate.replay.comparing import Comparing, Ended, Nowhere, Recorded, behind
from tidegate.runtime.actor import Actor
from tidegate.session import Session


_STANDING_IN = ("clock", "feed")
"""Actors in whose place the journal's own may run."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay found.

    Attributes:
        difference: the first, None where every message is equal.
        effect: what the differences come to; None where the run was not carried on to its end.
        remarks: what is other than when the journal was made: code, versions.
        barriers: how many the journal has committed.
        records: how many messages and commits.
        whole: whether the journal was sealed; otherwise what came after its last commit was not compared.
        universe: names of the assets, by column.
    """

    difference: Difference | None
    effect: Effect | None
    remarks: tuple[str, ...]
    barriers: int
    records: int
    whole: bool
    universe: tuple[str, ...]


def replay(
    path: Path | str,
    swaps: Mapping[str, str] | None = None,
    shuffle_seed: int | None = None,
    given: Given | None = None,
) -> Difference | None:
    """Runs what a journal is of once more; None where every message is as it was recorded.

    Args:
        path: of the journal.
        swaps: other parts, see `Again`.
        shuffle_seed: of another order of running actors, which must change nothing.
        given: what the run was given in Python.

    Raises:
        UserError: the journal cannot be read, or not be run again as it stands.
    """
    again = Again(given or Given(), swaps or {}, shuffle_seed=shuffle_seed)
    return run_again(Path(path), again).difference


def record_again(path: Path | str, target: Path | str, given: Given | None = None) -> None:
    """Runs what a journal is of once more and records that in a new file.

    Raises:
        UserError: as `replay`.
    """
    with Journal.open(path) as journal:
        again = Again(given or Given(), recorded=True)
        session = make_session(journal, Path(path), again, Path(target))
        header = journal.header
        stands = {name: kind for name, kind in zip(header.actors, header.classes, strict=False) if name in _STANDING_IN}
        session.attach(JournalPlan(Path(target), header.durability.value, header.market.value, stands))
        session.run()


def run_again(path: Path, again: Again, *, first: int = -1, to_its_end: bool = False) -> Outcome:
    """Runs what a journal is of, or that with other parts.

    Args:
        path: of the journal.
        again: how.
        first: the barrier to compare from; what is before is run, and not compared.
        to_its_end: whether to carry on after the first difference, and to tell what all of them come to.

    Raises:
        UserError: the journal cannot be read, the data is other data, or something that was given in Python is absent.
        RunInterrupted: by a signal.
    """
    with ExitStack() as files:
        journal = files.enter_context(Journal.open(path))
        feeding = files.enter_context(Journal.open(path)) if from_journal(journal.header, again) else journal
        session = make_session(feeding, path, again)
        plan = ComparingPlan(path, session, again, first, Facts() if to_its_end else None, files)
        session.attach(plan)
        failure: Exception | None = None
        try:
            session.run()
        except Ended:
            pass
        except Exception as error:
            failure = error
        log = plan.log
        if log is None:
            raise failure or RuntimeError("the run never began")
        if log.stopped_by_user is not None:
            raise RunInterrupted(log.stopped_by_user)
        if failure is not None and log.difference is None and not log.ended_as_recorded:
            raise failure
        effect = None if plan.facts is None else Effect.of(Facts.of(plan.journal), plan.facts)
        end = journal.end
        difference = log.difference
        if difference is not None and failure is not None:
            difference = replace(difference, remark=_told(difference.remark, failure))
        return Outcome(
            difference, effect, plan.remarks, end.barrier + 1, end.record, journal.seal is not None,
            journal.header.universe,
        )  # fmt: skip


@dataclass(slots=True)
class ComparingPlan:
    """Checks that the run is that of the journal, and compares.

    Attributes:
        path: of the journal.
        session: that runs.
        again: how.
        first: the barrier to compare from.
        facts: gets what there is to know of the run; None to stop at the first difference.
        files: closes what is opened.
        journal: with all that it takes to decode its messages, once the run has begun.
        remarks, log: likewise.
    """

    path: Path
    session: Session
    again: Again
    first: int
    facts: Facts | None
    files: ExitStack
    journal: Journal = field(init=False)
    remarks: tuple[str, ...] = ()
    log: Comparing | None = None

    def begin(
        self,
        config: Config,
        parts: Parts,
        frames: Mapping[str, object],
        source: PanelSource,
        columns: Columns,
        actors: Sequence[Actor],
    ) -> RunLog:
        """The log; see `LogPlan`.

        Raises:
            UserError: it is another run.
        """
        closes = LaterBatches(self.session)
        self.journal = self.files.enter_context(Journal.open(self.path, closes=closes.closes, kinds=own_kinds(actors)))
        header = self.journal.header
        now = make_header(config, parts, frames, source, columns, actors, header.durability, header.market)
        check_data(header, now)
        fed = {"feed"} if from_journal(header, self.again) else set()
        clock = {actor.name for actor in actors if actor is parts.swapped.get("clock")}
        check_parts(header, now, frozenset({*self.again.roles, *fed, *clock, *_strategies(header.actors, self.again)}))
        if not any(setting.startswith("risk.") for setting in self.again.settings):
            check_rules(header, now)
        self.remarks = tuple(remarks(header, now))
        also = None
        if self.again.out is not None and self.again.recorded:
            also = JournalPlan.of(config, self.again.out, None)
        about = (config, parts, frames, source, columns, actors)
        same = header.actors == now.actors
        writer = None
        if same and self.first < 0:
            feeds = feeds_of(parts, actors) if header.market is Market.REFERENCE else ()
            writer = JournalWriter(Nowhere(), header, feeds=feeds, behind=behind(self.journal))
        self.log = Comparing(
            Recorded(self.journal, self.first, same),
            writer,
            now.actors,
            stops=self.facts is None,
            facts=self.facts,
            also=None if also is None else also.begin(*about),
        )
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


def _strategies(actors: Sequence[str], again: Again) -> tuple[str, ...]:
    """Names of the actors whose class need not be the same because the strategy is swapped."""
    return tuple(actors) if STRATEGY in again.roles else ()


def _told(remark: str, failure: Exception) -> str:
    said = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
    return "; ".join(filter(None, (remark, f"the run ended there: {said}")))
