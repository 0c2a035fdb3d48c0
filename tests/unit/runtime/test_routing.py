"""The routing table: who gets what, printed, and all that can be wrong with it at once."""

from collections.abc import Sequence

import pytest
from tests.unit.runtime.troupe import Feed, Ping, Player, Pong, hears

from tidegate.core.enums import Phase
from tidegate.core.errors import ConfigError
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseOpened, PhaseQuiesced
from tidegate.runtime.actor import Actor, handles
from tidegate.runtime.clock import Clock
from tidegate.runtime.routing import Route, RoutingTable


class Talker(Player):
    sends = (Ping, Pong)


def test_receivers_come_in_actor_order() -> None:
    table = RoutingTable([Player("b", {Ping: hears}), Clock(), Player("a", {Ping: hears, Phase.FILL: hears})])
    assert [r.actor for r in table.receivers(Ping)] == [0, 2]
    assert [r.actor for r in table.receivers(Phase.FILL)] == [2]
    assert table.receivers(Pong) == ()
    assert {Ping, Phase.FILL, PhaseQuiesced} <= table.keys


def test_rows_are_phases_then_messages_with_senders_and_receivers() -> None:
    table = RoutingTable([Clock(), Feed(1), Talker("t", {Phase.DECIDE: hears}), Player("p", {Pong: hears})])
    rows = {row.key: row for row in table.rows()}
    assert [row.key for row in table.rows()][:6] == [phase.name for phase in Phase]
    for want in (
        Route("ADVANCE", ("clock",), ("feed",)),
        Route("FILL", ("clock",), ()),
        Route("DECIDE", ("clock",), ("t",)),
        Route("PhaseQuiesced", ("scheduler",), ("clock",)),
        Route("EndOfData", ("feed",), ("clock",)),
        Route("RunFinished", ("clock",), ()),
        Route("Ping", ("t",), ()),
        Route("Pong", ("t",), ("p",)),
    ):
        assert rows[want.key] == want
    assert "PhaseOpened" not in rows


class Nameless(Actor):
    def __init__(self) -> None:
        """Forgets its base."""


class TakesTwo(Actor):
    @handles(Ping)
    def on_ping(self, message: Ping, more: int) -> None: ...


class SendsWords(Actor):
    sends = ("Ping",)  # type: ignore[assignment] # the mistake under test


WRONG: list[tuple[Sequence[Actor], str]] = [
    ([Clock(), Actor("a"), Actor("a")], "actors 1 and 2 are both named 'a'; give one another name"),
    ([Clock(), Actor("")], "actor 1 (Actor): has no name; call super().__init__(name) with a word"),
    ([Clock(), 5], "actor 1: 5 is not an Actor; give an instance"),  # type: ignore[list-item] # the mistake under test
    ([Clock(), Nameless()], "actor 1 (Nameless): has no name; call super().__init__(name) with a word"),
    ([Clock(), Player("p", {int: hears})], "actor 'p': handles int, which is neither a message type nor a Phase"),  # type: ignore[dict-item] # the mistake under test
    ([Clock(), Player("p", {Message: hears})], "actor 'p': handles Message; name the types, delivery is by exact type"),
    (
        [Clock(), Player("p", {PhaseOpened: hears})],
        "actor 'p': handles PhaseOpened, which goes by phase; use on_phase(Phase.FILL) or another",
    ),
    (
        [Clock(), TakesTwo("t")],
        "actor 't': handler TakesTwo.on_ping must take exactly one argument, the message",
    ),
    ([Clock(), SendsWords("s")], "actor 's': sends 'Ping', which is no message type"),
    ([Actor("a")], "exactly one actor, the Clock, must handle PhaseQuiesced; none does"),
    ([Clock("x"), Clock("y")], "exactly one actor, the Clock, must handle PhaseQuiesced; actors x, y do"),
]


@pytest.mark.parametrize(("actors", "want"), WRONG)
def test_a_wrong_declaration_is_named(actors: Sequence[Actor], want: str) -> None:
    with pytest.raises(ConfigError) as caught:
        RoutingTable(actors)
    assert caught.value.problems == (want,)


def test_all_problems_are_told_at_once() -> None:
    class Torn(Actor):
        @handles(Ping)
        def left(self, _: Ping) -> None: ...

        @handles(Ping)
        def right(self, _: Ping) -> None: ...

    class NotCallable(Actor):
        def routes(self):  # type: ignore[no-untyped-def] # the mistake under test
            return {Ping: "on_ping"}

    with pytest.raises(ConfigError) as caught:
        RoutingTable([Torn("a"), NotCallable("a"), SendsWords("s")])
    assert len(caught.value.problems) == 5
    assert "actor 'a': handler 'on_ping' cannot be called" in caught.value.problems


def test_a_builtin_that_tells_no_signature_may_be_a_handler() -> None:
    class Collector(Actor):
        def routes(self):  # type: ignore[no-untyped-def] # any callable will do
            return {Ping: {}.update, Pong: [].append}

    table = RoutingTable([Clock(), Collector("c")])
    assert len(table.receivers(Ping)) == len(table.receivers(Pong)) == 1
