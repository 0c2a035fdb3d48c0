"""Actors: each owns its state and talks to the others only by messages."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar, TypeVar

from tidegate.core.enums import Phase
from tidegate.core.errors import ConfigError
from tidegate.messages.base import Message

RouteKey = type[Message] | Phase
"""What a handler is called for: messages of exactly this type, or the opening of this phase."""
Handler = Callable[[Any], Awaitable[None] | None]
"""Takes the message. What it returns, unless None, is awaited before the superstep ends."""
AnyMethod = TypeVar("AnyMethod", bound=Callable[..., Any])

_KEYS = "__tidegate_keys__"


def _marks(keys: tuple[RouteKey, ...]) -> Callable[[AnyMethod], AnyMethod]:
    def mark(method: AnyMethod) -> AnyMethod:
        setattr(method, _KEYS, (*getattr(method, _KEYS, ()), *keys))
        return method

    return mark


def handles(*kinds: type[Message]) -> Callable[[AnyMethod], AnyMethod]:
    """Marks a method as the handler of messages of exactly these types.

    A `def` is called straight from the run queue; an `async def` runs as a task, and the superstep waits for it. A
    `def` may return an awaitable when, this time, it must wait.
    """
    return _marks(kinds)


def on_phase(*phases: Phase) -> Callable[[AnyMethod], AnyMethod]:
    """Marks a method to be called, with the `PhaseOpened` message, when one of these phases opens."""
    return _marks(phases)


class Actor:
    """Base of all actors.

    Attributes:
        name: unique in a run.
        sends: the types it may send, for the reader of the routing table; nothing is enforced.
        send: puts a message into the actor's outbox, to be delivered in the next superstep. It is the outbox's own
            `append`, set when a scheduler takes the actor: a method around it would double the cost of a message.
    """

    sends: ClassVar[tuple[type[Message], ...]] = ()

    def __init__(self, name: str) -> None:
        self.name = name
        self.send: Callable[[Message], None] = self._not_running
        self._spawner: Callable[..., None] = self._not_running

    def spawn(self, work: Callable[..., Awaitable[None]], *args: Any) -> None:
        """Runs `work(*args)` beside the actor until the run ends, when it is canceled.

        No phase waits for it, so what it sends arrives whenever it does. Its failure is the actor's.

        Raises:
            RuntimeError: the actor is not part of a running session.
        """
        self._spawner(work, args)

    def routes(self) -> dict[RouteKey, Handler]:
        """The handlers by what they are called for; by default the marked methods. May be overridden to drop some.

        Raises:
            ConfigError: two methods want the same messages.
        """
        found: dict[RouteKey, str] = {}
        problems = []
        for key, name in _marked_methods(type(self)):
            if key in found:
                problems.append(
                    f"actor '{self.name}': {found[key]} and {name} both handle {key_name(key)}; one method must"
                )
            found.setdefault(key, name)
        if problems:
            raise ConfigError.of(problems)
        return {key: getattr(self, name) for key, name in found.items()}

    def wired(self, handled: frozenset[RouteKey]) -> None:
        """Called once when the run's routes are known, with all that some actor handles."""

    async def started(self) -> None:
        """Called before the first barrier, in actor order; what is sent here is delivered before it."""

    async def stopped(self) -> None:
        """Called once the run is over, however it ended, if `started` came to its end; nothing can be sent."""

    def state(self) -> object | None:
        """What the actor keeps from one barrier to the next; None where it does not say, as by default.

        Snapshots of it stand in the journal, so that a run can go on from there without running what was before. An
        actor whose own class does not define this (what it inherits may know less of it) is rebuilt by delivering to
        it all that it was sent, and must then send what it sent before.

        Called between barriers, when nothing is queued and nobody waits. It must hold everything that what comes can
        depend on: counters, positions, open requests, random generators, what is remembered of messages. What
        MessagePack and `messages.codec` carry can be in it: numbers, words, lists, dicts, messages, arrays of float64,
        int64 and bool. Nothing in it may be found out by iterating over a set. It is encoded before anything else
        happens, so it need not be a copy. An actor that keeps nothing returns `{}`.
        """
        return None

    def restore(self, state: Any) -> None:
        """Takes over what `state` returned at a barrier.

        By then the actor has started and was sent what is delivered before barrier 0. Tuples have become lists,
        messages dicts or lists (`messages.state.typed` makes them again), arrays are read-only: what is to be written
        to must be copied.

        Raises:
            ValueError: it is the state of something else.
        """

    def wire(self, send: Callable[[Message], None], spawner: Callable[..., None]) -> None:
        """For the scheduler: from here on the actor can send and spawn."""
        self.send = send
        self._spawner = spawner

    def unwire(self) -> None:
        """For the scheduler: the run is over."""
        self.send = self._spawner = self._not_running

    def _not_running(self, *_: Any) -> None:
        raise RuntimeError(f"actor '{self.name}' is not part of a running session: it can neither send nor spawn")


def key_name(key: object) -> str:
    """A route's key as people read it: `FILL`, `MarketBatch`."""
    if isinstance(key, Phase):
        return key.name
    return key.__name__ if isinstance(key, type) else repr(key)


def handler_name(handler: object) -> str:
    """A handler as people read it: `Broker.on_batch`."""
    return getattr(handler, "__qualname__", repr(handler))


def _marked_methods(kind: type[Actor]) -> Iterator[tuple[RouteKey, str]]:
    """(key, method name) in order of definition; a redefined method keeps its marks unless it brings its own."""
    marks: dict[str, tuple[RouteKey, ...]] = {}
    for base in reversed(kind.__mro__):
        for name, value in vars(base).items():
            if value is None:
                marks.pop(name, None)
            elif hasattr(value, _KEYS):
                marks[name] = getattr(value, _KEYS)
    return ((key, name) for name, keys in marks.items() for key in keys)
