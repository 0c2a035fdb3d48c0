"""What an actor declares, and what it cannot do outside a run."""

import pytest
from tests.unit.runtime.troupe import Ping, Player, Pong, play

from tidegate.core.enums import Phase
from tidegate.core.errors import ConfigError
from tidegate.messages.clock import PhaseOpened
from tidegate.runtime.actor import Actor, Handler, RouteKey, handles, on_phase


class Base(Actor):
    @handles(Ping, Pong)
    def on_words(self, message: Ping | Pong) -> None: ...

    @on_phase(Phase.FILL)
    @on_phase(Phase.MARK)
    def on_either(self, message: PhaseOpened) -> None: ...


class Overrides(Base):
    """The same messages, other work."""

    def on_words(self, message: Ping | Pong) -> None: ...


class Redeclares(Base):
    """Fewer messages."""

    @handles(Pong)
    def on_words(self, message: Ping | Pong) -> None: ...


class Drops(Base):
    on_either = None  # type: ignore[assignment] # how a subclass takes a handler away


class DropsOne(Base):
    def routes(self) -> dict[RouteKey, Handler]:
        routes = super().routes()
        del routes[Ping]
        return routes


EITHER: dict[RouteKey, str] = {Phase.FILL: "on_either", Phase.MARK: "on_either"}
DECLARED: list[tuple[type[Actor], dict[RouteKey, str]]] = [
    (Actor, {}),
    (Base, {Ping: "on_words", Pong: "on_words", **EITHER}),
    (Overrides, {Ping: "on_words", Pong: "on_words", **EITHER}),
    (Redeclares, {Pong: "on_words", **EITHER}),
    (Drops, {Ping: "on_words", Pong: "on_words"}),
    (DropsOne, {Pong: "on_words", **EITHER}),
]


@pytest.mark.parametrize(("kind", "want"), DECLARED)
def test_routes_are_the_marked_methods(kind: type[Actor], want: dict[RouteKey, str]) -> None:
    actor = kind("a")
    assert actor.routes() == {key: getattr(actor, name) for key, name in want.items()}


def test_two_methods_for_one_message_are_refused_by_name() -> None:
    class Torn(Actor):
        @handles(Ping)
        def left(self, _: Ping) -> None: ...

        @handles(Ping)
        def right(self, _: Ping) -> None: ...

    with pytest.raises(ConfigError, match="actor 'a': left and right both handle Ping"):
        Torn("a").routes()


def test_an_actor_outside_a_run_can_neither_send_nor_spawn() -> None:
    async def nothing() -> None: ...

    actor = Actor("loner")
    with pytest.raises(RuntimeError, match="actor 'loner' is not part of a running session"):
        actor.send(Ping())
    with pytest.raises(RuntimeError, match="actor 'loner' is not part of a running session"):
        actor.spawn(nothing)


def test_an_actor_can_send_no_more_once_the_run_is_over() -> None:
    player = Player("p", {Phase.FILL: lambda p, _: p.send(Ping())})
    play(player)
    with pytest.raises(RuntimeError, match="actor 'p' is not part"):
        player.send(Ping())
