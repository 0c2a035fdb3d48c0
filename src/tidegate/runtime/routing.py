"""Who gets what: built once from what the actors declare, checked as a whole, printed by `graph`."""

import inspect
from collections.abc import Iterator, Sequence
from types import BuiltinMethodType, FunctionType
from typing import NamedTuple

from tidegate.core.enums import Phase
from tidegate.core.errors import ConfigError, UserError
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, PhaseQuiesced, StopRequested
from tidegate.runtime.actor import Actor, Handler, RouteKey, handler_name, key_name

SCHEDULER = "scheduler"
"""Who sends what no actor does, in the printed table."""


class Receiver(NamedTuple):
    """One actor's handler for a key; `actor` is its place in the run."""

    actor: int
    handler: Handler


class Route(NamedTuple):
    """A row of the printed table; `senders` are those that say so, see `Actor.sends`."""

    key: str
    senders: tuple[str, ...]
    receivers: tuple[str, ...]


class RoutingTable:
    """The routes of a set of actors; receivers of a key are in actor order.

    Args:
        actors: in the order that breaks ties of delivery.

    Raises:
        ConfigError: with every problem: names that are missing or taken, handlers for what is no message or phase,
            handlers that do not take a message, and anything but one actor that moves the phases on; what is no actor
            at all comes before these.
    """

    def __init__(self, actors: Sequence[Actor]) -> None:
        self.actors: tuple[Actor, ...] = tuple(actors)
        given: tuple[object, ...] = self.actors
        strangers = [one for one in enumerate(given) if not isinstance(one[1], Actor)]
        if strangers:
            raise ConfigError(
                *(f"actor {index}: {one!r} is not an Actor; give an instance" for index, one in strangers)
            )
        self._receivers: dict[RouteKey, list[Receiver]] = {}
        problems = [*_name_problems(actors), *_send_problems(actors), *self._add_all()]
        movers = [self.names[r.actor] for r in self.receivers(PhaseQuiesced)]
        if len(movers) != 1:
            have = f"actors {', '.join(movers)} do" if movers else "none does"
            problems.append(f"exactly one actor, the Clock, must handle PhaseQuiesced; {have}")
        if problems:
            raise ConfigError.of(problems)

    @property
    def names(self) -> tuple[str, ...]:
        """The actors' names, in order."""
        return tuple(_name(actor) for actor in self.actors)

    @property
    def keys(self) -> frozenset[RouteKey]:
        """All that some actor handles."""
        return frozenset(self._receivers)

    def receivers(self, key: RouteKey) -> tuple[Receiver, ...]:
        """Who handles a key, in actor order."""
        return tuple(self._receivers.get(key, ()))

    def rows(self) -> tuple[Route, ...]:
        """Phases in order, then message types in order of their first sender, then those only received."""
        senders: dict[RouteKey, list[str]] = {phase: [] for phase in Phase}
        senders |= {kind: [SCHEDULER] for kind in (PhaseQuiesced, StopRequested)}
        for actor in self.actors:
            for kind in actor.sends:
                for key in Phase if kind is PhaseOpened else (kind,):
                    senders.setdefault(key, []).append(_name(actor))
        for key in self._receivers:
            senders.setdefault(key, [])
        names = self.names
        return tuple(
            Route(key_name(key), tuple(who), tuple(names[r.actor] for r in self.receivers(key)))
            for key, who in senders.items()
        )

    def _add_all(self) -> Iterator[str]:
        for index, actor in enumerate(self.actors):
            try:
                routes = actor.routes()
            except UserError as error:
                yield from error.problems
                continue
            before: Handler | None = None
            for key, handler in routes.items():
                known, before = handler is before, handler  # one for many types, such as a list's append, is asked once
                problem = _key_problem(key) or (None if known else _handler_problem(handler))
                if problem:
                    yield f"actor '{_name(actor)}': {problem}"
                else:
                    self._receivers.setdefault(key, []).append(Receiver(index, handler))


def _name(actor: Actor) -> str:
    return getattr(actor, "name", type(actor).__name__)


def _name_problems(actors: Sequence[Actor]) -> Iterator[str]:
    first: dict[str, int] = {}
    for index, actor in enumerate(actors):
        name: object = getattr(actor, "name", None)
        if not isinstance(name, str) or not name:
            yield f"actor {index} ({type(actor).__name__}): has no name; call super().__init__(name) with a word"
        elif name in first:
            yield f"actors {first[name]} and {index} are both named '{name}'; give one another name"
        else:
            first[name] = index


def _send_problems(actors: Sequence[Actor]) -> Iterator[str]:
    for actor in actors:
        kinds: tuple[object, ...] = actor.sends
        for kind in kinds:
            if not (isinstance(kind, type) and issubclass(kind, Message)):
                yield f"actor '{_name(actor)}': sends {key_name(kind)}, which is no message type"


def _key_problem(key: object) -> str | None:
    if isinstance(key, Phase):
        return None
    if not (isinstance(key, type) and issubclass(key, Message)):
        return f"handles {key_name(key)}, which is neither a message type nor a Phase"
    if key is PhaseOpened:
        return "handles PhaseOpened, which goes by phase; use on_phase(Phase.FILL) or another"
    if key is Message:
        return "handles Message; name the types, delivery is by exact type"
    return None


def _handler_problem(handler: object) -> str | None:
    label = handler_name(handler)
    if not callable(handler):
        return f"handler {label} cannot be called"
    if _is_plain_method(handler):
        return None
    try:
        inspect.signature(handler).bind(None)
    except TypeError:
        return f"handler {label} must take exactly one argument, the message"
    except ValueError:
        return None  # a builtin such as list.append tells no signature
    return None


def _is_plain_method(handler: object) -> bool:
    """Whether it is a method that takes one argument beside itself; to ask `inspect` takes fifty times as long."""
    if isinstance(handler, BuiltinMethodType):
        return getattr(handler, "__text_signature__", None) == "($self, object, /)"  # a list's append
    function = getattr(handler, "__func__", None)
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        return False
    code = function.__code__
    return code.co_argcount == 2 and not code.co_kwonlyargcount
