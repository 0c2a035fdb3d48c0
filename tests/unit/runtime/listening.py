"""A log that keeps what it is told, and what that says in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened
from tidegate.runtime.log import COMMIT, NEVER, Told


@dataclass(frozen=True)
class Heard:
    """A message with all that a log knows of it; `cause` is its cause's number, -1 for none."""

    number: int
    barrier: int
    phase: Phase | None
    superstep: int
    sender: int
    sender_seq: int
    cause: int
    message: Message


class Listener:
    """Keeps everything.

    Attributes:
        told: as it came, an entry after the other.
        calls: how many came at once.
        states: those of the actors by barrier, each with how much was told before.
    """

    def __init__(self, *, waits: bool = False, fails_at: int = -1, states_at: int = NEVER) -> None:
        self.waits, self.states_at = waits, states_at
        self.states: dict[int, tuple[int, Mapping[str, bytes]]] = {}
        self.told: list[Told] = []
        self.calls: list[int] = []
        self._fails_at = fails_at

    def take(self, told: Sequence[Told]) -> None:
        if len(self.calls) == self._fails_at:
            raise OSError("the disk is full")
        self.told += told
        self.calls.append(len(told))

    def take_states(self, barrier: int, states: Mapping[str, bytes]) -> None:
        """Wants those of the next barrier, too."""
        self.states[barrier] = len(self.told), states
        self.states_at = barrier + 1

    @property
    def commits(self) -> list[int]:
        """How many messages and commits stood before each commit."""
        return [number for number, entry in enumerate(self.told) if type(entry) is int and entry == COMMIT]

    def heard(self) -> list[Heard]:
        """What was told, in full."""
        barrier, phase, found = -1, None, list[Heard]()
        sent: dict[int, int] = {}
        for number, entry in enumerate(self.told):
            if isinstance(entry, Phase):
                phase, barrier = entry, barrier + (entry is Phase.ADVANCE)
                sender, superstep, back = 0, 0, 0
                message: Message = PhaseOpened(phase, barrier, 0)
            elif isinstance(entry, tuple):
                sender, superstep, back, message, *place = entry
                barrier, phase = place or (barrier, phase)
            else:
                continue
            seq = sent[sender] = sent.get(sender, -1) + 1
            cause = number - back if back else -1
            found.append(Heard(number, barrier, phase, superstep, sender, seq, cause, message))
        return found
