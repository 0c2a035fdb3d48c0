"""What is told of a run's messages while it runs, to whoever keeps or compares them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from tidegate.core.enums import Phase
from tidegate.messages.base import Message

COMMIT: Final = -1
"""Tells that the barrier at hand is over."""
NEVER: Final = 2**63
"""No barrier."""
Told = Phase | int | tuple[int, int, int, Message] | tuple[int, int, int, Message, int, Phase | None] | tuple[Any, ...]
"""One of

    Phase                                                actor 0, the Clock, opened this phase: it sent
                                                         PhaseOpened(phase, barrier, 0), answering that all is quiet
    COMMIT                                               the barrier is over
    (sender, superstep, back, message)                   any other message, in the barrier and phase at hand
    (sender, superstep, back, message, barrier, phase)   and from it on, in these

There are many, so they are plain and short. `Phase.ADVANCE` alone begins the next barrier, and a phase's superstep 0.
Before the first phase the barrier is -1 and the phase None. The sender after the last actor is the scheduler. `back`
is how many were told from the message's cause, that which its sender was handling when it sent this one, to itself; 0
for what is sent in `started`, by a spawned task, by the Clock when a phase is quiescent, and by the scheduler.
"""


class DeliveryLog(Protocol):
    """Is told of all messages of a run, in the order of their delivery, just before that.

    Attributes:
        waits: whether it must hear of the end of a barrier before the next begins; otherwise it may hear of several
            barriers at once.
        states_at: the first barrier after which it wants states of the actors; `NEVER` for none.
    """

    waits: bool

    @property
    def states_at(self) -> int:
        """See above."""
        ...

    def take(self, told: Sequence[Told]) -> None:
        """Takes what comes next; the sequence is emptied by its owner afterwards. What it raises ends the run."""

    def take_states(self, barrier: int, states: Mapping[str, bytes]) -> None:
        """Takes the states of the actors that tell one, once it was told all of a barrier; moves `states_at` on."""


class LogFailed(Exception):
    """The log raised: the run cannot go on, and no actor is to blame."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause
        super().__init__(str(cause))
