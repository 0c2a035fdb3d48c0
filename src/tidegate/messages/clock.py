"""The conversation that moves time: between the scheduler, the Clock and whoever works in a phase."""

from tidegate.core.enums import Phase
from tidegate.messages.base import Message


class PhaseOpened(Message, frozen=True):
    """A phase of a barrier begins. `step` counts from 0; a later step follows a `PhaseExtended`."""

    phase: Phase
    seq: int
    step: int


class PhaseExtended(Message, frozen=True):
    """A request to the Clock: when this phase is quiescent, open it once more, as its next step."""


class PhaseQuiesced(Message, frozen=True):
    """From the scheduler to the Clock alone: nothing is undelivered and no handler runs."""


class StopRequested(Message, frozen=True):
    """A request to the Clock to end the run after this barrier; from the scheduler, or from an actor."""

    reason: str


class RunFinished(Message, frozen=True):
    """The last message of a run: no barrier follows `seq` (-1: there was none). `reason` says why."""

    seq: int
    reason: str
