"""The beginning of a journal whose run goes on from another's: the barriers that are the other run's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidegate.actors.risk import RiskManager
from tidegate.core.enums import Phase
from tidegate.core.errors import UserError
from tidegate.journal.filled import Start
from tidegate.journal.reader import Journal
from tidegate.journal.recording import Recording
from tidegate.journal.records import Commit, Frame
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.codec import encode
from tidegate.messages.control import LogWritten
from tidegate.messages.state import declares, encode_state
from tidegate.replay.comparing import Telling
from tidegate.replay.fitting import Fitting
from tidegate.replay.leading import WHOLE
from tidegate.replay.restoring import Data, Takeover
from tidegate.runtime.log import COMMIT, Told
from tidegate.runtime.snapshots import Stage
from tidegate.session import Session


def check_early(journal: Journal, actors: Sequence[str], told: Sequence[Told]) -> None:
    """What actors send before the first barrier is what was sent then, but for remarks: nobody would act on it.

    Args:
        journal: of the run that is gone on from.
        actors: names of the senders of the run that goes on.
        told: what it was told.

    Raises:
        UserError: it is not.
    """
    sent = [one for one in map(Telling(actors, Start(0, -1, None, ())), told) if one.message is not None]
    now = [(one.sender, one.type, encode(one.message)) for one in sent if one.message is not None]
    names = journal.header.actors
    then = [(names[frame.sender], frame.type, encode(frame.message)) for frame in journal.frames(-1, -1)]
    now, then = ([one for one in each if one[1] != LogWritten.__name__] for each in (now, then))
    if now != then:
        sender, kind, _ = next((one for one in now if one not in then), (then or now)[0])
        raise UserError(
            f"actor '{sender}': what is sent before the first barrier (a {kind}) is not what was recorded, and nobody"
            f" would act on it where the run goes on from a later barrier; {WHOLE}"
        )


@dataclass(slots=True)
class Begins:
    """Writes the beginning.

    Attributes:
        recording: of the new journal.
        journal: of the run that is gone on from, with what it takes to decode its messages.
        actors: names of the senders of the run that goes on.
        fitting: says what its actors take over.
        session: that runs.
        taken: what they have taken over.
    """

    recording: Recording
    journal: Journal
    actors: Sequence[str]
    fitting: Fitting
    session: Session
    taken: Takeover | None = None

    def takeover(self, stage: Stage) -> Takeover:
        """As of the fitting."""
        self.taken = self.fitting.takeover(stage)
        return self.taken

    def write(self, early: Sequence[Told]) -> None:
        """Writes it once all actors are where the run goes on, with a snapshot: nothing else leads there.

        Args:
            early: what came before the first barrier.

        Raises:
            UserError: that is not as it was, or a journal cannot be read or written.
        """
        check_early(self.journal, self.actors, early)
        writer = self.recording.writer
        writer.take(early)
        barrier: list[Told] = []
        for entry in self._shared():
            barrier.append(entry)
            if entry == COMMIT:
                writer.take(barrier)
                barrier.clear()
        writer.take_states(self.fitting.reached.barrier, self._states())

    def _shared(self) -> Iterator[Told]:
        """The other run's barriers, as a log would be told of them."""
        data, last = Data(self.session.panel), self.fitting.reached.barrier
        senders = [self.actors.index(name) for name in self.journal.header.actors]
        place: tuple[int, Phase | None] = -1, None
        for record in self.journal.records(0):
            if isinstance(record, Commit):
                yield COMMIT
                if record.barrier == last:
                    return
            elif isinstance(record, Frame) and record.barrier >= 0:
                before, place = place, (record.barrier, record.phase)
                yield _told(record, senders[record.sender], data, before)

    def _states(self) -> dict[str, bytes]:
        """The states of all actors that have one, so that the same run can be made again from here."""
        states, taken = dict[str, bytes](), self.taken
        assert taken is not None
        for index, actor in enumerate(self.fitting.run.actors):
            state = actor.state() if declares(actor) else None
            if state is None and isinstance(actor, RiskManager) and index in taken.observers:
                state = actor.state_for_others()
            if state is not None:
                states[actor.name] = encode_state(state)
            elif index in taken.states:
                states[actor.name] = taken.states[index]
        return states


def _told(frame: Frame, sender: int, data: Data, before: tuple[int, Phase | None]) -> Told:
    """A message as a log is told of it, see `runtime.log.Told`."""
    message = data.message(frame)
    moved = isinstance(message, PhaseOpened) or before != (frame.barrier, frame.phase)
    if isinstance(message, PhaseOpened):
        phase, barrier = message.phase, before[0] + (message.phase is Phase.ADVANCE)
        plain = not (sender or frame.superstep or frame.back or message.step)
        if plain and (frame.barrier, message.seq) == (barrier, barrier):
            return phase
    entry = sender, frame.superstep, frame.back, message
    return (*entry, frame.barrier, frame.phase) if moved else entry
