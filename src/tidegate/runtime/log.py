"""What is told of a run's messages while it runs, to whoever keeps or compares them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from tidegate.core.enums import Phase
from tidegate.messages.base import Message

Delivered = tuple[int, Phase | None, int, int, int, tuple[int, ...], Message]
"""A message as it is about to be delivered; a plain tuple, for there are many. See `DeliveryFields`."""


class DeliveryFields(NamedTuple):
    """The fields of `Delivered`, in order.

    Attributes:
        barrier: in which; -1 before the first.
        phase: in which; None before the first.
        superstep: of the phase, from 0, which is that of its `PhaseOpened`; later steps of the phase count on.
        sender: number of the actor; that after the last actor's is the scheduler's.
        sender_seq: how many messages the sender had sent before.
        causes: number of the message that the sender was handling when it sent this one; empty for what is sent in
            `started` or by a spawned task, by the Clock when a phase is quiescent, and by the scheduler.
        message: itself.
    """

    barrier: int
    phase: Phase | None
    superstep: int
    sender: int
    sender_seq: int
    causes: tuple[int, ...]
    message: Message


class DeliveryLog(Protocol):
    """Is told of all messages of a run, in the order of their delivery."""

    def take(self, delivered: Sequence[Delivered], committed: int | None) -> int:
        """Takes messages that were delivered, or are about to be; the sequence is emptied by its owner afterwards.

        Args:
            delivered: in the order (superstep, precedence, sender, sender's sequence).
            committed: the barrier that is over with them; None where more of the same barrier may follow.

        Returns:
            The number of the next message: causes refer to it.
        """


class LogFailed(Exception):
    """The log raised: the run cannot go on, and no actor is to blame."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause
        super().__init__(str(cause))
