"""The Clock: the one actor that moves a run from phase to phase and from barrier to barrier.

phase quiescent, and                                 then
it was extended                                      the same phase, next step
it was ADVANCE, and the data has ended               RunFinished(seq of the barrier before)
it was RECORD (or none yet), and a stop is wanted    RunFinished(its seq)
it was RECORD (or none yet)                          ADVANCE of the next barrier
otherwise                                            the next phase that somebody handles, at the latest RECORD
"""

from typing import Any, ClassVar

from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended, PhaseOpened, PhaseQuiesced, RunFinished, StopRequested
from tidegate.messages.market import EndOfData
from tidegate.messages.state import typed
from tidegate.runtime.actor import Actor, RouteKey, handles

END_OF_DATA = "end of data"


class Clock(Actor):
    """Opens the phases; see the table above."""

    sends: ClassVar[tuple[type[Message], ...]] = (PhaseOpened, RunFinished)

    def __init__(self, name: str = "clock") -> None:
        super().__init__(name)
        self._seq = -1
        self._step = 0
        self._phases: tuple[Phase, ...] = tuple(Phase)
        self._position = len(self._phases) - 1  # as after a RECORD: the next phase is the first barrier's ADVANCE
        self._noted = False  # one test on the way that every phase takes instead of three
        self._extended = False
        self._ended = False
        self._stop: str | None = None

    def wired(self, handled: frozenset[RouteKey]) -> None:
        """Leaves out the phases that nobody handles."""
        always = (Phase.ADVANCE, Phase.RECORD)
        self._phases = tuple(phase for phase in Phase if phase in always or phase in handled)
        self._position = len(self._phases) - 1

    @handles(PhaseQuiesced)
    def on_quiesced(self, _: PhaseQuiesced) -> None:
        """Opens the next phase, or ends the run."""
        if self._noted and self._took_a_turn():
            return
        self._step = 0
        position = self._position + 1
        if position == len(self._phases):
            position = 0
            self._seq += 1
        self._position = position
        self.send(PhaseOpened(self._phases[position], self._seq, 0))

    @handles(PhaseExtended)
    def on_extended(self, _: PhaseExtended) -> None:
        """The phase will be opened once more; asking twice in one step gives one more step."""
        if self._seq >= 0:  # before the first barrier there is nothing to extend
            self._noted = self._extended = True

    @handles(EndOfData)
    def on_end_of_data(self, _: EndOfData) -> None:
        """This ADVANCE is the last phase."""
        self._noted = self._ended = True

    @handles(StopRequested)
    def on_stop_requested(self, message: StopRequested) -> None:
        """This barrier is the last one; the first reason counts."""
        self._noted = True
        if self._stop is None:
            self._stop = message.reason

    def state(self) -> object:
        """The last barrier that is over."""
        return self._seq - 1 if self._position == 0 else self._seq

    def restore(self, state: Any) -> None:
        """The next barrier is the one after that."""
        self._seq, self._step, self._position = typed(int, state), 0, len(self._phases) - 1
        self._noted = self._extended = self._ended = False
        self._stop = None

    def _took_a_turn(self) -> bool:
        phase = self._phases[self._position]
        if self._ended and phase is Phase.ADVANCE:
            self.send(RunFinished(self._seq - 1, END_OF_DATA))
        elif self._extended:
            self._extended = False
            self._noted = self._ended or self._stop is not None
            self._step += 1
            self.send(PhaseOpened(phase, self._seq, self._step))
        elif self._stop is not None and phase is Phase.RECORD:
            self.send(RunFinished(self._seq, self._stop))
        else:
            return False
        return True
