"""States are asked for between barriers, of those who tell them; from there a run goes on as it went."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.runtime.listening import Listener
from tests.unit.runtime.troupe import Feed, Ping, Pong

from tidegate.core.enums import Phase
from tidegate.core.errors import ActorFailed
from tidegate.messages.clock import PhaseOpened
from tidegate.messages.state import decode_state
from tidegate.runtime.actor import Actor, handles, on_phase
from tidegate.runtime.clock import Clock
from tidegate.runtime.entry import run_anywhere
from tidegate.runtime.log import COMMIT
from tidegate.runtime.scheduler import Scheduler
from tidegate.runtime.snapshots import Stage

BARRIERS = 6


class Caller(Actor):
    """Calls at each barrier with how often it has called."""

    sends = (Ping,)

    def __init__(self) -> None:
        super().__init__("caller")
        self.count = 0

    @on_phase(Phase.DECIDE)
    def on_decide(self, _: PhaseOpened) -> None:
        self.count += 1
        self.send(Ping(str(self.count)))

    def state(self) -> Any:
        return self.count

    def restore(self, state: Any) -> None:
        self.count = state


class Echo(Actor):
    """Answers with all it has heard; says nothing of its state."""

    sends = (Pong,)

    def __init__(self) -> None:
        super().__init__("echo")
        self.heard = ""

    @handles(Ping)
    async def on_ping(self, ping: Ping) -> None:
        self.heard += ping.word
        self.send(Pong(self.heard))


class Counted(Feed):
    """A feed that says what it is."""

    def state(self) -> Any:
        return {}


def told(data: bytes) -> Any:
    """A state."""
    return decode_state(data, lambda place: pytest.fail(str(place)))


def heard() -> Listener:
    """A run, and all states of it."""
    log = Listener(states_at=0)
    scheduler = Scheduler((Clock(), Counted(BARRIERS), Caller(), Echo()), log=log)
    run_anywhere(scheduler.run, scheduler.stop)
    return log


def test_states_are_told_after_each_barrier_by_those_who_tell_any() -> None:
    log = heard()
    assert list(log.states) == list(range(BARRIERS))
    for barrier, (number, states) in log.states.items():
        assert log.told[number - 1] == COMMIT
        assert {name: told(data) for name, data in states.items()} == {
            "clock": barrier,
            "feed": {},
            "caller": barrier + 1,
        }


class FromThere:
    """Brings the actors to a barrier of a run that was heard."""

    def __init__(self, log: Listener, barrier: int) -> None:
        self.log, self.barrier = log, barrier

    async def restore(self, stage: Stage) -> int:
        """By states, or by what was sent to them."""
        number, states = self.log.states[self.barrier]
        for index, actor in enumerate(stage.actors):
            if actor.name in states:
                stage.restore(index, told(states[actor.name]))
                continue
            for entry in self.log.told[:number]:
                if isinstance(entry, tuple) and type(entry[3]) in stage.keys(index):
                    assert [type(one) for one in await stage.deliver(index, entry[3])] == [Pong]
        return self.barrier


@pytest.mark.parametrize("barrier", range(BARRIERS))
def test_a_run_goes_on_from_each(barrier: int) -> None:
    before, after = heard(), Listener()
    actors = Clock(), Counted(BARRIERS), Caller(), Echo()
    scheduler = Scheduler(actors, log=after, restoring=FromThere(before, barrier))
    run_anywhere(scheduler.run, scheduler.stop)
    number, _ = before.states[barrier]
    assert [repr(one) for one in after.told] == [repr(one) for one in before.told[number:]]
    assert scheduler.committed == BARRIERS - 1


def unable() -> Any:
    """Fails."""
    raise ValueError("no")


def strange() -> Any:
    """Gives what no journal holds."""
    return object()


FAULTS: list[tuple[Callable[[], Any], str]] = [
    (unable,          r"actor 'caller' failed at barrier 0 handling state: ValueError: no"),
    (strange, r"the state of actor 'caller' cannot be carried: a message cannot hold a object"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "said"), FAULTS)
def test_a_state_that_cannot_be_told_is_its_actors_failure(
    state: Callable[[], Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Caller, "state", lambda _: state())
    with pytest.raises(ActorFailed, match=said):
        heard()


def test_without_the_clocks_there_are_none() -> None:
    class Other(Clock):
        """May keep more than the Clock."""

    log = Listener(states_at=0)
    scheduler = Scheduler((Other(), Counted(2), Caller()), log=log)
    run_anywhere(scheduler.run, scheduler.stop)
    assert log.states == {}
