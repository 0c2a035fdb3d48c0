"""What a run can be begun from in its middle: states of its actors between two barriers, and how they get there.

A snapshot is taken when a barrier has been committed and the Clock has opened the next: nothing is queued, and whoever
does not tell a state is told all over again what it was sent (`Stage.deliver`). While tasks run beside the actors, what
they will send is in nobody's state, so no snapshot is taken; the next one is.
"""

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, PhaseQuiesced
from tidegate.messages.state import declares, encode_state
from tidegate.runtime.actor import Actor, Handler, RouteKey
from tidegate.runtime.hand import Hand, checked
from tidegate.runtime.routing import RoutingTable
from tidegate.runtime.supersteps import Supersteps


def states_of(actors: Sequence[Actor], hand: Hand) -> dict[str, bytes]:
    """The states of those that tell one, by name.

    Args:
        actors: of the run.
        hand: says whose turn it is, for whoever must name it.

    Raises:
        TypeError: a state holds what cannot be carried.
    """
    states = {}
    before = hand.index, hand.message, hand.batch
    for index, actor in enumerate(actors):
        if declares(actor):
            hand.index, hand.message, hand.batch = index, "state", ()
            state = actor.state()
            if state is not None:
                states[actor.name] = _encoded(actor, state)
    hand.index, hand.message, hand.batch = before
    return states


def _encoded(actor: Actor, state: object) -> bytes:
    try:
        return encode_state(state)
    except (TypeError, ValueError, NotImplementedError, OverflowError, RecursionError) as error:
        raise TypeError(f"the state of actor '{actor.name}' cannot be carried: {error}") from error


class Stage:
    """The actors of a run that has begun and waits before its first barrier, for whoever puts them where they were.

    Attributes:
        actors: of the run.
        clock: number of the one that opens phases.
    """

    def __init__(self, table: RoutingTable, steps: Supersteps) -> None:
        self.actors = table.actors
        self._steps = steps
        self._handlers: list[dict[RouteKey, Handler]] = [{} for _ in table.actors]
        for key in table.keys:  # deterministic: looked up, never listed
            for route in table.receivers(key):
                self._handlers[route.actor][key] = route.handler
        self.clock = next(index for index, found in enumerate(self._handlers) if PhaseQuiesced in found)

    def keys(self, index: int) -> Collection[RouteKey]:
        """What an actor handles."""
        return self._handlers[index].keys()

    def restore(self, index: int, state: Any) -> None:
        """Gives an actor its state."""
        self.take(index, "restore").restore(state)

    async def deliver(self, index: int, message: Message) -> list[Message]:
        """Has an actor handle a message once more; returns what it sent because of it."""
        key: RouteKey = type(message)
        if isinstance(message, PhaseOpened):
            self._steps.opened, key = message, message.phase
        self.take(index, message)
        handler = self._handlers[index][key]
        result = handler(message)
        if result is not None:
            await checked(result, handler, message)
        outbox = self._steps.outboxes[index]
        sent = outbox[:]
        outbox.clear()
        return sent

    def take(self, index: int, message: Message | str) -> Actor:
        """The actor, whose turn it is from here on, with this in hand."""
        hand = self._steps.hand
        hand.index, hand.message, hand.batch = index, message, ()
        return self.actors[index]


class Restoring(Protocol):
    """Brings the actors of a run to where they were after some barrier."""

    async def restore(self, stage: Stage) -> int:
        """Does so; returns the barrier.

        Raises:
            LogFailed: they are not what they were.
        """
        ...
