"""The log of a run that is repeated: holds every message against the journal.

What comes is made into blocks as a journal's writer makes them, and as long as these are those of the journal, byte for
byte, every message is equal. Where one is not, its messages are compared one by one; so they are where blocks cannot be
equal, because the run has other actors or is compared from a later barrier on only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tidegate.core.enums import Phase
from tidegate.diffing import Delivered, Difference, chain_of, compare, recorded
from tidegate.journal.errors import Broken, JournalError
from tidegate.journal.filled import Start
from tidegate.journal.output import OtherContent
from tidegate.journal.reader import Journal
from tidegate.journal.records import Commit, Frame, Record, equal_but_seal
from tidegate.journal.writer import JournalWriter
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, StopRequested
from tidegate.runtime.log import COMMIT, NEVER, Told
from tidegate.runtime.routing import SCHEDULER
from tidegate.runtime.snapshots import Restoring


class Ended(Exception):
    """There is nothing more to compare; ends the run."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is compared with.

    Attributes:
        journal: of the run, with what it takes to decode its messages.
        first: the barrier to compare from.
        blockwise: whether blocks can be equal; the actors are the same then.
    """

    journal: Journal
    first: int = -1
    blockwise: bool = True


class Comparing:
    """Compares what it is told with a journal.

    Args:
        recorded: the journal.
        writer: makes the blocks; where it goes on behind what is there, so does the run.
        actors: names of the senders of this run.
        start: what comes first follows on this; by default on nothing.

    Attributes:
        difference: the first, once there is one.
        over: whether all that a journal without a seal holds has come again.
        ended_as_recorded: whether the run is over and all of it was as it is in the journal.
        restoring: brings the actors to where the comparison may begin; None where the run begins at its beginning.
        stopped_by_user: why somebody asked for the end of the run, which the journal knows nothing of.
    """

    def __init__(
        self,
        recorded: Recorded,
        writer: JournalWriter | None,
        actors: Sequence[str],
        start: Start | None = None,
    ) -> None:
        self.difference: Difference | None = None
        self.over = False
        self.ended_as_recorded = False
        self.stopped_by_user: str | None = None
        self.waits, self.states_at = False, NEVER
        self.restoring: Restoring | None = None
        self._journal, self._first = recorded.journal, recorded.first
        self._actors = tuple(actors)
        self._writer = writer if recorded.blockwise and self._first < 0 else None
        begin = start or Start(0, -1, None, (0,) * len(self._actors))
        self._held: list[Told] = []
        self._held_from = begin
        self._telling = Telling(self._actors, begin)
        self._records: Iterator[Delivered | None] = iter(())
        if self._writer is None:
            self._turn_to_records()

    @property
    def complete(self) -> bool:
        """Whether the run may leave results: not where it was ended here."""
        return not self._settled

    def take(self, told: Sequence[Told]) -> None:
        """Compares.

        Raises:
            Ended: there is a difference, or nothing more to compare with.
            JournalError: the journal cannot be read.
        """
        if not self._settled:
            self._check(told)
        if self._settled:
            raise Ended

    def settle(self) -> None:
        """Compares what is left of a block that is not full: nothing more will come.

        Raises:
            Ended: there is a difference.
            JournalError: the journal cannot be read.
        """
        if self._writer is not None:
            self._look_closer()
        if self._settled:
            raise Ended

    def turn_to(self, start: Start) -> None:
        """What comes next follows on this: the actors were put there."""
        self._telling = Telling(self._actors, start)

    def take_states(self, barrier: int, states: Mapping[str, bytes]) -> None:
        """Is not called: it wants none."""

    def close(self, status: str, reason: str = "") -> dict[str, Any] | None:
        """Compares the end.

        Raises:
            JournalError: the journal cannot be read.
        """
        if not self._settled:
            self._check_end(status, reason)
        return None

    @property
    def number(self) -> int:
        """Of the next record, where records are compared one by one."""
        return self._telling.number

    @property
    def blockwise(self) -> bool:
        """Whether all blocks so far were those of the journal."""
        return self._writer is not None

    @property
    def _settled(self) -> bool:
        return self.over or self.difference is not None

    def _check(self, told: Sequence[Told]) -> None:
        if self._writer is None:
            self._compare(told)
            return
        self._held += told
        failure = None
        try:
            self._writer.take(told)
        except JournalError as error:
            failure = error
        done = self._writer.start
        del self._held[: done.number - self._held_from.number]
        self._held_from = done
        if failure is not None:
            self._look_closer(failure)
        elif not self._writer.follows and self._journal.seal is None:
            self.over = True

    def _look_closer(self, failure: JournalError | None = None) -> None:
        """Compares what is held one by one, and whatever comes from then on."""
        self._writer = None
        held, self._held = self._held, []
        self._telling = Telling(self._actors, self._held_from)
        self._turn_to_records(self._held_from)
        self._compare(held)
        merely_blocks = isinstance(failure, OtherContent) or isinstance(getattr(failure, "__cause__", None), Beyond)
        if failure is not None and not self._settled and not merely_blocks:
            raise failure

    def _turn_to_records(self, start: Start | None = None) -> None:
        actors = self._journal.header.actors
        if start is None:
            records = (
                record
                for record in self._journal.records(self._first)
                if not isinstance(record, Frame | Commit) or record.barrier >= self._first
            )
            self._records = _numbered(records, actors, -1)
        else:
            self._records = _numbered(self._journal.records_from(start.number), actors, start.number - 1)

    def _compare(self, told: Sequence[Told]) -> None:
        for entry in told:
            found = self._telling(entry)
            if found.barrier < self._first:
                continue
            expected = next(self._records, None)
            if expected is None and self._journal.seal is None:
                self.over = True
                return
            seal = self._journal.seal
            end = "" if seal is None else f"the end of the run ({seal.status})"
            difference = compare(expected, found, self._journal.header.universe, ends=(end, ""))
            if difference is not None:
                if found.sender == SCHEDULER and isinstance(found.message, StopRequested):
                    self.stopped_by_user = found.message.reason
                self._found(difference, expected, found)
                return

    def _found(self, difference: Difference, expected: Delivered | None, found: Delivered | None) -> None:
        tells_expected = expected is not None and difference.number == expected.number
        if tells_expected or found is None:
            chain = chain_of(self._journal, difference.number)
        else:
            chain = chain_of(self._journal, found.number, found.back)
        self.difference = replace(difference, chain=chain)

    def _check_end(self, status: str, reason: str) -> None:
        seal = self._journal.seal
        if self._writer is not None and (seal is None or not self._tail_is_equal()):
            self._look_closer()
        if self._settled:
            return
        if self._writer is None and (expected := next(self._records, None)) is not None:
            how = f"the end of the run ({status})" + (f": {reason}" if reason else "")
            difference = compare(expected, None, ends=("", how))
            assert difference is not None
            self._found(difference, expected, None)
        elif seal is not None and seal.status != status:
            told = [f"{one}: {why}" if why else one for one, why in ((seal.status, seal.reason), (status, reason))]
            self.difference = Difference(
                self._journal.end.record - 1, self._journal.end.barrier, None, 0, "", "the end of the run", "status",
                (), told[0], told[1],
            )  # fmt: skip
        self.ended_as_recorded = self.difference is None

    def _tail_is_equal(self) -> bool:
        """Whether the messages of the journal's last block have all come."""
        writer = self._writer
        last = self._journal.last_block()
        if writer is None or writer.follows:
            return False
        count = writer.records - writer.start.number
        try:
            return equal_but_seal(writer.tail(), count, last.content(), last.head.records)
        except (Broken, JournalError):
            return False


class Beyond(Exception):
    """There is more than in the journal."""


class Nowhere:
    """Takes the bytes of blocks that are made to be compared: there must be none but those of the journal."""

    def write(self, data: memoryview) -> int | None:
        """Refuses.

        Raises:
            Beyond: always.
        """
        raise Beyond

    def sync(self) -> None:
        """Nothing to wait for."""

    def close(self) -> None:
        """Nothing to close."""


class Telling:
    """Makes of what a log is told what it means.

    Args:
        actors: names of the senders.
        start: what comes before.

    Attributes:
        number: of the next record.
    """

    def __init__(self, actors: Sequence[str], start: Start) -> None:
        self._actors = actors
        self.number, self._barrier, self._phase = start.number, start.barrier, start.phase

    def __call__(self, entry: Told) -> Delivered:
        """The next one."""
        number = self.number
        self.number += 1
        if isinstance(entry, tuple):
            sender, superstep, back, message = entry[:4]
            if len(entry) > 4:
                self._barrier, self._phase = entry[4], entry[5]
            return self._delivered(number, superstep, sender, back, message)
        if entry == COMMIT:
            return Delivered(number, self._barrier, self._phase, 0, "", -1, 0, None)
        self._phase = Phase(entry)
        if entry == Phase.ADVANCE:
            self._barrier += 1
        return self._delivered(number, 0, 0, 0, PhaseOpened(self._phase, self._barrier, 0))

    def _delivered(self, number: int, superstep: int, sender: int, back: int, message: Message) -> Delivered:
        return Delivered(number, self._barrier, self._phase, superstep, self._actors[sender], sender, back, message)


def _numbered(records: Iterator[Record], actors: Sequence[str], last: int) -> Iterator[Delivered | None]:
    for record in records:
        one = recorded(record, actors)
        if one is None:
            return
        last = one.number if one.message is not None else last + 1
        yield replace(one, number=last)
