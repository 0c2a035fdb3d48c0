"""A run that was killed goes on: from a snapshot, compared as far as its journal goes, and recorded from there on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from tidegate.config.loader import Source, load_config
from tidegate.core.errors import UserError
from tidegate.journal.errors import Ending, JournalError
from tidegate.journal.header import Header, Market
from tidegate.journal.index import index_path
from tidegate.journal.middle import Middle, find_middle
from tidegate.journal.reader import Journal
from tidegate.journal.recording import Recording
from tidegate.journal.storage import DiskFile
from tidegate.journal.writer import JournalWriter
from tidegate.journaling import PreparedRun, RunLog, feeds_of, make_header, own_kinds
from tidegate.replay.again import Again, Given, make_session
from tidegate.replay.checks import changes, differing
from tidegate.replay.comparing import Comparing, Ended, Recorded
from tidegate.replay.plans import LaterBatches, begin_behind
from tidegate.replay.restoring import Restored, told_states
from tidegate.results.folder import JOURNAL, RunFolder
from tidegate.results.progress import Progress
from tidegate.results.result import Result
from tidegate.runtime.log import Told
from tidegate.session import Session


def resume(
    folder: Path | str,
    given: Given | None = None,
    *,
    config: Source = None,
    progress: bool | Progress | None = None,
    tell: Callable[[str], None] | None = None,
) -> Result:
    """Goes on with a run that was killed, to the journal and the tables that it would have left.

    The journal is read up to where it was cut. The run begins where the last snapshot in it is, anew where there is
    none; every message is compared with the journal as far as that goes, and recorded behind it from there on.

    Args:
        folder: of the run.
        given: what the run was given in Python.
        config: the configuration, where it is to be made sure that it is still the same.
        progress: as of `Session`.
        tell: gets lines that say what of the journal was cut off and what is run anew, as soon as that is known.

    Raises:
        UserError: the run has ended, it still runs or is being resumed, it has no journal, or something is not as it
            was: code, versions, data or configuration; every difference is told.
        RunInterrupted, ActorFailed: as of `Session.run`.
    """
    run_folder = RunFolder.reopen(folder)
    path = run_folder.path / JOURNAL
    if not path.exists():
        raise UserError(f"{folder}: the run has no journal ({JOURNAL}), so nothing is known of it: run it again")
    file = DiskFile(path, new=False)
    try:
        RunFolder.reopen(folder)  # it may have ended before the file was ours
        with _opened(path) as journal:
            if config is not None:
                _check_config(journal.header, config)
            again = Again(given or Given(), out=run_folder.path, recorded=True, progress=progress)
            session = make_session(journal, path, again)
            plan = ResumingPlan(path, session, file, tell)
            session.attach(plan, run_folder)
            try:
                return session.run()
            except Ended:
                assert plan.log is not None
                raise UserError(
                    f"{folder}: the run does not repeat itself, so it cannot go on:", *plan.log.problems()
                ) from None
            finally:
                plan.close()
    finally:
        file.close()


@dataclass(slots=True)
class ResumingPlan:
    """Checks that everything is as it was, cuts the journal after its last whole block, and follows it.

    Attributes:
        path: of the journal.
        session: that runs.
        file: the journal's, kept from others.
        tell: as of `resume`.
        journal: with all that it takes to decode its messages, once the run has begun; log likewise.
    """

    path: Path
    session: Session
    file: DiskFile
    tell: Callable[[str], None] | None = None
    journal: Journal | None = None
    log: "Resuming | None" = None

    def begin(self, run: PreparedRun) -> RunLog:
        """The log; see `LogPlan`.

        Raises:
            UserError: something is not as it was.
        """
        closes = LaterBatches(self.session)
        self.journal = Journal.open(self.path, check=True, closes=closes.closes, kinds=own_kinds(run.actors))
        header = self.journal.header
        now = make_header(run, header.durability, header.market)
        problems = list(changes(_but_clock(header), _but_clock(now)))
        if problems:
            raise UserError("the run cannot go on: something is not as it was; run it again", *problems)
        middle = find_middle(self.journal, self.journal.end.barrier)
        begin_behind(header, run, middle)
        if self.tell is not None:
            for line in _left_of(self.journal, self.path.stat().st_size, middle):
                self.tell(line)
        self.file.cut(self.journal.size())
        feeds = feeds_of(run) if header.market is Market.REFERENCE else ()
        behind = (middle or self.journal).blocks(sealed=False)
        writer = JournalWriter(self.file, header, index_path(self.path), feeds, behind=behind, middle=middle)
        recording = Recording(writer, self.path.name, run.config.journal.snapshots)
        self.log = Resuming(self.journal, recording, now.actors)
        if middle is not None:
            chosen = partial(told_states, middle.snapshot, header, run)
            self.log.restoring = Restored(middle.snapshot, self.journal, chosen, self.session.panel, self.log.turn)
        return self.log

    def close(self) -> None:
        """Closes the journal that was read."""
        if self.journal is not None:
            self.journal.close()


class Resuming:
    """Compares as far as the journal goes, then records.

    Args:
        journal: as it was when the run was killed.
        recording: follows it, and goes on behind it.
        actors: names of the senders.

    Attributes:
        waits: as of `Recording`.
        restoring: brings the actors to where the recording begins; None where that is the beginning of the run. Until
            `turn` is called, messages are what comes before the first barrier.
    """

    def __init__(self, journal: Journal, recording: Recording, actors: Sequence[str]) -> None:
        self._writer = writer = recording.writer
        self._recording = recording
        self._comparing = Comparing(Recorded(journal), writer, actors, writer.start)
        self._before = Comparing(Recorded(journal, blockwise=False), None, actors)
        self.waits = writer.waits
        self.restoring: Restored | None = None
        self._turned = False

    def turn(self) -> None:
        """What comes next is for the recording."""
        self._turned = True

    @property
    def states_at(self) -> int:
        """As of `Recording`."""
        return self._recording.states_at

    def take_states(self, barrier: int, states: Mapping[str, bytes]) -> None:
        """As of `Recording`."""
        self._recording.take_states(barrier, states)

    @property
    def complete(self) -> bool:
        """Whether the run has come to where it was, and no further than its journal."""
        return self._recording.complete and not self._writer.failed

    def take(self, told: Sequence[Told]) -> None:
        """Compares, or records.

        Raises:
            Ended: something is not as it was recorded.
            JournalError: as of `Recording`.
        """
        if self.restoring is not None and not self._turned:
            self._before.take(told)
            return
        if not self._writer.follows:
            self._recording.take(told)
            return
        try:
            self._comparing.take(told)
        except Ended:
            if self._comparing.difference is not None:
                raise
        if not self._comparing.blockwise:
            raise Ended

    def close(self, status: str, reason: str = "") -> dict[str, Any] | None:
        """Seals the journal, unless the run did not come so far: then it can be resumed again."""
        return self._recording.close(status, reason)

    def problems(self) -> list[str]:
        """What is not as it was recorded."""
        rebuilt = None if self.restoring is None else self.restoring.difference
        difference = self._before.difference or rebuilt or self._comparing.difference
        if difference is None:
            return ["its messages are equal, and are written in other bytes"]
        return str(difference).splitlines()


def _opened(path: Path) -> Journal:
    """The journal, checked.

    Raises:
        JournalError: no header can be read: nothing is known of the run.
    """
    try:
        return Journal.open(path, check=True)
    except JournalError as error:
        raise JournalError(f"{error}; nothing is known of the run: run it again", None) from error


def _left_of(journal: Journal, size: int, middle: Middle | None) -> Iterator[str]:
    """What is cut off a journal's file, and what of its run is run anew, in words.

    Args:
        size: of the file, in bytes.
    """
    end, whole = journal.end, journal.size()
    what = f"the last {size - whole:,} bytes, from byte {whole:,} on"
    if end.ending is Ending.SEALED:
        yield f"{journal.name}: the run had ended ({end.why}); the seal, {what}, is written anew"
    elif size > whole:
        yield f"{journal.name}: {what}, are cut off ({end.ending}: {end.why})"
    else:
        yield f"{journal.name}: it ends at byte {whole:,} with a whole block, and nothing is cut off"
    if end.barrier < 0:
        yield "no barrier is committed in it: the run begins anew"
        return
    begins = "its beginning" if middle is None else f"the snapshot after barrier {middle.snapshot.barrier:,}"
    again = end.barrier - (-1 if middle is None else middle.snapshot.barrier)
    anew = f"{again:,} barrier{'s' if again != 1 else ''} run anew and compared" if again else "none run anew"
    yield f"the last good barrier is {end.barrier:,}; the run begins at {begins}, with {anew}"


def _but_clock(header: Header) -> Header:
    """Without the clock's class: it may have to stop the run where it was stopped before."""
    return msgspec.structs.replace(header, classes=header.classes[1:])


def _check_config(header: Header, config: Source) -> None:
    found = load_config(config).model_dump(mode="json")
    problems = list(differing(header.config, found, "config"))
    if problems:
        raise UserError("the run cannot go on: its configuration is not as it was", *problems)
